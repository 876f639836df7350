// Changed cases
//
// The new and changed tests of a submission, one by one, and the tests of the tip that they replace.
// Leaves: checking them (seen-to-fail.ts).
//
// A test is changed when its text is. When the code around the tests of a file changes, tests with the same text may
// expect something else: they are compared with their former results, but need not be seen to fail.

import type { DeclaredTest, DeclaredTests, FileChange } from '../machines/index.ts'
import type { TestResult } from '../workspace/index.ts'
import { approvedOf } from './approval.ts'
import { filesThatRan } from './changed-tests.ts'
import type { GateInput, GateParts } from './gate.ts'
import { isListed } from './test-support.ts'

export interface AskedTest extends DeclaredTest {
  readonly file: string
  /** It represents all tests of a file that no parser can read. */
  readonly isWhole?: true
}

export interface ChangedCases {
  /** Test files of the submission that are new or changed. */
  readonly files: readonly string[]
  /** Tests whose text is new. */
  readonly asked: readonly AskedTest[]
  /** Test files of the tip that are changed or deleted. */
  readonly before: readonly string[]
  /** Whether a test of the tip is changed or deleted. */
  wasChanged(test: TestResult): boolean
  /** Whether a test of the submission is new or changed. */
  isChanged(test: TestResult): boolean
  /** Whether the code around a test of the tip is changed. */
  isMoved(test: TestResult): boolean
}

/** Leaves out files that a person approved or lets be replaced. */
export async function changedCases(
  parts: GateParts,
  subject: GateInput,
  replace: readonly string[],
): Promise<ChangedCases> {
  const replaced = [...replace, ...(await approvedOf(parts, subject))]
  const free = (await subject.files()).filter(({ path }) => !isListed(replaced, path))
  const suite = await subject.suite()
  const paths = free.map(({ path }) => path)
  const files = filesThatRan(suite.kind === 'ran' ? suite.report.tests : [], paths)
  const before = filesThatRan(subject.testsBefore, paths)
  const tests = free.filter(({ path }) => files.includes(path) || before.includes(path))
  const read = await Promise.all(tests.map((change) => readFile(parts, change)))
  return {
    files: files.filter((path) => tests.some((one) => one.path === path && one.after !== undefined)),
    before: before.filter((path) => tests.some((one) => one.path === path && one.before !== undefined)),
    asked: read.flatMap(askedOf),
    wasChanged: (test) => read.some((file) => isOther(test, file.path, file.was, file.now)),
    isChanged: (test) => read.some((file) => isOther(test, file.path, file.now, file.was)),
    isMoved: (test) => read.some((file) => file.path === test.file && isAroundChanged(file)),
  }
}

interface Read {
  readonly path: string
  readonly isGone: boolean
  readonly was: DeclaredTests | undefined
  readonly now: DeclaredTests | undefined
}

async function readFile({ analysis }: GateParts, { path, before, after }: FileChange): Promise<Read> {
  const of = async (text: string | undefined) =>
    text === undefined ? undefined : analysis.declaredTests(path, text)
  return { path, isGone: after === undefined, was: await of(before), now: await of(after) }
}

function askedOf({ path, isGone, now, was }: Read): AskedTest[] {
  if (now !== undefined || isGone) return newIn(now, was).map((test) => ({ ...test, file: path }))
  return [{ file: path, title: undefined, line: 1, text: '', isWhole: true }]
}

/** Tests of one side that the other side does not have with the same text. */
function newIn(one: DeclaredTests | undefined, other: DeclaredTests | undefined): DeclaredTest[] {
  const known = new Set((other?.tests ?? []).map(keyOf))
  return (one?.tests ?? []).filter((test) => !known.has(keyOf(test)))
}

const keyOf = ({ title, text }: DeclaredTest) => `${title}\n${text}`

function isOther(
  test: TestResult,
  path: string,
  own: DeclaredTests | undefined,
  other: DeclaredTests | undefined,
): boolean {
  if (test.file !== path) return false
  if (own === undefined || other === undefined) return true
  return newIn(own, other).some((declared) => isCalled(test, declared))
}

/** An import from a package counts when an unchanged test uses its name. */
function isAroundChanged({ was, now }: Read): boolean {
  if (was === undefined || now === undefined) return false
  if (was.around !== now.around) return true
  const names = [...new Set([...was.imports, ...now.imports])]
    .filter((one) => !was.imports.includes(one) || !now.imports.includes(one))
    .map((one) => one.split(' ')[0] ?? '')
  const changed = new Set(newIn(now, was))
  const words = new Set(
    now.tests.filter((test) => !changed.has(test)).flatMap(({ text }) => text.split(/[^\w$]+/)),
  )
  return names.some((name) => words.has(name))
}

const FILLED_IN = /%[a-zA-Z%#]|\\\$\\\{[^}]*\\\}|\\\$(?:[\w#]|\\\.)+/g

/** Whether a result belongs to a declared test: runners put the names of groups before a title. */
export function isCalled({ name }: TestResult, { title }: DeclaredTest): boolean {
  if (title === undefined) return true
  const escaped = title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(FILLED_IN, '.*')
  return new RegExp(`(^|[\\s>])${escaped}$`, 's').test(name)
}
