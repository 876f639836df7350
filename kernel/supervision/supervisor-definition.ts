// Supervisor definition
//
// Owns:   supervisors without a machine: flags and children, nothing else.
// Leaves: actors with a machine and children (definition.ts).
// Source: Erlang/OTP `supervisor`: init/1 and its results.

import { setup } from 'xstate'
import { z } from 'zod'
import type { ActorDefinition } from '../definition/actor-definition.ts'
import { defineActor } from '../definition/definition.ts'
import { checkChildren, checkFlags, SpecError } from './supervisor-given.ts'
import type { SupervisorGiven } from './supervisor-request.ts'
import type { SupervisorStart } from './supervisor-start.ts'

/** The options of `defineSupervisor`: the kind, the version (1 when absent), and the flags with the children. */
export interface SupervisorOptions {
  readonly kind: string
  readonly version?: number
  /** Flags and children, or a pure function of the input that returns them; `ignore`: there is nothing to supervise. */
  readonly init: SupervisorGiven | ((input: never) => SupervisorGiven | 'ignore')
}

const supervising = setup({}).createMachine({
  id: 'supervisor',
  initial: 'supervising',
  states: { supervising: {} },
})

/**
 * A supervisor as in OTP: it starts its children in order, restarts them by its strategy, and answers `startChild`,
 * `terminateChild`, `restartChild` and `deleteChild`. Wrong flags or specs fail its start, with OTP's error term.
 *
 * @example defineSupervisor({ kind: 'pool', init: { strategy: 'simple_one_for_one', children: [{ id: 'w', src: 'worker'
 * }] } })
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

/** OTP wraps the error term: `{supervisor_data, ...}`, `{start_spec, ...}`. */
function checked<T>(code: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof SpecError) || error.code === 'bad_start_spec') throw error
    throw new SpecError(code, error.message, error.code)
  }
}
