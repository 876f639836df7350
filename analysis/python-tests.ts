// Python: tests
//
// Owns:   reading a file of Python tests (unittest, pytest): its tests by their full names, how each is marked, what it
//         demands, and what in it keeps a failure from being seen.
// Leaves: comparing two files (python-compare.ts), what a statement demands (python-demands.ts).
//
// T1. Functions of the same file that demand something are followed where they are called.
// T2. A test that the runner does not collect, or that a later one of the same name replaces, is none.

import { demandsOf, type PythonDemand } from './python-demands.ts'
import { type PythonText, readPython, type Statement, splitOpen } from './python-lines.ts'

export interface HiddenDemand extends PythonDemand {
  readonly hidden?: 'swallowed_failure' | 'conditional_assertion' | 'early_return' | undefined
}

export interface PythonTest {
  readonly name: string
  readonly path: string
  readonly line: number
  /** Each mark that keeps it from running or from failing. */
  readonly marks: readonly string[]
  readonly demands: readonly HiddenDemand[]
  readonly body: readonly Statement[]
  readonly isEmpty: boolean
}

export interface PythonFile extends PythonText {
  readonly path: string
  readonly tests: readonly PythonTest[]
}

const DEFINES = /^(?:async )?def (\w+) ?\(/
const SKIPS =
  /@(?:unittest\.)?(?:skip\w*|expectedFailure)\b|\bpytest\.(?:mark\.(?:skip|skipif|xfail)|skip|xfail|importorskip)\b|\bself\.skipTest\b|\bSkipTest\b|^__test__ = False/
/** What another machine is like, and not whether somebody looks. */
const ELSEWHERE =
  /\b(?:sys\.(?:platform|version_info)|platform\.\w+|os\.name|shutil\.which|find_spec|IS_WINDOWS)\b/

interface PythonBlock {
  readonly kind: 'class' | 'def'
  readonly name: string
  readonly indent: number
  readonly marks: readonly string[]
  readonly isCollected: boolean
  readonly line: number
  readonly body: Statement[]
}

export function readPythonTests(path: string, text: string): PythonFile {
  const read = readPython(text)
  const blocks = blocksOf(read.statements)
  const all = read.statements.flatMap(({ indent, text: said }) =>
    indent === 0 && /^pytestmark\b/.test(said) && SKIPS.test(said) ? [said] : [],
  )
  const helpers = new Map(
    blocks.functions
      .filter(({ block }) => !isTestName(block.name))
      .map(({ block }) => [block.name, block.body] as const),
  )
  const tests = new Map<string, PythonTest>()
  for (const { block, within } of blocks.functions) {
    if (!isTestName(block.name) || within.some(({ isCollected }) => !isCollected)) continue
    const name = [...within, block].map((one) => one.name).join('.')
    const inside = block.body.filter(({ text: said }) => SKIPS.test(said)).map(({ text: said }) => said)
    const marks = [...all, ...within.flatMap((one) => one.marks), ...block.marks, ...inside].filter((mark) =>
      SKIPS.test(mark),
    )
    const demands = demandsIn(block.body, helpers, 0)
    const isEmpty = block.body.every(({ text: said }) =>
      /^(pass|\.\.\.|return( None)?|["'rbu].*)$/s.test(said),
    )
    tests.set(name, { name, path, line: block.line, marks, demands, body: block.body, isEmpty })
  }
  return { ...read, path, tests: [...tests.values()] }
}

export function isElsewhere(mark: string): boolean {
  return ELSEWHERE.test(mark)
}

const isTestName = (name: string) => name.startsWith('test')

/** Each function with its enclosing classes; nested functions belong to its body. */
function blocksOf(statements: readonly Statement[]) {
  const functions: { block: PythonBlock; within: readonly PythonBlock[] }[] = []
  let open: PythonBlock[] = []
  let decorators: string[] = []
  for (const statement of statements) {
    open = open.filter(({ indent }) => indent < statement.indent)
    const inner = open.at(-1)
    const { text, indent, line } = statement
    if (inner?.kind === 'def') {
      inner.body.push(statement)
      continue
    }
    if (text.startsWith('@')) {
      decorators.push(text)
      continue
    }
    const [head = '', tail = ''] = suiteOf(text)
    const [, name, bases = ''] = /^class (\w+) ?(?:\((.*)\))?$/s.exec(head) ?? []
    const defined = DEFINES.exec(text)?.[1]
    if (name !== undefined) {
      const isCollected = /TestCase\b|\bTest\w*|Mixin|Base/.test(bases) || name.startsWith('Test')
      open.push({ kind: 'class', name, indent, marks: decorators, isCollected, line, body: [] })
    } else if (defined !== undefined) {
      const body = tail === '' ? [] : [{ ...statement, text: tail }]
      const block: PythonBlock = {
        kind: 'def',
        name: defined,
        indent,
        marks: decorators,
        isCollected: true,
        line,
        body,
      }
      functions.push({ block, within: open })
      open = [...open, block]
    } else if (inner?.kind === 'class' && SKIPS.test(text))
      open = [...open.slice(0, -1), { ...inner, marks: [...inner.marks, text] }]
    decorators = []
  }
  return { functions }
}

/** `if x: y` is `if x` and `y`. */
function suiteOf(text: string): [string, string] {
  const { parts } = splitOpen(text, /:(?!=)/)
  return [parts[0] ?? '', parts.slice(1).join(':').trim()]
}

const COMPOUND = /^(?:async )?(?:if|elif|else|for|while|try|except|finally|with|match|case)\b/
const MOST_DEPTH = 3

function demandsIn(
  body: readonly Statement[],
  helpers: ReadonlyMap<string, readonly Statement[]>,
  depth: number,
): HiddenDemand[] {
  const found: HiddenDemand[] = []
  const around: { indent: number; head: string; at: number }[] = []
  const outer = body[0]?.indent ?? 0
  let hasReturned = false
  for (const [at, { indent, text, line }] of body.entries()) {
    while ((around.at(-1)?.indent ?? -1) >= indent) around.pop()
    const isBlock = COMPOUND.test(text)
    const [head, tail] = isBlock ? suiteOf(text) : ['', text]
    if (/^return\b/.test(text) && indent === outer && at < body.length - 1) hasReturned = true
    const heads = isBlock ? [...around, { indent, head, at }] : around
    const hidden = hasReturned ? 'early_return' : hidingIn(heads, body)
    const own = [...(/^(?:async )?with\b/.test(head) ? demandsOf(head, line) : []), ...demandsOf(tail, line)]
    for (const demand of own) found.push({ ...demand, hidden })
    if (own.length === 0 && depth < MOST_DEPTH)
      for (const [, name = ''] of text.matchAll(/(?:^|[^\w.]|\bself\.|\bcls\.)(\w+) ?\(/g)) {
        const followed = helpers.get(name)
        if (followed && followed !== body)
          for (const demand of demandsIn(followed, helpers, depth + 1))
            found.push({
              ...demand,
              subject: `${text} > ${demand.subject}`,
              line,
              hidden: hidden ?? demand.hidden,
            })
      }
    if (isBlock) around.push({ indent, head, at })
  }
  return found
}

/** A failure in it is caught, or it runs only sometimes. */
function hidingIn(
  heads: readonly { indent: number; head: string; at: number }[],
  body: readonly Statement[],
): HiddenDemand['hidden'] {
  for (const { head, indent, at } of heads) {
    if (/^with (?:contextlib\.)?suppress\(/.test(head)) return 'swallowed_failure'
    if (head === 'try' && catchesAll(body.slice(at + 1), indent)) return 'swallowed_failure'
  }
  return heads.some(({ head }) => /^(if|elif|else|except|while)\b/.test(head))
    ? 'conditional_assertion'
    : undefined
}

function catchesAll(after: readonly Statement[], indent: number): boolean {
  for (const [at, statement] of after.entries()) {
    if (statement.indent > indent) continue
    if (statement.indent < indent || !/^(except|else|finally)\b/.test(statement.text)) return false
    const what = /^except\b ?([^:]*)/.exec(statement.text)?.[1] ?? 'finally'
    const rest = after.slice(at + 1)
    const end = rest.findIndex((one) => one.indent <= indent)
    const handler = [
      suiteOf(statement.text)[1],
      ...rest.slice(0, end < 0 ? rest.length : end).map(({ text }) => text),
    ]
    if (
      /^$|\b(Base)?Exception\b|\bAssertionError\b/.test(what) &&
      !handler.some((text) => /\braise\b|\bfail\(|^assert\b|\.assert/.test(text))
    )
      return true
  }
  return false
}
