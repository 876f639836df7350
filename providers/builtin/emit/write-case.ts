// Write case
//
// Owns:   the body of one test: its steps as statements, its readings as assertions.
// Leaves: the runner's words (dialect.ts), values (print.ts), the file around it (test-file.ts).

import type { Case, Expression, Step } from '../expression.ts'
import type { Access, Observed, Outcome, Reading } from '../outcome.ts'
import type { Dialect } from './dialect.ts'
import { isIdentifier, type Printer } from './print.ts'

export interface Body {
  readonly lines: readonly string[]
  readonly async: boolean
}

/** Which arguments are not what the types ask for: `step:argument`. */
export type Casts = ReadonlySet<string>

const indent = 4

export function writeCase(
  test: Case,
  observed: Observed,
  printer: Printer,
  dialect: Dialect,
  path: (path: readonly string[]) => string,
  casts: Casts,
): Body {
  const writer = new CaseWriter(test, observed, printer, dialect, path, casts)
  return { lines: writer.write(), async: observed.awaits.length > 0 }
}

/** The variable that holds a step's result. */
export function nameOfStep(test: Case, index: number): string {
  const step = test.steps[index]
  if (step?.op === 'new') return variableFor(test.target)
  return index === 0 || test.steps.length === 1 ? 'result' : `result${index + 1}`
}

function variableFor(target: string): string {
  const name = target.split('.')[0] ?? 'object'
  const lower = name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (head) => head.toLowerCase())
  const safe =
    lower === name || reserved.has(lower) || !isIdentifier(lower)
      ? `a${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`
      : lower
  return isIdentifier(safe) ? safe : 'subject'
}

const reserved = new Set([
  'default',
  'function',
  'class',
  'new',
  'delete',
  'package',
  'interface',
  'import',
  'export',
  'enum',
  'null',
  'true',
  'false',
  'void',
  'it',
  'expect',
  'describe',
  'assert',
  'promise',
  'map',
  'set',
  'object',
])

class CaseWriter {
  readonly #test: Case
  readonly #observed: Observed
  readonly #printer: Printer
  readonly #dialect: Dialect
  readonly #path: (path: readonly string[]) => string
  readonly #casts: Casts

  constructor(
    test: Case,
    observed: Observed,
    printer: Printer,
    dialect: Dialect,
    path: (path: readonly string[]) => string,
    casts: Casts,
  ) {
    this.#test = test
    this.#observed = observed
    this.#printer = printer
    this.#dialect = dialect
    this.#path = path
    this.#casts = casts
  }

  write(): readonly string[] {
    const { outcome } = this.#observed
    const last = this.#test.steps.length - 1
    const before = this.#test.steps
      .slice(0, last)
      .map((step, index) => this.#statement(step, index, this.#isUsed(index)))
    if (outcome.kind === 'threw') return [...before, this.#thrown(outcome)]
    if (outcome.kind === 'unusable') return before
    return [...before, ...this.#returned(outcome.readings, last)]
  }

  #isUsed(index: number): boolean {
    const { outcome } = this.#observed
    const later = this.#test.steps.slice(index + 1)
    const isRead = outcome.kind === 'returned' && outcome.readings.some(({ step }) => step === index)
    return (
      isRead ||
      later.some(
        (step) =>
          ('step' in step.on && step.on.step === index) || step.of.some((value) => mentions(value, index)),
      )
    )
  }

  #thrown(outcome: Extract<Outcome, { kind: 'threw' }>): string {
    const last = this.#test.steps.length - 1
    const call = this.#call(last, indent)
    if (outcome.async) return this.#dialect.rejects(call, outcome.thrown, indent)
    const body = this.#test.steps[last]?.op === 'set' ? `{ ${call} }` : call
    return this.#dialect.throws(body, outcome.thrown, indent)
  }

  #returned(readings: readonly Reading[], last: number): readonly string[] {
    const own = readings.filter(({ step }) => step === last)
    const others = readings.filter(({ step }) => step !== last)
    const step = this.#test.steps[last]
    const [only] = own
    const isVoid =
      only?.sees.kind === 'equal' &&
      only.sees.value.kind === 'constant' &&
      only.sees.value.value === undefined
    if (step?.op === 'set' || (isVoid && others.length > 0))
      return [
        this.#statement(step as Step, last, false),
        ...others.map((reading) => this.#assert(reading, nameOfStep(this.#test, reading.step))),
      ]
    if (own.length === 1 && only !== undefined)
      return [
        this.#assert(only, this.#awaited(last)),
        ...others.map((reading) => this.#assert(reading, nameOfStep(this.#test, reading.step))),
      ]
    const name = nameOfStep(this.#test, last)
    return [
      this.#statement(step as Step, last, true),
      ...readings.map((reading) =>
        this.#assert(reading, reading.step === last ? name : nameOfStep(this.#test, reading.step)),
      ),
    ]
  }

  #statement(_step: Step, index: number, isKept: boolean): string {
    const call = this.#awaited(index)
    return isKept ? `const ${nameOfStep(this.#test, index)} = ${call}` : call
  }

  #awaited(index: number): string {
    const call = this.#call(index, indent)
    return this.#observed.awaits.includes(index) ? `await ${call}` : call
  }

  #call(index: number, at: number): string {
    const step = this.#test.steps[index] as Step
    const subject = 'path' in step.on ? this.#path(step.on.path) : nameOfStep(this.#test, step.on.step)
    const whole = step.name === undefined ? subject : member(subject, step.name, this.#printer)
    if (step.op === 'get') return whole
    const given = step.of.map((value, place) => this.#argument(value, `${index}:${place}`, at))
    if (step.op === 'set') return `${whole} = ${given.join('')}`
    return `${step.op === 'new' ? 'new ' : ''}${whole}(${given.join(', ')})`
  }

  #argument(value: Expression, place: string, at: number): string {
    const text = this.#printer.print(value, at)
    if (!this.#casts.has(place)) return text
    return value.kind === 'function' ? `(${text}) as never` : `${text} as never`
  }

  #assert({ read, sees }: Reading, subject: string): string {
    const actual = read.reduce((text, access) => this.#access(text, access), subject)
    if (sees.kind === 'instance') return this.#dialect.instance(actual, this.#path(sees.of))
    if (sees.kind === 'type')
      return this.#dialect.type(actual.startsWith('await ') ? `(${actual})` : actual, sees.of)
    return this.#dialect.equal(actual, this.#printer.print(sees.value, indent), comparison(sees.value))
  }

  #access(text: string, access: Access): string {
    const inner = text.startsWith('await ') ? `(${text})` : text
    if (access.kind === 'spread') return `[...${inner}]`
    return access.kind === 'text' ? `String(${text})` : member(inner, access.name, this.#printer)
  }
}

function member(subject: string, name: string, printer: Printer): string {
  return isIdentifier(name) ? `${subject}.${name}` : `${subject}[${printer.text(name)}]`
}

/** `toEqual` overlooks fields that are undefined, so where there are any it is not enough. */
function comparison(value: Expression): 'same' | 'deep' | 'strict' {
  if (value.kind === 'constant' || value.kind === 'export' || value.kind === 'symbol') return 'same'
  return holdsUndefined(value) ? 'strict' : 'deep'
}

function holdsUndefined(value: Expression): boolean {
  if (value.kind === 'constant') return value.value === undefined
  if (value.kind === 'array' || value.kind === 'set') return value.items.some(holdsUndefined)
  if (value.kind === 'map')
    return value.entries.some(([key, item]) => holdsUndefined(key) || holdsUndefined(item))
  return value.kind === 'object' && value.fields.some(([, item]) => holdsUndefined(item))
}

function mentions(value: Expression, index: number): boolean {
  if (value.kind === 'step') return value.index === index
  if (value.kind === 'array' || value.kind === 'set') return value.items.some((item) => mentions(item, index))
  return value.kind === 'object' && value.fields.some(([, item]) => mentions(item, index))
}
