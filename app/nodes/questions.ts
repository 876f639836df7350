// Questions
//
// Owns:   the model calls of agents on other nodes, in the process that has the keys: each is put to the asker once under
//         its key, and its answer kept here until it was fetched.
// Leaves: the model, tries, limits and paid answers (the model client), the wire format (question.ts).
//
// Q1. Asked again under its key, a question is the same one: under way it is waited for, answered it has its answer. What
//     a model replied the asker has kept before it is here: it is not paid again after this process was killed.
// Q2. Every request is answered soon, if only with "pending": a process that died is noticed.
// Q3. A question is given up when it was dropped, its node is gone, or its node stopped asking.
// Q5. A model is asked for an agent elsewhere only under what its budget granted, once for each reservation; what that took
//     is charged here, whatever the agent says (calls.ts).
// Q4. An end that is only ours (given up, closing) is no answer.

import type { AskModel, AskOrder } from '../../agents/index.ts'
import type { Address } from '../../kernel/index.ts'
import { type PricedResult, pricedResultSchema, spendingOf } from '../../machines/index.ts'
import { systemClock, within } from '../../platform/index.ts'
import type { PaidCalls } from './calls.ts'
import { objectOf, type Payload, type Payloads, questionSchema } from './question.ts'

interface QuestionsOptions {
  readonly ask: AskModel
  readonly calls: PaidCalls
  /** To and from a node. */
  payloads(node: Address): Payloads
  /** Who asks is answered within that. */
  readonly holdMs?: number
  /** A question that its node no longer asks for is given up after this time. */
  readonly patienceMs?: number
}

interface AskedFor {
  readonly node: Address
  readonly key: string
  /** Absent: it was sent before. */
  readonly question?: Payload | undefined
}

type QuestionState =
  | { readonly kind: 'answered'; readonly answer: Payload }
  | { readonly kind: 'pending' }
  | { readonly kind: 'unknown' }

export interface Questions {
  ask(of: AskedFor): Promise<QuestionState>
  /** Nobody waits for it any more, answered or not. */
  drop(of: Pick<AskedFor, 'node' | 'key'>): void
  /** A node is gone with all that it asked. */
  forget(node: Address): void
  /** Whether this agent was told that a vendor's quota is out. */
  heardOfPause(agent: Address): boolean
  /** Gives up running calls and waits briefly for their end; later requests are not answered. */
  close(): Promise<void>
}

const HOLD_MS = 5_000
const PATIENCE_MS = 60_000
const CLOSING_MS = 5_000

interface PendingQuestion {
  readonly node: Address
  readonly abort: AbortController
  readonly answer: Promise<Payload>
  /** Rings when nobody has asked for it for too long. */
  timer?: NodeJS.Timeout
}

export function openQuestions(options: QuestionsOptions): Questions {
  return new OpenQuestions(options)
}

class OpenQuestions implements Questions {
  readonly #options: QuestionsOptions
  readonly #calls = new Map<string, PendingQuestion>()
  /** Given up, and not gone yet. */
  readonly #ending = new Map<string, Promise<unknown>>()
  /** Agents by the node that they are on. */
  readonly #paused = new Map<Address, Set<Address>>()
  #closed = false

  constructor(options: QuestionsOptions) {
    this.#options = options
  }

  async ask({ node, key, question }: AskedFor): Promise<QuestionState> {
    // Another process will answer.
    if (this.#closed) return new Promise(() => {})
    const call = this.#calls.get(key) ?? (question && this.#begin(node, key, question))
    if (!call) return { kind: 'unknown' }
    this.#wait(key, call)
    const { holdMs = HOLD_MS } = this.#options
    const answer = await within(systemClock, holdMs, call.answer, () => undefined).catch((error) => {
      if (!this.#closed) throw error
    })
    // Q4.
    if (this.#closed) return new Promise(() => {})
    return answer && !call.abort.signal.aborted ? { kind: 'answered', answer } : { kind: 'pending' }
  }

  drop({ node, key }: Pick<AskedFor, 'node' | 'key'>): void {
    const call = this.#calls.get(key)
    if (call?.node === node) void this.#giveUp(key, call)
  }

  forget(node: Address): void {
    for (const [key, call] of [...this.#calls]) if (call.node === node) void this.#giveUp(key, call)
    this.#paused.delete(node)
  }

  heardOfPause(agent: Address): boolean {
    return this.#paused.get(rootOf(agent))?.has(agent) ?? false
  }

  async close(): Promise<void> {
    this.#closed = true
    const calls = [...this.#calls]
    for (const [, { abort, timer }] of calls) {
      clearTimeout(timer)
      abort.abort()
    }
    const gone = Promise.allSettled(calls.map(([, { answer }]) => answer))
    await within(systemClock, CLOSING_MS, gone, () => undefined)
  }

  #begin(node: Address, key: string, question: Payload): PendingQuestion {
    const abort = new AbortController()
    const answer = this.#answer(node, key, question, abort.signal)
    const call: PendingQuestion = { node, abort, answer }
    this.#calls.set(key, call)
    // It could not be asked at all: the next request starts it again.
    answer.catch(() => this.#remove(key, call))
    return call
  }

  async #answer(node: Address, key: string, payload: Payload, signal: AbortSignal): Promise<Payload> {
    const { calls } = this.#options
    const payloads = this.#options.payloads(node)
    // Otherwise the end of the one before would be taken for the answer.
    await this.#ending.get(key)
    const question = await payloads.unwrap(payload, questionSchema)
    const agent = await calls.begin({ node, key, question })
    const asked = await this.#charged({ ...question, key, signal })
    if (asked.kind === 'paused') this.#paused.set(node, (this.#paused.get(node) ?? new Set()).add(agent))
    await payloads.discard(payload)
    return payloads.wrap(objectOf('answer', key), pricedResultSchema.parse(asked))
  }

  /** Q5. The usage of a call that broke is unknown: its reservation stays until its attempt is over. */
  async #charged(order: AskOrder & { readonly reservation: string }): Promise<PricedResult> {
    const asked = await this.#options.ask(order)
    await this.#options.calls.charge(order, spendingOf(asked))
    return asked
  }

  /** Q3. */
  #wait(key: string, call: PendingQuestion): void {
    const { patienceMs = PATIENCE_MS } = this.#options
    clearTimeout(call.timer)
    call.timer = setTimeout(() => void this.#giveUp(key, call), patienceMs)
    call.timer.unref()
  }

  async #giveUp(key: string, call: PendingQuestion): Promise<void> {
    this.#remove(key, call)
    call.abort.abort()
    const gone = call.answer.catch(() => undefined)
    this.#ending.set(key, gone)
    const answer = await gone
    if (this.#ending.get(key) === gone) this.#ending.delete(key)
    if (answer) await this.#options.payloads(call.node).discard(answer)
  }

  #remove(key: string, call: PendingQuestion): void {
    clearTimeout(call.timer)
    if (this.#calls.get(key) === call) this.#calls.delete(key)
  }
}

/** The root of the node that an agent is on. */
function rootOf(agent: Address): Address {
  return agent.split('.')[0] ?? agent
}
