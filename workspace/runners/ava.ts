// AVA
//
// AVA's options, and its results as TAP.
//
// AVA names a test `folder › file › title`, with the file's name cut short; the files of the worktree are listed before
// it runs, to find the file again.

import { join } from 'node:path'
import { isTestFile } from '../survey/modules.ts'
import { readTextInside } from '../worktree-files.ts'
import { escapeGlob } from './escape-glob.ts'
import { countedEnv, reportOf, withCounted } from './line-report.ts'
import { ownCommand } from './own-command.ts'
import { MAX_REPORT_BYTES } from './report-text.ts'
import type { LoadStyle, Runner, RunnerCommand, TestResult } from './runner.ts'
import { isTap, readTap } from './tap-report.ts'

const WORDS = {
  valued: /^(-c|--concurrency|-m|--match|-T|--timeout|--config|--node-arguments)$/,
  dropped:
    /^(-t|--tap|--no-tap|-w|--watch|-v|--verbose|--fail-fast|--color|--no-color|-u|--update-snapshots)$/,
}

const FILES = 'files'
const LISTING = `find . -name node_modules -prune -o -type f -name '*.*[jt]s*' -print > "$1"; shift; exec "$@"`

const head = (load: LoadStyle) =>
  load === 'require' ? "const test = require('ava')\n" : "import test from 'ava'\n"

export const ava: Runner = {
  package: 'ava',
  probe: (load) => `${head(load)}test('probe', (t) => t.pass())\n`,
  frame: (load) => ({
    head: `${head(load)}const equal = (actual, expected) => {
  if (!Object.is(actual, expected)) throw new Error('expected ' + expected + ', got ' + actual)
}
const it = (name, run) => test(name, (t) => { run(); t.pass() })
`,
  }),
  isConfigurationAsked: true,
  command: async (request): Promise<RunnerCommand> => {
    const { out, testLimitMs } = request
    const argv = await ownCommand(request, {
      ...{ runner: 'ava', rules: WORDS },
      options: ['--tap', ...(testLimitMs === undefined ? [] : [`--timeout=${testLimitMs}ms`])],
      named: (files) => files.map(escapeGlob),
    })
    return {
      argv: ['/bin/sh', '-c', LISTING, 'sh', join(out, FILES), ...argv],
      env: countedEnv(request),
    }
  },
  read: async (request, ending) => {
    if (!isTap(ending.stdout)) return undefined
    const listed = (await readTextInside(request.out, FILES, MAX_REPORT_BYTES)) ?? ''
    const files = request.files ?? listed.split('\n').map((path) => path.replace(/^\.\//, ''))
    const results = readTap(ending.stdout).map(({ groups: _, ...one }) => ({
      ...one,
      ...placeOf(one.name, files),
    }))
    return withCounted(request, reportOf(results, ending.code === 0))
  },
}

const SEPARATOR = ' › '

/** The file and the title of a test; the file is empty when it cannot be told. */
export function placeOf(name: string, files: readonly string[]): Pick<TestResult, 'file' | 'name'> {
  const words = name.split(SEPARATOR)
  for (let length = words.length - 1; length > 0; length -= 1) {
    const prefix = words.slice(0, length).join('/')
    const found = files.filter((file) => `/${shortened(file)}`.endsWith(`/${prefix}`))
    const file = found.find(isTestFile) ?? found[0]
    if (file !== undefined) return { file, name: words.slice(length).join(SEPARATOR) }
  }
  // Without a prefix there is only one file.
  const tests = files.length === 1 ? files : files.filter(isTestFile)
  return { file: tests.length === 1 ? (tests[0] ?? '') : '', name }
}

/** As AVA shortens a path. */
function shortened(file: string): string {
  const parts = file.split('/').filter((part) => part !== '__tests__')
  const name = (parts.pop() ?? '').replace(/\.(spec|test)\./, '.').replace('test-', '')
  return [...parts, name.replace(/\.[^.]+$/, '')].join('/')
}
