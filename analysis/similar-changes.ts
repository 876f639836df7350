// Similar changes
//
// Finds the earlier changes of a repository whose messages are most like a task in words, without a model.
// Leaves: reading the history (agents/tools/history.ts), the comparison of words (map/likely-files.ts).

import { countTexts, likelyFiles, sharesWord } from './map/likely-files.ts'

export interface EarlierChange {
  /** The message of its commit. */
  readonly message: string
  /** Paths that it changed. */
  readonly files: readonly string[]
}

const MAX_SIMILAR = 5

/** The most similar first, at most `most`; each shares a word with the task. */
export function similarChanges<Change extends EarlierChange>(
  task: string,
  changes: readonly Change[],
  most = MAX_SIMILAR,
): Change[] {
  const messages = countTexts(new Map(changes.map(({ message }, at) => [String(at), message])))
  return likelyFiles(task, messages)
    .filter((at) => sharesWord(task, messages.get(at) ?? NONE))
    .slice(0, most)
    .flatMap((at) => changes[Number(at)] ?? [])
}

const NONE = { words: new Map<string, number>(), length: 0, parts: new Float32Array() }
