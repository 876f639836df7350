// Whoever answers a node says that packages belong outside of its cache, sends an archive that unpacks elsewhere, or names
// a folder of the machine as packages, which the sandbox is then shown.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requests } from '../../../app/nodes/requests.ts'
import type { JudgingWorkspace } from '../../workspace/judging.ts'

import { NODE_TEST, surveyed } from '../../workspace/repositories.ts'
import { type Attack, type AttackResult, succeeded } from '../attack.ts'
import { type Canary, SECRET, told, withCanary } from './canary.ts'

const KEY = 'a'.repeat(64)
const ROOT = '/home/other/node_modules'

interface Sent {
  readonly key?: string
  readonly root?: string
  readonly dependencies?: string
}

interface Variant {
  readonly title: string
  readonly sent?: (canary: Canary) => Sent
  /** Makes the archive in a folder of its own: arguments for tar. */
  readonly archive?: (folder: string, canary: Canary) => readonly string[]
}

const plainArchive = (folder: string): string[] => {
  writeFileSync(join(folder, 'index.js'), '')
  return ['-C', folder, '.']
}

function archived({ title, sent = () => ({}), archive = plainArchive }: Variant): Attack {
  return {
    title,
    needs: ['linux'],
    play: () =>
      withCanary(async (canary) => {
        const { playground } = canary
        const folder = join(playground.root, 'packed')
        mkdirSync(folder)
        const file = join(playground.root, 'archive.tar.gz')
        execFileSync('tar', ['-P', '-czf', file, ...archive(folder, canary)])
        const { key = KEY, root = ROOT, dependencies = root } = sent(canary)
        const site = { host: 'h', survey: `survey/${'b'.repeat(40)}`, key }
        const answer = { ...site, archives: [{ root, object: `dependencies/${KEY}/0` }] }
        const isAnswer = requests['node-site'].output.safeParse(answer).success
        const away = await playground.openAlone(join(playground.root, 'nowhere'))
        const order = { dependencies, key, archives: [{ root, file }] }
        const place = await away.exchange.takeDependencies(order).catch(told)
        const left = readdirSync(playground.root).filter((name) => !EXPECTED.has(name))
        if (left.length > 0) return succeeded(`${left} were made outside of the cache`)
        return `${isAnswer ? '' : 'no answer of a home; '}${place} ${await linksOut(place, canary)}`
      }),
  }
}

const EXPECTED = new Set(['outside', 'packed', 'archive.tar.gz', 'data', 'nowhere'])

/** What can be read of the canary through what was unpacked. */
async function linksOut(place: string, { playground }: Canary): Promise<string> {
  if (!place.startsWith(playground.root)) return ''
  return execFileSync('sh', ['-c', `find -L ${place} -type f -exec cat {} + 2>&1 | head -c 10000`], {
    encoding: 'utf8',
  })
}

/** By what they name for packages. */
const SURVEYS: Readonly<Record<string, (outside: string, cache: string) => string>> = {
  'a folder of the machine': (outside) => outside,
  'the whole machine': () => '/',
  'a path that leads out of the cache': (_outside, cache) => `${cache}/../../outside`,
}

const hostileSurveys: Attack = {
  title: 'A survey names folders of the machine for packages, so that the sandbox is shown them',
  needs: ['linux'],
  play: () =>
    withCanary(async ({ playground, outside, repository }) => {
      const home = await playground.open(repository(NODE_TEST))
      const survey = await surveyed(home)
      const code = await home.exchange.packCode({ commit: survey.head, known: null })
      const directory = join(playground.root, 'away')
      const away = await playground.open(join(playground.root, 'nowhere'), { directory })
      await away.exchange.takeCode({ commit: survey.head, file: code })
      const said: string[] = []
      for (const [what, dependenciesOf] of Object.entries(SURVEYS)) {
        const dependencies = dependenciesOf(outside, join(directory, 'dependencies'))
        const refusal = await away.exchange
          .takeSurvey({ ...survey, dependencies })
          .then(() => undefined, told)
        const read = refusal ?? (await readIn(away, survey, outside).catch(told))
        if (typeof read !== 'string') return read
        said.push(`${what}: ${read}`)
      }
      return said.join('\n')
    }),
}

async function readIn(
  away: JudgingWorkspace,
  survey: { head: string },
  outside: string,
): Promise<AttackResult | string> {
  const of = { milestone: 'm', task: 't', survey }
  await away.prepareWorktree({ ...of, commit: survey.head })
  const argv = ['/bin/sh', '-c', `cat ${outside}/secret.txt node_modules/*`]
  const ending = await away.run({ ...of, argv, timeoutMs: 20_000 })
  return JSON.stringify(ending).includes(SECRET) ? succeeded('the sandbox read it') : told(ending)
}

export const attacks: Record<string, Attack> = {
  'key-above-the-cache': archived({
    title: 'The key of the packages leads out of the cache by ..',
    sent: () => ({ key: '../../evil' }),
  }),
  'key-is-absolute': archived({
    title: 'The key of the packages is an absolute path',
    sent: ({ outside }) => ({ key: `${outside}/evil` }),
  }),
  'root-is-above': archived({
    title: 'The folder of the packages is called ..',
    sent: () => ({ root: '/a/..' }),
  }),
  'dependencies-elsewhere': archived({
    title: 'The packages are said to be in another folder than was sent',
    sent: ({ outside }) => ({ dependencies: outside }),
  }),
  'dependencies-above': archived({
    title: 'The packages are said to be above the folder that was sent',
    sent: () => ({ dependencies: `${ROOT}/../../../../../outside` }),
  }),
  'member-above': archived({
    title: 'A member of the archive leads out by ..',
    archive: (folder) => {
      writeFileSync(join(folder, 'evil'), '')
      return ['-C', folder, '--transform', 's,^evil$,../../../../outside/evil,', 'evil']
    },
  }),
  'member-absolute': archived({
    title: 'A member of the archive is an absolute path',
    archive: (folder, { outside }) => {
      writeFileSync(join(folder, 'evil'), '')
      return ['-C', folder, '--transform', `s,^evil$,${outside}/evil,`, 'evil']
    },
  }),
  'member-over-a-link': archived({
    title: 'A member of the archive is written over a link that the archive made before',
    archive: (folder, { outside }) => {
      symlinkSync(outside, join(folder, 'a'))
      mkdirSync(join(folder, 'b'))
      writeFileSync(join(folder, 'b/evil'), '')
      return ['-C', folder, '--transform', 's,^b/evil$,a/evil,', 'a', 'b/evil']
    },
  }),
  'links-out': archived({
    title: 'The archive has links to a folder of the user, straight and over other links',
    archive: (folder, { outside }) => {
      symlinkSync(outside, join(folder, 'straight'))
      symlinkSync('../../../../outside', join(folder, 'relative'))
      symlinkSync('..', join(folder, 'up'))
      symlinkSync('up/../../../outside', join(folder, 'over'))
      return ['-C', folder, '.']
    },
  }),
  'a-pipe': archived({
    title: 'The archive has a pipe, which whoever opens it waits for',
    archive: (folder) => {
      execFileSync('mkfifo', [join(folder, 'package.json')])
      return ['-C', folder, '.']
    },
  }),
  'file-of-readable-folders': archived({
    title: 'The archive has a readable.json that lists the folders the sandbox is to be shown',
    archive: (folder, { outside }) => {
      writeFileSync(join(folder, 'readable.json'), JSON.stringify([outside]))
      mkdirSync(join(folder, 'node_modules'))
      return ['-C', folder, '.']
    },
    sent: () => ({ root: '/home/other', dependencies: '/home/other/node_modules' }),
  }),
  'survey-names-folders': hostileSurveys,
}
