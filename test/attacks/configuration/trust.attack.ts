// A repository profits from a trust that was given to something else: other content, another place, somebody else's record.

import { chmod, cp, mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Attack, couldNotRun } from '../attack.ts'
import { openScene, refusal, type Scene } from './hostile-repository.ts'

const HARMLESS = 'gates: { lint: false }\n'
const LOOSE = 'gates: { policy: fast_iteration }\n'

/** A repository was trusted with harmless content; the attacker does something, and the user runs `run`. */
function afterTrust(title: string, attack: (scene: Scene) => Promise<string>): Attack {
  return {
    title,
    async play() {
      await using scene = await openScene(HARMLESS)
      const trusted = await scene.canopy('trust', scene.repository, '--yes')
      if (trusted.code !== 0) return couldNotRun(`it could not be trusted: ${trusted.err}`)
      const before = await scene.run()
      if (!before.err.includes('no NATS server')) return couldNotRun(`trust has no effect: ${before.err}`)
      const repository = await attack(scene)
      return refusal(await scene.canopy('run', '--repo', repository, ...scene.nowhere))
    },
  }
}

const recordOf = async ({ home }: Scene): Promise<string> => {
  const folder = join(home, '.local', 'state', 'canopy', 'trusted')
  return join(folder, (await readdir(folder))[0] ?? '')
}

export const attacks: Readonly<Record<string, Attack>> = {
  changed: afterTrust('The file is changed after it was trusted', async ({ repository }) => {
    await writeFile(join(repository, 'canopy.yaml'), LOOSE)
    return repository
  }),
  'changed-by-a-space': afterTrust(
    'The file is changed in a way that nobody sees',
    async ({ repository }) => {
      await writeFile(join(repository, 'canopy.yaml'), `${HARMLESS} `)
      return repository
    },
  ),
  copied: afterTrust('The trusted file is copied into another repository', async ({ home, repository }) => {
    const other = join(home, 'other')
    await cp(repository, other, { recursive: true })
    return other
  }),
  'moved-in': afterTrust(
    'Another repository takes the place of the trusted one',
    async ({ home, repository }) => {
      await rename(repository, join(home, 'away'))
      await mkdir(join(repository, '.git'), { recursive: true })
      await writeFile(join(repository, 'canopy.yaml'), LOOSE)
      return repository
    },
  ),
  'by-a-link': afterTrust(
    'A link leads from the trusted place to another repository',
    async ({ home, repository }) => {
      const other = join(home, 'other')
      await cp(repository, other, { recursive: true })
      await rename(repository, join(home, 'away'))
      await symlink(other, repository)
      return repository
    },
  ),
  revoked: afterTrust('The user took the trust back', async ({ canopy, repository }) => {
    await canopy('trust', '--revoke', repository)
    return repository
  }),
  'record-others-write': afterTrust('Others can write the record of trust', async (scene) => {
    await chmod(await recordOf(scene), 0o666)
    return scene.repository
  }),
}
