// Code that the mutation or flakiness gate runs puts a link to a file of the user's where the gate will write next: the
// submission's text, which is also a shell script, is then written there.

import { analysis } from '../../../analysis/index.ts'
import { gatesUnder } from '../../../gates/index.ts'
import { type Files, NODE_TEST, surveyed } from '../../workspace/repositories.ts'
import type { Attack } from '../attack.ts'
import { told, withCanary } from './canary.ts'

const SOURCE = `/*
touch ~/written
*/
export function rate(sum: number): number {
  if (sum > 100) return 2
  return sum > 10 ? 1 : 0
}
`

interface Variant {
  readonly title: string
  readonly gates: readonly string[]
  /** Run in the tests where those gates run them. */
  readonly trap: (outside: string) => string
}

const testWith = (trap: string) => `import assert from 'node:assert/strict'
import fs from 'node:fs'
import { it } from 'node:test'
import { rate } from '../src/rate.ts'
it('knows rates', () => {
  try { if (/mutants|again|rounds/.test(process.cwd())) { ${trap} } } catch {}
  assert.deepEqual([rate(101), rate(100), rate(11), rate(10)], [2, 1, 1, 0])
})
`

function written({ title, gates, trap }: Variant): Attack {
  return {
    title,
    play: () =>
      withCanary(async ({ playground, outside, repository }) => {
        const chosen = gatesUnder({ mutation: { mutants: 2, survivors: 1 } }).filter(({ name }) =>
          gates.includes(name),
        )
        const path = repository(NODE_TEST)
        const workspace = await playground.open(path, { analysis, gates: chosen })
        const survey = await surveyed(workspace)
        await workspace.openMilestone({ milestone: 'm', survey })
        await workspace.prepareWorktree({ milestone: 'm', task: 't', survey, commit: survey.head })
        const files: Files = { 'src/rate.ts': SOURCE, 'test/rate.test.ts': testWith(trap(outside)) }
        const submission = await workspace.submit({
          ...{ milestone: 'm', task: 't', cases: 1, message: 'rates' },
          files: Object.entries(files).map(([file, source]) => ({ path: file, source })),
        })
        const task = {
          ...{ id: 't', kind: 'code' as const, title: 'rates', instructions: 'rates', files: [], round: 1 },
          needs: [],
        }
        return told(await workspace.integrate({ survey, milestone: 'm', task, submission, key: 'k' }))
      }),
  }
}

export const attacks: Record<string, Attack> = {
  'a-link-in-place-of-the-source': written({
    title: 'Code puts a link to a file of the user in place of the source that the mutation gate changes',
    gates: ['tests', 'mutation'],
    trap: (outside) => `fs.rmSync('src/rate.ts'); fs.symlinkSync('${outside}/secret.txt', 'src/rate.ts')`,
  }),
  'a-link-in-place-of-its-folder': written({
    title: 'Code puts a link to a folder of the user in place of the folder of the source',
    gates: ['tests', 'mutation', 'flakiness'],
    trap: (outside) => `fs.renameSync('src', 'was'); fs.symlinkSync('${outside}', 'src')
      fs.renameSync('test', 'were'); fs.symlinkSync('${outside}', 'test')`,
  }),
}
