// Turn: what a piece of work took, by the clock and by this process's own share of the processors. On a machine that
// others use too the second says more.

export interface Turn {
  readonly us: number
  readonly cpuUs: number
}

/** Microseconds for each of `count`. */
export async function turn(count: number, work: () => Promise<unknown>): Promise<Turn> {
  const cpu = process.cpuUsage()
  const since = performance.now()
  await work()
  const us = ((performance.now() - since) * 1000) / count
  const { user, system } = process.cpuUsage(cpu)
  return { us, cpuUs: (user + system) / count }
}
