// Tests: syntax
//
// Parses JavaScript and TypeScript, and writes parts of a tree as text that does not depend on layout, quotes, casts or
// `await`.

import ts from 'typescript-analysis'

export { ts }

/** A hostile file may expand without end: constants of constants, tables in tables. No real test does. */
const [MIN_STEPS, MAX_STEPS, STEPS_PER_CHARACTER] = [400_000, 4_000_000, 10]
let left = 0

/** Begins counting the steps of one reading of texts that have so many characters together. */
export function beginReading(characters: number): void {
  left = Math.min(MAX_STEPS, MIN_STEPS + characters * STEPS_PER_CHARACTER)
}

/** Throws when a reading takes more steps than any real test of that size needs. */
export function step(): void {
  left -= 1
  if (left < 0) throw new Error('the tests are too involved to be read')
}

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, scriptKind(path))
}

function scriptKind(path: string): ts.ScriptKind {
  if (/\.[cm]?ts$/.test(path)) return ts.ScriptKind.TS
  return /\.tsx$/.test(path) ? ts.ScriptKind.TSX : ts.ScriptKind.JSX
}

export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile()
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
}

export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  ts.forEachChild(node, (child) => visit(child, see))
}

export function some(node: ts.Node, is: (node: ts.Node) => boolean): boolean {
  step()
  return is(node) || ts.forEachChild(node, (child) => some(child, is) || undefined) === true
}

/** What a name stands for, as it is to be written instead; undefined: the name itself. */
export type NameRewrite = (name: string, depth: number) => string | undefined

const plain: NameRewrite = () => undefined

/** The words of a piece of code, with names replaced by their values. */
export function words(node: ts.Node, naming: NameRewrite = plain, depth = 0): string {
  step()
  const inner = unwrapped(node)
  if (inner !== node) return words(inner, naming, depth)
  if (ts.isStringLiteralLike(node)) return JSON.stringify(node.text)
  if (ts.isJsxText(node)) return jsxText(node.text)
  if (ts.isIdentifier(node)) return isNameOnly(node) ? node.text : (naming(node.text, depth) ?? node.text)
  if (ts.isShorthandPropertyAssignment(node))
    return `${node.name.text} : ${naming(node.name.text, depth) ?? node.name.text}`
  const children = node.getChildren().filter((child) => !ts.isJSDoc(child))
  if (children.length === 0) return node.kind === ts.SyntaxKind.SyntaxList ? '' : node.getText()
  const kept = children.filter((child, at) => !isFiller(child, at === children.length - 1))
  return kept
    .map((child) => words(child, naming, depth))
    .filter(Boolean)
    .join(' ')
}

/** Lines of an element's text are joined by a space, and lines without text do not count. */
function jsxText(text: string): string {
  const joined = text.replaceAll(/\s*\n\s*/g, ' ')
  return joined.trim() === '' && text.includes('\n') ? '' : JSON.stringify(joined)
}

/** Without what changes nothing at run time or in a comparison. */
export function unwrapped(node: ts.Node): ts.Node {
  if (
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isTypeAssertionExpression(node) ||
    ts.isAwaitExpression(node)
  )
    return unwrapped(node.expression)
  return node
}

/** `b` in `a.b` or in `{ b: 1 }` names a property and no value. */
function isNameOnly(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  return ts.isPropertyAssignment(parent) && parent.name === node
}

function isFiller(node: ts.Node, last: boolean): boolean {
  if (node.kind === ts.SyntaxKind.SemicolonToken) return true
  return node.kind === ts.SyntaxKind.CommaToken && last
}

/** `it.skip.each` of `it.skip.each(rows)`: the names an expression goes through. */
export function pathOf(node: ts.Node): string[] {
  if (ts.isIdentifier(node)) return [node.text]
  if (ts.isPropertyAccessExpression(node)) return [...pathOf(node.expression), node.name.text]
  if (ts.isCallExpression(node)) return pathOf(node.expression)
  if (ts.isTaggedTemplateExpression(node)) return pathOf(node.tag)
  if (node.kind === ts.SyntaxKind.ThisKeyword) return ['this']
  const inner = unwrapped(node)
  return inner === node ? [''] : pathOf(inner)
}

export type FunctionNode =
  | ts.ArrowFunction
  | ts.FunctionExpression
  | (ts.FunctionDeclaration & { readonly body: ts.Block })

export function isFunction(node: ts.Node | undefined): node is FunctionNode {
  return (
    node !== undefined &&
    (ts.isArrowFunction(node) ||
      ts.isFunctionExpression(node) ||
      (ts.isFunctionDeclaration(node) && node.body !== undefined))
  )
}

export interface Comment {
  readonly line: number
  readonly text: string
}

/** All comments, also those before a closing brace. */
export function commentsOf(file: ts.SourceFile): Comment[] {
  const found = new Map<number, Comment>()
  const add = (ranges: readonly ts.CommentRange[] | undefined) => {
    for (const { pos, end } of ranges ?? []) {
      const line = file.getLineAndCharacterOfPosition(pos).line + 1
      found.set(pos, { line, text: file.text.slice(pos, end).replace(/^\/[/*]+|\*\/$/g, '') })
    }
  }
  const look = (node: ts.Node) => {
    const children = node.getChildren(file)
    if (children.length > 0) for (const child of children) look(child)
    else if (!ts.isJsxText(node)) {
      add(ts.getLeadingCommentRanges(file.text, node.pos))
      add(ts.getTrailingCommentRanges(file.text, node.end))
    }
  }
  look(file)
  return [...found.values()]
}
