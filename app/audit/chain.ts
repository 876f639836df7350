// Audit chain
//
// Owns:   the form of an entry of the audit log, and whether entries are those that were written. Pure.
// Leaves: the files (audit-log.ts), which requests are written down (request-fact.ts).
//
// C1. Each entry holds the hash of the one before it and is closed by its own, SHA-256 over its text: an entry that is changed,
//     removed or moved breaks the chain there. Entries cut off at the end are noticed by the head, which is stored elsewhere.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { parseJson } from '../../kernel/index.ts'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

const auditBodySchema = z.strictObject({
  /** `request`: somebody asked. `mail`: mail was put aside because its sender may not send it. `log`: of the log itself. */
  kind: z.enum(['request', 'mail', 'log']),
  /** The member whose credential it was; for mail what its subject or its envelope says. */
  who: z.string(),
  /** As the asker calls itself; nobody checks that. */
  by: z.string().nullable(),
  what: z.string(),
  to: z.string().nullable(),
  /** The request, shortened. */
  detail: z.string(),
  ok: z.boolean(),
  /** The code and the reason of a refusal. */
  answer: z.string(),
})
export type AuditBody = z.infer<typeof auditBodySchema>

const auditEntrySchema = auditBodySchema.extend({
  /** From 1, without gaps. */
  number: z.int().positive(),
  /** Milliseconds since the Unix epoch. */
  at: z.int().nonnegative(),
  before: hash,
  hash,
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

/** The last entry that was written. */
export const auditHeadSchema = z.object({ number: z.int().nonnegative(), hash })
export type AuditHead = z.infer<typeof auditHeadSchema>

export const EMPTY: AuditHead = { number: 0, hash: '0'.repeat(64) }

/** The next entry as a line of text, and the head that it makes. */
export function nextLine(head: AuditHead, at: number, body: AuditBody): { line: string; head: AuditHead } {
  const number = head.number + 1
  const text = JSON.stringify({ number, at, before: head.hash, ...auditBodySchema.parse(body) })
  const hash = digest(text)
  return { line: `${text.slice(0, -1)},"hash":"${hash}"}`, head: { number, hash } }
}

type ChainResult =
  | { readonly ok: true; readonly head: AuditHead }
  | { readonly ok: false; readonly line: number; readonly reason: string }

/** Checks lines in their order; `line` counts them from 1. `head`: the newest that is known from elsewhere. */
export async function checkChain(
  lines: Iterable<string> | AsyncIterable<string>,
  known: AuditHead | undefined,
  take: (entry: AuditEntry) => void = () => {},
): Promise<ChainResult> {
  let head = EMPTY
  let line = 0
  for await (const text of lines) {
    line += 1
    const read = readLine(text, head)
    if ('reason' in read) return { ok: false, line, reason: read.reason }
    head = { number: read.entry.number, hash: read.entry.hash }
    if (head.number === known?.number && head.hash !== known.hash)
      return { ok: false, line, reason: 'it differs from the entry that the store has under this number' }
    take(read.entry)
  }
  if (known && known.number > head.number)
    return {
      ok: false,
      line: line + 1,
      reason: `the entries ${head.number + 1} to ${known.number} are missing`,
    }
  return { ok: true, head }
}

function readLine(text: string, head: AuditHead): { entry: AuditEntry } | { reason: string } {
  const entry = auditEntrySchema.safeParse(jsonText(text)).data
  if (!entry) return { reason: 'it is not an entry of an audit log' }
  const { hash: said, number, at, before, ...body } = entry
  const written = nextLine({ number: number - 1, hash: before }, at, body)
  if (written.line !== text || written.head.hash !== said)
    return { reason: 'it was changed: its hash does not match' }
  if (number !== head.number + 1) return { reason: `it is entry ${number}, expected ${head.number + 1}` }
  if (before !== head.hash) return { reason: 'it does not follow from the entry before it' }
  return { entry }
}

/** Undefined when it is no JSON, whatever somebody made of it. */
function jsonText(line: string): unknown {
  try {
    return parseJson(line)
  } catch {
    return undefined
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
