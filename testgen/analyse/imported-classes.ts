// Imported classes
//
// Owns:   classes of other modules of the repository that this module takes instances of: tests may make them.
// Leaves: the module's own classes (exported.ts), packages' classes (they are not the repository's to test).

import ts from 'typescript-analysis'
import type { ImportedClass, Signature } from '../descriptors.ts'
import type { OpenModule } from './program.ts'

const MAX_IMPORTED_CLASSES = 8

export interface ImportedClasses {
  /** The name of a class in descriptors and expressions, if tests can make its instances. */
  keyOf(symbol: ts.Symbol): string | undefined
  /** All that were asked for; their constructors are described last, since that may bring up more. */
  describe(signaturesOf: (constructor_: ts.Type) => readonly Signature[]): readonly ImportedClass[]
}

/** `taken` are names that the test needs for itself. */
export function createImportedClasses(open: OpenModule, taken: ReadonlySet<string>): ImportedClasses {
  const found = new Map<string, { symbol: ts.Symbol; importedClass: Omit<ImportedClass, 'signatures'> }>()

  function keyOf(symbol: ts.Symbol): string | undefined {
    const file = symbol.valueDeclaration?.getSourceFile()
    if (
      file === undefined ||
      !isOfRepository(file, open) ||
      !(symbol.flags & ts.SymbolFlags.Class) ||
      !isCreatable(symbol)
    )
      return undefined
    const label = symbol.getName()
    const key = `${label}@${file.fileName}`
    if (found.has(key)) return key
    const name = exportedAs(open.checker, file, symbol)
    const isTaken =
      taken.has(label) || [...found.values()].some((other) => other.importedClass.label === label)
    if (name === undefined || isTaken || found.size >= MAX_IMPORTED_CLASSES) return undefined
    found.set(key, { symbol, importedClass: { key, label, name, file: file.fileName } })
    return key
  }

  return {
    keyOf,
    describe(signaturesOf) {
      const made: ImportedClass[] = []
      // The map grows while it is walked.
      for (const { symbol, importedClass } of found.values())
        made.push({ ...importedClass, signatures: signaturesOf(open.checker.getTypeOfSymbol(symbol)) })
      return made
    },
  }
}

function isOfRepository(file: ts.SourceFile, open: OpenModule): boolean {
  return file !== open.source && !file.isDeclarationFile && !file.fileName.includes('/node_modules/')
}

function exportedAs(checker: ts.TypeChecker, file: ts.SourceFile, symbol: ts.Symbol): string | undefined {
  const module = moduleSymbol(checker, file)
  if (module === undefined) return undefined
  const whole = module.exports?.get(ts.InternalSymbolName.ExportEquals)
  if (whole !== undefined && checker.getTypeOfSymbol(unalias(checker, whole)).getSymbol() === symbol)
    return 'module.exports'
  return checker
    .getExportsOfModule(module)
    .find((one) => unalias(checker, one) === symbol)
    ?.getName()
}

/** The checker has no door to the symbol of a CommonJS module. */
export function moduleSymbol(checker: ts.TypeChecker, file: ts.SourceFile): ts.Symbol | undefined {
  return checker.getSymbolAtLocation(file) ?? (file as { readonly symbol?: ts.Symbol }).symbol
}

export function unalias(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

/** Neither abstract nor with a private or protected constructor. */
export function isCreatable(symbol: ts.Symbol): boolean {
  const declaration = symbol.valueDeclaration
  if (declaration === undefined || !ts.isClassLike(declaration)) return true
  if (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Abstract) return false
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
  return !declaration.members.some(
    (member) => ts.isConstructorDeclaration(member) && ts.getCombinedModifierFlags(member) & hidden,
  )
}
