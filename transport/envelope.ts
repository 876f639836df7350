// Envelope codec
//
// Owns:   how an envelope is written in a NATS message, and what is accepted as one.
// Leaves: what becomes of what is not (the mail implementations).
//
// E1. Whatever comes in is checked before an actor sees it: size, JSON, shape, and that it is addressed to the
//     mailbox it was found in.
// E2. A plain event `{"type": ...}` is an envelope from outside: that is how people and other programs write to an
//     actor with nothing but `nats pub`.

import { z } from 'zod'
import type { Address } from '../machines/index.ts'
import type { Envelope } from './mail.ts'
import { TransportError } from './transport-error.ts'

/** Bytes of one envelope; a server takes 1 MiB with the headers unless told otherwise. */
export const ENVELOPE_LIMIT = 1_000_000

const eventSchema = z.looseObject({ type: z.string().min(1).max(1000) })

const envelopeSchema = z.strictObject({
  id: z.string().min(1).max(4000),
  to: z.string().min(1),
  from: z
    .strictObject({ address: z.string().min(1), birth: z.string().min(1), number: z.int().positive() })
    .nullable(),
  event: eventSchema,
})

export type Decoded =
  | { readonly kind: 'envelope'; readonly envelope: Envelope }
  | { readonly kind: 'undecodable'; readonly error: string }

/** Throws `too_large`: long things are stored once and referenced, not mailed. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(envelope))
  if (bytes.length <= ENVELOPE_LIMIT) return bytes
  throw new TransportError(
    'too_large',
    `mail ${envelope.id} (${envelope.event.type}) has ${bytes.length} bytes, at most ${ENVELOPE_LIMIT} can be sent; ` +
      'keep what is long elsewhere and send a reference',
  )
}

/**
 * Reads what was found in the mailbox of `to`.
 * @param outsideId the id of a plain event, for which none is written in the payload.
 */
export function decodeEnvelope(bytes: Uint8Array, to: Address, outsideId: () => string): Decoded {
  if (bytes.length > ENVELOPE_LIMIT) return undecodable(`${bytes.length} bytes, at most ${ENVELOPE_LIMIT}`)
  let value: unknown
  try {
    value = JSON.parse(textOf(bytes))
  } catch (error) {
    return undecodable(`no JSON: ${(error as Error).message}`)
  }
  return isPlainEvent(value) ? decodePlainEvent(value, to, outsideId) : decodeWhole(value, to)
}

function decodeWhole(value: unknown, to: Address): Decoded {
  const parsed = envelopeSchema.safeParse(value)
  if (!parsed.success) return undecodable(`no envelope: ${sentence(parsed.error)}`)
  if (parsed.data.to !== to)
    return undecodable(`addressed to "${parsed.data.to}", found in the mailbox of "${to}"`)
  return { kind: 'envelope', envelope: parsed.data }
}

function decodePlainEvent(value: unknown, to: Address, outsideId: () => string): Decoded {
  const parsed = eventSchema.safeParse(value)
  if (!parsed.success) return undecodable(`no event: ${sentence(parsed.error)}`)
  return { kind: 'envelope', envelope: { id: outsideId(), to, from: null, event: parsed.data } }
}

function isPlainEvent(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'type' in value && !('event' in value && 'to' in value)
  )
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

function sentence(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`).join('; ')
}
