// Command line
//
// Owns:   one call of `canopy`, from the arguments to the exit code.
// Leaves: the commands (program.ts, commands.ts), signals and the end of the process (main.ts).
//
// C1. Failures of any kind come back here; what is printed of them goes to the error stream, and with `--json` a
//     last `run.finished` goes to the output too.

import { CommanderError } from 'commander'
import { UserError } from '../app/index.ts'
import { createRedactor, secretsAmong } from '../machines/index.ts'
import { cleanScreen, cleanText } from './clean-screen.ts'
import { createCommands } from './commands.ts'
import { exitCodes } from './exit-codes.ts'
import { tellFailure } from './failure.ts'
import { createProgram } from './program.ts'
import type { Terminal } from './terminal.ts'

/** Carries out one command line; never throws. */
export async function runCommandLine(args: readonly string[], given: Terminal): Promise<number> {
  const terminal = { ...given, screen: cleanScreen(given.screen, { isDrawn: args[0] === 'run' }) }
  let code: number = exitCodes.reached
  let finished = false
  let logFile: string | undefined
  const program = createProgram({
    version: terminal.version,
    commands: createCommands({
      ...terminal,
      onRun(open) {
        logFile = open.logFile
        terminal.onRun(open)
      },
      onFinish: () => (finished = true),
    }),
    onCode: (result) => (code = result),
    write: (text) => terminal.screen.write(text),
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.reached
    const cause = error instanceof CommanderError ? asUserError(error, args) : error
    const told = tellFailure(cause, logFile)
    const redactor = createRedactor(secretsAmong(terminal.env))
    terminal.writeError(`${cleanText(redactor.text(told.text))}\n`)
    const json = args[0] === 'run' && args.includes('--json')
    if (json && !finished) terminal.screen.write(redactor.text(refusal(cause, terminal.now())))
    return told.exitCode
  }
}

/** Commander's sentences, in our form. */
function asUserError(error: CommanderError, args: readonly string[]): UserError {
  const missing = error.code === 'commander.help'
  const message = missing
    ? 'a command is missing'
    : error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  const [command] = args
  const known = command !== undefined && !command.startsWith('-') && error.code !== 'commander.unknownCommand'
  const help = known ? `canopy ${command} --help` : 'canopy --help'
  return new UserError(error.code, message, `'${help}' lists the commands and options.`)
}

/** The last line for machines when no run came about. */
function refusal(error: unknown, now: number): string {
  const line = {
    time: new Date(now).toISOString(),
    type: 'run.finished',
    status: error instanceof UserError ? 'refused' : 'failed',
    branch: null,
    tasks: { done: 0, failed: 0, nothing: 0 },
    commits: 0,
    coverage: null,
    restarts: 0,
    seconds: 0,
    reasons: [error instanceof Error ? error.message : String(error)],
    ...(error instanceof UserError ? { code: error.code, wayOut: error.wayOut } : {}),
  }
  return `${JSON.stringify(line)}\n`
}
