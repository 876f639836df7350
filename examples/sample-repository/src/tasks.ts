import { explain, OrchardError, RangeViolation } from './errors.js'

export interface RetryOptions {
  /** Tries in all. */
  times?: number
  /** Milliseconds before the second try; each later pause is twice as long. */
  pause?: number
  /** No pause is longer than this. */
  longest?: number
  /** Says which errors are worth another try; all unless told. */
  worthIt?: (error: unknown) => boolean
  /** The pause itself, so that nobody has to wait in a test. */
  sleep: (ms: number) => Promise<void>
}

/** Runs until it works, with growing pauses. */
export async function retry<T>(run: (attempt: number) => Promise<T> | T, options: RetryOptions): Promise<T> {
  const { times = 3, pause = 100, longest = 5000, worthIt = () => true, sleep } = options
  if (times < 1) throw new RangeViolation('times', times, 'at least 1')
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run(attempt)
    } catch (error) {
      if (!worthIt(error)) throw error
      if (attempt >= times) {
        throw new OrchardError('retry', `gave up after ${attempt} tries: ${explain(error)}`, { cause: error })
      }
      await sleep(Math.min(pause * 2 ** (attempt - 1), longest))
    }
  }
}

/** Runs over all items with at most `limit` at a time; results in the order of the items. */
export async function mapLimit<T, U>(
  items: readonly T[],
  limit: number,
  run: (item: T, index: number) => Promise<U> | U,
): Promise<U[]> {
  if (!Number.isInteger(limit) || limit < 1)
    throw new RangeViolation('the limit', limit, 'a whole number from 1')
  const results: U[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next
      next += 1
      results[index] = await run(items[index] as T, index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results
}

/** All of them, whatever happens: what worked and what did not. */
export async function settle<T>(
  jobs: readonly (() => Promise<T> | T)[],
): Promise<{ done: T[]; failed: string[] }> {
  const done: T[] = []
  const failed: string[] = []
  for (const job of jobs) {
    try {
      done.push(await job())
    } catch (error) {
      failed.push(explain(error))
    }
  }
  return { done, failed }
}

/** Lets through at most `count` calls in any `window`, by the times it is told. */
export function rateLimit(
  count: number,
  window: number,
): (now: number) => { allowed: boolean; wait: number } {
  if (count < 1 || window <= 0) throw new RangeViolation('the rate', count / window, 'more than 0')
  let times: number[] = []
  return (now) => {
    times = times.filter((time) => now - time < window)
    const oldest = times[0]
    if (oldest !== undefined && times.length >= count) return { allowed: false, wait: oldest + window - now }
    times.push(now)
    return { allowed: true, wait: 0 }
  }
}
