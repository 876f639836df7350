// Look
//
// Owns:   asking a running system for its status and its tree of actors, and checking the answers.
// Leaves: making the answers (app/status/, actors/), printing them (cli/answers.ts).

import { z } from 'zod'
import type { Control } from '../../transport/index.ts'
import { type Status, statusSchema } from '../status/status-answer.ts'
import { askSystem, checkedAnswer, OTHER_VERSION } from './ask-system.ts'

/** An actor and its children, as the verb `tree` answers them. */
export interface ActorNode {
  readonly address: string
  readonly kind: string
  /** The machine's state: an XState value. */
  readonly state?: unknown
  readonly status: string
  readonly restarts: number
  readonly children: readonly ActorNode[]
}

const actorNodeSchema: z.ZodType<ActorNode> = z.lazy(() =>
  z.looseObject({
    address: z.string(),
    kind: z.string(),
    state: z.unknown().optional(),
    status: z.string(),
    restarts: z.number().default(0),
    children: z.array(actorNodeSchema).default([]),
  }),
)

/** The answer of a system: as it came, and read. */
interface SystemAnswer<T> {
  /** As it came; a system of another version may have put anything into it. */
  readonly raw: unknown
  /** Checked; fails with `strange_answer`. */
  read(): T
}

const WAY_OUT = `${OTHER_VERSION}; --json shows the answer as it is.`

export async function askStatus(control: Control): Promise<SystemAnswer<Status>> {
  const raw = await askSystem(control, 'status', {})
  return { raw, read: () => checkedAnswer('status', statusSchema, raw, WAY_OUT) }
}

/** The actors without a parent, each with the actors below it. */
export async function askTree(control: Control): Promise<SystemAnswer<readonly ActorNode[]>> {
  const raw = await askSystem(control, 'tree', {})
  return { raw, read: () => checkedAnswer('tree', z.array(actorNodeSchema), raw, WAY_OUT) }
}
