// Literals
//
// Owns:   the texts, numbers, regular expressions and keys that a module's source mentions. Usually the module
//         compares its input with some of them.
// Leaves: using them (generate.ts, mutate.ts).

import ts from 'typescript-analysis'
import type { Literals } from '../descriptors.ts'

export type OwnLiterals = Omit<Literals, 'examples' | 'distant'>

export function readLiterals(source: ts.SourceFile): OwnLiterals {
  const strings = new Set<string>()
  const numbers = new Set<number>()
  const regexes = new Map<string, { source: string; flags: string }>()
  const keys = new Set<string>()

  function visit(node: ts.Node): void {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      if (node.text.length > 0 && node.text.length <= 60) strings.add(node.text)
    } else if (ts.isNumericLiteral(node)) numbers.add(Number(node.text))
    else if (ts.isRegularExpressionLiteral(node)) {
      const { text } = node
      const end = text.lastIndexOf('/')
      regexes.set(text, { source: text.slice(1, end), flags: text.slice(end + 1) })
    } else if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) keys.add(node.name.text)
    else if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.name)) keys.add(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return {
    strings: [...strings].slice(0, 400),
    numbers: [...numbers].slice(0, 200),
    regexes: [...regexes.values()].slice(0, 100),
    keys: [...keys].slice(0, 200),
  }
}
