// Own tests
//
// Whether a repository passes its own test command in a fresh clone, with its own package manager and outside of every
// sandbox. This runs foreign code with your rights.

import { readFileSync } from 'node:fs'
import { delimiter, join, sep } from 'node:path'
import { execa } from 'execa'

const LIMIT_MS = 10 * 60_000

/** `passed`, or the step that failed with the end of its output. */
export async function ownTestsOf(repository: string): Promise<string> {
  const { stdout } = await execa('git', ['ls-files', '-z'], { cwd: repository })
  const tracked = stdout.split('\0')
  if (!tracked.includes('package.json')) return 'it has no package.json'
  for (const [program = '', ...args] of commandsOf(repository, tracked)) {
    const env = { CI: '1', PATH: userPath(process.env.PATH ?? '') }
    const { exitCode, all } = await execa(program, args, {
      ...{ cwd: repository, env, all: true, reject: false, timeout: LIMIT_MS, stdin: 'ignore' },
    })
    if (exitCode !== 0) return `${[program, ...args].join(' ')} failed: ${(all ?? '').slice(-600)}`
  }
  return 'passed'
}

/** Without the programs that npm put before the user's: the Node that runs Canopy, and the packages of this project. */
function userPath(path: string): string {
  return path
    .split(delimiter)
    .filter((folder) => !folder.split(sep).includes('node_modules') && !folder.includes('node-gyp-bin'))
    .join(delimiter)
}

function commandsOf(repository: string, tracked: readonly string[]): string[][] {
  const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    readonly packageManager?: string
  }
  const named = /^(npm|pnpm|yarn)@([\w.-]+)/.exec(manifest.packageManager ?? '')
  const has = (file: string) => tracked.includes(file)
  const byLock = has('pnpm-lock.yaml') ? 'pnpm' : has('yarn.lock') ? 'yarn' : 'npm'
  const manager = named?.[1] ?? byLock
  if (manager === 'npm')
    return [
      ['npm', has('package-lock.json') ? 'ci' : 'install', '--no-audit', '--no-fund'],
      ['npm', 'test'],
    ]
  const version = named?.[2] ?? (manager === 'pnpm' ? '10' : '1')
  const isBerry = manager === 'yarn' && Number.parseInt(version, 10) > 1
  const from = isBerry ? `@yarnpkg/cli-dist@${version}` : `${manager}@${version}`
  const run = ['npx', '--yes', '--package', from, '--', manager]
  return [
    [...run, 'install', isBerry ? '--immutable' : '--frozen-lockfile'],
    [...run, 'test'],
  ]
}
