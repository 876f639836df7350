// Keyed mutex
//
// Runs one piece of work for each name at a time, in order of arrival.

const last = new Map<string, Promise<unknown>>()

/** Runs the work when all earlier work of this name has ended, successfully or not. */
export async function withKeyLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const mine = (last.get(name) ?? Promise.resolve()).then(work, work)
  last.set(name, mine)
  try {
    return await mine
  } finally {
    if (last.get(name) === mine) last.delete(name)
  }
}
