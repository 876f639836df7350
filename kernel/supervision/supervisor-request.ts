// Supervisor request
//
// Owns:   requests to a running supervisor about its children, and its replies, as data.
// Leaves: computing the replies (supervisor-calls.ts).
// Source: Erlang/OTP `supervisor`: start_child, terminate_child, restart_child, delete_child, code_change.

/** An unchecked child spec; it is checked when it is used. `src` is the kind of actor it starts. */
export interface ChildGiven {
  readonly id: string
  readonly src: string
  readonly input?: unknown
  readonly [field: string]: unknown
}

/** The unchecked result of a supervisor's `init`: flags and children; checked when it is used. */
export interface SupervisorGiven {
  readonly strategy?: string
  readonly intensity?: number
  readonly period?: number
  readonly autoShutdown?: string
  readonly children: readonly ChildGiven[]
}

/** A request to a running supervisor for a change. */
export type SupervisorRequest =
  /** Under `simple_one_for_one`, `given` is added to the input of the template. */
  | { readonly kind: 'startChild'; readonly given: unknown }
  /** `child`: its id; under `simple_one_for_one` its address. */
  | { readonly kind: 'terminateChild'; readonly child: string }
  | { readonly kind: 'restartChild'; readonly child: string }
  | { readonly kind: 'deleteChild'; readonly child: string }
  /** New flags and specs for a running supervisor (OTP's `code_change`). */
  | { readonly kind: 'change'; readonly given: unknown }

/** A supervisor's answer; the codes of errors are OTP's names, such as `already_present` and `not_found`. */
export type SupervisorReply =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly error: { readonly code: string; readonly message: string; readonly detail?: unknown }
    }
