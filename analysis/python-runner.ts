// Python: runner
//
// Finds what in Python tests and in a conftest.py changes the runner: it ends the process, changes outcomes, takes tests out,
// or replaces parts of pytest or unittest.
// Leaves: marks of single tests (python-tests.ts), whether it was there before (python-compare.ts).
//
// R1. A hook that only reports, sorts, or follows an option of the command line changes nothing.

import { blocksOf, type PythonBlock, statementsIn } from './python-blocks.ts'
import { DEFINES } from './python-body.ts'
import { isElsewhere, type PythonFile } from './python-tests.ts'

export interface RunnerChange {
  readonly kind: 'meddles_with_runner' | 'retried'
  readonly line: number
  readonly message: string
}

interface RunnerPlace {
  /** The hook of pytest that it is in. */
  readonly hook: string | undefined
  readonly isTopLevel: boolean
  /** In a function that somebody else calls: a fake, a child process. */
  readonly isHandedOn: boolean
  /** Only on other machines, for an option, or when the file is run as a script. */
  readonly isExcused: boolean
  readonly isExitExpected: boolean
}

export function runnerChanges({ statements }: PythonFile): RunnerChange[] {
  const found: RunnerChange[] = []
  const none = { hook: undefined, isHandedOn: false, isExcused: false, isExitExpected: false }
  look(blocksOf(statements), { ...none, isTopLevel: true }, found)
  return found
}

/** Whether a file is read by pytest though it holds no tests. */
export function isConftest(path: string): boolean {
  return /(?:^|\/)conftest\.py$/.test(path)
}

function look(blocks: readonly PythonBlock[], place: RunnerPlace, found: RunnerChange[]): void {
  for (const block of blocks) {
    const { text: written, line } = block.statement
    const text = withoutStrings(written)
    const change = (message: string, kind: RunnerChange['kind'] = 'meddles_with_runner') =>
      found.push({ kind, line, message: `${message}: ${written.slice(0, 120)}` })
    const [, kind, name = ''] = DEFINES.exec(text) ?? []
    if (kind === 'def') lookInFunction(block, name, place, found)
    else look(block.children, inside(text, written, place), found)
    const message =
      (kind === 'def' ? definitionChange(name, place) : undefined) ??
      endsProcess(text, place) ??
      changesOutcome(text, place) ??
      takesTestsOut(text, written, place) ??
      replacesPart(text, written)
    if (message !== undefined) change(message)
    if (/^@(?:pytest\.mark\.)?flaky\b/.test(text))
      change('a test that fails is run again until it passes', 'retried')
  }
}

function inside(text: string, written: string, place: RunnerPlace): RunnerPlace {
  const isCondition = /^(?:if|elif)\b/.test(text)
  const isScript = isCondition && /__name__ == ['"]__main__/.test(written)
  return {
    ...place,
    isTopLevel: place.isTopLevel && !text.startsWith('class '),
    isExcused: place.isExcused || isScript || (isCondition && isElsewhere(text)),
    isExitExpected: place.isExitExpected || /\b(?:raises|assertRaises\w*)\(.*\bSystemExit\b/.test(text),
  }
}

function lookInFunction(block: PythonBlock, name: string, place: RunnerPlace, found: RunnerChange[]): void {
  const body = statementsIn(block.children).map(({ text }) => text)
  const hook = name.startsWith('pytest_') ? name : undefined
  look(
    block.children,
    {
      hook,
      isTopLevel: false,
      isHandedOn: place.isHandedOn || !(hook !== undefined || RUN_BY_RUNNER.test(name)),
      isExcused: place.isExcused || (hook !== undefined && body.some((text) => FOLLOWS_OPTION.test(text))),
      isExitExpected: place.isExitExpected || body.some((text) => /\bos\.fork\(/.test(text)),
    },
    found,
  )
}

const RUN_BY_RUNNER =
  /^(?:test|runTest$|setUp|tearDown|asyncSetUp|asyncTearDown|setup|teardown|addCleanup|load_tests$)/
const FOLLOWS_OPTION = /\.(?:getoption|getini|getvalue)\(|\.config\.option\b|(?<![\w.])config\.option\b/

function endsProcess(
  text: string,
  { isHandedOn, isExcused, isExitExpected }: RunnerPlace,
): string | undefined {
  if (isExcused || isExitExpected) return undefined
  const isPatched = /\b(?:patch|setattr|patch\.object)\(/.test(text)
  if (/\bos\._exit\b|\bos\.abort\(|\bos\.kill\(os\.getpid\(\)/.test(text) && !isPatched && !isHandedOn)
    return 'it ends the process of the tests'
  if (/\batexit\.register\(os\._exit\b/.test(text)) return 'it ends the process of the tests'
  if (isHandedOn || /\blambda\b/.test(text)) return undefined
  const isExit = /(?<![\w.])(?:sys\.exit|pytest\.exit|exit|quit)\(|^raise SystemExit\b/.test(text)
  return isExit && !isPatched ? 'it ends the run of the tests' : undefined
}

const OUTCOME =
  /(?:\.|^)(?:outcome|wasxfail|longrepr|exitstatus|testsfailed|excinfo)(?:: [^=]+)? [-+]?= |\.force_(?:result|exception)\(/

function changesOutcome(text: string, { hook }: RunnerPlace): string | undefined {
  if (hook === undefined) return undefined
  if (OUTCOME.test(text) && /\.\w+ [-+]?= |\.force_/.test(text))
    return `${hook} changes how a test or the run ended`
  const isOutcome = /^pytest_(?:runtest_(?:protocol|call|makereport)|pyfunc_call|report_teststatus)$/.test(
    hook,
  )
  const isReturned = /^return (?!None$|\(?yield\b|outcome\b|rep(?:ort)?\b|res(?:ult)?\b)/.test(text)
  return isOutcome && isReturned ? `${hook} answers for the runner` : undefined
}

const REMOVES =
  /\bitems\.(?:clear|remove|pop)\(|^del items\b|^items(?:\[:?\])? = (?!sorted\(|list\(reversed|items\[::-1\])/
const MARKS = /\bpytest\.mark\.(?:skip|xfail)|\.add_marker\(["'](?:skip|xfail)/

function takesTestsOut(
  text: string,
  written: string,
  { hook, isExcused, isTopLevel }: RunnerPlace,
): string | undefined {
  if (isExcused) return undefined
  if (
    isTopLevel &&
    /^collect_ignore(?:_glob)?(?:: [^=]+)? \+?= (?!\[\]$)|^collect_ignore(?:_glob)?\.(?:append|extend)\(/.test(
      text,
    )
  )
    return 'it keeps files from being collected'
  if (hook === undefined || isElsewhere(text)) return undefined
  if (hook === 'pytest_ignore_collect' && /^return (?!False$|None$)/.test(text))
    return `${hook} keeps files from being collected`
  return REMOVES.test(text) || MARKS.test(written) ? `${hook} keeps tests from running` : undefined
}

const PARTS = String.raw`(?:_?pytest|unittest)(?:\.\w+)*`
const REPLACES = new RegExp(
  String.raw`^(?:${PARTS}\.\w+|sys\.excepthook|sys\.modules\[\]|builtins\.\w+|AssertionError\.\w+) = |\bsetattr\((?:${PARTS}|AssertionError|builtins)(?:,|\.)|\bpatch\.object\(${PARTS}(?:,|\.)`,
)
const PATCHED =
  /\b(?:patch|setattr)\((["'])(?:_?pytest|unittest)\.|^sys\.modules\[(["'])(?:_?pytest|unittest)\b/

function replacesPart(text: string, written: string): string | undefined {
  if (/^sys\.modules\[/.test(text))
    return PATCHED.test(written) ? 'a part of the runner is replaced' : undefined
  const isSame = /^pytest\.(?:importorskip|fixture)\b/.test(text)
  if (isSame) return undefined
  if (/^failureException = /.test(text)) return 'failures are no longer failures'
  return REPLACES.test(text) || PATCHED.test(written) ? 'a part of the runner is replaced' : undefined
}

/** Methods of unittest that a class of tests replaces by its own. */
function definitionChange(name: string, { isTopLevel, isHandedOn }: RunnerPlace): string | undefined {
  if (isTopLevel || isHandedOn) return undefined
  return /^(?:assert(?:Equals?|True|False|Raises|Is|IsNone|In|Greater|Less|AlmostEqual|DictEqual|ListEqual)|fail|run|defaultTestResult)$/.test(
    name,
  )
    ? 'an assertion of the runner is replaced'
    : undefined
}

/** The strings of a statement are left empty. */
function withoutStrings(text: string): string {
  return text.replaceAll(/(["'])(?:(?!\1)[^\\\n]|\\.)*\1/g, "''")
}
