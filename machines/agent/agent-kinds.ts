// Agent kinds
//
// Lists the kinds of agents. A new kind is a file in kinds/, a prompt in agents/prompts/ and a line here; one that tasks
// may have is also a name in `taskKindSchema` (work.ts).

import { z } from 'zod'
import { isCoverageTask, type Task, taskKindSchema } from '../work.ts'
import { code } from './kinds/code.ts'
import { debug } from './kinds/debug.ts'
import type { AgentKindRecord } from './kinds/define.ts'
import { document } from './kinds/document.ts'
import { plan } from './kinds/plan.ts'
import { refactor } from './kinds/refactor.ts'
import { review } from './kinds/review.ts'
import { secondLook } from './kinds/second-look.ts'
import { test } from './kinds/test.ts'

export const agentKindSchema = z.enum([...taskKindSchema.options, 'second_look'])
export type AgentKind = z.infer<typeof agentKindSchema>

export const agentKinds: Readonly<Record<AgentKind, AgentKindRecord>> = {
  plan,
  code,
  test,
  refactor,
  document,
  debug,
  review,
  second_look: secondLook,
}

/** JSON schema of what an agent of a kind hands in with `submit`. */
export function answerJsonSchema(kind: AgentKind): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(agentKinds[kind].answer, { io: 'input' })
  return schema
}

const idleSchema = z.object({ outcome: z.literal('nothing_to_do'), summary: z.string() })

/** The reason in an answer that says there was nothing to do; undefined for any other answer. */
export function nothingToDo(answer: unknown): string | undefined {
  return idleSchema.safeParse(answer).data?.summary
}

/** Whether a task ends with a commit; those of kinds that only read end with an answer. */
export function wantsCommit(task: Task | undefined): boolean {
  return task !== undefined && !isCoverageTask(task) && agentKinds[task.kind].writes !== 'nothing'
}
