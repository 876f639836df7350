// Child
//
// One child process and its end: streams, limits, killing its whole process group.
// Leaves: the program of the child (bubblewrap.ts, unsandboxed.ts).
//
// Of the files that are open here it inherits only its own four streams.

import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, readdirSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { underUsersMask } from '../users-mask.ts'
import { CappedText } from './capped-text.ts'
import type { CommandLimits, Limit } from './command-limits.ts'
import type { Command, CommandEnding } from './sandbox.ts'

/** Between two checks of the command's usage. */
const LOOK_MS = 250
/** A stream that stays open this long after the child's end is given up: a process that escaped holds it. */
const STREAM_GRACE_MS = 1000
/** A command that writes more than this many times the kept amount is stopped. */
const OUTPUT_FACTOR = 64

type Cause = 'timed_out' | 'aborted' | Limit

export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly cause: Cause | undefined
  readonly stdout: string
  readonly stderr: string
  /** Its output on descriptor 3. */
  readonly status: string
}

export type SpawnOptions = ChildEnd | { readonly couldNotStart: string }

export interface ChildStart {
  readonly argv: readonly string[]
  readonly env: Record<string, string>
  /** Closed when the child has ended. */
  readonly limits: CommandLimits
  /** Descriptors 4 and up of the child: an open descriptor, or bytes to read. */
  readonly inherited?: readonly (number | Buffer)[]
}

/** The first descriptor of `inherited`. */
export const FIRST_INHERITED = 4

export async function runChild(command: Command, { argv, env, limits, inherited = [] }: ChildStart) {
  const [file = '', ...args] = argv
  const given = inherited.map((one) => (typeof one === 'number' ? one : 'pipe'))
  // Detached: its own session and process group, so that Ctrl-C on our terminal does not reach it.
  const child = underUsersMask(() =>
    spawn(file, args, {
      cwd: command.cwd,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', ...given, ...covers(FIRST_INHERITED + given.length)],
    }),
  )
  for (const [index, one] of inherited.entries())
    if (typeof one !== 'number') send(child.stdio[FIRST_INHERITED + index], one)
  const end = await new Promise<SpawnOptions>((resolve) => {
    child.once('error', (error) => resolve({ couldNotStart: error.message }))
    child.once('spawn', () => watch(command, child, limits).then(resolve))
  })
  const exceeded = await limits.close()
  return 'couldNotStart' in end ? end : { ...end, cause: end.cause ?? exceeded }
}

function send(stream: ChildProcess['stdio'][number] | undefined, bytes: Buffer | string): void {
  if (!stream || !('end' in stream)) return
  stream.on('error', () => {})
  stream.end(bytes)
}

/** A command that no longer reads ends on its own: its end says why. */
function pipeInto(source: Readable, stdin: Writable | null): void {
  if (!stdin) return
  stdin.on('error', () => source.unpipe(stdin))
  source.pipe(stdin)
}

let nothing: number | undefined

/**
 * Replaces files that are open here: libraries open some (LevelDB its log) so that every child inherits them, and a
 * sandbox could write to them.
 */
function covers(first: number): (number | 'ignore')[] {
  nothing ??= openSync('/dev/null', 'r')
  const open = new Set(descriptors())
  const covered: (number | 'ignore')[] = []
  for (let descriptor = first; descriptor <= Math.max(...open); descriptor += 1) {
    covered.push(open.has(descriptor) ? nothing : 'ignore')
  }
  return covered
}

function descriptors(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number)
  } catch {
    return []
  }
}

function watch(command: Command, child: ChildProcess, limits: CommandLimits): Promise<ChildEnd> {
  let cause: Cause | undefined
  const stop = (why: Cause) => {
    cause ??= why
    killGroup(child)
  }
  const streams = capture(command, child, () => stop('output'))
  const release = [
    onTimeout(command.timeoutMs, () => stop('timed_out')),
    onAbort(command.signal, () => stop('aborted')),
    onExcess(limits, child.pid ?? 0, stop),
  ]
  return new Promise((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      for (const undo of release) undo()
      resolve({ code, signal, cause, ...streams() })
    }
    child.once('close', end)
    child.once('exit', (code, signal) => {
      killGroup(child)
      onTimeout(STREAM_GRACE_MS, () => end(code, signal))
    })
  })
}

function capture(command: Command, child: ChildProcess, onOverflow: () => void) {
  const kept = [1, 2, 3].map((descriptor) => {
    const text = new CappedText(command.outputBytes ?? 1024 * 1024)
    child.stdio[descriptor]?.on('data', (chunk: Buffer) => {
      if (descriptor === 1 && command.onStdout) return command.onStdout(chunk)
      text.push(chunk)
      if (text.total > OUTPUT_FACTOR * (command.outputBytes ?? 1024 * 1024)) onOverflow()
    })
    return text
  })
  if (typeof command.stdin === 'object') pipeInto(command.stdin, child.stdin)
  else send(child.stdin, command.stdin ?? '')
  const [stdout = '', stderr = '', status = ''] = []
  return () => {
    for (const stream of child.stdio) stream?.destroy()
    const texts = kept.map((text) => text.text())
    return { stdout: texts[0] ?? stdout, stderr: texts[1] ?? stderr, status: texts[2] ?? status }
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group has no process left.
  }
}

function onTimeout(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms)
  return () => clearTimeout(timer)
}

function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal?.aborted) act()
  signal?.addEventListener('abort', act, { once: true })
  return () => signal?.removeEventListener('abort', act)
}

function onExcess(limits: CommandLimits, pid: number, stop: (why: Cause) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let over = false
  const look = async () => {
    const limit = await limits.exceeded(pid)
    if (over) return
    if (limit === undefined) timer = setTimeout(look, LOOK_MS)
    else stop(limit)
  }
  timer = setTimeout(look, LOOK_MS)
  return () => {
    over = true
    clearTimeout(timer)
  }
}

/** Signals of a crash of the command itself; any other signal was sent by another process. */
const OWN = new Set([
  'SIGABRT',
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
  'SIGSYS',
  'SIGXFSZ',
  'SIGXCPU',
  'SIGPIPE',
])

/** The result for a child's end; `signal` is the one that ended the command, inside or outside. */
export function endingOf(end: ChildEnd, signal: string | null): CommandEnding {
  const output = { stdout: end.stdout, stderr: end.stderr }
  if (end.cause === 'timed_out' || end.cause === 'aborted') return { kind: end.cause, ...output }
  if (end.cause !== undefined) return { kind: 'exceeded', limit: end.cause, ...output }
  if (signal !== null) return { kind: 'signalled', signal, outside: !OWN.has(signal), ...output }
  return { kind: 'exited', code: end.code ?? 1, ...output }
}
