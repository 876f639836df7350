import { describe, expect, it } from 'vitest'
import { type BatchJudgement, budgetEventSchema, integratorActor } from '../../machines/index.ts'
import { agentTask, count, line, measurement, site, task } from './samples.ts'
import { Script, type Told } from './script.ts'

const first = measurement({ 'src/a.ts': 2, 'src/b.ts': 2 }, 't0')
const second = measurement({ 'src/a.ts': 6, 'src/b.ts': 2 }, 't1')

const submit = (id: string, attempt = 1, files: string[] = []): Told => ({
  type: 'SUBMIT',
  submission: { commit: `s-${id}`, files, cases: 1 },
  task: task(id),
  attempt,
  replyTo: `t.${id}`,
})
const judged = (judgement: Partial<BatchJudgement>): Told => ({
  type: 'xstate.done.actor.integrate',
  output: { returned: [], merged: [], measurement: null, failed: null, ...judgement },
})
const verdicts: BatchJudgement['returned'][number]['verdicts'] = [
  { gate: 'tests', kind: 'failed', findings: ['red'] },
]
const change = {
  branches: second.branches,
  statements: second.statements,
  modules: [{ path: 'src/a.ts', branches: count(6, 10), statements: count(6, 10) }],
}
const mergedAt = (...places: number[]): Told =>
  judged({
    merged: places.map((at) => ({ at, commit: `c${at + 1}`, change, verdicts: [] })),
    measurement: second,
  })
const returnedAt = (...places: number[]): Told => judged({ returned: places.map((at) => ({ at, verdicts })) })
const failed = judged({ failed: { verdicts, doubtful: [] } })
const doubted = judged({ failed: { verdicts, doubtful: ['an old test'] } })
const broke: Told = { type: 'xstate.error.actor.integrate', error: { message: 'disk full' } }
const settle: Told = { type: 'SETTLE' }

const script = () =>
  new Script(integratorActor.machine, { orchestrator: 'o', site, line, measurement: first })
const stacks = (told: Script) =>
  told.started.map(([, , { stack }]) =>
    (stack as { task: { id: string }; attempt: number }[]).map((one) => `${one.task.id}#${one.attempt}`),
  )
const rejected = (told: Script) =>
  told.mail.flatMap(([to, { type }]) => (type === 'REJECTED' ? [to.replace('t.', '')] : []))

describe('the time that judging takes', () => {
  const agents = (id: string): Told => ({ ...submit(id), task: agentTask(id) })
  const timed = (ms: number, ...places: number[]): Told => {
    const { output, ...event } = mergedAt(...places)
    return { ...event, output: { ...(output as object), ms } }
  }
  const spent = (told: Script) => told.mail.filter(([to]) => to === 'budget').map(([, event]) => event)

  it('is its task’s when one is judged by itself, the milestone’s when several are, each told once', () => {
    const input = { orchestrator: 'o', site, line, measurement: first, budget: 'budget' }
    const told = new Script(integratorActor.machine, input).tell(agents('a'), agents('b'), agents('c'))
    told.tell(timed(2_500, 0), timed(4_000, 0, 1))
    // What never asks the budget has no account there.
    told.tell(submit('d'), timed(1_000, 0), submit('e'), mergedAt(0))
    const spend = { type: 'SPEND' }
    expect(spent(told)).toEqual([
      { ...spend, id: 'o.integrator#1', account: { milestone: 'm1', task: 'a' }, computeSeconds: 2.5 },
      { ...spend, id: 'o.integrator#2', account: { milestone: 'm1' }, computeSeconds: 4 },
      { ...spend, id: 'o.integrator#3', account: { milestone: 'm1' }, computeSeconds: 1 },
    ])
    for (const event of spent(told)) budgetEventSchema.parse(event)
  })

  it('is told to nobody in a queue that an earlier version began', () => {
    expect(script().tell(agents('a'), timed(2_500, 0)).mailTo('budget')).toEqual([])
  })
})

describe('integrator', () => {
  it('judges the first at once, and then all that came meanwhile together', () => {
    const told = script().tell(submit('a'), submit('b'), submit('c'))
    expect(stacks(told)).toEqual([['a#1']])
    expect(stacks(told.tell(mergedAt(0))).at(-1)).toEqual(['b#1', 'c#1'])
    expect(told.tell(mergedAt(0, 1)).value).toBe('idle')
  })

  it('does not judge together what touches the same', () => {
    const told = script().tell(submit('z'))
    told.tell(submit('a', 1, ['x', 'y']), submit('b', 1, ['y']), submit('c', 1, ['z']), mergedAt(0))
    expect(stacks(told.tell(mergedAt(0, 1))).slice(1)).toEqual([['a#1', 'c#1'], ['b#1']])
  })

  it('tells task and orchestrator of a merge', () => {
    const told = script().tell(submit('a'), mergedAt(0))
    const branches = { before: count(4, 20), after: count(8, 20) }
    expect(told.last('MERGED')).toEqual({ type: 'MERGED', attempt: 1, commit: 'c1', branches })
    expect(told.last('INTEGRATED')).toEqual({
      type: 'INTEGRATED',
      task: 'a',
      commit: 'c1',
      merge: 1,
      // Only what is not as before: it must fit into a mail however many modules there are.
      change,
    })
    expect(told.snapshot.context.measurement).toEqual(second)
    expect(told.facts.map(({ type }) => type)).toEqual(['coverage.changed'])
  })

  it('tells of the merges of a batch one by one, each with its own share', () => {
    const half = { ...change, branches: count(6, 20) }
    const told = script().tell(submit('z'), submit('a'), submit('b'), returnedAt(0))
    const both = judged({
      merged: [
        { at: 0, commit: 'c1', change: half, verdicts: [] },
        { at: 1, commit: 'c2', change, verdicts: [] },
      ],
      measurement: second,
    })
    const shares = told
      .tell(both)
      .mail.flatMap(([, { type, branches }]) => (type === 'MERGED' ? branches : []))
    expect(shares).toEqual([
      { before: count(4, 20), after: count(6, 20) },
      { before: count(6, 20), after: count(8, 20) },
    ])
    expect(told.mailTo('o')).toEqual(['INTEGRATED', 'INTEGRATED'])
  })

  it('tells the task what the gates said', () => {
    const told = script().tell(submit('a'), returnedAt(0))
    expect(told.mail).toEqual([['t.a', { type: 'REJECTED', attempt: 1, verdicts }]])
  })

  it('finds the one that a batch fails with, and merges what comes before it on the way', () => {
    const told = script().tell(submit('z'), ...['a', 'b', 'c', 'd'].map((id) => submit(id)), returnedAt(0))
    told.tell(failed, mergedAt(0, 1), failed, mergedAt(0))
    expect(stacks(told).slice(1)).toEqual([['a#1', 'b#1', 'c#1', 'd#1'], ['a#1', 'b#1'], ['c#1'], ['d#1']])
    expect(rejected(told)).toEqual(['z', 'c'])
    expect(told.value).toBe('idle')
  })

  it('judges the same again when it failed in somebody else’s test, and says what was flaky', () => {
    const told = script().tell(submit('a'), doubted, mergedAt(0))
    expect(stacks(told)).toEqual([['a#1'], ['a#1']])
    expect(told.facts.find(({ type }) => type === 'tests.flaky')).toEqual({
      type: 'tests.flaky',
      milestone: 'm1',
      tests: ['an old test'],
    })
    expect(told.mailTo('t.a')).toEqual(['MERGED'])
    expect(rejected(script().tell(submit('a'), doubted, doubted))).toEqual(['a'])
  })

  it('judges an attempt once, and an older one not at all', () => {
    const told = script().tell(submit('a', 2), submit('a', 2), returnedAt(0), submit('a', 1), submit('a', 3))
    expect(stacks(told)).toEqual([['a#2'], ['a#3']])
  })

  it('tries again what could not be judged, the later the more often, then rejects', () => {
    const told = script().tell(submit('a'), broke)
    expect(told.value).toBe('resting')
    told.timeOut('integrator.resting').tell(broke).timeOut('integrator.resting')
    expect(told.tell(broke).value).toBe('idle')
    expect(stacks(told)).toEqual([['a#1'], ['a#1'], ['a#1']])
    expect(told.last('REJECTED')?.verdicts).toEqual([
      { gate: 'integration', kind: 'could_not_run', findings: ['disk full'] },
    ])
    const rests = told.timers.filter(({ id }) => id.endsWith('resting')).map(({ delay }) => delay)
    expect(rests[1]).toBeGreaterThan(rests[0] ?? 0)
  })

  it('searches for the one with which nothing can be judged', () => {
    const told = script().tell(submit('z'), submit('a'), submit('b'), returnedAt(0), broke)
    told.timeOut('integrator.resting').tell(broke).timeOut('integrator.resting').tell(broke)
    expect(stacks(told).at(-1)).toEqual(['a#1'])
    expect(rejected(told.tell(mergedAt(0)))).toEqual(['z', 'b'])
  })

  it('gives the next one all its tries', () => {
    const told = script()
      .tell(submit('a'), submit('b'), broke)
      .timeOut('integrator.resting')
      .tell(returnedAt(0), broke)
    expect(told.value).toBe('resting')
    expect(told.snapshot.context.faults).toBe(1)
  })

  it('does not wait for ever', () => {
    const told = script().tell(submit('a')).timeOut('integrator.integrating')
    expect(told.value).toBe('resting')
    expect(told.stopped).toEqual(['integrate'])
  })

  it('says that it has settled only when nothing is left', () => {
    const told = script().tell(submit('a'), submit('b'), settle, mergedAt(0))
    expect(told.last('SETTLED')).toBeUndefined()
    told.tell(returnedAt(0))
    expect(told.mailTo('o')).toEqual(['INTEGRATED', 'SETTLED'])
    expect(told.last('SETTLED')).toMatchObject({ merges: 1, branches: second.branches })
    expect(script().tell(settle).mailTo('o')).toEqual(['SETTLED'])
  })
})
