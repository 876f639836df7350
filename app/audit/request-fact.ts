// Request fact
//
// Owns:   the fact about a control request: sender, verb, payload and answer.
// Leaves: its readers: the log, the screen (cli/progress/).

import { z } from 'zod'
import { jsonOf } from '../../kernel/index.ts'
import type { RunFact } from '../../machines/index.ts'
import { type ControlExchange, changesSomething } from '../../transport/index.ts'

/** Characters of a payload that are kept. */
const KEPT = 2_000
const KEPT_OF_NAME = 200

/** The audit log holds no conversations: of a question it has the node and the key. */
const askedSchema = z.object({ node: z.string(), key: z.string() })

const pendingSchema = z.object({ kind: z.enum(['pending', 'unknown']) })

const typed = z.looseObject({ type: z.string() })
const requestSchema = z.looseObject({
  to: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  event: typed.optional().catch(undefined),
})

/** Whether it is worth being kept: waiting for a model is not, it is asked every few seconds. */
export function isNoted({ verb, reply }: ControlExchange): boolean {
  if (verb === 'model-drop') return false
  const waits = verb === 'model-ask' && reply.ok && pendingSchema.safeParse(reply.value).success
  return !waits
}

export type RequestFact = Extract<RunFact, { type: 'control.answered' }>

/** The fact that is stored of a request and its answer. */
export function requestFact({ verb, address, sender, by, payload, reply }: ControlExchange): RequestFact {
  const json = jsonOf(payload)
  const asked = requestSchema.safeParse(json).data
  const request = verb === 'model-ask' ? JSON.stringify(askedSchema.safeParse(json).data ?? {}) : payload
  const to = address ?? asked?.to?.slice(0, KEPT)
  const event = asked?.event?.type ?? (address === undefined ? undefined : asked?.type)
  return {
    type: 'control.answered',
    verb,
    changes: changesSomething(verb),
    sender,
    by: by?.slice(0, KEPT_OF_NAME) ?? null,
    request: request.length > KEPT ? `${request.slice(0, KEPT)}… (${request.length} characters)` : request,
    ...(to !== undefined && { to }),
    ...(event !== undefined && { event: event.slice(0, KEPT_OF_NAME) }),
    ok: reply.ok,
    ...(!reply.ok && { code: reply.error.code, reason: reply.error.message.slice(0, KEPT) }),
  }
}
