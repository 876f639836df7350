// Fetch a Debian package
//
// Owns:   getting a package through apt-get and unpacking it, as an ordinary user.
// Leaves: where the binary ends up (find-tool.ts). Which archives are asked: the machine's own sources.
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
  const apt = await aptGet(directory)
  const unpacked = join(directory, 'unpacked')
  const steps: [string, readonly string[]][] = [
    ['apt-get', [...apt, 'update']],
    ['apt-get', [...apt, 'download', debianPackage]],
  ]
  for (const [program, args] of steps) {
    const failure = await run(program, args, directory)
    if (failure) return { kind: 'failed', reason: failure }
  }
  const file = (await readdir(directory)).find((name) => name.endsWith('.deb'))
  if (!file) return { kind: 'failed', reason: `apt-get download ${debianPackage} brought no package` }
  const failure = await run('dpkg-deb', ['-x', join(directory, file), unpacked], directory)
  if (failure) return { kind: 'failed', reason: failure }
  return binaryBelow(unpacked, tool.binary)
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
