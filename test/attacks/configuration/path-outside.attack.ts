// A path in a repository's file leads out of the repository: what Canopy reads or removes there is not the repository's.

import type { Attack } from '../attack.ts'
import { openScene, refusal } from './hostile-repository.ts'

function path(title: string, file: string): Attack {
  return {
    title,
    async play() {
      await using scene = await openScene(file)
      return refusal(await scene.run())
    },
  }
}

const coverage = (where: string): string =>
  JSON.stringify({ commands: { tests: { run: 'true', coverage: where } } })
const pattern = (where: string): string =>
  JSON.stringify({ commands: { tests: { run: 'true', pattern: where } } })

export const attacks: Readonly<Record<string, Attack>> = {
  'coverage-above': path(
    'The report of coverage stands far above',
    coverage('../../../../../../.ssh/id_ed25519'),
  ),
  'coverage-absolute': path('The report of coverage has a whole path', coverage('/etc/passwd')),
  'coverage-inner-dots': path('The report of coverage leads out on the way', coverage('a/../../b')),
  'coverage-git': path("The report of coverage is git's own configuration", coverage('.git/config')),
  'coverage-git-loose': path("The report of coverage is git's, spelt otherwise", coverage('.GIT/config')),
  'coverage-nul': path('The report of coverage has a NUL in it', coverage('lcov.info\0/../../x')),
  'coverage-backslash': path('The report of coverage has backslashes', coverage('..\\..\\x')),
  'pattern-above': path('New tests are put above', pattern('../{name}.sh')),
  'pattern-absolute': path('New tests are put anywhere', pattern('/tmp/{name}.sh')),
  'pattern-git': path("New tests are put among git's hooks", pattern('.git/hooks/{name}')),
  'pattern-drive': path('New tests are named by a drive', pattern('C:{name}')),
  'advisories-above': path(
    'The list of advisories stands above',
    'gates: { advisories: { file: ../../x.json } }',
  ),
}
