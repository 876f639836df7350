// Own words
//
// What a repository's test script gives to its runner: options of Node, options of the runner, and files.
// Leaves: which options Canopy sets itself (each runner's file).

import type { SuiteRequest } from './runner.ts'
import { type RunnerWords, splitWords, type WordRules, withWords } from './runner-words.ts'
import { partsFor } from './script.ts'
import type { KnownRunner } from './test-plan.ts'

interface OwnWords extends RunnerWords {
  /** Options of Node, such as `--import tsx`. */
  readonly node: readonly string[]
  /** A command line with the script's options behind it, and with the script's files where the request names none. */
  readonly behind: (argv: readonly string[]) => string[]
}

export async function ownWords(
  { root, files, part: given }: Pick<SuiteRequest, 'root' | 'files' | 'part'>,
  runner: KnownRunner,
  rules: WordRules,
): Promise<OwnWords> {
  const named = given?.runner === runner ? [given] : await partsFor(root, runner)
  const parts = named.map((part) => ({ ...part, ...splitWords(part.words, rules) }))
  // A command without files runs all of them: those of the others are among them.
  const part = parts.find((each) => each.operands.length === 0) ?? parts[0]
  const { options, operands } = part ?? { options: [], operands: [] }
  return {
    options,
    operands,
    node: (part?.node ?? []).map(({ value }) => value),
    // Files first: an option that takes a list of values would take them.
    behind: (argv) => withWords(argv, files === undefined ? [...operands, ...options] : options),
  }
}
