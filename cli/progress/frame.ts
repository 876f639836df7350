// Frame
//
// Owns:   one picture of a view: a headline, a bar, the tasks, the actors, what happened last.
// Leaves: when it is drawn and where (live.ts).
//
// F1. A frame fits: no line is wider than the screen, and there are fewer lines than rows.

import type { Colors } from 'picocolors/types.js'
import { type ActorStatus, counted, type RunView, type TaskView, taskCounts } from '../../app/index.ts'
import { type Count, percent } from '../../machines/index.ts'
import { type TreeBranch, treeLines } from '../tree-lines.ts'
import { fit, oneLine, percentText, timeSpan } from '../words.ts'
import type { Sentence } from './sentence.ts'

export interface FrameOptions {
  readonly columns: number
  readonly rows: number
  readonly now: number
  readonly colors: Colors
  readonly spinner: string
  readonly recent: readonly Sentence[]
}

const FIXED_LINES = 6
const BAR_COLUMNS = 30

export function frame(view: RunView, options: FrameOptions): string {
  const { rows, columns, colors, recent } = options
  const head = [headline(view, options), coverageLine(view, colors), tasksLine(view, colors)]
  const room = Math.max(rows - FIXED_LINES - recent.length, 3)
  const lines = [
    ...head.filter((line) => line !== ''),
    '',
    ...shortened(actorLines(view, colors), room, colors),
    ...(recent.length > 0 ? ['', ...recent.map((sentence) => toned(sentence, colors))] : []),
  ]
  return lines
    .slice(0, Math.max(rows - 1, 1))
    .map((line) => fit(line, columns))
    .join('\n')
}

function headline(view: RunView, { now, spinner, colors }: FrameOptions): string {
  const elapsed = timeSpan((now - (view.began ?? now)) / 1000)
  const { milestone } = view
  const what = milestone
    ? `${milestone.id}${milestone.round > 0 ? `, round ${milestone.round}` : ''}`
    : view.coverage
      ? 'planning'
      : 'measuring the repository'
  const paused = view.paused ? colors.yellow(' paused') : ''
  return `${spinner} ${colors.bold('canopy')}  ${oneLine(what)}${paused}  ${colors.dim(elapsed)}`
}

function coverageLine({ coverage, milestone }: RunView, colors: Colors): string {
  if (!coverage) return ''
  const goal = milestone
    ? ` (from ${percentText(coverage.before)}${milestone.goal === null ? '' : `, goal ${milestone.goal}%`})`
    : ''
  return `${bar(coverage.now, coverage.before, colors)} ${colors.bold(percentText(coverage.now))} of branches${colors.dim(goal)}`
}

/** The share before in grey, the gain in green. */
function bar(now: Count, before: Count, colors: Colors): string {
  const cells = (count: Count): number => Math.floor((percent(count) / 100) * BAR_COLUMNS)
  const full = cells(now)
  const old = Math.min(cells(before), full)
  const empty = BAR_COLUMNS - full
  return `${colors.gray('█'.repeat(old))}${colors.green('█'.repeat(full - old))}${colors.dim('░'.repeat(empty))}`
}

function tasksLine(view: RunView, colors: Colors): string {
  if (view.tasks.size === 0) return ''
  const counts = taskCounts(view)
  const parts = [
    colors.green(`${counts.merged} merged`),
    `${counts.working} in progress`,
    `${counts.judged} at the gates`,
    `${counts.waiting} waiting`,
    counts.nothing > 0 ? `${counts.nothing} with nothing to do` : '',
    counts.failed > 0 ? colors.red(`${counts.failed} given up`) : '',
    view.restarts > 0 ? colors.yellow(counted(view.restarts, 'restart')) : '',
  ]
  return `tasks: ${parts.filter((part) => part !== '').join(colors.dim(' · '))}`
}

/** The supervision tree; of the many tasks only those that something is wrong with. */
function actorLines(view: RunView, colors: Colors): string[] {
  const working = new Map<string, TaskView>()
  for (const [, task] of view.tasks.entries()) {
    if (task.status === 'working' && task.worker !== undefined) working.set(task.worker, task)
  }
  const shown = [...view.actors.entries()]
    .filter(([, actor]) => actor.kind !== 'task' || actor.status !== 'running')
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  const taskOf = (address: string): TaskView | undefined =>
    working.get(address) ?? working.get(address.slice(address.lastIndexOf('.') + 1))
  const labels = new Map(
    shown.map(([address, actor]) => [address, actorLabel(address, actor, taskOf(address), colors)]),
  )
  return nest(labels).flatMap((root) => treeLines(root))
}

function actorLabel(address: string, actor: ActorStatus, task: TaskView | undefined, colors: Colors): string {
  const name = address.slice(parentOf(address) === '' ? 0 : parentOf(address).length + 1)
  const state = actor.status === 'running' ? colors.dim(actor.state) : colors.red(actor.status)
  const doing = task ? `${oneLine(task.subject)} ${colors.dim(task.step ?? '')}`.trimEnd() : ''
  const restarts = actor.restarts > 0 ? colors.yellow(`(${counted(actor.restarts, 'restart')})`) : ''
  return [name, task ? doing : state, restarts].filter((part) => part !== '').join('  ')
}

function parentOf(address: string): string {
  return address.slice(0, Math.max(address.lastIndexOf('.'), 0))
}

/** Addresses are paths: each hangs below the nearest one that is shown. */
function nest(labels: ReadonlyMap<string, string>): TreeBranch[] {
  const children = new Map<string, string[]>()
  for (const address of labels.keys()) {
    let parent = parentOf(address)
    while (parent !== '' && !labels.has(parent)) parent = parentOf(parent)
    children.set(parent, [...(children.get(parent) ?? []), address])
  }
  const build = (address: string): TreeBranch => ({
    label: labels.get(address) ?? address,
    children: (children.get(address) ?? []).map(build),
  })
  return (children.get('') ?? []).map(build)
}

function shortened(lines: readonly string[], room: number, colors: Colors): string[] {
  if (lines.length <= room) return [...lines]
  return [...lines.slice(0, room - 1), colors.dim(`   and ${lines.length - room + 1} more`)]
}

function toned({ text, tone }: Sentence, colors: Colors): string {
  return tone === 'good' ? colors.green(text) : tone === 'bad' ? colors.red(text) : colors.dim(text)
}
