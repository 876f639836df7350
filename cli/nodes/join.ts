// Join
//
// Owns:   becoming a node of a run: finding the run, taking a name, being admitted; and leaving it again.
// Leaves: what is done between (run-node.ts).

import type { AgentMeans } from '../../machines/index.ts'
import {
  type Connection,
  type Control,
  type Lease,
  openControl,
  openLeases,
  systemsOn,
} from '../../transport/index.ts'
import { UserError } from '../errors.ts'
import { type Ask, asking, RefusedRequest } from './asking.ts'
import type { NodeSettings } from './node-settings.ts'
import { nodeMember, type Presence, presentOf } from './presence.ts'

export interface Membership {
  readonly system: string
  readonly lease: Lease
  readonly ask: Ask
  readonly pool: string
  readonly seed: number
  /** What agents have to know; null: the run has none. */
  readonly agents: AgentMeans | null
  /** Gives the name back, and tells so whoever counts on it; done twice it is done once. */
  leave(): Promise<void>
}

export interface JoinOrder {
  readonly connection: Connection
  readonly settings: NodeSettings
  readonly describe: () => Presence
  readonly signal: AbortSignal
}

const ANSWER_MS = 2_000
const ADMISSION_MS = 15_000

export async function join({ connection, settings, describe, signal }: JoinOrder): Promise<Membership> {
  const system = await findSystem(connection, settings)
  const control = openControl({ connection, system, sender: nodeMember(settings.name) })
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

/** The one that is named, or the only one that is at work on the server. */
async function findSystem(connection: Connection, { name, system, nats }: NodeSettings): Promise<string> {
  const candidates = system === undefined ? await systemsOn(connection) : [system]
  const answers = await Promise.all(
    candidates.map((each) =>
      openControl({ connection, system: each, sender: nodeMember(name) }).request('nodes', {}, ANSWER_MS),
    ),
  )
  const atWork = candidates.filter((_, index) => answers[index]?.ok)
  const [only] = atWork
  if (only !== undefined && atWork.length === 1) return only
  const where = nats.replace(/\/\/[^/@]*@/g, '//')
  if (only === undefined) {
    throw new UserError(
      'no_system',
      system === undefined
        ? `no run is at work at ${where}`
        : `no run named ${system} is at work at ${where}`,
      `Start one there: canopy run --nats ${where}`,
    )
  }
  throw new UserError(
    'which_system',
    `several runs are at work at ${where}: ${atWork.join(', ')}`,
    `Say which one: --system ${only}`,
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
    `a node named ${name} is there already${holder ? `, on ${holder.host} (process ${holder.pid})` : ''}`,
    'Give this one another name: --name NAME. One that was killed is forgotten after seven seconds.',
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
