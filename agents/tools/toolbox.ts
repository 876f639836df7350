// Toolbox
//
// The tools for one task's worktree, and calling them by name.
// Leaves: each tool to its file; `note` and `submit` (own-tools.ts).
//
// One call at a time in a worktree: while a tool looks at files, no program of the repository runs there. A call may be
// repeated after a crash: an edit that is in place is left unchanged (versions.ts).

import type { RepositoryRules } from '../../machines/index.ts'
import {
  adminFolder,
  FileRefused,
  named,
  type SurveyOf,
  startOf,
  taskWorktree,
  treeOf,
  type Workspace,
  withKeyLock,
  worktreePath,
} from '../../workspace/index.ts'
import { type RulesOrder, rulesFor } from '../rules-files.ts'
import { repositorySkills } from '../skills/repository-skills.ts'
import { diff } from './diff.ts'
import { edit } from './edit.ts'
import { filesIn } from './files.ts'
import { type HistoryEntry, historyOf } from './history.ts'
import { list } from './list.ts'
import { read } from './read.ts'
import { run } from './run.ts'
import { search } from './search.ts'
import { readText } from './text-file.ts'
import { failure, type OfferedTool, type ToolContext, type ToolOutcome } from './tool.ts'
import { openVersions } from './versions.ts'
import { write } from './write.ts'

/** In the order in which a model sees them. */
const TOOLS = {
  read,
  list,
  search,
  diff,
  edit,
  write,
  run,
} as const

type ToolName = keyof typeof TOOLS

export interface ToolboxOrder {
  readonly milestone: string
  readonly task: string
  readonly survey: SurveyOf
  /** Folders of the user that commands see besides the worktree. */
  readonly readable?: readonly string[]
  /** Absent: all. */
  readonly only?: readonly ToolName[]
}

export interface Toolbox {
  /** The worktree's folder. */
  readonly root: string
  readonly tools: readonly OfferedTool[]
  /** Answers mistakes in the input, too; throws failures that may not occur again. */
  use(
    call: { readonly name: string; readonly input: unknown },
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<ToolOutcome>
  /** The git tree of the worktree's content, without ignored files. */
  tree(): Promise<string>
  /** Paths of its files, without ignored ones: the basis of a repository map. */
  files(): Promise<string[]>
  /** The newest 500 changes before the task's work, newest first. */
  history(): Promise<HistoryEntry[]>
  /** What the repository's files tell agents, for a task in words; `characters`: of all texts together. */
  rules(about: { readonly brief: string; readonly characters: number }): Promise<RepositoryRules>
}

/** The tools for the worktree of a task. */
export function openToolbox({ parts }: Pick<Workspace, 'parts'>, given: ToolboxOrder): Toolbox {
  const order = named(given)
  const name = taskWorktree(order)
  const root = worktreePath(parts.places, name)
  const versions = openVersions(adminFolder(parts.places, name))
  const { readable = [], survey } = order
  const context: ToolContext = { parts, survey, order, name, root, versions, readable }
  const names = order.only ?? (Object.keys(TOOLS) as ToolName[])
  const tools = new Map<string, (typeof TOOLS)[ToolName]>(names.map((each) => [each, TOOLS[each]]))
  const alone = <T>(work: () => Promise<T>) => withKeyLock(`tools ${root}`, work)
  return {
    root,
    files: () => alone(() => filesIn(context, undefined)),
    history: () => historyOf(context),
    rules: (about) =>
      alone(async () =>
        repositoryWords(about, await filesIn(context, undefined), (path) => shownText(context, path)),
      ),
    tools: [...tools.values()],
    tree: () => alone(async () => treeOf(parts, name, await startOf(parts, order))),
    use: async (call, { signal } = {}) => {
      const tool = tools.get(call.name)
      if (tool === undefined)
        return failure(`There is no tool ${call.name}. There are ${[...tools.keys()].join(', ')}.`)
      return alone(async () => {
        signal?.throwIfAborted()
        // Throws its own error when there is no worktree.
        await startOf(parts, order)
        return answered(() => tool.use(context, call.input, signal))
      })
    },
  }
}

/** Its rules for a task, and its skills. */
async function repositoryWords(
  about: Pick<RulesOrder, 'brief' | 'characters'>,
  files: readonly string[],
  read: RulesOrder['read'],
): Promise<RepositoryRules> {
  const rules = await rulesFor({ ...about, files, read })
  const skills = await repositorySkills({ files, read })
  return skills.length === 0 ? rules : { ...rules, skills }
}

/** Undefined for a file that tools refuse. */
async function shownText(context: ToolContext, path: string): Promise<string | undefined> {
  try {
    return (await readText(context, path))?.text
  } catch (error) {
    if (error instanceof FileRefused) return undefined
    throw error
  }
}

async function answered(work: () => Promise<ToolOutcome>): Promise<ToolOutcome> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FileRefused) return failure(error.message)
    throw error
  }
}
