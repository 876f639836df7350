// Run hook
//
// Owns:   running one of the user's hooks: JSON on its input, its exit code, its last words, an end in time.
// Leaves: when it runs and what follows (hook-gate.ts, hook-reader.ts).
//
// H1. A hook that does not end in time is ended with all that it started.
// H2. It gets this process's variables, in which no key is left (app/settings/environment.ts), and no input but the JSON.

import { type ChildProcess, spawn } from 'node:child_process'
import type { Hook, HookSettings } from './hook-settings.ts'

export type HookName = keyof HookSettings

/** What a hook is told; each also says `hook` and `contract`. */
export type HookMessage = Readonly<Record<string, unknown>>

export type HookResult =
  | { readonly kind: 'passed' }
  /** It ended with another exit code than 0. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It did not end in time, or could not be started. */
  | { readonly kind: 'could_not_run'; readonly reason: string }

/** The version of the JSON: a field is added without a new one, none is taken away. */
const CONTRACT = 1
const MAX_OUTPUT_CHARACTERS = 2_000

export interface HookSurroundings {
  /** Where it runs: a folder of the run's own, never a checkout. */
  readonly directory: string
  readonly signal?: AbortSignal | undefined
}

/** Never throws. */
export function runHook(
  name: HookName,
  { run, timeout }: Hook,
  message: HookMessage,
  { directory, signal }: HookSurroundings,
): Promise<HookResult> {
  const child = spawn('/bin/sh', ['-c', run], { cwd: directory, detached: true, stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-MAX_OUTPUT_CHARACTERS)
    })
  // It need not read what it is told.
  child.stdin.on('error', () => {})
  child.stdin.end(`${JSON.stringify({ contract: CONTRACT, hook: name, ...message })}\n`)
  return new Promise((resolve) => {
    const end = (result: HookResult): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      resolve(result)
    }
    const stop = (reason: string): void => {
      killGroup(child)
      end({ kind: 'could_not_run', reason })
    }
    const onAbort = (): void => stop('the run was stopped')
    const timer = setTimeout(() => stop(`it did not end in ${timeout} s and was ended`), timeout * 1_000)
    signal?.addEventListener('abort', onAbort, { once: true })
    child.on('error', (error) => end({ kind: 'could_not_run', reason: error.message }))
    child.on('close', (code) => {
      if (code === 0) return end({ kind: 'passed' })
      const words = output.trim()
      end({ kind: 'refused', reason: words === '' ? `it ended with ${code ?? 'a signal'}` : words })
    })
    if (signal?.aborted) onAbort()
  })
}

/** H1. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
