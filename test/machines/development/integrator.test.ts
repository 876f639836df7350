import { describe, expect, it } from 'vitest'
import { integratorActor } from '../../../machines/index.ts'
import { count, line, measurement, site, task } from './samples.ts'
import { Script, type Told } from './script.ts'

const first = measurement({ 'src/a.ts': 2, 'src/b.ts': 2 }, 't0')
const second = measurement({ 'src/a.ts': 6, 'src/b.ts': 2 }, 't1')

const submit = (id: string, attempt = 1): Told => ({
  type: 'SUBMIT',
  submission: { commit: `s-${id}`, files: [], cases: 1 },
  task: task(id),
  attempt,
  replyTo: `t.${id}`,
})
const merged: Told = {
  type: 'xstate.done.actor.integrate',
  output: { kind: 'merged', commit: 'c1', measurement: second, verdicts: [] },
}
const verdicts = [{ gate: 'tests', kind: 'failed', findings: ['red'] }]
const rejected: Told = { type: 'xstate.done.actor.integrate', output: { kind: 'rejected', verdicts } }
const broke: Told = { type: 'xstate.error.actor.integrate', error: { message: 'disk full' } }
const settle: Told = { type: 'SETTLE' }

const script = () =>
  new Script(integratorActor.machine, { orchestrator: 'o', site, line, measurement: first })
const judgedTasks = (told: Script) =>
  told.started.map(([, , { task, attempt }]) => `${(task as { id: string }).id}#${attempt}`)

describe('integrator', () => {
  it('judges one at a time, first come first judged', () => {
    const told = script().tell(submit('a'), submit('b'), submit('c'))
    expect(judgedTasks(told)).toEqual(['a#1'])
    expect(judgedTasks(told.tell(rejected, rejected, rejected))).toEqual(['a#1', 'b#1', 'c#1'])
    expect(told.value).toBe('idle')
  })

  it('tells task and orchestrator of a merge, and judges the next by what it measured', () => {
    const told = script().tell(submit('a'), submit('b'), merged)
    const branches = { before: count(4, 20), after: count(8, 20) }
    expect(told.last('MERGED')).toEqual({ type: 'MERGED', attempt: 1, commit: 'c1', branches })
    expect(told.last('INTEGRATED')).toEqual({
      type: 'INTEGRATED',
      task: 'a',
      commit: 'c1',
      merge: 1,
      // Only what is not as before: it must fit into a mail however many modules there are.
      change: {
        branches: second.branches,
        statements: second.statements,
        modules: [{ path: 'src/a.ts', branches: count(6, 10), statements: count(6, 10) }],
      },
    })
    expect(told.started.at(-1)?.[2].measurement).toEqual(second)
    expect(told.facts.map(({ type }) => type)).toEqual(['coverage.changed'])
  })

  it('tells the task what the gates said', () => {
    const told = script().tell(submit('a'), rejected)
    expect(told.mail).toEqual([['t.a', { type: 'REJECTED', attempt: 1, verdicts }]])
  })

  it('judges an attempt once, and an older one not at all', () => {
    const told = script().tell(submit('a', 2), submit('a', 2), rejected, submit('a', 1), submit('a', 3))
    expect(judgedTasks(told)).toEqual(['a#2', 'a#3'])
  })

  it('tries again what could not be judged, the later the more often, then rejects', () => {
    const told = script().tell(submit('a'), broke)
    expect(told.value).toBe('resting')
    told.timeOut('integrator.resting').tell(broke).timeOut('integrator.resting')
    expect(told.tell(broke).value).toBe('idle')
    expect(judgedTasks(told)).toEqual(['a#1', 'a#1', 'a#1'])
    expect(told.last('REJECTED')?.verdicts).toEqual([
      { gate: 'integration', kind: 'could_not_run', findings: ['disk full'] },
    ])
    const rests = told.timers.filter(({ id }) => id.endsWith('resting')).map(({ delay }) => delay)
    expect(rests[1]).toBeGreaterThan(rests[0] ?? 0)
  })

  it('gives the next one all its tries', () => {
    const told = script()
      .tell(submit('a'), submit('b'), broke)
      .timeOut('integrator.resting')
      .tell(rejected, broke)
    expect(told.value).toBe('resting')
    expect(told.snapshot.context.faults).toBe(1)
  })

  it('does not wait for ever', () => {
    const told = script().tell(submit('a')).timeOut('integrator.integrating')
    expect(told.value).toBe('resting')
    expect(told.stopped).toEqual(['integrate'])
  })

  it('says that it has settled only when nothing is left', () => {
    const told = script().tell(submit('a'), submit('b'), settle, merged)
    expect(told.last('SETTLED')).toBeUndefined()
    told.tell(rejected)
    expect(told.mailTo('o')).toEqual(['INTEGRATED', 'SETTLED'])
    expect(told.last('SETTLED')).toMatchObject({ merges: 1, branches: second.branches })
    expect(script().tell(settle).mailTo('o')).toEqual(['SETTLED'])
  })
})
