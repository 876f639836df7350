// Run facts
//
// Owns:   the receivers of a run's facts: its readers, its audit log, and subscribers.
// Leaves: what each makes of them (readers.ts, app/audit/).

import { createRedactor, type RunFact } from '../../machines/index.ts'
import { type AuditFacts, auditFacts } from '../audit/audit-facts.ts'
import { type AuditLog, openAuditLog } from '../audit/audit-log.ts'
import { headOfRunBefore } from '../audit/run-before.ts'
import type { Opening } from './opening.ts'
import { openReaders, type Readers } from './readers.ts'
import type { RunStore } from './run-store.ts'

export interface RunFacts {
  readonly readers: Readers
  readonly auditLog: AuditLog
  readonly audit: AuditFacts
  /** Tells a fact to all of them. */
  tell(fact: RunFact): void
  /** From now on the listener is told, too, after the others. */
  listen(listener: (fact: RunFact) => void): void
}

export async function openFacts(opening: Opening, { store, keys }: RunStore): Promise<RunFacts> {
  const { settings, directory, secrets, opened, trouble } = opening
  const readers = opened.adopt(await openReaders({ ...opening, store }), (each) => each.close())
  const auditLog = opened.adopt(
    await openAuditLog({
      dataDirectory: settings.dataDirectory,
      store,
      headBefore: () => headOfRunBefore(directory, keys, trouble),
      now: Date.now,
      trouble,
    }),
    (each) => each.close(),
  )
  const audit = auditFacts(auditLog, createRedactor(secrets), trouble)
  const listeners: ((fact: RunFact) => void)[] = []
  return {
    readers,
    auditLog,
    audit,
    tell(fact) {
      readers.take(fact)
      audit.take(fact)
      for (const listener of listeners) listener(fact)
    },
    listen: (listener) => void listeners.push(listener),
  }
}
