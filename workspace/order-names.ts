// Order names
//
// Checks every name in a request: requests come from actors, whose mail may come from another machine.
//
// An id is a file name and a part of a reference; a commit is a hash. None is a path or an option of git.

import { z } from 'zod'
import { commitSchema, idSchema } from '../machines/index.ts'
import { WorkspaceError } from './workspace-error.ts'

const task = z.union([idSchema, z.looseObject({ id: idSchema })])
const submission = z.looseObject({ commit: commitSchema })

const namesSchema = z.looseObject({
  milestone: idSchema.optional(),
  task: task.optional(),
  commit: commitSchema.optional(),
  carry: commitSchema.optional(),
  carried: commitSchema.optional(),
  known: commitSchema.nullish(),
  head: commitSchema.optional(),
  start: commitSchema.optional(),
  tip: commitSchema.optional(),
  survey: z.looseObject({ head: commitSchema }).optional(),
  submission: submission.optional(),
  stack: z.array(z.looseObject({ task, submission })).optional(),
  /** A branch of a milestone, or a commit. */
  from: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9/-]*$/, 'a branch or a commit')
    .nullish(),
})

/** The request unchanged; throws when a name in it is invalid. */
export function named<Order>(order: Order): Order {
  const { error } = namesSchema.safeParse(order)
  if (error === undefined) return order
  throw new WorkspaceError('bad_name', `an order has a name that is none: ${z.prettifyError(error)}`)
}
