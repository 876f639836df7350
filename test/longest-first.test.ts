// Which test files are slow, and that they come first.

import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { TestSpecification, Vitest } from 'vitest/node'
import { CORE_SECONDS, LongestFirst } from './longest-first.ts'

it('names only slow files that are there', () => {
  const slow = globSync('**/*.slow.test.ts', { cwd: import.meta.dirname })
  const paths = Object.keys(CORE_SECONDS).map((name) => `${name}.slow.test.ts`)
  expect(paths.filter((path) => !slow.includes(path))).toEqual([])
})

it('sorts the longest first, and the quick ones last', async () => {
  const project = { name: '', config: { isolate: true, sequence: { groupOrder: 0 } } }
  const specification = (path: string) =>
    ({ moduleId: join(import.meta.dirname, path), project }) as unknown as TestSpecification
  const cache = { getTestSpecificationResult: () => ({ failed: false, duration: 1 }) }
  const sequencer = new LongestFirst({ cache } as unknown as Vitest)
  const sorted = await sequencer.sort(
    ['docs.test.ts', 'new.slow.test.ts', 'e2e/agent-nodes.slow.test.ts', 'attacks/gates.slow.test.ts'].map(
      specification,
    ),
  )
  expect(sorted.map(({ moduleId }) => moduleId.split('/').at(-1))).toEqual([
    'gates.slow.test.ts',
    'new.slow.test.ts',
    'agent-nodes.slow.test.ts',
    'docs.test.ts',
  ])
})
