// A canopy.yaml that is no plain file: a link to a secret, a pipe, a huge or deep one; and files that are not canopy.yaml.

import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { type Attack, type AttackResult, refused, succeeded } from '../attack.ts'
import { openScene, refusal, type Scene } from './hostile-repository.ts'

const SECRET = 'FAKE-PRIVATE-KEY-zz81'
const LOOSE = 'gates: { policy: fast_iteration }\n'

function attack(
  title: string,
  prepare: (scene: Scene) => Promise<void>,
  judge: (said: Awaited<ReturnType<Scene['run']>>) => AttackResult = refusal,
): Attack {
  return {
    title,
    async play() {
      await using scene = await openScene(undefined)
      await prepare(scene)
      const said = await scene.run()
      if (`${said.out}${said.err}`.includes(SECRET)) return succeeded('the secret was printed')
      return judge(said)
    },
  }
}

/** The file must have no effect: the run gets as far as its NATS server. */
const ignored: Parameters<typeof attack>[2] = ({ err }) =>
  err.includes('no NATS server') ? refused('the file is not read') : succeeded(err)

export const attacks: Readonly<Record<string, Attack>> = {
  'link-to-secret': attack(
    'canopy.yaml is a link to a secret, which an error would show',
    async ({ home, repository }) => {
      await writeFile(join(home, 'id_ed25519'), SECRET)
      await symlink(join(home, 'id_ed25519'), join(repository, 'canopy.yaml'))
    },
  ),
  'link-inside': attack('canopy.yaml is a link to another file of the repository', async ({ repository }) => {
    await writeFile(join(repository, 'other.yaml'), 'workers: 1\n')
    await symlink('other.yaml', join(repository, 'canopy.yaml'))
  }),
  'link-to-trusted': attack(
    'canopy.yaml is a link to what the user trusts elsewhere',
    async ({ home, repository, canopy }) => {
      const trusted = join(home, 'trusted')
      await mkdir(join(trusted, '.git'), { recursive: true })
      await writeFile(join(trusted, 'canopy.yaml'), LOOSE)
      await canopy('trust', trusted, '--yes')
      await symlink(join(trusted, 'canopy.yaml'), join(repository, 'canopy.yaml'))
    },
  ),
  pipe: attack('canopy.yaml is a pipe that nobody writes to', async ({ repository }) => {
    await execa('mkfifo', [join(repository, 'canopy.yaml')])
  }),
  folder: attack('canopy.yaml is a folder', async ({ repository }) => {
    await mkdir(join(repository, 'canopy.yaml'))
  }),
  huge: attack('canopy.yaml has ten megabytes', async ({ repository }) => {
    await writeFile(join(repository, 'canopy.yaml'), `workers: 1 # ${'x'.repeat(10_000_000)}\n`)
  }),
  'not-text': attack('canopy.yaml is no UTF-8', async ({ repository }) => {
    await writeFile(join(repository, 'canopy.yaml'), Buffer.from([0xff, 0xfe, 0x00, 0x61]))
  }),
  'deep-flow': attack('canopy.yaml is nested 60,000 levels deep', async ({ repository }) => {
    await writeFile(join(repository, 'canopy.yaml'), '['.repeat(60_000))
  }),
  'deep-block': attack('canopy.yaml is nested deep in block style', async ({ repository }) => {
    await writeFile(join(repository, 'canopy.yaml'), `${'- '.repeat(60_000)}a\n`)
  }),
  'alias-bomb': attack('canopy.yaml is small and stands for a billion values', async ({ repository }) => {
    const levels = Array.from({ length: 9 }, (_, at) => {
      const below =
        at === 0
          ? '[lol]'
          : `[${Array(10)
              .fill(`*a${at - 1}`)
              .join(', ')}]`
      return `a${at}: &a${at} ${below}`
    })
    await writeFile(join(repository, 'canopy.yaml'), `${levels.join('\n')}\n`)
  }),
  'yml-twin': attack(
    'The settings stand in canopy.yml',
    ({ repository }) => writeFile(join(repository, 'canopy.yml'), LOOSE),
    ignored,
  ),
  'user-file-in-repository': attack(
    "The repository holds a file like the user's own",
    async ({ repository }) => {
      await mkdir(join(repository, '.config', 'canopy'), { recursive: true })
      await writeFile(join(repository, '.config', 'canopy', 'config.yaml'), LOOSE)
    },
    ignored,
  ),
}
