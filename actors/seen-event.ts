// Seen event
//
// Owns:   the XState event of a message and its sender, for people.

import { type Address, eventType, type Message } from '../kernel/index.ts'
import { outline } from './outline.ts'

const MEASURE = { parts: 60, characters: 1_000 }

/** Shortened (outline.ts). */
export function eventSeen(message: Message): { type: string } {
  const type = eventType(message)
  switch (message.kind) {
    case 'mail':
    case 'alarm':
      return outline(message.event, MEASURE) as { type: string }
    case 'started':
      return { type, ...shown('input', message.input) }
    case 'outcome':
      return { type, ...shown(message.outcome.kind, message.outcome) }
    case 'refused':
      return { type, ...shown('refused', { to: message.to, event: message.event, reason: message.reason }) }
    case 'exited':
      return { type, ...shown('exit', message.exit) }
    default:
      return { type }
  }
}

/** The sender; null when it is outside the system. */
export function sourceOf(address: Address, parent: Address | null, message: Message): Address | null {
  switch (message.kind) {
    case 'mail':
      return message.from?.address ?? null
    case 'started':
      return parent
    case 'exited':
      return `${address}.${message.child}`
    case 'refused':
      return message.to
    default:
      return address
  }
}

function shown(name: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [name]: outline(value, MEASURE) }
}
