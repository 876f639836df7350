// Answer
//
// Owns:   what becomes of a request: one reply, for every verb, payload and verb's failure (promise C1).
// Leaves: how request and reply travel.

import { z } from 'zod'
import { type ControlHandler, failure, type Reply } from '../control.ts'

const replySchema = z.union([
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
])

/** Verb to what it does. */
export type Verbs = ReadonlyMap<string, ControlHandler>

export async function answer(verbs: Verbs, verb: string, payload: string): Promise<string> {
  const reply = await replyTo(verbs, verb, payload)
  try {
    return JSON.stringify(reply)
  } catch (error) {
    return JSON.stringify(
      failure('failed', `the reply of ${verb} cannot be sent: ${(error as Error).message}`),
    )
  }
}

async function replyTo(verbs: Verbs, verb: string, payload: string): Promise<Reply> {
  const act = verbs.get(verb)
  if (!act) {
    return failure(
      'unknown_verb',
      `unknown verb "${verb}"; known are: ${[...verbs.keys()].sort().join(', ')}`,
    )
  }
  let value: unknown
  try {
    value = payload === '' ? {} : JSON.parse(payload)
  } catch (error) {
    return failure('bad_request', `the payload of ${verb} is no JSON: ${(error as Error).message}`)
  }
  try {
    return await act(value)
  } catch (error) {
    return failure('failed', `${verb} failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

export function readReply(verb: string, text: string): Reply {
  try {
    const parsed = replySchema.parse(JSON.parse(text))
    // A value that JSON leaves out is undefined there too.
    return parsed.ok ? { ok: true, value: parsed.value } : parsed
  } catch {
    return failure('bad_reply', `${verb} was answered with something that is no reply: ${text.slice(0, 200)}`)
  }
}
