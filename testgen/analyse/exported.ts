// Exported
//
// Owns:   the exports of a module: its functions, classes and objects of functions, with parameters and results.
// Leaves: types (describe.ts), parameters that have none (usage.ts).
//
// R1. Re-exports of another module are left to that module's own tests.

import { basename, dirname, join } from 'node:path'
import ts from 'typescript-analysis'
import type {
  Descriptor,
  ExportDescriptor,
  Literals,
  MemberDescriptor,
  ModuleDescription,
  Signature,
} from '../descriptors.ts'
import { createDescriber, type Describer } from './describe.ts'
import { readExamples } from './examples.ts'
import { createImportedClasses, isCreatable, moduleSymbol, unalias } from './imported-classes.ts'
import { readLiterals } from './literals.ts'
import { type OpenModule, reachedFiles } from './program.ts'
import { refineByUsage } from './usage.ts'

/** `mayUseImportedClasses`: whether tests may make instances of other modules' classes. */
export function readModule(open: OpenModule, mayUseImportedClasses: boolean): ModuleDescription {
  const symbols = exportedSymbols(open)
  const classes = new Map<ts.Symbol, string>()
  for (const { name, symbol } of symbols) if (symbol.flags & ts.SymbolFlags.Class) classes.set(symbol, name)
  const importedClasses = createImportedClasses(
    open,
    new Set(symbols.map(({ name, symbol }) => labelOf(open, symbol, name))),
  )
  const describer = createDescriber(
    open.checker,
    open.source,
    (symbol) => classes.get(symbol) ?? (mayUseImportedClasses ? importedClasses.keyOf(symbol) : undefined),
    enumMembersOf(symbols),
  )
  const exports = symbols.flatMap(({ name, symbol }) => describeExport(open, describer, name, symbol))
  const around = importedClasses.describe((type) => constructSignatures(open, describer, type))
  return { exports, named: describer.named, literals: literalsOf(open, symbols), importedClasses: around }
}

function enumMembersOf(symbols: readonly NamedSymbol[]): ReadonlyMap<ts.Symbol, readonly string[]> {
  const members = new Map<ts.Symbol, readonly string[]>()
  for (const { name, symbol } of symbols)
    if (symbol.flags & ts.SymbolFlags.RegularEnum)
      for (const member of symbol.exports?.values() ?? []) members.set(member, [name, member.getName()])
  return members
}

function constructSignatures(
  { checker }: OpenModule,
  describer: Describer,
  type: ts.Type,
): readonly Signature[] {
  return type
    .getConstructSignatures()
    .slice(0, 4)
    .map((signature) => describeSignature(checker, describer, signature))
}

const MAX_DISTANT = { modules: 12, texts: 150 }

function literalsOf(open: OpenModule, symbols: readonly NamedSymbol[]): Literals {
  const [, ...others] = reachedFiles(open)
  const distant = others.slice(0, MAX_DISTANT.modules).flatMap((file) => readLiterals(file).strings)
  const names = symbols.map(({ name, symbol }) => labelOf(open, symbol, name))
  return {
    ...readLiterals(open.source),
    examples: readExamples(open.root, open.file, open.source.text, names),
    distant: [...new Set(distant)].slice(0, MAX_DISTANT.texts),
  }
}

interface NamedSymbol {
  readonly name: string
  readonly symbol: ts.Symbol
}

function exportedSymbols({ checker, source }: OpenModule): readonly NamedSymbol[] {
  const module = moduleSymbol(checker, source)
  if (module === undefined) return []
  const named = checker
    .getExportsOfModule(module)
    .map((symbol) => ({ name: symbol.getName(), symbol: unalias(checker, symbol) }))
  return [...wholeExport(checker, source, module), ...named.filter(({ name }) => name !== 'export=')].filter(
    ({ symbol }) => declaredIn(symbol, source),
  )
}

/** `module.exports = function` or a class; an object's fields are exports of their own. */
function wholeExport(
  checker: ts.TypeChecker,
  source: ts.SourceFile,
  module: ts.Symbol,
): readonly NamedSymbol[] {
  const symbol = module.exports?.get(ts.InternalSymbolName.ExportEquals)
  if (symbol === undefined) return []
  const type = checker.getTypeOfSymbolAtLocation(unalias(checker, symbol), source)
  const isCallable = type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0
  return isCallable ? [{ name: 'module.exports', symbol: type.getSymbol() ?? symbol }] : []
}

function declaredIn(symbol: ts.Symbol, source: ts.SourceFile): boolean {
  return symbol.declarations?.some((declaration) => declaration.getSourceFile() === source) ?? false
}

function describeExport(
  open: OpenModule,
  describer: Describer,
  name: string,
  symbol: ts.Symbol,
): readonly ExportDescriptor[] {
  const { checker, source } = open
  if ((symbol.flags & ts.SymbolFlags.Value) === 0) return []
  const type = checker.getTypeOfSymbolAtLocation(symbol, source)
  const label = labelOf(open, symbol, name)
  if (symbol.flags & ts.SymbolFlags.Class) return [describeClass(open, describer, name, label, symbol, type)]
  const calls = callSignatures(open, describer, type)
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

/** The name of a default export: its declared name, else the name of its file. */
function labelOf({ file }: OpenModule, symbol: ts.Symbol, name: string): string {
  if (name !== 'default' && name !== 'module.exports') return name
  const own = declaredName(symbol) ?? symbol.getName()
  return own === 'default' || own === 'export=' || own.startsWith('__') ? nameOfFile(file) : own
}

/** `export default function slugify`: for the compiler the symbol is called `default`. */
function declaredName({ valueDeclaration }: ts.Symbol): string | undefined {
  const isNamed =
    valueDeclaration !== undefined &&
    (ts.isFunctionDeclaration(valueDeclaration) || ts.isClassDeclaration(valueDeclaration))
  return isNamed ? valueDeclaration.name?.text : undefined
}

/** `src/parse-options.ts` is parseOptions; an index is called after its package or its folder. */
function nameOfFile(file: string): string {
  const stem = basename(file).replace(/\.[^.]+$/, '')
  const words = (stem === 'index' ? nameOfFolder(dirname(file)) : stem)
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
  const name = words
    .map((word, index) => (index === 0 ? word : `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`))
    .join('')
  return /^[A-Za-z]/.test(name) && name !== 'src' && name !== 'lib' ? name : 'default'
}

/** A folder of a package, or of its sources, has the name of the package: the folder itself may be called anything. */
function nameOfFolder(folder: string): string {
  const name = basename(folder)
  const holders = /^(src|lib|source)$/.test(name) ? [folder, dirname(folder)] : [folder]
  const manifest = holders.map((each) => ts.sys.readFile(join(each, 'package.json'))).find(Boolean)
  if (manifest === undefined) return name
  const { config } = ts.parseConfigFileTextToJson('package.json', manifest) as { config?: { name?: unknown } }
  return typeof config?.name === 'string' ? config.name.replace(/^@.*\//, '') : 'default'
}

/** Of a function whose variable has a type that could not be resolved: as it is written. */
function writtenSignature(open: OpenModule, describer: Describer, symbol: ts.Symbol): readonly Signature[] {
  const declaration = symbol.valueDeclaration
  const initializer =
    declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined
  if (initializer === undefined || !(ts.isFunctionExpression(initializer) || ts.isArrowFunction(initializer)))
    return []
  const signature = open.checker.getSignatureFromDeclaration(initializer)
  return signature === undefined ? [] : [describeSignature(open.checker, describer, signature)]
}

function callSignatures(open: OpenModule, describer: Describer, type: ts.Type): Signature[] {
  return type
    .getCallSignatures()
    .slice(0, 6)
    .map((signature) => describeSignature(open.checker, describer, signature))
}

function describeSignature(
  checker: ts.TypeChecker,
  describer: Describer,
  signature: ts.Signature,
): Signature {
  const described = describer.signature(signature)
  const declaration = signature.getDeclaration() as ts.SignatureDeclaration | undefined
  return declaration === undefined ? described : refineByUsage(described, declaration, checker, describer)
}

function describeClass(
  open: OpenModule,
  describer: Describer,
  name: string,
  label: string,
  symbol: ts.Symbol,
  type: ts.Type,
): ExportDescriptor {
  const [construct] = type.getConstructSignatures()
  const instance = construct?.getReturnType() ?? open.checker.getDeclaredTypeOfSymbol(symbol)
  return {
    name,
    label,
    kind: 'class',
    signatures: isCreatable(symbol) ? constructSignatures(open, describer, type) : [],
    members: [...membersOf(open, describer, instance, false), ...membersOf(open, describer, type, true)],
    type: { kind: 'any' },
  }
}

/** Of an exported object or a function with fields: the functions among its fields. */
function memberFunctions(open: OpenModule, describer: Describer, type: ts.Type): readonly MemberDescriptor[] {
  if (!isObjectLike(type) || open.checker.isArrayLikeType(type)) return []
  const members = membersOf(open, describer, type, true)
  return [...members.filter(({ kind }) => kind === 'method'), ...nestedFunctions(open, describer, type)]
}

/** One level further down: `schemes.http.parse`. */
function nestedFunctions(open: OpenModule, describer: Describer, type: ts.Type): readonly MemberDescriptor[] {
  const { checker } = open
  const owners = checker
    .getPropertiesOfType(type)
    .filter((property) => isOffered(property, open))
    .slice(0, 24)
  return owners.flatMap((owner) => {
    const inner = checker.getTypeOfSymbolAtLocation(owner, open.source)
    if (!isObjectLike(inner) || inner.getCallSignatures().length > 0 || checker.isArrayLikeType(inner))
      return []
    const members = membersOf(open, describer, inner, true).filter(({ kind }) => kind === 'method')
    return members.map((member): MemberDescriptor => ({ ...member, within: [owner.getName()] }))
  })
}

function isObjectLike(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0
}

function membersOf(
  open: OpenModule,
  describer: Describer,
  type: ts.Type,
  isStatic: boolean,
): readonly MemberDescriptor[] {
  return open.checker
    .getPropertiesOfType(type)
    .filter((property) => isOffered(property, open))
    .slice(0, 80)
    .map((property) => describeMember(open, describer, property, isStatic))
}

/** Public, and written in this repository: not inherited from Function or Error. */
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
): MemberDescriptor {
  const type = open.checker.getTypeOfSymbolAtLocation(property, open.source)
  const signatures = callSignatures(open, describer, type)
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
