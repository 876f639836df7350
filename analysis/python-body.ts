// Python: body
//
// Reads what the body of a Python test asserts, in the order in which it runs, and whether a failure there is seen.
// Leaves: a single statement (python-demands.ts).
//
// B1. Tables are unfolded, helpers of the same file are followed, names stand for their values: a test asserts the same
//     whether it is written out, as rows, or with a helper.

import {
  bindTargets,
  bindToTable,
  constantsIn,
  elementsOf,
  type PythonBlock,
  type PythonNames,
  statementsIn,
  withValues,
} from './python-blocks.ts'
import { demandsOf, type PythonDemand } from './python-demands.ts'
import { callsOf, splitOpen } from './python-parts.ts'

export interface HiddenDemand extends PythonDemand {
  readonly hidden?: HiddenReason
}

type HiddenReason =
  | 'swallowed_failure'
  | 'expected_failure'
  | 'conditional_assertion'
  | 'early_return'
  | 'unreached_assertion'
  | undefined

/** A function of the file that is no test, and its class. */
export interface PythonHelper {
  readonly block: PythonBlock
  readonly owner: string | undefined
}

export type HelperLookUp = (name: string, owner: string | undefined) => PythonHelper | undefined

interface PythonCircumstances {
  readonly names: PythonNames
  /** Those of them that have this value whenever the test runs. */
  readonly constants: PythonNames
  readonly hidden: HiddenReason
  readonly owner: string | undefined
  /** Of helpers. */
  readonly depth: number
  /** How many rows of tables are unfolded around it. */
  readonly rows: number
}

const MAX_DEPTH = 3
/** Statements that one test runs, with those of helpers and for each row. */
const MAX_STEPS = 20_000
/** With more rows than this, a table is read as one value. */
const MAX_ROWS = 2000
/** The name of a function or class that a block defines. */
export const DEFINES = /^(?:async )?(def|class) ([\w\u0080-\uFFFF]+)/

/** A test that calls helpers in helpers, or loops in loops, without a reasonable end is read without following them. */
export function demandsIn(
  body: readonly PythonBlock[],
  names: PythonNames,
  row: PythonNames,
  owner: string | undefined,
  helperOf: HelperLookUp,
): HiddenDemand[] {
  const constants = new Map([...names].filter(([name]) => !name.includes('.') && !row.has(name)))
  const around = { names: merged(names, row), constants, hidden: undefined, owner, depth: 0, rows: 1 }
  const reader = new BodyReader(helperOf, MAX_STEPS)
  reader.body(body, around)
  if (reader.steps <= MAX_STEPS) return reader.found
  const plain = new BodyReader(() => undefined, Number.POSITIVE_INFINITY)
  plain.body(body, { ...around, rows: MAX_ROWS + 1 })
  return plain.found
}

class BodyReader {
  readonly found: HiddenDemand[] = []
  steps = 0
  readonly #helperOf: HelperLookUp
  readonly #limit: number
  #uses: ReadonlyMap<string, number> = new Map()

  constructor(helperOf: HelperLookUp, limit: number) {
    this.#helperOf = helperOf
    this.#limit = limit
  }

  body(blocks: readonly PythonBlock[], around: PythonCircumstances): void {
    const outer = this.#uses
    this.#uses = wordCounts(blocks)
    const own = constantsIn(blocks)
    const [names, constants] = [merged(around.names, own), merged(around.constants, own)]
    this.#blocks(blocks, { ...around, names, constants })
    this.#uses = outer
  }

  #blocks(blocks: readonly PythonBlock[], around: PythonCircumstances): void {
    let { hidden } = around
    for (const [at, block] of blocks.entries()) {
      this.steps += 1
      if (this.steps > this.#limit) return
      const inside = { ...around, hidden }
      if (block.statement.opensBlock) this.#compound(block, blocks.slice(at + 1, at + 9), inside)
      else this.#simple(block, inside)
      hidden ??= leaves(block)
    }
  }

  #simple({ statement: { text, line } }: PythonBlock, around: PythonCircumstances): void {
    if (this.#helper(text, line, around)) return
    this.#add(text, line, '', around)
  }

  #add(text: string, line: number, inside: string, { names, constants, hidden }: PythonCircumstances): void {
    const written = demandsOf(text, line, inside)
    if (written.length === 0) return
    const replaced = demandsOf(withValues(text, names), line, withValues(inside, names))
    const constant = demandsOf(withValues(text, constants), line)
    for (const [at, demand] of (replaced.length === 0 ? written : replaced).entries()) {
      const fixed = constant[at]
      const isTautology =
        written[at]?.isTautology === true || (fixed?.isTautology === true && isScalar(fixed.expected))
      this.found.push({ ...demand, isTautology, hidden })
    }
  }

  #compound(block: PythonBlock, next: readonly PythonBlock[], around: PythonCircumstances): void {
    const { text, line } = block.statement
    const hide = (hidden: HiddenReason) =>
      this.#blocks(block.children, { ...around, hidden: around.hidden ?? hidden })
    const [, kind, name = ''] = DEFINES.exec(text) ?? []
    if (kind === 'class') return
    if (kind === 'def') return hide((this.#uses.get(name) ?? 0) > 1 ? undefined : 'unreached_assertion')
    if (/^(?:if|elif|else|except|while|case)\b/.test(text)) return hide('conditional_assertion')
    if (text === 'try') return hide(isCaught(next) ? 'swallowed_failure' : undefined)
    if (/^(?:async )?for\b/.test(text)) return this.#loop(block, around)
    if (/^(?:async )?with\b/.test(text)) {
      this.#add(text, line, block.children.at(-1)?.statement.text ?? '', around)
      const isExpected = EXPECTS_FAILURE.test(text) ? 'expected_failure' : undefined
      return hide(SUPPRESSES.test(text) ? 'swallowed_failure' : isExpected)
    }
    hide(undefined)
  }

  #loop(block: PythonBlock, around: PythonCircumstances): void {
    const [, targets = '', list = ''] = /^(?:async )?for (.+?) in (.*)$/s.exec(block.statement.text) ?? []
    if (rowsIn(list, new Map())?.length === 0)
      return this.#blocks(block.children, { ...around, hidden: around.hidden ?? 'unreached_assertion' })
    const rows = rowsIn(list, around.names) ?? []
    const count = around.rows * rows.length
    if (count === 0) return this.#blocks(block.children, around)
    if (count > MAX_ROWS) {
      const names = merged(around.names, bindToTable(targets, rows.join()))
      return this.#blocks(block.children, { ...around, names })
    }
    for (const row of rows) {
      const names = merged(around.names, new Map(bindTargets(targets, row)))
      this.#blocks(block.children, { ...around, names, rows: count })
    }
  }

  /** Follows the first helper that a statement calls. */
  #helper(text: string, line: number, around: PythonCircumstances): boolean {
    if (around.depth >= MAX_DEPTH) return false
    const helperAt = (name: string) => this.#helperOf(name.replace(/^(?:self|cls)\./, ''), around.owner)
    for (const call of callsOf(text, HELPER_CALL, (name) => helperAt(name) !== undefined)) {
      const helper = helperAt(call.name)
      if (helper === undefined) continue
      const before = this.found.length
      const given = call.arguments.map((argument) => withValues(argument, around.names))
      const parameters = new Map(argumentsOf(helper, given))
      const names = merged(around.names, parameters)
      const constants = new Map([...around.constants].filter(([name]) => !parameters.has(name)))
      this.body(helper.block.children, {
        ...around,
        names,
        constants,
        owner: helper.owner,
        depth: around.depth + 1,
      })
      const written = withValues(text, around.names)
      for (let at = before; at < this.found.length; at++) {
        const demand = this.found[at] as HiddenDemand
        const isInlined =
          parameters.size === 0 ||
          [...parameters.values()].some((value) => `${demand.subject} ${demand.expected}`.includes(value))
        const subject = isInlined ? demand.subject : `${written} > ${demand.subject}`
        this.found[at] = { ...demand, subject, line }
      }
      if (this.found.length > before) return true
    }
    return false
  }
}

const HELPER_CALL = /(?<![\w.])(?:(?:self|cls)\.)?[A-Za-z_]\w*\(/
const SUPPRESSES = /\bsuppress\(/
const EXPECTS_FAILURE = /\b(?:raises|assertRaises)\((?:AssertionError|Exception|BaseException)\b/

function merged(outer: PythonNames, inner: PythonNames): PythonNames {
  return inner.size === 0 ? outer : new Map([...outer, ...inner])
}

function wordCounts(blocks: readonly PythonBlock[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { text } of statementsIn(blocks))
    for (const word of text.match(/[\w\u0080-\uFFFF]+/g) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

function isScalar(text: string): boolean {
  return /^(-?[\d._]+|True|False|None|'[^']*')$/.test(text)
}

/** The rows of a table that is written out; undefined: it is computed. */
export function rowsIn(text: string, names: PythonNames): string[] | undefined {
  const list = names.get(text) ?? withValues(text, names)
  if (/^(?:range\(0\)|\{\}|''|set\(\)|tuple\(\)|list\(\))$/.test(list)) return []
  return elementsOf(list)
}

/** Parameters of a helper with the values that a call gives them. */
function argumentsOf({ block }: PythonHelper, given: readonly string[]): [string, string][] {
  const [declared] = callsOf(block.statement.text, /def [\w\u0080-\uFFFF]+\(/)
  const names = (declared?.arguments ?? [])
    .map((parameter) => /^\w+/.exec(parameter)?.[0] ?? '')
    .filter((name) => name !== 'self' && name !== 'cls')
  return given.flatMap((argument, at): [string, string][] => {
    const [, keyword, value = ''] = /^(\w+)=(?!=)(.*)$/s.exec(argument) ?? []
    const name = keyword ?? names[at]
    return name === undefined || name === '' ? [] : [[name, keyword === undefined ? argument : value]]
  })
}

/** How a statement keeps the rest of its block from running. */
function leaves({ statement: { text }, children }: PythonBlock): HiddenReason {
  if (/^(?:return|continue|break)\b/.test(text)) return 'early_return'
  if (!/^(?:if|elif|else|except)\b/.test(text)) return undefined
  const last = children.at(-1)?.statement.text ?? ''
  return /^(?:return|continue)\b/.test(last) ? 'conditional_assertion' : undefined
}

/** Whether a failure in a `try` with these clauses is dropped. */
function isCaught(clauses: readonly PythonBlock[]): boolean {
  for (const { statement, children } of clauses) {
    if (!/^(?:except|else|finally)\b/.test(statement.text)) return false
    const handler = statementsIn(children).map(({ text }) => text)
    if (statement.text === 'finally') return handler.some((text) => /^(?:return|break|continue)\b/.test(text))
    const [, caught] = /^except\b ?(.*)$/s.exec(statement.text) ?? []
    const isBroad = caught !== undefined && /^\*?$|\b(?:Base)?Exception\b|\bAssertionError\b/.test(caught)
    if (isBroad && !handler.some((text) => /\braise\b|\bfail\(|^assert\b|\.assert/.test(text))) return true
  }
  return false
}

/** The tables of `@pytest.mark.parametrize`, as the names that each row binds. */
export function parametersOf(decorators: readonly string[], names: PythonNames): PythonNames[] {
  let rows: PythonNames[] = [new Map()]
  for (const decorator of decorators) {
    const [call] = callsOf(decorator, /^@pytest\.mark\.parametrize\(/)
    const [targets = '', table = ''] = call?.arguments ?? []
    const list = call === undefined ? undefined : rowsIn(table.replace(/^argvalues=/, ''), names)
    if (list === undefined || list.length === 0) continue
    const bare = targets.replace(/^argnames=/, '').replaceAll(/['"[\]]/g, '')
    const isLong = rows.length * list.length > MAX_ROWS
    const bound = isLong
      ? [bindToTable(bare, list.join())]
      : list.map((row) => new Map(bindTargets(bare, valuesOf(row))))
    rows = rows.flatMap((row) => bound.map((other) => merged(row, other)))
  }
  return rows
}

/** `pytest.param(1, 2, id='x')` is `(1, 2)`. */
function valuesOf(row: string): string {
  const [call] = callsOf(row, /^pytest\.param\(/)
  if (call === undefined) return row
  const values = call.arguments.filter((argument) => splitOpen(argument, /=(?!=)/).found.length === 0)
  return values.length === 1 ? (values[0] ?? '') : `(${values.join(', ')})`
}
