// Mail
//
// Owns:   the action `send`, by which a chart writes to another actor. Its body does nothing: the runtime reads its
//         params and posts the mail in the step's commit.
// Leaves: children by `spawnChild` and `invoke`, which are part of XState.

import type { Address, Event } from './messages.ts'

/** An event for another actor: the params of the action `send`. */
export interface SendParams {
  readonly to: Address
  readonly event: Event
}

/** Pass it to `setup({ actions: { send } })`. */
export const send = (_: unknown, _mail: SendParams): void => {}

/** The params of `send`; name the receiver's events to have the event checked: `mail<PoolMail>(to, { … })`. */
export function mail<Sent extends Event>(to: Address, event: Sent): SendParams {
  return { to, event }
}
