// Kinds
//
// Owns:   putting inputs of other kinds where code asks for the kind of its input: `x instanceof Map`,
//         `typeof x === 'function'`, `x.constructor === Date`, `Array.isArray(x)`.
// Leaves: other comparisons (feedback.ts), making the inputs (generate.ts).

import type { Descriptor } from '../descriptors.ts'
import type { Case, Expression } from '../expression.ts'
import type { PathOf } from '../inside/express.ts'
import type { Operands } from '../inside/probes.ts'
import type { Random } from '../random.ts'
import type { Generator } from './generator.ts'

const any: Descriptor = { kind: 'any' }
const MAX_KINDS = 3
const MAX_CASES = 24

const descriptors: Readonly<Record<string, Descriptor>> = {
  Map: { kind: 'map', keys: any, values: any },
  Set: { kind: 'set', of: any },
  Array: { kind: 'array', of: any },
  Object: { kind: 'object', fields: [], values: any },
  Function: { kind: 'function', signature: { parameters: [], returns: any } },
  Promise: { kind: 'promise', of: any },
  String: { kind: 'primitive', of: 'string' },
  Number: { kind: 'primitive', of: 'number' },
  Boolean: { kind: 'primitive', of: 'boolean' },
  Undefined: { kind: 'primitive', of: 'undefined' },
  Null: { kind: 'primitive', of: 'null' },
  Symbol: { kind: 'primitive', of: 'symbol' },
  BigInt: { kind: 'primitive', of: 'bigint' },
  Bigint: { kind: 'primitive', of: 'bigint' },
}

export type SuggestKinds = (test: Case, operands: readonly Operands[]) => readonly Case[]

export function createKindSuggestions(generator: Generator, pathOf: PathOf, random: Random): SuggestKinds {
  return (test, operands) => {
    const wanted = [
      ...new Map(
        operands.flatMap((operand) => kindIn(operand, pathOf)).map((kind) => [JSON.stringify(kind), kind]),
      ).values(),
    ]
    const cases: Case[] = []
    for (let time = 0; time < MAX_KINDS && wanted.length > 0; time++) {
      const [kind] = wanted.splice(random.below(wanted.length), 1)
      if (kind !== undefined) cases.push(...withKind(test, () => generator.value(kind, 'value', 2)))
    }
    return cases.slice(0, MAX_CASES)
  }
}

/** The kind that a comparison asks for. */
function kindIn({ operator, left, right }: Operands, pathOf: PathOf): readonly Descriptor[] {
  if (operator === 'class') {
    const path = pathOf(right)
    if (path !== undefined) return [{ kind: 'instance', of: path[0] ?? '' }]
    return typeof right === 'function' ? named(right.name) : []
  }
  if (operator === 'typeof' && typeof right === 'string') return named(capitalised(right))
  const [, tag] =
    typeof right === 'string' && typeof left === 'string' ? (/^\[object (\w+)\]$/.exec(right) ?? []) : []
  return tag === undefined ? [] : named(tag)
}

function named(name: string): readonly Descriptor[] {
  // `x.valueOf === Object.prototype.valueOf` compares functions, too.
  if (!/^[A-Z]/.test(name)) return []
  const known = descriptors[name]
  if (known !== undefined) return [known]
  return Object.hasOwn(globalThis, name) ? [{ kind: 'builtin', name }] : []
}

function capitalised(name: string): string {
  return `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`
}

/** The case with one argument, one part of an argument, or all arguments of a step replaced. */
function* withKind(test: Case, make: () => Expression): Iterable<Case> {
  for (const [index, step] of test.steps.entries()) {
    const put = (of: readonly Expression[]): Case => ({
      ...test,
      steps: test.steps.map((one, place) => (place === index ? { ...one, of } : one)),
    })
    for (const place of step.of.keys()) yield put(step.of.map((one, at) => (at === place ? make() : one)))
    if (step.of.length > 1) {
      const same = make()
      yield put(step.of.map(() => same))
    }
    for (const [place, value] of step.of.entries())
      for (const part of withPart(value, make))
        yield put(step.of.map((one, at) => (at === place ? part : one)))
  }
}

function* withPart(value: Expression, make: () => Expression): Iterable<Expression> {
  if (value.kind === 'array' || value.kind === 'set')
    for (const place of value.items.keys())
      yield { ...value, items: value.items.map((item, at) => (at === place ? make() : item)) }
  if (value.kind === 'object')
    for (const [name] of value.fields)
      yield { ...value, fields: value.fields.map(([own, item]) => [own, own === name ? make() : item]) }
}
