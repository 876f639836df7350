// Probes
//
// Owns:   the actions of the probes: they count edges, record operands and count steps down.
// Leaves: where the probes are (instrument.ts).
//
// R1. A case has a limited number of steps; after the last one every tick throws, so that no endless loop of probed code survives.
// R2. Operands are remembered only while `watching`, and only so many.

/** Thrown by a tick after the last step; code under test may catch it, but its next tick throws again. */
export class OutOfSteps extends Error {}

export interface Operands {
  readonly operator: string
  readonly left: unknown
  readonly right: unknown
}

const MAX_OPERANDS = 256

export class Probes {
  steps = 0
  spent = false
  watching = false
  readonly operands: Operands[] = []
  /** Errors that the code under test made itself, so that their words are its own. */
  readonly own = new WeakSet<object>()

  #given = 0

  /** Steps taken since `begin`. */
  get stepsTaken(): number {
    return this.#given - Math.max(0, this.steps)
  }

  begin(steps: number, watching: boolean): void {
    this.#given = steps
    this.steps = steps
    this.spent = false
    this.watching = watching
    this.operands.length = 0
  }

  readonly tick = (): void => {
    if (--this.steps >= 0) return
    this.spent = true
    throw new OutOfSteps('the case runs too long')
  }

  #note(operator: string, left: unknown, right: unknown): void {
    if (this.watching && this.operands.length < MAX_OPERANDS) this.operands.push({ operator, left, right })
  }

  readonly compare = (operator: string, left: never, right: never): boolean => {
    if (this.watching) this.#noteComparison(operator, left, right)
    switch (operator) {
      case 'in':
        return left in right
      case 'instanceof':
        return (left as unknown) instanceof right
      case 'typeof ===':
      case 'typeof ==':
        return left === right
      case 'typeof !==':
      case 'typeof !=':
        return left !== right
      case '===':
        return left === right
      case '!==':
        return left !== right
      case '==':
        // biome-ignore lint/suspicious/noDoubleEquals: the code under test says so
        return left == right
      case '!=':
        // biome-ignore lint/suspicious/noDoubleEquals: the code under test says so
        return left != right
      case '<':
        return left < right
      case '<=':
        return left <= right
      case '>':
        return left > right
      default:
        return left >= right
    }
  }

  #noteComparison(operator: string, left: unknown, right: unknown): void {
    if (operator === 'in' && isTable(right)) this.#noteKeys(Object.keys(right), left)
    else if (operator === 'instanceof' || (typeof left === 'function' && typeof right === 'function'))
      this.#note('class', left, right)
    else if (operator.startsWith('typeof')) this.#note('typeof', left, right)
    else if (isInformative(left) && isInformative(right)) this.#note(operator, left, right)
  }

  readonly choose = (value: unknown, known: readonly unknown[]): unknown => {
    if (this.watching) for (const one of known) this.#note('===', value, one)
    return value
  }

  readonly invoke = (receiver: PropertyTable, name: string, ...values: unknown[]): unknown => {
    if (this.watching) this.#noteInvocation(receiver, name, values)
    const method = receiver[name]
    if (typeof method !== 'function') throw new TypeError(`${name} is not a function`)
    return Reflect.apply(method, receiver, values)
  }

  readonly lookup = (receiver: PropertyTable, key: never): unknown => {
    if (this.watching && typeof key === 'string' && isTable(receiver))
      this.#noteKeys(Object.keys(receiver), key)
    return receiver[key]
  }

  /** Marks an error that a `throw` statement created. */
  readonly raised = (error: unknown): unknown => {
    if (typeof error === 'object' && error !== null) this.own.add(error)
    return error
  }

  #noteInvocation(receiver: unknown, name: string, values: readonly unknown[]): void {
    const [first, second] = values
    if (name === 'isArray') this.#note('class', first, Array)
    else if (receiver === Object) {
      if (isTable(first)) this.#noteKeys(Object.keys(first), second)
    } else if (receiver instanceof Map || receiver instanceof Set) this.#noteKeys([...receiver.keys()], first)
    else if (receiver instanceof RegExp) this.#note('test', first, receiver)
    else if (first instanceof RegExp) this.#note('test', receiver, first)
    else if (Array.isArray(receiver)) this.#noteKeys(receiver, first)
    else if (typeof receiver === 'string' && typeof first === 'string') this.#note(name, receiver, first)
    else if (isTable(receiver)) this.#noteKeys(Object.keys(receiver), first)
  }

  #noteKeys(keys: readonly unknown[], key: unknown): void {
    for (const known of keys.slice(0, 12)) this.#note('===', key, known)
  }
}

type PropertyTable = Readonly<Record<string, unknown>>

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isInformative(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
}
