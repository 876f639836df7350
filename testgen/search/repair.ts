// Repair
//
// Owns:   changing an input to its type with as few changes as possible: missing parts are added, superfluous
//         ones go, parts of another kind are replaced by the simplest that fit.
// Leaves: checking that the case still has its observation (simplify.ts).

import type { Descriptor, Parameter, Signature } from '../descriptors.ts'
import { constant, type Expression } from '../expression.ts'
import { mismatches, type NamedDescriptors } from './typing.ts'

const MAX_DEPTH = 8

export function repairCall(
  values: readonly Expression[],
  { parameters }: Signature,
  named: NamedDescriptors,
): readonly Expression[] {
  return parameters.flatMap((parameter, index) => repairArgument(parameter, values, index, named))
}

function repairArgument(
  { type, rest, optional }: Parameter,
  values: readonly Expression[],
  index: number,
  named: NamedDescriptors,
): readonly Expression[] {
  if (rest && type.kind === 'tuple') return repairTuple(values.slice(index), type, named, 0)
  if (rest) {
    const of: Descriptor = type.kind === 'array' ? type.of : { kind: 'any' }
    return values.slice(index).map((value) => repair(value, of, named, 0))
  }
  const value = values[index]
  if (value === undefined) return optional ? [] : [simplest(type, named, 0)]
  return [
    optional && value.kind === 'constant' && value.value === undefined
      ? value
      : repair(value, type, named, 0),
  ]
}

function repair(value: Expression, type: Descriptor, named: NamedDescriptors, depth: number): Expression {
  if (depth > MAX_DEPTH || mismatches(value, type, named) === 0) return value
  if (type.kind === 'named') return repair(value, named[type.name] ?? { kind: 'any' }, named, depth + 1)
  if (type.kind === 'union') return repair(value, closest(value, type.of, named), named, depth + 1)
  const items = (list: readonly Expression[], of: Descriptor) =>
    list.map((item) => repair(item, of, named, depth + 1))
  if (type.kind === 'array' && value.kind === 'array')
    return { kind: 'array', items: items(value.items, type.of) }
  if (type.kind === 'set' && value.kind === 'set') return { kind: 'set', items: items(value.items, type.of) }
  if (type.kind === 'object' && value.kind === 'object') return repairObject(value, type, named, depth)
  if (type.kind === 'tuple' && value.kind === 'array')
    return { kind: 'array', items: repairTuple(value.items, type, named, depth + 1) }
  return simplest(type, named, depth)
}

function repairTuple(
  items: readonly Expression[],
  { of, rest }: Extract<Descriptor, { kind: 'tuple' }>,
  named: NamedDescriptors,
  depth: number,
): readonly Expression[] {
  const fixed = of.map((one, index) => repair(items[index] ?? simplest(one, named, depth), one, named, depth))
  if (rest === undefined) return fixed
  return [...fixed, ...items.slice(of.length).map((item) => repair(item, rest, named, depth))]
}

function closest(value: Expression, of: readonly Descriptor[], named: NamedDescriptors): Descriptor {
  return of.reduce((best, one) =>
    mismatches(value, one, named) < mismatches(value, best, named) ? one : best,
  )
}

function repairObject(
  value: Extract<Expression, { kind: 'object' }>,
  type: Extract<Descriptor, { kind: 'object' }>,
  named: NamedDescriptors,
  depth: number,
): Expression {
  const kept = value.fields.flatMap(([name, item]) => {
    const field = type.fields.find((one) => one.name === name)
    const of = field?.type ?? type.values
    if (of === undefined) return []
    return [
      [
        name,
        field?.optional && item.kind === 'constant' && item.value === undefined
          ? item
          : repair(item, of, named, depth + 1),
      ] as const,
    ]
  })
  const given = new Set(kept.map(([name]) => name))
  const missing = type.fields.filter(({ name, optional }) => !optional && !given.has(name))
  return {
    ...value,
    fields: [
      ...kept,
      ...missing.map(({ name, type: of }) => [name, simplest(of, named, depth + 1)] as const),
    ],
  }
}

/** The plainest value of a type. */
export function simplest(type: Descriptor, named: NamedDescriptors, depth: number): Expression {
  if (depth > MAX_DEPTH) return constant(undefined)
  switch (type.kind) {
    case 'primitive':
      return simplestPrimitive(type.of)
    case 'literal':
      return type.path === undefined ? constant(type.value) : { kind: 'export', path: type.path }
    case 'pattern':
      return constant(type.parts.map((part) => (typeof part === 'string' ? part : '1')).join(''))
    case 'union':
      return simplest(type.of[0] ?? { kind: 'any' }, named, depth + 1)
    case 'array':
    case 'iterable':
      return { kind: 'array', items: [] }
    case 'tuple':
      return { kind: 'array', items: type.of.map((of) => simplest(of, named, depth + 1)) }
    case 'object':
      return {
        kind: 'object',
        fields: type.fields
          .filter(({ optional }) => !optional)
          .map(({ name, type: of }) => [name, simplest(of, named, depth + 1)]),
      }
    case 'function':
      return {
        kind: 'function',
        does: {
          kind: 'returns',
          value: simplest(unpromised(type.signature.returns), named, depth + 1),
          async: type.signature.returns.kind === 'promise',
        },
      }
    case 'builtin':
      return type.name === 'Date'
        ? { kind: 'date', time: Date.UTC(2024, 0, 15) }
        : type.name === 'RegExp'
          ? { kind: 'regexp', source: 'a', flags: '' }
          : { kind: 'builtin', name: type.name, of: /Error$/.test(type.name) ? [constant('boom')] : [] }
    case 'map':
      return { kind: 'map', entries: [] }
    case 'set':
      return { kind: 'set', items: [] }
    case 'promise':
      return { kind: 'promise', of: simplest(type.of, named, depth + 1), rejected: false }
    case 'named':
      return simplest(named[type.name] ?? { kind: 'any' }, named, depth + 1)
    default:
      return constant(undefined)
  }
}

function unpromised(type: Descriptor): Descriptor {
  return type.kind === 'promise' ? type.of : type
}

function simplestPrimitive(of: string): Expression {
  switch (of) {
    case 'string':
      return constant('a')
    case 'number':
      return constant(1)
    case 'boolean':
      return constant(false)
    case 'bigint':
      return constant(1n)
    case 'symbol':
      return { kind: 'symbol', description: 'a' }
    default:
      return constant(of === 'null' ? null : undefined)
  }
}
