// Typing
//
// Owns:   how far an input is from the type it is given to: a reader expects calls that the types allow.
// Leaves: the compiler's own judgement of the written file (analyse/check.ts).
//
// R1. An estimate: 0 may still be refused by the compiler, which has the last word.

import type { Descriptor, Parameter, Signature } from '../descriptors.ts'
import type { Expression, Primitive } from '../expression.ts'

export type NamedDescriptors = Readonly<Record<string, Descriptor>>

/** How many values are missing, superfluous or of another kind than the signature says. */
export function mismatchesOfCall(
  values: readonly Expression[],
  signature: Signature,
  named: NamedDescriptors,
): number {
  const { parameters } = signature
  const missing = parameters
    .slice(values.length)
    .filter(({ optional, rest, type }) => !optional && !rest && !mayBeAbsent(type)).length
  return values.reduce((total, value, index) => {
    const parameter = parameters[Math.min(index, parameters.length - 1)]
    if (parameter === undefined || (index >= parameters.length && !parameter.rest)) return total + 1
    return (
      total + mismatches(value, typeOf(parameter, index - parameters.length + 1), named, parameter.optional)
    )
  }, missing)
}

function typeOf({ type, rest }: Parameter, index: number): Descriptor {
  if (!rest) return type
  if (type.kind === 'array') return type.of
  return type.kind === 'tuple' ? (type.of[index] ?? type.rest ?? { kind: 'any' }) : { kind: 'any' }
}

function mayBeAbsent(type: Descriptor): boolean {
  if (type.kind === 'union') return type.of.some(mayBeAbsent)
  return type.kind === 'primitive' && type.of === 'undefined'
}

export function mismatches(
  value: Expression,
  type: Descriptor,
  named: NamedDescriptors,
  optional = false,
): number {
  if (optional && value.kind === 'constant' && value.value === undefined) return 0
  const sum = (items: readonly Expression[], of: Descriptor) =>
    items.reduce((total, item) => total + mismatches(item, of, named), 0)
  switch (type.kind) {
    case 'any':
      return 0
    case 'named':
      return mismatches(value, named[type.name] ?? { kind: 'any' }, named)
    case 'union':
      return Math.min(...type.of.map((one) => mismatches(value, one, named)))
    case 'primitive':
      return value.kind === 'constant'
        ? nameOf(value.value) === type.of
          ? 0
          : 1
        : type.of === 'symbol' && value.kind === 'symbol'
          ? 0
          : 1
    case 'literal':
      if (type.path !== undefined)
        return value.kind === 'export' && value.path.join('.') === type.path.join('.') ? 0 : 1
      return value.kind === 'constant' && Object.is(value.value, type.value) ? 0 : 1
    case 'pattern':
      return value.kind === 'constant' && typeof value.value === 'string' ? 0 : 1
    case 'array':
    case 'iterable':
      return value.kind === 'array' || (type.kind === 'iterable' && value.kind === 'set')
        ? sum(value.items, type.of)
        : 1
    case 'set':
      return value.kind === 'set' ? sum(value.items, type.of) : 1
    case 'tuple':
      return value.kind === 'array' ? mismatchesOfTuple(value.items, type, named) : 1
    case 'map':
      return value.kind !== 'map'
        ? 1
        : value.entries.reduce(
            (total, [key, item]) =>
              total + mismatches(key, type.keys, named) + mismatches(item, type.values, named),
            0,
          )
    case 'object':
      return value.kind === 'object'
        ? mismatchesOfObject(value, type, named)
        : isObjectLike(value) && type.fields.every(({ optional }) => optional)
          ? 0
          : 1
    case 'function':
      return value.kind === 'function'
        ? mismatchesOfFunction(value, type.signature, named)
        : value.kind === 'export'
          ? 0
          : 1
    case 'instance':
      return value.kind === 'create' || value.kind === 'call' || value.kind === 'step' ? 0 : 1
    case 'builtin':
      return (value.kind === 'builtin' && value.name === type.name) || value.kind === type.name.toLowerCase()
        ? 0
        : 1
    case 'promise':
      return value.kind === 'promise' ? (value.rejected ? 0 : mismatches(value.of, type.of, named)) : 1
  }
}

function nameOf(value: Primitive): string {
  return value === null ? 'null' : typeof value
}

function isObjectLike(value: Expression): boolean {
  return value.kind !== 'constant' && value.kind !== 'symbol'
}

function mismatchesOfTuple(
  items: readonly Expression[],
  type: Extract<Descriptor, { kind: 'tuple' }>,
  named: NamedDescriptors,
): number {
  const lacking = Math.max(0, type.of.length - items.length)
  return items.reduce((total, item, index) => {
    const of = type.of[index] ?? type.rest
    return total + (of === undefined ? 1 : mismatches(item, of, named))
  }, lacking)
}

function mismatchesOfObject(
  value: Extract<Expression, { kind: 'object' }>,
  type: Extract<Descriptor, { kind: 'object' }>,
  named: NamedDescriptors,
): number {
  const given = new Set(value.fields.map(([name]) => name))
  const lacking = type.fields.filter(({ name, optional }) => !optional && !given.has(name)).length
  return value.fields.reduce((total, [name, item]) => {
    const field = type.fields.find((one) => one.name === name)
    const of = field?.type ?? type.values
    return total + (of === undefined ? 1 : mismatches(item, of, named, field?.optional))
  }, lacking)
}

function mismatchesOfFunction(
  value: Extract<Expression, { kind: 'function' }>,
  signature: Signature,
  named: NamedDescriptors,
): number {
  const { does } = value
  const { returns } = signature
  if (does.kind !== 'returns' || (returns.kind === 'primitive' && returns.of === 'undefined')) return 0
  if (!does.async) return mismatches(does.value, returns, named)
  const promised = returns.kind === 'union' ? returns.of.find(({ kind }) => kind === 'promise') : returns
  return promised?.kind === 'promise'
    ? mismatches(does.value, promised.of, named)
    : returns.kind === 'any'
      ? 0
      : 1
}
