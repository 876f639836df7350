// Python: tests
//
// Reads a file of Python tests (unittest, pytest): its tests by their full names, the marks that keep each from running
// or from failing, and its assertions.
// Leaves: bodies of tests (python-body.ts), comparing two files (python-compare.ts).
//
// T1. A test that the runner does not collect, or that a later definition or assignment replaces, is none.

import {
  blocksOf,
  constantsIn,
  importedNames,
  type PythonBlock,
  type PythonNames,
  statementsIn,
} from './python-blocks.ts'
import { DEFINES, demandsIn, type HiddenDemand, type PythonHelper, parametersOf } from './python-body.ts'
import { type PythonStatement, type PythonText, readPython } from './python-lines.ts'
import { replaceNames } from './python-parts.ts'

export interface PythonTest {
  readonly name: string
  readonly path: string
  readonly line: number
  /** Each decorator, condition and call that keeps it from running or from failing. */
  readonly marks: readonly string[]
  readonly demands: readonly HiddenDemand[]
  readonly body: readonly PythonStatement[]
  readonly isEmpty: boolean
}

export interface PythonFile extends PythonText {
  readonly path: string
  readonly tests: readonly PythonTest[]
}

const SKIPS =
  /@(?:unittest\.)?(?:skip\w*|expectedFailure)\b|\bunittest\.(?:skip\w*|expectedFailure)\b|\bpytest\.(?:mark\.(?:skip|skipif|xfail)|skip|xfail|importorskip)\b|\bself\.skipTest\b|\bSkipTest\b|^__test__ = False/
/** What another machine is like, and not whether somebody looks. */
const ELSEWHERE =
  /\b(?:sys\.(?:platform|version_info)|platform\.\w+|os\.name|shutil\.which|find_spec|IS_WINDOWS)\b/

export function isElsewhere(mark: string): boolean {
  return ELSEWHERE.test(mark)
}

export type ReadPythonTests = (path: string, text: string) => PythonFile

/** Reads each text once, however often it is asked for. */
export function pythonTestsReader(): ReadPythonTests {
  const files = new Map<string, PythonFile>()
  return (path, text) => {
    const key = `${path}\0${text}`
    const file = files.get(key) ?? readPythonTests(path, text)
    files.set(key, file)
    return file
  }
}

export function readPythonTests(path: string, text: string): PythonFile {
  const read = readPython(text)
  const imported = importedNames(read.statements)
  const full = (written: string) => replaceNames(written, (name) => imported.get(name))
  const statements = read.statements.map((one) =>
    imported.size === 0 || /^(?:from|import) /.test(one.text) ? one : { ...one, text: full(one.text) },
  )
  const tests = new TestCollector(path, blocksOf(statements)).tests()
  return { ...read, statements, path, tests }
}

interface PythonContainer {
  /** Names of the enclosing classes. */
  readonly classes: readonly string[]
  readonly marks: readonly string[]
  readonly isCollected: boolean
  readonly names: PythonNames
}

interface DefinedTest {
  readonly name: string
  readonly block: PythonBlock
  readonly decorators: readonly string[]
  readonly container: PythonContainer
  readonly marks: string[]
}

class TestCollector {
  readonly #path: string
  readonly #blocks: readonly PythonBlock[]
  readonly #helpers = new Map<string, PythonHelper>()
  readonly #bases = new Map<string, string>()
  readonly #tests = new Map<string, DefinedTest>()

  constructor(path: string, blocks: readonly PythonBlock[]) {
    this.#path = path
    this.#blocks = blocks
  }

  tests(): PythonTest[] {
    this.#findHelpers(this.#blocks, undefined)
    const names = constantsIn(this.#blocks)
    this.#collect(this.#blocks, { classes: [], marks: marksOf(this.#blocks), isCollected: true, names })
    return [...this.#tests.values()].map((test) => this.#read(test))
  }

  #findHelpers(blocks: readonly PythonBlock[], owner: string | undefined): void {
    for (const block of blocks) {
      const [, kind, name = ''] = DEFINES.exec(block.statement.text) ?? []
      if (kind === 'class') {
        this.#bases.set(name, /\((.*)\)$/s.exec(block.statement.text)?.[1] ?? '')
        this.#findHelpers(block.children, name)
      } else if (kind === 'def') {
        if (isTestName(name)) continue
        this.#helpers.set(`${owner ?? ''}.${name}`, { block, owner })
        if (!this.#helpers.has(name)) this.#helpers.set(name, { block, owner })
      } else this.#findHelpers(block.children, owner)
    }
  }

  #collect(blocks: readonly PythonBlock[], container: PythonContainer): void {
    let decorators: string[] = []
    let condition = ''
    for (const block of blocks) {
      const { text, opensBlock } = block.statement
      const [, kind, name = ''] = DEFINES.exec(text) ?? []
      if (text.startsWith('@')) {
        decorators.push(text)
        continue
      }
      if (kind === 'class') this.#class(name, block, decorators, container)
      else if (kind === 'def') this.#function(name, block, decorators, container)
      else if (opensBlock) {
        condition = /^if\b/.test(text)
          ? text
          : /^(?:elif|else)\b/.test(text)
            ? `${text} after ${condition}`
            : ''
        const marks = condition === '' ? container.marks : [...container.marks, condition]
        this.#collect(block.children, { ...container, marks })
      } else this.#replace(text, container)
      decorators = []
    }
  }

  #class(name: string, block: PythonBlock, decorators: readonly string[], outer: PythonContainer): void {
    const marks = [...outer.marks, ...decorators.filter(isMark), ...marksOf(block.children)]
    const setUp = block.children.filter(({ statement }) => SET_UP.test(statement.text))
    const assigned = setUp.map(({ children }) => constantsIn(children))
    const fields = [...constantsIn(block.children)].map(([key, value]) => [`self.${key}`, value] as const)
    const own = [
      ...fields,
      ...assigned.flatMap((values) => [...values].filter(([key]) => /^(?:self|cls)\./.test(key))),
    ]
    const counts = assignmentsIn(block)
    const once = own.filter(([key]) => counts.get(key.replace(/^(?:self|cls)\./, '')) === 1)
    this.#collect(block.children, {
      classes: [...outer.classes, name],
      marks,
      isCollected: outer.isCollected && this.#isCollected(name),
      names: new Map([...outer.names, ...once]),
    })
  }

  /** A class of tests, by its name or a class that it is derived from. */
  #isCollected(name: string, depth = 0): boolean {
    if (name.startsWith('Test')) return true
    const bases = this.#bases.get(name)
    if (bases === undefined || depth > MAX_BASES) return /test|case|spec|mixin|base/i.test(name)
    return (bases.match(/[\w\u0080-\uFFFF.]+/g) ?? []).some((base) =>
      this.#isCollected(base.split('.').at(-1) ?? base, depth + 1),
    )
  }

  #function(
    name: string,
    block: PythonBlock,
    decorators: readonly string[],
    container: PythonContainer,
  ): void {
    const full = [...container.classes, name].join('.')
    if (!isTestName(name) || !container.isCollected) return void this.#tests.delete(full)
    const marks = [...container.marks, ...decorators.filter(isMark), ...marksInside(block.children)]
    this.#tests.set(full, { name: full, block, decorators, container, marks })
  }

  /** `del test_a`, `test_a = None`, `CartTest.test_a = None`, `test_a = pytest.mark.skip(test_a)`. */
  #replace(text: string, { classes }: PythonContainer): void {
    const [, removed = '', assigned = '', value = ''] = /^(?:del (.+)|([\w.]+) = (.*))$/s.exec(text) ?? []
    for (const name of removed.split(', ')) this.#tests.delete([...classes, name].join('.'))
    const test = this.#tests.get([...classes, assigned].join('.'))
    if (test === undefined) return
    if (isMark(value)) test.marks.push(text)
    else if (!new RegExp(`\\b${assigned.split('.').at(-1)}\\b`).test(value)) this.#tests.delete(test.name)
  }

  #read({ name, block, decorators, container, marks }: DefinedTest): PythonTest {
    const body = statementsIn(block.children)
    const owner = container.classes.at(-1)
    const helperOf = (called: string, of: string | undefined) =>
      this.#helpers.get(`${of ?? ''}.${called}`) ?? this.#helpers.get(called)
    const demands = parametersOf(decorators, container.names).flatMap((row) =>
      demandsIn(block.children, container.names, row, owner, helperOf),
    )
    const isEmpty = body.every(({ text }) => /^(?:pass|\.\.\.|return(?: None)?|[rb]{0,2}["'].*)$/s.test(text))
    return { name, path: this.#path, line: block.statement.line, marks, demands, body, isEmpty }
  }
}

const MAX_BASES = 5
const SET_UP = /^(?:async )?def (?:setUp|setUpClass|asyncSetUp|setup_method|setup_class|setup)\(/

function isTestName(name: string): boolean {
  return name.startsWith('test') || name === 'runTest'
}

function isMark(text: string): boolean {
  return SKIPS.test(text)
}

/** `pytestmark` and `__test__` of a module or class. */
function marksOf(blocks: readonly PythonBlock[]): string[] {
  return blocks
    .map(({ statement }) => statement.text)
    .filter((text) => /^(?:pytestmark|__test__)\b/.test(text) && isMark(text))
}

/** Calls in a body that skip the test, each with the condition right around it. */
function marksInside(blocks: readonly PythonBlock[], condition = ''): string[] {
  return blocks.flatMap(({ statement: { text }, children }) => {
    const head = /^(?:if|elif)\b/.test(text) ? `${text}: ` : condition
    const own = isMark(text) ? [condition + text] : []
    return [...own, ...marksInside(children, head)]
  })
}

const FIELD = /^(?:(?:self|cls)\.)?(\w+)(?:: [^=]+)? (?:[-+*/%@&|^]|\*\*|\/\/)?= /

/** How often each field of a class gets a value. */
function assignmentsIn(block: PythonBlock): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { text } of statementsIn([block])) {
    const name = FIELD.exec(text)?.[1]
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}
