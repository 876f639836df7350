// Generate
//
// Owns:   making an input of a given shape by chance.
// Leaves: texts and numbers (strings.ts), changing inputs that exist (mutate.ts).
//
// R1. Ends always: deeper down it makes less.

import type { Descriptor, ExportDescriptor, ModuleDescription, Parameter, Signature } from '../descriptors.ts'
import { type Behaviour, constant, type Expression } from '../expression.ts'
import type { Random } from '../random.ts'
import { someNumber, someText } from './strings.ts'

export interface Generator {
  /** An input for a parameter or field called `name`. */
  value(descriptor: Descriptor, name: string, depth?: number): Expression
  /** A list of arguments; sometimes fewer than asked, where they are optional. */
  values(signature: Signature, depth?: number): readonly Expression[]
  /** Anything at all, whatever the type says. */
  anything(name: string, depth?: number): Expression
}

const MAX_DEPTH = 4

export function createGenerator(analysis: ModuleDescription, random: Random): Generator {
  const { literals, named } = analysis
  const classes = new Map<string, Pick<ExportDescriptor, 'name' | 'signatures' | 'members'>>()
  for (const one of analysis.exports) if (one.kind === 'class') classes.set(one.name, one)
  for (const { key, signatures } of analysis.importedClasses)
    classes.set(key, { name: key, signatures, members: [] })

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
    // Equal items are what grouping, counting and sorting code waits for.
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

  function behaviour(signature: Signature, depth: number): Behaviour {
    const draw = random.next()
    const { returns, parameters } = signature
    const index = parameters.findIndex(({ type }) => type.kind === 'function')
    if (index >= 0 && index < 2 && random.chance(0.4))
      return invocation(parameters[index]?.type, index, returns, depth)
    if (draw < 0.08)
      return { kind: 'throws', message: 'boom', async: returns.kind === 'promise', bare: random.chance(0.2) }
    if (returns.kind === 'promise')
      return { kind: 'returns', value: value(returns.of, 'result', depth + 1), async: true }
    if (draw < 0.45) return { kind: 'returns', value: value(returns, 'result', depth + 1), async: false }
    return fitting(returns, draw)
  }

  function invocation(
    type: Descriptor | undefined,
    index: number,
    returns: Descriptor,
    depth: number,
  ): Behaviour {
    const of = type?.kind === 'function' && depth < MAX_DEPTH ? values(type.signature, depth + 1) : []
    return { kind: 'invokes', index, of, async: returns.kind === 'promise' }
  }

  function fitting(returns: Descriptor, draw: number): Behaviour {
    const kind = returns.kind === 'primitive' ? returns.of : returns.kind
    if (kind === 'boolean')
      return random.pick<Behaviour>([
        { kind: 'exceeds', limit: 1 },
        { kind: 'negates' },
        { kind: 'equals', value: primitive('string', '') },
      ])
    if (kind === 'number')
      return random.pick<Behaviour>([
        { kind: 'compares' },
        { kind: 'argument', index: 0 },
        { kind: 'adds' },
        { kind: 'argument', index: 1 },
      ])
    if (kind === 'string') return random.pick<Behaviour>([{ kind: 'texts' }, { kind: 'argument', index: 0 }])
    if (draw < 0.75) return { kind: 'argument', index: random.chance(0.8) ? 0 : 1 }
    return random.pick<Behaviour>([
      { kind: 'adds' },
      { kind: 'texts' },
      { kind: 'compares' },
      { kind: 'exceeds', limit: 1 },
    ])
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

  function builtin(name: string, of: string, depth: number): Expression {
    switch (name) {
      case 'Date':
        return {
          kind: 'date',
          time: random.pick([
            0,
            Date.UTC(2024, 0, 15, 12),
            Date.UTC(2024, 1, 29),
            Date.UTC(2023, 11, 31, 23, 59, 59),
            Date.UTC(2000, 5, 1),
            Date.UTC(1999, 0, 4),
            Number.NaN,
          ]),
        }
      case 'RegExp':
        return literals.regexes.length > 0 && random.chance(0.5)
          ? { kind: 'regexp', ...random.pick(literals.regexes) }
          : {
              kind: 'regexp',
              ...random.pick([
                { source: 'a', flags: '' },
                { source: '\\d+', flags: 'g' },
                { source: '^b', flags: 'i' },
              ]),
            }
      case 'URL':
        return {
          kind: 'builtin',
          name,
          of: [
            constant(random.pick(['https://example.com/a?b=1#c', 'http://localhost:3000/', 'file:///a/b'])),
          ],
        }
      case 'Error':
      case 'TypeError':
      case 'RangeError':
      case 'SyntaxError':
        return failure(name, depth)
      case 'URLSearchParams':
        return { kind: 'builtin', name, of: [constant(random.pick(['a=1&b=2', '', 'a=1&a=2']))] }
      case 'Headers':
        return {
          kind: 'builtin',
          name,
          of: [{ kind: 'object', fields: [['content-type', constant('text/plain')]] }],
        }
      case 'ArrayBuffer':
        return { kind: 'builtin', name, of: [constant(random.pick([0, 4, 8]))] }
      case 'DataView':
        return { kind: 'builtin', name, of: [builtin('ArrayBuffer', name, depth)] }
      case 'WeakMap':
      case 'WeakSet':
      case 'AbortController':
        return { kind: 'builtin', name, of: [] }
    }
    if (!/Array$/.test(name)) return anything(of, depth)
    const item = () => (name.startsWith('Big') ? primitive('bigint', of) : constant(random.below(256)))
    return { kind: 'builtin', name, of: [{ kind: 'array', items: count(0).map(item) }] }
  }

  function failure(name: string, depth: number): Expression {
    const message = constant(random.pick(['boom', 'not found', '']))
    if (depth > MAX_DEPTH || random.chance(0.75)) return { kind: 'builtin', name, of: [message] }
    return {
      kind: 'builtin',
      name,
      of: [message, { kind: 'object', fields: [['cause', anything('cause', depth + 1)]] }],
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

  return { value, values, anything }
}

function textOf(expression: Expression): string {
  return expression.kind === 'constant' ? String(expression.value) : ''
}
