// Store commands
//
// Owns:   what `canopy store` does, from checked options to an exit code.
// Leaves: how it is done (persistence/).

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Colors } from 'picocolors/types.js'
import {
  asUserError,
  backupsOf,
  connect,
  counted,
  definitions,
  type FoundRun,
  findRun,
  type NatsOptions,
  natsTarget,
  nextStoreKeysFor,
  storeKeysFor,
  UserError,
  type WhichStoredRun,
} from '../../app/index.ts'
import {
  type BackupManifest,
  backupIds,
  type CheckOptions,
  type CheckReport,
  checkBackup,
  checkStore,
  finishRestore,
  openStore,
  type RestoreResult,
  rekeyStore,
  restoreStore,
  StoreError,
  verifyBackup,
} from '../../persistence/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { oneLine } from '../words.ts'

export interface StoreCommandOptions extends WhichStoredRun, NatsOptions {
  readonly json?: boolean
  readonly from?: string
  readonly backup?: string | true
}

export interface RekeyStoreOptions extends StoreCommandOptions {
  readonly plain?: boolean
}

export interface StoreCommands {
  check(options: StoreCommandOptions): Promise<number>
  backup(options: StoreCommandOptions): Promise<number>
  backups(options: StoreCommandOptions): Promise<number>
  restore(options: StoreCommandOptions): Promise<number>
  rekey(options: RekeyStoreOptions): Promise<number>
}

const TIMEOUT_MS = 600_000

interface BackupRow {
  readonly id: string
  readonly damaged?: string
  readonly at?: number
  readonly rows?: number
  readonly bytes?: number
}

export function createStoreCommands(terminal: Terminal, colors: Colors): StoreCommands {
  const print = (json: boolean | undefined, value: unknown, text: string): void => {
    terminal.screen.write(`${json ? JSON.stringify(value) : text}\n`)
  }
  return {
    async check(options) {
      const run = await findRun(options, terminal)
      const keys = await storeKeysFor(run.dataDirectory, terminal.env)
      const report = await check(run, options.backup, { definitions, now: terminal.now(), keys })
      print(options.json, report, reportText(report, colors))
      return report.problems.length > 0 ? exitCodes.notReached : exitCodes.reached
    },
    async backup(options) {
      const nats = natsTarget(options, terminal)
      const { dataDirectory, path } = await findRun(options, terminal)
      const manifest = await backUp({ dataDirectory, ...(nats === undefined ? {} : { nats }) }, path)
      print(options.json, manifest, `backup ${manifest.id}: ${sizeText(manifest)}`)
      return exitCodes.reached
    },
    async backups(options) {
      const backups = backupsOf(await findRun(options, terminal))
      const listed: BackupRow[] = []
      for (const id of await backupIds(backups)) {
        const verified = await verifyBackup(join(backups, id))
        listed.push(verified.kind === 'sound' ? verified.manifest : { id, damaged: verified.reason })
      }
      print(
        options.json,
        listed,
        listed.map((each) => lineOf(each, colors)).join('\n') || `no backups in ${backups}`,
      )
      return listed.some(({ damaged }) => damaged !== undefined) ? exitCodes.notReached : exitCodes.reached
    },
    async restore(options) {
      const run = await findRun(options, terminal)
      const directory = join(run.path, 'store')
      const { from } = options
      const keys = await storeKeysFor(run.dataDirectory, terminal.env)
      await finishRestore(directory)
      const restored = await restoreStore({
        directory,
        backups: backupsOf(run),
        ...(from === undefined ? {} : { from }),
      }).catch((error: unknown) => {
        throw asUserError(error)
      })
      const unreadable = await whyUnreadable({ directory, keys })
      const told = { ...restored, ...(unreadable !== undefined && { unreadable }) }
      print(options.json, told, restoredText(told, colors))
      return exitCodes.reached
    },
    async rekey(options) {
      const run = await findRun(options, terminal)
      const rekeyed = await rekey(run, terminal, options.plain ?? false)
      print(options.json, rekeyed, rekeyedText(rekeyed, run))
      return exitCodes.reached
    },
  }
}

async function check(
  run: FoundRun,
  backup: string | true | undefined,
  options: CheckOptions,
): Promise<CheckReport> {
  const directory = join(run.path, 'store')
  if (backup !== undefined) {
    const backups = backupsOf(run)
    const ids = await backupIds(backups)
    const id = backup === true ? ids[0] : ids.find((each) => each === backup)
    if (id !== undefined) return checkBackup(join(backups, id), options)
    const which = backup === true ? 'no backup' : `no backup '${backup}'`
    throw new UserError(
      'no_backup',
      `there is ${which} in ${backups}`,
      "'canopy store backups' lists those there are.",
    )
  }
  await finishRestore(directory)
  if (!(await stat(directory).catch(() => undefined))) {
    throw new UserError('no_store', `there is no store in ${run.path}`, "'canopy run' begins one.")
  }
  return checkStore(directory, options).catch((error: unknown) => {
    if (!(error instanceof StoreError) || error.code !== 'locked') throw asUserError(error)
    throw new UserError(
      'in_use',
      `a run is at work on ${directory}, and a store belongs to one process`,
      "Check its newest backup: 'canopy store check --backup', after 'canopy store backup' if it must be of now. Or stop the run first.",
      { cause: error },
    )
  })
}

interface RekeyResult {
  readonly rows: number
  /** The id of the key; null: it is plain text now. */
  readonly key: string | null
}

async function rekey(run: FoundRun, { env }: Terminal, plain: boolean): Promise<RekeyResult> {
  const directory = join(run.path, 'store')
  const given = await storeKeysFor(run.dataDirectory, env)
  if (!given) {
    const wayOut = 'Name them, the new one first: CANOPY_STORE_KEY_FILE=FILE. To decrypt, add --plain.'
    throw new UserError('no_store_key', 'no store key is given', wayOut)
  }
  const to = plain ? undefined : await nextStoreKeysFor(run.dataDirectory, env)
  const rows = await rekeyStore({ directory, from: given, to }).catch((error: unknown) => {
    throw asUserError(error)
  })
  return { rows, key: to?.current.id ?? null }
}

function rekeyedText({ rows, key }: RekeyResult, run: FoundRun): string {
  const state = key === null ? 'kept as plain text' : `encrypted with key ${key}`
  const backups = `Backups in ${backupsOf(run)} that were written before keep the key they had.`
  return `${counted(rows, 'row')} ${state}\n${backups}`
}

async function backUp(which: Parameters<typeof connect>[0], path: string): Promise<BackupManifest> {
  const idle = new UserError(
    'no_responder',
    `nothing runs on ${path}`,
    `A backup is written while the system runs, for only then it is known which mail is under way. While nothing runs, a copy of ${path} is one.`,
  )
  const connection = await connect(which).catch((error: unknown) => {
    throw error instanceof UserError && ['no_responder', 'unreachable'].includes(error.code) ? idle : error
  })
  try {
    const reply = await connection.control.request('backup', {}, TIMEOUT_MS)
    if (reply.ok) return reply.value as BackupManifest
    if (reply.error.code === 'no_responder') throw idle
    const wayOut = 'What was stored and backed up before is unharmed. Put it right and try again.'
    throw new UserError(reply.error.code, oneLine(reply.error.message), wayOut)
  } finally {
    await connection.close()
  }
}

function reportText(
  { actors, entries, older, letters, kept, problems }: CheckReport,
  colors: Colors,
): string {
  const seen = [
    counted(actors, 'actor'),
    `${counted(entries, 'message')} stepped again`,
    counted(letters, 'dead letter'),
    counted(kept, 'kept outcome'),
  ].join(', ')
  return [
    seen,
    ...(older === 0 ? [] : [`${counted(older, 'actor')} of older versions would be brought on`]),
    ...problems.map(({ where, message }) => colors.red(`${oneLine(where)}: ${oneLine(message)}`)),
    problems.length === 0 ? colors.green('all is well') : counted(problems.length, 'problem'),
  ].join('\n')
}

/** A backup keeps the key that it was written with, which need not be one that is given now. */
async function whyUnreadable(place: Parameters<typeof openStore>[0]): Promise<string | undefined> {
  try {
    await (await openStore(place)).close()
    return undefined
  } catch (error) {
    if (error instanceof StoreError) return error.message
    throw error
  }
}

function restoredText(
  { manifest, damaged, aside, unreadable }: RestoreResult & { readonly unreadable?: string },
  colors: Colors,
): string {
  return [
    ...damaged.map(({ id, reason }) =>
      colors.yellow(`${id} is damaged and was not taken: ${oneLine(reason)}`),
    ),
    `restored ${manifest.id}: ${sizeText(manifest)}`,
    ...(aside === undefined ? [] : [`what was there is now in ${aside}`]),
    unreadable === undefined
      ? "The next 'canopy run' goes on from there."
      : colors.yellow(`Nothing can go on from there yet. ${oneLine(unreadable)}`),
  ].join('\n')
}

function lineOf({ id, damaged, rows = 0, bytes = 0 }: BackupRow, colors: Colors): string {
  if (damaged !== undefined) return colors.red(`${id}  damaged: ${oneLine(damaged)}`)
  return `${id}  ${sizeText({ rows, bytes })}`
}

function sizeText({ rows, bytes }: Pick<BackupManifest, 'rows' | 'bytes'>): string {
  const size = bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${counted(rows, 'row')}, ${size}`
}
