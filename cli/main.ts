// Main
//
// Owns:   the process: its streams, its signals, its end.
// Leaves: everything that a call of `canopy` does (command-line.ts).
//
// M1. There is one place where the process ends orderly: the last line.
// M2. The first signal asks for an orderly end, the second ends at once; the terminal is whole either way.
// M3. When the launcher dies (its IPC channel closes), that is a signal too: nothing stays behind.
// M4. However the process ends, the terminal is whole and the log complete; only SIGKILL is stronger.

import { availableParallelism, homedir } from 'node:os'
import { createInterface } from 'node:readline'
import './async-disposable-stack.ts'
import { programVersion, takeEnvironment } from '../app/index.ts'
import { cleanText } from './clean-screen.ts'
import { runCommandLine } from './command-line.ts'
import { exitCodes } from './exit-codes.ts'
import { tellFailure } from './failure.ts'
import type { OpenRun } from './terminal.ts'

const args = process.argv.slice(2)
const environment = takeEnvironment(process.env)
// What Canopy keeps is for this user alone; git and the repository's commands have the user's own mask.
process.umask(0o077)
const stop = new AbortController()
let run: OpenRun | undefined

function onSignal(name: string): void {
  if (stop.signal.aborted) {
    process.exit(exitCodes.interrupted)
  }
  stop.abort(name)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onSignal(signal))
process.on('disconnect', () => onSignal('the launcher died'))
process.channel?.unref()

// M4.
process.on('exit', () => run?.close())
process.on('uncaughtException', (error) => {
  run?.close()
  const { text, exitCode } = tellFailure(error, run?.logFile)
  process.stderr.write(`${cleanText(text)}\n`)
  process.exit(exitCode)
})

// A closed pipe ends what only prints; a run goes on without being seen.
process.stdout.on('error', () => {
  if (args[0] !== 'run') process.exit(exitCodes.reached)
})
process.stderr.on('error', () => {})

/** Ctrl-C, and the end of the input, is a no. */
async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await new Promise<string>((resolve) => {
    lines.once('SIGINT', () => lines.close())
    lines.once('close', () => resolve(''))
    lines.question(question, resolve)
  })
  lines.close()
  return /^y(es)?$/i.test(answer.trim())
}

const code = await runCommandLine(args, {
  screen: process.stdout,
  writeError: (text) => process.stderr.write(text),
  directory: process.cwd(),
  env: environment,
  home: homedir(),
  cores: availableParallelism(),
  version: programVersion(),
  now: Date.now,
  stop: stop.signal,
  ...(process.stdin.isTTY && process.stdout.isTTY && { confirm }),
  onRun(open) {
    run = open
  },
})
process.exit(code)
