// Store commands
//
// Owns:   what `canopy store` prints, from checked options to an exit code.
// Leaves: the work (app/store/).

import type { Colors } from 'picocolors/types.js'
import {
  type BackupManifest,
  backUpNow,
  backupsOf,
  type CheckReport,
  checkRunStore,
  counted,
  type FoundRun,
  findRun,
  type ListedBackup,
  listBackups,
  type NatsOptions,
  natsTarget,
  type RekeyedStore,
  type RestoredStore,
  rekeyRunStore,
  restoreRunStore,
  type WhichStoredRun,
} from '../../app/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { oneLine } from '../words.ts'

export interface StoreCommandOptions extends WhichStoredRun, NatsOptions {
  readonly json?: boolean
  readonly from?: string
  readonly backup?: string | true
}

interface RekeyStoreOptions extends StoreCommandOptions {
  readonly plain?: boolean
}

export interface StoreCommands {
  check(options: StoreCommandOptions): Promise<number>
  backup(options: StoreCommandOptions): Promise<number>
  backups(options: StoreCommandOptions): Promise<number>
  restore(options: StoreCommandOptions): Promise<number>
  rekey(options: RekeyStoreOptions): Promise<number>
}

export function createStoreCommands(terminal: Terminal, colors: Colors): StoreCommands {
  const print = (json: boolean | undefined, value: unknown, text: string): void => {
    terminal.screen.write(`${json ? JSON.stringify(value) : text}\n`)
  }
  return {
    async check(options) {
      const run = await findRun(options, terminal)
      const { env, now } = terminal
      const report = await checkRunStore(run, { env, now: now(), backup: options.backup })
      print(options.json, report, reportText(report, colors))
      return report.problems.length > 0 ? exitCodes.notReached : exitCodes.reached
    },
    async backup(options) {
      const nats = natsTarget(options, terminal)
      const { dataDirectory, path } = await findRun(options, terminal)
      const manifest = await backUpNow({ dataDirectory, ...(nats && { nats }) }, path)
      print(options.json, manifest, `backup ${manifest.id}: ${sizeText(manifest)}`)
      return exitCodes.reached
    },
    async backups(options) {
      const run = await findRun(options, terminal)
      const listed = await listBackups(run)
      const lines = listed.map((each) => lineOf(each, colors))
      print(options.json, listed, lines.join('\n') || `no backups in ${backupsOf(run)}`)
      return listed.some(({ damaged }) => damaged !== undefined) ? exitCodes.notReached : exitCodes.reached
    },
    async restore(options) {
      const run = await findRun(options, terminal)
      const restored = await restoreRunStore(run, { env: terminal.env, from: options.from })
      print(options.json, restored, restoredText(restored, run, colors))
      return exitCodes.reached
    },
    async rekey(options) {
      const run = await findRun(options, terminal)
      const rekeyed = await rekeyRunStore(run, { env: terminal.env, plain: options.plain ?? false })
      print(options.json, rekeyed, rekeyedText(rekeyed, run))
      return exitCodes.reached
    },
  }
}

function rekeyedText({ rows, key }: RekeyedStore, run: FoundRun): string {
  const state = key === null ? 'kept as plain text' : `encrypted with key ${key}`
  const backups = `Earlier backups in ${backupsOf(run)} keep their key.`
  return `${counted(rows, 'row')} ${state}\n${backups}`
}

function reportText(
  { actors, entries, older, letters, kept, problems }: CheckReport,
  colors: Colors,
): string {
  const seen = [
    counted(actors, 'actor'),
    `${counted(entries, 'message')} replayed`,
    counted(letters, 'dead letter'),
    counted(kept, 'stored outcome'),
  ].join(', ')
  return [
    seen,
    ...(older === 0 ? [] : [`${counted(older, 'actor')} of older versions would be migrated`]),
    ...problems.map(({ where, message }) => colors.red(`${oneLine(where)}: ${oneLine(message)}`)),
    problems.length === 0 ? colors.green('no problems') : counted(problems.length, 'problem'),
  ].join('\n')
}

function restoredText(
  { manifest, damaged, aside, unreadable }: RestoredStore,
  { record }: FoundRun,
  colors: Colors,
): string {
  const next = record.over
    ? "The run has ended: the next 'canopy run' begins another one."
    : "The next 'canopy run' continues from there."
  return [
    ...damaged.map(({ id, reason }) =>
      colors.yellow(`${id} is damaged and was not used: ${oneLine(reason)}`),
    ),
    `restored ${manifest.id}: ${sizeText(manifest)}`,
    ...(aside === undefined ? [] : [`the replaced store is now in ${aside}`]),
    unreadable === undefined
      ? next
      : colors.yellow(`No run can continue from there yet. ${oneLine(unreadable)}`),
  ].join('\n')
}

function lineOf({ id, damaged, rows = 0, bytes = 0 }: ListedBackup, colors: Colors): string {
  if (damaged !== undefined) return colors.red(`${id}  damaged: ${oneLine(damaged)}`)
  return `${id}  ${sizeText({ rows, bytes })}`
}

function sizeText({ rows, bytes }: Pick<BackupManifest, 'rows' | 'bytes'>): string {
  const size = bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${counted(rows, 'row')}, ${size}`
}
