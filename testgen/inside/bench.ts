// Bench
//
// Owns:   everything a case runs on: the loaded module, the probes, the clock, the stubs.
// Leaves: loading (module-scope.ts), running (run-case.ts).

import type { ImportedClass } from '../descriptors.ts'
import type { FakeClock } from './clock.ts'
import type { PathOf } from './express.ts'
import type { ModuleScope } from './module-scope.ts'
import type { Probes } from './probes.ts'
import type { Stubs } from './stubs.ts'

export interface LoadedCode {
  readonly exports: Readonly<Record<string, unknown>>
  /** Classes of other modules, by key. */
  readonly importedClasses: Readonly<Record<string, unknown>>
  readonly pathOf: PathOf
}

export interface Bench {
  readonly probes: Probes
  readonly clock: FakeClock
  readonly stubs: Stubs
  /** Of the module under test. */
  readonly counts: Uint32Array
  /** There are no probes to tell the module's own errors by: take the words of all. */
  readonly plain: boolean
  /** The code that was loaded last. */
  readonly code: LoadedCode
  /** Loads the modules again, without the effects of earlier cases. Throws their errors. */
  reload(): void
}

const MAX_STEPS_TO_LOAD = 50_000_000

export function openBench(
  parts: Pick<Bench, 'probes' | 'clock' | 'stubs' | 'plain'>,
  scope: ModuleScope,
  around: readonly ImportedClass[],
): Bench {
  const load = (): LoadedCode => {
    parts.probes.begin(MAX_STEPS_TO_LOAD, false)
    const exports = scope.load()
    const importedClasses = scope.loadImportedClasses(around)
    return { exports, importedClasses, pathOf: createPathOf({ ...importedClasses, ...exports }) }
  }
  let code = load()
  return {
    ...parts,
    counts: scope.counts,
    get code() {
      return code
    },
    reload() {
      code = load()
    },
  }
}

/** The exports by identity; constants like numbers are no one's. */
function createPathOf(exports: Readonly<Record<string, unknown>>): PathOf {
  const paths = new Map<unknown, readonly string[]>()
  for (const [name, value] of Object.entries(exports))
    if (isIdentifiable(value) && !paths.has(value)) paths.set(value, [name])
  return (value) => paths.get(value)
}

function isIdentifiable(value: unknown): boolean {
  return typeof value === 'function' || typeof value === 'symbol'
}
