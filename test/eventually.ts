import { limit, MAX_SLOWNESS, measureSlowness, shortage } from './machine-speed.ts'

const LOOK_EACH_MS = 5

/**
 * Waits for a fact: looks again until `look` gives something other than undefined or false. `within` is in ms on the
 * reference machine; when that is over it is asked how slow this one is now, and waited on for as long as that takes.
 */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { within = 25_000, what = 'a fact' }: { within?: number; what?: string } = {},
): Promise<T> {
  const began = performance.now()
  for (let allowed = limit(within); ; ) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    const waited = performance.now() - began
    if (waited > allowed) {
      const longer = waited < within * MAX_SLOWNESS ? within * measureSlowness() : 0
      if (longer <= waited) throw new Error(lateness(what, waited, within))
      allowed = longer
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EACH_MS))
  }
}

function lateness(what: string, waited: number, within: number): string {
  const seconds = (ms: number) => `${Math.round(ms / 10) / 100} s`
  return `${what} did not come true in ${seconds(waited)} (limit ${seconds(within)} on a quiet machine); ${shortage()}`
}
