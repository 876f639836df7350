// Mail
//
// Owns:   how a chart writes to another actor: the action `send`, whose params the runtime reads and posts in the
//         step's commit. Its body does nothing.
// Leaves: children by `spawnChild` and `invoke`, which are XState's own.

import type { Address, Event } from './messages.ts'

export interface Mail {
  readonly to: Address
  readonly event: Event
}

/** Given to `setup({ actions: { send } })`. */
export const send = (_: unknown, _mail: Mail): void => {}

/** The params of `send`; name the receiver's events to have them checked: `mail<PoolMail>(to, { … })`. */
export function mail<Sent extends Event>(to: Address, event: Sent): Mail {
  return { to, event }
}
