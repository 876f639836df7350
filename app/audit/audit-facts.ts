// Audit facts
//
// Owns:   which facts of a run are written into the audit log, and as what.
// Leaves: the log (audit-log.ts).
//
// F1. What changes something is in the log before its answer goes out; so is each refusal. Looking is not written down.

import type { Redactor, RunFact } from '../../machines/index.ts'
import type { AuditLog } from './audit-log.ts'
import type { AuditBody } from './chain.ts'
import type { RequestFact } from './request-fact.ts'

export interface AuditFacts {
  /** Resolves when it is durable, if it is to be written down at all (F1). */
  request(fact: RequestFact): Promise<void>
  /** Other facts; what cannot be written is told to the log. */
  take(fact: RunFact): void
}

export function auditFacts(
  log: Pick<AuditLog, 'append'>,
  redactor: Pick<Redactor, 'value'>,
  trouble: (sentence: string) => void,
): AuditFacts {
  return {
    async request(fact) {
      if (isAudited(fact)) await log.append(redactor.value(requestBody(fact)))
    },
    take(fact) {
      const body = mailBody(fact)
      if (!body) return
      log
        .append(redactor.value(body))
        .catch((error: Error) => trouble(`the audit log cannot be written: ${error.message}`))
    },
  }
}

const NODES_OWN = /^(node|model)-/

function isAudited({ changes, ok, verb }: RequestFact): boolean {
  return changes || !ok || NODES_OWN.test(verb)
}

function requestBody({ sender, by, verb, to, request, event, ok, code, reason }: RequestFact): AuditBody {
  return {
    kind: 'request',
    who: sender,
    by,
    what: event === undefined ? verb : `${verb} ${event}`,
    to: to ?? null,
    detail: request,
    ok,
    answer: ok ? 'ok' : `${code}: ${reason}`,
  }
}

const NOT_ALLOWED: ReadonlySet<string> = new Set(['forbidden', 'forged'])

/** Mail that its sender may not send. */
function mailBody(fact: RunFact): AuditBody | undefined {
  if (fact.type !== 'letter.dead' || !NOT_ALLOWED.has(fact.reason)) return undefined
  const { to, reason, event, error } = fact
  const detail = error?.message ?? ''
  return {
    kind: 'mail',
    who: fact.from ?? 'unknown',
    by: null,
    what: event,
    to,
    detail,
    ok: false,
    answer: reason,
  }
}
