/** Exponential backoff with full jitter in its upper half: `random` in [0, 1) spreads it. Milliseconds. */
export function backoff(attempt: number, random: number, firstMs = 100, maxMs = 10_000): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.max(0, attempt - 1))
  return ceiling / 2 + (random * ceiling) / 2
}
