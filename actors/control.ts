// Control
//
// Owns:   the requests of people and tools to a running node: its status, its tree, and sending an event.
// Leaves: receiving requests (transport/), showing answers (cli/).
//
// Every request is answered, with a value or with a typed error; an invalid one changes nothing.
//
// An event from outside is durable before the answer: it goes through the mailbox like all mail.
//
// With `wait`, the answer comes when the actor's step is durable, or says that the step is still to come.

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Address, describeIssues, type Event } from '../kernel/index.ts'
import type { ControlHandler, ControlReply, Mail } from '../transport/index.ts'
import type { ActorView } from './actor-view.ts'
import { AwaitedSteps, type StepOutcome } from './awaited-steps.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Node } from './node.ts'

/** An actor with its children, in their start order: the answer of the verb `tree`. */
export interface TreeNode extends ActorView {
  readonly children: readonly TreeNode[]
}

/** The part of a node that control uses. */
export type ControlledNode = Pick<Node, 'actors' | 'check' | 'watch'>

/** Less than the time limit of `nats req`. */
const WAIT_MS = 4_000

const eventSchema = z.looseObject({ type: z.string().min(1) })
/** `true`, or a number of milliseconds. */
const waitSchema = z.union([z.boolean(), z.int().min(1).max(60_000)]).default(false)
const sendSchema = z.object({ to: z.string().min(1), event: eventSchema, wait: waitSchema })
const orderSchema = z.strictObject({ event: eventSchema, wait: waitSchema })

type Order = z.infer<typeof sendSchema>

/**
 * The verbs that every node answers; the owner of the node adds the status of the run to `status`.
 *
 * `send` takes `{to, event, wait?}`; `send.<address>` takes the event itself, or `{event, wait?}`.
 */
export function controlHandlers(
  node: ControlledNode,
  mail: Pick<Mail, 'publish'>,
  status: () => unknown,
  clock: Clock = systemClock,
): Readonly<Record<'status' | 'tree' | 'actors' | 'send' | 'send.*', ControlHandler>> {
  const steps = new AwaitedSteps(node, clock)
  const send = (payload: unknown): Promise<ControlReply> =>
    parsed(sendSchema, payload, (order) => sendEvent(node, mail, steps, order))
  return {
    status: async () => ok(status()),
    tree: async () => ok(tree(node.actors)),
    actors: async () => ok(node.actors),
    send,
    'send.*': (payload, to) =>
      isEvent(payload)
        ? send({ to, event: payload })
        : parsed(orderSchema, payload, (order) => send({ to, ...order })),
  }
}

/** Actors as a forest, children below their parents in address order. */
export function tree(actors: readonly ActorView[]): TreeNode[] {
  const byParent = Map.groupBy(actors, ({ parent }) => parent)
  const below = (parent: Address | null): TreeNode[] =>
    (byParent.get(parent) ?? [])
      .toSorted((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }))
      .map((actor) => ({ ...actor, children: below(actor.address) }))
  return below(null)
}

async function sendEvent(
  node: ControlledNode,
  mail: Pick<Mail, 'publish'>,
  steps: AwaitedSteps,
  { to, event, wait }: Order,
): Promise<ControlReply> {
  const checked = node.check(to, event, { id: 'control/check', from: null })
  if (!checked.ok) return refused(checked.code, checked.message)
  const id = `control/${randomUUID()}`
  const stepped = wait === false ? undefined : steps.of(id, wait === true ? WAIT_MS : wait)
  const posted = await post(mail, id, to, checked.event)
  if (posted.ok && stepped) return afterStep(id, to, await stepped.step)
  stepped?.giveUp()
  return posted
}

async function post(
  mail: Pick<Mail, 'publish'>,
  id: string,
  to: Address,
  event: Event,
): Promise<ControlReply> {
  try {
    if ((await mail.publish({ id, to, from: null, event })) === 'accepted') return ok({ id })
    return refused('mailbox_full', `the mailbox of '${to}' is full; try again later`)
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    return refused(typeof code === 'string' ? code : 'failed', message)
  }
}

function afterStep(id: string, to: Address, outcome: StepOutcome): ControlReply {
  if (outcome === 'late') {
    return refused(
      'not_stepped',
      `'${to}' has it in its mailbox but has not stepped it yet; do not send it again`,
    )
  }
  const { record, crashed } = outcome
  if (!crashed) return ok({ id, state: record.snapshot.value, sequence: record.sequence })
  const reason = record.exit?.error?.message ?? 'no reason given'
  return refused('crashed', `'${to}' crashed on it (${reason}); its supervisor decides what follows`)
}

function isEvent(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'type' in payload
}

async function parsed<Schema extends z.ZodType>(
  schema: Schema,
  payload: unknown,
  then: (value: z.output<Schema>) => Promise<ControlReply>,
): Promise<ControlReply> {
  const request = schema.safeParse(payload)
  return request.success ? then(request.data) : refused('bad_request', describeIssues(request.error))
}

function ok(value: unknown): ControlReply {
  return { ok: true, value }
}

function refused(code: string, message: string): ControlReply {
  return { ok: false, error: { code, message } }
}
