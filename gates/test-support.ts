// Test support
//
// Finds changes to files that existing tests rely on: their data, helpers, setup files, and new files among tests that
// they begin to import.
// Leaves: the tests themselves (integrity.ts).

import { dirname, join, normalize } from 'node:path'
import type { FileChange } from '../machines/index.ts'
import { isTestFile } from '../workspace/index.ts'
import { isAmongTests, isOfTests } from './changed-tests.ts'
import { isTestCode } from './integrity.ts'

export interface SupportOptions {
  /** The command with which a person approves a file. */
  readonly approve: (path: string) => string
  /** Paths that the user lets a submission replace; a folder ends with a slash. */
  readonly replace: readonly string[]
  /** Files that ran as tests at the tip; empty when the runner names none. */
  readonly ran: ReadonlySet<string>
}

export function supportFindings(
  changes: readonly FileChange[],
  { replace, ran, approve }: SupportOptions,
): string[] {
  const existing = changes.filter(({ path, before }) => before !== undefined && !isListed(replace, path))
  return existing.flatMap((change) =>
    (isSupport(change.path, ran) ? [changed(change)] : newImports(change, replace)).map(
      (text) => `${text}. ${WAY_OUT} ${approve(change.path)}`,
    ),
  )
}

export function isListed(paths: readonly string[], file: string): boolean {
  return paths.some((path) => path === file || (path.endsWith('/') && file.startsWith(path)))
}

/** A file beside tests that is no test; in other languages every file in a folder of tests may be one. */
function isSupport(path: string, ran: ReadonlySet<string>): boolean {
  if (!isOfTests(path) || ran.has(path)) return false
  return JAVASCRIPT.test(path) ? ran.size > 0 || !isTestFile(path) : !isTestCode(path)
}

const JAVASCRIPT = /\.[cm]?[jt]sx?$/
const WAY_OUT =
  'Put the needs of new tests into new files; or the user lists it under gates.regression.replace, or a person runs:'

const changed = ({ path, after }: FileChange) =>
  `${path}: existing tests rely on it, and it is ${after === undefined ? 'deleted' : 'changed'}`

/** An existing test that imports from another file of tests is a different test. */
function newImports({ path, before = '', after = '' }: FileChange, replace: readonly string[]): string[] {
  if (!isTestFile(path)) return []
  const known = new Set(importsIn(path, before))
  return importsIn(path, after)
    .filter((target) => !known.has(target) && isAmongTests(target) && !isListed(replace, target))
    .map((target) => `${path}: an existing test file begins to import ${target}`)
}

function importsIn(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/['"](\.{1,2}\/[^'"]+)['"]/g)].map(([, specifier = '']) => specifier)
  return specifiers.map((specifier) => normalize(join(dirname(path), specifier)).replaceAll('\\', '/'))
}
