// Model calls of agents elsewhere, as home holds them: each put once, answered soon, given up, and gone with its node.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AskOrder } from '../../../agents/index.ts'
import { CallRefused } from '../../../app/nodes/calls.ts'
import { objectOf, openPayloads, type Payload } from '../../../app/nodes/question.ts'
import { openQuestions, type Questions } from '../../../app/nodes/questions.ts'
import type { PricedResult } from '../../../machines/index.ts'
import { type MemoryObjects, openMemoryObjects } from '../../../transport/index.ts'
import { eventually } from '../../eventually.ts'

const NODE = 'node-a-7'
const AGENT = `${NODE}.worker:1.agent`
const usage = { input: 10, cacheRead: 0, cacheWrite: 0, output: 5 }
const keyOf = (number: number) => `${AGENT}/1/${number}/0`

const replied = (text: string): PricedResult => ({
  kind: 'replied',
  model: 'played/model',
  reply: { blocks: [{ type: 'text', text }], stop: 'end', usage },
  lost: [],
  microdollars: 7,
})
const paused: PricedResult = {
  kind: 'paused',
  model: 'played/model',
  message: 'no credit',
  retryAfterMs: 60_000,
  microdollars: 0,
}

/** A model that answers when the test says so. */
class Model {
  readonly orders: (AskOrder & { resolve(result: PricedResult): void; reject(error: unknown): void })[] = []
  ask = (order: AskOrder): Promise<PricedResult> => {
    const { promise, resolve, reject } = Promise.withResolvers<PricedResult>()
    this.orders.push({ ...order, resolve, reject })
    return promise
  }
  get last() {
    const order = this.orders.at(-1)
    if (!order) throw new Error('nobody asked')
    return order
  }
}

let model: Model
let objects: MemoryObjects
let questions: Questions
let begun: string[]
let charged: [key: string, microdollars: number][]
let refuse: (() => void) | undefined
/** As the wire limits it: what is longer travels as an object. */
const CONNECTION = { maxPayload: 4_096 }

beforeEach(() => {
  model = new Model()
  objects = openMemoryObjects()
  begun = []
  charged = []
  refuse = undefined
  questions = open()
})
afterEach(async () => {
  const closed = questions.close()
  // Otherwise it waits for them.
  for (const { reject } of model.orders) reject(new Error('over'))
  await closed
})

function open(other: { holdMs?: number; patienceMs?: number } = {}): Questions {
  return openQuestions({
    ask: model.ask,
    calls: {
      async begin({ key }) {
        refuse?.()
        begun.push(key)
        return AGENT
      },
      charge: async ({ key }, { microdollars }) => void charged.push([key, microdollars]),
    },
    payloads: () => openPayloads(objects, CONNECTION),
    holdMs: 20,
    patienceMs: 60_000,
    ...other,
  })
}

const request = (text = 'Go on.') => ({
  role: 'coding' as const,
  request: {
    system: 'You work.',
    tools: [],
    turns: [{ role: 'user' as const, blocks: [{ type: 'text' as const, text }] }],
    maxOutputTokens: 100,
    cacheKey: 'k',
  },
  reservation: `${AGENT}/m/t/1#0`,
})
const asText = (value: unknown): Payload => ({ text: JSON.stringify(value) })
const ask = (number = 1, question: Payload | undefined = asText(request())) =>
  questions.ask({ node: NODE, key: keyOf(number), question })
const again = (number = 1) => questions.ask({ node: NODE, key: keyOf(number) })
const answerIn = async (state: Awaited<ReturnType<Questions['ask']>>) => {
  expect(state.kind).toBe('answered')
  const { answer } = state as { answer: Payload }
  const text = 'text' in answer ? answer.text : await textOf(answer.object)
  return JSON.parse(text) as PricedResult
}
async function textOf(name: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of (await objects.get(name)) ?? []) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('a question', () => {
  it('is pending while the model thinks, and answered after', async () => {
    expect(await ask()).toEqual({ kind: 'pending' })
    model.last.resolve(replied('Yes.'))
    expect(await answerIn(await again())).toEqual(replied('Yes.'))
    // Until it is dropped: an answer may be lost on its way.
    expect(await answerIn(await again())).toEqual(replied('Yes.'))
    expect(model.orders).toHaveLength(1)
  })

  it('is put with its role, its request and its key', async () => {
    await ask()
    expect(model.last).toMatchObject({ ...request(), key: keyOf(1), signal: expect.any(AbortSignal) })
    expect(begun).toEqual([keyOf(1)])
  })

  it('is put once, however many ask for it at the same time', async () => {
    const states = await Promise.all([ask(), ask(), ask(), again()])
    expect(states.map(({ kind }) => kind)).toEqual(Array(4).fill('pending'))
    expect(model.orders).toHaveLength(1)
    expect(begun).toHaveLength(1)
  })

  it('that is asked for without its words, and was never put, is unknown', async () => {
    expect(await again()).toEqual({ kind: 'unknown' })
    expect(model.orders).toEqual([])
  })

  it('is one of its own under each key', async () => {
    await Promise.all([ask(1), ask(2)])
    model.orders[1]?.resolve(replied('Two.'))
    expect(await again(1)).toEqual({ kind: 'pending' })
    expect(await answerIn(await again(2))).toEqual(replied('Two.'))
  })

  it('may be an object, which goes when it was answered; so may the answer', async () => {
    const long = request('words '.repeat(2_000))
    const name = objectOf('question', keyOf(1))
    await objects.put(name, [Buffer.from(JSON.stringify(long))])
    await ask(1, { object: name })
    await eventually(() => model.orders.length > 0)
    expect(model.last.request).toEqual(long.request)
    model.last.resolve(replied('long '.repeat(2_000)))
    await eventually(async () => (await again()).kind === 'answered')
    const state = await again()
    expect(state).toEqual({ kind: 'answered', answer: { object: objectOf('answer', keyOf(1)) } })
    expect(await answerIn(state)).toEqual(replied('long '.repeat(2_000)))
    expect(await objects.has(name)).toBe(false)
  })

  it.each<[string, Payload]>([
    ['no JSON', { text: '{' }],
    ['no question', { text: '{}' }],
    ['of an unknown role', asText({ ...request(), role: 'boss' })],
    ['without a reservation', asText({ ...request(), reservation: '' })],
    ['with a reservation of any length', asText({ ...request(), reservation: 'r'.repeat(2_001) })],
    ['an object that is not there', { object: 'question/gone' }],
  ])('whose words are %s fails, and the right words are put after it', async (_, payload) => {
    questions = open({ holdMs: 5_000 })
    await expect(ask(1, payload)).rejects.toThrow()
    expect(model.orders).toEqual([])
    void ask()
    await eventually(() => model.orders.length === 1)
  })

  it('that its budget refuses fails as refused, and is not put', async () => {
    refuse = () => {
      throw new CallRefused('nothing is reserved')
    }
    await expect(ask()).rejects.toBeInstanceOf(CallRefused)
    expect(model.orders).toEqual([])
    expect(await again()).toEqual({ kind: 'unknown' })
  })

  it('whose model broke fails once, and is put again by the next request', async () => {
    await ask()
    const waits = again()
    model.last.reject(new Error('the disk is full'))
    await expect(waits).rejects.toThrow('the disk is full')
    expect(await again()).toEqual({ kind: 'unknown' })
    expect(charged).toEqual([])
    await ask()
    model.last.resolve(replied('Yes.'))
    expect(await answerIn(await again())).toEqual(replied('Yes.'))
  })
})

describe('what a call took', () => {
  it('is charged before its node has the answer', async () => {
    await ask()
    model.last.resolve(replied('Yes.'))
    await again()
    expect(charged).toEqual([[keyOf(1), 7]])
  })

  it('is charged also when its node dropped the question meanwhile', async () => {
    await ask()
    questions.drop({ node: NODE, key: keyOf(1) })
    model.last.resolve(replied('Late.'))
    await eventually(() => charged.length === 1)
    expect(charged).toEqual([[keyOf(1), 7]])
  })
})

describe('a question is given up', () => {
  const isAborted = () => model.orders[0]?.signal.aborted

  it('when its node drops it, and its answer goes', async () => {
    await ask()
    questions.drop({ node: NODE, key: keyOf(1) })
    expect(isAborted()).toBe(true)
    expect(await again()).toEqual({ kind: 'unknown' })
    model.last.resolve(replied('long '.repeat(2_000)))
    const name = objectOf('answer', keyOf(1))
    await eventually(async () => charged.length === 1 && !(await objects.has(name)))
  })

  it('not when another node drops it', async () => {
    await ask()
    questions.drop({ node: 'node-b-1', key: keyOf(1) })
    expect(isAborted()).toBe(false)
  })

  it('when its node is gone, and no question of another node', async () => {
    await ask()
    await questions.ask({ node: 'node-b-1', key: 'node-b-1.w/1/0', question: asText(request()) })
    questions.forget(NODE)
    expect(model.orders.map(({ signal }) => signal.aborted)).toEqual([true, false])
  })

  it('when its node stopped asking for it', async () => {
    questions = open({ patienceMs: 30 })
    await ask()
    await eventually(() => isAborted() === true)
    expect(await again()).toEqual({ kind: 'unknown' })
  })

  it('and is put again after its former end, whose outcome is not taken for the answer', async () => {
    await ask()
    const [first] = model.orders
    questions.drop({ node: NODE, key: keyOf(1) })
    expect(await ask()).toEqual({ kind: 'pending' })
    // The model still hears of the end of the first one.
    expect(model.orders).toHaveLength(1)
    first?.reject(new Error('given up'))
    await eventually(() => model.orders.length === 2)
    model.last.resolve(replied('Second.'))
    expect(await answerIn(await again())).toEqual(replied('Second.'))
  })
})

describe('a pause of a vendor', () => {
  it('is remembered of its agent until its node is gone', async () => {
    expect(questions.heardOfPause(AGENT)).toBe(false)
    await ask()
    model.last.resolve(paused)
    await again()
    expect(questions.heardOfPause(AGENT)).toBe(true)
    expect(questions.heardOfPause(`${NODE}.worker:2.agent`)).toBe(false)
    questions.forget('node-b-1')
    expect(questions.heardOfPause(AGENT)).toBe(true)
    questions.forget(NODE)
    expect(questions.heardOfPause(AGENT)).toBe(false)
  })

  it('is none of an answer', async () => {
    await ask()
    model.last.resolve(replied('Yes.'))
    await again()
    expect(questions.heardOfPause(AGENT)).toBe(false)
  })
})

describe('closing', () => {
  it('gives up what is under way, and answers nobody: another process will', async () => {
    const waits = ask()
    await eventually(() => model.orders.length === 1)
    let isAnswered = false
    void waits.then(() => (isAnswered = true))
    const closed = questions.close()
    expect(model.last.signal.aborted).toBe(true)
    model.last.reject(new Error('given up'))
    await closed
    const later = ask(2)
    void later.then(() => (isAnswered = true))
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(isAnswered).toBe(false)
    expect(model.orders).toHaveLength(1)
  })

  it('is at once when nothing is under way, and may be called twice', async () => {
    await questions.close()
    await questions.close()
  })
})
