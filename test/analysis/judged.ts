// What a change of one file of tests is found to do, for the tests of this folder.

import { analysis } from '../../analysis/index.ts'
import type { ChangeFinding } from '../../machines/index.ts'

/** The findings, in the order of their lines. */
export async function findingsOf(
  before: string | undefined,
  after: string | undefined,
  path = 'test/shop.test.ts',
): Promise<ChangeFinding[]> {
  const change = {
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }
  const found = await analysis.judgeTests({ tests: [change], sources: [] })
  return found.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0))
}

/** `12 loosened`: the line and the kind of each finding. */
export async function kindsOf(
  before: string | undefined,
  after: string | undefined,
  path?: string,
): Promise<string[]> {
  const found = await findingsOf(before, after, path)
  return found.map(({ line, kind }) => (line === undefined ? kind : `${line} ${kind}`))
}

/** CPU time of this process in milliseconds that some work takes. */
export async function cpuOf(work: () => unknown): Promise<number> {
  const begun = process.cpuUsage()
  await work()
  return process.cpuUsage(begun).user / 1000
}

export const times = (count: number, write: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => write(at)).join('')
