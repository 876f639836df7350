// Run command
//
// One prompt for an agent command: its process in the sandbox, its limits, its end, its cost.
// Leaves: the messages (protocols/), the conversation of prompts (ask-command.ts), judging the work (gates/).
//
// R1. It sees the worktree, its own home, its own program, what the user named, and no other file of the user's. It
//     reaches named hosts only. Of the user's variables it gets the named ones only.
// R2. It ends: at its end, at a limit, when it is silent for too long, when it hangs after its end, or when Canopy stops
//     or dies; and with it every process that it started.
// R3. A cost that it does not report is that of its time, or unknown: then all that it was allowed is counted.

import { PassThrough } from 'node:stream'
import type { CommandAllowance, CommandCost } from '../../machines/index.ts'
import { noUsage, tokensOf } from '../../machines/index.ts'
import {
  type CommandEnding,
  inWorktree,
  keptSurvey,
  nodeReadable,
  openEgress,
  type Program,
  programFor,
  readableWith,
  type SurveyOf,
  toolEnvironment,
  type WorkspaceParts,
} from '../../workspace/index.ts'
import type { CommandHome } from './command-home.ts'
import type { CommandResult } from './command-result.ts'
import type { CommandControl, CommandFiles, CommandReport } from './protocols/command-protocol.ts'
import { commandProtocols } from './protocols/protocols.ts'
import type { AgentCommandSettings } from './settings.ts'

export interface AgentCommandRun {
  readonly parts: WorkspaceParts
  readonly survey: SurveyOf
  /** Of the worktree. */
  readonly root: string
  readonly settings: AgentCommandSettings
  readonly home: CommandHome
  readonly usersHome: string
  /** The user's environment, from which the named variables come. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly prompt: string
  readonly session?: string | undefined
  readonly mayWrite: boolean
  readonly allowance: CommandAllowance
  readonly files: CommandFiles
  readonly log: (sentence: string) => void
  readonly signal: AbortSignal
}

/** Linux takes at most 128 KiB in one argument. */
const MAX_ARGUMENT_BYTES = 120_000
const MEMORY_MB = 4096
const PROCESSES = 512
/** Of standard errors, of which the end is told. */
const OUTPUT_BYTES = 1024 * 1024
/** Of standard output. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
/** After the end of its work, and after it was asked to stop. */
const GRACE_MS = 5_000
/** Told in the log. */
const MAX_REFUSALS = 20
const WATCH_MS = 250
const LAST_WORDS = 1_000

export async function runAgentCommand(run: AgentCommandRun): Promise<CommandResult> {
  const { settings, allowance } = run
  const program = programFor(settings.command[0] ?? '')
  if (program === undefined)
    return failed(`cannot be started: there is no program ${settings.command[0]}`, noReport, 0, run)
  const watched = new WatchedCommand(run)
  if (watched.words.some((word) => Buffer.byteLength(word) > MAX_ARGUMENT_BYTES))
    return failed(
      `cannot be started: an argument has more than ${MAX_ARGUMENT_BYTES} bytes`,
      noReport,
      0,
      run,
    )
  const login = await run.home.lendLogin(settings.login, run.usersHome)
  if ('refused' in login) return failed(`cannot be started: ${login.refused}`, noReport, 0, run)
  const refusals = new Set<string>()
  const egress = await openEgress(run.parts.sandbox, settings.network, (reason) => {
    if (refusals.size < MAX_REFUSALS) refusals.add(reason)
  })
  const since = performance.now()
  try {
    const command = await commandFor(run, program, watched)
    watched.start()
    const ending = await run.parts.sandbox.run(egress.through(command))
    await watched.close()
    run.signal.throwIfAborted()
    for (const refusal of refusals) run.log(`a connection was refused: ${refusal}`)
    return resultOf(run, watched, ending, Math.min(performance.now() - since, allowance.ms))
  } finally {
    await egress.close()
    await login.remove()
  }
}

async function commandFor(
  { parts, root, survey, settings, home, env, mayWrite, allowance }: AgentCommandRun,
  program: Program,
  watched: WatchedCommand,
) {
  const { dependencies, node } = await keptSurvey(parts.places, survey)
  const [, ...args] = watched.words
  const worktree = inWorktree(parts.places, root)
  const secrets = settings.env.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))
  return {
    argv: [...program.argv, ...args],
    ...worktree,
    writable: [...(mayWrite ? worktree.writable : []), home.path],
    readable: [
      ...(mayWrite ? [] : [root]),
      ...(await readableWith(parts.places, dependencies)),
      ...nodeReadable(node),
      ...program.readable,
      ...settings.readable,
      ...(settings.network.length > 0 ? CERTIFICATES : []),
    ],
    env: {
      ...toolEnvironment(root, node),
      ...{ HOME: home.path, IS_SANDBOX: '1', NO_COLOR: '1', TERM: 'dumb' },
      ...Object.fromEntries(secrets),
    },
    timeoutMs: allowance.ms + GRACE_MS,
    memoryMb: MEMORY_MB,
    processes: PROCESSES,
    outputBytes: OUTPUT_BYTES,
    stdin: watched.input,
    onStdout: (chunk: Buffer) => watched.hear(chunk),
    signal: watched.signal,
  }
}

/** Programs that do not bring their own. */
const CERTIFICATES = ['/etc/ssl/certs']

/** A process that is given a prompt, and the reason for which it is ended. */
class WatchedCommand {
  readonly words: readonly string[]
  /** Its standard input. */
  readonly input = new PassThrough()
  readonly #run: AgentCommandRun
  readonly #abort = new AbortController()
  readonly #onStop = (): void => this.#abort.abort()
  #conversation: ReturnType<(typeof commandProtocols)['command']['converse']> | undefined
  #cause: { readonly reason: string; readonly again: boolean } | undefined
  #isDone = false
  #heard = performance.now()
  #bytes = 0
  #timers: NodeJS.Timeout[] = []
  #kept: Promise<void> = Promise.resolve()

  constructor(run: AgentCommandRun) {
    this.#run = run
    this.words = this.#protocol.words(run.settings.command, this.#prompt)
    run.signal.addEventListener('abort', this.#onStop, { once: true })
    if (run.signal.aborted) this.#onStop()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get cause() {
    return this.#cause
  }

  get isDone(): boolean {
    return this.#isDone
  }

  get report(): CommandReport {
    return this.#conversation?.report() ?? noReport
  }

  get #protocol() {
    return commandProtocols[this.#run.settings.protocol]
  }

  get #prompt() {
    const { prompt, session, root, mayWrite, settings, allowance } = this.#run
    return {
      text: prompt,
      ...(session !== undefined && { session }),
      root,
      mayWrite,
      steps: settings.limits.steps,
      usd: allowance.microdollars / 1e6,
    }
  }

  start(): void {
    const { settings, allowance, home, log, files } = this.#run
    const control: CommandControl = {
      write: (text) => void (this.input.writable && this.input.write(text)),
      end: () => void this.input.end(),
      session: (session) => {
        const keep = () => home.keep({ session })
        this.#kept = this.#kept.then(keep).catch((error: Error) => log(error.message))
      },
      done: () => {
        this.#isDone = true
        this.input.end()
        this.#timers.push(setTimeout(() => this.#abort.abort(), GRACE_MS))
      },
      fail: (reason) => this.#end({ reason, again: false }),
      log,
      files,
    }
    this.#conversation = this.#protocol.converse(this.#prompt, control, settings.command)
    this.#heard = performance.now()
    this.#timers.push(setTimeout(() => this.#overTime(), allowance.ms))
    this.#timers.push(setInterval(() => this.#look(), WATCH_MS))
  }

  /** A chunk of its standard output. */
  hear(chunk: Buffer): void {
    this.#heard = performance.now()
    this.#bytes += chunk.length
    if (this.#bytes <= MAX_OUTPUT_BYTES) this.#conversation?.take(chunk)
    else this.#end({ reason: `printed more than ${MAX_OUTPUT_BYTES} bytes`, again: false })
  }

  /** Ends when the session is kept, which the next prompt needs. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#run.signal.removeEventListener('abort', this.#onStop)
    await this.#kept
  }

  #overTime(): void {
    const { seconds } = this.#run.settings.limits
    this.#stop(`has used the ${seconds} seconds of a prompt (limits.seconds)`)
  }

  #look(): void {
    const { settings, allowance } = this.#run
    const silence = settings.limits.silence ?? this.#protocol.silenceSeconds
    if (silence !== undefined && !this.#isDone && performance.now() - this.#heard > silence * 1000)
      this.#end({ reason: `was silent for ${silence} seconds (limits.silence)`, again: true })
    const { steps, usage = noUsage, usd = 0 } = this.report
    if (steps > settings.limits.steps)
      this.#stop(`has taken its ${settings.limits.steps} steps (limits.steps)`)
    if (tokensOf(usage) > allowance.tokens)
      this.#stop(`has used its ${settings.limits.tokens} tokens (limits.tokens)`)
    if (usd * 1e6 > allowance.microdollars) this.#stop(`has used its ${settings.limits.usd} usd (limits.usd)`)
  }

  /** At a limit: it may still report what it took. */
  #stop(reason: string): void {
    if (this.#cause || this.#isDone) return
    this.#cause = { reason, again: false }
    this.#conversation?.cancel?.()
    this.#timers.push(setTimeout(() => this.#abort.abort(), this.#conversation?.cancel ? GRACE_MS : 0))
  }

  #end(cause: { readonly reason: string; readonly again: boolean }): void {
    this.#cause ??= cause
    this.#abort.abort()
  }
}

const noReport: CommandReport = { text: '', steps: 0 }

function resultOf(
  run: AgentCommandRun,
  { cause, isDone, report }: WatchedCommand,
  ending: CommandEnding,
  ms: number,
): CommandResult {
  if (cause) return failed(cause.reason, report, ms, run, cause.again)
  if (report.failure !== undefined) return failed(`failed: ${report.failure}`, report, ms, run)
  // It hung after its end, and was ended.
  if (isDone && ending.kind !== 'could_not_start') return ended(report, ms, run)
  switch (ending.kind) {
    case 'exited':
      if (ending.code === 0) return ended(report, ms, run)
      return failed(`ended with exit status ${ending.code}${lastWords(ending, report)}`, report, ms, run)
    case 'signalled':
      return failed(
        `was ended by ${ending.signal}${lastWords(ending, report)}`,
        report,
        ms,
        run,
        ending.outside,
      )
    case 'exceeded':
      return failed(`used too much of the sandbox's ${ending.limit}`, report, ms, run)
    case 'could_not_start':
      return failed(`cannot be started: ${ending.reason}`, report, ms, run)
    case 'timed_out':
    case 'aborted':
      return failed('was ended', report, ms, run)
    default:
      return ending satisfies never
  }
}

function lastWords({ stderr }: { readonly stderr: string }, { text }: CommandReport): string {
  const said = (stderr.trim() || text.trim()).slice(-LAST_WORDS)
  return said === '' ? '' : `: ${said}`
}

function ended(report: CommandReport, ms: number, run: AgentCommandRun): CommandResult {
  return { text: report.text, usage: report.usage ?? noUsage, ...costOf(report, ms, run) }
}

function failed(
  reason: string,
  report: CommandReport,
  ms: number,
  run: AgentCommandRun,
  again = false,
): CommandResult {
  return { ...ended(report, ms, run), failure: { reason, again } }
}

/** R3. */
function costOf(
  { usd }: CommandReport,
  ms: number,
  { settings, allowance }: Pick<AgentCommandRun, 'settings' | 'allowance'>,
): { readonly cost: CommandCost; readonly microdollars: number } {
  if (usd !== undefined) return { cost: 'reported', microdollars: Math.ceil(usd * 1e6) }
  if (ms === 0) return { cost: 'reported', microdollars: 0 }
  const price = settings.price?.['usd-per-hour']
  if (price === undefined) return { cost: 'unknown', microdollars: allowance.microdollars }
  return { cost: 'by_time', microdollars: Math.ceil((price * 1e6 * ms) / 3_600_000) }
}
