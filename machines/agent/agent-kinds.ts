// Agent kinds
//
// Lists the kinds of agents. A new kind is a file in kinds/ and a line here; the schemas of their names follow.

import { z } from 'zod'
import { code } from './kinds/code.ts'
import { debug } from './kinds/debug.ts'
import type { AgentKindRecord } from './kinds/define.ts'
import { document } from './kinds/document.ts'
import { planning, planSchemaOf } from './kinds/plan.ts'
import { refactor } from './kinds/refactor.ts'
import { review } from './kinds/review.ts'
import { test } from './kinds/test.ts'
import { verify } from './kinds/verify.ts'

/** Kinds of the tasks in a plan: they change files. */
const planned = {
  code,
  test,
  refactor,
  document,
  debug,
}

const plannedKindSchema = z.enum(namesOf(planned))
/** The answer of a planner: the tasks of a milestone. */
export const planSchema = planSchemaOf(plannedKindSchema)
export type Plan = z.infer<typeof planSchema>

/** Kinds of the tasks that agents do. */
const ofTasks = {
  plan: planning(plannedKindSchema),
  ...planned,
  review,
}

export const taskKindSchema = z.enum(namesOf(ofTasks))
export type TaskKind = z.infer<typeof taskKindSchema>

const all = {
  ...ofTasks,
  verify,
}

export const agentKindSchema = z.enum(namesOf(all))
export type AgentKind = z.infer<typeof agentKindSchema>

export const agentKinds: Readonly<Record<AgentKind, AgentKindRecord<TaskKind | null>>> = all

/** In the order of the list. */
function namesOf<Name extends string>(kinds: Readonly<Record<Name, unknown>>): [Name, ...Name[]] {
  return Object.keys(kinds) as [Name, ...Name[]]
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
