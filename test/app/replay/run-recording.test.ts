// A recording that was cut off, mixed up or written by something else; decisions as lines; differences of two runs.

import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { differences } from '../../../app/replay/compare.ts'
import { decisionOf } from '../../../app/replay/decisions.ts'
import { type RunRecording, readRecording, recordRun } from '../../../app/replay/run-recording.ts'
import type { RunDirectory } from '../../../app/run/run-directory.ts'
import type { RunSettings } from '../../../app/settings/settings.ts'
import { budgetSchema, type DevelopmentFact, type RunFact, type RunReport } from '../../../machines/index.ts'
import { scratch } from '../../cli/scratch.ts'

let run: string
beforeEach(() => {
  run = scratch()
})

const began = {
  type: 'began',
  start: 'c0',
  workers: 2,
  sandbox: true,
  dirty: false,
  said: {},
  inFlight: 4,
  budget: budgetSchema.parse({}),
}
const write = (...lines: (object | string)[]) =>
  writeFileSync(
    join(run, 'recording.jsonl'),
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  )

describe('a recording', () => {
  it('has its decisions, its trees and its end', async () => {
    write(
      began,
      { type: 'decided', decision: 'a' },
      { type: 'decided', decision: 'b' },
      { type: 'decided', decision: 'a' },
      { type: 'left', branch: 'canopy/m1', tree: 't1' },
      { type: 'ended', status: 'reached' },
    )
    expect(await readRecording(run)).toEqual({
      began,
      decisions: new Set(['a', 'b']),
      steps: [],
      hooked: [],
      trees: new Map([['canopy/m1', 't1']]),
      status: 'reached',
    })
  })

  it('that was cut off in a line keeps the lines before, and has no end', async () => {
    write(began, { type: 'decided', decision: 'a' }, '{"type":"ended","sta')
    const recording = await readRecording(run)
    expect(recording?.decisions).toEqual(new Set(['a']))
    expect(recording).not.toHaveProperty('status')
  })

  it('loses only lines that are none', async () => {
    write('', 'null', '[]', '{"type":"later"}', '{"type":"decided"}', began, {
      type: 'decided',
      decision: 'a',
    })
    expect((await readRecording(run))?.decisions).toEqual(new Set(['a']))
  })

  it('of a process that went on has the last end', async () => {
    write(began, { type: 'ended', status: 'not_reached' }, { type: 'ended', status: 'reached' })
    expect((await readRecording(run))?.status).toBe('reached')
  })

  it.each([
    ['is not there', undefined],
    ['is empty', ''],
    ['has no beginning', '{"type":"ended","status":"reached"}'],
    ['begins without what is needed to run it again', JSON.stringify({ ...began, inFlight: undefined })],
  ])('that %s is none', async (_, text) => {
    if (text !== undefined) write(text)
    expect(await readRecording(run)).toBeUndefined()
  })

  it('that is a folder is none', async () => {
    mkdirSync(join(run, 'recording.jsonl'))
    expect(await readRecording(run)).toBeUndefined()
  })
})

describe('a recording that is written', () => {
  const settings = {
    repository: '',
    workers: 2,
    sandbox: true,
    allowDirty: false,
    budget: budgetSchema.parse({}),
  }
  const troubles: unknown[] = []
  const lines = () => readFileSync(join(run, 'recording.jsonl'), 'utf8').trim().split('\n')
  const record = (resumed: boolean, repository = head.repository) =>
    recordRun(
      { path: run, resumed, record: {} } as unknown as RunDirectory,
      { ...settings, repository } as unknown as RunSettings,
      (error) => void troubles.push(error),
    )
  let head: { repository: string; commit: string }
  beforeEach(() => {
    troubles.length = 0
    const repository = scratch()
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: repository })
    git('init', '--quiet')
    git('commit', '--quiet', '--allow-empty', '--message=first')
    head = { repository, commit: git('rev-parse', 'HEAD').toString().trim() }
  })
  const step = { kind: 'begun', of: { milestone: 'm', task: 't', attempt: 1 }, commit: 'c1' } as const
  const hooked = {
    changes: ['a.ts@1'],
    verdict: { gate: 'before-merge', kind: 'failed', findings: ['no'] },
  } as const

  it('has where the run began, its steps, what its hook said and its end, in that order', async () => {
    const recorder = await record(false)
    recorder.step(step)
    recorder.hooked({
      ...hooked,
      changes: [...hooked.changes],
      verdict: { ...hooked.verdict, findings: ['no'] },
    })
    await recorder.end({ status: 'reached', milestones: [] } as unknown as RunReport)
    expect(await readRecording(run)).toMatchObject({
      began: { start: head.commit, workers: 2, inFlight: 4 },
      steps: [step],
      hooked: [hooked],
      status: 'reached',
    })
    expect(lines().map((line) => JSON.parse(line).type)).toEqual(['began', 'stepped', 'hooked', 'ended'])
  })

  it('is gone on with by the next process, which writes no second beginning', async () => {
    await record(false)
    const second = await record(true)
    second.step(step)
    expect(lines().map((line) => JSON.parse(line).type)).toEqual(['began', 'stepped'])
  })

  it('has its beginning from the next process when the first one failed before it wrote any', async () => {
    await record(true)
    expect((await readRecording(run))?.began.start).toBe(head.commit)
  })

  it('loses only the line that a kill tore, not the one after it', async () => {
    await record(false)
    appendFileSync(join(run, 'recording.jsonl'), '{"type":"decided","decis')
    const second = await record(true)
    second.step(step)
    expect((await readRecording(run))?.steps).toEqual([step])
  })

  it('has a branch that is not there as not published', async () => {
    const recorder = await record(false)
    await recorder.end({ status: 'reached', milestones: [{ branch: 'canopy/gone' }] } as unknown as RunReport)
    expect((await readRecording(run))?.trees).toEqual(new Map([['canopy/gone', 'not published']]))
  })

  it('is none in a repository without a commit, and the run goes on', async () => {
    const empty = scratch()
    execFileSync('git', ['init', '--quiet'], { cwd: empty })
    const recorder = await record(false, empty)
    recorder.step(step)
    expect(await readRecording(run)).toBeUndefined()
    expect(troubles).toEqual([])
  })

  it('that cannot be written is told, and the run goes on', async () => {
    mkdirSync(join(run, 'recording.jsonl'))
    const recorder = await record(false)
    recorder.step(step)
    await recorder.end({ status: 'reached', milestones: [] } as unknown as RunReport)
    expect(troubles).toHaveLength(3)
    expect(troubles[0]).toMatchObject({ code: 'EISDIR' })
  })
})

describe('a decision', () => {
  const emitted = (event: object) => ({ type: 'emitted', address: 'a', event }) as unknown as RunFact
  const attempt = { milestone: 'm1', task: 't1', attempt: 2 }
  const branches = { covered: 3, total: 9 }

  it.each([
    [{ type: 'run.surveyed', modules: 2, tests: 5, branches }, 'survey: 2 modules, 5 tests, 3 of 9 branches'],
    [{ type: 'milestone.planned', milestone: 'm1', round: 2, tasks: 7 }, 'm1: round 2 has 7 tasks'],
    [{ type: 'task.planned', ...attempt, round: 1, gap: 4 }, 'm1/t1: planned in round 1, gap 4'],
    [{ type: 'task.planned', ...attempt, round: 1 }, 'm1/t1: planned in round 1, gap none'],
    [{ type: 'task.submitted', ...attempt, cases: 3 }, 'm1/t1 attempt 2: submitted 3 cases'],
    [{ type: 'task.merged', ...attempt, cases: 3 }, 'm1/t1 attempt 2: merged 3 cases'],
    [{ type: 'task.retried', ...attempt, reasons: ['x'] }, 'm1/t1 attempt 2: to be tried again'],
    [{ type: 'task.failed', ...attempt, reasons: ['x'] }, 'm1/t1: failed'],
    [{ type: 'task.nothing', ...attempt, reason: 'x' }, 'm1/t1: nothing'],
    [{ type: 'task.answered', ...attempt }, 'm1/t1: answered'],
    [
      {
        type: 'milestone.finished',
        report: {
          milestone: 'm1',
          status: 'reached',
          tasks: { done: 2, failed: 1, nothing: 0 },
          branches: { after: branches },
          commits: ['a', 'b'],
        },
      },
      'm1: reached; 2 done, 1 failed, 0 nothing; 2 commits; 3 of 9 branches',
    ],
  ] as [DevelopmentFact, string][])('of $0.type is a line', (fact, line) => {
    expect(decisionOf(emitted(fact))).toBe(line)
  })

  it.each([
    emitted({ type: 'task.started', ...attempt, worker: 'w' }),
    emitted({ type: 'worker.lost', worker: 'w', reason: 'r' }),
    { type: 'actor.ended' } as unknown as RunFact,
  ])('is none of who did it, or of an actor', (fact) => {
    expect(decisionOf(fact)).toBeUndefined()
  })
})

describe('the differences', () => {
  const recording = (other: Partial<RunRecording> = {}) =>
    ({
      began,
      decisions: new Set(['a', 'b']),
      steps: [],
      hooked: [],
      trees: new Map([['m1', 't1']]),
      status: 'reached',
      ...other,
    }) as unknown as RunRecording

  it('are none between equal runs, whatever the order of their decisions', () => {
    expect(differences(recording(), recording({ decisions: new Set(['b', 'a']) }))).toEqual([])
  })

  it('name trees first, then the end, then decisions, sorted', () => {
    const replayed = recording({
      decisions: new Set(['d', 'b', 'c']),
      trees: new Map([['m2', 't2']]),
      status: 'not_reached',
    })
    expect(differences(recording(), replayed)).toEqual([
      'tree of m1: recorded t1, now not there',
      'tree of m2: recorded not there, now t2',
      'the run: recorded reached, now not_reached',
      'only recorded: a',
      'only now:      c',
      'only now:      d',
    ])
  })

  it('name a run that did not end', () => {
    const { status: _, ...endless } = recording()
    expect(differences(recording(), endless)).toEqual(['the run: recorded reached, now no end'])
  })
})
