// A node mails to actors of home what only others may say: verdicts, plans, submissions, orders of a person.

import type { Event } from '../../../kernel/index.ts'
import { eventually } from '../../eventually.ts'
import { type Attack, type AttackResult, refused, succeeded } from '../attack.ts'
import { beginRun, LINE, ROOT, says, type UnderAttack } from './run-under-attack.ts'

interface Forgery {
  readonly to: string
  readonly event: Event
  /** Whether the run shows that it took it. */
  worked(attacked: UnderAttack): boolean
}

const COMMIT = 'f'.repeat(40)
const submission = { commit: COMMIT, files: ['src/evil.ts'], cases: 1 }
const count = { covered: 1, total: 1 }

function forgeries(task: string): Forgery[] {
  const emitted =
    (type: string) =>
    ({ run }: UnderAttack): boolean =>
      says(run, type)
  const isGone = ({ run }: UnderAttack): boolean => !run.node.actors.some(({ address }) => address === task)
  const work = { attempt: 1 }
  const entry = {
    submission,
    attempt: 9,
    replyTo: task,
    task: { kind: 'coverage', id: 'evil', title: 'Evil', module: 'src/evil.ts', round: 1, gap: 1 },
  }
  return [
    { to: 'system.budget', event: { type: 'RAISE', usd: 100_000 }, worked: emitted('budget.raised') },
    { to: 'system.supervisor', event: { type: 'PAUSE' }, worked: emitted('run.paused') },
    { to: 'system', event: { type: 'POOL.RESIZE', size: 9 }, worked: emitted('pool.resized') },
    {
      to: 'system.pool',
      event: { type: 'NODES', nodes: [{ node: ROOT, workers: 9, agents: true }] },
      worked: emitted('pool.joined'),
    },
    {
      to: 'system.pool',
      event: { type: 'WORKER.FREE', worker: 'worker:1', ticket: `${task}#1`, outcome: { kind: 'cancelled' } },
      worked: isGone,
    },
    { to: task, event: { type: 'WORK.SUBMITTED', ...work, submission }, worked: emitted('task.submitted') },
    { to: task, event: { type: 'WORK.ANSWERED', ...work, answer: { tasks: [] } }, worked: isGone },
    { to: task, event: { type: 'WORK.NOTHING', ...work, reason: 'none' }, worked: isGone },
    {
      to: task,
      event: { type: 'MERGED', ...work, commit: COMMIT, branches: { before: count, after: count } },
      worked: isGone,
    },
    {
      to: `${LINE}.integrator`,
      event: { type: 'SUBMIT', ...entry },
      worked: ({ run }) => run.repository.merged.includes('evil'),
    },
    {
      to: LINE,
      event: { type: 'SETTLED', merges: 1, branches: count },
      worked: emitted('milestone.finished'),
    },
    { to: LINE, event: { type: 'CANCEL' }, worked: isGone },
  ]
}

type From = (number: number) => { address: string; birth: string; number: number } | null

function forging(title: string, from: From): Attack {
  return {
    title,
    async play(): Promise<AttackResult> {
      await using attacked = await beginRun()
      const { run } = attacked
      const tried = forgeries(attacked.task())
      for (const [at, { to, event }] of tried.entries())
        await attacked.mail({ to, event, from: from(at + 1) })
      const dead = () => run.facts.filter(({ type }) => type === 'letter.dead')
      const worked = () => tried.find((each) => each.worked(attacked))
      await eventually(() => dead().length >= tried.length || worked() !== undefined, {
        what: 'an end of all that was sent',
        within: 20_000,
      })
      const done = worked()
      if (done) return succeeded(`${done.to} took ${done.event.type}`)
      const reasons = new Set(dead().map((fact) => ('reason' in fact ? fact.reason : '')))
      return refused(`${dead().length} put aside: ${[...reasons].join(', ')}`)
    },
  }
}

export const attacks: Readonly<Record<string, Attack>> = {
  'as-its-worker': forging(
    'A node forges verdicts, plans, submissions and orders, as its own worker.',
    (number) => ({
      address: `${ROOT}.worker:1`,
      birth: 'b',
      number,
    }),
  ),
  'as-an-actor-of-home': forging('A node forges them as the actors that may say so.', (number) => ({
    address: ['system', 'system.pool', `${LINE}.integrator`, LINE][number % 4] ?? '',
    birth: 'b',
    number,
  })),
  'as-dead-letters': forging('A node forges them as dead letters that are sent again.', (number) => ({
    address: 'dead-letters',
    birth: 'b',
    number,
  })),
  'from-outside': forging('A node forges them as mail of a person.', () => null),
}
