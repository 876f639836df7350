// Substance
//
// The program in a source file without comments and empty exports, and the places where it says that something is missing.
// Sources are parsed and never run. Only JavaScript and TypeScript are read.

import type TypeScript from 'typescript-analysis'
import type { Substance } from '../machines/index.ts'
import { compiler } from './compiler.ts'
import { fileOf } from './parse-problem.ts'

const CODE = /\.[cm]?[jt]sx?$/i
const MARK = /\b(TODO|FIXME|XXX)\b/
const MISSING = /\bnot[ -](yet[ -])?implemented\b|\bunimplemented\b/i

/** Undefined for other languages, and for code that is nested too deeply. */
export function substanceOf(path: string, text: string): Substance | undefined {
  if (!CODE.test(path)) return undefined
  const ts = compiler()
  const file = fileOf(path.toLowerCase(), text)
  if (file === undefined) return undefined
  const statements = file.statements.filter((statement) => !isEmptyExport(ts, statement))
  const kept = ts.factory.updateSourceFile(file, statements)
  const program = ts.createPrinter({ removeComments: true }).printFile(kept).trim()
  return { program, stubs: [...commentsOf(ts, file, text), ...admissions(ts, file)].map(lineAt(file, text)) }
}

function isEmptyExport(ts: typeof TypeScript, statement: TypeScript.Statement): boolean {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier !== undefined) return false
  const { exportClause } = statement
  return exportClause !== undefined && ts.isNamedExports(exportClause) && exportClause.elements.length === 0
}

/** The places where comments postpone work. The scanner alone would take some literals for comments. */
function commentsOf(ts: typeof TypeScript, file: TypeScript.SourceFile, text: string): number[] {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, file.languageVariant, text)
  const found: number[] = []
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const isComment =
      kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia
    if (!isComment) continue
    const at = MARK.exec(scanner.getTokenText())?.index
    if (at !== undefined) found.push(scanner.getTokenStart() + at)
  }
  if (found.length === 0) return found
  const literals = literalsOf(ts, file)
  return found.filter((at) => !literals.some(([start, end]) => start < at && at < end))
}

function literalsOf(ts: typeof TypeScript, file: TypeScript.SourceFile): [start: number, end: number][] {
  const ranges: [number, number][] = []
  const visit = (node: TypeScript.Node): void => {
    if (ts.isLiteralExpression(node) || ts.isTemplateExpression(node) || ts.isJsxText(node))
      ranges.push([node.getStart(file), node.getEnd()])
    ts.forEachChild(node, visit)
  }
  visit(file)
  return ranges
}

/** Where the program says that it cannot do it. */
function admissions(ts: typeof TypeScript, file: TypeScript.SourceFile): number[] {
  const found: number[] = []
  const visit = (node: TypeScript.Node): void => {
    if (ts.isThrowStatement(node) && MISSING.test(node.getText(file))) found.push(node.getStart(file))
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function lineAt(file: TypeScript.SourceFile, text: string): (at: number) => { line: number; text: string } {
  const lines = text.split('\n')
  return (at) => {
    const { line } = file.getLineAndCharacterOfPosition(at)
    return { line: line + 1, text: lines[line]?.trim() ?? '' }
  }
}
