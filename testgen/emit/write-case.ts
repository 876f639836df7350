// Write case
//
// Owns:   the body of one test: its steps as statements, its readings as assertions.
// Leaves: the runner's words (dialect.ts), values (print.ts), the file around it (test-file.ts).

import { type Case, type CaseStep, type Expression, partsOf } from '../expression.ts'
import type { AccessReading, CaseOutcome, Observation, Reading } from '../outcome.ts'
import type { Casts } from './casts.ts'
import type { Dialect } from './dialect.ts'
import { around, call, fits, type LayoutPiece, layOut, markPiece, plain } from './layout.ts'
import type { LocalNames } from './local-names.ts'
import { memberOf } from './print-text.ts'
import type { Printer } from './printer.ts'

export interface Writing {
  readonly printer: Printer
  readonly annotating: Printer
  readonly dialect: Dialect
  readonly path: (path: readonly string[]) => string
  /** The variable that holds a step's result. */
  readonly step: (index: number) => string
  readonly casts: Casts
  /** Columns before each line. */
  readonly indent: number
}

/** The lines of a test's body, with marks around the places that the compiler may object to. */
export function writeCase(test: Case, observed: Observation, writing: Writing): readonly string[] {
  return new CaseWriter(test, observed, writing).write()
}

/** The variable that holds a step's result. */
export function nameOfStep(test: Case, index: number, names: LocalNames): string {
  if (test.steps[index]?.op === 'new') return names.variableFor(test.target)
  const hasObject = test.steps.some(({ op }) => op === 'new')
  const isLast = index === test.steps.length - 1
  if (index === 0 || (isLast && hasObject)) return 'result'
  return isLast ? 'last' : `result${index + 1}`
}

class CaseWriter {
  readonly #test: Case
  readonly #observed: Observation
  readonly #writing: Writing
  readonly #last: number

  constructor(test: Case, observed: Observation, writing: Writing) {
    this.#test = test
    this.#observed = observed
    this.#writing = writing
    this.#last = test.steps.length - 1
  }

  write(): readonly string[] {
    const { outcome } = this.#observed
    const before = this.#test.steps
      .slice(0, this.#last)
      .flatMap((_, index) => this.#statement(index, this.#isUsed(index)))
    if (outcome.kind === 'unusable') return before
    return [
      ...before,
      ...(outcome.kind === 'threw' ? this.#thrown(outcome) : this.#returned(outcome.readings)),
    ]
  }

  #isUsed(index: number): boolean {
    const { outcome } = this.#observed
    const later = this.#test.steps.slice(index + 1)
    const isRead =
      outcome.kind === 'returned' &&
      outcome.readings.some(({ step, read }) => step === index && !isOfCallback(read))
    return (
      isRead ||
      later.some(
        (step) =>
          (step.op !== 'wait' && 'step' in step.on && step.on.step === index) ||
          step.of.some((value) => mentions(value, index)),
      )
    )
  }

  #thrown(outcome: Extract<CaseOutcome, { kind: 'threw' }>): readonly string[] {
    const { dialect } = this.#writing
    const called = this.#call(this.#last)
    const spies = this.#spies(this.#last)
    if (!outcome.async) {
      const isAssignment = this.#test.steps[this.#last]?.op === 'set'
      return [
        ...spies,
        this.#laidOut(dialect.throws(isAssignment ? around('{ ', called, ' }') : called, outcome.thrown)),
      ]
    }
    const rejected = dialect.rejects(called, outcome.thrown)
    if (!this.#observed.waits.includes(this.#last))
      return [...spies, this.#laidOut(around('await ', rejected))]
    // The rejection has to be expected before the timers bring it about.
    return [
      ...spies,
      this.#laidOut(around('const rejection = ', rejected)),
      dialect.runTimers(),
      'await rejection',
    ]
  }

  #returned(readings: readonly Reading[]): readonly string[] {
    const own = readings.filter(({ step, read }) => step === this.#last && !isOfCallback(read))
    const others = readings.filter((reading) => !own.includes(reading))
    const [only] = own
    const { op } = this.#test.steps[this.#last] as CaseStep
    const isSilent = op === 'set' || op === 'wait' || (isVoid(only) && others.length > 0)
    if (isSilent) return [...this.#statement(this.#last, false), ...this.#assertions(others, readings)]
    if (own.length === 1 && only !== undefined && !this.#observed.waits.includes(this.#last))
      return [...this.#single(only, readings), ...this.#assertions(others, readings)]
    return [
      ...this.#statement(this.#last, true),
      ...this.#assertions(own, readings),
      ...this.#assertions(others, readings),
    ]
  }

  /** A single reading is written into the assertion, unless the line becomes too long. */
  #single(only: Reading, readings: readonly Reading[]): readonly string[] {
    const awaited = this.#awaited(this.#last)
    const assertion = this.#assert(only, awaited, readings)
    const isShort =
      fits(assertion.flat.split('\n')[0] ?? '', this.#writing.indent, 1) ||
      fits(`expect(${awaited.flat}).toStrictEqual({`, this.#writing.indent)
    if (isShort) return [...this.#spies(this.#last), this.#laidOut(assertion)]
    return [...this.#statement(this.#last, true), ...this.#assertions([only], readings)]
  }

  #assertions(some: readonly Reading[], all: readonly Reading[]): readonly string[] {
    return some.map((reading) =>
      this.#laidOut(this.#assert(reading, plain(this.#writing.step(reading.step)), all)),
    )
  }

  #laidOut(piece: LayoutPiece): string {
    return layOut(piece, this.#writing.indent, 1)
  }

  #statement(index: number, isKept: boolean): readonly string[] {
    const kept = isKept ? `const ${this.#writing.step(index)} = ` : ''
    const spies = this.#spies(index)
    if (!this.#observed.waits.includes(index))
      return [...spies, this.#laidOut(around(kept, this.#awaited(index)))]
    const pending = `pending${index === this.#last ? '' : index + 1}`
    return [
      ...spies,
      this.#laidOut(around(`const ${pending} = `, this.#call(index))),
      this.#writing.dialect.runTimers(),
      `${kept}await ${pending}`,
    ]
  }

  /** Callbacks whose calls are asserted, as mocks. */
  #spies(index: number): readonly string[] {
    const { annotating, dialect } = this.#writing
    const values = this.#test.steps[index]?.of ?? []
    return values.flatMap((value, place) => {
      const name = this.#spyName(index, place)
      return name === undefined
        ? []
        : [this.#laidOut(around(`const ${name} = `, call(dialect.spy, [annotating.piece(value)])))]
    })
  }

  #spyName(step: number, argument: number): string | undefined {
    const { outcome } = this.#observed
    if (outcome.kind !== 'returned') return undefined
    const spied = outcome.readings.filter(({ read }) => isOfCallback(read))
    const number = spied.findIndex(
      (reading) =>
        reading.step === step &&
        reading.read[0] !== undefined &&
        'argument' in reading.read[0] &&
        reading.read[0].argument === argument,
    )
    if (number === -1) return undefined
    return number === 0 ? 'callback' : `callback${number + 1}`
  }

  #awaited(index: number): LayoutPiece {
    const called = this.#call(index)
    return this.#observed.awaits.includes(index) ? around('await ', called) : called
  }

  #call(index: number): LayoutPiece {
    const step = this.#test.steps[index] as CaseStep
    if (step.op === 'wait')
      return plain(this.#writing.dialect.pass(this.#writing.printer.flat(step.of[0] as Expression)))
    const subject = 'path' in step.on ? this.#writing.path(step.on.path) : this.#writing.step(step.on.step)
    const whole = step.name === undefined ? subject : this.#member(subject, step.name)
    const isLoose = this.#writing.casts.calls.has(index)
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

  #looseCallee(step: CaseStep, subject: string, whole: string): string {
    if (step.op === 'new') return `(${whole} as new (...values: never[]) => InstanceType<typeof ${whole}>)`
    if (step.name !== undefined)
      return this.#member(
        `(${subject} as unknown as { ${this.#writing.printer.key(step.name)}: (...values: never[]) => unknown })`,
        step.name,
      )
    return 'path' in step.on
      ? `(${whole} as (...values: never[]) => unknown)`
      : `(${whole} as unknown as (...values: never[]) => unknown)`
  }

  #hidden(subject: string, name: string): string {
    return this.#member(`(${subject} as unknown as { ${this.#writing.printer.key(name)}: unknown })`, name)
  }

  #argument(value: Expression, place: string, isLoose: boolean): LayoutPiece {
    const { printer, annotating, casts } = this.#writing
    const isCast = isLoose || casts.cast.has(place)
    const spy = this.#spyName(...(place.split(':').map(Number) as [number, number]))
    if (spy !== undefined) return markPiece(`argument:${place}`, plain(isCast ? `${spy} as never` : spy))
    const piece = (isCast || casts.annotated.has(place) ? annotating : printer).piece(value)
    if (!isCast) return markPiece(`argument:${place}`, piece)
    return markPiece(
      `argument:${place}`,
      value.kind === 'function' ? around('(', piece, ') as never') : around('', piece, ' as never'),
    )
  }

  #assert(reading: Reading, subject: LayoutPiece, all: readonly Reading[]): LayoutPiece {
    const { dialect, path, printer, casts } = this.#writing
    const { read, sees } = reading
    const number = all.indexOf(reading)
    const [first] = read
    if (first !== undefined && 'argument' in first)
      return this.#assertCalls(reading, this.#spyName(reading.step, first.argument) ?? 'callback')
    const actual = read.reduce(
      (piece, access) => this.#access(piece, access, casts.readings.has(number)),
      subject,
    )
    const marked = read.length === 0 ? actual : markPiece(`reading:${number}`, actual)
    if (sees.kind === 'instance') return dialect.instance(marked, path(sees.of))
    if (sees.kind === 'type')
      return dialect.type(marked.flat.startsWith('await ') ? around('(', marked, ')') : marked, sees.of)
    return dialect.equal(marked, printer.piece(sees.value), comparison(sees.value))
  }

  #assertCalls({ read, sees }: Reading, name: string): LayoutPiece {
    const { dialect, printer } = this.#writing
    if (sees.kind !== 'equal') return plain(name)
    const isCount = read[0]?.kind === 'callCount'
    const isNone = sees.value.kind === 'array' && sees.value.items.length === 0
    return isCount || isNone
      ? dialect.callCount(name, isNone ? '0' : printer.flat(sees.value))
      : dialect.calls(name, printer.piece(sees.value))
  }

  #access(piece: LayoutPiece, access: AccessReading, isLoose: boolean): LayoutPiece {
    const inner = piece.flat.startsWith('await ') ? around('(', piece, ')') : piece
    if (access.kind === 'text') return call('String', [piece])
    if (access.kind === 'calls' || access.kind === 'callCount') return piece
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
    return memberOf(subject, name, this.#writing.printer.text)
  }
}

function isOfCallback(read: readonly AccessReading[]): boolean {
  return read[0] !== undefined && 'argument' in read[0]
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
