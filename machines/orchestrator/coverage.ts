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

/** A module's coverage, and the number of the merge that changed it last; absent: as it was measured at first. */
interface MergedModule extends ModuleCoverage {
  readonly merge?: number
}

/** Known coverage of a milestone branch. */
export interface Coverage {
  readonly branches: Measurement['branches']
  readonly statements: Measurement['statements']
  readonly modules: PersistentMap<MergedModule>
  /** The number of the merge that the totals are of; absent: they are of the first measurement. */
  readonly newestMerge?: number
}

/** A measurement by module. */
export function coverageOf({ branches, statements, modules }: Measurement): Coverage {
  const empty = PersistentMap.empty<MergedModule>()
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

/** The coverage after the change of a merge. Changes may arrive out of order: nothing newer is overwritten by an older one. */
export function applyChange(coverage: Coverage, change: CoverageChange, merge: number): Coverage {
  const { newestMerge = 0 } = coverage
  const { branches, statements } = merge > newestMerge ? change : coverage
  return {
    branches,
    statements,
    newestMerge: Math.max(newestMerge, merge),
    modules: change.modules.reduce(
      (map, module) =>
        (map.get(module.path)?.merge ?? 0) > merge ? map : map.set(module.path, { ...module, merge }),
      coverage.modules,
    ),
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
