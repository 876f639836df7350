// Child id
//
// Owns:   encoding XState's child ids as one token of an address, and decoding them. XState names an invocation without
//         an id `0.machine.state`, and dots separate the tokens of an address.
//
// Every id can be encoded, and decodes to the same id.

import type { Event } from '../messages.ts'

const PLAIN = /^[A-Za-z0-9:_/-]+$/
const OTHER = /[^A-Za-z0-9:_/-]/gu

/** Writes a dot as `~`, and any other character that an address does not allow as `=<hexadecimal code point>=`. */
export function childId(id: string): string {
  if (PLAIN.test(id)) return id
  return id.replace(OTHER, (other) => (other === '.' ? '~' : `=${other.codePointAt(0)?.toString(16)}=`))
}

export function xstateId(written: string): string {
  if (PLAIN.test(written)) return written
  return written.replace(/~|=([0-9a-f]+)=/g, (_, code?: string) =>
    code === undefined ? '.' : String.fromCodePoint(Number.parseInt(code, 16)),
  )
}

/** The event with XState's ids: events about ends of children carry the child id in their type. */
export function xstateEvent(event: Event): Event {
  const [, end, id] = /^(xstate\.(?:done|error)\.actor\.)(.*[~=].*)$/s.exec(event.type) ?? []
  if (end === undefined || id === undefined) return event
  return { ...event, type: end + xstateId(id), actorId: xstateId(id) }
}
