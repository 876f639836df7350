// Machine coverage
//
// Owns:   the coverage of a chart by a walk: states and transitions that nothing reaches, events that crash it.
// Leaves: the walk (machine-walk.ts), showing the result to people.
//
// A state or transition declared unreachable must exist and must not be reached.

import { nodesOf, transitionNames } from '../definition/chart-nodes.ts'
import type { CoverageOptions } from './coverage-options.ts'
import { explore, type WalkPath, type WalkSubject } from './machine-walk.ts'

/** How many of the states or transitions of a chart were reached, and the names of those that were not. */
export interface CoverageShare {
  readonly total: number
  readonly covered: number
  /** Neither reached nor declared unreachable. */
  readonly missing: readonly string[]
}

/** The result of `machineCoverage`. */
export interface MachineCoverage {
  readonly kind: string
  readonly situations: number
  readonly states: CoverageShare
  readonly transitions: CoverageShare
  readonly explained: Readonly<Record<string, string>>
  /** Declared unreachable, but reached or not in the chart. */
  readonly mistaken: readonly string[]
  /** Events on which the machine throws, with the state: in an actor, a crash. */
  readonly crashes: readonly string[]
  /** The number of situations from which no sequence of events leads to an end. */
  readonly endless: number
  /** Paths from the start that together cover everything reached, shortest first. */
  readonly paths: readonly WalkPath[]
}

/**
 * Walks a chart and returns how many of its states and transitions are reached.
 *
 * @example expect(machineCoverage(orderActor, { outputs: { pay: [{ ok: true }] } }).transitions.missing).toEqual([])
 */
export function machineCoverage<Context>(
  covered: WalkSubject,
  options: CoverageOptions<Context> = {},
): MachineCoverage {
  const { kind, machine } = covered
  const { situations, reached, crashes, endless, paths } = explore(covered, options as CoverageOptions)
  const { unreachable = {} } = options
  // A history state only leads to other states.
  const states = nodesOf(machine.root).flatMap(({ id, type }) => (type === 'history' ? [] : [`state ${id}`]))
  const transitions = [...transitionNames(machine).values()]
  const share = (all: readonly string[]): CoverageShare => {
    const known = all.filter((each) => reached.has(each) || each in unreachable)
    return { total: all.length, covered: known.length, missing: all.filter((each) => !known.includes(each)) }
  }
  const there = new Set([...states, ...transitions])
  const mistaken = Object.keys(unreachable).filter((each) => reached.has(each) || !there.has(each))
  return {
    kind,
    situations,
    states: share(states),
    transitions: share(transitions),
    explained: unreachable,
    mistaken,
    crashes,
    endless,
    paths,
  }
}

/** Paths from the start that together cover every state and transition of the walk, shortest first. */
export function pathsOf<Context>(
  covered: WalkSubject,
  options: CoverageOptions<Context> = {},
): readonly WalkPath[] {
  return explore(covered, options as CoverageOptions).paths
}
