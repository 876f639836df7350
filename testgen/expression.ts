// Expression
//
// Owns:   inputs as trees that can be built into values and printed as source, and the little programs
//         (cases) made of them.
// Leaves: making them (generate.ts), building them (build.ts), printing them (emit/print.ts).

export type Primitive = string | number | boolean | bigint | null | undefined

export type Expression =
  | { readonly kind: 'constant'; readonly value: Primitive }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly fields: readonly ExpressionEntry[]; readonly bare?: boolean }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'set'; readonly items: readonly Expression[] }
  | { readonly kind: 'date'; readonly time: number }
  | { readonly kind: 'regexp'; readonly source: string; readonly flags: string }
  | { readonly kind: 'symbol'; readonly description: string }
  | { readonly kind: 'function'; readonly does: Behaviour }
  | { readonly kind: 'promise'; readonly of: Expression; readonly rejected: boolean }
  /** `new Name(...)` of a class that every runtime has. */
  | { readonly kind: 'builtin'; readonly name: string; readonly of: readonly Expression[] }
  /** An export of the module under test, or a field of it. */
  | { readonly kind: 'export'; readonly path: readonly string[] }
  | { readonly kind: 'create'; readonly path: readonly string[]; readonly of: readonly Expression[] }
  | { readonly kind: 'call'; readonly path: readonly string[]; readonly of: readonly Expression[] }
  /** The result of an earlier step of the case. */
  | { readonly kind: 'step'; readonly index: number }

export type ExpressionEntry = readonly [string, Expression]

/** The behaviour of a made-up callback: one of a few, so that a test is easy to read. */
export type Behaviour =
  | { readonly kind: 'returns'; readonly value: Expression; readonly async: boolean }
  | { readonly kind: 'argument'; readonly index: number }
  /** `bare`: the text itself is thrown, no error. */
  | { readonly kind: 'throws'; readonly message: string; readonly async: boolean; readonly bare: boolean }
  | { readonly kind: 'compares' }
  | { readonly kind: 'adds' }
  | { readonly kind: 'negates' }
  | { readonly kind: 'exceeds'; readonly limit: number }
  | { readonly kind: 'equals'; readonly value: Expression }
  /** Calls one of its arguments. */
  | {
      readonly kind: 'invokes'
      readonly index: number
      readonly of: readonly Expression[]
      readonly async: boolean
    }
  | { readonly kind: 'texts' }
  | { readonly kind: 'field'; readonly name: string }

/** One step of a case; `on` is an export's path or an earlier step's result. */
export interface CaseStep {
  /** `wait` lets the time in `of` pass. */
  readonly op: 'call' | 'new' | 'get' | 'set' | 'wait'
  readonly on: { readonly path: readonly string[] } | { readonly step: number }
  /** The method or property, or none to call the thing itself. */
  readonly name?: string
  readonly of: readonly Expression[]
}

/** A short program; its test asserts the outcome of the last step. */
export interface Case {
  /** Index of the exported thing it was made for, so that work can be shared out fairly. */
  readonly target: string
  readonly steps: readonly CaseStep[]
  /** The result of Math.random while it runs, in [0, 1). */
  readonly chance: number
  /** The time at its begin, in ms since 1970; 2024-01-15T12:00Z by default. */
  readonly moment?: number
}

export function constant(value: Primitive): Expression {
  return { kind: 'constant', value }
}

/** How much there is to read: the smaller, the better the test. */
export function weight(expression: Expression): number {
  switch (expression.kind) {
    case 'constant':
      return weightOfConstant(expression.value)
    case 'array':
    case 'set':
      return 1.5 + sum(expression.items)
    case 'object':
      return (
        1.5 +
        expression.fields.reduce((total, [key, value]) => total + 0.5 + key.length / 20 + weight(value), 0)
      )
    case 'map':
      return 3 + expression.entries.reduce((total, [key, value]) => total + weight(key) + weight(value), 0)
    case 'date':
      return 2.5
    case 'regexp':
      return 2 + expression.source.length / 10
    case 'symbol':
      return 4
    case 'function':
      return 2.5 + weightOfBehaviour(expression.does)
    case 'promise':
      return 2 + weight(expression.of)
    case 'builtin':
    case 'create':
    case 'call':
      return 2.5 + sum(expression.of)
    case 'export':
      return 1
    case 'step':
      return 0.5
  }
}

/** The expressions an expression is made of. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'array':
    case 'set':
      return expression.items
    case 'object':
      return expression.fields.map(([, value]) => value)
    case 'map':
      return expression.entries.flat()
    case 'promise':
      return [expression.of]
    case 'builtin':
    case 'create':
    case 'call':
      return expression.of
    case 'function':
      return partsOfBehaviour(expression.does)
    default:
      return []
  }
}

function partsOfBehaviour(does: Behaviour): readonly Expression[] {
  if (does.kind === 'invokes') return does.of
  return does.kind === 'returns' || does.kind === 'equals' ? [does.value] : []
}

export function weightOfCase(test: Case): number {
  return (
    test.steps.reduce((total, step) => total + 2 + sum(step.of), 0) +
    (test.chance === 0.5 ? 0 : 1) +
    (test.moment === undefined ? 0 : 1.5)
  )
}

function weightOfConstant(value: Primitive): number {
  if (typeof value === 'string') return 0.6 + value.length / 12 + strangeness(value)
  if (typeof value === 'number') return 0.5 + String(value).length / 10 + (Number.isInteger(value) ? 0 : 0.4)
  if (value === undefined || value === null) return 0.7
  if (typeof value === 'bigint') return 1.5 + String(value).length / 8
  return 0.6
}

/** Characters that a reader has to decode. */
function strangeness(text: string): number {
  return [...text].filter((character) => character < ' ' || character > '~').length / 2
}

function weightOfBehaviour(does: Behaviour): number {
  if (does.kind === 'returns' || does.kind === 'equals') return weight(does.value)
  if (does.kind === 'invokes') return 1 + sum(does.of)
  return 0.5
}

function sum(items: readonly Expression[]): number {
  return items.reduce((total, item) => total + weight(item), 0)
}
