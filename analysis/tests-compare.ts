// Tests: compare
//
// Compares the tests before and after a change: deleted, skipped, emptied and loosened tests, changed expectations.
//
// D1. All files of a change are compared together: a test may move, be renamed, be split or become a table.

import { STRENGTH } from './tests-assertions.ts'
import type { Assertion, TestCase, TestFile } from './tests-cases.ts'
import { commentsOf } from './tests-syntax.ts'

export interface LostStrength {
  readonly kind: string
  readonly path: string
  readonly line: number | undefined
  readonly message: string
}

export interface Pair {
  readonly before: TestCase
  readonly after: TestCase
}

/** Each earlier test with its new version; undefined: it was removed. */
export function pairTests(
  before: readonly TestFile[],
  after: readonly TestFile[],
): Map<TestCase, TestCase | undefined> {
  const was = before.flatMap((file) => file.tests)
  const free = new Set(after.flatMap((file) => file.tests))
  const pairs = new Map<TestCase, TestCase | undefined>()
  for (const likeness of LIKENESSES) {
    const keyOf = (test: TestCase) => {
      const parts = likeness(test)
      return parts && JSON.stringify([test.isHelper, ...parts])
    }
    const alike = groupBy(free, keyOf)
    for (const test of was) {
      if (pairs.has(test)) continue
      const found = alike.get(keyOf(test) ?? '')?.shift()
      if (found === undefined) continue
      pairs.set(test, found)
      free.delete(found)
    }
  }
  for (const test of was) if (!pairs.has(test)) pairs.set(test, undefined)
  return pairs
}

/** What two versions of a test have in common, the surest first. Undefined: it says nothing about this test. */
const LIKENESSES: readonly ((test: TestCase) => readonly string[] | undefined)[] = [
  (test) => [test.path, test.name, test.text],
  (test) => [test.path, test.name],
  (test) => [test.name],
  (test) => (test.text === '{ }' ? undefined : [test.text]),
  (test) => [test.path, lastName(test) ?? ''],
  (test) => (test.assertions.length === 0 ? undefined : [demands(test)]),
]

function groupBy<T>(all: Iterable<T>, keyOf: (one: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = keyOf(one)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return groups
}

const lastName = (test: TestCase) => test.name.split(' > ').at(-1)
const demands = (test: TestCase) => test.assertions.map(exactly).sort().join('\n')

export function losses(
  before: readonly TestFile[],
  after: readonly TestFile[],
  gone: ReadonlySet<string>,
): LostStrength[] {
  const pairs = pairTests(before, after)
  const paired = new Set([...pairs.values()])
  const leftover = new Leftover(
    after
      .flatMap((file) => file.tests)
      .filter((test) => !paired.has(test) && test.mark === 'runs' && !test.isHelper),
  )
  const comments = commentsIn(after)
  const missing: { test: TestCase; assertions: Assertion[]; now: TestCase | undefined; rest: Assertion[] }[] =
    []
  const lost: LostStrength[] = []
  for (const [test, now] of pairs) {
    if (now === undefined) {
      missing.push({ test, assertions: [...test.assertions], now, rest: [] })
      continue
    }
    lost.push(...marks(test, now))
    const { unmatched, rest } = match(test.assertions, now.assertions)
    leftover.add(rest.filter((one) => one.hidden === undefined))
    if (unmatched.length > 0) missing.push({ test, assertions: unmatched, now, rest })
  }
  for (const { test, assertions, now, rest } of missing) {
    const still = assertions.filter((one) => !leftover.take(one))
    if (now?.body === undefined && now?.mark === 'todo') continue
    if (now !== undefined) lost.push(...changes(now, still, rest, comments))
    else if (isGone(test, still, pairs)) lost.push(deleted(test, gone, comments))
  }
  return lost
}

/** A removed test whose demands no other test has. A copy of a test that is still there is not missed. */
function isGone(
  test: TestCase,
  still: readonly Assertion[],
  pairs: ReadonlyMap<TestCase, TestCase | undefined>,
): boolean {
  if (test.assertions.length > 0 && still.length === 0) return false
  const twin = [...pairs].some(
    ([other, now]) => other !== test && now !== undefined && other.text === test.text,
  )
  return !twin && test.mark !== 'todo'
}

function deleted(test: TestCase, gone: ReadonlySet<string>, comments: string): LostStrength {
  if (gone.has(test.path))
    return {
      kind: 'deleted_file',
      path: test.path,
      line: undefined,
      message: `deleted with its test "${test.name}"`,
    }
  const commented = comments.includes(lastName(test) ?? test.name)
  const kind = commented ? 'commented_out' : 'deleted_test'
  return {
    kind,
    path: test.path,
    line: test.line,
    message: `${test.name}: ${commented ? 'commented out' : 'deleted'}`,
  }
}

const MARKS: Record<TestCase['mark'], string | undefined> = {
  runs: undefined,
  only: 'focused_test',
  skipped: 'skipped_test',
  todo: 'skipped_test',
  fails: 'expected_failure',
  sometimes: 'skipped_test',
}

function marks(before: TestCase, after: TestCase): LostStrength[] {
  const kind = MARKS[after.mark]
  if (kind === undefined || (before.mark === after.mark && before.condition === after.condition)) return []
  return [{ kind, path: after.path, line: after.line, message: `${after.name}: ${markText(after)}` }]
}

function markText({ mark, condition }: TestCase): string {
  switch (mark) {
    case 'only':
      return 'keeps the other tests from running'
    case 'fails':
      return 'is expected to fail'
    case 'sometimes':
      return `runs only under a condition (${condition ?? ''})`
    default:
      return 'does not run any more'
  }
}

/** The marks that keep a new test from running. A missing requirement excuses it; running only in CI does not. */
export function markOfNew(test: TestCase): LostStrength[] {
  const kind = MARKS[test.mark]
  const condition = test.condition ?? ''
  const constant = /^(!? ?(true|false|\d+|"[^"]*"))?$/.test(condition)
  const excused = test.mark === 'sometimes' && !constant && !/\b(CI|env)\b/.test(condition)
  if (kind === undefined || excused) return []
  return [{ kind, path: test.path, line: test.line, message: `${test.name}: ${markText(test)}` }]
}

/** Assertions of new tests and new ones of old tests: they may hold what went missing elsewhere. */
class Leftover {
  readonly #free: Assertion[]

  constructor(tests: readonly TestCase[]) {
    this.#free = tests.flatMap((test) => test.assertions).filter((one) => one.hidden === undefined)
  }

  add(assertions: readonly Assertion[]): void {
    this.#free.push(...assertions)
  }

  take(one: Assertion): boolean {
    const equal = this.#free.findIndex((other) => exactly(other) === exactly(one) && holds(one, other))
    // An assertion that demands more may be what another test lost.
    const at = equal >= 0 ? equal : this.#free.findIndex((other) => holds(one, other))
    if (at < 0) return holdsPart(one, this.#free)
    this.#free.splice(at, 1)
    return true
  }
}

function match(before: readonly Assertion[], after: readonly Assertion[]) {
  const equal = groupBy(after, exactly)
  const kept = new Set<Assertion>()
  const unmatched: Assertion[] = []
  const open: Assertion[] = []
  for (const one of before) {
    const others = equal.get(exactly(one)) ?? []
    const at = others.findIndex((other) => other.strength >= one.strength)
    if (at < 0) open.push(one)
    else for (const other of others.splice(at, 1)) kept.add(other)
  }
  const rest = after.filter((one) => !kept.has(one))
  for (const one of open) {
    const at = rest.findIndex((other) => holds(one, other))
    if (at < 0) unmatched.push(one)
    else rest.splice(at, 1)
  }
  return { unmatched: unmatched.filter((one) => !holdsPart(one, rest)), rest }
}

export function exactly(one: Assertion): string {
  return `${one.subject} ${one.negated ? 'not ' : ''}${one.matcher} ${one.expected.join(' , ')}`
}

/** Whether another assertion demands at least the same. */
function holds(one: Assertion, other: Assertion): boolean {
  if (one.negated !== other.negated && other.strength <= one.strength) return false
  const same = one.matcher === other.matcher && one.expected.join() === other.expected.join()
  if (same && one.strength <= other.strength)
    return one.subject === other.subject || literals(one.subject) === literals(other.subject)
  if (one.subject !== other.subject || other.negated) return false
  if (other.strength <= one.strength) return false
  return one.strength < STRENGTH.part || agrees(one, other)
}

/** `toContain('a')` is held by `toBe('cat')`, and not by `toBe('dog')`. */
function agrees(one: Assertion, other: Assertion): boolean {
  const bare = (text = '') => text.replace(/["'`{}[\]/]/g, '').trim()
  return one.expected.every((text) => bare(other.expected[0]).includes(bare(text)))
}

/** `expect(r.a).toBe(1)` is held by `expect(r).toEqual({ a: 1, b: 2 })`. */
function holdsPart(one: Assertion, others: readonly Assertion[]): boolean {
  const part = /^(.*) \. (\w+)$/.exec(one.subject) ?? /^(.*) \[ (\w+) \]$/.exec(one.subject)
  if (part === null || one.negated) return false
  const [, whole = '', key = ''] = part
  const wanted = /^\d+$/.test(key) ? (one.expected[0] ?? '') : `${key} : ${one.expected[0] ?? ''}`
  return others.some(
    (other) =>
      other.subject === whole && other.strength >= STRENGTH.part && other.expected.join(' ').includes(wanted),
  )
}

/** Numbers, strings and patterns in a piece of code: what a new name for something else does not change. */
function literals(text: string): string {
  const found = text.match(
    /"(?:[^"\\]|\\.)*"|`[^`]*`|\/(?:[^/\\\s]|\\.)+\/[a-z]*|(?<![\w$])\d[\d_.]*|\b(?:true|false|null|undefined)\b/g,
  )
  return (found ?? []).join(' ')
}

function changes(
  after: TestCase,
  still: readonly Assertion[],
  added: readonly Assertion[],
  comments: string,
): LostStrength[] {
  const rest = [...added]
  const lost: LostStrength[] = []
  const tell = (kind: string, line: number, message: string) =>
    lost.push({ kind, path: after.path, line, message: `${after.name}: ${message}` })
  const unpaired: Assertion[] = []
  for (const one of still) {
    const at = rest.findIndex((other) => other.subject === one.subject)
    const other = rest[at]
    if (other === undefined) {
      unpaired.push(one)
      continue
    }
    rest.splice(at, 1)
    if (isStronger(one, other)) continue
    tell(
      isLooser(one, other) ? 'loosened' : 'changed_expectation',
      other.line,
      `${assertionText(one)} became ${assertionText(other)}`,
    )
  }
  for (const one of unpaired) {
    const other = rest.shift()
    if (other === undefined) {
      const isEmptied = after.assertions.length === 0
      if (isCommented(one, comments)) tell('commented_out', after.line, `${assertionText(one)} is gone`)
      else if (!isEmptied) tell('fewer_assertions', after.line, `${assertionText(one)} is gone`)
      else if (lost.every(({ kind }) => kind !== 'emptied_test'))
        tell('emptied_test', after.line, `${assertionText(one)} is gone, and all others`)
      continue
    }
    tell(
      isLooser(one, other) ? 'loosened' : 'changed_expectation',
      other.line,
      `${assertionText(one)} became ${assertionText(other)}`,
    )
  }
  return lost
}

function isCommented(one: Assertion, comments: string): boolean {
  const text = one.subject.replaceAll(' ', '')
  return (
    text !== '' &&
    comments.replaceAll(/\s/g, '').replaceAll("'", '"').includes(text) &&
    /expect|assert/.test(comments)
  )
}

function isStronger(one: Assertion, other: Assertion): boolean {
  if (other.negated || other.hidden !== undefined) return false
  return other.strength > one.strength && (one.strength < STRENGTH.part || agrees(one, other))
}

function isLooser(one: Assertion, other: Assertion): boolean {
  if (other.strength < one.strength) return true
  if (one.matcher !== other.matcher || one.negated !== other.negated) return false
  return boundGrew(one, other)
}

function boundGrew(one: Assertion, other: Assertion): boolean {
  const [was, now] = [one, other].map(({ expected }) => Number((expected.at(-1) ?? '').replaceAll(' ', '')))
  if (was === undefined || now === undefined || Number.isNaN(was) || Number.isNaN(now)) return false
  if (/Less|below|most|lte?$/.test(one.matcher)) return now > was
  if (/Greater|above|least|gte?$/.test(one.matcher)) return now < was
  if (one.matcher === 'toBeCloseTo') return other.expected[0] === one.expected[0] && now < was
  if (one.matcher === 'closeTo') return other.expected[0] === one.expected[0] && now > was
  return false
}

function assertionText(one: Assertion): string {
  return exactly(one).replaceAll(/\s+/g, ' ').slice(0, 100)
}

function commentsIn(files: readonly TestFile[]): string {
  return files.flatMap(({ file }) => commentsOf(file).map(({ text }) => text)).join('\n')
}
