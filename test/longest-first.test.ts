// Which test files are slow, and that they come first.

import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { TestSpecification, Vitest } from 'vitest/node'
import { CORE_SECONDS, LongestFirst } from './longest-first.ts'

it('knows how long each slow file takes, and no other', () => {
  const slow = globSync('**/*.slow.test.ts', { cwd: import.meta.dirname })
  expect(Object.keys(CORE_SECONDS).toSorted()).toEqual(
    slow.map((path) => path.replace('.slow.test.ts', '')).toSorted(),
  )
  expect(Math.min(...Object.values(CORE_SECONDS))).toBeGreaterThanOrEqual(10)
})

it('sorts the longest first, and the quick ones last', async () => {
  const project = { name: '', config: { isolate: true, sequence: { groupOrder: 0 } } }
  const specification = (path: string) =>
    ({ moduleId: join(import.meta.dirname, path), project }) as unknown as TestSpecification
  const cache = { getTestSpecificationResult: () => ({ failed: false, duration: 1 }) }
  const sequencer = new LongestFirst({ cache } as unknown as Vitest)
  const sorted = await sequencer.sort(
    ['docs.test.ts', 'e2e/nodes.slow.test.ts', 'attacks/gates.slow.test.ts'].map(specification),
  )
  expect(sorted.map(({ moduleId }) => moduleId.split('/').at(-1))).toEqual([
    'gates.slow.test.ts',
    'nodes.slow.test.ts',
    'docs.test.ts',
  ])
})
