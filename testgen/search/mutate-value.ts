// Mutate value
//
// Owns:   changing one input a little: a part of it, or the whole.
// Leaves: cases and their steps (mutate.ts), texts and numbers (mutate-primitives.ts).

import type { Descriptor, ModuleDescription } from '../descriptors.ts'
import { constant, type Expression } from '../expression.ts'
import type { Random } from '../random.ts'
import type { Generator } from './generator.ts'
import { mutateNumber, mutateText } from './mutate-primitives.ts'
import { someText } from './strings.ts'

/** `name`: the name of the input's parameter or field. */
export type MutateValue = (value: Expression, type: Descriptor, name: string, depth: number) => Expression

export function createMutateValue(
  { literals, named }: Pick<ModuleDescription, 'literals' | 'named'>,
  generator: Generator,
  random: Random,
): MutateValue {
  /** Goes down to a part, or replaces the whole. */
  function mutateValue(value: Expression, type: Descriptor, name: string, depth: number): Expression {
    const draw = random.next()
    if (draw < 0.15) return generator.value(type, name, depth)
    if (draw < 0.18) return generator.anything(name, depth)
    const known = resolve(type, value)
    switch (value.kind) {
      case 'constant':
        return mutateConstant(value, known, name)
      case 'array':
      case 'set':
        return { ...value, items: mutateItems(value.items, known, name, depth) }
      case 'object':
        return mutateObject(value, known, depth)
      case 'create':
      case 'call':
      case 'builtin':
        return value.of.length === 0
          ? generator.value(type, name, depth)
          : { ...value, of: mutateItems(value.of, { kind: 'any' }, name, depth, true) }
      case 'date':
        return {
          kind: 'date',
          time: value.time + random.pick([1, -1, 30, 365]) * random.pick([1, 1000, 3_600_000, 86_400_000]),
        }
      default:
        return generator.value(type, name, depth)
    }
  }

  /** The member of a union that a value was made for. */
  function resolve(type: Descriptor, value: Expression): Descriptor {
    if (type.kind === 'named') return resolve(named[type.name] ?? { kind: 'any' }, value)
    if (type.kind !== 'union') return type
    const fitting = type.of.filter((one) => fits(one, value))
    return fitting.length > 0 ? random.pick(fitting) : type
  }

  function mutateConstant(
    value: Extract<Expression, { kind: 'constant' }>,
    type: Descriptor,
    name: string,
  ): Expression {
    const isFree = type.kind === 'any' || type.kind === 'primitive' || type.kind === 'pattern'
    if (typeof value.value === 'string' && isFree)
      return constant(mutateText(value.value, name, literals, random))
    if (typeof value.value === 'number' && isFree)
      return constant(mutateNumber(value.value, name, literals, random))
    if (typeof value.value === 'boolean') return constant(!value.value)
    return generator.value(type, name)
  }

  function mutateItems(
    items: readonly Expression[],
    type: Descriptor,
    name: string,
    depth: number,
    fixed = false,
  ): readonly Expression[] {
    const of: Descriptor =
      type.kind === 'array' || type.kind === 'set' || type.kind === 'iterable' ? type.of : { kind: 'any' }
    const draw = fixed || type.kind === 'tuple' ? 1 : random.next()
    if (items.length === 0 || draw < 0.2)
      return fixed ? items : insert(items, generator.value(of, name, depth + 1))
    const at = random.below(items.length)
    if (draw < 0.3) return items.filter((_, index) => index !== at)
    if (draw < 0.4) return insert(items, items[at] as Expression)
    if (draw < 0.45) return [...items].reverse()
    const itemOf: Descriptor = type.kind === 'tuple' ? (type.of[at] ?? type.rest ?? { kind: 'any' }) : of
    return items.map((item, index) => (index === at ? mutateValue(item, itemOf, name, depth + 1) : item))
  }

  function insert(items: readonly Expression[], item: Expression): readonly Expression[] {
    const at = random.below(items.length + 1)
    return items.length >= 12 ? items : [...items.slice(0, at), item, ...items.slice(at)]
  }

  function mutateObject(
    value: Extract<Expression, { kind: 'object' }>,
    type: Descriptor,
    depth: number,
  ): Expression {
    const known = type.kind === 'object' ? type : undefined
    const missing = known?.fields.filter(({ name }) => !value.fields.some(([own]) => own === name)) ?? []
    const draw = random.next()
    if (missing.length > 0 && draw < 0.3) {
      const field = random.pick(missing)
      return {
        ...value,
        fields: [...value.fields, [field.name, generator.value(field.type, field.name, depth + 1)]],
      }
    }
    if ((known?.values !== undefined || known === undefined) && draw < 0.25)
      return withKey(value, known?.values ?? { kind: 'any' }, depth)
    if (value.fields.length === 0) return value
    const at = random.below(value.fields.length)
    const [key = ''] = value.fields[at] ?? []
    const field = known?.fields.find(({ name }) => name === key)
    if (draw > 0.93 || (draw > 0.85 && field?.optional !== false))
      return { ...value, fields: value.fields.filter((_, index) => index !== at) }
    const of = field?.type ?? known?.values ?? { kind: 'any' as const }
    return {
      ...value,
      fields: value.fields.map(([name, item], index) => [
        name,
        index === at ? mutateValue(item, of, name, depth + 1) : item,
      ]),
    }
  }

  function withKey(
    value: Extract<Expression, { kind: 'object' }>,
    of: Descriptor,
    depth: number,
  ): Expression {
    const key =
      random.chance(0.6) && literals.keys.length > 0
        ? random.pick(literals.keys)
        : someText('key', literals, random)
    const fields = value.fields.filter(([own]) => own !== key)
    return { ...value, fields: [...fields, [key, generator.value(of, key, depth + 1)]] }
  }

  return mutateValue
}

function fits(type: Descriptor, value: Expression): boolean {
  if (type.kind === 'primitive')
    return value.kind === 'constant' && (value.value === null ? 'null' : typeof value.value) === type.of
  if (type.kind === 'literal') return value.kind === 'constant' && value.value === type.value
  if (type.kind === 'tuple' || type.kind === 'iterable') return value.kind === 'array'
  return type.kind === value.kind
}
