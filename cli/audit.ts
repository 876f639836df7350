// Audit
//
// Owns:   the fact about a control request: who asked what, and what was answered.
// Leaves: who reads it: the log, the screen (progress/).

import { z } from 'zod'
import type { Fact } from '../machines/index.ts'
import type { Answered } from '../transport/index.ts'

/** Characters of a payload that are kept. */
const KEPT = 2_000
/** Verbs that change something; all others only look. */
const CHANGING: ReadonlySet<string> = new Set(['send', 'replay', 'dropLetter', 'backup'])

const typed = z.looseObject({ type: z.string() })
const requestSchema = z.looseObject({
  to: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  event: typed.optional().catch(undefined),
})

/** What the audit keeps of a request and its answer. */
export function auditOf({ verb, address, by, payload, reply }: Answered): Fact {
  const asked = requestSchema.safeParse(jsonOf(payload)).data
  const to = address ?? asked?.to
  const event = asked?.event?.type ?? (address === undefined ? undefined : asked?.type)
  return {
    type: 'control.answered',
    verb,
    changes: CHANGING.has(verb),
    by: by ?? null,
    request: payload.length > KEPT ? `${payload.slice(0, KEPT)}… (${payload.length} characters)` : payload,
    ...(to !== undefined && { to }),
    ...(event !== undefined && { event }),
    ok: reply.ok,
    ...(!reply.ok && { code: reply.error.code, reason: reply.error.message }),
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
