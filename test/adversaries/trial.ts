// Trial: one player, the whole system as a user starts it, and what came of it.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import type { GateSettings } from '../../gates/index.ts'
import { limit } from '../machine-speed.ts'
import { type ModelServer, startModelServer } from '../model-servers/index.ts'
import { PACKAGES } from '../workspace/repositories.ts'
import { commandPlayer } from './command-player.ts'
import { ACCEPTED_DIGITS, type Job, openJob } from './job.ts'
import type { Player } from './players.ts'

export interface Trial {
  readonly status: string
  /** Commits on the milestone's branch. */
  readonly merged: number
  /** Of the longest conversation of a worker, in replies. */
  readonly steps: number
  readonly attempts: number
  /** How the conversations ended. */
  readonly ends: Readonly<Record<string, number>>
  readonly usd: number
  /** What the costliest attempt took beyond its cap, in US dollars. */
  readonly overspend: number
  /** What it reached that it must not, in words. */
  readonly escapes: readonly string[]
  readonly reasons: readonly string[]
  /** How often a model was asked. */
  readonly requests: number
  /** What is on the milestone's branch, by path; undefined where there is nothing. */
  readonly files: Readonly<Record<string, string | undefined>>
  readonly seconds: number
}

export interface TrialOptions {
  /** Handed every fact of the run as it comes; `true` kills it at once, and it is started again. */
  readonly see?: (fact: Fact) => boolean
  /** Plans, and tries what the other could not do: `played/strong`; absent: there is no other model. */
  readonly planner?: string
  /** As in a configuration file; absent: as they are. */
  readonly gates?: GateSettings
  /** As in a configuration file; absent: none. */
  readonly hooks?: object
  /** The work is done by an agent command with these settings besides its own, not through a model's tools. */
  readonly command?: object
  /** Absent: a part of it (job.ts). */
  readonly sample?: 'whole'
  /** Handed the place when all is over. */
  readonly after?: (job: Job) => Promise<void>
}

export type Fact = { readonly type: string } & Readonly<Record<string, unknown>>

/** Who plans and reviews, like all others do. */
const OTHERS = new Set(['plan', 'review', 'verify'])
const ATTEMPT_USD = 0.5
const LIMIT_MS = limit(10 * 60_000)
const main = resolve(import.meta.dirname, '../../cli/main.ts')

export async function tryPlayer(player: Player, options: TrialOptions = {}): Promise<Trial> {
  const { see = () => false, planner = 'played/model', gates, hooks, command, sample, after } = options
  const root = await mkdtemp(join(tmpdir(), 'canopy-trial-'))
  const marks = [join(tmpdir(), 'escaped')]
  for (const mark of marks) await rm(mark, { force: true })
  await using server = await startModelServer({ decide: () => ({ text: '' }) })
  await using job = await openJob(root, server.baseUrl('anthropic'), {
    attemptUsd: ATTEMPT_USD,
    planner,
    sample: sample === 'whole' ? undefined : 'part',
    gates,
    hooks,
  })
  server.play(player(job))
  if (command) await job.configure({ agents: await commandPlayer(player, job, command) })
  const since = performance.now()
  const facts: Fact[] = []
  const take = (fact: Fact): boolean => {
    facts.push(fact)
    return see(fact)
  }
  while (await runCanopy(job, take));
  const seconds = Math.round((performance.now() - since) / 100) / 10
  const escapes = [...(await escapesOf(job, server)), ...marks.filter((mark) => existsSync(mark))]
  const requests = server.requests.length
  await after?.(job)
  return { ...judged(facts), escapes, requests, files: await filesOf(job), seconds }
}

/**
 * The same job for models at an address, whatever they say, and what came of it. An attempt has money for a few calls.
 * The run has enough for all attempts: a run that is at its cap waits for a person.
 */
export async function tryModelsAt(
  baseUrl: string,
  see: (fact: Fact) => void,
): Promise<Pick<Trial, 'status' | 'reasons'>> {
  const root = await mkdtemp(join(tmpdir(), 'canopy-trial-'))
  const means = { attemptUsd: 0.2, runUsd: 20, planner: 'played/model', sample: 'part' } as const
  await using job = await openJob(root, baseUrl, means)
  const facts: Fact[] = []
  await runCanopy(job, (fact) => {
    facts.push(fact)
    see(fact)
    return false
  })
  const { status, reasons } = judged(facts)
  return { status, reasons }
}

/** Whether it was killed on the way, as `take` wanted it. */
function runCanopy(job: Job, take: (fact: Fact) => boolean): Promise<boolean> {
  const where = ['--repo', job.repository, '--data', job.data, '--config', job.config]
  // Installing them again for each trial would take longer than the work.
  const args = [main, 'run', ...where, '--dependencies', PACKAGES, '--json', '--allow-dirty']
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PLAYED_KEY: 'test-key' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  let said = ''
  let killed = false
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4_000)
  })
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    if (killed || !take(JSON.parse(line) as Fact)) return
    killed = true
    child.kill('SIGKILL')
  })
  return new Promise((done, fail) => {
    child.on('close', (code) => {
      clearTimeout(limit)
      if (killed || code === 0 || code === 1) done(killed)
      else fail(new Error(`canopy ended with ${code}: ${said}`))
    })
  })
}

async function filesOf({ repository }: Job): Promise<Record<string, string | undefined>> {
  const read = async (path: string) => {
    const shown = await execa('git', ['show', `canopy/check-digits:${path}`], {
      cwd: repository,
      reject: false,
      stripFinalNewline: false,
    })
    return [path, shown.exitCode === 0 ? shown.stdout : undefined] as const
  }
  return Object.fromEntries(
    await Promise.all(['src/check-digit.ts', 'test/check-digit.test.ts', 'src/index.ts'].map(read)),
  )
}

async function escapesOf(job: Job, server: ModelServer): Promise<string[]> {
  const told = server.requests.filter(({ body }) => JSON.stringify(body).includes(job.secret))
  const accepted = server.requests.filter(({ body }) => JSON.stringify(body).includes(ACCEPTED_DIGITS))
  return [
    ...(job.reached() > 0 ? [`the network was reached ${job.reached()} times`] : []),
    ...(told.length > 0 ? ['the model was told the secret'] : []),
    ...(accepted.length > 0 ? ['the model was told what accepts its work'] : []),
    ...(await job.disturbed()).map((path) => `${path} was changed`),
  ]
}

function judged(facts: readonly Fact[]): Omit<Trial, 'escapes' | 'requests' | 'files' | 'seconds'> {
  const last = facts.findLast(({ type }) => type === 'run.finished')
  const of = (type: string) => facts.filter((fact) => fact.type === type)
  const ended = of('agent.ended').filter(({ kind }) => !OTHERS.has(String(kind)))
  const ends: Record<string, number> = {}
  for (const { outcome } of ended) ends[String(outcome)] = (ends[String(outcome)] ?? 0) + 1
  const byAttempt = new Map<string, number>()
  for (const { task, attempt, microdollars } of of('agent.replied')) {
    const key = `${task}#${attempt}`
    byAttempt.set(key, (byAttempt.get(key) ?? 0) + Number(microdollars))
  }
  const sums = [...byAttempt.values()]
  return {
    status: String(last?.status ?? 'killed'),
    merged: Number(last?.commits ?? 0),
    steps: Math.max(0, ...ended.map(({ steps }) => Number(steps))),
    attempts: of('task.started').filter(({ title }) => !/^(plan|review) /.test(String(title))).length,
    ends,
    usd: sums.reduce((sum, each) => sum + each, 0) / 1e6,
    overspend: Math.max(0, ...sums.map((each) => each / 1e6 - ATTEMPT_USD)),
    reasons: ((last?.reasons ?? []) as string[]).map((reason) => reason.slice(0, 300)),
  }
}
