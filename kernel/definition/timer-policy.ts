// Timer policy
//
// Owns:   how an absence of the process affects each timer of a chart, by delay name, state or timer id.
//
//   deadline    fires at its deadline, or at once when that passed during the absence (default)
//   remaining   fires after the time that was left when the process ended
//   restart     starts again with its full delay
//
// Leaves: computing the time (actors/alarms.ts).

import type { AnyStateMachine } from 'xstate'
import { nodesOf } from './chart-nodes.ts'

const POLICIES = ['deadline', 'remaining', 'restart'] as const
export type TimerPolicy = (typeof POLICIES)[number]
export type TimerPolicies = Readonly<Record<string, TimerPolicy>>

/** XState names a timer of `after` `xstate.after.<delay>.<state>`. */
const AFTER = /^xstate\.after\.([^.]+)\.(.+)$/

/** Finds the policy by the timer's id, the name of its delay, or its state (`id`, or path without the machine's name). */
export function policyOf(policies: TimerPolicies, id: string): TimerPolicy {
  const [, delay = '', state = ''] = AFTER.exec(id) ?? []
  const path = state.slice(state.indexOf('.') + 1)
  const name = [id, delay, state, path].find((each) => each !== '' && Object.hasOwn(policies, each))
  return (name && policies[name]) || 'deadline'
}

/** Policies that are none, and names that match nothing in this chart. A name with a dot or a dash is accepted: it may be the id of a delayed event. */
export function timerFaults(machine: AnyStateMachine, policies: TimerPolicies): string[] {
  const nodes = nodesOf(machine.root)
  const known = new Set([
    ...nodes.flatMap(({ id }) => [id, id.slice(id.indexOf('.') + 1)]),
    ...nodes.flatMap(({ after }) => after.map(({ delay }) => String(delay))),
    ...Object.keys(machine.implementations.delays),
  ])
  const unknown = Object.keys(policies).filter((name) => !known.has(name) && !/[.-]/.test(name))
  const wrong = Object.entries(policies).filter(([, policy]) => !POLICIES.includes(policy))
  return [
    ...unknown.map(
      (name) => `timers.${name} is neither a delay nor a state of the chart; known: ${[...known].join(', ')}`,
    ),
    ...wrong.map(([name, policy]) => `timers.${name} is ${policy}; expected deadline, remaining or restart`),
  ]
}
