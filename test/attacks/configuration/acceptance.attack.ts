// A worker reads what accepts its work.

import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Said } from '../../cli/called.ts'
import { type Attack, type AttackResult, refused, succeeded } from '../attack.ts'
import { openScene, refusal, type Scene } from './hostile-repository.ts'

const roadmap = (accept: string): string =>
  `milestones: [{ id: a, name: A, goal: { outcome: It works., accept: [${accept}] } }]\n`

function attack(title: string, prepare: (scene: Scene) => Promise<Said>, judge = inside): Attack {
  return {
    title,
    async play() {
      await using scene = await openScene(undefined)
      return judge(await prepare(scene))
    },
  }
}

function inside({ code, err }: Said): AttackResult {
  return code === 2 && err.includes('is inside the repository')
    ? refused(err)
    : succeeded(`it ended with ${code}: ${err}`)
}

export const attacks: Readonly<Record<string, Attack>> = {
  'in-canopy-yaml-trusted': attack(
    'The commands stand in a canopy.yaml that the user would trust',
    async ({ repository, canopy, run }) => {
      await writeFile(join(repository, 'canopy.yaml'), roadmap('node check.js'))
      await canopy('trust', repository, '--yes')
      return run()
    },
    refusal,
  ),
  'config-inside': attack("The user's own file stands inside the repository", async ({ repository, run }) => {
    await writeFile(join(repository, 'mine.yaml'), roadmap('node check.js'))
    return run('--config', join(repository, 'mine.yaml'))
  }),
  'roadmap-inside': attack('The roadmap stands inside the repository', async ({ repository, run }) => {
    await writeFile(join(repository, 'roadmap.yaml'), roadmap('node check.js'))
    return run('--roadmap', join(repository, 'roadmap.yaml'))
  }),
  'roadmap-linked-inside': attack(
    'The roadmap is a link into the repository',
    async ({ home, repository, run }) => {
      await writeFile(join(repository, 'roadmap.yaml'), roadmap('node check.js'))
      await symlink(join(repository, 'roadmap.yaml'), join(home, 'roadmap.yaml'))
      return run('--roadmap', join(home, 'roadmap.yaml'))
    },
  ),
  'files-inside': attack('The files stand inside the repository', async ({ home, repository, run }) => {
    await mkdir(join(repository, 'accept'))
    await writeFile(join(home, 'roadmap.yaml'), roadmap('{ run: node check.js, files: stranger/accept }'))
    return run('--roadmap', join(home, 'roadmap.yaml'))
  }),
}
