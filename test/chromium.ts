// A Chromium for tests: the machine's own, or else Debian's, unpacked into the cache as an ordinary user. Without one
// the tests that need it fail and say how to get it; they are never left out in silence.

import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { type Browser, chromium } from 'playwright-core'
import { cacheFolder } from '../programs/index.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const UNPACKED = join(cacheFolder(process.env), '..', 'chromium')

interface Program {
  readonly path: string
  readonly libraries?: string
}

/** So long may fetching it take, once. */
export const FETCHING_MS = 400_000

/** What it does behind a closed network is switched off: it looks up its makers' hosts at every start. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--disable-gpu',
  '--no-first-run',
]

export async function launchChromium(): Promise<Browser> {
  const { path, libraries } = await findChromium()
  // The sandbox of Chromium refuses to work for root and in many containers; the page is the test's own.
  const env = { ...process.env, ...(libraries && { LD_LIBRARY_PATH: libraries }) } as Record<string, string>
  return chromium.launch({ executablePath: path, args: QUIET, chromiumSandbox: false, env })
}

async function findChromium(): Promise<Program> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const name of NAMES) {
    for (const folder of folders) if (await exists(join(folder, name))) return { path: join(folder, name) }
  }
  if (!(await exists(UNPACKED))) await fetchChromium()
  return unpacked(UNPACKED)
}

/** Some packages keep libraries in folders of their own, which they name by their place in the system. */
async function unpacked(root: string): Promise<Program> {
  const files = await readdir(join(root, 'usr/lib'), { recursive: true, withFileTypes: true })
  const folders = new Set(
    files.filter(({ name }) => /\.so(\.|$)/.test(name)).map(({ parentPath }) => parentPath),
  )
  return { path: join(root, 'usr/lib/chromium/chromium'), libraries: [...folders].join(':') }
}

/** The package and all it needs that this machine does not have; nothing of the system is touched. */
async function fetchChromium(): Promise<void> {
  process.stderr.write("fetching Debian's package chromium for the tests of the inspector\n")
  await mkdir(join(UNPACKED, '..'), { recursive: true })
  const room = await mkdtemp(join(UNPACKED, '..', 'chromium-'))
  try {
    const apt = await aptIn(room)
    await execa('apt-get', [...apt, 'update'], { cwd: room, timeout: 120_000 })
    const install = ['install', '--yes', '--no-install-recommends', '--print-uris', 'chromium']
    const { stdout } = await execa('apt-get', [...apt, ...install], { cwd: room })
    const packages = [...stdout.matchAll(/^'[^']*' ([^_\s]+)_/gm)].map(([, name]) => name ?? '')
    await execa('apt-get', [...apt, 'download', ...packages], { cwd: room, timeout: 300_000 })
    const files = (await readdir(room)).filter((name) => name.endsWith('.deb'))
    for (const file of files) await execa('dpkg-deb', ['-x', join(room, file), join(room, 'root')])
    await rename(join(room, 'root'), UNPACKED)
  } catch (error) {
    const { shortMessage, message } = error as { shortMessage?: string; message: string }
    throw new Error(
      `no Chromium for the tests of the inspector: none of ${NAMES.join(', ')} is on the PATH, and it cannot be ` +
        `fetched (${shortMessage ?? message}).\nInstall it: sudo apt-get install -y chromium`,
      { cause: error },
    )
  } finally {
    await rm(room, { recursive: true, force: true })
  }
}

/** As in programs/fetch-debian.ts: apt-get on lists and caches of its own. */
async function aptIn(room: string): Promise<string[]> {
  for (const folder of ['lists/partial', 'cache/archives/partial']) {
    await mkdir(join(room, folder), { recursive: true })
  }
  const settings = '#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n'
  await writeFile(join(room, 'apt.conf'), settings)
  return [
    ...['-q', '-c', join(room, 'apt.conf')],
    ...['-o', `Dir::State::lists=${join(room, 'lists')}`, '-o', `Dir::Cache=${join(room, 'cache')}`],
    ...['-o', 'APT::Sandbox::User='],
  ]
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
