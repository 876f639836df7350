// Analyse
//
// Owns:   the door to the TypeScript compiler: the only file through which the rest of the writer asks about source.
// Leaves: how it is found out (analyse/), compiling (transpile.ts).
//
// R1. Nothing of the repository is executed here.

import { createCheck, type TypeCheck } from './analyse/check.ts'
import { readModule } from './analyse/exported.ts'
import { isEcmaScript, openModule } from './analyse/program.ts'
import type { ModuleDescription } from './descriptors.ts'
import { type CompiledModule, compileReached } from './transpile.ts'

export interface ModuleAnalysis {
  readonly file: string
  readonly analysis: ModuleDescription
  /** The module under test first. */
  readonly modules: readonly CompiledModule[]
  /** Lists the compiler's errors in a test file. */
  readonly check: TypeCheck
}

export function analyse(root: string, module: string, runner: string): ModuleAnalysis {
  const open = openModule(root, module)
  // Vitest wraps the CommonJS module a test imports, while Node loads those it requires: a class would be there twice.
  const mayUseImportedClasses = runner !== 'vitest' || isEcmaScript(open)
  return {
    file: open.file,
    analysis: readModule(open, mayUseImportedClasses),
    modules: compileReached(open),
    check: createCheck(open),
  }
}
