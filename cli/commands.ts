// Commands
//
// Owns:   what each command does, from checked options to an exit code.
// Leaves: the run itself (app/run/), what the options are called (program.ts).
//
// M1. What only a run or a connection needs is loaded when one is made: help and mistakes are told at once.

import pc from 'picocolors'
import {
  type Control,
  connect,
  dataDirectoryOf,
  type LogLevel,
  logFileOf,
  logLevels,
  type NodeCommandOptions,
  natsTarget,
  openLoggedOutput,
  placeSample,
  type RunOptions,
  type RunOutput,
  readLog,
  resolveNodeSettings,
  resolveSettings,
  run,
  runNode,
  type SystemAccess,
  type SystemConnection,
  UserError,
  type WhichRun,
} from '../app/index.ts'
import { accessUrl } from './access.ts'
import type { ApproveOptions } from './approve/commands.ts'
import type { AuditOptions } from './audit/commands.ts'
import type { BudgetCommands } from './budget/commands.ts'
import type { ConfigOptions, TrustOptions } from './configuration/commands.ts'
import { type DisplayOptions, send, status, steer, tree } from './control-client.ts'
import type { LetterCommands } from './dead-letters/commands.ts'
import type { DoctorOptions } from './doctor/command.ts'
import { eventFrom } from './event-argument.ts'
import { exitCodeOfRun, exitCodes } from './exit-codes.ts'
import type { InspectOptions } from './inspect.ts'
import type { KeysCommands } from './keys/commands.ts'
import { prettyEntry } from './logs/text.ts'
import type { ModelsOptions } from './models/commands.ts'
import { nodes } from './nodes/list.ts'
import { nodeOutput } from './nodes/node-output.ts'
import { chooseOutput } from './progress/output.ts'
import type { ReplayOptions } from './replay/command.ts'
import type { ReviewOptions } from './review/command.ts'
import type { StoreCommands } from './store/commands.ts'
import type { AskOptions, Terminal } from './terminal.ts'

interface LogsOptions extends WhichRun {
  readonly follow?: boolean
  readonly level: string
  readonly actor?: string
  readonly json?: boolean
}

export interface CommandSet {
  run(excess: readonly string[], options: RunOptions): Promise<number>
  status(options: AskOptions & { readonly url?: boolean }): Promise<number>
  tree(options: AskOptions): Promise<number>
  send(
    actor: string,
    event: string,
    json: string | undefined,
    options: AskOptions & { readonly wait?: boolean },
  ): Promise<number>
  inspect(options: AskOptions & InspectOptions): Promise<number>
  pause(orchestrator: string | undefined, options: AskOptions): Promise<number>
  resume(orchestrator: string | undefined, options: AskOptions): Promise<number>
  logs(options: LogsOptions): Promise<number>
  node(options: NodeCommandOptions): Promise<number>
  nodes(options: AskOptions): Promise<number>
  /** Loaded when it is asked for (M1). */
  budget(): Promise<BudgetCommands>
  deadLetters(): Promise<LetterCommands>
  store(): Promise<StoreCommands>
  keys(): Promise<KeysCommands>
  replay(run: string | undefined, options: ReplayOptions): Promise<number>
  review(options: ReviewOptions): Promise<number>
  approve(written: readonly string[], options: ApproveOptions): Promise<number>
  audit(options: AuditOptions): Promise<number>
  verifyAudit(options: AuditOptions): Promise<number>
  models(options: ModelsOptions): Promise<number>
  config(options: ConfigOptions): Promise<number>
  doctor(options: DoctorOptions): Promise<number>
  trust(directory: string | undefined, options: TrustOptions): Promise<number>
  version(): number
}

interface WatchingTerminal extends Terminal {
  /** Told that the last word of a run was said. */
  onFinish(): void
}

export function createCommands(terminal: WatchingTerminal): CommandSet {
  const asking = async (
    options: AskOptions,
    ask: (
      control: Control,
      shown: DisplayOptions,
      access: SystemAccess,
      connection: SystemConnection,
    ) => Promise<string | undefined>,
  ): Promise<number> => {
    const nats = natsTarget(options, terminal)
    const dataDirectory = dataDirectoryOf(options, terminal)
    const connection = await connect({ dataDirectory, ...(nats === undefined ? {} : { nats }) })
    try {
      const shown = { json: options.json ?? false, colors: colorsOf(terminal) }
      const text = await ask(connection.control, shown, connection.access, connection)
      if (text !== undefined) terminal.screen.write(`${text}\n`)
    } finally {
      await connection.close()
    }
    return exitCodes.reached
  }
  return {
    run: (excess, options) => runCommand(excess, options, terminal),
    status: (options) =>
      asking(options, options.url ? async (_control, _shown, access) => accessUrl(access) : status),
    tree: (options) => asking(options, tree),
    send(actor, event, json, options) {
      const sending = { to: actor, event: eventFrom(event, json), wait: options.wait ?? false }
      return asking(options, (control, shown) => send(control, sending, shown))
    },
    async inspect(options) {
      const { inspectCommand } = await import('./inspect.ts')
      return asking(options, async (_control, _shown, _access, connection) => {
        await inspectCommand(connection, options, terminal)
        return undefined
      })
    },
    pause: (orchestrator, options) =>
      asking(options, (control, shown) => steer(control, 'PAUSE', orchestrator, shown)),
    resume: (orchestrator, options) =>
      asking(options, (control, shown) => steer(control, 'RESUME', orchestrator, shown)),
    logs: (options) => logsCommand(options, terminal),
    node: (options) => nodeCommand(options, terminal),
    nodes: (options) => asking(options, (control, shown) => nodes(control, shown)),
    async budget() {
      const { createBudgetCommands } = await import('./budget/commands.ts')
      return createBudgetCommands(asking)
    },
    async deadLetters() {
      const { createLetterCommands } = await import('./dead-letters/commands.ts')
      return createLetterCommands(terminal, colorsOf(terminal))
    },
    async store() {
      const { createStoreCommands } = await import('./store/commands.ts')
      return createStoreCommands(terminal, colorsOf(terminal))
    },
    async keys() {
      const { createKeysCommands } = await import('./keys/commands.ts')
      return createKeysCommands(terminal)
    },
    async replay(number, options) {
      const { replayCommand } = await import('./replay/command.ts')
      return replayCommand(number, options, terminal)
    },
    async approve(written, options) {
      const { approve } = await import('./approve/commands.ts')
      return approve(written, options, terminal)
    },
    async review(options) {
      const { reviewCommand } = await import('./review/command.ts')
      return reviewCommand(options, terminal)
    },
    async audit(options) {
      const { listAudit } = await import('./audit/commands.ts')
      return listAudit(options, terminal, colorsOf(terminal))
    },
    async verifyAudit(options) {
      const { auditVerification } = await import('./audit/commands.ts')
      return auditVerification(options, terminal)
    },
    async models(options) {
      const { modelsCommand } = await import('./models/commands.ts')
      return modelsCommand(options, terminal)
    },
    async doctor(options) {
      const { doctorCommand } = await import('./doctor/command.ts')
      return doctorCommand(options, terminal)
    },
    async config(options) {
      const { configCommand } = await import('./configuration/commands.ts')
      return configCommand(options, terminal)
    },
    async trust(directory, options) {
      const { trustCommand } = await import('./configuration/commands.ts')
      return trustCommand(directory, options, terminal)
    },
    version() {
      const { version, screen } = terminal
      screen.write(`canopy ${version} (node ${process.version}, ${process.platform} ${process.arch})\n`)
      return exitCodes.reached
    },
  }
}

async function runCommand(
  excess: readonly string[],
  options: RunOptions,
  terminal: WatchingTerminal,
): Promise<number> {
  refuseExcess(excess)
  const settings = await resolveSettings(options, terminal)
  if (settings.sample) await placeSample(settings.repository)
  const { screen, env, now, stop, version } = terminal
  const output = chooseOutput({ ...settings, screen, env, now })
  const logged = await openLoggedOutput(settings, notingFinish(output, terminal.onFinish), env)
  const { log, secrets, close } = logged
  terminal.onRun({ logFile: log.file, close })
  try {
    return exitCodeOfRun(await run(settings, logged.output, { log, stop, version, env, secrets }))
  } catch (error) {
    log.logger.error({ error }, 'the run failed')
    throw error
  } finally {
    close()
  }
}

function notingFinish(output: RunOutput, onFinish: () => void): RunOutput {
  return {
    ...output,
    finish(ending, totals) {
      onFinish()
      output.finish(ending, totals)
    },
  }
}

async function nodeCommand(options: NodeCommandOptions, terminal: Terminal): Promise<number> {
  const settings = await resolveNodeSettings(options, terminal)
  const { screen, now, stop, version, env } = terminal
  const output = nodeOutput({ screen, json: settings.json, now })
  const ending = await runNode(settings, { version, output, stop, env })
  return ending === 'lost' ? exitCodes.notReached : exitCodes.reached
}

/** npm keeps `--repo DIR` for itself when the `--` is forgotten, and hands on only DIR. */
function refuseExcess(excess: readonly string[]): void {
  const [first] = excess
  if (first === undefined) return
  throw new UserError(
    'bad_argument',
    `'run' takes options only, but was given ${JSON.stringify(first)}`,
    `If that is the repository: canopy run --repo ${first}, or npm start -- --repo ${first} (with the --).`,
  )
}

async function logsCommand(options: LogsOptions, terminal: Terminal): Promise<number> {
  const { level, actor, follow = false, json = false } = options
  if (!logLevels.includes(level as LogLevel)) {
    throw new UserError(
      'bad_option',
      `--level is ${JSON.stringify(level)}; expected one of ${logLevels.join(', ')}`,
      'For example: --level warn.',
    )
  }
  const file = logFileOf(dataDirectoryOf(options, terminal))
  const colors = colorsOf(terminal)
  const filter = {
    level: level as LogLevel,
    follow,
    signal: terminal.stop,
    ...(actor === undefined ? {} : { actor }),
  }
  await readLog(file, filter, (entry, line) => {
    terminal.screen.write(`${json ? line : prettyEntry(entry, colors)}\n`)
  })
  return exitCodes.reached
}

function colorsOf({ screen, env }: Terminal): ReturnType<typeof pc.createColors> {
  return pc.createColors(screen.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb')
}
