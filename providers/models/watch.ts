// Watch
//
// Owns:   the time limits of a call, and the reason it was ended: silence, the deadline, or its caller.
// Leaves: the call itself (calls.ts).
//
// The SDKs' own timeouts end with the response's headers: a body that stalls hangs for ever without this.

/** Why a call was ended before its time. */
export type Cut = 'silent' | 'deadline' | 'aborted'

interface Times {
  readonly signal: AbortSignal
  /** Absent: silence is no reason. */
  readonly idleMs?: number
  readonly deadlineMs: number
}

/** Runs `work`; it is over at the first of its end, silence, the deadline and the caller's signal. */
export async function watched<Result>(
  times: Times,
  work: (signal: AbortSignal, alive: () => void) => Promise<Result>,
): Promise<{ readonly cut: Cut } | { readonly result: Result }> {
  const controller = new AbortController()
  const { promise: over, resolve } = Promise.withResolvers<{ cut: Cut }>()
  const end = (cut: Cut): void => {
    resolve({ cut })
    controller.abort()
  }
  const aborted = (): void => end('aborted')
  const deadline = setTimeout(end, times.deadlineMs, 'deadline')
  const idle = times.idleMs === undefined ? undefined : setTimeout(end, times.idleMs, 'silent')
  times.signal.addEventListener('abort', aborted, { once: true })
  if (times.signal.aborted) aborted()
  try {
    if (controller.signal.aborted) return await over
    const working = work(controller.signal, () => idle?.refresh()).then((result) => ({ result }))
    // Some SDK paths end quietly when they are aborted: what `over` says goes first.
    return await Promise.race([over, working])
  } catch (error) {
    if (controller.signal.aborted) return await over
    throw error
  } finally {
    clearTimeout(deadline)
    clearTimeout(idle)
    times.signal.removeEventListener('abort', aborted)
    controller.abort()
  }
}
