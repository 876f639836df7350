import { describe, expect, it } from 'vitest'
import { ticketOf, workerActor } from '../../machines/index.ts'
import { agentTask, line, modelsInUse, site, task } from './samples.ts'
import { Script, type Told } from './script.ts'

const assignment = {
  task: task('a'),
  attempt: 2,
  failures: ['tests: red'],
  site,
  line,
  replyTo: 't.a',
  priority: 1,
}
const ticket = ticketOf(assignment)
const submission = { commit: 's1', files: ['a.test.ts'], cases: 3 }
const file = { path: 'a.test.ts', source: '// test' }

const done = (id: string, output: unknown): Told => ({ type: `xstate.done.actor.${id}`, output })
const broke = (id: string): Told => ({ type: `xstate.error.actor.${id}`, error: { message: 'disk full' } })
const assigned: Told = { type: 'ASSIGN', assignment }
const prepared = done('prepare', { worktree: '/w', commit: 'c0' })
const written = done('write', { kind: 'written', files: [file], cases: 3 })
const submitted = done('submit', submission)
const released = done('release', null)

const script = () => new Script(workerActor.machine, { pool: 'pool', worker: 'worker:1' })
const calls = (told: Script) => told.started.map(([, src]) => src)
const broughtBack = (told: Script) => told.mail.filter(([, { type }]) => type === 'WORKER.FREE').slice(1)

describe('worker', () => {
  it('says that it is there', () => {
    expect(script().mail).toEqual([
      ['pool', { type: 'WORKER.FREE', worker: 'worker:1', ticket: null, outcome: null }],
    ])
  })

  it('prepares, writes, submits, releases and brings back the submission', () => {
    const told = script().tell(assigned, prepared, written, submitted, released)
    const attempt = { site, line, task: task('a'), attempt: 2 }
    expect(told.started).toEqual([
      ['prepare', 'prepare', attempt],
      ['write', 'write', { ...attempt, worktree: '/w', failures: ['tests: red'] }],
      ['submit', 'submit', { ...attempt, worktree: '/w', files: [file], cases: 3 }],
      ['release', 'release', { ...attempt, worktree: '/w' }],
    ])
    const outcome = { kind: 'submitted', submission }
    expect(broughtBack(told)).toEqual([
      ['pool', { type: 'WORKER.FREE', worker: 'worker:1', ticket, outcome }],
    ])
    expect(told.value).toBe('idle')
    expect(told.facts.map(({ step }) => step)).toEqual(['preparing', 'writing', 'submitting', 'releasing'])
  })

  it.each<[string, Told[], object]>([
    ['preparing broke', [broke('prepare')], { kind: 'failed', reasons: ['preparing failed: disk full'] }],
    ['writing broke', [prepared, broke('write')], { kind: 'failed', reasons: ['writing failed: disk full'] }],
    [
      'the writer gave up',
      [prepared, done('write', { kind: 'failed', reason: 'no idea' })],
      { kind: 'failed', reasons: ['no idea'] },
    ],
    [
      'there was nothing to write',
      [prepared, done('write', { kind: 'nothing', reason: 'covered' })],
      { kind: 'nothing', reason: 'covered' },
    ],
    [
      'submitting broke',
      [prepared, written, broke('submit')],
      { kind: 'failed', reasons: ['submitting failed: disk full'] },
    ],
    ['it was called back', [prepared, { type: 'ABORT', ticket }], { kind: 'cancelled' }],
  ])('releases and brings back the outcome when %s', (_, events, outcome) => {
    const told = script().tell(assigned, ...events)
    expect(calls(told).at(-1)).toBe('release')
    expect(broughtBack(told)).toEqual([])
    told.tell(released)
    expect(broughtBack(told).map(([, event]) => [event.ticket, event.outcome])).toEqual([[ticket, outcome]])
  })

  it.each<[string, Told[]]>([
    ['preparing', []],
    ['writing', [prepared]],
    ['submitting', [prepared, written]],
  ])('does not wait for ever while %s', (state, events) => {
    const told = script()
      .tell(assigned, ...events)
      .timeOut(`worker.busy.${state}`)
    expect(calls(told).at(-1)).toBe('release')
    expect(broughtBack(told.tell(released))[0]?.[1].outcome).toEqual({
      kind: 'failed',
      reasons: [`${state} took too long`],
    })
  })

  it.each<[string, (told: Script) => Script]>([
    ['breaks', (told) => told.tell(broke('release'))],
    ['takes too long', (told) => told.timeOut('worker.busy.releasing')],
  ])('is free and says so when releasing %s', (_, end) => {
    const told = end(script().tell(assigned, prepared, written, submitted))
    expect(told.value).toBe('idle')
    expect(told.facts.at(-1)).toMatchObject({ type: 'worker.untidy', task: 'a' })
    expect(broughtBack(told)[0]?.[1].outcome).toMatchObject({ kind: 'submitted' })
  })

  it('does not stop for what it is not doing', () => {
    const told = script().tell(assigned, { type: 'ABORT', ticket: 'another' })
    expect(told.value).toEqual({ busy: 'preparing' })
    expect(
      told.tell(prepared, written, submitted, { type: 'ABORT', ticket }, released).last('WORKER.FREE'),
    ).toMatchObject({
      outcome: { kind: 'submitted' },
    })
  })

  it('says that it has nothing when it is called back from what it never got', () => {
    const told = script().tell({ type: 'ABORT', ticket })
    expect(broughtBack(told).map(([, event]) => [event.ticket, event.outcome])).toEqual([
      [ticket, { kind: 'cancelled' }],
    ])
  })

  it('refuses a second assignment', () => {
    const told = script().tell(assigned, { type: 'ASSIGN', assignment: { ...assignment, attempt: 3 } })
    expect(told.last('WORKER.REFUSED')).toMatchObject({ worker: 'worker:1', ticket: 't.a#3' })
    expect(calls(told)).toEqual(['prepare'])
  })

  it('keeps nothing of one assignment for the next', () => {
    const told = script().tell(assigned, prepared, written, submitted, released, assigned, broke('prepare'))
    expect(told.started.at(-1)).toMatchObject(['release', 'release', { worktree: null }])
  })
})

describe('a worker with a task for an agent', () => {
  const handed = (answer: unknown): Told => {
    const usage = { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 }
    return done('agent', { kind: 'submitted', answer, head: 'h', steps: 1, usage, microdollars: 1, ms: 1 })
  }
  const atWork = (where = {}, more = {}) =>
    new Script(workerActor.machine, {
      pool: 'pool',
      worker: 'worker:1',
      ...where,
      agents: { budget: 'budget', models: modelsInUse },
    }).tell(
      { type: 'ASSIGN', assignment: { ...assignment, task: agentTask('a', { kind: 'code' }), ...more } },
      prepared,
    )

  it('tells it the task in words, and commits what it left', () => {
    const told = atWork()
    const { title, instructions } = agentTask('a')
    expect(told.started.at(-1)).toEqual([
      'agent',
      'agent',
      expect.objectContaining({
        address: 'pool.worker:1.agent',
        kind: 'code',
        brief: expect.stringContaining(`${title}\n\n${instructions}`),
        failures: ['tests: red'],
      }),
    ])
    told.tell(handed({ outcome: 'done', summary: 'It is done.' }))
    expect(calls(told).at(-1)).toBe('collect')
  })

  it('has its agent below itself, also where it is not below the pool', () => {
    const there = { worker: 'node-x-1.worker:1', address: 'node-x-1.worker:1' }
    const told = atWork(there)
    expect(told.started.at(-1)?.[2]).toMatchObject({ address: 'node-x-1.worker:1.agent' })
    expect(told.mail).toEqual([['pool', expect.objectContaining({ worker: 'node-x-1.worker:1' })]])
  })

  it('has whoever it is said to be do it, in the way of that kind', () => {
    const assignee = { kind: 'debug', role: 'planning', model: 'openai/gpt-6.1-sol' }
    expect(atWork({}, { assignee }).started.at(-1)?.[2]).toMatchObject({
      kind: 'debug',
      role: 'planning',
      prefer: 'openai/gpt-6.1-sol',
    })
  })

  it('says that the task may take nothing more, if that is why its agent ended', () => {
    const capped = (spent: object) => done('agent', { kind: 'capped', reasons: ['at its cap'], ...spent })
    const outcome = (told: Script) => broughtBack(told.tell(released))[0]?.[1]?.outcome
    expect(outcome(atWork().tell(capped({ spent: true })))).toEqual({
      kind: 'failed',
      reasons: ['capped: at its cap'],
      spent: true,
    })
    expect(outcome(atWork().tell(capped({})))).toEqual({ kind: 'failed', reasons: ['capped: at its cap'] })
  })

  it('brings back that there was nothing to do, and commits nothing', () => {
    const told = atWork().tell(handed({ outcome: 'nothing_to_do', summary: 'a is 2 already' }), released)
    expect(calls(told)).not.toContain('collect')
    expect(broughtBack(told)[0]?.[1]).toMatchObject({
      outcome: { kind: 'nothing', reason: 'a is 2 already' },
    })
  })
})

describe('a worker with a review', () => {
  const claim = {
    aspect: 'security' as const,
    severity: 'error' as const,
    file: 'src/a.ts',
    line: 3,
    title: 'the token is logged',
    detail: 'Every time.',
  }
  const reviewing = () =>
    new Script(workerActor.machine, {
      pool: 'pool',
      worker: 'worker:1',
      agents: { budget: 'budget', models: modelsInUse },
    }).tell(
      {
        type: 'ASSIGN',
        assignment: { ...assignment, task: agentTask('a', { kind: 'review', again: [claim] }) },
      },
      prepared,
    )

  it('has several agents make it, and brings back what they say', () => {
    const told = reviewing()
    expect(told.started.at(-1)).toEqual([
      'review',
      'review',
      expect.objectContaining({ address: 'pool.worker:1.review', kind: 'review', again: [claim] }),
    ])
    const answer = { summary: '', findings: [], again: [], more: 0, failures: [] }
    told.tell(done('review', { kind: 'submitted', answer }), released)
    expect(calls(told)).toEqual(['prepare', 'review', 'release'])
    expect(broughtBack(told)[0]?.[1]).toMatchObject({ outcome: { kind: 'answered', answer } })
  })

  it.each<[string, Told, object]>([
    [
      'nobody could make it',
      done('review', { kind: 'failed', reasons: ['security: no money'] }),
      { kind: 'failed', reasons: ['failed: security: no money'] },
    ],
    ['it was lost', broke('review'), { kind: 'failed', reasons: ['the review was lost: disk full'] }],
    ['it was called back', { type: 'ABORT', ticket }, { kind: 'cancelled' }],
  ])('brings back the outcome when %s', (_, event, outcome) => {
    const told = reviewing().tell(event, released)
    expect(broughtBack(told)[0]?.[1]).toMatchObject({ outcome })
    expect(told.mailTo('budget')).toEqual(['CLOSED'])
    expect(told.stopped).toContain('review')
  })
})
