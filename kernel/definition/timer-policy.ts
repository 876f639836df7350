// Timer policy
//
// Owns:   what absence means for each timer of a chart, by the names its author gave: a delay, a state, an id.
//
//   deadline    it rings when it was due, also if that passed while nobody was there (default)
//   remaining   absence does not count: it waits for what was left
//   restart     it begins anew
//
// Leaves: when that is (actors/alarms.ts).

import type { AnyStateMachine } from 'xstate'
import { nodesOf } from './chart-nodes.ts'

export type TimerPolicy = 'deadline' | 'remaining' | 'restart'
export type TimerPolicies = Readonly<Record<string, TimerPolicy>>

/** An `after` is called `xstate.after.<delay>.<state>`. */
const AFTER = /^xstate\.after\.([^.]+)\.(.+)$/

/** By the timer's id, the name of its delay, or its state (`id` or path without the machine's). */
export function policyOf(policies: TimerPolicies, id: string): TimerPolicy {
  const [, delay = '', state = ''] = AFTER.exec(id) ?? []
  const path = state.slice(state.indexOf('.') + 1)
  const name = [id, delay, state, path].find((each) => each !== '' && Object.hasOwn(policies, each))
  return (name && policies[name]) || 'deadline'
}

/** Names that stand for nothing in this chart; what has a dot or a dash may be the id of a delayed event. */
export function timerFaults(machine: AnyStateMachine, policies: TimerPolicies): string[] {
  const nodes = nodesOf(machine.root)
  const known = new Set([
    ...nodes.flatMap(({ id }) => [id, id.slice(id.indexOf('.') + 1)]),
    ...nodes.flatMap(({ after }) => after.map(({ delay }) => String(delay))),
    ...Object.keys(machine.implementations.delays),
  ])
  return Object.keys(policies)
    .filter((name) => !known.has(name) && !/[.-]/.test(name))
    .map((name) => `timers.${name} is no delay and no state of the chart; known are ${[...known].join(', ')}`)
}
