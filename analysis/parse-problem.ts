// Parse problem
//
// Tells the first place where JavaScript, TypeScript or JSON cannot be parsed. Sources are parsed and never run. Other
// languages are not judged.

import type TypeScript from 'typescript-analysis'
import { compiler } from './compiler.ts'

const CODE = /\.[cm]?[jt]sx?$/i
/** Read by tools that allow comments and trailing commas. */
const JSON_WITH_COMMENTS =
  /\.(jsonc|code-workspace)$|(^|\/)\.(vscode|devcontainer)\/|(^|\/)(tsconfig|jsconfig|biome|deno|turbo|nx|wrangler|api-extractor|renovate|typedoc|\.[^/]+rc)[^/]*\.json$/i

/** Why the source cannot be parsed; undefined when it can, or when the language is not known here. */
export function parseProblem(path: string, source: string): string | undefined {
  if (JSON_WITH_COMMENTS.test(path)) return problemIn('settings.json', source)
  if (/\.json$/i.test(path)) return jsonProblem(source)
  return CODE.test(path) ? problemIn(path.toLowerCase(), source) : undefined
}

function problemIn(name: string, source: string): string | undefined {
  const ts = compiler()
  const file = fileOf(name, source)
  if (file === undefined) return 'it is nested deeper than can be read'
  // The compiler has them and does not show them in its types.
  const { parseDiagnostics } = file as unknown as { parseDiagnostics: TypeScript.DiagnosticWithLocation[] }
  const [first] = parseDiagnostics
  if (first === undefined) return undefined
  const at = file.getLineAndCharacterOfPosition(first.start)
  return placed(
    source,
    at.line + 1,
    at.character + 1,
    ts.flattenDiagnosticMessageText(first.messageText, ' '),
  )
}

/** Undefined when it is nested so deeply that the stack ends. */
export function fileOf(name: string, source: string): TypeScript.SourceFile | undefined {
  const ts = compiler()
  try {
    return ts.createSourceFile(name, source, ts.ScriptTarget.Latest, false, kindOf(name))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function kindOf(name: string): TypeScript.ScriptKind {
  const { ScriptKind } = compiler()
  if (/json$/.test(name)) return ScriptKind.JSON
  if (/\.[cm]?ts$/.test(name)) return ScriptKind.TS
  return /\.tsx$/.test(name) ? ScriptKind.TSX : ScriptKind.JSX
}

function jsonProblem(source: string): string | undefined {
  const text = source.replace(/^\uFEFF/, '')
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const message = (error as Error).message
    const at = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length)
    const before = text.slice(0, at).split('\n')
    const reason = message.replace(/,? ?(in JSON )?at position.*|, "[\s\S]*/, '')
    return placed(text, before.length, (before.at(-1)?.length ?? 0) + 1, reason)
  }
}

function placed(source: string, line: number, column: number, what: string): string {
  const text = source.split('\n')[line - 1]?.trim().slice(0, 200) ?? ''
  return `line ${line}, column ${column}: ${what}${text === '' ? '' : `\n  ${line} | ${text}`}`
}
