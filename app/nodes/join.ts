// Join
//
// Owns:   becoming a node of the run that the key is for: taking the name, being admitted; and leaving it again.
// Leaves: the work between (work-for-run.ts).

import type { AgentMeans } from '../../machines/index.ts'
import { type Connection, type Control, type Lease, openControl, openLeases } from '../../transport/index.ts'
import { UserError } from '../errors.ts'
import { type Ask, asking, RefusedRequest } from './asking.ts'
import type { NodeSettings } from './node-settings.ts'
import { type Presence, presentOf } from './presence.ts'

export interface Membership {
  readonly system: string
  readonly lease: Lease
  readonly ask: Ask
  readonly pool: string
  readonly seed: number
  /** What agents have to know; null: the run has none. */
  readonly agents: AgentMeans | null
  /** Gives the name back and tells the home process; a second call does nothing. */
  leave(): Promise<void>
}

interface JoinOrder {
  readonly connection: Connection
  readonly settings: NodeSettings
  readonly describe: () => Presence
  readonly signal: AbortSignal
}

const ANSWER_MS = 2_000
const ADMISSION_MS = 15_000

export async function join({ connection, settings, describe, signal }: JoinOrder): Promise<Membership> {
  const { system } = settings.nats.identity
  const control = openControl({ connection, system })
  await requireRun(control, settings)
  const leases = await openLeases({ connection, system })
  const lease = await take(leases.acquire(settings.name, describe), settings.name)
  const leave = leaver(lease, control)
  try {
    const ask = asking(control, signal)
    const { name, epoch } = lease
    const admitted = await ask('node-join', { name, epoch, build: describe().build }, ADMISSION_MS)
    return { system, lease, ask, ...admitted, leave }
  } catch (error) {
    await leave()
    throw error instanceof RefusedRequest ? refusal(error, system) : error
  }
}

/** Throws when the run that the key is for is not at work. */
async function requireRun(control: Control, { nats }: NodeSettings): Promise<void> {
  const answer = await control.request('here', {}, ANSWER_MS)
  if (answer.ok) return
  throw new UserError(
    'no_system',
    `no run named ${nats.identity.system} is active at ${nats.url}`,
    `Start one there: canopy run --nats ${nats.url} --creds main.creds, with a key of the same 'canopy keys create'.`,
  )
}

async function take(
  asked: ReturnType<Awaited<ReturnType<typeof openLeases>>['acquire']>,
  name: string,
): Promise<Lease> {
  const answer = await asked
  if (answer.kind === 'acquired') return answer.lease
  const holder = presentOf(answer.holder)
  throw new UserError(
    'name_taken',
    `a node named ${name} is connected already${holder ? `, on ${holder.host} (process ${holder.pid})` : ''}`,
    "Give this node its own key: 'canopy keys create'. The name of a killed node is free after 7 s.",
  )
}

function leaver(lease: Lease, control: Control): () => Promise<void> {
  let left = false
  return async () => {
    if (left) return
    left = true
    await lease.release()
    const end = await lease.ended
    const { name, epoch } = lease
    // Found out by itself in a moment; told, it is known at once.
    if (end === 'released') await control.request('node-leave', { name, epoch }, ANSWER_MS)
  }
}

function refusal({ code, message }: RefusedRequest, system: string): Error {
  const wayOut =
    code === 'version_differs'
      ? 'Use the same version of Canopy and of Node on all machines of a run.'
      : `Is ${system} still at work? 'canopy status' on its machine shows it.`
  return new UserError(code, message, wayOut)
}
