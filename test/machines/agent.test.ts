import { describe, expect, it } from 'vitest'
import { agentActor } from '../../machines/index.ts'
import { agentInput } from './samples.ts'
import { Script, type Told } from './script.ts'

const usage = { input: 40, cacheRead: 0, cacheWrite: 0, output: 10 }
const paid = { usage, microdollars: 60, ms: 5 }
const done = (id: string, output: unknown): Told => ({ type: `xstate.done.actor.${id}`, output })
const broke = (id: string): Told => ({ type: `xstate.error.actor.${id}`, error: { message: 'broken' } })
const begun = done('begin', { head: 'h0', size: 30, tree: 't0', ms: 1 })
const calls = (...ids: string[]) =>
  ids.map((id) => ({ id, name: 'read', print: `print of ${id}`, broken: false }))
const replied = (over: object = {}): Told =>
  done('think', {
    kind: 'replied',
    model: 'a/b',
    reply: { head: 'h1', stop: 'tool_calls', calls: calls('c1'), text: '', size: 50, usage, ...over },
    microdollars: 60,
    ms: 5,
  })
const silent = replied({ calls: [], stop: 'end' })
const failed = (kind: string): Told =>
  done('think', {
    kind: 'failed',
    model: 'a/b',
    failure: { kind, message: 'no', usage },
    microdollars: 60,
    ms: 5,
  })
const acted = (over: object = {}): Told =>
  done('act', {
    kind: 'acted',
    answers: 'h2',
    failed: false,
    print: 'r',
    tree: 't1',
    size: 7,
    ms: 2,
    ...over,
  })
const granted = (number: number): Told => ({ type: 'BUDGET.GRANTED', id: `agent/m1/a/1#${number}` })
const held = (number: number): Told => ({
  type: 'BUDGET.HELD',
  id: `agent/m1/a/1#${number}`,
  reason: 'the run is at its cap',
})

const script = (limits = {}) => new Script(agentActor.machine, agentInput(limits)).tell(begun)
const asked = (told: Script, src: string) =>
  told.started.filter(([, each]) => each === src).map(([, , input]) => input)

it('an agent says which rules of the repository it has', () => {
  const begun = (rules?: string[]) =>
    done('begin', { head: 'h0', size: 30, tree: 't0', ms: 1, ...(rules && { rules }) })
  const told = (rules?: string[]) => new Script(agentActor.machine, agentInput()).tell(begun(rules)).facts
  expect(told(['AGENTS.md'])).toMatchObject([{ type: 'agent.rules_read', task: 'a', paths: ['AGENTS.md'] }])
  expect(told([])).toEqual([])
  expect(told()).toEqual([])
})

describe('an agent and its budget', () => {
  it('reserves the most that a call can take, and settles what it took', () => {
    const told = script()
    const reserve = {
      type: 'RESERVE',
      id: 'agent/m1/a/1#1',
      account: { milestone: 'm1', task: 'a', attempt: 1 },
      tokens: 130,
      microdollars: Math.ceil(30 * 1.25 + 200),
      replyTo: 'agent',
    }
    expect(told.mail).toEqual([['budget', reserve]])
    expect(asked(told, 'think')).toEqual([])
    told.tell(granted(1), replied())
    expect(told.mail.at(-1)).toEqual([
      'budget',
      { type: 'SETTLE', id: 'agent/m1/a/1#1', usage, microdollars: 60 },
    ])
    told.tell(acted())
    expect(told.mail.at(-1)?.[1]).toMatchObject({ type: 'RESERVE', id: 'agent/m1/a/1#2', tokens: 157 })
  })

  it('waits while it is held, whatever is granted to others', () => {
    const told = script().tell(held(1), granted(7))
    expect(told.value).toEqual({ reserving: 'held' })
    expect(told.facts.at(-1)).toMatchObject({ type: 'agent.held', reason: 'the run is at its cap' })
    expect(told.tell(granted(1)).value).toBe('thinking')
  })

  it('ends when it is refused', () => {
    const refused = { type: 'BUDGET.REFUSED', id: 'agent/m1/a/1#1', reason: 'the task is at its cap' }
    const told = script().tell(refused)
    expect(told.output).toMatchObject({ kind: 'capped', reasons: ['the task is at its cap'], steps: 0 })
    expect(told.output).not.toHaveProperty('spent')
    const spent = script().tell({ ...refused, scope: 'task' })
    expect(spent.output).toMatchObject({ kind: 'capped', spent: true })
  })

  it('says that quota is out, gives its reservation back and asks again', () => {
    const paused = {
      kind: 'paused',
      model: 'a/b',
      message: 'no money',
      retryAfterMs: 5,
      lost: [{ model: 'a/b', usage }],
      microdollars: 9,
      ms: 5,
    }
    const told = script().tell(granted(1), done('think', paused))
    expect(told.mail.slice(1).map(([, event]) => event)).toEqual([
      { type: 'QUOTA.OUT', model: 'a/b', message: 'no money', retryAfterMs: 5 },
      { type: 'SETTLE', id: 'agent/m1/a/1#1', usage, microdollars: 9 },
      expect.objectContaining({ type: 'RESERVE', id: 'agent/m1/a/1#2' }),
    ])
    expect(told.tell(held(2)).value).toEqual({ reserving: 'held' })
  })

  it('settles all that it reserved when nobody knows what was taken', () => {
    const told = script().tell(granted(1), broke('think'))
    expect(told.last('SETTLE')).toMatchObject({ id: 'agent/m1/a/1#1', microdollars: 238 })
    expect(told.output).toMatchObject({ kind: 'failed', reasons: ['thinking failed: broken'] })
  })

  it('fails when its request was given up, and not for other mail', () => {
    const back = (event: object): Told => ({ type: 'canopy.refused', to: 'budget', event, reason: 'full' })
    const told = script().tell(granted(1), broke('think'))
    expect(told.output).toMatchObject({ kind: 'failed' })
    const asking = script()
    const [, event] = asking.mail[0] ?? []
    asking.tell(back({ ...event, id: 'agent/m1/a/1#0' }), back({ ...event, type: 'SETTLE' }))
    expect(asking.value).toEqual({ reserving: 'asked' })
    expect(asking.tell(back({ ...event })).output).toMatchObject({
      kind: 'failed',
      reasons: ['the budget could not be asked: full'],
    })
  })
})

describe('an agent ends', () => {
  it.each<[string, object, RegExp]>([
    ['steps', { steps: 1 }, /^steps/],
    ['tokens', { tokens: 200 }, /^tokens: 50 of 200/],
    ['money', { microdollars: 300 }, /^money: 60 of 300/],
    ['time', { ms: 8 }, /^time/],
  ])('capped in %s before the call that would go beyond', (_, limits, reason) => {
    const told = script(limits).tell(granted(1), replied(), acted())
    expect(told.output).toMatchObject({ kind: 'capped', reasons: [expect.stringMatching(reason)], steps: 1 })
    expect(asked(told, 'think')).toHaveLength(1)
  })

  it('with its answer, and what all of it took', () => {
    const submitted = done('act', { kind: 'submitted', answers: 'h2', answer: { x: 1 }, ms: 2 })
    const told = script().tell(granted(1), replied(), submitted)
    expect(told.output).toEqual({
      kind: 'submitted',
      answer: { x: 1 },
      head: 'h2',
      steps: 1,
      usage,
      microdollars: 60,
      ms: 8,
    })
  })

  it('when it gives up, when the model refuses, when a model fails for good', () => {
    const gaveUp = done('act', { kind: 'gave_up', answers: 'h2', reason: 'no such file', ms: 2 })
    expect(script().tell(granted(1), replied(), gaveUp).output).toMatchObject({
      kind: 'gave_up',
      reasons: ['no such file'],
    })
    expect(script().tell(granted(1), replied({ calls: [], stop: 'refused' })).output).toMatchObject({
      kind: 'refused',
    })
    expect(script().tell(granted(1), failed('unauthorized')).output).toMatchObject({
      kind: 'failed',
      reasons: ['unauthorized: no'],
      microdollars: 60,
    })
  })

  it('when it calls no tool twice in a row, told once', () => {
    const told = script().tell(granted(1), silent, granted(2))
    expect(asked(told, 'think').at(-1)).toMatchObject({ say: expect.stringMatching(/called no tool/) })
    expect(told.tell(silent).output).toMatchObject({ kind: 'gave_up', reasons: ['it called no tool'] })
  })

  it('when three answers in a row cannot be used; one that can wipes the slate', () => {
    const cut = replied({ calls: [], stop: 'length' })
    const broken = replied({ calls: [{ id: 'c1', name: 'edit', print: 'p', broken: true }] })
    const failing = (at: number) => acted({ failed: true, print: `problem ${at}` })
    const told = script().tell(granted(1), cut, granted(2), broken, failing(1), granted(3))
    expect(asked(told, 'think').map(({ say }) => say)).toEqual([
      null,
      expect.stringMatching(/cut off/),
      expect.stringMatching(/could not be read/),
    ])
    told.tell(replied(), acted(), granted(4), cut, granted(5), cut, granted(6), broken, failing(2))
    expect(told.output).toMatchObject({ kind: 'gave_up', steps: 6 })
  })

  it('when it goes in circles: told, made to try another way with another model, ended', () => {
    const told = script()
    for (const at of [1, 2, 3]) told.tell(granted(at), replied(), acted({ tree: 't0' }))
    expect(told.facts.filter(({ type }) => type === 'agent.warned').map(({ level }) => level)).toEqual([
      'nudge',
      'strategy',
    ])
    told.tell(granted(4))
    expect(asked(told, 'think').at(-1)).toMatchObject({
      avoid: 'a/b',
      say: expect.stringMatching(/in circles/),
    })
    told.tell(replied(), acted({ tree: 't0' }))
    expect(told.output).toMatchObject({ kind: 'stuck', steps: 4 })
  })
})

describe('an agent', () => {
  it('that only looks around is told to begin, not that it repeats itself', () => {
    const told = script({ microdollars: 1e7 })
    for (let at = 1; at <= 20; at += 1)
      told.tell(granted(at), replied(), acted({ tree: 't0', print: `page ${at}` }))
    told.tell(granted(21))
    const said = asked(told, 'think').map(({ say }) => say)
    expect(said.filter((each) => each !== null)).toEqual([
      expect.stringMatching(/changed nothing for a long time/),
    ])
  })

  it('carries out calls one after the other, and goes on from all their answers', () => {
    const told = script().tell(granted(1), replied({ calls: calls('c1', 'c2') }))
    expect(asked(told, 'act')).toMatchObject([{ head: 'h1', answers: null, call: 'c1', tree: 't0' }])
    told.tell(acted({ answers: 'h2' }))
    expect(asked(told, 'act').at(-1)).toMatchObject({ head: 'h1', answers: 'h2', call: 'c2', tree: 't1' })
    told.tell(acted({ answers: 'h3' }), granted(2))
    expect(asked(told, 'think').at(-1)).toMatchObject({ head: 'h3', say: null, avoid: null })
  })

  it('reserves for a call with a price, and settles it with its answer', () => {
    const [first] = calls('c1')
    const told = script().tell(
      granted(1),
      replied({ calls: [{ ...first, microdollars: 25 }, ...calls('c2')] }),
    )
    expect(asked(told, 'act')).toEqual([])
    expect(told.mail.at(-1)).toMatchObject([
      'budget',
      { type: 'RESERVE', id: 'agent/m1/a/1#2', tokens: 0, microdollars: 25 },
    ])
    told.tell(held(2), granted(2))
    expect(asked(told, 'act')).toMatchObject([{ call: 'c1' }])
    told.tell(acted())
    expect(told.mail.filter(([, { type }]) => type === 'SETTLE').at(-1)?.[1]).toMatchObject({
      id: 'agent/m1/a/1#2',
      microdollars: 25,
      usage: { input: 0, output: 0 },
    })
    expect(asked(told, 'act')).toHaveLength(2)
    told.tell(acted())
    expect(told.mail.filter(([, { type }]) => type === 'SETTLE')).toHaveLength(2)
  })

  it('makes a conversation shorter that has become too long, once for each that it fills', () => {
    const compacted = (size: number) => done('compact', { ...paid, head: 'h9', size })
    const told = script().tell(granted(1), replied({ size: 290 }), acted(), granted(2))
    expect(asked(told, 'compact')).toMatchObject([{ head: 'h2', how: 'shorten', target: 160 }])
    told.tell(compacted(100), granted(3))
    expect(asked(told, 'think').at(-1)).toMatchObject({ head: 'h9' })
    expect(told.mailTo('budget').filter((type) => type === 'SETTLE')).toHaveLength(2)
  })

  it('begins anew when shortening did not help, and ends when that does not either', () => {
    const compacted = (size: number) => done('compact', { ...paid, head: 'h9', size })
    const told = script({ microdollars: 1e7 }).tell(granted(1), failed('too_long'), granted(2))
    told.tell(compacted(100), granted(3), failed('too_long'), granted(4))
    expect(asked(told, 'compact').map(({ how }) => how)).toEqual(['shorten', 'reset'])
    told.tell(compacted(100), granted(5), failed('too_long'))
    expect(told.output).toMatchObject({ kind: 'failed', reasons: [expect.stringMatching(/does not fit/)] })
  })
})
