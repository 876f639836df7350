// Asking home from a node, and home asking nodes: what is refused, what is away, what is worth another try.

import { describe, expect, it } from 'vitest'
import { asking, isAway, RefusedRequest } from '../../../app/nodes/asking.ts'
import { awayModels } from '../../../app/nodes/away-models.ts'
import { openPayloads } from '../../../app/nodes/question.ts'
import { reachAll } from '../../../app/nodes/reach.ts'
import type { PricedResult } from '../../../machines/index.ts'
import { type ControlReply, openMemoryObjects } from '../../../transport/index.ts'

const never = new AbortController().signal
const refused = (code: string, message = code): ControlReply => ({ ok: false, error: { code, message } })
const value = (value: unknown): ControlReply => ({ ok: true, value })
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)

/** A home that gives these replies one after the other, the last one for ever. */
function home(...replies: readonly (ControlReply | (() => ControlReply))[]) {
  const asked: { verb: string; payload: unknown; timeoutMs: number }[] = []
  const left = [...replies]
  return {
    asked,
    async request(verb: string, payload: unknown, timeoutMs: number): Promise<ControlReply> {
      asked.push({ verb, payload, timeoutMs })
      const next = (left.length > 1 ? left.shift() : left[0]) ?? refused('no_responder')
      return typeof next === 'function' ? next() : next
    },
  }
}

const COMMIT = 'a'.repeat(40)
const start = { milestone: 'm', round: 1 }

describe('a request to home', () => {
  it('brings its answer, checked', async () => {
    const control = home(value({ commit: COMMIT }))
    expect(await asking(control, never)('node-start', start)).toEqual({ commit: COMMIT })
    expect(control.asked).toEqual([{ verb: 'node-start', payload: start, timeoutMs: 30_000 }])
  })

  it.each([{}, { commit: 'HEAD' }, { commit: `-${COMMIT}` }, { commit: null }, null, 'text'])(
    'does not take %j for an answer',
    async (answer) => {
      expect(await failure(asking(home(value(answer)), never)('node-start', start))).toMatchObject({
        name: 'ZodError',
      })
    },
  )

  it.each(['not_yours', 'version_differs', 'bad_request', 'no_models', 'anything'])(
    'that home refuses with %s is not asked again',
    async (code) => {
      const control = home(refused(code, 'no'))
      const error = await failure(asking(control, never)('node-start', start))
      expect(error).toBeInstanceOf(RefusedRequest)
      expect(error).toMatchObject({ code, message: 'no' })
      expect(isAway(error as RefusedRequest)).toBe(false)
      expect(control.asked).toHaveLength(1)
    },
  )

  it('that failed at home is worth another try of the work', async () => {
    const error = await failure(asking(home(refused('failed', 'disk full')), never)('node-start', start))
    expect(error).toMatchObject({ retryable: true, message: 'disk full' })
  })

  it.each(['no_responder', 'timeout', 'closed', 'unknown_verb'])(
    'while home is away (%s) is given up when its time is over',
    async (code) => {
      const control = home(refused(code))
      const error = await failure(asking(control, never)('node-start', start, 100))
      expect(error).toBeInstanceOf(RefusedRequest)
      expect(isAway(error as RefusedRequest)).toBe(true)
      expect(control.asked).toHaveLength(1)
      expect(control.asked[0]?.timeoutMs).toBeLessThanOrEqual(100)
    },
  )

  it('is asked again until home is back', async () => {
    const control = home(refused('no_responder'), value({ commit: COMMIT }))
    expect(await asking(control, never)('node-start', start, 5_000)).toEqual({ commit: COMMIT })
    expect(control.asked).toHaveLength(2)
  })

  it('ends when the node stops, while it waits and while it is asked', async () => {
    const stop = new AbortController()
    const waiting = asking(home(refused('no_responder')), stop.signal)('node-start', start)
    stop.abort(new Error('stopped'))
    expect(await failure(waiting)).toBeInstanceOf(Error)
    const during = new AbortController()
    const control = home(() => {
      during.abort(new Error('stopped'))
      return refused('not_yours')
    })
    expect(await failure(asking(control, during.signal)('node-start', start))).toMatchObject({
      message: 'stopped',
    })
  })

  it('waits for one answer no longer than it was told, and never less than 1 ms', async () => {
    const control = home(value({ commit: COMMIT }))
    await asking(control, never, 2_000)('node-start', start)
    await asking(control, never, 2_000)('node-start', start, 50)
    await asking(control, never, 2_000)('node-start', start, -5)
    const [first, second, third] = control.asked.map(({ timeoutMs }) => timeoutMs)
    expect(first).toBe(2_000)
    expect(second).toBeLessThanOrEqual(50)
    expect(third).toBe(1)
  })
})

describe('a model asked from a node', () => {
  const usage = { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 }
  const answer: PricedResult = {
    kind: 'replied',
    model: 'played/model',
    reply: { blocks: [{ type: 'text', text: 'Yes.' }], stop: 'end', usage },
    lost: [],
    microdollars: 3,
  }
  const answered = value({ kind: 'answered', answer: { text: JSON.stringify(answer) } })
  const pending = value({ kind: 'pending' })
  const unknown = value({ kind: 'unknown' })
  const KEY = 'node-a-7.worker:1.agent/1/0/0'

  const ask = (control: ReturnType<typeof home>, signal = never, withinMs = 30_000) =>
    awayModels({
      control,
      node: 'node-a-7',
      payloads: openPayloads(openMemoryObjects(), { maxPayload: 1_000_000 }),
      withinMs,
      answerMs: 1_000,
    })({
      role: 'coding',
      request: { system: '', tools: [], turns: [], maxOutputTokens: 1, cacheKey: 'k' },
      reservation: 'r',
      key: KEY,
      signal,
    })
  const verbs = (control: ReturnType<typeof home>) =>
    control.asked.map(({ verb, payload }) =>
      verb === 'model-ask' && (payload as { question?: unknown }).question !== undefined ? `${verb}+` : verb,
    )

  it.each<[string, ControlReply[], string[]]>([
    ['at once', [answered], ['model-ask+']],
    [
      'after a while: its words are sent once',
      [pending, pending, answered],
      ['model-ask+', 'model-ask', 'model-ask'],
    ],
    [
      'by another home, which has to be told the words again',
      [pending, unknown, answered],
      ['model-ask+', 'model-ask', 'model-ask+'],
    ],
  ])('answers %s, and the question is dropped at the end', async (_, replies, expected) => {
    const control = home(...replies)
    expect(await ask(control)).toEqual(answer)
    expect(verbs(control)).toEqual([...expected, 'model-drop'])
    expect(control.asked.at(-1)).toMatchObject({ payload: { node: 'node-a-7', key: KEY } })
  })

  it.each(['not_reserved', 'not_yours', 'not_there', 'no_models'])(
    'that home refuses (%s) is not asked again, and dropped',
    async (code) => {
      const control = home(refused(code))
      expect(await failure(ask(control))).toMatchObject({ code })
      expect(verbs(control)).toEqual(['model-ask+', 'model-drop'])
    },
  )

  it('that failed there is asked again with its words', async () => {
    const control = home(pending, refused('failed', 'broke'), answered)
    expect(await ask(control)).toEqual(answer)
    expect(verbs(control)).toEqual(['model-ask+', 'model-ask', 'model-ask+', 'model-drop'])
  })

  it('that is away until the time is over is worth another try later', async () => {
    const error = await failure(ask(home(refused('no_responder')), never, 20))
    expect(error).toMatchObject({
      retryable: true,
      message: expect.stringMatching(/no answer within 20 ms|cannot be reached/),
    })
  })

  it('that thinks until the time is over is worth another try later', async () => {
    const control = home(pending)
    expect(await failure(ask(control, never, 5))).toMatchObject({
      retryable: true,
      message: 'no answer within 5 ms',
    })
    expect(verbs(control).at(-1)).toBe('model-drop')
  })

  it.each([
    ['before it is asked', true],
    ['while it thinks', false],
  ])('is dropped when its agent is cancelled %s', async (_, isBefore) => {
    const cancel = new AbortController()
    if (isBefore) cancel.abort()
    const control = home(() => {
      cancel.abort()
      return pending
    })
    expect(await failure(ask(control, cancel.signal))).toMatchObject({ message: 'it was cancelled' })
    expect(verbs(control)).toContain('model-drop')
  })

  it('does not take another form for an answer', async () => {
    const control = home(value({ kind: 'answered', answer: { text: '{"kind":"replied"}' } }))
    expect(await failure(ask(control))).toMatchObject({ name: 'ZodError' })
  })
})

describe('a request to the run about an actor', () => {
  const NODE_ACTOR = 'node-a-7.worker:1'
  function stage(reply: ControlReply = value('there')) {
    const there: [unit: string, verb: string, payload: unknown, timeoutMs: number][] = []
    const here: [verb: string, payload: unknown, address?: string | undefined][] = []
    const local = (verb: string) => async (payload: unknown, address?: string) => {
      here.push(address === undefined ? [verb, payload] : [verb, payload, address])
      return value('here')
    }
    const state = { isBlind: false }
    const verbs = reachAll(
      { send: local('send'), 'send.*': local('send.*'), inspect: local('inspect'), chart: local('chart') },
      {
        registry: {
          look: async () => {
            if (state.isBlind) throw new Error('no way')
            return [
              { name: 'a', epoch: 7 },
              { name: 'b', epoch: 2 },
            ] as never
          },
        },
        ask: (unit) => async (verb, payload, timeoutMs) => {
          there.push([unit, verb, payload, timeoutMs])
          return reply
        },
      },
    )
    return { verbs, here, there, state }
  }

  it.each([
    ['of this process', { to: 'system.pool', event: {} }],
    ['of no address', { event: {} }],
    ['whose address is no text', { to: 7 }],
    ['that is no object', 'text'],
    ['that is null', null],
    ['of a name that only begins alike', { to: 'nodes.pool' }],
  ])('%s is answered here', async (_, payload) => {
    const { verbs, here, there } = stage()
    expect(await verbs.send(payload)).toEqual(value('here'))
    expect([here, there]).toEqual([[['send', payload]], []])
  })

  it('of a node is answered there, with the time that it may wait', async () => {
    const { verbs, here, there } = stage()
    const [plain, waiting] = [
      { to: NODE_ACTOR, event: {} },
      { to: NODE_ACTOR, event: {}, wait: 9_000 },
    ]
    expect(await verbs.send(plain)).toEqual(value('there'))
    await verbs.send(waiting)
    expect(there).toEqual([
      ['node-a.7', 'send', plain, 5_000],
      ['node-a.7', 'send', waiting, 14_000],
    ])
    expect(here).toEqual([])
  })

  it('in the subject is the same: an event, or an order with one', async () => {
    const { verbs, there, here } = stage()
    await verbs['send.*']({ type: 'ABORT' }, NODE_ACTOR)
    await verbs['send.*']({ event: { type: 'ABORT' }, wait: true }, NODE_ACTOR)
    expect(there.map(([, , payload]) => payload)).toEqual([
      { to: NODE_ACTOR, event: { type: 'ABORT' } },
      { event: { type: 'ABORT' }, wait: true, to: NODE_ACTOR },
    ])
    await verbs['send.*']('text', NODE_ACTOR)
    await verbs['send.*']({ type: 'PAUSE' }, 'system.pool')
    expect(here.map(([verb]) => verb)).toEqual(['send.*', 'send.*'])
  })

  it('cannot be sent elsewhere than its subject says', async () => {
    const { verbs, there } = stage()
    await verbs['send.*']({ to: 'node-b-2.worker:1', event: {} }, NODE_ACTOR)
    expect(there.map(([unit]) => unit)).toEqual(['node-a.7'])
  })

  it.each([
    [
      'is not connected',
      refused('no_responder'),
      refused('unknown_actor', "node 'node-a.7' is not connected"),
    ],
    ['refuses it', refused('not_yours', 'no'), refused('not_yours', 'no')],
    ['does not answer in time', refused('timeout', 'late'), refused('timeout', 'late')],
  ])('of a node that %s is told so', async (_, reply, expected) => {
    const { verbs } = stage(reply)
    expect(await verbs.send({ to: NODE_ACTOR })).toEqual(expected)
    expect(await verbs.chart({ kind: NODE_ACTOR })).toEqual(expected)
  })

  it('about a chart of a node is answered there, and any other here', async () => {
    const { verbs, here, there } = stage()
    expect(await verbs.chart({ kind: 'node-a-7' })).toEqual(value('there'))
    expect(await verbs.chart({ kind: 'worker' })).toEqual(value('here'))
    expect(await verbs.chart(null)).toEqual(value('here'))
    expect([there.length, here.length]).toEqual([1, 2])
  })

  it('to inspect is passed on to every node, and none is waited for', async () => {
    const { verbs, there, state } = stage(refused('timeout'))
    expect(await verbs.inspect({ on: true })).toEqual(value('here'))
    expect(there.map(([unit, verb]) => [unit, verb])).toEqual([
      ['node-a.7', 'inspect'],
      ['node-b.2', 'inspect'],
    ])
    state.isBlind = true
    expect(await verbs.inspect({ on: false })).toEqual(value('here'))
    expect(there).toHaveLength(2)
  })
})
