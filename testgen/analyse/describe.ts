// Describe
//
// Owns:   turning a type of the checker into a descriptor.
// Leaves: which types are asked about (exported.ts), parameters without a type (usage.ts).
//
// R1. Recursive types end: a type met again inside itself becomes a name, kept in `named`.

import ts from 'typescript-analysis'
import { anything, type Descriptor, type Field, type Parameter, type Signature } from '../descriptors.ts'

const MAX_DEPTH = 7

/** A type parameter stands for anything; plain values read best. */
const whatever: Descriptor = {
  kind: 'union',
  of: [
    { kind: 'primitive', of: 'number' },
    { kind: 'primitive', of: 'string' },
    { kind: 'primitive', of: 'number' },
    { kind: 'primitive', of: 'string' },
    anything,
  ],
}

export interface Describer {
  readonly named: Record<string, Descriptor>
  type(type: ts.Type): Descriptor
  signature(signature: ts.Signature): Signature
}

const builtins = new Set([
  'Date', 'RegExp', 'Error', 'TypeError', 'RangeError', 'SyntaxError', 'URL', 'URLSearchParams', 'ArrayBuffer', 'DataView',
  'Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Uint32Array', 'Int8Array', 'Int16Array', 'Int32Array',
  'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'AbortSignal', 'AbortController', 'Headers', 'WeakMap', 'WeakSet',
]) // biome-ignore format: a plain list

/** `keyOf` names the classes that tests can make instances of, `enumMembers` the members of exported enums. */
export function createDescriber(
  checker: ts.TypeChecker,
  place: ts.Node,
  keyOf: (class_: ts.Symbol) => string | undefined,
  enumMembers: ReadonlyMap<ts.Symbol, readonly string[]>,
): Describer {
  const named: Record<string, Descriptor> = {}
  const open: ts.Type[] = []
  const names = new Map<ts.Type, string>()

  function describe(type: ts.Type): Descriptor {
    const simple = describeSimple(checker, type, describe)
    if (simple !== undefined) return withPath(simple, type)
    if (open.includes(type)) {
      const name = names.get(type) ?? `type${names.size}`
      names.set(type, name)
      return { kind: 'named', name }
    }
    if (open.length >= MAX_DEPTH) return anything
    open.push(type)
    try {
      const descriptor = describeStructure(type)
      const name = names.get(type)
      if (name !== undefined) named[name] = descriptor
      return descriptor
    } finally {
      open.pop()
    }
  }

  function withPath(simple: Descriptor, type: ts.Type): Descriptor {
    const path = type.flags & ts.TypeFlags.EnumLiteral ? enumMembers.get(type.symbol) : undefined
    return simple.kind === 'literal' && path !== undefined ? { ...simple, path } : simple
  }

  function describeStructure(type: ts.Type): Descriptor {
    if (type.isUnion()) return union(type.types.map(describe))
    if (checker.isTupleType(type)) return tuple(type as ts.TupleTypeReference)
    if (checker.isArrayType(type)) return { kind: 'array', of: describe(argument(type, 0)) }
    const known = wellKnown(type)
    if (known !== undefined) return known
    const calls = type.getCallSignatures()
    if (calls[0] !== undefined) return functionOf(type, calls[0])
    return objectOf(type)
  }

  function argument(type: ts.Type, index: number): ts.Type {
    return checker.getTypeArguments(type as ts.TypeReference)[index] ?? checker.getAnyType()
  }

  function tuple(type: ts.TupleTypeReference): Descriptor {
    const flags = type.target.elementFlags
    const elements = checker.getTypeArguments(type).map(describe)
    const fixed = elements.filter((_, index) => ((flags[index] ?? 0) & ts.ElementFlags.Variable) === 0)
    const rest = elements.find((_, index) => ((flags[index] ?? 0) & ts.ElementFlags.Variable) !== 0)
    return rest === undefined ? { kind: 'tuple', of: fixed } : { kind: 'tuple', of: fixed, rest }
  }

  function wellKnown(type: ts.Type): Descriptor | undefined {
    const symbol = type.getSymbol()
    if (symbol === undefined) return undefined
    const class_ = keyOf(symbol)
    if (class_ !== undefined) return { kind: 'instance', of: class_ }
    if (!fromLibrary(symbol)) return undefined
    const name = symbol.getName()
    if (builtins.has(name)) return { kind: 'builtin', name }
    if (/^(Readonly)?Map$/.test(name))
      return { kind: 'map', keys: describe(argument(type, 0)), values: describe(argument(type, 1)) }
    if (/^(Readonly)?Set$/.test(name)) return { kind: 'set', of: describe(argument(type, 0)) }
    if (/^Promise(Like)?$/.test(name)) return { kind: 'promise', of: describe(argument(type, 0)) }
    if (/^(Iterable|IterableIterator|Iterator|Generator|ArrayLike|IteratorObject)$/.test(name))
      return { kind: 'iterable', of: describe(argument(type, 0)), async: false }
    if (/^Async(Iterable|IterableIterator|Iterator|Generator)$/.test(name))
      return { kind: 'iterable', of: describe(argument(type, 0)), async: true }
    if (name === 'Function') return { kind: 'function', signature: { parameters: [], returns: anything } }
    return undefined
  }

  function functionOf(type: ts.Type, called: ts.Signature): Descriptor {
    const fields = checker.getPropertiesOfType(type).filter(isPublic).slice(0, 12).map(fieldOf)
    return fields.length === 0
      ? { kind: 'function', signature: signature(called) }
      : { kind: 'function', signature: signature(called), fields }
  }

  function objectOf(type: ts.Type): Descriptor {
    const fields = checker.getPropertiesOfType(type).filter(isPublic).slice(0, 24).map(fieldOf)
    const index = checker.getIndexInfosOfType(type)[0]
    const mapped = fields.length === 0 && index === undefined ? mappedValues(type) : undefined
    if (mapped !== undefined) return { kind: 'object', fields, values: describe(mapped) }
    return index === undefined
      ? { kind: 'object', fields }
      : { kind: 'object', fields, values: describe(index.type) }
  }

  /** `{ [K in keyof T]: Check<T[K]> }` of an open T is an object of checks. */
  function mappedValues(type: ts.Type): ts.Type | undefined {
    const declaration = type.getSymbol()?.declarations?.[0]
    if (declaration === undefined || !ts.isMappedTypeNode(declaration) || declaration.type === undefined)
      return undefined
    return checker.getTypeFromTypeNode(declaration.type)
  }

  function fieldOf(property: ts.Symbol): Field {
    const type = checker.getTypeOfSymbolAtLocation(property, place)
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0
    return {
      name: property.getName(),
      type: describe(optional ? checker.getNonNullableType(type) : type),
      optional,
    }
  }

  function signature(from: ts.Signature): Signature {
    return { parameters: from.getParameters().map(parameter), returns: describe(from.getReturnType()) }
  }

  function parameter(symbol: ts.Symbol): Parameter {
    const declaration = symbol.valueDeclaration
    const declared = declaration !== undefined && ts.isParameter(declaration) ? declaration : undefined
    const rest = declared?.dotDotDotToken !== undefined
    const optional =
      declared !== undefined && (declared.questionToken !== undefined || declared.initializer !== undefined)
    return {
      name: symbol.getName(),
      type: describe(checker.getTypeOfSymbolAtLocation(symbol, place)),
      optional,
      rest,
    }
  }

  return { named, type: describe, signature }
}

function describeSimple(
  checker: ts.TypeChecker,
  type: ts.Type,
  describe: (type: ts.Type) => Descriptor,
): Descriptor | undefined {
  const { flags } = type
  if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Never | ts.TypeFlags.NonPrimitive))
    return anything
  if (type.isStringLiteral() || type.isNumberLiteral()) return { kind: 'literal', value: type.value }
  if (flags & ts.TypeFlags.BooleanLiteral)
    return { kind: 'literal', value: checker.typeToString(type) === 'true' }
  if (flags & ts.TypeFlags.StringLike && !(flags & ts.TypeFlags.TemplateLiteral))
    return { kind: 'primitive', of: 'string' }
  if (flags & ts.TypeFlags.TemplateLiteral) return pattern(type as ts.TemplateLiteralType, describe)
  if (flags & ts.TypeFlags.Boolean) return { kind: 'primitive', of: 'boolean' }
  if (flags & ts.TypeFlags.NumberLike && !type.isUnion()) return { kind: 'primitive', of: 'number' }
  if (flags & ts.TypeFlags.BigIntLike) return { kind: 'primitive', of: 'bigint' }
  if (flags & ts.TypeFlags.ESSymbolLike) return { kind: 'primitive', of: 'symbol' }
  if (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) return { kind: 'primitive', of: 'undefined' }
  if (flags & ts.TypeFlags.Null) return { kind: 'primitive', of: 'null' }
  if (flags & ts.TypeFlags.Instantiable) {
    const bound = checker.getBaseConstraintOfType(type)
    if (bound !== undefined && bound !== type && !(bound.flags & ts.TypeFlags.Unknown)) return describe(bound)
    return flags & ts.TypeFlags.TypeParameter ? whatever : anything
  }
  // A branded primitive, `string & { brand }`, is made as the primitive it is.
  if (type.isIntersection()) {
    const bare = type.types.find((part) => part.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike))
    return bare === undefined ? undefined : describe(bare)
  }
  return undefined
}

function pattern(type: ts.TemplateLiteralType, describe: (type: ts.Type) => Descriptor): Descriptor {
  const parts = type.texts.flatMap((text, index) => {
    const next = type.types[index]
    return next === undefined ? [text] : [text, describe(next)]
  })
  return { kind: 'pattern', parts }
}

function union(of: readonly Descriptor[]): Descriptor {
  const [first] = of
  return of.length === 1 && first !== undefined ? first : { kind: 'union', of: of.slice(0, 40) }
}

function isPublic(property: ts.Symbol): boolean {
  const declaration = property.valueDeclaration
  if (property.getName().startsWith('__@')) return false
  if (declaration === undefined) return true
  const flags = ts.getCombinedModifierFlags(declaration)
  return (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) === 0
}

function fromLibrary(symbol: ts.Symbol): boolean {
  const file = symbol.declarations?.[0]?.getSourceFile().fileName
  return file !== undefined && (/\/lib\.[\w.]*d\.ts$/.test(file) || file.includes('/@types/node/'))
}
