// Walks
//
// Owns:   what can happen to each machine of the development system: inputs, mail, what its invocations return, and
//         what of its context tells two situations apart.

import type { AnyMachineSnapshot } from 'xstate'
import type { CoverageOptions, WalkSubject } from '../../kernel/index.ts'
import {
  agentActor,
  budgetActor,
  budgetSchema,
  integratorActor,
  type MergePlan,
  orchestratorActor,
  policySchema,
  poolActor,
  reviewActor,
  supervisorActor,
  systemActor,
  taskActor,
  ticketOf,
  workerActor,
} from '../../machines/index.ts'
import {
  agentInput,
  agentTask,
  line,
  measurement,
  milestone,
  modelsInUse,
  site,
  survey,
  task,
} from './samples.ts'

const error = { message: 'broken' }
const submission = { commit: 'c1', files: ['a.test.ts'], cases: 3 }
const verdicts = [{ gate: 'tests', kind: 'failed', findings: ['red'] }]
const nothingJudged = { returned: [], merged: [], measurement: null, failed: null }
const coveredMore = measurement({ 'src/a.ts': 6 })
const merged = {
  ...nothingJudged,
  merged: [{ at: 0, commit: 'c2', change: coveredMore, verdicts: [] }],
  measurement: coveredMore,
}
const returned = { ...nothingJudged, returned: [{ at: 0, verdicts }] }
const failed = { ...nothingJudged, failed: { verdicts, doubtful: [] } }
const doubted = { ...nothingJudged, failed: { verdicts, doubtful: ['an old test'] } }

const assignment = (id: string, attempt = 1, priority = 1) => ({
  task: task(id),
  attempt,
  failures: [],
  site,
  line,
  replyTo: `tasks.${id}`,
  priority,
})
const ticket = (id: string, attempt = 1) => ticketOf({ replyTo: `tasks.${id}`, attempt })

const assignee = { kind: 'code', role: 'coding', model: 'anthropic/claude-sonnet-5-5' }
const taskWalk: CoverageOptions = {
  inputs: [
    { address: 't', pool: 'p', integrator: 'i', task: task('a'), site, line, attempts: 2 },
    {
      address: 't',
      pool: 'p',
      integrator: 'i',
      task: agentTask('b'),
      site,
      line,
      attempts: 1,
      budget: 'budget',
      assignee,
      escalation: [
        { by: 'model', assignee: { ...assignee, role: 'planning', model: 'anthropic/claude-opus-5-5' } },
        { by: 'kind', assignee: { ...assignee, kind: 'debug' } },
      ],
    },
  ],
  events: () => [
    ...[1, 2, 3].flatMap((attempt) => [
      { type: 'WORK.STARTED', attempt, worker: 'worker:1' },
      { type: 'WORK.SUBMITTED', attempt, submission },
      { type: 'WORK.ANSWERED', attempt, answer: { tasks: [] } },
      { type: 'WORK.NOTHING', attempt, reason: 'all covered' },
      { type: 'WORK.FAILED', attempt, reasons: ['no'] },
      { type: 'WORK.FAILED', attempt, reasons: ['no money'], spent: true },
      { type: 'WORK.CANCELLED', attempt },
      { type: 'WORKER.LOST', attempt, worker: 'worker:1', reason: 'killed' },
      {
        type: 'MERGED',
        attempt,
        commit: 'c2',
        branches: { before: task('a').before, after: task('a').before },
      },
      { type: 'REJECTED', attempt, verdicts },
    ]),
    { type: 'CANCEL' },
    {
      type: 'canopy.refused',
      to: 'p',
      event: { type: 'ASSIGN', assignment: { attempt: 1 } },
      reason: 'full',
    },
    { type: 'canopy.refused', to: 'i', event: { type: 'SUBMIT', attempt: 1 }, reason: 'full' },
  ],
  facts: ({ attempt, attempts, escalated, barred }: TaskSituation) => [attempt, attempts, escalated, barred],
}
interface TaskSituation {
  attempt: number
  attempts: number
  escalated?: number
  barred?: string
}

interface WorkerSituation {
  outcome: { kind: string } | null
  agents?: unknown
  assignment: { task: { id: string } } | null
}
const workerWalk: CoverageOptions = {
  inputs: [
    { pool: 'p', worker: 'worker:1' },
    { pool: 'p', worker: 'worker:1', agents: { budget: 'budget', models: modelsInUse } },
  ],
  events: () => [
    { type: 'ASSIGN', assignment: assignment('a') },
    { type: 'ASSIGN', assignment: { ...assignment('b'), task: agentTask('b') } },
    { type: 'ASSIGN', assignment: { ...assignment('c'), task: agentTask('c', { kind: 'plan' }) } },
    { type: 'ASSIGN', assignment: { ...assignment('d'), task: agentTask('d', { kind: 'review' }) } },
    { type: 'ABORT', ticket: ticket('a') },
    { type: 'ABORT', ticket: 'another' },
  ],
  outputs: {
    prepare: [{ worktree: '/w', commit: 'c0' }],
    write: [
      { kind: 'written', files: [{ path: 'a', source: '' }], cases: 1 },
      { kind: 'nothing', reason: 'covered' },
      { kind: 'failed', reason: 'no' },
    ],
    submit: [submission],
    agent: [
      { kind: 'submitted', answer: { summary: 'done' } },
      { kind: 'stuck', reasons: ['in circles'] },
    ],
    review: [
      { kind: 'submitted', answer: { summary: 'looked' } },
      { kind: 'failed', reasons: ['no money'] },
    ],
    collect: [
      { kind: 'collected', submission },
      { kind: 'refused', reasons: ['nothing is changed'] },
    ],
    release: [null],
  },
  facts: ({ outcome, agents, assignment }: WorkerSituation) => [
    outcome?.kind,
    agents !== undefined,
    assignment?.task.id,
  ],
}

interface PoolSituation {
  workers: Record<string, { state: string; ticket: string | null; leaving: boolean }>
  queue: { ticket: string }[]
  losses: number
}
const poolWalk: CoverageOptions = {
  inputs: [{ address: 'pool', size: 2 }],
  events: (snapshot: AnyMachineSnapshot) => [
    { type: 'ASSIGN', assignment: assignment('a') },
    { type: 'ASSIGN', assignment: assignment('b') },
    { type: 'CANCEL', replyTo: 'tasks.a', attempt: 1 },
    { type: 'PAUSE' },
    { type: 'RESUME' },
    { type: 'MODELS', available: false },
    { type: 'MODELS', available: true },
    { type: 'HOLD', owner: 'elsewhere' },
    { type: 'RELEASE', owner: 'elsewhere' },
    { type: 'POOL.RESIZE', size: 1 },
    { type: 'POOL.RESIZE', size: 2 },
    { type: 'NODES', nodes: [] },
    { type: 'canopy.refused', to: 'tasks.a', event: { type: 'WORK.STARTED' }, reason: 'full' },
    { type: 'xstate.error.actor.worker:99', error },
    ...Object.entries((snapshot.context as PoolSituation).workers).flatMap(([worker, { ticket }]) => [
      { type: 'WORKER.FREE', worker, ticket: null, outcome: null },
      { type: 'WORKER.FREE', worker, ticket, outcome: { kind: 'submitted', submission } },
      { type: 'WORKER.REFUSED', worker, ticket: ticket ?? 'none' },
      { type: 'canopy.refused', to: `pool.${worker}`, event: { type: 'ASSIGN' }, reason: 'full' },
    ]),
  ],
  outputs: { worker: [undefined] },
  facts: ({ workers, queue, losses }: PoolSituation) => [
    Object.values(workers).map(({ state, ticket, leaving }) => [state, ticket, leaving]),
    queue.map(({ ticket }) => ticket),
    Math.min(losses, 1),
  ],
}

interface IntegratorSituation {
  plan: MergePlan<unknown>
  faults: number
  settling: boolean
}
const integratorWalk: CoverageOptions = {
  inputs: [{ orchestrator: 'o', site, line, measurement: measurement({ 'src/a.ts': 5 }) }],
  events: () => [
    { type: 'SUBMIT', submission, task: task('a'), attempt: 1, replyTo: 'tasks.a' },
    { type: 'SUBMIT', submission, task: task('b'), attempt: 1, replyTo: 'tasks.b' },
    { type: 'SETTLE' },
  ],
  outputs: { integrate: [merged, returned, failed, doubted] },
  facts: ({ plan, faults, settling }: IntegratorSituation) => [
    [plan.waiting.length, plan.trial, plan.failing?.size, plan.doubtful?.length],
    faults,
    settling,
  ],
}

const policy = policySchema.parse({ attempts: 2, rounds: 2, inFlight: 2, tries: 2 })
const change = { ...measurement({ 'src/a.ts': 10 }), modules: measurement({ 'src/a.ts': 10 }).modules }
const taskEnd = (id: string, status: string) => ({
  type: `xstate.done.actor.task:${id}`,
  output: { status, task: id, module: id, attempts: 1, cases: 1, merge: null, reasons: ['why'] },
})
interface OrchestratorSituation {
  running: string[]
  counts: unknown
  round: number
  branches: { covered: number }
  cancelled: boolean
  paused: boolean
}
const orchestratorWalk: CoverageOptions = {
  inputs: [
    {
      address: 'o',
      pool: 'p',
      milestone: milestone('m1', 90),
      site,
      line,
      sources: ['src/a.ts', 'src/b.ts'],
      needs: { 'src/b.ts': ['src/a.ts'] },
      measurement: measurement({ 'src/a.ts': 5, 'src/b.ts': 8 }),
      policy,
      begun: 1,
      paused: false,
    },
  ],
  events: (snapshot: AnyMachineSnapshot) => [
    ...(snapshot.context as OrchestratorSituation).running.flatMap((id) => [
      taskEnd(id, 'done'),
      taskEnd(id, 'failed'),
      taskEnd(id, 'nothing'),
    ]),
    { type: 'xstate.error.actor.task:other', error },
    { type: 'INTEGRATED', task: 'r1-src-a', commit: 'c2', merge: 1, change },
    {
      type: 'SETTLED',
      merges: 1,
      branches: (snapshot.context as OrchestratorSituation).branches,
    },
    { type: 'PAUSE' },
    { type: 'RESUME' },
    { type: 'CANCEL' },
    { type: 'canopy.refused', to: 'o.integrator', event: { type: 'SETTLE' }, reason: 'full' },
  ],
  outputs: { integrator: [undefined], task: [] },
  facts: ({ running, counts, round, branches, cancelled, paused }: OrchestratorSituation) => [
    running,
    counts,
    round,
    branches.covered,
    cancelled,
    paused,
  ],
}

const claim = (commits: string[]) => ({
  milestone: 'm1',
  claimed: true,
  tasks: { done: 1, failed: 0, nothing: 0 },
  commits,
  branches: { before: task('a').before, after: task('a').before },
  failures: [],
  reasons: [],
})
const run = (roadmap: unknown[]) => ({
  address: 'system.supervisor',
  pool: 'system.pool',
  budgetAt: 'system.budget',
  models: null,
  repository: '/repository',
  roadmap,
  workers: 2,
  policy,
})
interface SupervisorSituation {
  roadmap: { goal: object }[]
  claim: { claimed: boolean } | null
  results: { milestone: string; status: string }[]
  measuringFaults: number
  paused: boolean
  stopping: boolean
  measurement: { branches: { covered: number } } | null
}
const supervisorWalk: CoverageOptions = {
  inputs: [
    run([milestone('m1', 80), milestone('m2', 90, { needs: ['m1'] }), milestone('m3', 10, { priority: 9 })]),
    run([milestone('m1', 80, { needs: ['m2'] })]),
    run([milestone('m1', 80, { goal: { outcome: 'it prints the time', accept: ['node time.ts'] } })]),
  ],
  events: () => [
    { type: 'xstate.error.actor.orchestrator:other', error },
    { type: 'PAUSE' },
    { type: 'RESUME' },
    { type: 'STOP' },
  ],
  outputs: {
    survey: [
      { kind: 'surveyed', survey: survey({ 'src/a.ts': 5 }) },
      { kind: 'refused', reason: 'no tests' },
    ],
    open: [{ branch: 'canopy/m1', base: 'c0' }],
    measure: [measurement({ 'src/a.ts': 9 }), measurement({ 'src/a.ts': 5 })],
    accept: [{ findings: [] }, { findings: ['no time'] }],
    close: [{ deliveries: [] }, { deliveries: [], untidy: 'a lock file' }],
    'orchestrator:m1': [claim([]), claim(['c1'])],
    'orchestrator:m1:2': [claim([]), claim(['c2'])],
  },
  facts: ({
    roadmap,
    claim,
    results,
    measuringFaults,
    paused,
    stopping,
    measurement,
  }: SupervisorSituation) => [
    roadmap.map(({ goal }) => Object.keys(goal)),
    claim?.claimed,
    results.map(({ milestone, status }) => [milestone, status]),
    measuringFaults,
    paused,
    stopping,
    measurement?.branches.covered,
  ],
}

const systemWalk: CoverageOptions = {
  inputs: [{ ...run([milestone('m1', 80)]), address: 'system' }],
  events: () => [{ type: 'PAUSE' }, { type: 'RESUME' }, { type: 'STOP' }, { type: 'POOL.RESIZE', size: 3 }],
  outputs: { budget: [null], pool: [null], supervisor: [null] },
}

const account = { milestone: 'm1', task: 'a', attempt: 1 }
const reservation = { type: 'RESERVE', id: 'x#1', account, tokens: 1, microdollars: 10, replyTo: 'x' }
const used = { input: 1, cacheRead: 0, cacheWrite: 0, output: 0 }
const budgetWalk: CoverageOptions = {
  inputs: [
    { caps: budgetSchema.parse({ run: { usd: 0.000_02 } }) },
    { caps: budgetSchema.parse({ milestone: { usd: 0.000_02 }, attempt: { minutes: 1 } }) },
  ],
  events: () => [
    reservation,
    { ...reservation, id: 'x#2', microdollars: 15 },
    { type: 'SETTLE', id: 'x#1', usage: used, microdollars: 15 },
    { type: 'SPEND', id: 'x#1', account, computeSeconds: 1 },
    { type: 'CLOSED', milestone: 'm1', task: 'a' },
    { type: 'RAISE', usd: 1 },
    { type: 'RAISE', milestone: 'm1', usd: 1 },
    { type: 'QUOTA.OUT', model: 'a/b', message: 'used up' },
    { type: 'QUOTA.OUT', model: 'a/b', message: 'used up', retryAfterMs: 60_000 },
    { type: 'RESUME' },
  ],
  facts: ({ waiting, quota, caps }: BudgetSituation) => [
    waiting.map(({ id, waitsFor }) => [id, waitsFor]),
    quota?.retryAfterMs,
    caps,
  ],
}
interface BudgetSituation {
  waiting: { id: string; waitsFor: string }[]
  quota: { retryAfterMs: number | null } | null
  caps: unknown
}

const paid = { usage: { input: 5, cacheRead: 0, cacheWrite: 0, output: 1 }, microdollars: 5, ms: 1 }
const call = (broken: boolean) => ({ id: 'c1', name: 'read', print: 'p', broken })
const costly = (microdollars: number) => ({ ...call(false), name: 'mcp__a__b', microdollars })
const replied = (stop: string, calls: unknown[] = [], size = 20) => ({
  kind: 'replied',
  model: 'a/b',
  reply: { head: 'h1', stop, calls, text: '', size, usage: paid.usage },
  microdollars: 5,
  ms: 1,
})
const failedWith = (kind: string) => {
  const failure = { kind, message: 'no', usage: paid.usage }
  return { kind: 'failed', model: 'a/b', failure, microdollars: 5, ms: 1 }
}
interface AgentSituation {
  calls: { microdollars?: number }[]
  bad: number
  silent: number
  compactions: number
  steps: number
  size: number
  say: unknown[]
  reservations: number
  trail: { stale: number; steps: unknown[] }
}
const agentWalk: CoverageOptions = {
  inputs: [agentInput({ steps: 5 })],
  events: (snapshot: AnyMachineSnapshot) => {
    const id = `agent/m1/a/1#${(snapshot.context as AgentSituation).reservations}`
    return [
      { type: 'BUDGET.GRANTED', id },
      { type: 'BUDGET.HELD', id, reason: 'at its cap' },
      { type: 'BUDGET.REFUSED', id, reason: 'at its cap' },
      { type: 'BUDGET.GRANTED', id: 'another' },
      { type: 'canopy.refused', to: 'budget', event: { type: 'RESERVE', id }, reason: 'full' },
    ]
  },
  outputs: {
    begin: [
      { head: 'h0', size: 10, tree: 't0', ms: 1 },
      { head: 'h0', size: 10, tree: 't0', rules: ['AGENTS.md'], ms: 1 },
    ],
    think: [
      replied('tool_calls', [call(false)]),
      replied('tool_calls', [call(false), call(true)]),
      replied('tool_calls', [costly(1), call(false)]),
      replied('tool_calls', [call(false), costly(1_000_000_000)]),
      replied('tool_calls', [costly(1_000_000_000)]),
      replied('tool_calls', [call(false), costly(1)]),
      replied('tool_calls', [call(false)], 900),
      replied('end'),
      replied('length'),
      replied('refused'),
      failedWith('too_long'),
      failedWith('garbled'),
      failedWith('bad_request'),
      {
        kind: 'paused',
        model: 'a/b',
        message: 'no money',
        lost: [{ model: 'a/b', usage: paid.usage }],
        microdollars: 5,
        ms: 1,
      },
    ],
    act: [
      { kind: 'acted', answers: 'h2', failed: false, print: 'r', tree: 't0', size: 5, ms: 1 },
      { kind: 'submitted', answers: 'h2', answer: {}, ms: 1 },
      { kind: 'gave_up', answers: 'h2', reason: 'no', ms: 1 },
    ],
    compact: [
      { head: 'h3', size: 10, ...paid },
      { head: 'h3', size: 900, ...paid },
    ],
  },
  facts: (context: AgentSituation) => [
    context.calls.map(({ microdollars }) => microdollars),
    context.bad,
    context.silent,
    context.compactions,
    context.steps,
    context.size > 280,
    context.say.length,
    context.trail.stale,
    context.trail.steps.length > 0,
  ],
}

const agentTotals = { head: null, steps: 1, usage: paid.usage, microdollars: 5, ms: 1 }
const aFinding = { aspect: 'security', severity: 'error', file: 'a.ts', line: 1, title: 'x', detail: 'y' }
interface ReviewSituation {
  running: unknown[]
  findings: unknown[]
}
const reviewWalk: CoverageOptions = {
  inputs: [{ ...agentInput(), kind: 'review' }],
  outputs: {
    agent: [
      { kind: 'submitted', answer: { summary: 's', findings: [aFinding] }, ...agentTotals },
      { kind: 'stuck', reasons: ['no'], ...agentTotals },
    ],
  },
  facts: ({ running, findings }: ReviewSituation) => [running, findings.length],
}

/** Every machine of the development system. */
export const walks: readonly (readonly [WalkSubject, CoverageOptions])[] = [
  [taskActor, taskWalk],
  [workerActor, workerWalk],
  [agentActor, agentWalk],
  [reviewActor, reviewWalk],
  [poolActor, poolWalk],
  [integratorActor, integratorWalk],
  [orchestratorActor, orchestratorWalk],
  [supervisorActor, supervisorWalk],
  [systemActor, systemWalk],
  [budgetActor, budgetWalk],
]
