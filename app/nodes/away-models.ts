// Models away
//
// Owns:   asking a model from a node without keys: the process with the keys asks, and sends the result.
// Leaves: the model and the call (questions.ts, the model client), the question (agents/).
//
// M1. It may be away for a while and come back: it is asked again under the same key, and nothing is paid twice.
//     One that stays away is worth another try later; the call is not lost by it.
// M2. A question that is no longer awaited is dropped there, too.

import { setTimeout as pause } from 'node:timers/promises'
import { RetryableError } from '../../actors/index.ts'
import type { AskModel, AskOrder } from '../../agents/index.ts'
import type { Address } from '../../kernel/index.ts'
import { type PricedResult, pricedResultSchema } from '../../machines/index.ts'
import type { Control } from '../../transport/index.ts'
import { asking, isAway, RefusedRequest } from './asking.ts'
import { objectOf, type Payloads } from './question.ts'
import type { RequestOutput } from './requests.ts'

interface AwayModelsOptions {
  readonly control: Pick<Control, 'request'>
  /** Who asks. */
  readonly node: Address
  readonly payloads: Payloads
  /** Of one call with all that it waits; more than all tries of a call take. */
  readonly withinMs?: number
  /** Home says within that how it stands; it was killed if it does not. */
  readonly answerMs?: number
}

const WITHIN_MS = 40 * 60_000
const DROP_MS = 2_000
/** Twice as long as home takes its time. */
const ANSWER_MS = 10_000
/** In a row, of what may go well the next time. */
const MOST_FAILURES = 20
const AGAIN_MS = 1_000

type AskReply = RequestOutput<'model-ask'>

/** For agents that do not know how far they are from the models. */
export function awayModels(options: AwayModelsOptions): AskModel {
  const { control, node } = options
  return async (order) => {
    const { key, signal } = order
    const aborted = rejectedBy(signal)
    try {
      return await Promise.race([aborted.promise, answerTo(order, options)])
    } finally {
      aborted.forget()
      // M2. Not waited for: it is found out there, if this does not arrive.
      void control.request('model-drop', { node, key }, DROP_MS)
    }
  }
}

async function answerTo(order: AskOrder, options: AwayModelsOptions): Promise<PricedResult> {
  const { key, signal, ...question } = order
  const { control, node, payloads, withinMs = WITHIN_MS, answerMs = ANSWER_MS } = options
  const ask = asking(control, signal, answerMs)
  const end = performance.now() + withinMs
  let isSent = false
  const step = async (): Promise<PricedResult | undefined> => {
    const payload = isSent ? undefined : await payloads.wrap(objectOf('question', key), question)
    const told = await unlessAway(ask('model-ask', { node, key, question: payload }, end - performance.now()))
    isSent = told.kind === 'pending'
    return told.kind === 'answered' ? payloads.unwrap(told.answer, pricedResultSchema) : undefined
  }
  for (let failures = 0; ; ) {
    try {
      const asked = await step()
      if (asked) return asked
      failures = 0
    } catch (error) {
      failures += 1
      // A server that was just killed needs longer to come back than a few tries at once.
      const passes = error instanceof RetryableError && failures < MOST_FAILURES && performance.now() < end
      if (!passes) throw error
      isSent = false
      await pause(AGAIN_MS, undefined, { signal })
    }
    signal.throwIfAborted()
    if (performance.now() > end) throw new RetryableError(`no answer within ${withinMs} ms`)
  }
}

/** M1. */
async function unlessAway(asked: Promise<AskReply>): Promise<AskReply> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof RefusedRequest && isAway(error))
      throw new RetryableError(`the models cannot be reached: ${error.message}`, { cause: error })
    throw error
  }
}

function rejectedBy(signal: AbortSignal): { readonly promise: Promise<never>; forget(): void } {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(new Error('it was cancelled'))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) }
}
