// Python: compare
//
// Tells what a change does to Python tests, as findings of the same kinds as for JavaScript.
// Leaves: reading (python-tests.ts), which findings a task may cause (gates/integrity.ts).
//
// V1. A test may be renamed, moved, split or joined: its assertions are searched in all new tests, and in new parts of others.
// V2. A finding that the file had before is not counted against the change.

import type { ChangeFinding, FileChange } from '../machines/index.ts'
import type { HiddenDemand } from './python-body.ts'
import { isConftest, runnerChanges } from './python-runner.ts'
import { isElsewhere, type PythonFile, type PythonTest, type ReadPythonTests } from './python-tests.ts'

export function judgePython(changes: readonly FileChange[], read: ReadPythonTests): ChangeFinding[] {
  const before = changes.flatMap(({ path, before: text, after }) =>
    text === undefined || after === undefined ? [] : [read(path, text)],
  )
  const after = changes.flatMap(({ path, after: text }) => (text === undefined ? [] : [read(path, text)]))
  const deleted = changes.flatMap(({ path, before: text, after: now }) =>
    text === undefined || now !== undefined ? [] : [read(path, text)],
  )
  const old = [...before, ...deleted].flatMap(({ tests }) => tests)
  const placeOf = ({ path, name }: PythonTest) => `${path} ${name}`
  const placed = new Map(after.flatMap(({ tests }) => tests.map((test) => [placeOf(test), test] as const)))
  const pairs = new Map(old.map((test) => [test, placed.get(placeOf(test))]))
  const paired = new Set(pairs.values())
  const fresh = after.flatMap(({ tests }) => tests).filter((test) => !paired.has(test))
  const elsewhere = new Set(fresh.flatMap(({ demands }) => demands.map(keyOf)))
  addMoved(pairs, elsewhere)
  return [
    ...after.flatMap((file) => newProblem(file, before)),
    ...deleted.flatMap((file) => lostFile(file, elsewhere)),
    ...[...pairs].flatMap(([was, now]) =>
      now === undefined
        ? deleted.some(({ tests }) => tests.includes(was))
          ? []
          : lostTest(was, elsewhere, after)
        : changed(was, now, elsewhere),
    ),
    ...fresh.flatMap((test) => ofFresh(test, old)),
  ]
}

/**
 * Adds the assertions that tests got from others. A test that lost its own assertions is another one under its name: its
 * assertions of now are not added.
 */
function addMoved(pairs: ReadonlyMap<PythonTest, PythonTest | undefined>, elsewhere: Set<string>): void {
  let open = [...pairs].flatMap(([was, now]) => {
    const added = now === undefined ? [] : addedDemands(was, now).map(keyOf)
    return now === undefined || added.length === 0
      ? []
      : [{ was, own: new Set(now.demands.map(keyOf)), added }]
  })
  for (let left = -1; left !== open.length; ) {
    left = open.length
    open = open.filter(({ was, own, added }) => {
      const isKept = was.demands.every((one) => own.has(keyOf(one)) || elsewhere.has(keyOf(one)))
      if (isKept) for (const key of added) elsewhere.add(key)
      return !isKept
    })
  }
}

/** What a test asserts now and did not before: it may come from another test. */
function addedDemands(was: PythonTest, now: PythonTest): HiddenDemand[] {
  const known = was.demands.map(keyOf)
  return now.demands.filter((one) => {
    const at = known.indexOf(keyOf(one))
    if (at >= 0) known.splice(at, 1)
    return at < 0 && one.hidden === undefined
  })
}

function newProblem({ path, problem }: PythonFile, before: readonly PythonFile[]): ChangeFinding[] {
  if (problem === undefined || before.some((file) => file.path === path && file.problem !== undefined))
    return []
  return [{ kind: 'syntax_error', path, line: problem.line, message: problem.message }]
}

const keyOf = ({ subject, matcher, expected, tolerance }: HiddenDemand) =>
  `${matcher}|${subject}|${expected}|${tolerance ?? ''}`
const hidingOf = (one: HiddenDemand) => `${keyOf(one)}|${one.hidden ?? 'seen'}`
const shown = ({ subject, matcher, expected }: HiddenDemand) =>
  `${subject} ${matcher} ${expected}`.trim().slice(0, 120)
const isKept = (test: PythonTest, elsewhere: ReadonlySet<string>) =>
  test.demands.length > 0 && test.demands.every((one) => elsewhere.has(keyOf(one)))

function lostFile({ path, tests }: PythonFile, elsewhere: ReadonlySet<string>): ChangeFinding[] {
  if (tests.length > 0 && tests.every((test) => isKept(test, elsewhere))) return []
  return [{ kind: 'deleted_file', path, message: 'a file of tests is deleted' }]
}

function lostTest(
  was: PythonTest,
  elsewhere: ReadonlySet<string>,
  after: readonly PythonFile[],
): ChangeFinding[] {
  if (isKept(was, elsewhere)) return []
  const name = was.name.split('.').at(-1) ?? was.name
  const commented = after.some(
    ({ path, comments }) =>
      path === was.path && comments.some(({ text }) => new RegExp(`def ${name}\\b`).test(text)),
  )
  const kind = commented ? 'commented_out' : 'deleted_test'
  return [
    { kind, path: was.path, line: was.line, message: `${was.name} is no longer there, or no longer run` },
  ]
}

function changed(was: PythonTest, now: PythonTest, elsewhere: ReadonlySet<string>): ChangeFinding[] {
  const at = (kind: string, line: number, message: string): ChangeFinding => ({
    kind,
    path: now.path,
    line,
    message: `${now.name}: ${message}`,
  })
  if (
    was.demands.length > 0 &&
    now.demands.length === 0 &&
    !was.demands.every((one) => elsewhere.has(keyOf(one)))
  )
    return [at('emptied_test', now.line, 'nothing is asserted any more'), ...newMarks(was.marks, now)]
  return [
    ...newMarks(was.marks, now),
    ...lostDemands(was, now, elsewhere).map(({ kind, one, message }) => at(kind, one.line, message)),
    ...smells(now, was),
  ]
}

function newMarks(known: readonly string[], now: PythonTest): ChangeFinding[] {
  const left = [...known]
  return now.marks.flatMap((mark) => {
    const at = left.indexOf(mark)
    if (at >= 0) left.splice(at, 1)
    if (at >= 0) return []
    const kind = /xfail|expectedFailure/.test(mark) ? 'expected_failure' : 'skipped_test'
    return [{ kind, path: now.path, line: now.line, message: `${now.name}: ${mark.slice(0, 120)}` }]
  })
}

interface LostDemand {
  readonly kind: string
  readonly one: HiddenDemand
  readonly message: string
}

function lostDemands(was: PythonTest, now: PythonTest, elsewhere: ReadonlySet<string>): LostDemand[] {
  const kept = now.demands.map(keyOf)
  const gone = was.demands.filter((one) => {
    const at = kept.indexOf(keyOf(one))
    if (at >= 0) kept.splice(at, 1)
    return at < 0 && !elsewhere.has(keyOf(one))
  })
  const fresh = now.demands.filter((one) => kept.includes(keyOf(one)))
  return gone.flatMap((one): LostDemand[] => {
    const at = fresh.findIndex(({ subject }) => subject === one.subject)
    const [other] = at < 0 ? [] : fresh.splice(at, 1)
    if (other === undefined) {
      const kind = now.demands.length < was.demands.length ? 'fewer_assertions' : 'changed_expectation'
      return [{ kind, one, message: `no longer asserted: ${shown(one)}` }]
    }
    const isLooser =
      other.strength < one.strength || (other.tolerance ?? 0) > (one.tolerance ?? Number.POSITIVE_INFINITY)
    if (isLooser) return [{ kind: 'loosened', one: other, message: `${shown(one)} became ${shown(other)}` }]
    // The new assertion is stricter.
    if (other.strength > one.strength || (other.expected === one.expected && other.matcher === one.matcher))
      return []
    return [{ kind: 'changed_expectation', one: other, message: `${shown(one)} became ${shown(other)}` }]
  })
}

const SLEEPS = /\b(?:time|asyncio)\.sleep\(\s*(?!0\s*\))/
const REACHES_OUT =
  /\b(?:requests|httpx)\.(?:get|post|put|patch|delete|head)\(\s*f?["']https?:|\burlopen\(\s*f?["']https?:/

/** A new assertion may be conditional; one that always ran may not become so. */
const EXCUSED = new Set(['conditional_assertion', 'expected_failure'])

function smells(now: PythonTest, was: PythonTest | undefined): ChangeFinding[] {
  const at = (kind: string, line: number, message: string): ChangeFinding => ({
    kind,
    path: now.path,
    line,
    message: `${now.name}: ${message}`,
  })
  const known = new Set(was?.demands.flatMap((one) => [keyOf(one), hidingOf(one)]))
  const lines = new Set(was?.body.map(({ text }) => text))
  const fresh = now.body.filter(({ text }) => !lines.has(text))
  const isHiding = (one: HiddenDemand) =>
    was === undefined ? !EXCUSED.has(one.hidden ?? '') : known.has(keyOf(one))
  return [
    ...now.demands.flatMap((one) => {
      const isNew = one.isTautology && !known.has(keyOf(one))
      const tautology = isNew ? [at('tautology', one.line, `cannot fail: ${shown(one)}`)] : []
      if (one.hidden === undefined || known.has(hidingOf(one)) || !isHiding(one)) return tautology
      return [...tautology, at(one.hidden, one.line, `is not seen to fail: ${shown(one)}`)]
    }),
    ...fresh.flatMap(({ text, line }) => [
      ...(SLEEPS.test(text) ? [at('sleeps', line, text.slice(0, 120))] : []),
      ...(REACHES_OUT.test(text) ? [at('network', line, text.slice(0, 120))] : []),
    ]),
  ]
}

const ASSERTS_ELSEWHERE = /\b\w*(?:check|assert|verif|expect)\w*\s*\(/i

function ofFresh(test: PythonTest, old: readonly PythonTest[]): ChangeFinding[] {
  const renamed = old.find(
    ({ demands }) =>
      demands.length > 0 && demands.every((one) => test.demands.some((now) => keyOf(now) === keyOf(one))),
  )
  const marks = newMarks(renamed?.marks ?? [], test).filter(({ message }) => !isElsewhere(message))
  // Assertions in a function of another file are believed.
  const isTrusted = test.body.some(({ text }) => ASSERTS_ELSEWHERE.test(text))
  if (test.demands.length > 0 || isTrusted) return [...marks, ...smells(test, renamed)]
  const kind = test.isEmpty ? 'emptied_test' : 'no_assertion'
  return [
    ...marks,
    { kind, path: test.path, line: test.line, message: `${test.name}: nothing is asserted` },
    ...smells(test, renamed),
  ]
}

const DIRECTIVES: readonly [kind: string, pattern: RegExp][] = [
  ['ignored_coverage', /pragma:\s*no (?:cover|branch)/],
  ['suppressed_check', /#\s*(?:noqa\b|type:\s*ignore|pylint:\s*disable|mypy:\s*ignore|pyright:\s*ignore)/],
]
const ASKS =
  /["'](?:pytest|unittest)["'] in sys\.(?:modules|argv)\b|\bPYTEST_CURRENT_TEST\b|\bsys\.argv\[0\].*(?:pytest|unittest)/

/** What in any Python file keeps a check from looking; and in a source, what asks whether it is tested. */
export function pythonDirectives(
  { path, before = '', after }: FileChange,
  isSource: boolean,
  read: ReadPythonTests,
): ChangeFinding[] {
  if (after === undefined) return []
  const [was, now] = [read(path, before), read(path, after)]
  const known = was.comments.map(({ text }) => text)
  const comments = DIRECTIVES.flatMap(([kind, pattern]) => {
    const found = now.comments.filter(({ text }) => pattern.test(text))
    const old = known.filter((text) => pattern.test(text)).length
    return found.slice(old).map(({ line, text }) => ({ kind, path, line, message: text.slice(0, 120) }))
  })
  const runner = isSource && !isConftest(path) ? [] : newRunnerChanges(was, now)
  const lines = new Set(was.statements.map(({ text }) => text))
  const asks = now.statements.filter(({ text }) => isSource && ASKS.test(text) && !lines.has(text))
  return [
    ...comments,
    ...runner,
    ...asks.map(({ line, text }) => ({
      kind: 'knows_it_is_tested',
      path,
      line,
      message: text.slice(0, 120),
    })),
  ]
}

/** What changes the runner more often than before. */
function newRunnerChanges(was: PythonFile, now: PythonFile): ChangeFinding[] {
  const known = runnerChanges(was).map(({ message }) => message)
  return runnerChanges(now).flatMap((change) => {
    const at = known.indexOf(change.message)
    if (at >= 0) known.splice(at, 1)
    return at >= 0 ? [] : [{ ...change, path: now.path }]
  })
}
