import { stripVTControlCharacters } from 'node:util'
import pc from 'picocolors'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RunOutput } from '../../app/run/output.ts'
import { emptyView, project, type RunView, taskCounts } from '../../app/status/view.ts'
import { type FrameOptions, frame } from '../../cli/progress/frame.ts'
import { chooseOutput } from '../../cli/progress/output.ts'
import type { OutputOptions } from '../../cli/progress/screen.ts'
import type { RunFact } from '../../machines/index.ts'
import { eventually } from '../eventually.ts'
import { count, emitted, facts, lastFact, report } from './run-facts.ts'

function viewOf(all: readonly RunFact[]): RunView {
  return all.reduce((view, fact, index) => project(view, fact, 1000 * index), emptyView)
}

/** A screen that keeps what was written, and a clock that stands at noon. */
function stage(options: Partial<OutputOptions> & { tty?: boolean } = {}): {
  output: RunOutput
  text: () => string
} {
  const written: string[] = []
  const screen = {
    isTTY: options.tty ?? false,
    columns: 80,
    rows: 24,
    write: (text: string) => written.push(text),
  }
  const now = (): number => Date.UTC(2026, 0, 1, 12)
  const output = chooseOutput({
    screen,
    env: {},
    json: false,
    repository: '/home/me/library',
    now,
    ...options,
  })
  return { output, text: () => written.join('') }
}

describe('the view', () => {
  it('knows the actors that live, their states and restarts', () => {
    const { actors, restarts } = viewOf(facts)
    expect(Object.fromEntries(actors.entries())).toEqual({
      system: { kind: 'system', state: '', status: 'running', restarts: 0 },
      'system.supervisor': { kind: 'supervisor', state: 'surveying', status: 'running', restarts: 0 },
      'system.pool': { kind: 'pool', state: '', status: 'running', restarts: 0 },
      'system.pool.worker:1': { kind: 'worker', state: '', status: 'running', restarts: 0 },
      'system.pool.worker:2': { kind: 'worker', state: '', status: 'running', restarts: 1 },
    })
    expect(restarts).toBe(1)
  })

  it('knows where each task is', () => {
    const view = viewOf(facts)
    expect(taskCounts(view)).toEqual({ waiting: 0, working: 0, judged: 0, merged: 1, nothing: 0, failed: 1 })
    expect(view.commits).toBe(1)
  })

  it('follows a task through its life', () => {
    const planned = facts.findIndex((fact) => fact.type === 'emitted' && fact.event.type === 'task.planned')
    const lives = facts.slice(planned).map((_, index) => {
      const view = viewOf(facts.slice(0, planned + index + 1))
      return view.tasks.get('branch-coverage-90/r1-src-dates')?.status
    })
    expect([...new Set(lives)]).toEqual(['waiting', 'working', 'judged', 'merged'])
  })

  it('keeps the coverage from before and the one now', () => {
    const { coverage, milestone } = viewOf(facts)
    expect(coverage).toEqual({ before: count(20), now: count(60) })
    expect(milestone).toMatchObject({ id: 'branch-coverage-90', goal: 90, round: 1 })
  })

  it('keeps who died to be seen, and begins at its first fact', () => {
    const died: RunFact = { type: 'actor.ended', address: 'system.pool', exit: { reason: 'killed' } }
    const view = project(viewOf(facts), died, 99)
    expect(view.actors.get('system.pool')).toMatchObject({ status: 'ended', state: 'killed' })
    expect(view.began).toBe(0)
  })

  it('may begin in the middle of a run', () => {
    const middle = facts.slice(13)
    expect(taskCounts(viewOf(middle))).toMatchObject({ merged: 1, failed: 1 })
    expect(viewOf(middle).actors.get('system.pool.worker:2')).toMatchObject({ restarts: 1 })
  })

  it('knows after a restart what was paused before it', () => {
    const resumed = (address: string, kind: string, value: unknown): RunFact => {
      return { type: 'actor.resumed', address, kind, epoch: 1, value }
    }
    const pool = resumed('system.pool', 'pool', { work: 'paused', staff: 'hiring' })
    const orchestrator = resumed('system.supervisor.orchestrator:m1', 'orchestrator', { working: 'paused' })
    const view = viewOf([pool, orchestrator])
    expect(view.paused).toBe(true)
    expect(view.actors.get('system.pool')?.state).toBe('work.paused + staff.hiring')
    expect(viewOf([orchestrator]).paused).toBe(false)
    expect(viewOf([pool, emitted({ type: 'run.resumed' })]).paused).toBe(false)
  })

  it('leaves the view before as it was', () => {
    const before = viewOf(facts.slice(0, 10))
    const copy = JSON.stringify(before)
    project(before, { type: 'actor.started', address: 'new', kind: 'x', epoch: 1 }, 1)
    expect(JSON.stringify(before)).toBe(copy)
  })
})

describe('a frame', () => {
  const options: FrameOptions = {
    columns: 80,
    rows: 24,
    now: 61_000,
    colors: pc.createColors(false),
    spinner: '*',
    recent: [{ text: 'something happened', tone: 'plain' }],
  }

  it('shows the goal, the coverage, the tasks, the tree and what happened last', () => {
    expect(frame(viewOf(facts.slice(0, 18)), options)).toMatchInlineSnapshot(`
      "* canopy  branch-coverage-90, round 1  1m 01s
      ██████░░░░░░░░░░░░░░░░░░░░░░░░ 20.0% of branches (from 20.0%, goal 90%)
      tasks: 0 merged · 2 in progress · 0 at the gates · 0 waiting · 1 restart

      system
      ├─ pool
      │  ├─ worker:1  src/dates.ts writing
      │  └─ worker:2  src/text.ts  (1 restart)
      └─ supervisor  surveying

      something happened"
    `)
  })

  it.each([
    [20, 10],
    [40, 8],
    [80, 5],
    [200, 60],
  ])('fits a screen of %i columns and %i rows, with colours', (columns, rows) => {
    const many = Array.from({ length: 100 }, (_, index): RunFact => {
      return { type: 'actor.started', address: `system.pool.worker:${index}`, kind: 'worker', epoch: 1 }
    })
    const view = viewOf([...facts, ...many])
    const lines = frame(view, { ...options, columns, rows, colors: pc.createColors(true) }).split('\n')
    expect(lines.length).toBeLessThan(rows)
    for (const line of lines) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns)
  })

  it('can be drawn before anything is known', () => {
    expect(frame(emptyView, options)).toContain('measuring the repository')
  })

  it('puts workers in the order of their numbers', () => {
    const many = [10, 2, 1].map((n): RunFact => {
      return { type: 'actor.started', address: `pool.worker:${n}`, kind: 'worker', epoch: 1 }
    })
    const text = frame(viewOf(many), options)
    expect([...text.matchAll(/worker:(\d+)/g)].map(([, n]) => n)).toEqual(['1', '2', '10'])
  })
})

describe('plain lines', () => {
  it('have the time and one fact each', () => {
    const { output, text } = stage()
    output.notice('fetching nats-server')
    for (const fact of facts) output.telemetry(fact)
    expect(text()).toMatchInlineSnapshot(`
      "12:00:00 fetching nats-server
      12:00:00 surveyed 2 modules, 3 tests: 20.0% of 100 branches
      12:00:00 milestone branch-coverage-90: from 20.0% to 90% on branch canopy/branch-coverage-90
      12:00:00 milestone branch-coverage-90, round 1: 2 tasks
      12:00:00 src/dates.ts: attempt 1 started
      12:00:00 src/text.ts: attempt 1 started
      12:00:00 ! system.pool.worker:2 crashed on WORK: out of memory
      12:00:00 ! system.pool.worker:2 was restarted (crash)
      12:00:00 src/dates.ts: 12 cases submitted
      12:00:00 src/dates.ts: 12 cases merged, 20.0% -> 55.0% of branches
      12:00:00 ! src/text.ts: attempt 1 was rejected: the tests failed
      12:00:00 ! src/text.ts: given up: the tests failed; twice
      "
    `)
  })

  it('end with the report', () => {
    const { output, text } = stage()
    output.telemetry(lastFact)
    output.finish({ kind: 'finished', report }, { restarts: 3, seconds: 61 })
    expect(text()).toContain('Goal not reached')
    expect(text()).toContain('restarts  3')
  })

  it('say how to go on after a stop', () => {
    const { output, text } = stage()
    output.finish({ kind: 'interrupted' })
    expect(text()).toContain('the same command continues from here')
  })

  it('say what somebody sent, and what is still paused; not what somebody looked at', () => {
    const asked = {
      type: 'control.answered',
      changes: true,
      sender: 'operator',
      by: null,
      request: '',
      ok: true,
    } as const
    const sent = { ...asked, verb: 'send', to: 'system.pool', event: 'PAUSE' }
    const { output, text } = stage()
    output.telemetry({ ...sent, by: 'me@here' })
    output.telemetry({ ...sent, ok: false, code: 'mailbox_full', reason: 'it is full' })
    output.telemetry({ ...asked, verb: 'status', changes: false })
    const paused = { type: 'actor.resumed', kind: 'pool', epoch: 1, value: { work: 'paused' } } as const
    output.telemetry({ ...paused, address: 'system.pool' })
    expect(
      text()
        .split('\n')
        .map((line) => line.slice(9)),
    ).toEqual([
      'me@here sent PAUSE to system.pool',
      '! operator sent PAUSE to system.pool: it is full',
      "system.pool is still paused; 'canopy resume' continues it",
      '',
    ])
  })

  it('let no control character through', () => {
    const { output, text } = stage()
    const reason = 'a\u001b[2Jb\nc\u0007d'
    output.telemetry(emitted({ type: 'task.nothing', milestone: 'm', task: 't', module: 'm.ts', reason }))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    expect(text()).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })

  it.each([{ NO_COLOR: '1' }, { CI: 'true' }, { TERM: 'dumb' }])(
    'are what a terminal gets with %o',
    (env) => {
      const { output, text } = stage({ tty: true, env })
      for (const fact of facts) output.telemetry(fact)
      output.close()
      expect(text()).not.toContain('\u001b')
      expect(text()).toContain('12:00:00 ')
    },
  )
})

describe('JSON lines', () => {
  function lines(run: (output: RunOutput) => void): Record<string, unknown>[] {
    const { output, text } = stage({ json: true, tty: true })
    run(output)
    output.close()
    return text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  it('have a time, a type and what the machine said', () => {
    const all = lines((output) => facts.forEach(output.telemetry))
    expect(
      all.every(({ time, type }) => time === '2026-01-01T12:00:00.000Z' && typeof type === 'string'),
    ).toBe(true)
    expect(all.find(({ type }) => type === 'task.merged')).toMatchObject({
      actor: 'system.supervisor',
      module: 'src/dates.ts',
      branches: { before: count(20), after: count(55) },
    })
    expect(all.map(({ type }) => type)).not.toContain('actor.stepped')
  })

  it('end with run.finished, once', () => {
    const all = lines((output) => {
      for (const fact of [...facts, lastFact]) output.telemetry(fact)
      output.finish({ kind: 'finished', report }, { seconds: 12.345 })
    })
    expect(all.filter(({ type }) => type === 'run.finished')).toEqual([all.at(-1)])
    expect(all.at(-1)).toMatchObject({
      status: 'not_reached',
      branch: 'canopy/branch-coverage-90',
      tasks: { done: 1, failed: 1 },
      commits: 1,
      coverage: { before: 20, after: 60 },
      restarts: 1,
      seconds: 12.34,
      modules: [
        { path: 'src/text.ts', before: 10, after: 10 },
        { path: 'src/dates.ts', before: 30, after: 100 },
        { path: 'src/index.ts', before: 100, after: 100 },
      ],
    })
  })

  it('end with run.finished also when the run was stopped', () => {
    const all = lines((output) => {
      for (const fact of facts) output.telemetry(fact)
      output.finish({ kind: 'interrupted' })
    })
    expect(all.at(-1)).toMatchObject({
      type: 'run.finished',
      status: 'interrupted',
      tasks: { done: 1, failed: 1 },
      commits: 1,
      coverage: { before: 20, after: 60 },
      restarts: 1,
    })
  })

  it('never say 90 before it is reached', () => {
    const almost = { before: { covered: 0, total: 100_000 }, after: { covered: 89_999, total: 100_000 } }
    const coverage = { branches: almost, statements: almost, modules: [] }
    const all = lines((output) => output.finish({ kind: 'finished', report: { ...report, coverage } }))
    expect(all.at(-1)).toMatchObject({ coverage: { after: 89.99 } })
  })
})

describe('the live screen', () => {
  const HIDE_CURSOR = '\u001b[?25l'
  const END_OF_FRAME = '\u001b[?2026l'

  it('draws at once, again when something changed, and never hides the cursor', async () => {
    const { output, text } = stage({ tty: true })
    expect(text()).toContain('measuring the repository')
    for (const fact of facts) output.telemetry(fact)
    await eventually(() => text().includes('branch-coverage-90, round 1'))
    output.close()
    expect(text()).not.toContain(HIDE_CURSOR)
    expect(text().endsWith('\n') || text().endsWith(END_OF_FRAME)).toBe(true)
  })

  it('draws at most ten times a second', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { output, text } = stage({ tty: true })
    const frames = (): number => text().split('\u001b[?2026h').length - 1
    expect(frames()).toBe(1)
    for (let ms = 0; ms < 1000; ms += 10) {
      for (const fact of facts) output.telemetry(fact)
      vi.advanceTimersByTime(10)
    }
    expect(frames()).toBeGreaterThan(2)
    expect(frames()).toBeLessThanOrEqual(12)
    output.close()
  })

  it('draws nothing after it was closed, and can be closed twice', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { output, text } = stage({ tty: true })
    for (const fact of facts) output.telemetry(fact)
    output.close()
    output.close()
    const end = text()
    for (const fact of facts) output.telemetry(fact)
    output.notice('late')
    vi.advanceTimersByTime(5000)
    expect(text()).toBe(end)
  })

  it('keeps a notice above the frame', () => {
    const { output, text } = stage({ tty: true })
    output.notice('--no-sandbox: mind it')
    expect(stripVTControlCharacters(text())).toMatch(/mind it\n[\s\S]*canopy {2}measuring/)
    output.close()
  })

  it('leaves the report below the last frame', () => {
    const { output, text } = stage({ tty: true })
    output.finish({ kind: 'finished', report })
    output.close()
    expect(stripVTControlCharacters(text())).toMatch(
      /Look at it[\s\S]*git -C \/home\/me\/library log --oneline/,
    )
  })
})
