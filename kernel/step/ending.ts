// Ending
//
// Owns:   how a machine says by its output how it ends: most end `normal`, two are told apart as in OTP.
// Source: Erlang/OTP: `ignore` of a start function, and the exit reason `{shutdown, Term}`.

import type { Exit } from '../messages.ts'

const MARK = 'canopy.ending'

interface Marked {
  readonly [MARK]: 'ignore' | 'shutdown'
  readonly reason?: unknown
}

/** Output of a machine whose initial state is final: there was nothing to do, and nobody is told of an end. */
export const ignore: unknown = { [MARK]: 'ignore' } satisfies Marked

/** Output of a machine that ends in order though its work is not done: a transient child is not restarted. */
export function shutdown(reason: unknown): unknown {
  return { [MARK]: 'shutdown', reason } satisfies Marked
}

/** `initial`: it ended in its very first step. */
export function exitOf(output: unknown, initial: boolean): Exit {
  const marked = isMarked(output) ? output : undefined
  if (marked?.[MARK] === 'shutdown') return { reason: 'shutdown', output: marked.reason }
  if (marked && initial) return { reason: 'normal', ignored: true }
  return { reason: 'normal', output }
}

function isMarked(output: unknown): output is Marked {
  return typeof output === 'object' && output !== null && MARK in output
}
