// Audit commands
//
// Owns:   `canopy audit`, which lists requests and their senders, and `canopy audit verify`, which finds changed, missing and reordered entries.
// Leaves: the log, what an entry is (app/audit/).
//
// M1. The newest entry is known from elsewhere: the running system says it, or else its store.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Colors } from 'picocolors/types.js'
import { z } from 'zod'
import {
  type AuditEntry,
  type AuditHead,
  asUserError,
  auditHeadSchema,
  checkChain,
  connect,
  dataDirectoryOf,
  headIn,
  linesOf,
  type NatsOptions,
  type NatsTarget,
  natsTarget,
  newestRun,
  storeKeysFor,
  UserError,
  type WhichRun,
  type WhichSystem,
} from '../../app/index.ts'
import { openStore, StoreError } from '../../persistence/index.ts'
import { ask } from '../control-client.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { oneLine } from '../words.ts'

export interface AuditOptions extends WhichRun, NatsOptions {
  readonly json?: boolean
}

export async function listAudit(options: AuditOptions, terminal: Terminal, colors: Colors): Promise<number> {
  const { entries } = await read(dataDirectoryOf(options, terminal), undefined)
  if (options.json) terminal.screen.write(`${JSON.stringify(entries)}\n`)
  else
    terminal.screen.write(
      `${entries.map((entry) => lineOf(entry, colors)).join('\n') || 'nothing was asked for yet that is written down'}\n`,
    )
  return exitCodes.reached
}

export async function verifyAudit(options: AuditOptions, terminal: Terminal): Promise<number> {
  const dataDirectory = dataDirectoryOf(options, terminal)
  const head = await knownHead(dataDirectory, natsTarget(options, terminal), terminal)
  const { result, entries } = await read(dataDirectory, head)
  const damage = entries.find(({ kind }) => kind === 'log')
  const bad = result.ok ? damage && { line: damage.number, reason: damage.detail } : result
  const found = bad
    ? { ok: false, line: bad.line, reason: bad.reason }
    : { ok: true, entries: entries.length, head: result.ok ? result.head.hash : '' }
  if (options.json) terminal.screen.write(`${JSON.stringify(found)}\n`)
  else if (bad) terminal.screen.write(`line ${bad.line}: ${oneLine(bad.reason)}\n`)
  else terminal.screen.write(`all ${entries.length} entries are as they were written\n`)
  return bad ? exitCodes.notReached : exitCodes.reached
}

async function read(dataDirectory: string, head: AuditHead | undefined) {
  const entries: AuditEntry[] = []
  const result = await checkChain(linesOf(dataDirectory), head, (entry) => entries.push(entry))
  return { result, entries }
}

const statusSchema = z.looseObject({ audit: auditHeadSchema })

/** M1. */
async function knownHead(
  dataDirectory: string,
  nats: NatsTarget | undefined,
  terminal: Terminal,
): Promise<AuditHead | undefined> {
  const run = await newestRun(dataDirectory)
  if (!run || !(await stat(join(run.path, 'store')).catch(() => undefined))) return undefined
  return (
    (await running({ dataDirectory, ...(nats && { nats }) })) ?? stored(dataDirectory, run.path, terminal)
  )
}

async function running(where: WhichSystem): Promise<AuditHead | undefined> {
  const connection = await connect(where).catch((error: unknown) => {
    if (error instanceof UserError) return undefined
    throw error
  })
  if (!connection) return undefined
  try {
    return statusSchema.safeParse(await ask(connection.control, 'status', {})).data?.audit
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  } finally {
    await connection.close()
  }
}

async function stored(
  dataDirectory: string,
  path: string,
  { env }: Pick<Terminal, 'env'>,
): Promise<AuditHead | undefined> {
  const keys = await storeKeysFor(dataDirectory, env)
  const store = await openStore({ directory: join(path, 'store'), keys }).catch(fail)
  try {
    return await headIn(store)
  } finally {
    await store.close()
  }
}

function fail(error: unknown): never {
  if (!(error instanceof StoreError) || error.code !== 'locked') throw asUserError(error)
  throw new UserError(
    'in_use',
    `a run is at work on ${error.directory}, and only it knows the end of its audit log`,
    'If it was given a NATS server, name it: --nats URL --creds operator.creds. Otherwise it is starting or very busy: try again.',
    { cause: error },
  )
}

function lineOf({ at, who, by, what, to, ok, answer, detail }: AuditEntry, colors: Colors): string {
  const asked = by === null ? who : `${who} (${by})`
  const where = to === null ? '' : ` to ${oneLine(to)}`
  const end = ok ? colors.green(answer) : colors.red(answer)
  const text = `${oneLine(asked)}  ${oneLine(what)}${where}  `
  return `${colors.dim(new Date(at).toISOString())}  ${text}${oneLine(end)}  ${colors.dim(oneLine(detail).slice(0, 120))}`
}
