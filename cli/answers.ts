// Answers
//
// Owns:   how the status and the tree of a running system are printed for people.
// Leaves: asking for them (app/control/).

import type { Colors } from 'picocolors/types.js'
import { type ActorNode, counted, type ModelStatuses, type Status, stateText } from '../app/index.ts'
import { type TreeBranch, treeLines } from './tree-lines.ts'
import { oneLine, percentText, timeSpan } from './words.ts'

/** A table of the known values. */
export function statusText(status: Status, colors: Colors): string {
  const rows = statusRows(status)
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `${colors.dim(name.padEnd(width))}  ${oneLine(text)}`).join('\n')
}

/** The supervision tree. */
export function treeText(roots: readonly ActorNode[], colors: Colors): string {
  if (roots.length === 0) return 'no actor is running'
  return roots.flatMap((root) => treeLines(branchOf(root, '', colors))).join('\n')
}

function statusRows(known: Status): [string, string][] {
  const rows: [string, string | undefined][] = [
    ['state', known.state],
    ['paused', known.paused?.join(', ')],
    ['repository', known.repository],
    ['milestone', known.milestone ?? undefined],
    ['branch', known.branch ?? undefined],
    ['coverage', coverageText(known)],
    ['tasks', known.tasks && tasksText(known.tasks)],
    ['for you', known.forPerson?.join(', ')],
    ['models', known.models && standingText(known.models)],
    ['workers', known.workers?.toString()],
    ['restarts', known.restarts?.toString()],
    ['time', known.seconds === undefined ? undefined : timeSpan(known.seconds)],
  ]
  return rows.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))
}

/** Those that are kept from being asked; undefined when none is. */
function standingText(models: ModelStatuses): string | undefined {
  const kept = Object.entries(models).flatMap(([model, { paused, breaker, insteadOfIt }]) => {
    const why = [
      paused && `paused (${paused.reason})`,
      breaker && `failing, its breaker is ${breaker.replace('_', ' ')}`,
      insteadOfIt && `replaced by ${insteadOfIt}`,
    ].filter((each) => each !== undefined)
    return why.length > 0 ? [`${model}: ${why.join(', ')}`] : []
  })
  return kept.length > 0 ? kept.join('; ') : undefined
}

function coverageText({ branches, goal }: Status): string | undefined {
  if (!branches) return undefined
  const wanted = goal == null ? '' : `, goal ${goal}%`
  return `${percentText(branches.before)} -> ${percentText(branches.now)}${wanted}`
}

function tasksText(tasks: Readonly<Record<string, number>>): string {
  return Object.entries(tasks)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ')
}

function branchOf(node: ActorNode, parent: string, colors: Colors): TreeBranch {
  const { address, status, restarts } = node
  const name = parent !== '' && address.startsWith(`${parent}.`) ? address.slice(parent.length + 1) : address
  const tone = status === 'running' ? colors.green : status === 'waiting' ? colors.yellow : colors.red
  const parts = [
    oneLine(name),
    colors.dim(oneLine(node.kind)),
    tone(oneLine(status)),
    oneLine(stateText(node.state)),
    restarts > 0 ? colors.yellow(`(${counted(restarts, 'restart')})`) : '',
  ]
  return {
    label: parts.filter((part) => part !== '').join('  '),
    children: node.children.map((child) => branchOf(child, address, colors)),
  }
}
