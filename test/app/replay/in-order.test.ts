// Who takes the steps of a replay in their order.

import { expect, it } from 'vitest'
import { keepingOrder } from '../../../app/replay/in-order.ts'
import { RecordedOrder } from '../../../app/replay/order.ts'
import type { DevelopmentImplementations } from '../../../app/run/implementations.ts'

const site = {}
const signal = new AbortController().signal
const call = (input: object) => ({ input: input as never, key: 'k', attempt: 1, address: 'a', signal })

it('the agents of a review begin together, in one worktree that is made anew for them once', async () => {
  const done: string[] = []
  const of = { milestone: 'm', task: 'review-1', attempt: 1 }
  const first = { kind: 'judged' as const, of: { ...of, task: 'a' }, commit: 'c1' }
  const order = new RecordedOrder([first, { kind: 'begun', of, commit: 'c1' }])
  const carriedOut = (name: string) => async (): Promise<unknown> => {
    done.push(name)
    await new Promise((resolve) => setImmediate(resolve))
    return {}
  }
  const given = { prepare: carriedOut('prepare'), begin: carriedOut('begin') }
  const { prepare, begin } = keepingOrder(given as object as DevelopmentImplementations, order)
  const task = {
    id: 'review-1',
    kind: 'review',
    title: 't',
    instructions: 'i',
    files: [],
    round: 1,
    needs: [],
  }
  await prepare(call({ site, line: { milestone: 'm' }, task, attempt: 1 }))
  const all = Promise.all([1, 2, 3, 4].map(() => begin(call({ order: { account: of } }))))
  expect(done).toEqual(['prepare'])
  order.taken('judged', first.of)
  await all
  expect(done).toEqual(['prepare', 'prepare', 'begin', 'begin', 'begin', 'begin'])
})
