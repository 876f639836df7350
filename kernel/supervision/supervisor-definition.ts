// Supervisor definition
//
// Owns:   supervisors without a machine of their own: flags and children, nothing else (principle: a supervisor is a
//         child list).
// Leaves: actors that have a machine and children too (definition.ts).
// Source: Erlang/OTP `supervisor`: init/1 and its results.

import { setup } from 'xstate'
import { z } from 'zod'
import { type ActorDefinition, defineActor } from '../definition/definition.ts'
import type { Strategy } from './child-spec.ts'
import { type ChildTemplate, checkChildren, checkFlags, SpecError } from './supervisor-given.ts'
import type { SupervisorGiven } from './supervisor-request.ts'

/** What a supervisor begins with. */
export interface SupervisorStart {
  readonly strategy: Strategy
  readonly children: readonly ChildTemplate[]
}

export interface SupervisorOptions {
  readonly kind: string
  readonly version?: number
  /** Flags and children, or a pure function that makes them of the input; `ignore`: there is nothing to supervise. */
  readonly init: SupervisorGiven | ((input: never) => SupervisorGiven | 'ignore')
}

const supervising = setup({}).createMachine({
  id: 'supervisor',
  initial: 'supervising',
  states: { supervising: {} },
})

/**
 * A supervisor as OTP has it: it starts its children in order, restarts them by its strategy, and answers
 * `startChild`, `terminateChild`, `restartChild` and `deleteChild`. What is wrong with the flags or specs shows when it
 * starts, as in OTP: its start fails with OTP's name for it.
 *
 * @example defineSupervisor({ kind: 'pool', init: { strategy: 'simple_one_for_one', children: [{ id: 'w', src: 'worker' }] } })
 */
export function defineSupervisor({ kind, version, init }: SupervisorOptions): ActorDefinition {
  const definition = defineActor({
    kind,
    machine: supervising,
    events: z.never(),
    ...(version && { version }),
  })
  const given = typeof init === 'function' ? (init as (input: unknown) => unknown) : () => init
  return { ...definition, init: (input) => checkedStart(kind, given(input)) }
}

function checkedStart(kind: string, given: unknown): SupervisorStart | 'ignore' {
  if (given === 'ignore') return 'ignore'
  if (typeof given !== 'object' || given === null || !('children' in given)) {
    throw new SpecError(
      'bad_return',
      `supervisor ${kind}: init must give flags and children, not ${JSON.stringify(given)}`,
    )
  }
  const strategy = checked('supervisor_data', () => checkFlags(given))
  return { strategy, children: checked('start_spec', () => checkChildren(given.children, strategy)) }
}

/** OTP wraps what is wrong: `{supervisor_data, ...}`, `{start_spec, ...}`. */
function checked<T>(code: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof SpecError) || error.code === 'bad_start_spec') throw error
    throw new SpecError(code, error.message, error.code)
  }
}
