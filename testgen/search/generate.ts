// Generate
//
// Owns:   making an input of a given shape by chance.
// Leaves: texts and numbers (strings.ts), callbacks (generate-callback.ts), classes of the runtime
//         (generate-builtin.ts), changing inputs that exist (mutate-value.ts).
//
// R1. Ends always: deeper down it makes less.

import type { Descriptor, ExportDescriptor, ModuleDescription, Parameter, Signature } from '../descriptors.ts'
import { constant, type Expression } from '../expression.ts'
import type { Random } from '../random.ts'
import { createGenerateBuiltin } from './generate-builtin.ts'
import { createGenerateCallback } from './generate-callback.ts'
import { type Generator, MAX_DEPTH } from './generator.ts'
import { someNumber, someText } from './strings.ts'

export function createGenerator(analysis: ModuleDescription, random: Random): Generator {
  const { literals, named } = analysis
  const classes = new Map<string, Pick<ExportDescriptor, 'name' | 'signatures' | 'members'>>()
  for (const one of analysis.exports) if (one.kind === 'class') classes.set(one.name, one)
  for (const { key, signatures } of analysis.importedClasses)
    classes.set(key, { name: key, signatures, members: [] })

  const generator: Generator = { value, values, anything }
  const behaviour = createGenerateCallback(generator, random)
  const builtin = createGenerateBuiltin(generator, literals, random)

  function value(descriptor: Descriptor, name: string, depth = 0): Expression {
    switch (descriptor.kind) {
      case 'any':
        return anything(name, depth)
      case 'literal':
        return descriptor.path === undefined
          ? constant(descriptor.value)
          : { kind: 'export', path: descriptor.path }
      case 'primitive':
        return primitive(descriptor.of, name)
      case 'pattern':
        return constant(
          descriptor.parts
            .map((part) => (typeof part === 'string' ? part : textOf(value(part, name, depth))))
            .join(''),
        )
      case 'union':
        return value(pickMember(descriptor.of, depth), name, depth)
      case 'array':
        return { kind: 'array', items: list(descriptor.of, name, depth) }
      case 'tuple':
        return tuple(descriptor, name, depth)
      case 'object':
        return object(descriptor, depth)
      case 'function':
        return { kind: 'function', does: behaviour(descriptor.signature, depth) }
      case 'instance':
        return instance(descriptor.of, depth)
      case 'builtin':
        return builtin(descriptor.name, name, depth)
      case 'map':
        return {
          kind: 'map',
          entries: count(depth).map(() => [
            value(descriptor.keys, 'key', depth + 1),
            value(descriptor.values, name, depth + 1),
          ]),
        }
      case 'set':
        return { kind: 'set', items: list(descriptor.of, name, depth) }
      case 'promise':
        return { kind: 'promise', of: value(descriptor.of, name, depth + 1), rejected: random.chance(0.15) }
      case 'iterable':
        return { kind: 'array', items: list(descriptor.of, name, depth) }
      case 'named':
        return depth > MAX_DEPTH
          ? constant(undefined)
          : value(named[descriptor.name] ?? { kind: 'any' }, name, depth + 1)
    }
  }

  function primitive(of: string, name: string): Expression {
    switch (of) {
      case 'string':
        return constant(someText(name, literals, random))
      case 'number':
        return constant(someNumber(literals, random, name))
      case 'boolean':
        return constant(random.chance(0.5))
      case 'bigint':
        return constant(BigInt(Math.trunc(random.pick([0, 1, -1, 2, 10, 255, 2 ** 40]))))
      case 'symbol':
        return { kind: 'symbol', description: name }
      case 'null':
        return constant(null)
      default:
        return constant(undefined)
    }
  }

  /** Deep down the members that end are preferred. */
  function pickMember(of: readonly Descriptor[], depth: number): Descriptor {
    const shallow = of.filter(({ kind }) => kind === 'literal' || kind === 'primitive')
    return depth >= MAX_DEPTH && shallow.length > 0 ? random.pick(shallow) : random.pick(of)
  }

  function count(depth: number): readonly undefined[] {
    const most = Math.max(0, 4 - depth)
    return Array.from({ length: random.below(most + 1) })
  }

  function list(of: Descriptor, name: string, depth: number): readonly Expression[] {
    const items = count(depth).map(() => value(of, name.replace(/s$/, ''), depth + 1))
    // Code that groups, counts or sorts needs equal items.
    return items.length > 0 && random.chance(0.15) ? [...items, random.pick(items)] : items
  }

  function tuple(
    descriptor: Extract<Descriptor, { kind: 'tuple' }>,
    name: string,
    depth: number,
  ): Expression {
    const items = descriptor.of.map((one) => value(one, name, depth + 1))
    const rest = descriptor.rest === undefined ? [] : list(descriptor.rest, name, depth)
    return { kind: 'array', items: [...items, ...rest] }
  }

  function object(descriptor: Extract<Descriptor, { kind: 'object' }>, depth: number): Expression {
    const leaveOut = random.pick([0.9, 0.6, 0.3, 0.1])
    const fields = descriptor.fields
      .filter(({ optional }) => !optional || !random.chance(depth > MAX_DEPTH ? 1 : leaveOut))
      .map(({ name, type }) => [name, value(type, name, depth + 1)] as const)
    if (descriptor.values === undefined) return { kind: 'object', fields }
    const known = new Set(fields.map(([name]) => name))
    for (const _ of count(depth)) {
      const name =
        random.chance(0.5) && literals.keys.length > 0
          ? random.pick(literals.keys)
          : random.pick(['a', 'b', 'c', 'key'])
      if (known.has(name)) continue
      known.add(name)
      fields.push([name, value(descriptor.values, name, depth + 1)])
    }
    return { kind: 'object', fields }
  }

  function instance(name: string, depth: number): Expression {
    const class_ = classes.get(name)
    if (class_ === undefined || depth > MAX_DEPTH)
      return { kind: 'builtin', name: 'Error', of: [constant('boom')] }
    const signature = class_.signatures[0]
    if (signature !== undefined)
      return { kind: 'create', path: [class_.name], of: values(signature, depth + 1) }
    return fromFactory(class_, depth)
  }

  /** A class that cannot be created from outside offers a static method instead. */
  function fromFactory(class_: Pick<ExportDescriptor, 'name' | 'members'>, depth: number): Expression {
    const factories = class_.members.filter((member) => member.static && member.kind === 'method')
    if (factories.length === 0) return constant(undefined)
    const factory = random.pick(factories)
    return {
      kind: 'call',
      path: [class_.name, factory.name],
      of: factory.signatures[0] ? values(factory.signatures[0], depth + 1) : [],
    }
  }

  function anything(name: string, depth = 0): Expression {
    if (classes.size > 0 && depth < MAX_DEPTH && random.chance(0.06))
      return instance(random.pick([...classes.keys()]), depth + 1)
    const draw = random.next()
    if (draw < 0.3) return primitive('string', name)
    if (draw < 0.5) return primitive('number', name)
    if (draw < 0.56) return primitive('boolean', name)
    if (draw < 0.62) return constant(random.chance(0.5) ? null : undefined)
    if (draw < 0.66) return builtin('Date', name, depth)
    if (draw < 0.72)
      return { kind: 'function', does: behaviour({ parameters: [], returns: { kind: 'any' } }, depth + 1) }
    if (depth >= MAX_DEPTH - 1) return primitive('string', name)
    if (draw < 0.83) return { kind: 'array', items: list({ kind: 'any' }, name, depth + 1) }
    if (draw < 0.86)
      return random.pick<Expression>([
        { kind: 'map', entries: [] },
        { kind: 'set', items: list({ kind: 'any' }, name, depth + 2) },
        builtin('RegExp', name, depth),
        builtin('Error', name, depth),
        primitive('bigint', name),
        primitive('symbol', name),
      ])
    return object({ kind: 'object', fields: [], values: { kind: 'any' } }, depth + 1)
  }

  function values(signature: Signature, depth = 0): readonly Expression[] {
    const given = shorten(signature.parameters)
    return given.flatMap((parameter) => argumentsFor(parameter, depth))
  }

  function argumentsFor({ type, name, rest }: Parameter, depth: number): readonly Expression[] {
    if (!rest) return [value(type, name, depth)]
    if (type.kind === 'array') return list(type.of, name, depth)
    if (type.kind === 'tuple') return type.of.map((one) => value(one, name, depth))
    return list({ kind: 'any' }, name, depth)
  }

  function shorten(parameters: readonly Parameter[]): readonly Parameter[] {
    const firstOptional = parameters.findIndex(({ optional }) => optional)
    if (firstOptional === -1 || random.chance(0.6)) return parameters
    return parameters.slice(0, firstOptional + random.below(parameters.length - firstOptional))
  }

  return generator
}

function textOf(expression: Expression): string {
  return expression.kind === 'constant' ? String(expression.value) : ''
}
