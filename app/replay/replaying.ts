// Replaying
//
// Owns:   what a run is given that is carried out once more: what models said, in which order it went, whom to tell of what
//         is amiss.
// Leaves: where that comes from (replay.ts).

import type { Redactor } from '../../machines/index.ts'
import { type ModelClient, type ReplyStore, recorded } from '../../providers/index.ts'
import type { HookedChanges } from '../hooks/hooked-changes.ts'
import type { RecordedOrder } from './order.ts'

export interface Replaying {
  readonly replies: ReplyStore
  /** Nothing may differ from the recording. */
  readonly strict: boolean
  readonly order: RecordedOrder
  /** What the hook before a merge said, in order. */
  readonly hooked: readonly HookedChanges[]
  /** Maximum number of tasks in progress, as in the recorded run. */
  readonly inFlight: number
  /** A recorded reply is missing or was changed: the replay cannot continue. */
  stop(error: unknown): void
  /** Gets, at the end, a function that lists the differences. */
  onFinish(amiss: () => Promise<readonly string[]>): void
}

/** Answers from the recording. A question without a recorded answer ends the replay. */
export function answering(
  { replies, strict, stop, onFinish }: Replaying,
  around: { readonly redactor: Redactor; readonly now: () => number },
): ModelClient {
  const nobody: ModelClient = { ask: () => Promise.reject(new Error('a replay asks no model')) }
  const recorder = recorded(nobody, { ...around, store: replies, mode: strict ? 'strict' : 'replay' })
  onFinish(() => recorder.finish())
  return {
    async ask(question) {
      try {
        return await recorder.ask(question)
      } catch (error) {
        stop(error)
        return aborted(question.signal)
      }
    },
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = (): void => reject(signal.reason)
    if (signal.aborted) give()
    else signal.addEventListener('abort', give, { once: true })
  })
}
