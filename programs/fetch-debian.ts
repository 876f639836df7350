// Fetch a Debian package
//
// Owns:   getting packages through apt-get and unpacking them, as an ordinary user.
// Leaves: where the binary ends up (find-tool.ts). Which archives are asked: the machine's own sources, or another suite
//         of its Debian mirror.
//
// D1. The system's lists, caches and hooks are untouched: apt-get works on folders of its own, and the hooks that
//     the machine runs after an update (some of them empty the system's cache) are switched off.
// D2. apt-get checks the archive's signature and the package's checksum; that is not weakened.

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { binaryBelow } from './fetch-release.ts'
import type { FetchResult } from './fetched.ts'
import { runProgram } from './run-program.ts'
import type { ProgramTool } from './tool.ts'

const STEP_MS = 120_000

// `#clear` is apt's own directive, not a comment. A file given with -c is read last, so it has the last word.
const SETTINGS = `
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
APT::Get::List-Cleanup "false";
`

export async function fetchDebianPackage(
  tool: ProgramTool,
  directory: string,
  onProgress: (sentence: string) => void,
): Promise<FetchResult> {
  const { debianPackage } = tool
  if (process.platform !== 'linux' || !debianPackage) {
    return { kind: 'failed', reason: 'there is no Debian package for this platform' }
  }
  onProgress(`fetching Debian's package ${debianPackage}`)
  const done = await unpackDebianPackages([debianPackage], directory)
  return done.kind === 'failed' ? done : binaryBelow(done.path, tool.binary)
}

/**
 * Downloads packages and unpacks them into one folder below `directory`; `path` is that folder.
 * `suite`: of the machine's Debian mirror, e.g. `forky`; default: the machine's own sources.
 */
export async function unpackDebianPackages(
  packages: readonly string[],
  directory: string,
  suite?: string,
): Promise<FetchResult> {
  const unpacked = join(directory, 'unpacked')
  const apt = [
    ...(await aptGet(directory)),
    ...(suite === undefined ? [] : await sourcesOf(suite, directory)),
  ]
  const steps = [
    [...apt, 'update'],
    [...apt, 'download', ...packages],
  ]
  for (const args of steps) {
    const failure = await run('apt-get', args, directory)
    if (failure) return { kind: 'failed', reason: failure }
  }
  const files = (await readdir(directory)).filter((name) => name.endsWith('.deb'))
  if (files.length < packages.length)
    return {
      kind: 'failed',
      reason: `apt-get download ${packages.join(' ')} brought ${files.length} packages`,
    }
  for (const file of files) {
    const failure = await run('dpkg-deb', ['-x', join(directory, file), unpacked], directory)
    if (failure) return { kind: 'failed', reason: failure }
  }
  return { kind: 'fetched', path: unpacked }
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Arguments that make apt-get use one suite of the machine's Debian mirror. */
async function sourcesOf(suite: string, directory: string): Promise<readonly string[]> {
  const format = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']
  const { output } = await runProgram('apt-get', format, { timeoutMs: STEP_MS, env: { LC_ALL: 'C' } })
  const mirror = output.split('\n').find((uri) => /^https?:\S+\/debian\/?$/.test(uri))
  const file = join(directory, 'sources.list')
  await writeFile(
    file,
    `deb [signed-by=${KEYRING}] ${mirror ?? 'http://deb.debian.org/debian'} ${suite} main\n`,
  )
  return ['-o', `Dir::Etc::sourcelist=${file}`, '-o', 'Dir::Etc::sourceparts=/dev/null']
}

/** The arguments that keep apt-get inside a folder. */
async function aptGet(directory: string): Promise<readonly string[]> {
  const settings = join(directory, 'apt.conf')
  await mkdir(join(directory, 'lists', 'partial'), { recursive: true })
  await mkdir(join(directory, 'cache', 'archives', 'partial'), { recursive: true })
  await writeFile(settings, SETTINGS)
  return [
    '-q',
    ...['-c', settings],
    ...['-o', `Dir::State::lists=${join(directory, 'lists')}`],
    ...['-o', `Dir::Cache=${join(directory, 'cache')}`],
    // Root's apt-get would download as the user _apt, which may not enter our folder.
    ...['-o', 'APT::Sandbox::User='],
  ]
}

async function run(program: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  const env = { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
  const done = await runProgram(program, args, { cwd, timeoutMs: STEP_MS, env })
  if (!done.failed) return undefined
  const said = done.output.split('\n').findLast((line) => line.startsWith('E:') || line.includes('error'))
  return `${program} ${args.at(-1) === 'update' ? 'update ' : ''}failed (${said ?? done.reason})`
}
