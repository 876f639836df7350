// Calls that home makes for agents elsewhere: each under a reservation that covers it, once, and charged by home.

import { beforeEach, describe, expect, it } from 'vitest'
import { CallRefused, type CallsOptions, openCalls } from '../../../app/nodes/calls.ts'
import type { ModelCallRequest } from '../../../app/nodes/question.ts'
import type { Ledger } from '../../../machines/index.ts'
import type { Envelope } from '../../../transport/index.ts'
import { modelsInUse } from '../../machines/samples.ts'

const NODE = 'node-a-7'
const AGENT = `${NODE}.worker:1.agent`
const KEY = `${AGENT}/1/0/0`
const RESERVATION = `${AGENT}/m/t/1#0`
const usage = { input: 10, cacheRead: 0, cacheWrite: 0, output: 5 }

interface FakeReservation {
  readonly amounts: { readonly tokens: number; readonly microdollars: number }
  readonly writtenOff?: boolean
  readonly call?: string
}

/** Budget's books in memory, which the test changes as the budget would. */
class Books {
  readonly mail: { id: string; to: string; event: Record<string, unknown> }[] = []
  readonly kept = new Set<string>()
  reservations = new Map<string, FakeReservation>()
  isThere = true
  receipt: 'accepted' | 'refused' = 'accepted'
  /** What the budget does when it is told of a call. */
  onMail: (event: Record<string, unknown>) => void = (event) =>
    this.begin(String(event.id), String(event.call))
  readonly #watchers = new Set<() => void>()

  get watchers(): number {
    return this.#watchers.size
  }

  reserve(id = RESERVATION, amounts = { tokens: 1_000_000, microdollars: 1_000_000_000 }): void {
    this.reservations.set(id, { amounts })
  }

  begin(id: string, call: string): void {
    const before = this.reservations.get(id)
    if (before && before.call === undefined) this.reservations.set(id, { ...before, call })
    this.step()
  }

  step(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  get options(): CallsOptions {
    return {
      mail: {
        publish: async (envelope) => {
          const { id, to, event } = envelope as Envelope
          if (this.receipt === 'refused') return 'refused'
          this.mail.push({ id, to, event })
          if (event.type === 'CALL.BEGUN') this.onMail(event)
          return 'accepted'
        },
      } as CallsOptions['mail'],
      ledger: () => (this.isThere ? ({ reservations: this.reservations } as unknown as Ledger) : undefined),
      onStep: (then) => {
        this.#watchers.add(then)
        return () => this.#watchers.delete(then)
      },
      models: modelsInUse,
      isKept: async (key) => this.kept.has(key),
    }
  }
}

const question = (other: Partial<ModelCallRequest> = {}): ModelCallRequest => ({
  role: 'coding',
  request: {
    system: 'You work.',
    tools: [],
    turns: [{ role: 'user', blocks: [{ type: 'text', text: 'Go on.' }] }],
    maxOutputTokens: 100,
    cacheKey: 'k',
  },
  reservation: RESERVATION,
  ...other,
})

let books: Books
beforeEach(() => {
  books = new Books()
})
const begin = (other: { node?: string; key?: string; question?: ModelCallRequest } = {}) =>
  openCalls(books.options).begin({ node: NODE, key: KEY, question: question(), ...other })
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error as Error)

describe('a call', () => {
  it('begins when the budget has it in its books, and belongs to its agent', async () => {
    books.reserve()
    expect(await begin()).toBe(AGENT)
    expect(books.mail).toEqual([
      {
        id: `calls/${KEY}/begin`,
        to: 'system.budget',
        event: {
          type: 'CALL.BEGUN',
          id: RESERVATION,
          call: KEY,
          tokens: expect.any(Number),
          microdollars: expect.any(Number),
        },
      },
    ])
    expect(books.watchers).toBe(0)
  })

  it('that the budget knows already is not told to it again', async () => {
    books.reserve()
    books.reservations.set(RESERVATION, {
      amounts: { tokens: 1_000_000, microdollars: 1_000_000_000 },
      call: KEY,
    })
    expect(await begin()).toBe(AGENT)
    expect(books.mail).toEqual([])
  })

  it('is told with the least that it can take: its output, and some of its input', async () => {
    books.reserve()
    const long = question()
    const text = 'words '.repeat(2_000)
    await begin({ question: long })
    await begin({
      key: `${AGENT}/1/1/0`,
      question: {
        ...long,
        reservation: `${AGENT}/m/t/1#1`,
        request: { ...long.request, turns: [{ role: 'user', blocks: [{ type: 'text', text }] }] },
      },
    }).catch(() => {})
    books.reserve(`${AGENT}/m/t/1#1`)
    await begin({
      key: `${AGENT}/1/1/0`,
      question: {
        ...long,
        reservation: `${AGENT}/m/t/1#1`,
        request: { ...long.request, turns: [{ role: 'user', blocks: [{ type: 'text', text }] }] },
      },
    })
    const [short, more] = books.mail.map(({ event }) => Number(event.tokens))
    expect(short).toBeGreaterThanOrEqual(100)
    expect(more).toBeGreaterThan(Number(short) + 500)
  })
})

describe('a call is refused, and nothing is asked', () => {
  it.each<[string, (to: Books) => void, object, string]>([
    ['nothing is reserved', () => {}, {}, 'nothing is reserved under'],
    [
      'its attempt is over',
      (to) =>
        to.reservations.set(RESERVATION, { amounts: { tokens: 1e6, microdollars: 1e9 }, writtenOff: true }),
      {},
      'is over',
    ],
    [
      'its reservation has another call',
      (to) =>
        to.reservations.set(RESERVATION, { amounts: { tokens: 1e6, microdollars: 1e9 }, call: 'other' }),
      {},
      'is that of another call',
    ],
    [
      'it takes more tokens',
      (to) => to.reserve(RESERVATION, { tokens: 99, microdollars: 1e9 }),
      {},
      '99 are reserved',
    ],
    [
      'it costs more',
      (to) => to.reserve(RESERVATION, { tokens: 1e6, microdollars: 0 }),
      {},
      '0 are reserved',
    ],
    [
      'another node asks',
      (to) => to.reserve(),
      { node: 'node-b-1' },
      'is not a reservation of the asking agent',
    ],
    [
      'a node asks whose name only begins alike',
      (to) => to.reserve(),
      { node: 'node-a' },
      'is not a reservation',
    ],
    [
      'an earlier life asks',
      (to) => to.reserve(),
      { node: 'node-a-6' },
      'is not a reservation of the asking agent',
    ],
    [
      'the key is of another agent',
      (to) => to.reserve(),
      { key: `${NODE}.worker:2.agent/1/0/0` },
      'is not a reservation',
    ],
    ['the key is only the name of the agent', (to) => to.reserve(), { key: AGENT }, 'is not a reservation'],
    [
      'the reservation is of nobody',
      (to) => to.reserve('m/t'),
      { question: question({ reservation: 'm/t' }) },
      'is not a reservation of the asking agent',
    ],
    [
      'the reservation has no slash',
      (to) => to.reserve(AGENT),
      { question: question({ reservation: AGENT }) },
      'is not a reservation of the asking agent',
    ],
  ])('when %s', async (_, make, other, message) => {
    make(books)
    const error = await failure(begin(other))
    expect(error).toBeInstanceOf(CallRefused)
    expect(error).toMatchObject({ message: expect.stringContaining(message) })
    expect(books.mail).toEqual([])
  })

  it('when the books say no meanwhile', async () => {
    books.reserve()
    books.onMail = () => {
      books.reservations.delete(RESERVATION)
      books.step()
    }
    expect(await failure(begin())).toBeInstanceOf(CallRefused)
    expect(books.watchers).toBe(0)
  })

  it('but an answer that is kept is given again, under any of these', async () => {
    books.kept.add(KEY)
    expect(await begin()).toBe(AGENT)
    expect(books.mail).toEqual([])
    // Not to another node.
    expect(await failure(begin({ node: 'node-b-1' }))).toBeInstanceOf(CallRefused)
  })
})

describe('a call is worth another try', () => {
  it('while the budget restarts', async () => {
    books.reserve()
    books.isThere = false
    expect(await failure(begin())).toMatchObject({ retryable: true, message: 'the budget is restarting' })
    books.isThere = true
    expect(await begin()).toBe(AGENT)
  })

  it("while the budget's mailbox is full, and its books are no longer watched", async () => {
    books.reserve()
    books.receipt = 'refused'
    expect(await failure(begin())).toMatchObject({ retryable: true, message: "the budget's mailbox is full" })
    expect(books.watchers).toBe(0)
  })

  it('when steps of the budget say nothing about it, it goes on waiting', async () => {
    books.reserve()
    books.onMail = () => {
      books.step()
      books.isThere = false
      books.step()
      books.isThere = true
      setImmediate(() => books.begin(RESERVATION, KEY))
    }
    expect(await begin()).toBe(AGENT)
  })
})

describe('a charge', () => {
  it('is mail of home under the key of the call', async () => {
    await openCalls(books.options).charge({ key: KEY, reservation: RESERVATION }, { usage, microdollars: 7 })
    expect(books.mail).toEqual([
      {
        id: `calls/${KEY}/charge`,
        to: 'system.budget',
        event: { type: 'CALL.CHARGED', id: RESERVATION, usage, microdollars: 7 },
      },
    ])
  })

  it('that a full mailbox does not take is an error that may be tried again', async () => {
    books.receipt = 'refused'
    const charged = openCalls(books.options).charge(
      { key: KEY, reservation: RESERVATION },
      { usage, microdollars: 7 },
    )
    expect(await failure(charged)).toMatchObject({ retryable: true })
  })
})
