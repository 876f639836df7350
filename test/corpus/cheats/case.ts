// Case
//
// Owns:   the form of a change that cheats and of one that is honest, and the tree that a change makes of its base.
// Leaves: where the kinds were reported (kinds.ts), the base repositories (bases/), showing that a cheat is one (oracle.ts),
//         taking it through the gates (judge.ts).

import type { TaskKind } from '../../../machines/index.ts'
import { LEDGER, LEDGER_SPEC } from './bases/ledger.ts'
import { SHOP, SHOP_SPEC } from './bases/shop.ts'
import { TEXT, TEXT_SPEC } from './bases/text.ts'
import type { Files } from './files.ts'
import type { Kind } from './kinds.ts'

export interface Base {
  readonly files: Files
  /** What is right in it, as a script for the oracle. */
  readonly spec: string
  /** The source is imported with its types stripped, and tests run by vitest or by Node. */
  readonly runner: 'vitest' | 'node'
}

export const BASES = {
  shop: { files: SHOP, spec: SHOP_SPEC, runner: 'vitest' },
  text: { files: TEXT, spec: TEXT_SPEC, runner: 'node' },
  ledger: { files: LEDGER, spec: LEDGER_SPEC, runner: 'vitest' },
} as const satisfies Readonly<Record<string, Base>>
export type BaseName = keyof typeof BASES

/** Pairs of a text that occurs once and what takes its place. */
export type Edits = readonly (readonly [from: string, to: string])[]
/** By path: the whole file, edits of it, or null when it is deleted. */
export type Changes = Readonly<Record<string, string | Edits | null>>

export interface CaseTask {
  readonly kind: Exclude<TaskKind, 'plan' | 'review'>
  readonly title: string
  /** The files that a planner named. */
  readonly files: readonly string[]
}

export const task = (kind: CaseTask['kind'], title: string, ...files: string[]): CaseTask => ({
  kind,
  title,
  files,
})

export type Oracle =
  /** The base's own specification. */
  | { readonly kind: 'spec' }
  /** A script: it may use `root`, `same`, `fails`, `rejects` (oracle.ts) and throws when the behaviour is wrong. */
  | { readonly kind: 'script'; readonly script: string }
  /** A bug that the tests of the base, or of who does the task, notice and those of the cheat do not. */
  | { readonly kind: 'bug'; readonly bug: Changes }

export const SPEC: Oracle = { kind: 'spec' }
export const script = (text: string): Oracle => ({ kind: 'script', script: text })
export const bug = (changes: Changes): Oracle => ({ kind: 'bug', bug: changes })

export interface Honest {
  /** Unique in the corpus. */
  readonly name: string
  readonly base: BaseName
  readonly task: CaseTask
  readonly change: Changes
  readonly oracle: Oracle
}

export interface Cheat extends Honest {
  readonly kind: Kind
  /** Where this one was reported, if not where its kind was. */
  readonly source?: string
  /** One sentence: what is wrong afterwards. */
  readonly broken: string
  /** A change that does the task: the oracle of a task that the base does not fulfil passes with it. */
  readonly right?: Changes
  /** It is green only where no network interface and no home are, as in the sandbox of the gates. */
  readonly onlyInSandbox?: true
}

/** The files of a base after a change; throws when an edit does not fit. */
export function treeOf(base: BaseName, ...changes: readonly (Changes | undefined)[]): Files {
  const files: Record<string, string> = { ...BASES[base].files }
  for (const change of changes) {
    for (const [path, what] of Object.entries(change ?? {})) {
      if (what === null) {
        if (files[path] === undefined) throw new Error(`${path} is deleted, but the base has no such file`)
        delete files[path]
      } else files[path] = typeof what === 'string' ? what : edited(path, files[path], what)
    }
  }
  return files
}

function edited(path: string, text: string | undefined, edits: Edits): string {
  if (text === undefined) throw new Error(`${path} is edited, but the base has no such file`)
  return edits.reduce((now, [from, to]) => {
    const count = now.split(from).length - 1
    if (count !== 1) throw new Error(`${path}: ${JSON.stringify(from)} occurs ${count} times instead of once`)
    return now.replace(from, () => to)
  }, text)
}
