// Coverage
//
// The difference between two measurements, small enough for mail, and applying it.

import { z } from 'zod'
import { PersistentMap } from '../../kernel/index.ts'
import { countSchema, type Measurement, type ModuleCoverage, moduleCoverageSchema } from '../work.ts'

/** The difference that a merge made: the totals after it and the modules that changed. */
export const coverageChangeSchema = z.object({
  branches: countSchema,
  statements: countSchema,
  modules: z.array(moduleCoverageSchema),
})
export type CoverageChange = z.infer<typeof coverageChangeSchema>

/** Known coverage of a milestone branch. */
export interface Coverage {
  readonly branches: Measurement['branches']
  readonly statements: Measurement['statements']
  readonly modules: PersistentMap<ModuleCoverage>
}

/** A measurement by module. */
export function coverageOf({ branches, statements, modules }: Measurement): Coverage {
  const empty = PersistentMap.empty<ModuleCoverage>()
  return {
    branches,
    statements,
    modules: modules.reduce((map, module) => map.set(module.path, module), empty),
  }
}

/** The change that turns `before` into `after`. */
export function coverageChange(before: Measurement, after: Measurement): CoverageChange {
  const known = new Map(before.modules.map((module) => [module.path, module]))
  const modules = after.modules.filter((module) => !isSame(module, known.get(module.path)))
  return { branches: after.branches, statements: after.statements, modules }
}

/** The coverage after a change. */
export function applyChange(coverage: Coverage, change: CoverageChange): Coverage {
  return {
    branches: change.branches,
    statements: change.statements,
    modules: change.modules.reduce((map, module) => map.set(module.path, module), coverage.modules),
  }
}

function isSame(a: ModuleCoverage, b: ModuleCoverage | undefined): boolean {
  return (
    b !== undefined &&
    a.branches.covered === b.branches.covered &&
    a.branches.total === b.branches.total &&
    a.statements.covered === b.statements.covered &&
    a.statements.total === b.statements.total
  )
}
