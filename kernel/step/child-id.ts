// Child id
//
// Owns:   writing XState's ids of children as one token of an address and back. XState calls an invocation without an
//         id of its own `0.machine.state`; dots part the tokens of an address.
//
// I1. Every id can be written, and comes back as it was.

import type { Event } from '../messages.ts'

const PLAIN = /^[A-Za-z0-9:_/-]+$/
const OTHER = /[^A-Za-z0-9:_/-]/gu

/** A dot is written `~`, any other character that an address does not take `=<hexadecimal code point>=`. */
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

/** The event as the chart knows it: ends of children carry their id in the type. */
export function xstateEvent(event: Event): Event {
  const [, end, id] = /^(xstate\.(?:done|error)\.actor\.)(.*[~=].*)$/s.exec(event.type) ?? []
  if (end === undefined || id === undefined) return event
  return { ...event, type: end + xstateId(id), actorId: xstateId(id) }
}
