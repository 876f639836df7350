// Describe
//
// Owns:   turning a type of the checker into a descriptor.
// Leaves: which types are asked about (exported.ts), parameters without a type (usage.ts).
//
// R1. Recursive types end: a type met again inside itself becomes a name, kept in `named`.

import ts from 'typescript-analysis'
import { anything, type Descriptor, type Field, type Parameter, type Signature } from '../descriptors.ts'

const MAX_DEPTH = 7

/** For a type parameter any value fits; plain ones make the most readable tests. */
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
  return new TypeDescriber(checker, place, keyOf, enumMembers)
}

class TypeDescriber implements Describer {
  readonly named: Record<string, Descriptor> = {}
  readonly #checker: ts.TypeChecker
  readonly #place: ts.Node
  readonly #keyOf: (class_: ts.Symbol) => string | undefined
  readonly #enumMembers: ReadonlyMap<ts.Symbol, readonly string[]>
  /** Types that are being described, the outermost first. */
  readonly #open: ts.Type[] = []
  readonly #names = new Map<ts.Type, string>()

  constructor(
    checker: ts.TypeChecker,
    place: ts.Node,
    keyOf: (class_: ts.Symbol) => string | undefined,
    enumMembers: ReadonlyMap<ts.Symbol, readonly string[]>,
  ) {
    this.#checker = checker
    this.#place = place
    this.#keyOf = keyOf
    this.#enumMembers = enumMembers
  }

  type(type: ts.Type): Descriptor {
    const simple = describeSimple(this.#checker, type, (one) => this.type(one))
    if (simple !== undefined) return this.#withPath(simple, type)
    if (this.#open.includes(type)) {
      const name = this.#names.get(type) ?? `type${this.#names.size}`
      this.#names.set(type, name)
      return { kind: 'named', name }
    }
    if (this.#open.length >= MAX_DEPTH) return anything
    this.#open.push(type)
    try {
      const descriptor = this.#describeStructure(type)
      const name = this.#names.get(type)
      if (name !== undefined) this.named[name] = descriptor
      return descriptor
    } finally {
      this.#open.pop()
    }
  }

  #withPath(simple: Descriptor, type: ts.Type): Descriptor {
    const path = type.flags & ts.TypeFlags.EnumLiteral ? this.#enumMembers.get(type.symbol) : undefined
    return simple.kind === 'literal' && path !== undefined ? { ...simple, path } : simple
  }

  #describeStructure(type: ts.Type): Descriptor {
    if (type.isUnion()) return union(type.types.map((one) => this.type(one)))
    if (this.#checker.isTupleType(type)) return this.#tuple(type as ts.TupleTypeReference)
    if (this.#checker.isArrayType(type)) return { kind: 'array', of: this.type(this.#argument(type, 0)) }
    const known = this.#wellKnown(type)
    if (known !== undefined) return known
    const calls = type.getCallSignatures()
    if (calls[0] !== undefined) return this.#functionOf(type, calls[0])
    return this.#objectOf(type)
  }

  #argument(type: ts.Type, index: number): ts.Type {
    return this.#checker.getTypeArguments(type as ts.TypeReference)[index] ?? this.#checker.getAnyType()
  }

  #tuple(type: ts.TupleTypeReference): Descriptor {
    const flags = type.target.elementFlags
    const elements = this.#checker.getTypeArguments(type).map((one) => this.type(one))
    const fixed = elements.filter((_, index) => ((flags[index] ?? 0) & ts.ElementFlags.Variable) === 0)
    const rest = elements.find((_, index) => ((flags[index] ?? 0) & ts.ElementFlags.Variable) !== 0)
    return rest === undefined ? { kind: 'tuple', of: fixed } : { kind: 'tuple', of: fixed, rest }
  }

  #wellKnown(type: ts.Type): Descriptor | undefined {
    const symbol = type.getSymbol()
    if (symbol === undefined) return undefined
    const class_ = this.#keyOf(symbol)
    if (class_ !== undefined) return { kind: 'instance', of: class_ }
    if (!fromLibrary(symbol)) return undefined
    const name = symbol.getName()
    if (builtins.has(name)) return { kind: 'builtin', name }
    if (/^(Readonly)?Map$/.test(name))
      return {
        kind: 'map',
        keys: this.type(this.#argument(type, 0)),
        values: this.type(this.#argument(type, 1)),
      }
    if (/^(Readonly)?Set$/.test(name)) return { kind: 'set', of: this.type(this.#argument(type, 0)) }
    if (/^Promise(Like)?$/.test(name)) return { kind: 'promise', of: this.type(this.#argument(type, 0)) }
    if (/^(Iterable|IterableIterator|Iterator|Generator|ArrayLike|IteratorObject)$/.test(name))
      return { kind: 'iterable', of: this.type(this.#argument(type, 0)), async: false }
    if (/^Async(Iterable|IterableIterator|Iterator|Generator)$/.test(name))
      return { kind: 'iterable', of: this.type(this.#argument(type, 0)), async: true }
    if (name === 'Function') return { kind: 'function', signature: { parameters: [], returns: anything } }
    return undefined
  }

  #functionOf(type: ts.Type, called: ts.Signature): Descriptor {
    const fields = this.#checker
      .getPropertiesOfType(type)
      .filter(isPublic)
      .slice(0, 12)
      .map((one) => this.#fieldOf(one))
    return fields.length === 0
      ? { kind: 'function', signature: this.signature(called) }
      : { kind: 'function', signature: this.signature(called), fields }
  }

  #objectOf(type: ts.Type): Descriptor {
    const fields = this.#checker
      .getPropertiesOfType(type)
      .filter(isPublic)
      .slice(0, 24)
      .map((one) => this.#fieldOf(one))
    const index = this.#checker.getIndexInfosOfType(type)[0]
    const mapped = fields.length === 0 && index === undefined ? this.#mappedValues(type) : undefined
    if (mapped !== undefined) return { kind: 'object', fields, values: this.type(mapped) }
    return index === undefined
      ? { kind: 'object', fields }
      : { kind: 'object', fields, values: this.type(index.type) }
  }

  /** `{ [K in keyof T]: Check<T[K]> }` of an open T is an object of checks. */
  #mappedValues(type: ts.Type): ts.Type | undefined {
    const declaration = type.getSymbol()?.declarations?.[0]
    if (declaration === undefined || !ts.isMappedTypeNode(declaration) || declaration.type === undefined)
      return undefined
    return this.#checker.getTypeFromTypeNode(declaration.type)
  }

  #fieldOf(property: ts.Symbol): Field {
    const type = this.#checker.getTypeOfSymbolAtLocation(property, this.#place)
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0
    return {
      name: property.getName(),
      type: this.type(optional ? this.#checker.getNonNullableType(type) : type),
      optional,
    }
  }

  signature(from: ts.Signature): Signature {
    return {
      parameters: from.getParameters().map((one) => this.#parameter(one)),
      returns: this.type(from.getReturnType()),
    }
  }

  #parameter(symbol: ts.Symbol): Parameter {
    const declaration = symbol.valueDeclaration
    const declared = declaration !== undefined && ts.isParameter(declaration) ? declaration : undefined
    const rest = declared?.dotDotDotToken !== undefined
    const optional =
      declared !== undefined && (declared.questionToken !== undefined || declared.initializer !== undefined)
    return {
      name: symbol.getName(),
      type: this.type(this.#checker.getTypeOfSymbolAtLocation(symbol, this.#place)),
      optional,
      rest,
    }
  }
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
