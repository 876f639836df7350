// The order of a replay for any recorded steps: nothing is lost, nothing waits for ever, and judgements keep their order.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences } from '../../../app/replay/compare.ts'
import { keepingOrder, tellingSteps } from '../../../app/replay/in-order.ts'
import { RecordedOrder, type RecordedStep } from '../../../app/replay/order.ts'
import type { RunRecording } from '../../../app/replay/run-recording.ts'
import type { DevelopmentImplementations } from '../../../app/run/implementations.ts'
import type { RunFact } from '../../../machines/index.ts'

const never = new AbortController().signal
const nameOf = ({ kind, of }: Pick<RecordedStep, 'kind' | 'of'>) =>
  `${kind} ${of.milestone}/${of.task}#${of.attempt}`

const step: fc.Arbitrary<RecordedStep> = fc.record({
  kind: fc.constantFrom('begun' as const, 'judged' as const),
  of: fc.record({
    milestone: fc.constantFrom('m', 'n'),
    task: fc.constantFrom('a', 'b', 'c'),
    attempt: fc.constantFrom(1, 2),
  }),
  commit: fc.constantFrom('c0', 'c1', 'c2', null),
})
const steps = fc.array(step, { maxLength: 14 })
const shuffled = (of: readonly RecordedStep[], seed: number) =>
  of
    .map((each, at) => ({ each, key: Math.sin(seed * 997 + at * 131) }))
    .toSorted((one, other) => one.key - other.key)
    .map(({ each }) => each)
const distinct = (of: readonly RecordedStep[]) =>
  of.filter((each, at) => of.findLastIndex((other) => nameOf(other) === nameOf(each)) === at)

/** Asks for all of them at once, takes each as its turn comes, and gives the order in which they came. */
async function turns(order: RecordedOrder, asked: readonly RecordedStep[]): Promise<string[]> {
  const came: string[] = []
  await Promise.all(
    asked.map(async (each) => {
      await order.turnOf(each.kind, each.of, never)
      came.push(nameOf(each))
      order.taken(each.kind, each.of)
    }),
  )
  return came
}

describe('for any recorded steps', () => {
  it('all come, each once, whatever the order in which they are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (recorded, seed) => {
        const asked = shuffled(distinct(recorded), seed)
        const came = await turns(new RecordedOrder(recorded), asked)
        expect(came.toSorted()).toEqual(asked.map(nameOf).toSorted())
      }),
      { numRuns: 150 },
    )
  })

  it('they come in the same order, whatever the order in which they are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), fc.nat(), async (recorded, one, other) => {
        const asked = distinct(recorded)
        const [first, second] = [
          await turns(new RecordedOrder(recorded), shuffled(asked, one)),
          await turns(new RecordedOrder(recorded), shuffled(asked, other)),
        ]
        expect(first).toEqual(second)
      }),
      { numRuns: 150 },
    )
  })

  it('judgements come in the order in which they were last written', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (recorded, seed) => {
        const asked = distinct(recorded)
        const came = await turns(new RecordedOrder(recorded), shuffled(asked, seed))
        const judged = asked.filter(({ kind }) => kind === 'judged').map(nameOf)
        expect(came.filter((each) => each.startsWith('judged'))).toEqual(judged)
      }),
      { numRuns: 150 },
    )
  })

  it('an attempt begins after the merge whose commit it saw, and before the next one of its milestone', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (recorded) => {
        const asked = distinct(recorded)
        const came = await turns(new RecordedOrder(recorded), asked)
        for (const begun of asked.filter(({ kind }) => kind === 'begun')) {
          const merges = asked.filter(
            ({ kind, of, commit }) =>
              kind === 'judged' && of.milestone === begun.of.milestone && commit !== null,
          )
          const seen = merges.findIndex(({ commit }) => commit === begun.commit)
          if (seen < 0) continue
          const at = came.indexOf(nameOf(begun))
          const [before, after] = [merges[seen], merges[seen + 1]]
          if (before) expect(came.indexOf(nameOf(before))).toBeLessThan(at)
          if (after) expect(came.indexOf(nameOf(after))).toBeGreaterThan(at)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('steps that will not come hold up no others, once a fact says so', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (recorded) => {
        const order = new RecordedOrder(recorded)
        const [missing, present] = [recorded.filter(isOf('m')), distinct(recorded.filter(isOf('n')))]
        const waiting = turns(order, present)
        for (const { of } of missing) {
          const event = { type: 'task.failed', milestone: of.milestone, task: of.task, reasons: [] }
          order.take({ type: 'emitted', address: 'x', event } as unknown as RunFact)
        }
        expect((await waiting).length).toBe(present.length)
      }),
      { numRuns: 100 },
    )
  })
})

const isOf =
  (milestone: string) =>
  ({ of }: RecordedStep): boolean =>
    of.milestone === milestone

describe('waiting', () => {
  const of = { milestone: 'm', task: 'a', attempt: 1 }
  const other = { ...of, task: 'b' }
  const two = (): RecordedStep[] => [
    { kind: 'judged', of, commit: 'c1' },
    { kind: 'judged', of: other, commit: 'c2' },
  ]

  it('that was aborted before it began rejects at once, and holds up nobody', async () => {
    const order = new RecordedOrder(two())
    await expect(order.turnOf('judged', other, AbortSignal.abort(new Error('stopped')))).rejects.toThrow(
      'stopped',
    )
    order.taken('judged', of)
    await order.turnOf('judged', other, never)
  })

  it('is ended by facts of its own milestone alone', async () => {
    const order = new RecordedOrder(two())
    let isThere = false
    const waits = order.turnOf('judged', other, never).then(() => (isThere = true))
    for (const fact of [
      { type: 'node.started', actors: 0 },
      {
        type: 'emitted',
        address: 'x',
        event: { type: 'task.failed', milestone: 'n', task: 'a', reasons: [] },
      },
      { type: 'emitted', address: 'x', event: { type: 'task.started', ...of } },
      { type: 'emitted', address: 'x', event: { type: 'task.retried', ...of, attempt: 2, reasons: [] } },
    ])
      order.take(fact as unknown as RunFact)
    await new Promise((resolve) => setImmediate(resolve))
    expect(isThere).toBe(false)
    order.take({
      type: 'emitted',
      address: 'x',
      event: { type: 'task.retried', ...of, reasons: [] },
    } as unknown as RunFact)
    await waits
  })

  it('is no work: a replay in which all wait goes on with the first, and says nothing wrong of the rest', async () => {
    const order = new RecordedOrder(
      [{ kind: 'begun', of: { ...of, task: 'never' }, commit: null }, ...two()],
      5,
    )
    const went: string[] = []
    await Promise.all(
      [other, of].map((each) =>
        order.during(async () => {
          await order.turnOf('judged', each, never)
          went.push(each.task)
          order.taken('judged', each)
        }),
      ),
    )
    expect(went).toEqual(['a', 'b'])
  })

  it('work that fails counts as ended', async () => {
    const order = new RecordedOrder(two(), 5)
    await expect(order.during(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await order.during(() => order.turnOf('judged', other, never))
  })
})

describe('the steps of a run', () => {
  const line = { milestone: 'm', branch: 'canopy/m', base: 'c0' }
  const agent = { id: 'a', kind: 'code', title: 't', instructions: 'i', files: [], round: 1, needs: [] }
  const coverage = {
    id: 'c',
    module: 'src/c.ts',
    gap: 1,
    before: { covered: 0, total: 1 },
    round: 1,
    needs: [],
  }
  const call = (input: object) => ({
    input: input as never,
    key: 'k',
    attempt: 1,
    address: 'a',
    signal: never,
  })
  const submitted = (...ids: string[]) =>
    ids.map((id) => ({ task: { ...agent, id }, attempt: 1, submission: { commit: id, files: [], cases: 0 } }))
  const told = (over: object, input: object) => {
    const steps: RecordedStep[] = []
    const given = { prepare: async () => ({ worktree: '/w', commit: 'c7' }), integrate: async () => over }
    const telling = tellingSteps(
      given as unknown as DevelopmentImplementations,
      (each) => void steps.push(each),
    )
    return { steps, telling, input }
  }
  const judged = (task: string, commit: string | null): RecordedStep => ({
    kind: 'judged',
    of: { milestone: 'm', task, attempt: 1 },
    commit,
  })

  it('are told when an attempt has its worktree, with the commit', async () => {
    const { steps, telling } = told({}, {})
    expect(await telling.prepare(call({ line, task: agent, attempt: 3 }))).toEqual({
      worktree: '/w',
      commit: 'c7',
    })
    expect(steps).toEqual([{ kind: 'begun', of: { milestone: 'm', task: 'a', attempt: 3 }, commit: 'c7' }])
  })

  it('are not told when it fails', async () => {
    const steps: RecordedStep[] = []
    const fails = { prepare: () => Promise.reject(new Error('no space')) }
    const telling = tellingSteps(
      fails as unknown as DevelopmentImplementations,
      (each) => void steps.push(each),
    )
    await expect(telling.prepare(call({ line, task: agent, attempt: 1 }))).rejects.toThrow('no space')
    expect(steps).toEqual([])
  })

  it.each<[string, string[], object, RecordedStep[]]>([
    [
      'merged and returned',
      ['a', 'b'],
      { merged: [{ at: 1, commit: 'm1' }], returned: [{ at: 0 }], failed: null },
      [judged('b', 'm1'), judged('a', null)],
    ],
    [
      'alone and failed',
      ['a'],
      { merged: [], returned: [], failed: { verdicts: [], doubtful: [] } },
      [judged('a', null)],
    ],
    [
      'together and failed: it is split',
      ['a', 'b'],
      { merged: [], returned: [], failed: { verdicts: [] } },
      [],
    ],
    [
      'at a place that is not in the stack',
      ['a'],
      { merged: [{ at: 9, commit: 'x' }], returned: [], failed: null },
      [],
    ],
  ])('of a batch %s', async (_, ids, output, expected) => {
    const { steps, telling } = told(output, {})
    await telling.integrate(call({ line, stack: submitted(...ids) }))
    expect(steps).toEqual(expected)
  })

  it('that a writer has written wait for their turn; what was not written does not', async () => {
    const before = { milestone: 'm', task: 'x', attempt: 1 }
    const order = new RecordedOrder([
      { kind: 'judged', of: before, commit: 'c1' },
      { kind: 'judged', of: { milestone: 'm', task: 'c', attempt: 1 }, commit: 'c2' },
    ])
    const answers = [{ kind: 'nothing' }, { kind: 'written' }]
    const given = { write: async () => answers.shift() }
    const { write } = keepingOrder(given as unknown as DevelopmentImplementations, order)
    const ask = () => write(call({ line, task: coverage, attempt: 1 }))
    expect(await ask()).toEqual({ kind: 'nothing' })
    let isThere = false
    const written = ask().then(() => (isThere = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(isThere).toBe(false)
    order.taken('judged', before)
    await written
  })

  it('of an agent wait where it hands in, and nowhere else', async () => {
    const account = { milestone: 'm', task: 'a', attempt: 1 }
    const before = { milestone: 'm', task: 'x', attempt: 1 }
    const order = new RecordedOrder([
      { kind: 'judged', of: before, commit: 'c1' },
      { kind: 'judged', of: account, commit: 'c2' },
    ])
    const answers = [{ kind: 'used' }, { kind: 'submitted' }]
    const given = { act: async () => answers.shift() }
    const { act } = keepingOrder(given as unknown as DevelopmentImplementations, order)
    const input = { order: { account } }
    expect(await act(call(input))).toEqual({ kind: 'used' })
    let isThere = false
    const handedIn = act(call(input)).then(() => (isThere = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(isThere).toBe(false)
    order.taken('judged', before)
    await handedIn
  })

  it('a coverage task counts as begun when it is prepared', async () => {
    const of = { milestone: 'm', task: 'c', attempt: 1 }
    const order = new RecordedOrder([
      { kind: 'begun', of, commit: 'c0' },
      { kind: 'judged', of: { ...of, task: 'later' }, commit: 'c1' },
    ])
    const given = { prepare: async () => ({ worktree: '/w', commit: 'c0' }) }
    const { prepare } = keepingOrder(given as unknown as DevelopmentImplementations, order)
    await prepare(call({ line, task: coverage, attempt: 1 }))
    await order.turnOf('judged', { ...of, task: 'later' }, never)
  })
})

describe('the differences of two recordings', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd')
  const recording = fc.record({
    decisions: fc.array(names).map((each) => new Set(each)),
    trees: fc.array(fc.tuple(names, names)).map((each) => new Map(each)),
    status: fc.option(fc.constantFrom('reached', 'not_reached'), { nil: undefined }),
  }) as unknown as fc.Arbitrary<RunRecording>

  it('are none exactly when decisions, trees and the end are equal', () => {
    fc.assert(
      fc.property(recording, recording, (one, other) => {
        const isSame =
          one.status === other.status &&
          [...one.decisions].toSorted().join() === [...other.decisions].toSorted().join() &&
          [...one.trees].map(String).toSorted().join() === [...other.trees].map(String).toSorted().join()
        expect(differences(one, other).length === 0).toBe(isSame)
        expect(differences(one, one)).toEqual([])
      }),
    )
  })

  it('are as many the other way round, and name each thing once', () => {
    fc.assert(
      fc.property(recording, recording, (one, other) => {
        const [there, back] = [differences(one, other), differences(other, one)]
        expect(there.length).toBe(back.length)
        expect(new Set(there).size).toBe(there.length)
      }),
    )
  })
})
