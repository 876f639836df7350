// Envelope codec
//
// Owns:   encoding an envelope as a NATS message, and decoding it with checks.
// Leaves: messages that fail the checks (the mail implementations).
//
// Every message is checked before an actor sees it: size, UTF-8, JSON and its depth, shape, and the length of the parts
// that receivers store.
//
// The receiver is not in the envelope: it is in the subject. A plain event `{"type": ...}` is an envelope from outside.
//
// Several envelopes in one message are a JSON text sequence (RFC 7464): SEPARATOR precedes each. Each is checked as if it
// came alone; if one fails, the message does. Mail from outside travels alone, because receivers know it by its message.
//
// The sender in an envelope must be an address of the member that sent it; other envelopes are forged and put aside.
// The own unit may use any sender; `Trust` lists the members that may send without one (from outside).

import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import { type Address, type Event, issueTexts, MAX_JSON_VALUES, parseJson } from '../kernel/index.ts'
import type { Envelope } from './mail.ts'
import { memberOf } from './subjects.ts'
import { TransportError } from './transport-error.ts'

/** The most bytes of one envelope; a server's default limit is 1 MiB with headers. */
export const ENVELOPE_LIMIT = 1_000_000
/** The most bytes of mail between members: less, because it must still fit into an envelope when it is passed on. */
export const MEMBER_LIMIT = 900_000
/** The most envelopes in one message. */
export const MAX_TOGETHER = 64
/** Record separator: in JSON it appears only escaped. */
const SEPARATOR = '\u001e'
const TYPE_LIMIT = 1000
/** The most characters of an id: receivers store senders and ids. */
const ID_LIMIT = 6_000
const NAME_LIMIT = 2_000

// Every message passes this schema. Zod's checks on values (min, int, custom) take four times as long as its checks on
// shape, so those few are written below. Unknown fields are dropped: a newer sender may know more.
const envelopeSchema = z.object({
  id: z.string(),
  from: z.object({ address: z.string(), birth: z.string(), number: z.number() }).nullable(),
  event: z.unknown(),
})

export type DecodeResult =
  | { readonly kind: 'mail'; readonly envelopes: readonly [Envelope, ...Envelope[]] }
  | { readonly kind: 'undecodable' | 'forged'; readonly error: string }

type DecodedEnvelope =
  | { readonly kind: 'envelope'; readonly envelope: Envelope }
  | (DecodeResult & { error: string })

/** The rules by which a unit trusts the sender of its mail. */
export interface Trust {
  /** The member that owns the mail. */
  readonly own: string
  /** The unit of an address. */
  unitOf(address: Address): string
  /** The members that may send mail from outside. */
  readonly outside: readonly string[]
}

/** The most bytes of mail from this sender. */
export function limitFor(sender: string, { own, outside }: Trust): number {
  return sender === own || outside.includes(sender) ? ENVELOPE_LIMIT : MEMBER_LIMIT
}

/** The reason why one of the envelopes is forged; undefined when the sender may send all. */
export function forgery(envelopes: readonly Envelope[], sender: string, trust: Trust): string | undefined {
  if (sender === trust.own) return undefined
  for (const envelope of envelopes) {
    const reason = forgeryOf(envelope, sender, trust)
    if (reason !== undefined) return reason
  }
  return undefined
}

function forgeryOf({ from }: Envelope, sender: string, trust: Trust): string | undefined {
  if (from === null) {
    if (trust.outside.includes(sender)) return undefined
    return `'${sender}' may not send mail from outside`
  }
  if (memberOf(trust.unitOf(from.address)) === sender) return undefined
  return `its sender is '${from.address}', but '${sender}' sent it`
}

/** Throws `too_large`: large values are stored once and referenced, not mailed. Throws a RangeError for several of different pairs. */
export function encodeMail(mail: Envelope | readonly Envelope[], limit = ENVELOPE_LIMIT): Uint8Array {
  const [first, ...following] = envelopesOf(mail)
  if (following.length > 0) requireOnePair(first, following)
  const text =
    following.length === 0
      ? textIn(first)
      : envelopesOf(mail)
          .map((each) => SEPARATOR + textIn(each))
          .join('')
  if (following.length >= MAX_TOGETHER)
    throw new TransportError(
      'too_large',
      `${following.length + 1} messages together, at most ${MAX_TOGETHER}`,
    )
  const bytes = Buffer.from(text)
  if (bytes.length <= limit) return bytes
  const others = following.length === 0 ? '' : ` and ${following.length} more together`
  throw new TransportError(
    'too_large',
    `mail ${first.id} (${first.event.type})${others} has ${bytes.length} bytes, at most ${limit} can be sent; ` +
      'store large values elsewhere and send a reference',
  )
}

/** The envelopes published together. */
export function envelopesOf(mail: Envelope | readonly Envelope[]): readonly [Envelope, ...Envelope[]] {
  if ('event' in mail) return [mail]
  const [first, ...following] = mail
  if (!first) throw new RangeError('no envelope to publish')
  return [first, ...following]
}

/** The text that identifies mail as a duplicate: the ids of all envelopes published together. */
export function duplicateId(mail: Envelope | readonly Envelope[]): string {
  return 'event' in mail ? mail.id : mail.map(({ id }) => id).join(SEPARATOR)
}

function textIn({ id, from, event }: Envelope): string {
  return JSON.stringify({ id, from, event })
}

function requireOnePair({ to, from }: Envelope, following: readonly Envelope[]): void {
  const isSame = (each: Envelope): boolean => each.to === to && each.from?.address === from?.address
  if (from === null || !following.every(isSame))
    throw new RangeError('only mail of one actor to one receiver is published together')
}

/**
 * Decodes a message from the mailbox of `to`.
 * @param outsideId the id for a plain event, whose payload has none.
 * @param limit bytes; a limit below ENVELOPE_LIMIT means another member, whose number of values is limited as well.
 */
export function decodeMail(
  bytes: Uint8Array,
  to: Address,
  outsideId: () => string,
  limit = ENVELOPE_LIMIT,
): DecodeResult {
  if (bytes.length > limit) return undecodable(`${bytes.length} bytes, at most ${limit}`)
  if (!isUtf8(bytes)) return undecodable('no UTF-8')
  const text = textOf(bytes)
  const maxValues = limit < ENVELOPE_LIMIT ? MAX_JSON_VALUES : undefined
  if (text.startsWith(SEPARATOR)) return decodeSequence(text.slice(1).split(SEPARATOR), to, maxValues)
  const decoded = decodeText(text, to, outsideId, maxValues)
  return decoded.kind === 'envelope' ? { kind: 'mail', envelopes: [decoded.envelope] } : decoded
}

function decodeSequence(texts: readonly string[], to: Address, maxValues: number | undefined): DecodeResult {
  if (texts.length > MAX_TOGETHER)
    return undecodable(`${texts.length} messages together, at most ${MAX_TOGETHER}`)
  const envelopes: Envelope[] = []
  for (const [index, text] of texts.entries()) {
    const decoded = decodeText(text, to, () => 'outside', maxValues)
    if (decoded.kind !== 'envelope')
      return undecodable(`message ${index + 1} of ${texts.length}: ${decoded.error}`)
    const { envelope } = decoded
    if (envelope.from === null)
      return undecodable(`message ${index + 1} of ${texts.length}: mail from outside must travel alone`)
    envelopes.push(envelope)
  }
  return { kind: 'mail', envelopes: envelopesOf(envelopes) }
}

function decodeText(
  text: string,
  to: Address,
  outsideId: () => string,
  maxValues: number | undefined,
): DecodedEnvelope {
  let value: unknown
  try {
    value = parseJson(text, maxValues)
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
    return undecodable(`from.number: ${from.number} is not a message number; they count from 1`)
  }
  if (from !== null && Math.max(from.address.length, from.birth.length) > NAME_LIMIT)
    return undecodable(`from: its address or birth has more than ${NAME_LIMIT} characters`)
  if (!isEvent(event)) return undecodable(`event: its type must be a text of 1 to ${TYPE_LIMIT} characters`)
  return { kind: 'envelope', envelope: { id, to, from, event } }
}

/** The event is passed on unchanged: its receiver checks its fields. */
function isEvent(value: unknown): value is Event {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  return typeof value.type === 'string' && value.type.length > 0 && value.type.length <= TYPE_LIMIT
}

/** The beginning of a payload, as text for a person. */
export function excerpt(bytes: Uint8Array): string {
  const text = textOf(bytes.subarray(0, 2000))
  return bytes.length > 2000 ? `${text}… (${bytes.length} bytes)` : text
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function undecodable(error: string): DecodeResult & { error: string } {
  return { kind: 'undecodable', error }
}
