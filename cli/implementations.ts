// Implementations
//
// Owns:   what the development system's invocations do: the workspace and the builtin writer under the names that
//         the machines use.
// Leaves: how it is done (workspace/, providers/), when and how often (actors/).
//
// M1. What comes back is parsed before a machine sees it.
// M2. A round's tasks all start from the commit at which its first one did: what is written does not depend on
//     which task was merged first.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Call, type Implementation, RetryableError } from '../actors/index.ts'
import {
  type InvocationInput,
  type InvocationName,
  type InvocationOutput,
  type Line,
  outputSchemas,
  type Survey,
  surveySchema,
  testFileFor,
} from '../machines/index.ts'
import { createBuiltinWriter, type SandboxedRun } from '../providers/index.ts'
import type { RunOrder, Workspace } from '../workspace/index.ts'

export interface ImplementationOptions {
  readonly workspace: Workspace
  /** Of this run. */
  readonly directory: string
  readonly seed: number
  readonly allowDirty: boolean
}

type Work = {
  readonly [Name in InvocationName]: (
    input: InvocationInput<Name>,
    call: Call,
  ) => Promise<InvocationOutput<Name>>
}

/** All invocations by name, as a node takes them. */
export function createImplementations(
  options: ImplementationOptions,
): Record<InvocationName, Implementation> {
  const work = createWork(options)
  const entries = Object.entries(work).map(([name, carryOut]) => {
    const schema = outputSchemas[name as InvocationName]
    const implementation: Implementation = async (call) =>
      schema.parse(await (carryOut as (input: unknown, call: Call) => Promise<unknown>)(call.input, call))
    return [name, implementation]
  })
  return Object.fromEntries(entries)
}

function createWork({ workspace, directory, seed, allowDirty }: ImplementationOptions): Work {
  const notes = notesIn(join(directory, 'notes'))
  const survey = async (): Promise<Survey> => surveySchema.parse(await notes.read('survey'))

  const tipOf = async ({ milestone }: Line): Promise<string> => {
    const { tip } = await workspace.openMilestone({ milestone, survey: await survey() })
    return tip
  }

  const roundStart = async (line: Line, round: number): Promise<string> => {
    const name = `round-${line.milestone}-${round}`
    const known = await notes.read(name)
    if (typeof known === 'string') return known
    const tip = await tipOf(line)
    await notes.write(name, tip)
    return tip
  }

  return {
    async survey(_input, { signal }) {
      const outcome = await workspace.survey({ allowDirty, signal })
      if (outcome.kind === 'refused') return { kind: 'refused', reason: outcome.message }
      await notes.write('survey', outcome.survey)
      return { kind: 'surveyed', survey: outcome.survey }
    },
    async open({ milestone, from }) {
      const parent = from === null ? undefined : await notes.read(`branch-${from.replaceAll('/', '.')}`)
      const found = await survey()
      const tip =
        typeof parent === 'string'
          ? await tipOf({ milestone: parent, branch: from ?? '', base: '' })
          : undefined
      const order = { milestone: milestone.id, survey: found, ...(tip !== undefined && { from: tip }) }
      const { branch, start } = await workspace.openMilestone(order)
      await notes.write(`branch-${branch.replaceAll('/', '.')}`, milestone.id)
      return { branch, base: start }
    },
    async measure({ line }, { signal }) {
      return workspace.measure({ survey: await survey(), commit: await tipOf(line), signal })
    },
    async prepare({ line, task }, { signal }) {
      const commit = await roundStart(line, task.round)
      const order = { milestone: line.milestone, task: task.id, survey: await survey(), commit, signal }
      const { path } = await workspace.prepareWorktree(order)
      return { worktree: path, commit }
    },
    async write({ line, task, worktree, failures }, { signal }) {
      const found = await survey()
      const commit = await roundStart(line, task.round)
      const covered = await workspace.taken({ survey: found, commit, module: task.module, signal })
      const path = testFileFor(found.testPattern, task.module, task.round)
      const run = sandboxedIn(workspace, { milestone: line.milestone, task: task.id, survey: found })
      const reply = await createBuiltinWriter({ run }).write({
        root: worktree,
        module: task.module,
        testFile: path,
        runner: found.runner,
        seed: `${seed}/${task.module}/${task.round}`,
        covered,
        failures: [...failures],
        signal,
      })
      if (reply.kind === 'failed' && reply.retryable) throw new RetryableError(reply.message)
      if (reply.kind === 'failed') return { kind: 'failed', reason: reply.message }
      if (reply.kind === 'nothing') return reply
      return { kind: 'written', files: [{ path, source: reply.source }], cases: reply.cases.length }
    },
    async submit({ line, task, worktree, files, cases }) {
      for (const { path, source } of files) {
        await mkdir(dirname(join(worktree, path)), { recursive: true })
        await writeFile(join(worktree, path), source)
      }
      const subject = `test(${task.module}): ${cases} characterization test${cases === 1 ? '' : 's'}`
      const order = { milestone: line.milestone, task: task.id, files: files.map(({ path }) => path), cases }
      return workspace.submit({ ...order, message: subject })
    },
    async release({ line, task }) {
      await workspace.releaseWorktree({ milestone: line.milestone, task: task.id })
      return null
    },
    async integrate({ line, task, submission }, { key, signal }) {
      const { milestone } = line
      return workspace.integrate({ survey: await survey(), milestone, task, submission, key, signal })
    },
    async close({ lines }) {
      for (const { milestone } of lines) await workspace.publish({ milestone })
      await workspace.cleanUp()
      return null
    },
  }
}

/** The sandbox lent to a writer: what it starts runs in the task's worktree. */
function sandboxedIn(
  workspace: Workspace,
  of: Pick<RunOrder, 'milestone' | 'task' | 'survey'>,
): SandboxedRun {
  return async (argv, { stdin, timeoutMs, memoryMb, readable, signal }) => {
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
}

/** Small facts of a run that outlive its processes; each is written whole. */
function notesIn(directory: string) {
  const place = (name: string): string => join(directory, `${name}.json`)
  return {
    async read(name: string): Promise<unknown> {
      const text = await readFile(place(name), 'utf8').catch(() => undefined)
      return text === undefined ? undefined : JSON.parse(text)
    },
    async write(name: string, value: unknown): Promise<void> {
      await mkdir(directory, { recursive: true })
      await writeFile(`${place(name)}.new`, JSON.stringify(value))
      await rename(`${place(name)}.new`, place(name))
    },
  }
}
