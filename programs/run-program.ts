// Run program
//
// Owns:   running a program of the machine to its end, with no input and a limit of time.
// Leaves: which programs (find-tool.ts, fetch-debian.ts, fetch-release.ts).

import { execFile } from 'node:child_process'

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

interface ProgramRun {
  readonly cwd?: string
  readonly timeoutMs: number
  /** Added to this process's own variables. */
  readonly env?: Readonly<Record<string, string>>
}

interface ProgramEnd {
  /** It could not be started, ended with another code than 0, or took too long. */
  readonly failed: boolean
  /** Its output and error stream. */
  readonly output: string
  /** One line on how it failed; empty when it did not. */
  readonly reason: string
}

/** Never throws. */
export function runProgram(file: string, args: readonly string[], run: ProgramRun): Promise<ProgramEnd> {
  const { cwd, timeoutMs, env } = run
  const options = {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
  } as const
  return new Promise((resolve) => {
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      const late = error?.killed === true ? `${file} was not done in ${timeoutMs / 1000} s` : undefined
      const reason = late ?? error?.message.split('\n')[0] ?? ''
      resolve({ failed: error !== null, output: stdout + stderr, reason })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end()
  })
}
