// Read audit
//
// Owns:   reading the audit log of a data directory for people, and comparing it with its newest known entry.
// Leaves: the files (audit-log.ts), the comparison (chain.ts), printing (cli/audit/).

import type { HostEnvironment } from '../settings/data-directory.ts'
import type { NatsTarget } from '../settings/nats-target.ts'
import { linesOf } from './audit-log.ts'
import { type AuditEntry, type AuditHead, checkChain } from './chain.ts'
import { knownHead } from './known-head.ts'

/** All entries up to the first damaged line. */
export async function readAudit(dataDirectory: string): Promise<readonly AuditEntry[]> {
  return (await read(dataDirectory, undefined)).entries
}

type AuditVerdict =
  | { readonly ok: true; readonly entries: number; readonly head: string }
  | { readonly ok: false; readonly line: number; readonly reason: string }

interface AuditVerification {
  readonly env: HostEnvironment['env']
  /** The NATS server of the run, when the user gave one. */
  readonly nats: NatsTarget | undefined
}

/** Whether all entries are as they were written; otherwise the first line that is not, counted from 1. */
export async function verifyAudit(
  dataDirectory: string,
  { env, nats }: AuditVerification,
): Promise<AuditVerdict> {
  const head = await knownHead(dataDirectory, nats, env)
  const { result, entries } = await read(dataDirectory, head)
  if (!result.ok) return result
  // The run that found the damage wrote an entry about it and went on behind it.
  const damage = entries.find(({ kind }) => kind === 'log')
  if (damage) return { ok: false, line: damage.number, reason: damage.detail }
  return { ok: true, entries: entries.length, head: result.head.hash }
}

async function read(dataDirectory: string, head: AuditHead | undefined) {
  const entries: AuditEntry[] = []
  const result = await checkChain(linesOf(dataDirectory), head, (entry) => entries.push(entry))
  return { result, entries }
}
