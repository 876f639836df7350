// Control
//
// Owns:   what people and tools may ask of a running node: how it stands, its tree, and to send an event.
// Leaves: how requests arrive (transport/), how answers are shown (cli/).
//
// C1. Every request is answered, with a value or with a typed error; a bad one changes nothing.
// C2. An event sent from outside is durable before it is answered: it goes through the mailbox like all mail.

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Address } from '../machines/index.ts'
import type { ControlHandler, Mail, Reply } from '../transport/index.ts'
import type { ActorView, Node } from './node.ts'

export interface TreeNode extends ActorView {
  readonly children: readonly TreeNode[]
}

const sendSchema = z.object({ to: z.string().min(1), event: z.looseObject({ type: z.string().min(1) }) })

/** The verbs every node answers; `status` adds what its owner knows of the run. */
export function controlHandlers(
  node: Node,
  mail: Pick<Mail, 'publish'>,
  status: () => unknown,
): Readonly<Record<string, ControlHandler>> {
  return {
    status: async () => ok(status()),
    tree: async () => ok(tree(node.actors)),
    actors: async () => ok(node.actors),
    send: async (payload) => send(node, mail, payload),
  }
}

/** Actors as a forest, children below their parents in address order. */
export function tree(actors: readonly ActorView[]): TreeNode[] {
  const below = (parent: Address | null): TreeNode[] =>
    actors
      .filter((actor) => actor.parent === parent)
      .toSorted((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }))
      .map((actor) => ({ ...actor, children: below(actor.address) }))
  return below(null)
}

async function send(node: Node, mail: Pick<Mail, 'publish'>, payload: unknown): Promise<Reply> {
  const request = sendSchema.safeParse(payload)
  if (!request.success) return refused('bad_request', z.prettifyError(request.error))
  const { to, event } = request.data
  const checked = node.check(to, event)
  if (!checked.ok) return refused(checked.code, checked.message)
  const id = `control/${randomUUID()}`
  const receipt = await mail.publish({ id, to, from: null, event: checked.event })
  return receipt === 'accepted'
    ? ok({ id })
    : refused('mailbox_full', `the mailbox of '${to}' is full; try again later`)
}

function ok(value: unknown): Reply {
  return { ok: true, value }
}

function refused(code: string, message: string): Reply {
  return { ok: false, error: { code, message } }
}
