// Machine coverage
//
// Owns:   what a walk through a chart says of it: which states and transitions nothing reaches, where it crashes.
// Leaves: the walk (machine-walk.ts), telling it to people.
//
// C1. What is said to be unreachable must be there, and must not be reached.

import { nodesOf, transitionNames } from '../definition/chart-nodes.ts'
import { type CoverageOptions, type Covered, explore, type Path } from './machine-walk.ts'

export interface Share {
  readonly total: number
  readonly covered: number
  /** Neither reached nor explained. */
  readonly missing: readonly string[]
}

export interface MachineCoverage {
  readonly kind: string
  readonly situations: number
  readonly states: Share
  readonly transitions: Share
  readonly explained: Readonly<Record<string, string>>
  /** Said to be unreachable, but reached or not there. */
  readonly mistaken: readonly string[]
  /** Events on which the machine throws, with the state: in an actor, a crash. */
  readonly crashes: readonly string[]
  /** Situations from which no event leads, however far, to an end. */
  readonly endless: number
  /** Ways from the beginning that together reach all that was reached, shortest first. */
  readonly paths: readonly Path[]
}

/**
 * How much of a chart's states and transitions can be reached.
 *
 * @example expect(machineCoverage(orderActor, { outputs: { pay: [{ ok: true }] } }).transitions.missing).toEqual([])
 */
export function machineCoverage<Context>(
  covered: Covered,
  options: CoverageOptions<Context> = {},
): MachineCoverage {
  const { kind, machine } = covered
  const { situations, reached, crashes, endless, paths } = explore(covered, options as CoverageOptions)
  const { unreachable = {} } = options
  // History is a way to other states.
  const states = nodesOf(machine.root).flatMap(({ id, type }) => (type === 'history' ? [] : [`state ${id}`]))
  const transitions = [...transitionNames(machine).values()]
  const share = (all: readonly string[]): Share => {
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

/** Ways from the beginning that together reach every state and transition which the walk reached, shortest first. */
export function pathsOf<Context>(covered: Covered, options: CoverageOptions<Context> = {}): readonly Path[] {
  return explore(covered, options as CoverageOptions).paths
}
