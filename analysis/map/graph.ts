// Graph
//
// The definitions at the top of each source file of TypeScript and JavaScript, and how often other files use each.
//
// G1. An import is followed through files that re-export it to the declaration. Equal names of different declarations are
//     not confused.

import type TypeScript from 'typescript-analysis'
import { compiler } from '../compiler.ts'
import { signatureOf } from './signature.ts'
import type { Sources } from './sources.ts'

export interface Definition {
  readonly path: string
  readonly name: string
  readonly signature: string
  readonly exported: boolean
}

export interface MapReference {
  readonly from: string
  readonly to: string
  /** Empty: the file as a whole. */
  readonly name: string
  readonly count: number
}

export interface Graph {
  readonly definitions: readonly Definition[]
  readonly references: readonly MapReference[]
}

export function graphOf(sources: Sources): Graph {
  const program = openProgram(sources)
  const checker = program.getTypeChecker()
  const files = program.getSourceFiles().filter((file) => sources.texts.has(file.fileName.slice(1)))
  return {
    definitions: files.flatMap(definitionsIn),
    references: files.flatMap((file) => referencesIn(file, checker, sources)),
  }
}

/** All files are read already and lie below `/`: the compiler sees no disk. */
function openProgram({ texts, resolve }: Sources): TypeScript.Program {
  const ts = compiler()
  const text = (name: string) => texts.get(name.slice(1))
  const options: TypeScript.CompilerOptions = {
    ...{ allowJs: true, noLib: true, types: [], skipLibCheck: true, noEmit: true, maxNodeModuleJsDepth: 0 },
    ...{ target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, jsx: ts.JsxEmit.Preserve },
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  }
  const host: TypeScript.CompilerHost = {
    getSourceFile: (name, target) => {
      const source = text(name)
      return source === undefined ? undefined : ts.createSourceFile(name, source, target, true)
    },
    fileExists: (name) => text(name) !== undefined,
    readFile: text,
    writeFile: () => {},
    getDefaultLibFileName: () => '/lib.d.ts',
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    resolveModuleNameLiterals: (literals, from) =>
      literals.map((literal) => {
        const found = resolve(literal.text, from.slice(1))
        if (found === undefined) return { resolvedModule: undefined }
        const extension = /(\.d)?\.[cm]?[jt]sx?$/.exec(found)?.[0] ?? '.ts'
        return {
          resolvedModule: { resolvedFileName: `/${found}`, extension, isExternalLibraryImport: false },
        }
      }),
  }
  return ts.createProgram(
    [...texts.keys()].filter((path) => !path.endsWith('.py')).map((path) => `/${path}`),
    options,
    host,
  )
}

function definitionsIn(file: TypeScript.SourceFile): Definition[] {
  const ts = compiler()
  const path = file.fileName.slice(1)
  return file.statements.flatMap((statement) => {
    const declared = ts.isVariableStatement(statement)
      ? [...statement.declarationList.declarations]
      : [statement]
    const flags = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
    const exported = flags.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    return declared.flatMap((node) => {
      const name = ts.getNameOfDeclaration(node as TypeScript.Declaration)
      if (name === undefined || !ts.isIdentifier(name)) return []
      return [{ path, name: name.text, signature: signatureOf(node, file), exported }]
    })
  })
}

function referencesIn(
  file: TypeScript.SourceFile,
  checker: TypeScript.TypeChecker,
  sources: Sources,
): MapReference[] {
  const from = file.fileName.slice(1)
  const uses = usesIn(file)
  const found = new Map<string, MapReference>()
  const add = (to: string | undefined, name: string, count: number) => {
    if (to === undefined || to === from || count === 0) return
    const key = `${to}\0${name}`
    found.set(key, { from, to, name, count: count + (found.get(key)?.count ?? 0) })
  }
  for (const { specifier, bound, spaces } of importsOf(file)) {
    const target = sources.resolve(specifier, from)
    if (target === undefined) continue
    add(target, '', bound.length + spaces.length === 0 ? 1 : 0)
    for (const name of bound) {
      const there = declarationOf(name, checker) ?? { path: target, name: '' }
      add(there.path, there.name, uses.names.get(name.text) ?? 1)
    }
    for (const space of spaces)
      for (const [member, count] of uses.members.get(space.text) ?? [])
        add(memberOf(space, member, checker)?.path ?? target, member, count)
  }
  return [...found.values()]
}

interface ImportedNames {
  readonly specifier: string
  /** The names as they are used in this file, or in the next one that this one passes them on to. */
  readonly bound: readonly TypeScript.Identifier[]
  readonly spaces: readonly TypeScript.Identifier[]
}

function importsOf(file: TypeScript.SourceFile): ImportedNames[] {
  const ts = compiler()
  const found: ImportedNames[] = []
  const visit = (node: TypeScript.Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) found.push({ specifier, ...namesIn(node) })
    // Below statements only calls can import.
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function specifierOf(node: TypeScript.Node): string | undefined {
  const ts = compiler()
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node))
    return node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)
      ? node.moduleSpecifier.text
      : undefined
  if (!ts.isCallExpression(node)) return undefined
  const isImport =
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(node.expression) && node.expression.text === 'require')
  const [argument] = node.arguments
  return isImport && argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : undefined
}

function namesIn(node: TypeScript.Node): { bound: TypeScript.Identifier[]; spaces: TypeScript.Identifier[] } {
  const ts = compiler()
  const identifiers = (names: readonly TypeScript.Node[]) => names.filter((name) => ts.isIdentifier(name))
  if (ts.isExportDeclaration(node)) {
    const names =
      node.exportClause !== undefined && ts.isNamedExports(node.exportClause)
        ? node.exportClause.elements
        : []
    return { bound: identifiers(names.map(({ name }) => name)), spaces: [] }
  }
  if (ts.isImportDeclaration(node)) {
    const { name, namedBindings } = node.importClause ?? {}
    const named =
      namedBindings !== undefined && ts.isNamedImports(namedBindings) ? namedBindings.elements : []
    const space =
      namedBindings !== undefined && ts.isNamespaceImport(namedBindings) ? [namedBindings.name] : []
    return { bound: identifiers([...(name ? [name] : []), ...named.map((each) => each.name)]), spaces: space }
  }
  const { parent } = node
  if (!ts.isVariableDeclaration(parent)) return { bound: [], spaces: [] }
  if (ts.isIdentifier(parent.name)) return { bound: [], spaces: [parent.name] }
  return {
    bound: identifiers(parent.name.elements.flatMap((each) => ('name' in each ? [each.name] : []))),
    spaces: [],
  }
}

function declarationOf(
  name: TypeScript.Node,
  checker: TypeScript.TypeChecker,
): { path: string; name: string } | undefined {
  const ts = compiler()
  const symbol = checker.getSymbolAtLocation(name)
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return undefined
  return placeOf(checker.getAliasedSymbol(symbol))
}

function memberOf(space: TypeScript.Node, member: string, checker: TypeScript.TypeChecker) {
  const ts = compiler()
  const symbol = checker.getSymbolAtLocation(space)
  const module =
    symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const found = module?.exports?.get(ts.escapeLeadingUnderscores(member))
  if (found === undefined) return undefined
  return placeOf(found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found)
}

function placeOf(symbol: TypeScript.Symbol): { path: string; name: string } | undefined {
  const ts = compiler()
  const [declaration] = symbol.declarations ?? []
  if (declaration === undefined) return undefined
  const path = declaration.getSourceFile().fileName.slice(1)
  const name = ts.getNameOfDeclaration(declaration)
  return { path, name: name !== undefined && ts.isIdentifier(name) ? name.text : '' }
}

/** How often each name is used in a file, and each member of each name. */
function usesIn(file: TypeScript.SourceFile): {
  names: ReadonlyMap<string, number>
  members: ReadonlyMap<string, ReadonlyMap<string, number>>
} {
  const ts = compiler()
  const names = new Map<string, number>()
  const members = new Map<string, Map<string, number>>()
  const visit = (node: TypeScript.Node): void => {
    if (ts.isImportDeclaration(node)) return
    if (ts.isIdentifier(node)) names.set(node.text, (names.get(node.text) ?? 0) + 1)
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      const own = members.get(node.expression.text) ?? new Map<string, number>()
      own.set(node.name.text, (own.get(node.name.text) ?? 0) + 1)
      members.set(node.expression.text, own)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return { names, members }
}
