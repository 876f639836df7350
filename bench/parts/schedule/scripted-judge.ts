// Scripted judge: a merge queue's gates that take so long as their latency says and find nothing wrong.

import { setTimeout as pause } from 'node:timers/promises'
import type { Implementations } from '../../../actors/index.ts'
import {
  type BatchJudgement,
  coverageChange,
  type InvocationInput,
  type InvocationOutput,
  isCoverageTask,
  type Measurement,
  type Task,
} from '../../../machines/index.ts'
import type { Job } from './jobs.ts'
import type { Ledger } from './ledger.ts'
import { STEPS } from './scripted.ts'

export class ScriptedJudge {
  /** Gate runs. */
  judgings = 0
  readonly #covered = new Map<string, number>()
  readonly #jobs: readonly Job[]
  readonly #ledger: Ledger

  constructor(jobs: readonly Job[], ledger: Ledger) {
    this.#jobs = jobs
    this.#ledger = ledger
  }

  /** Each job is a module with as many branches as the job has steps. */
  measure(): Measurement {
    const modules = this.#jobs.map(({ id, size }) => {
      const count = { covered: this.#covered.get(moduleOf(id)) ?? 0, total: size }
      return { path: moduleOf(id), branches: count, statements: count }
    })
    const covered = modules.reduce((sum, { branches }) => sum + branches.covered, 0)
    const total = modules.reduce((sum, { branches }) => sum + branches.total, 0)
    const all = { covered, total }
    const tests = { passed: this.#covered.size, failed: 0, skipped: 0 }
    return { tree: `t${this.#covered.size}`, branches: all, statements: all, modules, tests }
  }

  get implementations(): Implementations {
    return {
      integrate: async ({ input, key, signal }): Promise<InvocationOutput<'integrate'>> => {
        const { stack } = input as InvocationInput<'integrate'>
        this.judgings += 1
        await pause(STEPS.judging, undefined, { signal })
        const merged = stack.map(({ task }, at) => ({ at, ...this.#merge(task, key) }))
        return { returned: [], merged, measurement: this.measure(), failed: null }
      },
    }
  }

  #merge(task: Task, key: string): Omit<BatchJudgement['merged'][number], 'at'> {
    if (!isCoverageTask(task)) throw new Error(`${task.id} is no job of this bench`)
    const before = this.measure()
    this.#ledger.note({ what: 'merged', task: task.id, key })
    this.#covered.set(task.module, task.gap)
    const change = coverageChange(before, this.measure())
    return { commit: `c${this.#covered.size}`, change, verdicts: [] }
  }
}

/** Where a job's work is. */
export function moduleOf(id: string): string {
  return `src/${id}.ts`
}
