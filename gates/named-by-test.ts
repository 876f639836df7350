// Named by test
//
// Complaints about lines of tests, with the names of those tests: the builtin writer leaves them out when it tries again.
// Leaves: running what complains (lint.ts).

import type { GateInput, GateParts } from './gate.ts'

interface TestPlace {
  readonly title: string
  readonly line: number
}

/** Each complaint as `path: title: complaint`, where it names a line of a test in a changed file; else as it is. */
export async function namedByTest(
  { analysis }: GateParts,
  subject: Pick<GateInput, 'files'>,
  complaints: readonly string[],
): Promise<string[]> {
  const places = new Map<string, readonly TestPlace[]>()
  for (const { path, after } of await subject.files()) {
    const declared = after === undefined ? undefined : await analysis.declaredTests(path, after)
    const tests = declared?.tests.flatMap(({ title, line }) => (title === undefined ? [] : [{ title, line }]))
    if (tests !== undefined) places.set(path, tests)
  }
  let file: string | undefined
  return complaints.map((complaint) => {
    // Linters name a file on each line, or once above its lines.
    file = [...places.keys()].find((path) => complaint.includes(path)) ?? file
    if (file === undefined) return complaint
    const [, line] = /(?:^|[\s:])(\d+):/.exec(complaint.replace(file, '')) ?? []
    const title = places.get(file)?.findLast((test) => test.line <= Number(line))?.title
    return title === undefined ? complaint : `${file}: ${title}: ${complaint}`
  })
}
