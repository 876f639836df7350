// Samples
//
// Owns:   small values of the development system's words that tests build on.

import type { Line, Site } from '../../../machines/development/site.ts'
import type { Count, CoverageTask, Measurement, Milestone, Survey } from '../../../machines/index.ts'
import { milestoneSchema } from '../../../machines/index.ts'

export const site: Site = {
  repository: '/repository',
  head: 'c0',
  packageManager: 'npm',
  runner: 'vitest',
  testPattern: 'test/{name}.test.ts',
  dependencies: '/repository/node_modules',
}

export const line: Line = { milestone: 'm1', branch: 'canopy/m1', base: 'c0' }

export const count = (covered: number, total: number): Count => ({ covered, total })

/** A measurement of modules by covered branches of ten each. */
export function measurement(covered: Record<string, number>, tree = 't0'): Measurement {
  const modules = Object.entries(covered).map(([path, number]) => ({
    path,
    branches: count(number, 10),
    statements: count(number, 10),
  }))
  const sum = modules.reduce((total, { branches }) => total + branches.covered, 0)
  const totals = count(sum, 10 * modules.length)
  return {
    tree,
    branches: totals,
    statements: totals,
    modules,
    tests: { passed: 1, failed: 0, skipped: 0 },
  } as Measurement
}

export function survey(covered: Record<string, number>): Survey {
  return { ...site, modules: Object.keys(covered), measurement: measurement(covered) } as Survey
}

export function milestone(id: string, branchCoverage: number, more: Partial<Milestone> = {}): Milestone {
  return milestoneSchema.parse({ id, name: id, goal: { branchCoverage }, ...more })
}

export function task(id: string, more: Partial<CoverageTask> = {}): CoverageTask {
  return { id, module: `src/${id}.ts`, gap: 5, before: count(5, 10), round: 1, needs: [], ...more }
}
