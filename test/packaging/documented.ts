// Documented
//
// Owns:   which exported names of some files have no docstring, found by the compiler's own reading of comments.

import { relative } from 'node:path'
import ts from 'typescript-analysis'

export interface Exported {
  readonly name: string
  /** `path:line` of the declaration. */
  readonly place: string
  readonly words: number
}

/** The exported names of these files, with those that they only hand on. */
export function exportedNames(files: readonly string[], root: string): Exported[] {
  const { ESNext: module } = ts.ModuleKind
  const options = {
    module,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noEmit: true,
    noLib: true,
    types: [],
  }
  const program = ts.createProgram(files, { ...options, allowImportingTsExtensions: true })
  const checker = program.getTypeChecker()
  return files.flatMap((file) => {
    const source = program.getSourceFile(file)
    const door = source && checker.getSymbolAtLocation(source)
    if (!door) throw new Error(`${file} exports nothing`)
    return checker.getExportsOfModule(door).map((symbol) => exportedName(checker, symbol, root))
  })
}

function exportedName(checker: ts.TypeChecker, symbol: ts.Symbol, root: string): Exported {
  const isHandedOn = (symbol.flags & ts.SymbolFlags.Alias) !== 0
  const declared = isHandedOn ? checker.getAliasedSymbol(symbol) : symbol
  const text = ts.displayPartsToString(declared.getDocumentationComment(checker))
  const declaration = declared.declarations?.[0]
  const file = declaration?.getSourceFile()
  const line = file?.getLineAndCharacterOfPosition(declaration?.getStart() ?? 0).line ?? -1
  return {
    name: symbol.name,
    place: `${relative(root, file?.fileName ?? '')}:${line + 1}`,
    words: text.split(/\s+/).filter(Boolean).length,
  }
}
