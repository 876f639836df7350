// Ending
//
// Owns:   the outputs by which a machine chooses its exit: most outputs mean `normal`, two have a meaning of OTP.
// Source: Erlang/OTP: `ignore` of a start function, and the exit reason `{shutdown, Term}`.

import type { Exit } from '../messages.ts'

const MARK = 'canopy.ending'

interface MarkedOutput {
  readonly [MARK]: 'ignore' | 'shutdown'
  readonly reason?: unknown
}

/** The output of a machine whose initial state is final: there was nothing to do, and the parent is told of no end. */
export const ignore: unknown = { [MARK]: 'ignore' } satisfies MarkedOutput

/** The output of a machine that ends in order before its work is done: a transient child is not restarted. */
export function shutdown(reason: unknown): unknown {
  return { [MARK]: 'shutdown', reason } satisfies MarkedOutput
}

/** `initial`: the machine ended in its first step. */
export function exitOf(output: unknown, initial: boolean): Exit {
  const marked = isMarked(output) ? output : undefined
  if (marked?.[MARK] === 'shutdown') return { reason: 'shutdown', output: marked.reason }
  if (marked && initial) return { reason: 'normal', ignored: true }
  return { reason: 'normal', output }
}

function isMarked(output: unknown): output is MarkedOutput {
  return typeof output === 'object' && output !== null && MARK in output
}
