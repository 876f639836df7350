// Asking
//
// Owns:   asking the process that has the repository, until it answers: it may be away for a while and come back.

import { setTimeout as pause } from 'node:timers/promises'
import { RetryableError } from '../../actors/index.ts'
import type { Control } from '../../transport/index.ts'
import { type RequestInput, type RequestName, type RequestOutput, requests } from './requests.ts'

const ANSWER_MS = 30_000
const AGAIN_MS = 500
/** Nobody is there, or was when it was asked. */
const AWAY: ReadonlySet<string> = new Set(['no_responder', 'timeout', 'closed', 'unknown_verb'])

/** It answered that it will not. */
export class RefusedRequest extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Nobody answered, in all the time that there was. */
export function isAway({ code }: RefusedRequest): boolean {
  return AWAY.has(code)
}

export type Ask = <Name extends RequestName>(
  name: Name,
  input: RequestInput<Name>,
  within?: number,
) => Promise<RequestOutput<Name>>

/**
 * Asks for as long as `signal` is not aborted and `within` milliseconds are not over.
 * @param answerMs without an answer within this time, the process or the server counts as dead.
 */
export function asking(control: Pick<Control, 'request'>, signal: AbortSignal, answerMs = ANSWER_MS): Ask {
  return async (name, input, within = 4 * 60_000) => {
    for (const end = performance.now() + within; ; ) {
      const left = Math.min(answerMs, end - performance.now())
      const reply = await control.request(name, input, Math.max(1, left))
      if (reply.ok) return requests[name].output.parse(reply.value) as never
      const { code, message } = reply.error
      signal.throwIfAborted()
      // What went wrong there may go well the next time.
      if (code === 'failed') throw new RetryableError(message)
      if (!AWAY.has(code) || performance.now() + AGAIN_MS > end) throw new RefusedRequest(code, message)
      await pause(AGAIN_MS, undefined, { signal })
    }
  }
}
