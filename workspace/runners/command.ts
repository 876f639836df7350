// Command
//
// Runs a repository's tests with its own command, in any language, and reads the coverage that it writes.
//
// The exit code says whether the tests pass. Their number is read from the output where its form is known, and is 1
// otherwise.

import type { CommandSettings } from '../../machines/index.ts'
import type { FileCoverages } from '../coverage.ts'
import { lastWords } from '../suite-words.ts'
import { FileRefused, readTextInside, removeInside } from '../worktree-files.ts'
import { readIstanbul, readLcov } from './lcov.ts'
import type { Runner, SuiteRequest } from './runner.ts'

export type TestsCommand = NonNullable<CommandSettings['tests']>

export function commandRunner({ run, some, coverage }: TestsCommand): Runner {
  return {
    probe: () => '',
    command: async ({ root, files }) => {
      // A report of an earlier run would be read as this run's.
      if (coverage !== undefined) await removeInside(root, coverage)
      const line =
        files !== undefined && some !== undefined
          ? some.replaceAll('{files}', files.map(quoted).join(' '))
          : run
      return { argv: ['/bin/sh', '-c', line] }
    },
    read: async (request, ending) => {
      const success = ending.code === 0
      const passed = success ? countIn(`${ending.stdout}\n${ending.stderr}`) : 0
      const message = lastWords(ending)
      const failures = success ? [] : [{ file: '', name: run, message }]
      const report = { success, passed, failed: success ? 0 : 1, skipped: 0, failures, tests: [] }
      const map = coverage === undefined ? {} : await coverageIn(request, coverage)
      return { ...report, coverage: map }
    },
  }
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

/** The number of passed tests that a runner's last lines give; 1 when they give none. */
export function countIn(words: string): number {
  const found = /\bRan (\d+) tests?\b|\b(\d+) (?:passed|passing)\b|^# pass (\d+)$/m.exec(words)
  return Number(found?.slice(1).find(Boolean) ?? 1)
}

const MAX_BYTES = 64 * 1024 * 1024

/** Empty without a readable report: then nothing is reached. */
async function coverageIn({ root }: SuiteRequest, path: string): Promise<FileCoverages> {
  const text = await readTextInside(root, path, MAX_BYTES).catch(nothingIfRefused)
  if (text === undefined) return {}
  return text.trimStart().startsWith('{') ? readIstanbul(root, text) : readLcov(root, text)
}

function nothingIfRefused(error: unknown): undefined {
  if (!(error instanceof FileRefused)) throw error
}
