/** Waits for a fact: looks again until `look` gives something other than undefined or false. */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { within = 25_000, what = 'a fact' }: { within?: number; what?: string } = {},
): Promise<T> {
  const end = performance.now() + within
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`${what} did not come true within ${within} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
