// In memory
//
// Owns:   modules under test that are texts of these tests: compiled, loaded and run without a file or a child process.

import {
  type Case,
  type CaseStep,
  constant,
  type Expression,
  type Primitive,
} from '../../testgen/expression.ts'
import { type Bench, openBench } from '../../testgen/inside/bench.ts'
import { FakeClock } from '../../testgen/inside/clock.ts'
import { createModuleScope, type ModuleScope } from '../../testgen/inside/module-scope.ts'
import { Probes } from '../../testgen/inside/probes.ts'
import type { CaseOutcome, Observation, Reading } from '../../testgen/outcome.ts'
import type { CaseFinding } from '../../testgen/tasks.ts'
import { type CompiledModule, compileText } from '../../testgen/transpile.ts'

/** Compiles a text; `imports` maps its specifiers to the files of other compiled modules. */
export function compiled(
  text: string,
  file = '/memory/module.ts',
  imports: Readonly<Record<string, string>> = {},
): CompiledModule {
  const key = `${file}\n${text}`
  const made = cache.get(key) ?? compileText(file, text, {}, /^\s*(import|export)\b/m.test(text))
  cache.set(key, made)
  return { file, imports, ...made }
}

/** A text is compiled once, whatever is done with it. */
const cache = new Map<string, ReturnType<typeof compileText>>()

export interface Loaded {
  readonly exports: Readonly<Record<string, unknown>>
  readonly scope: ModuleScope
  readonly probes: Probes
}

/** Loads the first module, with the others in reach. */
export function load(
  modules: string | readonly CompiledModule[],
  flavour: 'plain' | 'probed' = 'probed',
  probes = new Probes(),
): Loaded {
  const scope = createModuleScope(
    typeof modules === 'string' ? [compiled(modules)] : modules,
    flavour,
    probes,
  )
  probes.begin(1_000_000, false)
  return { exports: scope.load(), scope, probes }
}

/** A bench on a text, without stubs in the place of the globals. */
export function benchOf(text: string, flavour: 'plain' | 'probed' = 'probed'): Bench {
  const parts = {
    probes: new Probes(),
    clock: new FakeClock(),
    stubs: { chance: 0.5, usedChance: false, usedFolder: false, ended: false, escaped: 0 },
    plain: flavour === 'plain',
  }
  return openBench(parts, createModuleScope([compiled(text)], flavour, parts.probes), [])
}

/** A value as an expression; arrays and plain objects by their parts. */
export function given(value: unknown): Expression {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(given) }
  if (typeof value === 'object' && value !== null)
    return { kind: 'object', fields: Object.entries(value).map(([key, item]) => [key, given(item)] as const) }
  return constant(value as Primitive)
}

/** A step that calls an export. */
export function callOf(name: string, ...of: readonly Expression[]): CaseStep {
  return { op: 'call', on: { path: name === 'module.exports' ? [name] : name.split('.') }, of }
}

/** A step on the result of an earlier one. */
export function on(
  step: number,
  op: CaseStep['op'],
  name: string | undefined,
  ...of: readonly Expression[]
): CaseStep {
  return { op, on: { step }, of, ...(name === undefined ? {} : { name }) }
}

export function caseOf(target: string, ...steps: readonly CaseStep[]): Case {
  return { target, chance: 0.5, steps }
}

export const noUses = { chance: false, clock: false, timers: false, folder: false }

/** A reading that equals a value. */
export function equals(step: number, value: Expression, ...read: Reading['read']): Reading {
  return { step, read, sees: { kind: 'equal', value } }
}

export function returned(...readings: readonly Reading[]): CaseOutcome {
  return { kind: 'returned', async: false, readings }
}

export function finding(
  test: Case,
  outcome: CaseOutcome,
  more: Partial<Observation> & { readonly edges?: readonly number[]; readonly cost?: number } = {},
): CaseFinding {
  const { edges = [], cost = 1, ...observed } = more
  return { test, observed: { outcome, uses: noUses, awaits: [], waits: [], ...observed }, edges, cost }
}
