// Envelope codec
//
// Owns:   how an envelope is written in a NATS message, and what is accepted as one.
// Leaves: what becomes of what is not (the mail implementations).
//
// E1. Whatever comes in is checked before an actor sees it: size, UTF-8, JSON and its depth, shape, and the length of
//     what receivers remember of it.
// E2. The receiver is not written down: it is whose mailbox the message is in.
// E3. A plain event `{"type": ...}` is an envelope from outside.
// E4. Nobody speaks for another: an envelope is from an address of its sender, or is put aside as forged. The unit itself
//     may say anything to itself; who may speak for nobody (from outside) is told.

import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import { type Address, type Event, issueTexts, MAX_JSON_VALUES, parseJson } from '../kernel/index.ts'
import type { Envelope } from './mail.ts'
import { memberOf } from './subjects.ts'
import { TransportError } from './transport-error.ts'

/** Bytes of one envelope; a server takes 1 MiB with the headers unless told otherwise. */
export const ENVELOPE_LIMIT = 1_000_000
/** Of mail between members, which is less: what is passed on within the system must still fit into an envelope. */
export const MEMBER_LIMIT = 900_000
const TYPE_LIMIT = 1000
/** Characters. Receivers remember senders and ids. */
const ID_LIMIT = 6_000
const NAME_LIMIT = 2_000

// Every message passes here: zod's checks on values (min, int, custom) would cost four times what its checks on shape
// do, so those few are made by hand below. Unknown fields are left out: a newer sender may know more.
const envelopeSchema = z.object({
  id: z.string(),
  from: z.object({ address: z.string(), birth: z.string(), number: z.number() }).nullable(),
  event: z.unknown(),
})

export type Decoded =
  | { readonly kind: 'envelope'; readonly envelope: Envelope }
  | { readonly kind: 'undecodable' | 'forged'; readonly error: string }

/** Whose word counts for what in the mail of a unit. */
export interface Trust {
  /** The member whose mail it is. */
  readonly own: string
  /** The unit that an address is in. */
  unitOf(address: Address): string
  /** The members that may bring mail from outside. */
  readonly outside: readonly string[]
}

/** Bytes that mail of this sender may have. */
export function limitFor(sender: string, { own, outside }: Trust): number {
  return sender === own || outside.includes(sender) ? ENVELOPE_LIMIT : MEMBER_LIMIT
}

/** Undefined: the sender may say so. */
export function forgery({ from }: Envelope, sender: string, trust: Trust): string | undefined {
  if (sender === trust.own) return undefined
  if (from === null) {
    if (trust.outside.includes(sender)) return undefined
    return `'${sender}' may not bring mail from outside`
  }
  if (memberOf(trust.unitOf(from.address)) === sender) return undefined
  return `it says that it is from '${from.address}', but '${sender}' sent it`
}

/** Throws `too_large`: long things are stored once and referenced, not mailed. */
export function encodeEnvelope(envelope: Envelope, limit = ENVELOPE_LIMIT): Uint8Array {
  const { id, from, event } = envelope
  const bytes = Buffer.from(JSON.stringify({ id, from, event }))
  if (bytes.length <= limit) return bytes
  throw new TransportError(
    'too_large',
    `mail ${envelope.id} (${envelope.event.type}) has ${bytes.length} bytes, at most ${limit} can be sent; ` +
      'keep what is long elsewhere and send a reference',
  )
}

/**
 * Reads what was found in the mailbox of `to`.
 * @param outsideId the id of a plain event, for which none is written in the payload.
 * @param limit bytes; below ENVELOPE_LIMIT it comes from another member, and the number of its values is limited as well.
 */
export function decodeEnvelope(
  bytes: Uint8Array,
  to: Address,
  outsideId: () => string,
  limit = ENVELOPE_LIMIT,
): Decoded {
  if (bytes.length > limit) return undecodable(`${bytes.length} bytes, at most ${limit}`)
  if (!isUtf8(bytes)) return undecodable('no UTF-8')
  let value: unknown
  try {
    value = parseJson(textOf(bytes), limit < ENVELOPE_LIMIT ? MAX_JSON_VALUES : undefined)
  } catch (error) {
    return undecodable(`no JSON: ${(error as Error).message}`)
  }
  if (isEvent(value)) return { kind: 'envelope', envelope: { id: outsideId(), to, from: null, event: value } }
  const parsed = envelopeSchema.safeParse(value)
  if (!parsed.success)
    return undecodable(`neither envelope nor event: ${issueTexts(parsed.error, 'it').join('; ')}`)
  const { id, from, event } = parsed.data
  if (id === '' || id.length > ID_LIMIT)
    return undecodable(`id: it has ${id.length} characters, expected 1 to ${ID_LIMIT}`)
  if (from !== null && !(Number.isSafeInteger(from.number) && from.number > 0)) {
    return undecodable(`from.number: ${from.number} is no place in an order; places are counted from 1`)
  }
  if (from !== null && Math.max(from.address.length, from.birth.length) > NAME_LIMIT)
    return undecodable(`from: its address or birth has more than ${NAME_LIMIT} characters`)
  if (!isEvent(event)) return undecodable(`event: it has no type, a text of 1 to ${TYPE_LIMIT} characters`)
  return { kind: 'envelope', envelope: { id, to, from, event } }
}

/** The event is passed on as it is: its fields are the machine's affair. */
function isEvent(value: unknown): value is Event {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  return typeof value.type === 'string' && value.type.length > 0 && value.type.length <= TYPE_LIMIT
}

/** A payload as text for a person, cut where it is long. */
export function excerpt(bytes: Uint8Array): string {
  const text = textOf(bytes.subarray(0, 2000))
  return bytes.length > 2000 ? `${text}… (${bytes.length} bytes)` : text
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function undecodable(error: string): Decoded {
  return { kind: 'undecodable', error }
}
