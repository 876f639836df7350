// Tests
//
// Tells what a change does to a repository's tests, as findings: each has a kind, a place and a message.
// Leaves: which findings a task may cause (gates/integrity.ts), reading (tests-cases.ts), comparing (tests-compare.ts), faults
//         of single tests (tests-smells.ts), sources that play to tests (tests-sources.ts).
//
// I1. A finding that existed before is not counted against the change.
// I2. Throws for JavaScript that takes too long to read, or is nested too deeply.
// I3. Python is read by python-tests.ts; a file in any other language is compared by its words.

import type { ChangeFinding, FileChange, TestQuestion } from '../machines/index.ts'
import { judgePython, pythonDirectives } from './python-compare.ts'
import { pythonTestsReader } from './python-tests.ts'
import { readTests, type TestFile } from './tests-cases.ts'
import { losses, markOfNew, pairTests } from './tests-compare.ts'
import { type Smell, smellsOfFile, smellsOfTest } from './tests-smells.ts'
import { asksForTests, hardCoded } from './tests-sources.ts'
import { beginReading, commentsOf, parse } from './tests-syntax.ts'
import { smellsOfWords } from './tests-words.ts'

const READABLE = /\.[cm]?[jt]sx?$/
const PYTHON = /\.py$/

/** Kinds of a test without assertions: by itself, and compared with its last version. One finding is enough. */
const [EMPTY, EMPTIED] = [
  new Set(['emptied_test', 'no_assertion']),
  new Set(['emptied_test', 'commented_out']),
]

export function judgeTests({ tests, sources, others = [] }: TestQuestion): ChangeFinding[] {
  beginReading(charactersOf(tests) + charactersOf(sources))
  const readable = tests.filter(({ path }) => READABLE.test(path))
  const before = readable.flatMap(({ path, before: text }) =>
    text === undefined ? [] : [readTests(path, text)],
  )
  const after = readable.flatMap(({ path, after: text }) =>
    text === undefined ? [] : [readTests(path, text)],
  )
  const gone = new Set(readable.filter((file) => file.after === undefined).map(({ path }) => path))
  const subjects = sources.map(({ path }) => path)
  const readPython = pythonTestsReader()
  const lost = losses(before, after, gone)
  const emptied = new Set(
    lost.flatMap(({ kind, path, line }) => (EMPTIED.has(kind) ? [`${path}:${line}`] : [])),
  )
  return unique([
    ...lost,
    ...newSmells(before, after, subjects).filter(
      ({ kind, path, line }) => !(EMPTY.has(kind) && emptied.has(`${path}:${line}`)),
    ),
    ...judgePython(
      tests.filter(({ path }) => PYTHON.test(path)),
      readPython,
    ),
    ...tests.filter(({ path }) => !READABLE.test(path) && !PYTHON.test(path)).flatMap(byWords),
    ...[...tests, ...sources].flatMap(directives),
    ...tests
      .filter(({ path }) => PYTHON.test(path))
      .flatMap((file) => pythonDirectives(file, false, readPython)),
    ...sources
      .filter(({ path }) => PYTHON.test(path))
      .flatMap((file) => pythonDirectives(file, true, readPython)),
    ...ofSources(sources, after, others),
  ])
}

function charactersOf(changes: readonly FileChange[]): number {
  return changes.reduce((sum, { before = '', after = '' }) => sum + before.length + after.length, 0)
}

function newSmells(
  before: readonly TestFile[],
  after: readonly TestFile[],
  subjects: readonly string[],
): ChangeFinding[] {
  const pairs = new Map(
    [...pairTests(before, after)].flatMap(([was, now]) => (now === undefined ? [] : [[now, was]])),
  )
  const found: ChangeFinding[] = []
  for (const file of after) {
    const earlier = before.find(({ path }) => path === file.path)
    for (const test of file.tests) {
      const was = pairs.get(test)
      const home = was && before.find(({ path }) => path === was.path)
      const known = was && home ? keysOf(smellsOfTest(was, home)) : new Map<string, number>()
      if (was === undefined) found.push(...markOfNew(test))
      if (test.mark === 'todo' && test.body === undefined) continue
      found.push(
        ...added(smellsOfTest(test, file, was), known).map((smell) => ({ ...smell, path: file.path })),
      )
    }
    const all = earlier ? smellsOfFile(earlier, []) : []
    found.push(
      ...added(smellsOfFile(file, subjects), keysOf(all)).map((smell) => ({ ...smell, path: file.path })),
    )
  }
  return found
}

function keysOf(smells: readonly Smell[]): Map<string, number> {
  const keys = new Map<string, number>()
  for (const { key } of smells) keys.set(key, (keys.get(key) ?? 0) + 1)
  return keys
}

/** Findings that occur more often than before. */
function added(smells: readonly Smell[], known: Map<string, number>): Smell[] {
  return smells.filter(({ key }) => {
    const left = known.get(key) ?? 0
    known.set(key, left - 1)
    return left <= 0
  })
}

function byWords(change: FileChange): ChangeFinding[] {
  if (change.after === undefined)
    return [{ kind: 'deleted_file', path: change.path, message: 'a file of tests is deleted' }]
  return smellsOfWords(change.before, change.after).map((smell) => ({ ...smell, path: change.path }))
}

const DIRECTIVES: readonly [string, RegExp][] = [
  [
    'ignored_coverage',
    /\b(istanbul|c8|v8)\s+ignore|\bnode:coverage\s+(disable|ignore)|\bnyc ignore|pragma:\s*no cover/,
  ],
  [
    'suppressed_check',
    /@ts-(ignore|nocheck)|\b(eslint|oxlint)-disable|\bbiome-ignore|\btslint:disable|\bprettier-ignore-start|\bnoqa\b|type:\s*ignore/,
  ],
]

/** Comments that keep a check from looking. `@ts-expect-error` fails when there is no error, and is for tests alone. */
function directives(change: FileChange): ChangeFinding[] {
  if (change.after === undefined || !READABLE.test(change.path)) return []
  const was = commentsOf(parse(change.path, change.before ?? ''))
  const now = commentsOf(parse(change.path, change.after))
  return DIRECTIVES.flatMap(([kind, pattern]) => {
    const known = was.filter(({ text }) => pattern.test(text)).length
    const found = now.filter(({ text }) => pattern.test(text))
    return found.length <= known
      ? []
      : found
          .slice(known)
          .map(({ line, text }) => ({ kind, path: change.path, line, message: text.trim().slice(0, 120) }))
  })
}

function ofSources(
  sources: readonly FileChange[],
  after: readonly TestFile[],
  others: NonNullable<TestQuestion['others']>,
): ChangeFinding[] {
  const changed = sources.filter(({ path, after: text }) => text !== undefined && READABLE.test(path))
  if (changed.length === 0) return []
  const tests = [...after, ...others.map(({ path, text }) => readTests(path, text))]
  return changed.flatMap((change) => ofSource(change, tests))
}

function ofSource(change: FileChange, tests: readonly TestFile[]): ChangeFinding[] {
  if (change.after === undefined) return []
  const questions = added(
    asksForTests(change.path, change.after),
    keysOf(asksForTests(change.path, change.before ?? '')),
  )
  const answers = hardCoded(change.path, change.before, change.after, tests)
  return [...questions, ...answers].map(({ kind, line, message }) => ({
    kind,
    path: change.path,
    line,
    message,
  }))
}

function unique(findings: readonly ChangeFinding[]): ChangeFinding[] {
  const seen = new Set<string>()
  return findings.flatMap(({ kind, path, line, message }) => {
    const key = `${kind} ${path} ${line} ${message}`
    if (seen.has(key)) return []
    seen.add(key)
    return [{ kind, path, message, ...(line === undefined ? {} : { line }) }]
  })
}
