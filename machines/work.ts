// Work
//
// The values of the development system: surveys, measurements, plans, submissions, verdicts and merges. Every value
// from outside is parsed with these schemas before a machine sees it.
// Leaves: how values are obtained (workspace/, providers/), decisions (the machines).

import { z } from 'zod'
import { agentKinds, taskKindSchema } from './agent/agent-kinds.ts'
import { commandsSchema } from './commands.ts'
import { findingSchema } from './review/finding.ts'

/** Name of a milestone or a task; safe as a file name, a part of a git reference and a NATS subject. */
export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,119}$/, 'an id: letters, digits and dashes, at most 120')
/** Full hash of a commit: git receives no other form of commit name. */
export const commitSchema = z
  .string()
  .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, "a commit's hash: 40 or 64 hexadecimal digits")
/** The branch of a milestone in the user's repository. */
export const branchSchema = z
  .string()
  .regex(/^canopy[/-][A-Za-z0-9-]{1,130}$/, "a milestone's branch: canopy/<id>")

/** The total and how many of them the tests reach. */
export const countSchema = z.object({ covered: z.int().nonnegative(), total: z.int().nonnegative() })
export type Count = z.infer<typeof countSchema>

export const moduleCoverageSchema = z.object({
  /** Relative to the repository's root, with forward slashes. */
  path: z.string().min(1),
  branches: countSchema,
  statements: countSchema,
})
export type ModuleCoverage = z.infer<typeof moduleCoverageSchema>

export const measurementSchema = z.object({
  /** The git tree that was measured. */
  tree: z.string(),
  branches: countSchema,
  statements: countSchema,
  modules: z.array(moduleCoverageSchema),
  tests: z.object({ passed: z.int(), failed: z.int(), skipped: z.int() }),
})
export type Measurement = z.infer<typeof measurementSchema>

/** Test runners whose results and options are known. */
const RUNNERS = ['vitest', 'jest', 'node', 'mocha', 'ava', 'uvu', 'tape', 'tap', 'jasmine', 'qunit'] as const

export const surveySchema = z.object({
  /** The user's repository; it is only read. */
  repository: z.string(),
  /** The commit where the work starts. */
  head: z.string(),
  packageManager: z.enum(['npm', 'pnpm', 'yarn']),
  /** `script`: whatever `npm test` runs; `command`: the repository's own, configured under `commands`. */
  runner: z.enum([...RUNNERS, 'script', 'command']),
  /** The Node that runs the tests; absent: Canopy's own. */
  node: z
    .object({
      /** Absolute. */
      path: z.string(),
      version: z.string(),
      /** Why this one, such as `.nvmrc: 20`. */
      reason: z.string(),
    })
    .optional(),
  /** The Python that runs the tests; absent: they are not Python's, or run by the user's own command. */
  python: z
    .object({
      /** Absolute. */
      program: z.string(),
      version: z.string(),
      runner: z.enum(['pytest', 'unittest']),
    })
    .optional(),
  /** Shell lines that run before the tests besides those of `npm test`, such as the script `prepare`. */
  setup: z.array(z.string()).optional(),
  /** Source modules that tests can be written for, as relative paths. */
  modules: z.array(z.string()),
  /** Path pattern of new test files, e.g. `test/{name}.canopy.test.ts`. */
  testPattern: z.string(),
  /** False: the test command names its files, and would run no new one. Absent: it runs them. */
  runsNewTestFiles: z.literal(false).optional(),
  /** Directory of installed dependencies: the user's own `node_modules` or a copy that Canopy installed. */
  dependencies: z.string(),
  /** Command of a type check that passes now; absent when the repository has none. */
  types: z.array(z.string()).optional(),
  /** The repository's `commands` setting. */
  commands: commandsSchema.optional(),
  measurement: measurementSchema,
})
export type Survey = z.infer<typeof surveySchema>

export const coverageGoalSchema = z.object({
  /** Percent of branches, 0 to 100. */
  branchCoverage: z.number().min(0).max(100),
})
const acceptCommand = z.string().min(1)
/** A shell command that must succeed; with `files`, the files of that folder are first copied into the tree. */
export const acceptCheckSchema = z.union(
  [acceptCommand, z.strictObject({ run: acceptCommand, files: z.string().min(1) })],
  { error: 'a command, or { run: node --test accept, files: a folder outside the repository }' },
)
export type AcceptCheck = z.infer<typeof acceptCheckSchema>

/** A change described in words: planned and carried out with a model. */
export const outcomeGoalSchema = z.object({
  outcome: z.string().min(1),
  /** Checks that must succeed on the result, in the sandbox. Workers can read neither the commands nor the files. */
  accept: z.array(acceptCheckSchema).default([]),
})
export const goalSchema = z.union([coverageGoalSchema, outcomeGoalSchema])
export type Goal = z.infer<typeof goalSchema>
export type CoverageGoal = z.infer<typeof coverageGoalSchema>

export const milestoneSchema = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'lower-case letters, digits and dashes'),
  name: z.string().min(1),
  goal: goalSchema,
  /** 1 is the most urgent. */
  priority: z.int().min(1).max(9).default(5),
  /** ISO date. */
  deadline: z.iso.date().optional(),
  needs: z.array(z.string()).default([]),
})
export type Milestone = z.infer<typeof milestoneSchema>

/** Tests for one module, written by the builtin writer. */
export const coverageTaskSchema = z.object({
  /** Unique in its milestone; also the name of its worktree. */
  id: z.string(),
  module: z.string(),
  /** Uncovered branches at the time of planning: a larger gap starts sooner. */
  gap: z.int().nonnegative(),
  /** Branch coverage of the module at the time of planning. */
  before: countSchema,
  round: z.int().positive(),
  needs: z.array(z.string()),
})
export type CoverageTask = z.infer<typeof coverageTaskSchema>

/** Work described in words, carried out by a model in a loop with tools. */
export const agentTaskSchema = z.object({
  /** Unique in its milestone; also the name of its worktree. */
  id: z.string(),
  kind: taskKindSchema,
  title: z.string().min(1).max(200),
  instructions: z.string().min(1),
  /** Files that it will probably change, relative to the root. Tasks that share one do not run at the same time. */
  files: z.array(z.string()),
  round: z.int().positive(),
  needs: z.array(z.string()),
  /** For a review: findings of an earlier review that are verified again. */
  again: z.array(findingSchema).optional(),
})
export type AgentTask = z.infer<typeof agentTaskSchema>

export const taskSchema = z.union([agentTaskSchema, coverageTaskSchema])
export type Task = z.infer<typeof taskSchema>

export function isCoverageTask(task: Task): task is CoverageTask {
  return 'module' in task
}

/** Whether a task ends with a commit; those of kinds that only read end with an answer. */
export function wantsCommit(task: Task | undefined): boolean {
  return task !== undefined && !isCoverageTask(task) && agentKinds[task.kind].writes !== 'nothing'
}

/** The module or the title of a task, for display. */
export interface About {
  readonly module?: string | undefined
  readonly title?: string | undefined
}

export function aboutOf(task: Task): About {
  return isCoverageTask(task) ? { module: task.module } : { title: task.title }
}

/** A worker's result: a commit in the milestone's own repository that no gate has judged yet. */
export const submissionSchema = z.object({
  commit: z.string(),
  /** Absent: the commit is there. Otherwise the name under which another node sent it. */
  bundle: z.string().optional(),
  files: z.array(z.string()),
  cases: z.int().nonnegative(),
})
export type Submission = z.infer<typeof submissionSchema>

export const verdictSchema = z.object({
  gate: z.string(),
  /** `could_not_run` and `left_out` are no passes. `left_out`: the gate did not apply; its findings say why. */
  kind: z.enum(['passed', 'failed', 'could_not_run', 'left_out']),
  findings: z.array(z.string()),
})
export type Verdict = z.infer<typeof verdictSchema>

/** One line for display. */
export function subjectOf({ module, title }: About): string {
  return module ?? title ?? ''
}

export function isCoverageGoal(goal: Goal): goal is CoverageGoal {
  return 'branchCoverage' in goal
}

/** Branch coverage in percent; a repository without branches is fully covered. */
export function percent(count: Count): number {
  return count.total === 0 ? 100 : (100 * count.covered) / count.total
}
