// Missing tests
//
// Finds the tests that passed in one run and not in another.
//
// In a file whose tests have other names in each run, they are counted instead.

import type { TestResult } from '../../workspace/index.ts'

export interface ExpectedTest {
  readonly file: string
  readonly name: string
}

export const passedOf = (tests: readonly TestResult[]): ExpectedTest[] =>
  tests.filter(({ status }) => status === 'passed').map(({ file, name }) => ({ file, name }))

export function missingFrom(expected: readonly ExpectedTest[], tests: readonly TestResult[]): ExpectedTest[] {
  const passed = counted(passedOf(tests))
  const missing = expected.filter((test) => !take(passed, keyOf(test)))
  const isWhole = (file: string) => {
    const own = tests.filter((test) => test.file === file)
    const before = expected.filter((test) => test.file === file)
    return passedOf(own).length >= before.length && own.every(({ status }) => status !== 'failed')
  }
  const whole = new Set([...new Set(missing.map(({ file }) => file))].filter(isWhole))
  return missing.filter(({ file }) => !whole.has(file))
}

const keyOf = ({ file, name }: ExpectedTest) => `${file}\n${name}`

function counted(tests: readonly ExpectedTest[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const test of tests) counts.set(keyOf(test), (counts.get(keyOf(test)) ?? 0) + 1)
  return counts
}

function take(counts: Map<string, number>, key: string): boolean {
  const left = counts.get(key) ?? 0
  counts.set(key, left - 1)
  return left > 0
}
