// Figures: what several benchmarks make of their measurements.

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0
}

export function round2(value: number): number {
  return Math.round(value * 100) / 100
}

/** Runs `count` jobs, so many at a time. */
export async function inBatches(
  count: number,
  size: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < count; from += size) {
    const many = Math.min(size, count - from)
    await Promise.all(Array.from({ length: many }, (_, index) => work(from + index)))
  }
}
