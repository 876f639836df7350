// Write case
//
// Owns:   the body of one test: its steps as statements, its readings as assertions.
// Leaves: the runner's words (dialect.ts), values (print.ts), the file around it (test-file.ts).

import { type Case, type Expression, partsOf, type Step } from '../expression.ts'
import type { Access, Observed, Outcome, Reading } from '../outcome.ts'
import type { Dialect } from './dialect.ts'
import { around, call, fits, layOut, markPiece, type Piece, plain } from './layout.ts'
import { isIdentifier, type Printer } from './print.ts'

/** What has to be forced on the compiler in one test. */
export interface Loosened {
  /** Arguments, as `step:argument`, whose callbacks name their types, or that are cast away. */
  readonly annotated: ReadonlySet<string>
  readonly cast: ReadonlySet<string>
  /** Steps whose callee takes anything. */
  readonly calls: ReadonlySet<number>
  /** Readings of what the types do not show. */
  readonly readings: ReadonlySet<number>
}

export const nothingLoosened: Loosened = {
  annotated: new Set(),
  cast: new Set(),
  calls: new Set(),
  readings: new Set(),
}

export interface Writing {
  readonly printer: Printer
  readonly annotating: Printer
  readonly dialect: Dialect
  readonly path: (path: readonly string[]) => string
  readonly loosened: Loosened
}

const indent = 4

/** The lines of a test's body, with marks around what the compiler may object to. */
export function writeCase(test: Case, observed: Observed, writing: Writing): readonly string[] {
  return new CaseWriter(test, observed, writing).write()
}

/** The variable that holds a step's result. */
export function nameOfStep(test: Case, index: number): string {
  if (test.steps[index]?.op === 'new') return variableFor(test.target)
  const hasObject = test.steps.some(({ op }) => op === 'new')
  const isLast = index === test.steps.length - 1
  if (index === 0 || (isLast && hasObject)) return 'result'
  return isLast ? 'last' : `result${index + 1}`
}

const reserved = new Set(['default', 'function', 'class', 'new', 'delete', 'package', 'interface', 'import', 'export', 'enum', 'null', 'true', 'false', 'void', 'result', 'last', 'it', 'expect', 'describe', 'assert']) // biome-ignore format: a plain list

function variableFor(target: string): string {
  const name = target.split('.')[0] ?? 'object'
  const lower = name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (head) => head.toLowerCase())
  const isTaken = lower === name || reserved.has(lower) || !isIdentifier(lower)
  const safe = isTaken ? `a${name[0]?.toUpperCase() ?? ''}${name.slice(1)}` : lower
  return isIdentifier(safe) ? safe : 'subject'
}

class CaseWriter {
  readonly #test: Case
  readonly #observed: Observed
  readonly #writing: Writing
  readonly #last: number

  constructor(test: Case, observed: Observed, writing: Writing) {
    this.#test = test
    this.#observed = observed
    this.#writing = writing
    this.#last = test.steps.length - 1
  }

  write(): readonly string[] {
    const { outcome } = this.#observed
    const before = this.#test.steps
      .slice(0, this.#last)
      .map((_, index) => this.#statement(index, this.#isUsed(index)))
    if (outcome.kind === 'unusable') return before
    const after =
      outcome.kind === 'threw' ? [layOut(this.#thrown(outcome), indent, 1)] : this.#returned(outcome.readings)
    return [...before, ...after]
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

  #thrown(outcome: Extract<Outcome, { kind: 'threw' }>): Piece {
    const { dialect } = this.#writing
    const called = this.#call(this.#last)
    if (outcome.async) return dialect.rejects(called, outcome.thrown)
    const isAssignment = this.#test.steps[this.#last]?.op === 'set'
    return dialect.throws(isAssignment ? around('{ ', called, ' }') : called, outcome.thrown)
  }

  #returned(readings: readonly Reading[]): readonly string[] {
    const own = readings.filter(({ step }) => step === this.#last)
    const [only] = own
    if (this.#test.steps[this.#last]?.op === 'set' || (isVoid(only) && readings.length > own.length))
      return [
        this.#statement(this.#last, false),
        ...this.#assertions(
          readings.filter((reading) => reading.step !== this.#last),
          readings,
        ),
      ]
    if (own.length === 1 && only !== undefined) return this.#single(only, readings)
    return [this.#statement(this.#last, true), ...this.#assertions(readings, readings)]
  }

  /** One reading stands in the assertion itself, unless that grows too long. */
  #single(only: Reading, readings: readonly Reading[]): readonly string[] {
    const others = this.#assertions(
      readings.filter((reading) => reading !== only),
      readings,
    )
    const assertion = this.#assert(only, this.#awaited(this.#last), readings)
    const isShort =
      fits(assertion.flat.split('\n')[0] ?? '', indent, 1) ||
      fits(`expect(${this.#awaited(this.#last).flat}).toStrictEqual({`, indent)
    if (isShort) return [layOut(assertion, indent, 1), ...others]
    return [this.#statement(this.#last, true), ...this.#assertions([only], readings), ...others]
  }

  #assertions(some: readonly Reading[], all: readonly Reading[]): readonly string[] {
    return some.map((reading) =>
      layOut(this.#assert(reading, plain(nameOfStep(this.#test, reading.step)), all), indent, 1),
    )
  }

  #statement(index: number, isKept: boolean): string {
    const called = this.#awaited(index)
    const name = nameOfStep(this.#test, index)
    return layOut(isKept ? around(`const ${name} = `, called) : called, indent, 1)
  }

  #awaited(index: number): Piece {
    const called = this.#call(index)
    return this.#observed.awaits.includes(index) ? around('await ', called) : called
  }

  #call(index: number): Piece {
    const step = this.#test.steps[index] as Step
    const subject =
      'path' in step.on ? this.#writing.path(step.on.path) : nameOfStep(this.#test, step.on.step)
    const whole = step.name === undefined ? subject : this.#member(subject, step.name)
    const isLoose = this.#writing.loosened.calls.has(index)
    if (step.op === 'get')
      return markPiece(`call:${index}`, plain(isLoose ? this.#hidden(subject, step.name ?? '') : whole))
    const values = step.of.map((value, place) => this.#argument(value, `${index}:${place}`, isLoose))
    if (step.op === 'set')
      return markPiece(
        `call:${index}`,
        around(
          `${isLoose ? this.#hidden(subject, step.name ?? '') : whole} = `,
          values[0] ?? plain('undefined'),
        ),
      )
    const callee = isLoose ? this.#looseCallee(step, subject, whole) : whole
    return markPiece(`call:${index}`, call(step.op === 'new' ? `new ${callee}` : callee, values))
  }

  #looseCallee(step: Step, subject: string, whole: string): string {
    if (step.op === 'new') return `(${whole} as new (...values: never[]) => InstanceType<typeof ${whole}>)`
    if (step.name !== undefined)
      return `(${subject} as unknown as { ${this.#writing.printer.key(step.name)}: (...values: never[]) => unknown }).${step.name}`
    return 'path' in step.on
      ? `(${whole} as (...values: never[]) => unknown)`
      : `(${whole} as unknown as (...values: never[]) => unknown)`
  }

  #hidden(subject: string, name: string): string {
    return this.#member(`(${subject} as unknown as { ${this.#writing.printer.key(name)}: unknown })`, name)
  }

  #argument(value: Expression, place: string, isLoose: boolean): Piece {
    const { printer, annotating, loosened } = this.#writing
    const isCast = isLoose || loosened.cast.has(place)
    const piece = (isCast || loosened.annotated.has(place) ? annotating : printer).piece(value)
    if (!isCast) return markPiece(`argument:${place}`, piece)
    return markPiece(
      `argument:${place}`,
      value.kind === 'function' ? around('(', piece, ') as never') : around('', piece, ' as never'),
    )
  }

  #assert(reading: Reading, subject: Piece, all: readonly Reading[]): Piece {
    const { dialect, path, printer, loosened } = this.#writing
    const { read, sees } = reading
    const number = all.indexOf(reading)
    const actual = read.reduce(
      (piece, access) => this.#access(piece, access, loosened.readings.has(number)),
      subject,
    )
    const marked = read.length === 0 ? actual : markPiece(`reading:${number}`, actual)
    if (sees.kind === 'instance') return dialect.instance(marked, path(sees.of))
    if (sees.kind === 'type')
      return dialect.type(marked.flat.startsWith('await ') ? around('(', marked, ')') : marked, sees.of)
    return dialect.equal(marked, printer.piece(sees.value), comparison(sees.value))
  }

  #access(piece: Piece, access: Access, isLoose: boolean): Piece {
    const inner = piece.flat.startsWith('await ') ? around('(', piece, ')') : piece
    if (access.kind === 'text') return call('String', [piece])
    if (access.kind === 'spread')
      return isLoose
        ? around('[...(', inner, ' as unknown as Iterable<unknown>)]')
        : around('[...', inner, ']')
    if (isLoose)
      return around(
        '(',
        inner,
        this.#member(` as unknown as { ${this.#writing.printer.key(access.name)}: unknown })`, access.name),
      )
    return around('', inner, this.#member('', access.name))
  }

  #member(subject: string, name: string): string {
    return isIdentifier(name) ? `${subject}.${name}` : `${subject}[${this.#writing.printer.text(name)}]`
  }
}

function isVoid(reading: Reading | undefined): boolean {
  return (
    reading?.sees.kind === 'equal' &&
    reading.sees.value.kind === 'constant' &&
    reading.sees.value.value === undefined
  )
}

/** `toEqual` overlooks fields that are undefined, so where there are any it is not enough. */
function comparison(value: Expression): 'same' | 'deep' | 'strict' {
  if (value.kind === 'constant' || value.kind === 'export' || value.kind === 'symbol') return 'same'
  return holdsUndefined(value) ? 'strict' : 'deep'
}

function holdsUndefined(value: Expression): boolean {
  return value.kind === 'constant' ? value.value === undefined : partsOf(value).some(holdsUndefined)
}

function mentions(value: Expression, index: number): boolean {
  return value.kind === 'step' ? value.index === index : partsOf(value).some((part) => mentions(part, index))
}
