// Exported
//
// Owns:   what a module offers: its functions, classes and objects of functions, with what they take and return.
// Leaves: types (describe.ts), parameters that have none (usage.ts).
//
// R1. What is only passed on from another module is left to that module's own tests.

import ts from 'typescript-analysis'
import type { Analysis, Descriptor, Exported, Member, Signature } from '../descriptors.ts'
import { createDescriber, type Describer } from './describe.ts'
import { readLiterals } from './literals.ts'
import type { OpenModule } from './program.ts'
import { refineByUsage } from './usage.ts'

export function readModule(open: OpenModule): Analysis {
  const symbols = exportedSymbols(open)
  const classes = new Map<ts.Symbol, string>()
  for (const { name, symbol } of symbols) if (symbol.flags & ts.SymbolFlags.Class) classes.set(symbol, name)
  const describer = createDescriber(open.checker, open.source, classes)
  const exports = symbols.flatMap(({ name, symbol }) => describeExport(open, describer, name, symbol))
  return { exports, named: describer.named, literals: readLiterals(open.source) }
}

interface NamedSymbol {
  readonly name: string
  readonly symbol: ts.Symbol
}

function exportedSymbols({ checker, source }: OpenModule): readonly NamedSymbol[] {
  const module = checker.getSymbolAtLocation(source)
  if (module === undefined) return []
  return checker
    .getExportsOfModule(module)
    .map((symbol) => ({ name: symbol.getName(), symbol: unalias(checker, symbol) }))
    .map(({ name, symbol }) => ({ name: name === 'export=' ? 'module.exports' : name, symbol }))
    .filter(({ symbol }) => declaredIn(symbol, source))
}

function unalias(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

function declaredIn(symbol: ts.Symbol, source: ts.SourceFile): boolean {
  return symbol.declarations?.some((declaration) => declaration.getSourceFile() === source) ?? false
}

function describeExport(
  open: OpenModule,
  describer: Describer,
  name: string,
  symbol: ts.Symbol,
): readonly Exported[] {
  const { checker, source } = open
  if ((symbol.flags & ts.SymbolFlags.Value) === 0) return []
  const type = checker.getTypeOfSymbolAtLocation(symbol, source)
  const label = labelOf(symbol, name)
  if (symbol.flags & ts.SymbolFlags.Class) return [describeClass(open, describer, name, label, symbol, type)]
  const calls = callSignatures(describer, type)
  if (calls.length === 0 && type.flags & ts.TypeFlags.Any)
    calls.push(...writtenSignature(open, describer, symbol))
  if (calls.length > 0)
    return [
      {
        name,
        label,
        kind: 'function',
        signatures: calls,
        members: memberFunctions(open, describer, type),
        type: describer.type(type),
      },
    ]
  if (type.getConstructSignatures().length > 0)
    return [describeClass(open, describer, name, label, symbol, type)]
  const members = memberFunctions(open, describer, type)
  const kind = members.length > 0 ? 'object' : 'value'
  return [{ name, label, kind, signatures: [], members, type: describer.type(type) }]
}

function labelOf(symbol: ts.Symbol, name: string): string {
  const own = symbol.getName()
  if (name !== 'default' && name !== 'module.exports') return name
  return own === 'default' || own === 'export=' || own.startsWith('__') ? 'default' : own
}

/** Of a function whose variable has a type that could not be resolved: as it is written. */
function writtenSignature(
  { checker }: OpenModule,
  describer: Describer,
  symbol: ts.Symbol,
): readonly Signature[] {
  const declaration = symbol.valueDeclaration
  const initializer =
    declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined
  if (initializer === undefined || !(ts.isFunctionExpression(initializer) || ts.isArrowFunction(initializer)))
    return []
  const signature = checker.getSignatureFromDeclaration(initializer)
  return signature === undefined ? [] : [describeSignature(describer, signature)]
}

function callSignatures(describer: Describer, type: ts.Type): Signature[] {
  return type
    .getCallSignatures()
    .slice(0, 6)
    .map((signature) => describeSignature(describer, signature))
}

function describeSignature(describer: Describer, signature: ts.Signature): Signature {
  const described = describer.signature(signature)
  const declaration = signature.getDeclaration() as ts.SignatureDeclaration | undefined
  return declaration === undefined ? described : refineByUsage(described, declaration)
}

function describeClass(
  open: OpenModule,
  describer: Describer,
  name: string,
  label: string,
  symbol: ts.Symbol,
  type: ts.Type,
): Exported {
  const constructs = type.getConstructSignatures().slice(0, 4)
  const instance = constructs[0]?.getReturnType() ?? open.checker.getDeclaredTypeOfSymbol(symbol)
  return {
    name,
    label,
    kind: 'class',
    signatures: isCreatable(symbol)
      ? constructs.map((signature) => describeSignature(describer, signature))
      : [],
    members: [...membersOf(open, describer, instance, false), ...membersOf(open, describer, type, true)],
    type: { kind: 'any' },
  }
}

function isCreatable(symbol: ts.Symbol): boolean {
  const declaration = symbol.valueDeclaration
  if (declaration === undefined || !ts.isClassLike(declaration)) return true
  if (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Abstract) return false
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
  return !declaration.members.some(
    (member) => ts.isConstructorDeclaration(member) && ts.getCombinedModifierFlags(member) & hidden,
  )
}

/** Of an exported object or a function with fields: the functions among its fields. */
function memberFunctions(open: OpenModule, describer: Describer, type: ts.Type): readonly Member[] {
  if (!isObjectLike(type) || open.checker.isArrayLikeType(type)) return []
  return membersOf(open, describer, type, true).filter((member) => member.kind === 'method')
}

function isObjectLike(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0
}

function membersOf(
  open: OpenModule,
  describer: Describer,
  type: ts.Type,
  isStatic: boolean,
): readonly Member[] {
  return open.checker
    .getPropertiesOfType(type)
    .filter((property) => isOffered(property, open))
    .slice(0, 80)
    .map((property) => describeMember(open, describer, property, isStatic))
}

/** Public, and written in this repository: not what Function or Error bring along. */
function isOffered(property: ts.Symbol, open: OpenModule): boolean {
  const declaration = property.declarations?.[0]
  if (declaration === undefined || /^(__@|#|prototype$)/.test(property.getName())) return false
  const file = declaration.getSourceFile()
  if (file.isDeclarationFile && file !== open.source) return false
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
  return (ts.getCombinedModifierFlags(declaration as ts.Declaration) & hidden) === 0
}

function describeMember(
  open: OpenModule,
  describer: Describer,
  property: ts.Symbol,
  isStatic: boolean,
): Member {
  const type = open.checker.getTypeOfSymbolAtLocation(property, open.source)
  const signatures = callSignatures(describer, type)
  const name = property.getName()
  if (signatures.length > 0)
    return { name, kind: 'method', static: isStatic, writable: false, type: { kind: 'any' }, signatures }
  return {
    name,
    kind: 'property',
    static: isStatic,
    writable: isWritable(property),
    type: describeProperty(describer, type),
    signatures,
  }
}

function describeProperty(describer: Describer, type: ts.Type): Descriptor {
  return describer.type(type)
}

function isWritable(property: ts.Symbol): boolean {
  const declarations = property.declarations ?? []
  if (property.flags & ts.SymbolFlags.Accessor) return (property.flags & ts.SymbolFlags.SetAccessor) !== 0
  return !declarations.some(
    (declaration) => ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly,
  )
}
