// Samples
//
// Owns:   small values of the development system's words that tests build on.

import {
  type AgentInput,
  type AgentLimits,
  type AgentTask,
  type Count,
  type CoverageTask,
  type Measurement,
  type Milestone,
  type ModelsInUse,
  milestoneSchema,
  type Survey,
} from '../../machines/index.ts'
import type { MilestoneBranchRef, RepositorySnapshot } from '../../machines/repository-snapshot.ts'

export const site: RepositorySnapshot = {
  repository: '/repository',
  head: 'c0',
  packageManager: 'npm',
  runner: 'vitest',
  testPattern: 'test/{name}.test.ts',
  dependencies: '/repository/node_modules',
}

export const line: MilestoneBranchRef = { milestone: 'm1', branch: 'canopy/m1', base: 'c0' }

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

/** Of an agent at `agent` whose budget is `budget`. */
export function agentInput(limits: Partial<AgentLimits> = {}): AgentInput {
  return {
    address: 'agent',
    budget: 'budget',
    account: { milestone: 'm1', task: 'a', attempt: 1 },
    kind: 'code',
    role: 'coding',
    site,
    brief: 'Make it work.',
    failures: [],
    limits: {
      steps: 50,
      tokens: 1_000_000,
      microdollars: 1_000_000,
      ms: 1_000_000,
      outputTokens: 100,
      window: 500,
      ...limits,
    },
    price: { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 1.25, asOf: '2026-11-22' },
  }
}

export function agentTask(id: string, more: Partial<AgentTask> = {}): AgentTask {
  return {
    id,
    kind: 'code',
    title: `do ${id}`,
    instructions: 'do it',
    files: [],
    round: 2,
    needs: [],
    ...more,
  }
}

const roleModels = {
  chain: ['anthropic/claude-sonnet-5-5'],
  price: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5, asOf: '2026-11-22' },
  window: 100_000,
  maxOutput: 8_000,
}
export const modelsInUse: ModelsInUse = { planning: roleModels, coding: roleModels, cheap: roleModels }
