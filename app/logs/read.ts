// Log reader
//
// Owns:   reading the log: its entries, filtered, followed as it grows.
// Leaves: how an entry is written for people (cli/logs/text.ts).
//
// K1. A line that is no entry (torn by a crash, still being written) is passed over, never an error.
// K2. Following survives that the log begins anew.
// K3. Places are counted in bytes as they are in the file: damaged text has another length once it is decoded.

import { createReadStream, statSync, watch } from 'node:fs'
import { z } from 'zod'
import { systemReason, UserError } from '../errors.ts'

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
  let place = await readFrom(file, START, options, onLine)
  if (!options.follow) return
  while (!options.signal.aborted) {
    await changed(file, options.signal)
    place = await readFrom(file, place, options, onLine)
  }
}

/** The first byte of a file that was not read; a file of the same path that is another one is read from its start (K2). */
interface LogPlace {
  readonly inode: number
  readonly byte: number
}

const START: LogPlace = { inode: 0, byte: 0 }

/** Reads whole lines from a place; returns where the first unfinished one begins. */
async function readFrom(
  file: string,
  place: LogPlace,
  filter: LogFilter,
  onLine: (entry: LogEntry, line: string) => void,
): Promise<LogPlace> {
  const { ino: inode, size } = statSync(file, { throwIfNoEntry: false }) ?? { ino: 0, size: 0 }
  const start = inode === place.inode && size >= place.byte ? place.byte : 0
  if (size <= start) return { inode, byte: start }
  const stream = createReadStream(file, { start, end: size - 1 })
  let byte = start
  try {
    for await (const line of wholeLines(stream as AsyncIterable<Buffer>)) {
      byte += line.length + 1
      const text = line.toString()
      const entry = parseEntry(text)
      if (entry && wanted(entry, filter)) onLine(entry, text)
    }
  } catch (error) {
    // It was set aside since it was looked at.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return START
    throw unreadable(file, error)
  }
  return { inode, byte }
}

/** The bytes of each line that has an end (K3). */
async function* wholeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let unfinished: Buffer[] = []
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      yield Buffer.concat([...unfinished, chunk.subarray(from, end)])
      unfinished = []
      from = end + 1
    }
    unfinished.push(chunk.subarray(from))
  }
}

const LINE_END = 0x0a

/** Errors of the function that takes the lines stay as they are. */
function unreadable(file: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error
  return new UserError(
    'log_unreadable',
    `the log ${file} cannot be read: ${systemReason(error)}`,
    'Make it readable for you, or name the data directory of another run: --data DIR',
    { cause: error },
  )
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
