// The facts of a small run, as the machines tell them, and the report at its end.

import type { Count, DevelopmentFact, RunFact, RunReport } from '../../machines/index.ts'

export function count(covered: number): Count {
  return { covered, total: 100 }
}

export function emitted(event: DevelopmentFact, address = 'system.supervisor'): RunFact {
  return { type: 'emitted', address, event: { ...event } }
}

const milestone = 'branch-coverage-90'
const dates = { milestone, task: 'r1-src-dates', module: 'src/dates.ts' }
const text = { milestone, task: 'r1-src-text', module: 'src/text.ts' }
const branch = `canopy/${milestone}`

export const report: RunReport = {
  status: 'not_reached',
  reasons: ['nothing gains any more'],
  branch,
  milestones: [
    {
      milestone,
      name: 'Branch coverage of at least 90%',
      status: 'not_reached',
      claimed: false,
      goal: 90,
      branch,
      branches: { before: count(20), after: count(60) },
      tasks: { done: 1, failed: 1, nothing: 0 },
      commits: ['c1'],
      reasons: ['nothing gains any more'],
    },
  ],
  tasks: { done: 1, failed: 1, nothing: 0 },
  commits: ['c1'],
  deliveries: [{ milestone, branch, commit: 'c1' }],
  coverage: {
    branches: { before: count(20), after: count(60) },
    statements: { before: count(30), after: count(70) },
    modules: [
      { path: 'src/text.ts', before: { covered: 5, total: 50 }, after: { covered: 5, total: 50 } },
      { path: 'src/dates.ts', before: { covered: 15, total: 50 }, after: { covered: 50, total: 50 } },
      { path: 'src/index.ts', before: { covered: 0, total: 0 }, after: { covered: 0, total: 0 } },
    ],
  },
  failures: [{ milestone, task: text.task, module: text.module, reasons: ['the tests failed', 'twice'] }],
}

/** One task is merged, one is sent back and given up; its worker dies once. */
export const facts: readonly RunFact[] = [
  { type: 'node.started', actors: 0 },
  { type: 'actor.started', address: 'system', kind: 'system', epoch: 1 },
  { type: 'actor.started', address: 'system.supervisor', kind: 'supervisor', epoch: 1 },
  { type: 'actor.stepped', address: 'system.supervisor', event: 'START', value: 'surveying', sequence: 1 },
  emitted({
    type: 'run.surveyed',
    repository: '/home/me/library',
    modules: 2,
    branches: count(20),
    statements: count(30),
    tests: 3,
  }),
  emitted({ type: 'milestone.started', milestone, name: '90%', goal: 90, branch, branches: count(20) }),
  emitted({ type: 'milestone.planned', milestone, round: 1, tasks: 2 }),
  emitted({ type: 'task.planned', gap: 35, round: 1, ...dates }),
  emitted({ type: 'task.planned', gap: 45, round: 1, ...text }),
  { type: 'actor.started', address: 'system.pool', kind: 'pool', epoch: 1 },
  { type: 'actor.started', address: 'system.pool.worker:1', kind: 'worker', epoch: 1 },
  { type: 'actor.started', address: 'system.pool.worker:2', kind: 'worker', epoch: 1 },
  { type: 'actor.started', address: 'system.supervisor.task:r1-src-dates', kind: 'task', epoch: 1 },
  emitted({ type: 'task.started', worker: 'worker:1', attempt: 1, ...dates }),
  emitted({ type: 'task.started', worker: 'worker:2', attempt: 1, ...text }),
  emitted({ type: 'task.progress', worker: 'worker:1', step: 'writing', attempt: 1, ...dates }),
  {
    type: 'actor.crashed',
    address: 'system.pool.worker:2',
    error: { message: 'out of \u001b[31mmemory' },
    event: 'WORK',
  },
  { type: 'actor.restarted', address: 'system.pool.worker:2', epoch: 2, reason: 'crash' },
  emitted({ type: 'task.submitted', commit: 'c1', cases: 12, attempt: 1, ...dates }),
  emitted({
    type: 'task.merged',
    commit: 'c1',
    cases: 12,
    branches: { before: count(20), after: count(55) },
    attempt: 1,
    ...dates,
  }),
  {
    type: 'actor.ended',
    address: 'system.supervisor.task:r1-src-dates',
    exit: { reason: 'normal' },
  },
  emitted({
    type: 'coverage.changed',
    milestone,
    commit: 'c1',
    branches: { before: count(55), after: count(60) },
    statements: { before: count(30), after: count(70) },
  }),
  emitted({ type: 'task.retried', reasons: ['the tests failed'], attempt: 1, ...text }),
  emitted({ type: 'task.failed', reasons: ['the tests failed', 'twice'], ...text }),
]

export const lastFact: RunFact = emitted({ type: 'run.finished', report })
