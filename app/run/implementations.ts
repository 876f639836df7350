// Implementations
//
// Owns:   what the development system's invocations do: the workspace and the builtin writer under the names that
//         the machines use.
// Leaves: how it is done (workspace/, providers/), when and how often (actors/).
//
// M1. Results are parsed before a machine sees them.

import { type ImplementationCall, RetryableError } from '../../actors/index.ts'
import type { AgentImplementations } from '../../agents/index.ts'
import type { MergeQueue } from '../../gates/index.ts'
import {
  aboutOf,
  type InvocationInput,
  type InvocationName,
  type InvocationOutput,
  isCoverageGoal,
  isCoverageTask,
  type Milestone,
  type MilestoneDelivery,
  outputSchemas,
  type Submission,
  subjectOf,
  testFileFor,
} from '../../machines/index.ts'
import { createBuiltinWriter, type SandboxedRun, TEST_RUNNERS, type TestWriter } from '../../testgen/index.ts'
import {
  type CommandOrder,
  type Measurements,
  type Milestones,
  type PublishResult,
  type RepositorySurvey,
  type TaskWorktrees,
  type Workspace,
  WorkspaceError,
} from '../../workspace/index.ts'

type WorkOnRepository = RepositorySurvey & Milestones & Measurements & Pick<Workspace, 'cleanUp'>
type WorkOnTasks = TaskWorktrees & Pick<Milestones, 'milestone' | 'roundStart'> & Pick<Measurements, 'taken'>

interface ImplementationOptions {
  readonly workspace: WorkOnRepository & WorkOnTasks
  /** Absent where nothing is merged: on another node. */
  readonly mergeQueue?: MergeQueue
  readonly seed: number
  readonly allowDirty: boolean
  /** What the run is asked for; absent where nothing is surveyed: on another node. */
  readonly milestones?: readonly Milestone[]
  /** Where submissions come from that were made elsewhere. */
  readonly post?: WorkExchange
}

/** Brings a submission that was made elsewhere, and is told when it was judged. */
interface WorkExchange {
  fetchWork(order: { milestone: string; task: string; submission: Submission }): Promise<void>
  dropWork(submission: Submission): Promise<void>
}

/** They do little else than run commands; how long they take is told to the budget. */
const COUNTED: ReadonlySet<string> = new Set(['survey', 'measure', 'accept', 'integrate'])

const NO_NEW_TESTS =
  'A goal of coverage needs new test files, and the test command runs none: it names its files. Let it run a pattern, such as test/*.test.js, or give a goal in words (--outcome).'

const WORKERS_OWN = new Set(['nothing_changed', 'file_refused'])

type DevelopmentWork = {
  readonly [Name in InvocationName]: (
    input: InvocationInput<Name>,
    call: ImplementationCall,
  ) => Promise<InvocationOutput<Name>>
}

type InvocationCall<Name extends InvocationName> = ImplementationCall & {
  readonly input: InvocationInput<Name>
}

/** What the machines of the development system invoke besides agents, by name. */
type WorkImplementations = {
  readonly [Name in InvocationName]: (call: InvocationCall<Name>) => Promise<InvocationOutput<Name>>
}

/** All that the machines of the development system invoke, by name. */
export type DevelopmentImplementations = WorkImplementations & AgentImplementations

/** All invocations but those of agents, as a node takes them. */
export function createImplementations(options: ImplementationOptions): WorkImplementations {
  const { workspace, ...rest } = options
  const work: DevelopmentWork = { ...repositoryWork(workspace, rest), ...taskWork(workspace, rest.seed) }
  const implementation =
    <Name extends InvocationName>(name: Name) =>
    async (call: InvocationCall<Name>): Promise<InvocationOutput<Name>> => {
      const since = performance.now()
      const output = await work[name](call.input, call)
      const ms = performance.now() - since
      const counted = COUNTED.has(name) ? { ...(output as object), ms } : output
      return outputSchemas[name].parse(counted) as InvocationOutput<Name>
    }
  return {
    survey: implementation('survey'),
    open: implementation('open'),
    measure: implementation('measure'),
    accept: implementation('accept'),
    prepare: implementation('prepare'),
    write: implementation('write'),
    submit: implementation('submit'),
    collect: implementation('collect'),
    release: implementation('release'),
    integrate: implementation('integrate'),
    close: implementation('close'),
  }
}

/** Work on the whole repository. */
function repositoryWork(
  workspace: WorkOnRepository,
  { mergeQueue, allowDirty, milestones = [], post }: Omit<ImplementationOptions, 'workspace'>,
): Pick<DevelopmentWork, 'survey' | 'open' | 'measure' | 'integrate' | 'accept' | 'close'> {
  return {
    async survey(_input, { signal }) {
      const outcome = await workspace.survey({ allowDirty, signal })
      if (outcome.kind === 'refused') return { kind: 'refused', reason: outcome.message }
      const { survey } = outcome
      if (survey.runsNewTestFiles === false && milestones.some(({ goal }) => isCoverageGoal(goal)))
        return { kind: 'refused', reason: NO_NEW_TESTS }
      return { kind: 'surveyed', survey }
    },
    async open({ site, milestone, from }) {
      const { branch, start } = await workspace.openMilestone({ milestone: milestone.id, survey: site, from })
      return { branch, base: start }
    },
    async measure({ site, line }, { signal }) {
      const { tip } = await workspace.milestone(line)
      return workspace.measure({ survey: site, commit: tip, signal })
    },
    async integrate({ site, line: { milestone }, stack }, { key, signal }) {
      for (const { task, submission } of stack)
        await post?.fetchWork({ milestone, task: task.id, submission })
      if (mergeQueue === undefined) throw new Error('there is no merge queue here: only the home node merges')
      const judgement = await mergeQueue.judgeBatch({ survey: site, milestone, stack, key, signal })
      const answered = [...judgement.merged, ...judgement.returned].map(({ at }) => stack[at]?.submission)
      for (const submission of answered) if (submission) await post?.dropWork(submission)
      return judgement
    },
    async accept({ site, line: { milestone }, commands }, { signal }) {
      return { findings: await workspace.accept({ survey: site, milestone, commands, signal }) }
    },
    async close({ lines }) {
      const deliveries = []
      for (const { milestone } of lines) {
        const result = await workspace.publish({ milestone })
        if (result.kind !== 'nothing_yet') deliveries.push(deliveryOf(milestone, result))
      }
      const untidy = await workspace.cleanUp().then(
        () => undefined,
        (error: Error) => error.message,
      )
      return { deliveries, ...(untidy !== undefined && { untidy }) }
    },
  }
}

function deliveryOf(
  milestone: string,
  result: Exclude<PublishResult, { kind: 'nothing_yet' }>,
): MilestoneDelivery {
  const { branch, commit } = result
  if (result.kind === 'published') return { milestone, branch, commit }
  const { ref, reason } = result
  return { milestone, branch, commit, heldBack: { ...(ref !== undefined && { ref }), reason } }
}

/** Work in the worktree of one task. */
function taskWork(
  workspace: WorkOnTasks,
  seed: number,
): Pick<DevelopmentWork, 'prepare' | 'write' | 'submit' | 'collect' | 'release'> {
  return {
    async prepare({ site, line, task, carry }, { signal }) {
      const { milestone } = line
      // The tasks that an agent's task needs were merged meanwhile; a module's tests do not depend on earlier merges.
      const commit = isCoverageTask(task)
        ? await workspace.roundStart({ milestone, round: task.round })
        : (await workspace.milestone(line)).tip
      const { path } = await workspace.prepareWorktree({
        milestone,
        task: task.id,
        survey: site,
        commit,
        carry,
        signal,
      })
      return { worktree: path, commit }
    },
    async write({ site, line: { milestone }, task, attempt, worktree, failures }, { signal }) {
      if (!isCoverageTask(task)) return { kind: 'failed', reason: `'${task.title}' needs a model` }
      const runner = TEST_RUNNERS.find((each) => each === site.runner)
      if (runner === undefined) {
        const without = TEST_RUNNERS.map((each) => (each === 'node' ? 'node --test' : each))
        const reason = `tests for ${site.runner} need a model: without one they are written for ${without.join(', ')}`
        return { kind: 'failed', reason }
      }
      const commit = await workspace.roundStart({ milestone, round: task.round })
      const writer = writerIn(workspace, { milestone, task: task.id, survey: site })
      const reply = await writer.write({
        root: worktree,
        module: task.module,
        testFile: testFileFor(site.testPattern, task.module),
        spareFile: testFileFor(site.testPattern, task.module, task.round + 1),
        runner,
        seed: `${seed}/${task.module}/${task.round}/${attempt}`,
        covered: await workspace.taken({ survey: site, commit, module: task.module, signal }),
        failures: [...failures],
        signal,
      })
      switch (reply.kind) {
        case 'written':
          return {
            kind: 'written',
            files: [{ path: reply.testFile, source: reply.source }],
            cases: reply.cases.length,
          }
        case 'nothing':
          return reply
        case 'failed':
          if (reply.retryable) throw new RetryableError(reply.message)
          return { kind: 'failed', reason: reply.message }
        default:
          return reply satisfies never
      }
    },
    async submit({ site, line: { milestone }, task, files, cases }, { signal }) {
      const about = subjectOf(aboutOf(task))
      const message = `test(${about}): ${cases} characterization ${cases === 1 ? 'test' : 'tests'}`
      // Never through the worktree: code that ran there could have left a link to anywhere.
      const order = { milestone, task: task.id, survey: site, files: [...files], cases, message, signal }
      return workspace.submit(order)
    },
    async collect({ site, line: { milestone }, task }, { signal }) {
      const message = `${subjectOf(aboutOf(task))}\n`
      try {
        return {
          kind: 'collected',
          submission: await workspace.collect({ milestone, task: task.id, survey: site, message, signal }),
        }
      } catch (error) {
        // What the worker can put right it is told; anything else is a fault.
        if (!(error instanceof WorkspaceError) || !WORKERS_OWN.has(error.code)) throw error
        return { kind: 'refused', reasons: [error.message] }
      }
    },
    async release({ line: { milestone }, task }) {
      await workspace.releaseWorktree({ milestone, task: task.id })
      return null
    },
  }
}

/** The builtin writer; its programs run in the sandbox, in the task's worktree. */
function writerIn(
  workspace: Pick<TaskWorktrees, 'run'>,
  of: Pick<CommandOrder, 'milestone' | 'task' | 'survey'>,
): TestWriter {
  const run: SandboxedRun = async (argv, { stdin, timeoutMs, memoryMb, readable, signal }) => {
    const ending = await workspace.run({ ...of, argv, stdin, timeoutMs, memoryMb, readable, signal })
    switch (ending.kind) {
      case 'could_not_start':
        return { kind: 'could_not_start', message: ending.reason }
      case 'exceeded':
        return { kind: 'could_not_start', message: `it used too much of the sandbox's ${ending.limit}` }
      default:
        return ending
    }
  }
  return createBuiltinWriter({ run })
}
