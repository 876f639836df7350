// A commit has a link where Canopy makes folders and files of its own, so that they are made in a folder of the user's.

import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { git, NODE_TEST, PACKAGES, surveyed, taskFor } from '../../workspace/repositories.ts'
import type { Attack } from '../attack.ts'
import { told, withCanary } from './canary.ts'

const { '.gitignore': _, ...TRACKED } = NODE_TEST

/** A tracked link that leads outside from a worktree of Canopy's: surveyed, prepared, and a place for tests looked for. */
function plantedAt(path: string, title: string): Attack {
  return {
    title,
    play: () =>
      withCanary(async ({ playground, repository }) => {
        const root = repository(TRACKED, (folder) => {
          mkdirSync(join(folder, path, '..'), { recursive: true })
          symlinkSync(`${'../'.repeat(path.split('/').length + 2)}outside`, join(folder, path))
          git(folder, 'add', '--force', path)
        })
        const workspace = await playground.open(root, { packages: PACKAGES })
        const outcome = await workspace.survey().catch(told)
        if (typeof outcome === 'string' || outcome.kind === 'refused') return told(outcome)
        const { survey } = outcome
        await workspace.prepareWorktree({ milestone: 'm', task: 't', survey, commit: survey.head })
        return `nothing was made outside; tests go to ${survey.testPattern}`
      }),
  }
}

/** A commit that no worktree of Canopy's made, as a node sends them. */
function submittedLink(path: string, title: string): Attack {
  return {
    title,
    play: () =>
      withCanary(async ({ playground, outside, repository }) => {
        const workspace = await playground.open(repository(NODE_TEST))
        const survey = await surveyed(workspace)
        await workspace.openMilestone({ milestone: 'm', survey })
        const commit = commitWithLink(workspace.clone, survey.head, path, outside)
        const submission = { commit, files: [path], cases: 1 }
        const task = taskFor(survey, 'src/color.ts', 't')
        const order = { survey, milestone: 'm', task, submission, key: 'k' }
        const said = await workspace.integrate(order).catch(told)
        return typeof said !== 'string' && said.kind === 'merged'
          ? { kind: 'succeeded', what: 'a link was merged' }
          : told(said)
      }),
  }
}

function commitWithLink(clone: string, parent: string, path: string, target: string): string {
  const input = `commit refs/heads/x\ncommitter A <a@b> 2 +0000\ndata 1\nx\nfrom ${parent}\nM 120000 inline ${path}\ndata ${target.length}\n${target}\n\nget-mark :1\ndone\n`
  const marked = input.replace('commit refs/heads/x\n', 'commit refs/heads/x\nmark :1\n')
  const args = ['--git-dir', clone, 'fast-import', '--quiet', '--done', '--force']
  return execFileSync('git', args, { input: marked, encoding: 'utf8' }).trim()
}

export const attacks: Record<string, Attack> = {
  'in-place-of-packages': plantedAt(
    'node_modules',
    'A tracked link in place of node_modules has links planted in a folder of the user',
  ),
  'in-place-of-scope': plantedAt(
    'node_modules/@types',
    'A tracked link in place of a scope has links planted in a folder of the user',
  ),
  'in-place-of-tests': plantedAt(
    'tests',
    'A tracked link in place of a folder for tests has files of the user replaced and removed',
  ),
  'submitted-packages': submittedLink(
    'node_modules',
    'A node submits a commit with a link in place of node_modules',
  ),
  'submitted-tests': submittedLink('test/more', 'A node submits a commit with a link in its tests'),
}
