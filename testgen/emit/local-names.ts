// Local names
//
// Owns:   the names in a test file of the exports it imports and of the objects it makes.
// Leaves: paths and imports made of them (test-file.ts), the other variables of a test (write-case.ts).
//
// R1. A name can be declared, is declared once in its scope, and hides nothing that the file's own words need.
// R2. A name depends on the module, not on the selection of tests: titles must stay the same.

import type { Emitting } from './emitting.ts'

export interface LocalNames {
  /** The name of an export, by its exported name, or of a class of another module, by its key. */
  of(key: string): string
  /** A variable for an object of the class a test is grouped under. */
  variableFor(target: string): string
}

/** Words that cannot be declared, be it in a module only. */
const reserved = new Set(['arguments', 'await', 'break', 'case', 'catch', 'class', 'const', 'continue', 'debugger', 'default', 'delete', 'do', 'else', 'enum', 'eval', 'export', 'extends', 'false', 'finally', 'for', 'function', 'if', 'implements', 'import', 'in', 'instanceof', 'interface', 'let', 'new', 'null', 'package', 'private', 'protected', 'public', 'return', 'static', 'super', 'switch', 'this', 'throw', 'true', 'try', 'typeof', 'var', 'void', 'while', 'with', 'yield']) // biome-ignore format: a plain list

/** Words of the runners and of the tests themselves. */
const spoken = new Set(['afterEach', 'assert', 'beforeEach', 'describe', 'expect', 'it', 'jest', 'mock', 'vi', 'runTimers', 'setImmediate', 'process', 'undefined', 'require', 'module', 'exports', '__filename', '__dirname', 'result', 'last', 'callback', 'pending', 'rejection', 't', 'tap', 'test', 'QUnit']) // biome-ignore format: a plain list

export function createLocalNames({
  labels,
  importedClasses,
}: Pick<Emitting, 'labels' | 'importedClasses'>): LocalNames {
  const given = new Map<string, string>()
  const taken = new Set<string>()

  function give(key: string): string {
    const known = given.get(key)
    if (known !== undefined) return known
    const made = firstFree(wanted(key))
    given.set(key, made)
    taken.add(made)
    return made
  }

  function wanted(key: string): string {
    const importedClass = importedClasses.get(key)
    if (importedClass !== undefined) return declarable(importedClass.label, 'imported')
    return declarable(isWhole(key) ? (labels.get(key) ?? 'subject') : key, 'subject')
  }

  function firstFree(name: string): string {
    const own = `own${capitalised(name)}`
    let made = canDeclare(name) ? name : own
    for (let number = 2; !canDeclare(made); number++) made = `${own}${number}`
    return made
  }

  function canDeclare(name: string): boolean {
    return !reserved.has(name) && !isSpoken(name) && !taken.has(name)
  }

  // Those that are called as they are exported have the first choice.
  for (const name of labels.keys()) if (!isWhole(name)) give(name)
  for (const key of [...labels.keys(), ...importedClasses.keys()]) give(key)

  return {
    of: give,
    variableFor(target) {
      const name = declarable(target.split('.')[0] ?? '', 'subject')
      const lower = name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (head) => head.toLowerCase())
      const candidates = [...(lower === name ? [] : [lower]), `a${capitalised(name)}`]
      return candidates.find(canDeclare) ?? firstFree(name)
    },
  }
}

/** `default` and `module.exports` have no name of their own. */
export function isWhole(name: string): boolean {
  return name === 'default' || name === 'module.exports'
}

function isSpoken(name: string): boolean {
  // A test that says `new Map()` means the class of the runtime.
  const isGlobal = /^[A-Z]/.test(name) && Object.hasOwn(globalThis, name)
  return spoken.has(name) || isGlobal || /^(result|callback|pending)\d+$/.test(name)
}

/** `b-c` becomes bC; a name without any word is replaced by `otherwise`. */
function declarable(name: string, otherwise: string): string {
  if (name === 'default') return otherwise
  if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return name
  const words = name.split(/[^A-Za-z0-9$_]+/).filter((word) => word !== '')
  const joined = words.map((word, index) => (index === 0 ? word : capitalised(word))).join('')
  return /^[A-Za-z$_]/.test(joined) ? joined : otherwise
}

function capitalised(name: string): string {
  return `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`
}
