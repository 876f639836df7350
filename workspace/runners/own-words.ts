// Own words
//
// What a repository's test script gives to its runner: options of Node, options of the runner, and files.
// Leaves: which options Canopy sets itself (each runner's file).

import type { SuiteRequest } from './runner.ts'
import { type RunnerWords, splitWords, type WordRules, withWords } from './runner-words.ts'
import { partFor } from './script.ts'
import type { KnownRunner } from './test-plan.ts'

interface OwnWords extends RunnerWords {
  /** Options of Node, such as `--import tsx`. */
  readonly node: readonly string[]
  /** A command line with the script's options behind it, and with the script's files where the request names none. */
  readonly behind: (argv: readonly string[]) => string[]
}

export async function ownWords(
  { root, files }: Pick<SuiteRequest, 'root' | 'files'>,
  runner: KnownRunner,
  rules: WordRules,
): Promise<OwnWords> {
  const part = await partFor(root, runner)
  const { options, operands } = splitWords(part?.words ?? [], rules)
  return {
    options,
    operands,
    node: (part?.node ?? []).map(({ value }) => value),
    // Files first: an option that takes a list of values would take them.
    behind: (argv) => withWords(argv, files === undefined ? [...operands, ...options] : options),
  }
}
