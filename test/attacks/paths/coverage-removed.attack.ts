// A repository names a file outside as the one its tests leave, so that Canopy removes or reads it.

import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { commandsSchema } from '../../../machines/index.ts'
import { type Files, git } from '../../workspace/repositories.ts'
import type { Attack } from '../attack.ts'
import { told, withCanary } from './canary.ts'

const FILES: Files = {
  'README.md': '# Shop\n',
  'shop/cart.py': 'def total(prices):\n    return sum(prices)\n',
}

interface Variant {
  readonly title: string
  readonly coverage: (outside: string) => string
  readonly prepare?: (repository: string, outside: string) => void
}

function removed({ title, coverage, prepare = () => {} }: Variant): Attack {
  return {
    title,
    play: () =>
      withCanary(async ({ playground, outside, repository }) => {
        const root = repository(FILES, (folder) => prepare(folder, outside))
        const tests = { run: 'true', coverage: coverage(outside) }
        const schema = commandsSchema.safeParse({ tests })
        const refusal = schema.success ? '' : `the schema refuses it: ${schema.error.message}; `
        // The schema is one fence, the room's own the second: both must hold.
        const workspace = await playground.open(root, { commands: { tests } })
        return `${refusal}${told(await workspace.survey().catch(told))}`
      }),
  }
}

const above = '../'.repeat(12)

export const attacks: Record<string, Attack> = {
  'above-the-root': removed({
    title: 'commands.tests.coverage leads out of the worktree by ..',
    coverage: (outside) => `${above}${outside.slice(1)}/secret.txt`,
  }),
  absolute: removed({
    title: 'commands.tests.coverage is an absolute path',
    coverage: (outside) => `${outside}/secret.txt`,
  }),
  'over-a-link': removed({
    title: 'commands.tests.coverage leads over a tracked link to a folder of the user',
    coverage: () => 'out/secret.txt',
    prepare: (repository, outside) => symlinkSync(outside, join(repository, 'out')),
  }),
  'is-a-link': removed({
    title: 'commands.tests.coverage is a tracked link to a file of the user',
    coverage: () => 'lcov.info',
    prepare: (repository, outside) => {
      symlinkSync(join(outside, 'secret.txt'), join(repository, 'lcov.info'))
      git(repository, 'add', '--force', 'lcov.info')
    },
  }),
}
