// Tasks
//
// Owns:   the tasks and messages of the programs that execute code under test.
// Leaves: starting them (child-process.ts), being them (inside/).

import type { ImportedClass, ModuleDescription } from './descriptors.ts'
import type { Case } from './expression.ts'
import type { Observation } from './outcome.ts'
import type { CompiledModule } from './transpile.ts'

export interface SearchTask {
  readonly kind: 'search'
  readonly modules: readonly CompiledModule[]
  readonly analysis: ModuleDescription
  readonly seed: string
  readonly budget: number
  /** Edges that existing tests take. */
  readonly covered: readonly number[]
  /** Cases found before the program had to be started again. */
  readonly start: readonly Case[]
  /** Targets that ended the program before: they are left out. */
  readonly avoid: readonly string[]
}

export interface VerifyTask {
  readonly kind: 'verify'
  readonly modules: readonly CompiledModule[]
  readonly importedClasses: readonly ImportedClass[]
  readonly cases: readonly Case[]
}

/** A case that showed something new, with the edges it took. */
export interface CaseFinding {
  readonly test: Case
  readonly observed: Observation
  readonly edges: readonly number[]
  readonly cost: number
}

export type SearchNews =
  | { readonly kind: 'loaded'; readonly targets: readonly string[] }
  | { readonly kind: 'found'; readonly finding: CaseFinding }
  | { readonly kind: 'progress'; readonly executions: number; readonly target: string }
  | {
      readonly kind: 'finished'
      readonly executions: number
      readonly unstable: number
      readonly taken: readonly number[]
    }
  | { readonly kind: 'unloadable'; readonly reason: string }
  /** A fault of the writer itself. */
  | { readonly kind: 'broken'; readonly reason: string }

export type VerifyNews =
  | { readonly kind: 'began'; readonly index: number }
  | { readonly kind: 'ran'; readonly index: number; readonly observed: Observation }
  | { readonly kind: 'unloadable'; readonly reason: string }
  /** A fault of the writer itself. */
  | { readonly kind: 'broken'; readonly reason: string }
