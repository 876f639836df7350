// Repository
//
// Owns:   small repositories for these tests, in a temporary folder, and running things in them.

import { spawn } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { SandboxedRun } from '../../testgen/index.ts'

export const home = resolve(import.meta.dirname, '../..')

/** Compiled code is shared by all programs these tests start, which halves their time. */
const compiled = mkdtempSync(join(tmpdir(), 'canopy-testgen-compiled-'))
process.on('exit', () => rmSync(compiled, { recursive: true, force: true }))

export interface Repository {
  readonly root: string
  write(path: string, text: string): void
  remove(): void
}

/** A package with these files and the `node_modules` of this project. */
export function createRepository(files: Readonly<Record<string, string>>): Repository {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'canopy-testgen-')))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  write('package.json', JSON.stringify({ name: 'fixture', private: true, type: 'module' }))
  write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src', 'test'] }))
  for (const [path, text] of Object.entries(files)) write(path, text)
  symlinkSync(join(home, 'node_modules'), join(root, 'node_modules'))
  return { root, write, remove: () => rmSync(root, { recursive: true, force: true }) }
}

const compilerOptions = {
  target: 'ES2023',
  module: 'NodeNext',
  strict: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  types: [],
}

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export function run(
  argv: readonly string[],
  options: { cwd: string; stdin?: string; env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  const [command = '', ...rest] = argv
  return new Promise((done, fail) => {
    const child = spawn(command, rest, {
      cwd: options.cwd,
      env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: compiled, ...options.env },
    })
    const texts = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => {
      texts.stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      texts.stderr += chunk
    })
    child.on('error', fail)
    child.on('close', (code) => done({ code: code ?? -1, ...texts }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.stdin ?? '')
  })
}

/** A sandbox without walls, for code we wrote ourselves. */
export const openSandbox: SandboxedRun = async (argv, options) => ({
  kind: 'exited',
  ...(await run(argv, { cwd: options.cwd, stdin: options.stdin })),
})

export interface VitestResult {
  readonly success: boolean
  readonly numTotalTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

export async function runVitest(root: string): Promise<VitestResult> {
  const vitest = join(home, 'node_modules/vitest/vitest.mjs')
  const report = join(root, 'report.json')
  const argv = [process.execPath, vitest, 'run', '--root', root, '--reporter=json', `--outputFile=${report}`]
  await run([...argv, '--no-file-parallelism', '--isolate=false'], { cwd: root, env: { TZ: 'Asia/Tokyo' } })
  return JSON.parse(readFileSync(report, 'utf8')) as VitestResult
}

/** What the compiler objects to, empty when nothing. */
export async function checkTypes(root: string): Promise<string> {
  const { stdout } = await run(
    [process.execPath, join(home, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', root],
    { cwd: root },
  )
  return stdout
}
