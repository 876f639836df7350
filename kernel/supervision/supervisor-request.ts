// Supervisor request
//
// Owns:   what can be asked of a supervisor about its children while it runs, and how it answers, as data.
// Leaves: the answers themselves (supervisor-calls.ts).
// Source: Erlang/OTP `supervisor`: start_child, terminate_child, restart_child, delete_child, code_change.

/** A child spec as it is given; checked when it is used. `src` is the kind of actor it starts. */
export interface ChildGiven {
  readonly id: string
  readonly src: string
  readonly input?: unknown
  readonly [field: string]: unknown
}

/** What `init` of a supervisor gives: flags and children; checked when it is used. */
export interface SupervisorGiven {
  readonly strategy?: string
  readonly intensity?: number
  readonly period?: number
  readonly autoShutdown?: string
  readonly children: readonly ChildGiven[]
}

export type SupervisorRequest =
  /** With `simple_one_for_one`, what is given is what this child gets besides the input of the spec. */
  | { readonly kind: 'startChild'; readonly given: unknown }
  /** `child`: its id; with `simple_one_for_one` its address. */
  | { readonly kind: 'terminateChild'; readonly child: string }
  | { readonly kind: 'restartChild'; readonly child: string }
  | { readonly kind: 'deleteChild'; readonly child: string }
  /** Other flags and specs for a running supervisor (OTP's `code_change`). */
  | { readonly kind: 'change'; readonly given: unknown }

export type SupervisorReply =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly error: { readonly code: string; readonly message: string; readonly detail?: unknown }
    }
