// Check
//
// Owns:   the compiler's errors in a written test file.
// Leaves: the casts that avoid them (conform.ts).
//
// R1. The runner's own types are not read: they cost more time than all the rest and say nothing about the calls.

import { resolve } from 'node:path'
import ts from 'typescript-analysis'
import type { OpenModule } from './program.ts'

export interface Objection {
  readonly position: number
  readonly code: number
  readonly message: string
}

const standInTypes = `
interface CanopyMocks { fn<T extends (...values: any[]) => unknown>(run: T): T & { mock: { calls: any[]; callCount(): number } }; [name: string]: any }
declare module 'vitest' { const afterEach: any, beforeEach: any, describe: any, expect: any, it: any, vi: CanopyMocks }
declare module 'node:test' { const afterEach: any, beforeEach: any, describe: any, it: any, mock: CanopyMocks }
declare module 'node:assert/strict' { const assert: any; export default assert }
declare const afterEach: any, beforeEach: any, describe: any, expect: any, it: any, jest: CanopyMocks
`
/** Cannot find name: of the runtime's own, whose types are not read. */
const ofTheRuntime = new Set([2304, 2552, 2580, 2582, 2583, 2584, 2591, 2592, 2593, 2868])

export type TypeCheck = (testFile: string, source: string) => readonly Objection[]

export function createCheck(open: OpenModule): TypeCheck {
  const host = ts.createCompilerHost(open.options)
  const standIns = resolve(open.root, 'canopy-stand-ins.d.ts')
  let previous = open.program
  return (testFile, source) => {
    const file = resolve(open.root, testFile)
    const texts = new Map([
      [file, source],
      [standIns, standInTypes],
    ])
    const program = ts.createProgram({
      rootNames: [file, standIns, open.file],
      options: { ...open.options, noUnusedLocals: false, noUnusedParameters: false },
      host: withTexts(host, texts, previous),
      oldProgram: previous,
    })
    previous = program
    const written = program.getSourceFile(file)
    if (written === undefined) return []
    return [...program.getSyntacticDiagnostics(written), ...program.getSemanticDiagnostics(written)]
      .filter(({ code, start }) => !ofTheRuntime.has(code) && start !== undefined)
      .map(({ code, start, messageText }) => ({
        code,
        position: start ?? 0,
        message: ts.flattenDiagnosticMessageText(messageText, '\n'),
      }))
  }
}

/** Syntax errors of a file without types. */
export function readSyntax(testFile: string, source: string): readonly Objection[] {
  const { diagnostics = [] } = ts.transpileModule(source, {
    fileName: testFile,
    reportDiagnostics: true,
    compilerOptions: { allowJs: true, module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext },
  })
  return diagnostics.flatMap(({ code, start, messageText }) =>
    start === undefined
      ? []
      : [{ code, position: start, message: ts.flattenDiagnosticMessageText(messageText, '\n') }],
  )
}

/** A host with some files in memory; it parses no other file twice. */
function withTexts(
  host: ts.CompilerHost,
  texts: ReadonlyMap<string, string>,
  previous: ts.Program,
): ts.CompilerHost {
  return {
    ...host,
    fileExists: (name) => texts.has(name) || host.fileExists(name),
    readFile: (name) => texts.get(name) ?? host.readFile(name),
    getSourceFile(name, version, onError) {
      const text = texts.get(name)
      if (text !== undefined) return ts.createSourceFile(name, text, version, true)
      return previous.getSourceFile(name) ?? host.getSourceFile(name, version, onError)
    },
  }
}
