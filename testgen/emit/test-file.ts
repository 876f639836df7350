// Test file
//
// Owns:   a whole test file: imports, groups, tests, pinned chance and time.
// Leaves: one test's body (write-case.ts), how it looks (style.ts).
//
// R1. The same findings and style give the same bytes.

import { type Case, type Expression, partsOf } from '../expression.ts'
import type { CaseFinding } from '../tasks.ts'
import { createDialect } from './dialect.ts'
import { type Emitting, type TestRunner, usesNodeMocks } from './emitting.ts'
import { frameOf, type TestFrame } from './frame.ts'
import { indentedBy, mark, type TextRange, unmark } from './layout.ts'
import { createLocalNames, isWhole, type LocalNames } from './local-names.ts'
import { type Pinnable, pinning, type TestPins } from './pinning.ts'
import { createPrinter } from './print.ts'
import { isIdentifier, memberOf } from './print-text.ts'
import type { Printer } from './printer.ts'
import { titleOf } from './title.ts'
import { nameOfStep, writeCase } from './write-case.ts'

export interface EmittedTest {
  readonly source: string
  /** Where the compiler may object, as `finding/place`; inner ones after the outer. */
  readonly ranges: readonly TextRange[]
  /** `group > title` of each finding, in the order given. */
  readonly names: readonly string[]
}

export function emitTestFile(findings: readonly CaseFinding[], emitting: Emitting): EmittedTest {
  const emitter = new Emitter(emitting, findings)
  const names = new Map<CaseFinding, string>()
  const groups = [...groupByTarget(findings)].map(([target, members]) =>
    emitter.group(target, members, names),
  )
  const end = emitting.style.semicolons ? ';' : ''
  const head = emitter.head(findings).map((line) => line + end)
  const before = emitter.hooksOf(findings) + emitter.timersOf(findings)
  const foot = emitter.frame.foot === undefined ? '' : `\n${emitter.frame.foot}${end}\n`
  const whole = `${emitter.directive}${head.join('\n')}\n\n${before}${groups.join('\n\n')}\n${foot}`
  const { text, ranges } = unmark(indentedBy(emitting.style.indent, whole))
  return { source: text, ranges, names: findings.map((finding) => names.get(finding) ?? '') }
}

function groupByTarget(findings: readonly CaseFinding[]): ReadonlyMap<string, readonly CaseFinding[]> {
  const groups = new Map<string, CaseFinding[]>()
  for (const finding of findings) {
    const group = groups.get(finding.test.target)
    if (group === undefined) groups.set(finding.test.target, [finding])
    else group.push(finding)
  }
  return groups
}

class Emitter {
  readonly #emitting: Emitting
  readonly #end: string
  readonly #names: LocalNames
  /** For code outside of tests. */
  readonly #printer: Printer

  readonly frame: TestFrame
  readonly #isPinned: boolean

  constructor(emitting: Emitting, findings: readonly CaseFinding[]) {
    this.#emitting = emitting
    this.frame = frameOf(emitting.runner)
    this.#isPinned = findings.some(({ observed: { uses } }) => Object.values(uses).includes(true))
    this.#names = createLocalNames(emitting)
    this.#printer = createPrinter(emitting.style.quote, { path: this.#path, step: String })
    this.#end = emitting.style.semicolons ? ';' : ''
  }

  readonly #path = (path: readonly string[]): string => {
    const [first = '', ...rest] = path
    return rest.reduce((text, name) => memberOf(text, name, this.#printer.text), this.#names.of(first))
  }

  #printerFor(test: Case, annotated: boolean): Printer {
    const naming = { path: this.#path, step: (index: number) => nameOfStep(test, index, this.#names) }
    return createPrinter(this.#emitting.style.quote, naming, annotated && this.#emitting.style.typed)
  }

  head(findings: readonly CaseFinding[]): readonly string[] {
    const { runner, style } = this.#emitting
    const { quote } = style
    const pinned = pinning(runner, findings.map(pinnableOf), [])
    const load = (what: string, from: string) =>
      style.required
        ? `const ${what} = require(${quote}${from}${quote})`
        : `import ${what} from ${quote}${from}${quote}`
    const lines: string[] = []
    if (runner === 'vitest')
      lines.push(
        load(`{ ${[...['describe', 'expect', 'it'], ...pinned.needs].sort().join(', ')} }`, 'vitest'),
      )
    if (runner === 'node')
      lines.push(
        load('assert', 'node:assert/strict'),
        load(`{ ${[...['describe', 'it'], ...pinned.needs].sort().join(', ')} }`, 'node:test'),
      )
    if (runner === 'mocha' || runner === 'jasmine')
      lines.push(
        load('assert', 'node:assert/strict'),
        ...(pinned.needs.includes('mock') ? [load('{ mock }', 'node:test')] : []),
      )
    if (!this.frame.isGrouped) {
      if (needsAssert(runner, findings)) lines.push(load('assert', 'node:assert/strict'))
      if (this.frame.load !== undefined) lines.push(load(...this.frame.load))
      if (pinned.needs.includes('mock')) lines.push(load('{ mock }', 'node:test'))
    }
    return [...lines, ...this.#imports(findings)]
  }

  /** Modules are strict anyway. */
  get directive(): string {
    const { quote, required, strict } = this.#emitting.style
    return strict && required ? `${quote}use strict${quote}${this.#end}\n\n` : ''
  }

  /** Hooks of a file without groups. */
  hooksOf(findings: readonly CaseFinding[]): string {
    if (this.frame.isGrouped) return ''
    const { hooks } = pinning(this.#emitting.runner, findings.map(pinnableOf), [])
    return hooks.map((line) => `${line}${this.#end}\n\n`).join('')
  }

  /** node:test can fire timers only once at a time: code that awaits one after the other needs turns between. */
  timersOf(findings: readonly CaseFinding[]): string {
    const { runner, style } = this.#emitting
    if (!usesNodeMocks(runner) || !findings.some(({ observed }) => observed.waits.length > 0)) return ''
    const lines = [
      `async function runTimers()${style.typed ? ': Promise<void>' : ''} {`,
      '  for (let turn = 0; turn < 50; turn++) {',
      `    await new Promise((resolve) => setImmediate(resolve))${this.#end}`,
      `    mock.timers.runAll()${this.#end}`,
      '  }',
      '}',
    ]
    return `${lines.join('\n')}\n\n`
  }

  #imports(findings: readonly CaseFinding[]): readonly string[] {
    const { style, importedClasses } = this.#emitting
    const roots = [...new Set(findings.flatMap(rootsOf))].sort(compareNames)
    const own = roots.filter((name) => !importedClasses.has(name))
    const others = roots.flatMap((key) => {
      const importedClass = importedClasses.get(key)
      return importedClass === undefined
        ? []
        : this.#load([[importedClass.name, key]], importedClass.specifier)
    })
    return [
      ...others,
      ...this.#load(
        own.map((name) => [name, name]),
        style.specifier,
      ),
    ]
  }

  /** Lines that load exports, each with the key it goes by. */
  #load(wanted: readonly (readonly [name: string, key: string])[], specifier: string): readonly string[] {
    const { style } = this.#emitting
    const from = this.#printer.text(
      readsUrls(this.#emitting.runner) && !style.required ? asUrl(specifier) : specifier,
    )
    // A required module has its default export as a field.
    const isAll = (name: string) => (style.required ? name === 'module.exports' : isWhole(name))
    const whole = wanted.filter(([name]) => isAll(name)).map(([, key]) => this.#names.of(key))
    const named = wanted
      .filter(([name]) => !isAll(name))
      .map(([name, key]) => this.#imported(name, this.#names.of(key)))
    const parts = [...whole.slice(0, 1), ...(named.length === 0 ? [] : [wrapNames(named)])]
    if (style.required) return parts.map((what) => `const ${what} = require(${from})`)
    // Vite's reader of imports stumbles over a quoted name behind a default export.
    const isQuoted = named.some((name) => /^['"]/.test(name))
    return (isQuoted ? parts : parts.slice(0, 1).map(() => parts.join(', '))).map(
      (what) => `import ${what} from ${from}`,
    )
  }

  /** `name`, or `name as local` where it cannot keep its name. */
  #imported(name: string, local: string): string {
    if (name === local) return name
    const exported = isIdentifier(name) ? name : this.#printer.text(name)
    return this.#emitting.style.required ? `${exported}: ${local}` : `${exported} as ${local}`
  }

  group(target: string, findings: readonly CaseFinding[], names: Map<CaseFinding, string>): string {
    const taken = new Set(this.#emitting.taken?.get(this.frame.isGrouped ? target : ''))
    const tests = findings.map((finding) => this.#test(finding, target, taken, names))
    if (!this.frame.isGrouped) return tests.join('\n\n')
    const pins = pinning(this.#emitting.runner, findings.map(pinnableOf), [])
    const hooks = pins.hooks.map((line) => (line === '' ? '' : `  ${line}`))
    const inner = [
      ...(hooks.length > 0 ? [hooks.map((line) => this.#ended(line)).join('\n')] : []),
      ...tests,
    ].join('\n\n')
    return `describe(${this.#printer.text(target)}, () => {\n${inner}\n})${this.#end}`
  }

  /** Statements end as the repository's do; lines that only open or close a block do not. */
  #ended(line: string): string {
    return /[{,(]$|^\s*$/.test(line) ? line : line + this.#end
  }

  #test(finding: CaseFinding, target: string, taken: Set<string>, names: Map<CaseFinding, string>): string {
    const { test, observed } = finding
    const printer = this.#printerFor(test, false)
    const { isGrouped, context, end } = this.frame
    const own = titleOf(test, observed, printer)
    const title = unique(isGrouped ? own : `${target}: ${own}`, taken)
    const number = names.size
    names.set(finding, isGrouped ? `${target} > ${title}` : title)
    const body = writeCase(test, observed, {
      printer,
      annotating: this.#printerFor(test, true),
      dialect: createDialect(this.#emitting.runner, printer),
      path: this.#path,
      step: (index) => nameOfStep(test, index, this.#names),
      casts: this.#emitting.casts(finding),
      indent: isGrouped ? 4 : 2,
    })
    const isAsync = observed.awaits.length > 0
    const pins = pinning(this.#emitting.runner, [pinnableOf(finding)], [pinnedIn(finding)]).statements
    const space = isGrouped ? '  ' : ''
    const lines = [...pins, ...body, ...(end === undefined || isAsync ? [] : [end])].map(
      (line) => `${space}  ${this.#guarded(line)}${this.#end}`,
    )
    const opening = `${isAsync ? 'async ' : ''}(${context}) => {`
    return mark(
      `finding:${number}`,
      `${space}${this.#testWord}(${printer.text(title)}, ${opening}\n${lines.join('\n')}\n${space}})${this.#end}`,
    )
  }

  /** AVA runs tests that wait at the same time, unless they are serial: pinned ones would see each other's pins. */
  get #testWord(): string {
    return this.#emitting.runner === 'ava' && this.#isPinned ? 'test.serial' : this.frame.test
  }

  /** Without semicolons a line that starts with a bracket would go on with the line before. */
  #guarded(line: string): string {
    return this.#end === '' && /^[([`]/.test(line.replace(/\uE000[^\uE001]*\uE001/g, '')) ? `;${line}` : line
  }
}

function pinnableOf({ observed: { uses, outcome } }: CaseFinding): Pinnable {
  const spies =
    outcome.kind === 'returned' &&
    outcome.readings.some(({ read }) => read.some((access) => 'argument' in access))
  return { ...uses, spies }
}

/** Uvu has no assertions itself, and tape none for a promise. */
function needsAssert(runner: TestRunner, findings: readonly CaseFinding[]): boolean {
  if (runner !== 'tape') return runner === 'uvu'
  return findings.some(({ observed: { outcome } }) => outcome.kind === 'threw' && outcome.async)
}

function pinnedIn({ test, observed: { uses } }: CaseFinding): TestPins {
  return {
    ...(uses.chance ? { chance: test.chance } : {}),
    ...(uses.clock && test.moment !== undefined ? { moment: test.moment } : {}),
  }
}

function unique(title: string, taken: Set<string>): string {
  let found = title
  for (let count = 2; taken.has(found); count++) found = `${title} (${count})`
  taken.add(found)
  return found
}

function wrapNames(names: readonly string[]): string {
  const flat = `{ ${names.join(', ')} }`
  return flat.length <= 90 ? flat : `{\n${names.map((name) => `  ${name},\n`).join('')}}`
}

function readsUrls(runner: TestRunner): boolean {
  return runner === 'node' || !frameOf(runner).isGrouped
}

/** Node takes the specifier of an import for a part of a URL. */
function asUrl(specifier: string): string {
  return specifier.replace(/[%?#\\]/g, (sign) => encodeURIComponent(sign))
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The exports a test mentions. */
function rootsOf({ test, observed }: CaseFinding): readonly string[] {
  const roots: string[] = []
  const add = (path: readonly string[]) => roots.push(path[0] ?? '')
  function visit(value: Expression): void {
    if (value.kind === 'export' || value.kind === 'create' || value.kind === 'call') add(value.path)
    partsOf(value).forEach(visit)
  }
  for (const step of test.steps) {
    if ('path' in step.on) add(step.on.path)
    step.of.forEach(visit)
  }
  if (observed.outcome.kind === 'returned')
    for (const { sees } of observed.outcome.readings) {
      if (sees.kind === 'instance') add(sees.of)
      if (sees.kind === 'equal') visit(sees.value)
    }
  return roots
}
