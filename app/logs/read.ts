// Log reader
//
// Owns:   reading the log: its entries, filtered, followed as it grows.
// Leaves: how an entry is written for people (cli/logs/text.ts).
//
// K1. A line that is no entry (torn by a crash, still being written) is passed over, never an error.
// K2. Following survives that the log begins anew.

import { createReadStream, statSync, watch } from 'node:fs'
import { z } from 'zod'
import { UserError } from '../errors.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

interface LogFilter {
  readonly level: LogLevel
  /** An actor's address or a part of it. */
  readonly actor?: string
}

const entrySchema = z.looseObject({
  time: z.string(),
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
  msg: z.string().default(''),
  actor: z.string().optional(),
})
export type LogEntry = z.infer<typeof entrySchema>

/** The entry in a line; undefined when there is none (K1). */
export function parseEntry(line: string): LogEntry | undefined {
  try {
    const parsed = entrySchema.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

function wanted(entry: LogEntry, { level, actor }: LogFilter): boolean {
  const rank = logLevels.indexOf(entry.level as LogLevel)
  const loud = entry.level === 'fatal' || rank >= logLevels.indexOf(level)
  return loud && (actor === undefined || (entry.actor ?? '').includes(actor))
}

export interface ReadOptions extends LogFilter {
  readonly follow: boolean
  readonly signal: AbortSignal
}

/** Every wanted line, oldest first; with `follow` it goes on until the signal. */
export async function readLog(
  file: string,
  options: ReadOptions,
  onLine: (entry: LogEntry, line: string) => void,
): Promise<void> {
  if (!statSync(file, { throwIfNoEntry: false })) {
    throw new UserError(
      'no_log',
      `there is no log at ${file}`,
      'Start a run first, or name its data directory: --data DIR',
    )
  }
  let place = await readFrom(file, 0, options, onLine)
  if (!options.follow) return
  while (!options.signal.aborted) {
    await changed(file, options.signal)
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    place = await readFrom(file, size < place ? 0 : place, options, onLine)
  }
}

/** Reads whole lines from an offset; returns where the first unfinished one begins. */
async function readFrom(
  file: string,
  start: number,
  filter: LogFilter,
  onLine: (entry: LogEntry, line: string) => void,
): Promise<number> {
  const end = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (end <= start) return start
  const stream = createReadStream(file, { encoding: 'utf8', start, end: end - 1 })
  let place = start
  let unfinished = ''
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (unfinished + chunk).split('\n')
    unfinished = lines.pop() ?? ''
    for (const line of lines) {
      place += Buffer.byteLength(line) + 1
      const entry = parseEntry(line)
      if (entry && wanted(entry, filter)) onLine(entry, line)
    }
  }
  return place
}

const LOOK_AGAIN_MS = 1000

/** Resolves when the file may have changed, and once a second where the system does not tell. */
function changed(file: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      watcher?.close()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, LOOK_AGAIN_MS)
    const watcher = tryWatch(file, done)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}

function tryWatch(file: string, onChange: () => void): ReturnType<typeof watch> | undefined {
  try {
    return watch(file, onChange).on('error', onChange)
  } catch {
    return undefined
  }
}
