// Test file
//
// Owns:   a whole test file: imports, groups, tests, pinned chance and time.
// Leaves: one test's body (write-case.ts), how it looks (style.ts).
//
// R1. The same findings and style give the same bytes.

import { type Case, type Expression, partsOf } from '../expression.ts'
import type { Finding } from '../tasks.ts'
import { createDialect } from './dialect.ts'
import { mark, type Range, unmark } from './layout.ts'
import { type Pinnable, type Pinned, pinning } from './pinning.ts'
import { createPrinter, isIdentifier, type Printer } from './print.ts'
import type { Style } from './style.ts'
import { titleOf } from './title.ts'
import { type Loosened, nameOfStep, writeCase } from './write-case.ts'

export interface Emitting {
  readonly runner: 'vitest' | 'jest' | 'node'
  readonly style: Style
  /** What default exports are called: `default` and `module.exports` by label. */
  readonly labels: ReadonlyMap<string, string>
  /** Classes of other modules, by key. */
  readonly neighbours: ReadonlyMap<
    string,
    { readonly label: string; readonly name: string; readonly specifier: string }
  >
  /** What has to be forced on the compiler. */
  readonly loosened: (finding: Finding) => Loosened
}

export interface Emitted {
  readonly source: string
  /** Where the compiler may object, as `finding/place`; inner ones after the outer. */
  readonly ranges: readonly Range[]
  /** `group > title` of each finding, in the order given. */
  readonly names: readonly string[]
}

export function emitTestFile(findings: readonly Finding[], emitting: Emitting): Emitted {
  const emitter = new Emitter(emitting)
  const names = new Map<Finding, string>()
  const groups = [...groupByTarget(findings)].map(([target, members]) =>
    emitter.group(target, members, names),
  )
  const end = emitting.style.semicolons ? ';' : ''
  const head = emitter.head(findings).map((line) => line + end)
  const { text, ranges } = unmark(
    `${head.join('\n')}\n\n${emitter.timersOf(findings)}${groups.join('\n\n')}\n`,
  )
  return { source: text, ranges, names: findings.map((finding) => names.get(finding) ?? '') }
}

function groupByTarget(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const groups = new Map<string, Finding[]>()
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

  constructor(emitting: Emitting) {
    this.#emitting = emitting
    this.#end = emitting.style.semicolons ? ';' : ''
  }

  readonly #path = (path: readonly string[]): string => {
    const [first = '', ...rest] = path
    return rest.reduce(
      (text, name) => (isIdentifier(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`),
      this.#local(first),
    )
  }

  #local(name: string): string {
    const neighbour = this.#emitting.neighbours.get(name)
    if (neighbour !== undefined) return neighbour.label
    if (name !== 'default' && name !== 'module.exports') return name
    const label = this.#emitting.labels.get(name) ?? 'subject'
    return isIdentifier(label) && label !== 'default' ? label : 'subject'
  }

  #printerFor(test: Case, annotated: boolean): Printer {
    const naming = { path: this.#path, step: (index: number) => nameOfStep(test, index) }
    return createPrinter(this.#emitting.style.quote, naming, annotated && this.#emitting.style.typed)
  }

  head(findings: readonly Finding[]): readonly string[] {
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
    return [...lines, ...this.#imports(findings)]
  }

  /** node:test can fire timers only once at a time: code that awaits one after the other needs turns between. */
  timersOf(findings: readonly Finding[]): string {
    const { runner, style } = this.#emitting
    if (runner !== 'node' || !findings.some(({ observed }) => observed.waits.length > 0)) return ''
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

  #imports(findings: readonly Finding[]): readonly string[] {
    const { style, neighbours } = this.#emitting
    const roots = [...new Set(findings.flatMap(rootsOf))].sort(compareNames)
    const own = roots.filter((name) => !neighbours.has(name))
    const named = own.filter((name) => !isWhole(name))
    const whole = own.filter(isWhole).map((name) => this.#local(name))
    const others = roots.flatMap((key) => {
      const neighbour = neighbours.get(key)
      if (neighbour === undefined) return []
      const { label, name, specifier } = neighbour
      if (isWhole(name)) return this.#load([label], [], specifier)
      return this.#load([], [name === label ? label : `${name} as ${label}`], specifier)
    })
    return [...others, ...this.#load(whole.slice(0, 1), named, style.specifier)]
  }

  /** Lines that load a module's default export and named ones. */
  #load(whole: readonly string[], named: readonly string[], specifier: string): readonly string[] {
    const { style } = this.#emitting
    const from = `${style.quote}${specifier}${style.quote}`
    if (style.required) {
      const lines = whole.map((name) => `const ${name} = require(${from})`)
      return named.length === 0
        ? lines
        : [...lines, `const ${wrapNames(named.map((name) => name.replace(' as ', ': ')))} = require(${from})`]
    }
    const parts = named.length === 0 ? whole : [...whole, wrapNames(named)]
    return parts.length === 0 ? [] : [`import ${parts.join(', ')} from ${from}`]
  }

  group(target: string, findings: readonly Finding[], names: Map<Finding, string>): string {
    const printer = createPrinter(this.#emitting.style.quote, { path: this.#path, step: String })
    const taken = new Map<string, number>()
    const tests = findings.map((finding) => this.#test(finding, target, taken, names))
    const pins = pinning(this.#emitting.runner, findings.map(pinnableOf), [])
    const hooks = pins.hooks.map((line) => (line === '' ? '' : `  ${line}`))
    const inner = [
      ...(hooks.length > 0 ? [hooks.map((line) => this.#ended(line)).join('\n')] : []),
      ...tests,
    ].join('\n\n')
    return `describe(${printer.text(target)}, () => {\n${inner}\n})${this.#end}`
  }

  /** Statements end as the repository's do; lines that only open or close a block do not. */
  #ended(line: string): string {
    return /[{,(]$|^\s*$/.test(line) ? line : line + this.#end
  }

  #test(finding: Finding, target: string, taken: Map<string, number>, names: Map<Finding, string>): string {
    const { test, observed } = finding
    const printer = this.#printerFor(test, false)
    const title = unique(titleOf(test, observed, printer), taken)
    const number = names.size
    names.set(finding, `${target} > ${title}`)
    const body = writeCase(test, observed, {
      printer,
      annotating: this.#printerFor(test, true),
      dialect: createDialect(this.#emitting.runner, printer),
      path: this.#path,
      loosened: this.#emitting.loosened(finding),
    })
    const pins = pinning(this.#emitting.runner, [], [pinnedIn(finding)]).statements
    const lines = [...pins, ...body].map((line) => `    ${this.#guarded(line)}${this.#end}`)
    const opening = observed.awaits.length > 0 ? 'async () => {' : '() => {'
    return mark(
      `finding:${number}`,
      `  it(${printer.text(title)}, ${opening}\n${lines.join('\n')}\n  })${this.#end}`,
    )
  }

  /** Without semicolons a line that starts with a bracket would go on with the line before. */
  #guarded(line: string): string {
    return this.#end === '' && /^[([`]/.test(line.replace(/\uE000[^\uE001]*\uE001/g, '')) ? `;${line}` : line
  }
}

function pinnableOf({ observed: { uses, outcome } }: Finding): Pinnable {
  const spies =
    outcome.kind === 'returned' &&
    outcome.readings.some(({ read }) => read.some((access) => 'argument' in access))
  return { ...uses, spies }
}

function pinnedIn({ test, observed: { uses } }: Finding): Pinned {
  return {
    ...(uses.chance ? { chance: test.chance } : {}),
    ...(uses.clock && test.moment !== undefined ? { moment: test.moment } : {}),
  }
}

function unique(title: string, taken: Map<string, number>): string {
  const count = (taken.get(title) ?? 0) + 1
  taken.set(title, count)
  return count === 1 ? title : `${title} (${count})`
}

function isWhole(name: string): boolean {
  return name === 'default' || name === 'module.exports'
}

function wrapNames(names: readonly string[]): string {
  const flat = `{ ${names.join(', ')} }`
  return flat.length <= 90 ? flat : `{\n${names.map((name) => `  ${name},\n`).join('')}}`
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The exports a test mentions. */
function rootsOf({ test, observed }: Finding): readonly string[] {
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
