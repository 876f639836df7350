// The order in which a replay takes the steps of a run, and that it never waits for what cannot come.

import { describe, expect, it } from 'vitest'
import { RecordedOrder, type RecordedStep } from '../../../app/replay/order.ts'
import type { RunFact } from '../../../machines/index.ts'

const of = (task: string, attempt = 1) => ({ milestone: 'm', task, attempt })
const begun = (task: string, commit: string, attempt?: number): RecordedStep => {
  return { kind: 'begun', of: of(task, attempt), commit }
}
const judged = (task: string, commit: string | null, attempt?: number): RecordedStep => {
  return { kind: 'judged', of: of(task, attempt), commit }
}
const { signal } = new AbortController()

/** Asks for all steps at once, takes each as its turn comes, and gives the order in which they came. */
async function turns(order: RecordedOrder, steps: readonly RecordedStep[]): Promise<string[]> {
  const came: string[] = []
  await Promise.all(
    steps.map(async ({ kind, of }) => {
      await order.turnOf(kind, of, signal)
      came.push(`${kind} ${of.task}${of.attempt}`)
      order.taken(kind, of)
    }),
  )
  return came
}

describe('the order of a run', () => {
  it('is kept, whoever comes first', async () => {
    const steps = [begun('a', 'c0'), begun('b', 'c0'), judged('b', 'c1'), begun('c', 'c1'), judged('a', 'c2')]
    expect(await turns(new RecordedOrder(steps), steps.toReversed())).toEqual([
      'begun a1',
      'begun b1',
      'judged b1',
      'begun c1',
      'judged a1',
    ])
  })

  it.each([
    [
      'written after a merge that it did not see',
      [judged('a', 'c1'), begun('b', 'c0')],
      ['begun b1', 'judged a1'],
    ],
    ['written before a merge that it saw', [begun('b', 'c1'), judged('a', 'c1')], ['judged a1', 'begun b1']],
    [
      'between two merges',
      [judged('a', 'c1'), judged('b', 'c2'), begun('c', 'c1')],
      ['judged a1', 'begun c1', 'judged b1'],
    ],
    [
      'after what was given back, which changed nothing',
      [judged('a', null), begun('b', 'c0')],
      ['judged a1', 'begun b1'],
    ],
  ] satisfies [string, RecordedStep[], string[]][])(
    'a beginning %s is where its commit says',
    async (_, steps, expected) => {
      expect(await turns(new RecordedOrder(steps), steps)).toEqual(expected)
    },
  )

  it('of what was done again, the last counts', async () => {
    const steps = [begun('a', 'c0'), judged('b', null), judged('b', 'c1'), begun('a', 'c1')]
    const once = [begun('a', ''), judged('b', '')]
    expect(await turns(new RecordedOrder(steps), once)).toEqual(['judged b1', 'begun a1'])
  })

  it('what the run did not take waits for nothing', async () => {
    const order = new RecordedOrder([begun('a', 'c0')])
    await order.turnOf('begun', of('z'), signal)
    await order.turnOf('judged', of('a'), signal)
  })

  const emitted = (event: object): RunFact => ({ type: 'emitted', address: 'x', event: event as never })
  it.each([
    { type: 'task.retried', ...of('a'), reasons: [] },
    { type: 'task.failed', milestone: 'm', task: 'a', reasons: [] },
    { type: 'task.merged', ...of('a') },
    { type: 'milestone.finished', report: { milestone: 'm' } },
  ])('what cannot come any more is waited for by nobody: $type', async (fact) => {
    const order = new RecordedOrder([judged('a', null), begun('a', 'c0', 2), judged('b', 'c1')])
    if (fact.type === 'task.retried') order.taken('begun', of('a', 2))
    const waits = order.turnOf('judged', of('b'), signal)
    order.take(emitted(fact))
    await waits
  })

  it('when all wait and nothing is at work, the first goes on', async () => {
    const order = new RecordedOrder([judged('never', 'c1'), judged('b', 'c2'), judged('c', 'c3')], 10)
    const went: string[] = []
    const wait = (task: string) =>
      order.during(async () => {
        await order.turnOf('judged', of(task), signal)
        went.push(task)
      })
    const { promise: work, resolve: ends } = Promise.withResolvers<void>()
    const busy = order.during(() => work)
    const both = Promise.all([wait('c'), wait('b').then(() => order.taken('judged', of('b')))])
    expect(went).toEqual([])
    ends()
    await Promise.all([busy, both])
    expect(went).toEqual(['b', 'c'])
  })

  it('who is stopped waits no longer', async () => {
    const order = new RecordedOrder([judged('a', 'c1'), judged('b', 'c2')])
    const stop = new AbortController()
    const waits = order.turnOf('judged', of('b'), stop.signal)
    stop.abort(new Error('stopped'))
    await expect(waits).rejects.toThrow('stopped')
  })
})
