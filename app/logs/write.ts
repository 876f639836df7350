// Log
//
// Owns:   `<data>/logs/canopy.log`: a JSON line for each fact and each notice, with the actor, task and trace it
//         belongs to.
// Leaves: showing progress (cli/progress/), reading it (read.ts).
//
// G1. Nothing that looks like a secret gets in (machines/redaction.ts).
// G2. A line begins at the beginning of a line, also after a crash in the middle of one.
// G3. A log that cannot be written does not stop the run: the first failure is told once, to `onFailure`.

import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type Logger, pino } from 'pino'
import { createRedactor, type Redactor, type RunFact } from '../../machines/index.ts'

const MAX_BYTES = 64 * 1024 * 1024
/** Lines are gathered up to this many bytes or milliseconds. */
const GATHER_BYTES = 4096
const FLUSH_MS = 500

export interface RunLog {
  readonly file: string
  /** For notices and faults, which are no facts. */
  readonly logger: Logger
  telemetry(fact: RunFact): void
  close(): void
}

export function logFileOf(dataDirectory: string): string {
  return join(dataDirectory, 'logs', 'canopy.log')
}

export function openLog(
  dataDirectory: string,
  onFailure: (error: Error) => void = () => {},
  redactor: Redactor = createRedactor([]),
): RunLog {
  const file = logFileOf(dataDirectory)
  let failed = false
  let closed = false
  const fail = (error: Error): void => {
    if (!failed) onFailure(error)
    failed = true
  }
  const destination = opened(file, fail)
  const logger = pino(
    {
      level: destination ? 'debug' : 'silent',
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (entry) => redactor.entry(entry) as Record<string, unknown>,
      },
      hooks: {
        // A message is no field: the formatter above does not see it.
        logMethod(args, method) {
          method.apply(
            this,
            args.map((each) => (typeof each === 'string' ? redactor.entry(each) : each)) as never,
          )
        },
      },
    },
    ...(destination ? [destination] : []),
  )
  return {
    file,
    logger,
    telemetry(fact) {
      if (!closed && !failed) writeMeta(logger, fact)
    },
    close() {
      if (closed || failed) return
      closed = true
      try {
        destination?.flushSync()
      } catch (error) {
        onFailure(error as Error)
      }
      destination?.end()
    },
  }
}

/** The file, ready to be written; undefined after a failure, which is told (G3). */
function opened(file: string, fail: (error: Error) => void): ReturnType<typeof pino.destination> | undefined {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    setAside(file)
    endTornLine(file)
    const destination = pino.destination({
      dest: file,
      append: true,
      mode: 0o600,
      sync: true,
      minLength: GATHER_BYTES,
      periodicFlush: FLUSH_MS,
    })
    return destination.on('error', fail)
  } catch (error) {
    fail(error as Error)
    return undefined
  }
}

/** A fact's fields; the address and the key are told as actor and trace. */
interface FactFields {
  readonly type: string
  readonly address?: unknown
  readonly key?: unknown
}

function writeMeta(logger: Logger, fact: RunFact): void {
  const { type, address: _, key: __, ...fields }: FactFields = fact.type === 'emitted' ? fact.event : fact
  logger[levelOf(fact)]({ ...identity(fact), ...fields }, type)
}

/** Which actor it is about, which task that is part of, and the trace: the idempotency key's step. */
function identity(fact: RunFact): Record<string, unknown> {
  const actor = 'address' in fact ? fact.address : 'to' in fact ? fact.to : undefined
  if (actor === undefined) return {}
  const named = fact.type === 'emitted' ? (fact.event as { task?: unknown }).task : undefined
  const task = typeof named === 'string' ? named : /(?:^|\.)task:([^.]+)/.exec(actor)?.[1]
  const trace = 'key' in fact ? fact.key : undefined
  return { actor, ...(task === undefined ? {} : { task }), ...(trace === undefined ? {} : { trace }) }
}

function levelOf(fact: RunFact): 'debug' | 'info' | 'warn' | 'error' {
  switch (fact.type) {
    case 'actor.stepped':
    case 'effect.started':
      return 'debug'
    case 'model.failed':
    case 'model.paused':
    case 'model.fell_back':
    case 'model.breaker_opened':
      return 'warn'
    case 'control.answered':
      return !fact.ok ? 'warn' : fact.changes ? 'info' : 'debug'
    case 'effect.finished':
      return fact.ok ? 'debug' : 'warn'
    case 'actor.crashed':
    case 'actor.gave_up':
    case 'letter.dead':
      return 'error'
    case 'actor.restarted':
    case 'child.failed':
    case 'mailbox.full':
    case 'mail.refused':
      return 'warn'
    case 'actor.stopped':
      return fact.reason === 'killed' ? 'warn' : 'debug'
    default:
      return 'info'
  }
}

/** A log that has grown large begins anew; one old one is kept. */
function setAside(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size > MAX_BYTES) renameSync(file, `${file}.1`)
}

/** G2. */
function endTornLine(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return
  const descriptor = openSync(file, 'r')
  const last = Buffer.alloc(1)
  readSync(descriptor, last, 0, 1, fstatSync(descriptor).size - 1)
  closeSync(descriptor)
  if (last[0] !== 0x0a) appendFileSync(file, '\n')
}
