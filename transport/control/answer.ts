// Answer
//
// Owns:   the answer to a request: one reply, for every verb, payload and failure of a handler (promise C1).
// Leaves: transporting request and reply.

import { z } from 'zod'
import { type Address, MAX_JSON_VALUES, parseJson } from '../../kernel/index.ts'
import { type ControlHandler, type ControlReply, failure, type OnAnswered } from '../control.ts'

const replySchema = z.union([
  z.object({ ok: z.literal(true), value: z.unknown().optional() }),
  z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
])

/** Verb to its handler. */
export type ControlVerbs = ReadonlyMap<string, ControlHandler>

/** A request, from any transport. */
export interface ControlRequest {
  readonly verb: string
  readonly address?: Address
  readonly sender: string
  readonly by?: string
  readonly payload: string
}

/** The reply as text of at most `limit` bytes. */
export async function answer(
  verbs: ControlVerbs,
  asked: ControlRequest,
  onAnswered: OnAnswered = () => {},
  limit = Number.POSITIVE_INFINITY,
): Promise<string> {
  const answered = written(asked.verb, await replyTo(verbs, asked), limit)
  try {
    await onAnswered({ ...asked, reply: answered.reply })
    return answered.text
  } catch (error) {
    const message = `${asked.verb} was carried out, but could not be logged: ${(error as Error).message}`
    return JSON.stringify(failure('failed', message))
  }
}

function written(verb: string, reply: ControlReply, limit: number): { reply: ControlReply; text: string } {
  try {
    const text = JSON.stringify(reply)
    const bytes = Buffer.byteLength(text)
    if (bytes <= limit) return { reply, text }
    const message = `the reply of ${verb} has ${bytes} bytes, at most ${limit} can be sent`
    return written(verb, failure('reply_too_large', message), Number.POSITIVE_INFINITY)
  } catch (error) {
    const message = `the reply of ${verb} cannot be sent: ${(error as Error).message}`
    return written(verb, failure('failed', message), limit)
  }
}

async function replyTo(
  verbs: ControlVerbs,
  { verb, address, sender, payload }: ControlRequest,
): Promise<ControlReply> {
  const act = verbs.get(address === undefined ? verb : `${verb}.*`)
  if (!act && verbs.has(verb)) {
    return failure('bad_request', `${verb} takes no address, but was given '${address}'`)
  }
  if (!act) {
    return failure(
      'unknown_verb',
      `unknown verb "${verb}"; known are: ${[...verbs.keys()].sort().join(', ')}`,
    )
  }
  let value: unknown
  try {
    value = payload === '' ? {} : parseJson(payload, MAX_JSON_VALUES)
  } catch (error) {
    return failure('bad_request', `the payload of ${verb} is no JSON: ${(error as Error).message}`)
  }
  try {
    return await act(value, address, sender)
  } catch (error) {
    return failure('failed', `${verb} failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

export function readReply(verb: string, text: string): ControlReply {
  try {
    const parsed = replySchema.parse(parseJson(text))
    // A value that JSON leaves out becomes undefined here too.
    return parsed.ok ? { ok: true, value: parsed.value } : parsed
  } catch {
    return failure('bad_reply', `${verb} got an answer that is not a reply: ${text.slice(0, 200)}`)
  }
}
