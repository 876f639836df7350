// Simulated repository
//
// Owns:   invocations that behave like a repository: lines of commits, modules whose branches tests come to cover,
//         gates that let some of it pass. Chance decides what goes wrong, in the given measure.

import {
  type AttemptInput,
  type BatchJudgement,
  coverageChange,
  type InvocationInput,
  isCoverageTask,
  type Measurement,
  type MilestoneBranchRef,
  type Survey,
  type Task,
} from '../../machines/index.ts'
import { measurement, site } from './samples.ts'
import type { Called } from './world.ts'

export interface Troubles {
  /** Percent of the calls that fail altogether. */
  readonly errors: number
  /** Percent of the submissions that gates reject. */
  readonly rejections: number
  /** Percent of the writers that find nothing or give up. */
  readonly giveUps: number
}

export class SimulatedRepository {
  /** By branch: its commits. */
  readonly lines = new Map<string, string[]>()
  readonly prepared = new Set<string>()
  readonly merged: string[] = []
  readonly #covered: Record<string, number>
  readonly #troubles: Troubles
  readonly #chance: (bound: number) => number
  #commits = 0

  constructor(covered: Record<string, number>, troubles: Troubles, chance: (bound: number) => number) {
    this.#covered = { ...covered }
    this.#troubles = troubles
    this.#chance = chance
  }

  /** Covered branches of all modules. */
  measure(): Measurement {
    return measurement(this.#covered, `t${this.#commits}`)
  }

  invoke = (call: Called): unknown => {
    if (call.src !== 'survey' && this.#chance(100) < this.#troubles.errors)
      throw new Error(`${call.src} broke`)
    return this[call.src](call.input)
  }

  survey(): unknown {
    const found = this.measure()
    const modules = Object.keys(this.#covered)
    return { kind: 'surveyed', survey: { ...site, modules, measurement: found } satisfies Survey }
  }

  open({ milestone, from }: InvocationInput<'open'>): unknown {
    const branch = `canopy/${milestone.id}`
    const commits = this.lines.get(branch) ?? [...(from === null ? [] : (this.lines.get(from) ?? []))]
    this.lines.set(branch, commits)
    return { branch, base: commits.at(-1) ?? 'c0' }
  }

  accept(): unknown {
    return { findings: this.#chance(100) < this.#troubles.rejections ? ['it does not do it'] : [] }
  }

  collect({ line, task, attempt }: InvocationInput<'collect'>): unknown {
    return {
      kind: 'collected',
      submission: { commit: `s-${line.milestone}-${task.id}-${attempt}`, files: [], cases: 0 },
    }
  }

  prepare(input: InvocationInput<'prepare'>): unknown {
    const worktree = worktreeOf(input)
    this.prepared.add(worktree)
    return { worktree, commit: 'c0' }
  }

  write({ task }: InvocationInput<'write'>): unknown {
    if (this.#chance(100) >= this.#troubles.giveUps)
      return { kind: 'written', files: [{ path: `${moduleOf(task)}.test.ts`, source: '// test' }], cases: 2 }
    return this.#chance(2) === 0
      ? { kind: 'nothing', reason: 'all covered' }
      : { kind: 'failed', reason: 'no idea' }
  }

  submit({ line, task, attempt, files, cases }: InvocationInput<'submit'>): unknown {
    return {
      commit: `s-${line.milestone}-${task.id}-${attempt}`,
      files: files.map(({ path }) => path),
      cases,
    }
  }

  release(input: InvocationInput<'release'>): unknown {
    this.prepared.delete(worktreeOf(input))
    return null
  }

  /** Some are taken out; the others pass together or do not, now and then by chance alone. */
  integrate({ stack, line }: InvocationInput<'integrate'>): BatchJudgement {
    const isRed = (): boolean => this.#chance(100) < this.#troubles.rejections
    const red = (what: string) => [{ gate: 'tests', kind: 'failed' as const, findings: [`${what} is red`] }]
    const returned = stack.flatMap(({ attempt }, at) =>
      isRed() ? [{ at, verdicts: red(`attempt ${attempt}`) }] : [],
    )
    const out = new Set(returned.map(({ at }) => at))
    const nothing = { returned, merged: [], measurement: null, failed: null }
    if (out.size === stack.length) return nothing
    if (isRed()) {
      const doubtful = this.#chance(2) === 0 ? [] : ['a test of long ago']
      return { ...nothing, failed: { verdicts: red('the stack'), doubtful } }
    }
    const merged = stack.flatMap((one, at) => (out.has(at) ? [] : [{ at, ...this.#merge(one, line) }]))
    return { ...nothing, merged, measurement: this.measure() }
  }

  #merge(
    { task, submission }: InvocationInput<'integrate'>['stack'][number],
    { branch }: MilestoneBranchRef,
  ) {
    const before = this.measure()
    const module = moduleOf(task)
    this.#covered[module] = Math.min(10, (this.#covered[module] ?? 0) + 1 + this.#chance(10))
    const commit = `c${++this.#commits}`
    this.lines.get(branch)?.push(commit)
    this.merged.push(submission.commit)
    return { commit, change: coverageChange(before, this.measure()), verdicts: [] }
  }

  close(): unknown {
    return { deliveries: [] }
  }
}

function worktreeOf({ line, task, attempt }: AttemptInput): string {
  return `/w/${line.milestone}/${task.id}-${attempt}`
}

/** The simulated repository knows modules only. */
function moduleOf(task: Task): string {
  return isCoverageTask(task) ? task.module : task.title
}
