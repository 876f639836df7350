// Declared tests
//
// Lists the tests that a file declares, each with its text, and the text around them.
// Leaves: what they assert (tests-cases.ts), running them (gates/).
//
// D1. A test's text is its whole call with its table: a removed row changes the text.
// D2. A name imported from a package counts only for tests that use it. A file of the repository can do anything when it is
//     loaded, so an import of one belongs to the text around every test.

import type { DeclaredTest, DeclaredTests } from '../machines/index.ts'
import { beginReading, isFunction, lineOf, parse, pathOf, ts, unwrapped, words } from './tests-syntax.ts'

const READABLE = /\.[cm]?[jt]sx?$/
const TEST = /^(it|test|specify|fit|ftest)$/
const NEVER_RUN = new Set(['skip', 'todo'])

/** Undefined for a language that this room does not read. */
export function declaredTests(path: string, text: string): DeclaredTests | undefined {
  if (!READABLE.test(path)) return undefined
  beginReading(text.length)
  const file = parse(path, text)
  const tests: DeclaredTest[] = []
  const around: string[] = []
  const imports: string[] = []
  let end = 0
  const look = (node: ts.Node): void => {
    const test = testIn(node)
    const names = namesFromPackage(node)
    if (test === undefined && names.length === 0) return ts.forEachChild(node, look)
    if (test !== undefined) tests.push(test)
    imports.push(...names)
    around.push(text.slice(end, node.getStart(file)))
    end = node.getEnd()
  }
  look(file)
  return { tests, imports, around: [...around, text.slice(end)].join('…').replaceAll(/\s+/g, ' ') }
}

function testIn(node: ts.Node): DeclaredTest | undefined {
  if (!ts.isCallExpression(node) || ts.isCallExpression(node.parent)) return undefined
  const path = pathOf(node.expression)
  const isTest = TEST.test(path[0] ?? '') || (path.length === 2 && path[1] === 'test')
  if (!isTest || path.some((name) => NEVER_RUN.has(name)) || path.includes('describe')) return undefined
  if (!node.arguments.some((each) => isBody(unwrapped(each)))) return undefined
  return { title: titleOf(node.arguments[0]), line: lineOf(node), text: words(node) }
}

/** `fc of fast-check`; none for a name that is not imported (D2). */
function namesFromPackage(node: ts.Node): string[] {
  if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return []
  const from = node.moduleSpecifier.text
  if (/^[./#]/.test(from)) return []
  const { name, namedBindings } = node.importClause ?? {}
  const named =
    namedBindings === undefined
      ? []
      : ts.isNamespaceImport(namedBindings)
        ? [`${namedBindings.name.text} of * ${from}`]
        : namedBindings.elements.map(
            (one) => `${one.name.text} of ${one.propertyName?.text ?? one.name.text} ${from}`,
          )
  return [...(name ? [`${name.text} of default ${from}`] : []), ...named]
}

function isBody(node: ts.Node): boolean {
  return isFunction(node) || ts.isIdentifier(node) || ts.isCallExpression(node)
}

/** With `%s` where something is filled in. */
function titleOf(node: ts.Expression | undefined): string | undefined {
  if (node === undefined) return undefined
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return node.head.text + node.templateSpans.map(({ literal }) => `%s${literal.text}`).join('')
}
