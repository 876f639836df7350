// Module scope
//
// Owns:   loading compiled modules of the repository, each once, with the probes in reach.
// Leaves: compiling them (transpile.ts), packages and Node's own modules (loaded by Node).

import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compileFunction } from 'node:vm'
import type { ImportedClass } from '../descriptors.ts'
import { probeNames } from '../probe-names.ts'
import type { CompiledModule } from '../transpile.ts'
import type { Probes } from './probes.ts'

export interface ModuleScope {
  /** Loads the module under test again, with all that it imports of the repository. */
  load(): Readonly<Record<string, unknown>>
  /** Classes of other modules, by key; those that cannot be loaded are left out. */
  loadImportedClasses(importedClasses: readonly ImportedClass[]): Readonly<Record<string, unknown>>
  /** How often each edge of the module under test was taken since it was last cleared. */
  readonly counts: Uint32Array
}

interface ModuleBody {
  readonly run: ReturnType<typeof compileFunction>
  readonly native: NodeJS.Require
  readonly given: readonly unknown[]
}

/** `modules[0]` is the module under test. */
export function createModuleScope(
  modules: readonly CompiledModule[],
  flavour: 'plain' | 'probed',
  probes: Probes,
): ModuleScope {
  const byFile = new Map(modules.map((module) => [module.file, module]))
  const [first] = modules
  if (first === undefined) throw new Error('a module scope needs at least the module under test')
  const counts = new Uint32Array(first.edges.length)
  const loaded = new Map<string, { exports: Record<string, unknown> }>()
  const bodies = new Map<string, ModuleBody>()

  function load(module: CompiledModule): { exports: Record<string, unknown> } {
    const known = loaded.get(module.file)
    if (known !== undefined) return known
    const made = { exports: {} }
    loaded.set(module.file, made)
    const { run, native, given } = bodyOf(module)
    const require = Object.assign((specifier: string): unknown => {
      const target = byFile.get(module.imports[specifier] ?? '')
      return target === undefined ? native(specifier) : load(target).exports
    }, native)
    Reflect.apply(run, made.exports, [
      made.exports,
      require,
      made,
      module.file,
      dirname(module.file),
      ...given,
    ])
    return made
  }

  /** Compiled once, run at each loading. */
  function bodyOf(module: CompiledModule): ModuleBody {
    const known = bodies.get(module.file)
    if (known !== undefined) return known
    const { file } = module
    const names = ['exports', 'require', 'module', '__filename', '__dirname', ...probeNames]
    const meta = { url: pathToFileURL(file).href, filename: file, dirname: dirname(file), env: {} }
    const own = module === first ? counts : new Uint32Array(module.edges.length)
    const { tick, compare, choose, invoke, lookup, raised } = probes
    const body = {
      run: compileFunction(module[flavour], names, { filename: file }),
      native: createRequire(file),
      given: [own, tick, compare, choose, invoke, lookup, raised, meta],
    }
    bodies.set(file, body)
    return body
  }

  return {
    counts,
    load() {
      loaded.clear()
      const { exports } = load(first)
      return namespaceOf(exports)
    },
    loadImportedClasses(importedClasses) {
      const entries = importedClasses.flatMap(({ key, name, file }) => {
        const module = byFile.get(file)
        const exports = module === undefined ? {} : namespaceOf(load(module).exports)
        return name in exports ? [[key, exports[name]] as const] : []
      })
      return Object.fromEntries(entries)
    },
  }
}

/** A CommonJS module may export a function or nothing at all; tests call that `module.exports`. */
function namespaceOf(exported: unknown): Readonly<Record<string, unknown>> {
  const isModule = typeof exported === 'object' && exported !== null && '__esModule' in exported
  if (isModule) return exported as Record<string, unknown>
  const fields = typeof exported === 'object' || typeof exported === 'function' ? { ...exported } : {}
  return { ...fields, 'module.exports': exported }
}
