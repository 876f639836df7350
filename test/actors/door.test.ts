import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assign, emit, fromPromise, setup, spawnChild, stopChild } from 'xstate'
import { z } from 'zod'
import { type RunningNode, ref, SimulatedClock, startNode, type WatchItem } from '../../actors/index.ts'
import { defineActor, type Event, promisesOf, reply, replyTo, send } from '../../kernel/index.ts'
import { openMemoryStore, type Store } from '../../persistence/index.ts'
import { type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'

interface Total extends Event {
  readonly type: 'TOTAL'
  readonly sum: number
}
const accountEvents = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ADD'), amount: z.number() }),
  z.object({ type: z.literal('GET'), replyTo: replyTo<Total>() }),
  z.object({ type: z.literal('GET_LATER'), replyTo: replyTo<Total>() }),
  z.object({ type: z.enum(['CRASH', 'CLOSE', 'IGNORED']) }),
  z.object({ type: z.literal('ASK_AND_CRASH'), replyTo: replyTo<Total>() }),
])
const account = defineActor({
  kind: 'account',
  machine: setup({
    types: {} as { context: { sum: number; later: string }; events: z.infer<typeof accountEvents> },
    actions: { send },
    guards: {
      boom: () => {
        throw new Error('boom')
      },
    },
  }).createMachine({
    context: { sum: 0, later: '' },
    initial: 'open',
    states: {
      open: {
        on: {
          ADD: {
            actions: [
              assign({ sum: ({ context, event }) => context.sum + event.amount }),
              emit(({ event }) => ({ type: 'added', amount: event.amount })),
            ],
          },
          GET: {
            actions: {
              type: 'send',
              params: ({ context, event }) => reply(event.replyTo, { type: 'TOTAL', sum: context.sum }),
            },
          },
          GET_LATER: { target: 'thinking', actions: assign({ later: ({ event }) => event.replyTo }) },
          CRASH: { guard: 'boom' },
          ASK_AND_CRASH: { guard: 'boom' },
          CLOSE: 'closed',
        },
      },
      thinking: {
        after: {
          1000: {
            target: 'open',
            actions: {
              type: 'send',
              params: ({ context }) => reply(context.later, { type: 'TOTAL', sum: context.sum }),
            },
          },
        },
      },
      closed: { type: 'final' },
    },
    output: ({ context }) => context.sum,
  }),
  events: accountEvents,
})
const bankMachine = setup({
  types: {} as { context: { rate: number }; events: { type: 'DROP' | 'END' } },
  actors: { account: fromPromise(async () => null), rate: fromPromise(async () => 7) },
}).createMachine({
  context: { rate: 0 },
  entry: spawnChild('account', { id: 'one' }),
  invoke: { src: 'rate', onDone: { actions: assign({ rate: ({ event }) => event.output }) } },
  initial: 'open',
  states: { open: { on: { DROP: { actions: stopChild('one') }, END: 'over' } }, over: { type: 'final' } },
})
const bank = defineActor({
  kind: 'bank',
  machine: bankMachine,
  children: { account: { restart: 'transient' } },
  strategy: { intensity: 3 },
})

const one = ref(account, 'bank.one')
let store: Store
let mail: MemoryMail
let clock: SimulatedClock
let node: RunningNode<{ type: 'DROP' | 'END' }>

beforeEach(async () => {
  store = await openMemoryStore()
  mail = openMemoryMail({ mailboxLimit: 5 })
  clock = new SimulatedClock()
  node = await startNode({
    root: bank,
    actors: [account],
    implementations: { rate: async () => 7 },
    store,
    mail,
    clock,
  })
  await eventually(() => node.actors.length === 2, { what: 'bank and account' })
})

afterEach(async () => {
  await node.stop(0)
  await store.close()
})

async function deadLetters(): Promise<number> {
  let count = 0
  for await (const _ of store.deadLetters()) count += 1
  return count
}

describe('tell', () => {
  it('is accepted, or refused with a code', async () => {
    expect(await node.tell(one, { type: 'ADD', amount: 1 })).toEqual({ kind: 'accepted' })
    expect(await node.tell('bank.two', { type: 'ADD' })).toMatchObject({ code: 'unknown_actor' })
    expect(await node.tell('bank.one', { type: 'ADD', amount: 'x' })).toMatchObject({ code: 'bad_event' })
    const many = Array.from({ length: 9 }, () => node.tell(one, { type: 'IGNORED' }))
    expect((await Promise.all(many)).at(-1)).toMatchObject({ code: 'mailbox_full' })
  })
})

describe('ask', () => {
  it('gives the answer', async () => {
    await node.tell(one, { type: 'ADD', amount: 2 })
    await node.tell(one, { type: 'ADD', amount: 3 })
    const asked = await node.ask(one, { type: 'GET' }, { deadlineMs: 100 })
    expect(asked).toEqual({ kind: 'answered', answer: { type: 'TOTAL', sum: 5 } })
  })

  it('ends at its deadline, and drops the answer that comes later', async () => {
    const asked = node.ask(one, { type: 'GET_LATER' }, { deadlineMs: 500 })
    await eventually(() => node.actors.some(({ state }) => state === 'thinking'), { what: 'the question' })
    clock.advance(500)
    expect(await asked).toMatchObject({ kind: 'failed', code: 'timeout' })
    clock.advance(500)
    await eventually(() => node.actors.every(({ state }) => state === 'open'), { what: 'the late answer' })
    await eventually(() => mail.size === 0, { what: 'the answer taken' })
    expect(await deadLetters()).toBe(0)
  })

  it('waits for an answer that takes its time', async () => {
    const asked = node.ask(one, { type: 'GET_LATER' }, { deadlineMs: 5_000 })
    await eventually(() => node.actors.some(({ state }) => state === 'thinking'), { what: 'the question' })
    clock.advance(1_000)
    expect(await asked).toMatchObject({ kind: 'answered' })
  })

  it('says at once that it cannot be asked', async () => {
    const asked = await node.ask(ref(account, 'bank.two'), { type: 'GET' }, { deadlineMs: 100 })
    expect(asked).toMatchObject({ kind: 'failed', code: 'unknown_actor' })
  })

  it('ends when the actor crashes on it, and when the node stops', async () => {
    const crashing = node.ask(one, { type: 'ASK_AND_CRASH' }, { deadlineMs: 100 })
    await eventually(async () => (await deadLetters()) === 1, { what: 'the poison put aside' })
    clock.advance(100)
    expect(await crashing).toMatchObject({ kind: 'failed', code: 'timeout' })
    const asked = node.ask(one, { type: 'GET_LATER' }, { deadlineMs: 100 })
    await node.stop(0)
    expect(await asked).toMatchObject({ kind: 'failed', code: 'stopped' })
  })
})

/** Reads into a list, until the stream ends. */
function read(stream: AsyncIterable<WatchItem>): { items: WatchItem[]; over: Promise<void> } {
  const items: WatchItem[] = []
  const over = (async () => {
    for await (const item of stream) items.push(item)
  })()
  return { items, over }
}

describe('watch', () => {
  it('tells where it stands, its steps, what it emits, and its end with the reason', async () => {
    const { items, over } = read(node.watch(one))
    await eventually(() => items.length === 1, { what: 'where it stands' })
    await node.tell(one, { type: 'ADD', amount: 2 })
    await node.tell(one, { type: 'CLOSE' })
    await over
    expect(items).toMatchObject([
      { kind: 'snapshot', value: 'open', context: { sum: 0 }, sequence: 1 },
      { kind: 'emitted', event: { type: 'added', amount: 2 } },
      { kind: 'snapshot', value: 'open', context: { sum: 2 }, sequence: 2 },
      { kind: 'snapshot', value: 'closed', context: { sum: 2 }, sequence: 3 },
      { kind: 'ended', exit: { reason: 'normal', output: 2 } },
    ])
  })

  it('goes on over a crash, until the supervisor gives up', async () => {
    const { items, over } = read(node.watch(one))
    await node.tell(one, { type: 'CRASH' })
    await node.tell(one, { type: 'CRASH' })
    await over
    const kinds = items.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'crashed')).toHaveLength(4)
    expect(kinds.at(-1)).toBe('ended')
    expect(items.at(-1)).toMatchObject({ exit: { reason: expect.stringMatching(/crash|shutdown/) } })
  })

  it('ends when its parent stops it, when an ancestor ends, and with the node', async () => {
    const dropped = read(node.watch(one))
    await eventually(() => dropped.items.length > 0, { what: 'where it stands' })
    await node.tell(node.root, { type: 'DROP' })
    await dropped.over
    expect(dropped.items.at(-1)).toEqual({ kind: 'ended', exit: { reason: 'shutdown' } })

    const root = read(node.watch(node.root))
    await eventually(() => root.items.length > 0, { what: 'where the root stands' })
    await node.stop(0)
    await root.over
    expect(root.items.at(-1)).toEqual({ kind: 'stopped' })
  })

  it('ends with the tree', async () => {
    const child = read(node.watch(one))
    const root = read(node.watch(node.root))
    await eventually(() => child.items.length > 0 && root.items.length > 0, { what: 'both' })
    await node.tell(node.root, { type: 'END' })
    await Promise.all([child.over, root.over])
    expect(child.items.at(-1)).toMatchObject({ kind: 'ended', exit: { reason: 'shutdown' } })
    expect(root.items.at(-1)).toMatchObject({ kind: 'ended', exit: { reason: 'normal' } })
  })

  it('knows when nobody ever lived there', async () => {
    const { items, over } = read(node.watch('bank.nobody'))
    await over
    expect(items).toEqual([{ kind: 'unknown' }])
  })

  it('tells a slow reader what it missed', async () => {
    const stream = node.watch(one)
    await stream.next()
    let told = 0
    for (; told < 1_100; told += 5) {
      await Promise.all([1, 2, 3, 4, 5].map(() => node.tell(one, { type: 'IGNORED' })))
      await eventually(() => mail.size === 0, { what: 'room in the mailbox' })
    }
    await eventually(() => node.actors.find(({ address }) => address === 'bank.one')?.sequence === told + 1)
    const next = await stream.next()
    expect(next.value).toEqual({ kind: 'missed', count: told - 1_000 })
    await stream.return()
  })
})

describe('start', () => {
  const parts = () => ({ store, mail })

  it('refuses a tree that is not whole', async () => {
    await expect(
      startNode({ root: bank, implementations: { rate: async () => 7 }, ...parts() }),
    ).rejects.toThrow("actor bank: its child 'account' has no definition; add it to actors")
    const nothing = {} as { rate: () => Promise<number> }
    await expect(
      startNode({ root: bank, actors: [account], implementations: nothing, ...parts() }),
    ).rejects.toThrow("actor bank: the source 'rate' has no implementation; add it to implementations")
  })

  it('takes the promises that a machine brings with it', async () => {
    const { rate } = promisesOf(bankMachine)
    expect(await rate?.({ input: undefined, signal: new AbortController().signal })).toBe(7)
  })
})
