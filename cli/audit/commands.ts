// Audit commands
//
// Owns:   `canopy audit`, which lists requests and their senders, and `canopy audit verify`, which finds changed, missing and reordered entries.
// Leaves: the log, what an entry is (app/audit/).

import type { Colors } from 'picocolors/types.js'
import {
  type AuditEntry,
  dataDirectoryOf,
  type NatsOptions,
  natsTarget,
  readAudit,
  verifyAudit,
  type WhichRun,
} from '../../app/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { oneLine } from '../words.ts'

export interface AuditOptions extends WhichRun, NatsOptions {
  readonly json?: boolean
}

export async function listAudit(options: AuditOptions, terminal: Terminal, colors: Colors): Promise<number> {
  const entries = await readAudit(dataDirectoryOf(options, terminal))
  if (options.json) terminal.screen.write(`${JSON.stringify(entries)}\n`)
  else
    terminal.screen.write(
      `${entries.map((entry) => lineOf(entry, colors)).join('\n') || 'the audit log has no entries'}\n`,
    )
  return exitCodes.reached
}

export async function auditVerification(options: AuditOptions, terminal: Terminal): Promise<number> {
  const nats = natsTarget(options, terminal)
  const found = await verifyAudit(dataDirectoryOf(options, terminal), { env: terminal.env, nats })
  const text = found.ok
    ? `all ${found.entries} entries are unchanged`
    : `line ${found.line}: ${oneLine(found.reason)}`
  terminal.screen.write(`${options.json ? JSON.stringify(found) : text}\n`)
  return found.ok ? exitCodes.reached : exitCodes.notReached
}

function lineOf({ at, who, by, what, to, ok, answer, detail }: AuditEntry, colors: Colors): string {
  const asked = by === null ? who : `${who} (${by})`
  const where = to === null ? '' : ` to ${oneLine(to)}`
  const end = ok ? colors.green(answer) : colors.red(answer)
  const text = `${oneLine(asked)}  ${oneLine(what)}${where}  `
  return `${colors.dim(new Date(at).toISOString())}  ${text}${oneLine(end)}  ${colors.dim(oneLine(detail).slice(0, 120))}`
}
