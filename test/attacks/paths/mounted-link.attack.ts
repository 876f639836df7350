// A repository has a link in place of its packages, or says which folders go with them, so that the sandbox shows another
// part of the machine: its code then reads a file of the user's.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Workspace } from '../../../workspace/index.ts'
import { type Files, git, NODE_TEST } from '../../workspace/repositories.ts'
import { type Attack, type AttackResult, succeeded } from '../attack.ts'
import { type Canary, SECRET, told, withCanary } from './canary.ts'

/** Without packages, npm has nothing to fetch. */
const { '.gitignore': _, ...TRACKED } = NODE_TEST

interface Variant {
  readonly title: string
  readonly files: Files
  readonly prepare: (repository: string, outside: string) => void
}

function mounted({ title, files, prepare }: Variant): Attack {
  return {
    title,
    needs: ['linux'],
    play: () =>
      withCanary(async (canary) => {
        const path = canary.repository(files, (repository) => prepare(repository, canary.outside))
        const workspace = await canary.playground.openAlone(path)
        const outcome = await workspace.survey().catch(told)
        if (typeof outcome === 'string') return outcome
        if (outcome.kind === 'refused') return `${outcome.code}: ${outcome.message}`
        return reads(workspace, outcome.survey, canary)
      }),
  }
}

/** Code of the repository looks for the file. */
async function reads(
  workspace: Workspace,
  survey: { head: string },
  { outside }: Canary,
): Promise<AttackResult | string> {
  const of = { milestone: 'm', task: 't', survey }
  await workspace.prepareWorktree({ ...of, commit: survey.head })
  const script = `cat ${outside}/secret.txt node_modules/secret.txt node_modules/*/secret.txt`
  const ending = await workspace.run({ ...of, argv: ['/bin/sh', '-c', script], timeoutMs: 20_000 })
  if (JSON.stringify(ending).includes(SECRET)) return succeeded('the file outside was read in the sandbox')
  return `the sandbox does not show it: ${told(ending)}`
}

const track = (repository: string, ...paths: string[]) => git(repository, 'add', '--force', ...paths)

export const attacks: Record<string, Attack> = {
  'tracked-link': mounted({
    title: 'A repository tracks a link to a folder of the user in place of node_modules',
    files: TRACKED,
    prepare: (repository, outside) => {
      symlinkSync(outside, join(repository, 'node_modules'))
      track(repository, 'node_modules')
    },
  }),
  'tracked-link-to-root': mounted({
    title: 'A repository tracks a link to / in place of node_modules',
    files: TRACKED,
    prepare: (repository) => {
      symlinkSync('/', join(repository, 'node_modules'))
      track(repository, 'node_modules')
    },
  }),
  'relative-link': mounted({
    title: 'A repository tracks a relative link in place of node_modules',
    files: TRACKED,
    prepare: (repository, outside) => {
      symlinkSync(relative(repository, outside), join(repository, 'node_modules'))
      track(repository, 'node_modules')
    },
  }),
  'untracked-link': mounted({
    title: 'A copied folder has an untracked link to a folder of the user in place of node_modules',
    files: NODE_TEST,
    prepare: (repository, outside) => symlinkSync(outside, join(repository, 'node_modules')),
  }),
  'link-in-packages': mounted({
    title: 'An untracked node_modules has a package that is a link to a folder of the user',
    files: { ...NODE_TEST, 'node_modules/leaf/package.json': '{"name":"leaf"}' },
    prepare: (repository, outside) => symlinkSync(outside, join(repository, 'node_modules/stem')),
  }),
  'file-of-readable-folders': mounted({
    title: 'A repository tracks a readable.json beside its node_modules that lists a folder of the user',
    files: { ...NODE_TEST, 'node_modules/leaf/package.json': '{"name":"leaf"}' },
    prepare: (repository, outside) =>
      writeFileSync(join(repository, 'readable.json'), JSON.stringify([outside])),
  }),
  'link-to-own-folder': mounted({
    title:
      'node_modules is a link to a tracked folder, beside which a readable.json lists a folder of the user',
    files: { ...NODE_TEST, 'deep/cache/leaf/package.json': '{"name":"leaf"}' },
    prepare: (repository, outside) => {
      const list = join(repository, 'deep/readable.json')
      mkdirSync(dirname(list), { recursive: true })
      writeFileSync(list, JSON.stringify([outside]))
      symlinkSync('deep/cache', join(repository, 'node_modules'))
    },
  }),
}
