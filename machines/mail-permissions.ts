// Mail permissions
//
// Which actor may send which event to which other, as one table of their places in the actor tree. All other mail is
// refused.
// Leaves: authenticating the sender (transport/, by its credential), the check when mail arrives (actors/).
//
// P1. No actor speaks for another: an event may only name its own sender.
// P2. Home believes a worker on another machine only as far as home can check it. Such a worker reserves for an attempt
//     that the pool gave it, settles only its own reservations, and reports an exhausted quota only after home told it
//     so.

import type { Address, Event } from '../kernel/index.ts'
import { accountSchema, type BudgetAccount } from './budget/budget-mail.ts'

/** Senders and receivers. The last line are no actors: home sends for them, and the id of the mail says so. */
export const parties = [
  ...(['system', 'budget', 'pool', 'supervisor', 'orchestrator', 'task', 'integrator'] as const),
  ...(['worker', 'agent', 'review', 'node'] as const),
  /** People, through control; the list of nodes; model calls for agents elsewhere; dead letters sent again. */
  ...(['operator', 'registry', 'calls', 'dead-letters'] as const),
] as const
export type Party = (typeof parties)[number]

/** Mail to be checked. */
export interface Letter {
  /** Mail that comes from no actor names its origin here: `control/…`, `registry/…`, `calls/…`. */
  readonly id: string
  readonly from: Address | null
  readonly to: Address
  readonly event: Event
}

/** Home's records of actors on other nodes (P2). */
export interface HomeRecords {
  /** Whether this worker has an attempt in hand. */
  holds(worker: Address, account: BudgetAccount): boolean
  /** Whether an agent has a reservation with this id and settles no more than its amount. */
  maySettle(settlement: Event): boolean
  /** Whether home told this agent that a vendor's quota is exhausted. */
  heardOfPause(agent: Address): boolean
}

type PermissionCheck = (letter: Letter & { readonly from: Address }, standing: HomeRecords) => boolean

interface MailPermission {
  readonly from: Party
  readonly to: Party
  readonly events: readonly string[]
  /** The relation of the sender to the receiver; absent: any. */
  readonly as?: 'parent' | 'child' | 'sibling'
  /** A further check (P1, P2), with the words that a refused sender reads. */
  readonly if?: readonly [words: string, check: PermissionCheck]
}

const WORK = [
  'WORK.STARTED',
  'WORK.SUBMITTED',
  'WORK.ANSWERED',
  'WORK.NOTHING',
  'WORK.FAILED',
  'WORK.CANCELLED',
]

export const permissions: readonly MailPermission[] = [
  { from: 'system', to: 'supervisor', events: ['PAUSE', 'RESUME', 'STOP'], as: 'parent' },
  { from: 'system', to: 'pool', events: ['POOL.RESIZE'], as: 'parent' },
  { from: 'supervisor', to: 'pool', events: ['PAUSE', 'RESUME'], as: 'sibling' },
  { from: 'supervisor', to: 'orchestrator', events: ['PAUSE', 'RESUME', 'CANCEL'], as: 'parent' },
  { from: 'supervisor', to: 'budget', events: ['SPEND', 'CLOSED'], as: 'sibling' },
  { from: 'orchestrator', to: 'pool', events: ['HOLD', 'RELEASE'] },
  { from: 'orchestrator', to: 'task', events: ['CANCEL'], as: 'parent' },
  { from: 'orchestrator', to: 'integrator', events: ['SETTLE'], as: 'parent' },
  { from: 'task', to: 'pool', events: ['ASSIGN', 'CANCEL'] },
  { from: 'task', to: 'integrator', events: ['SUBMIT'], as: 'sibling' },
  { from: 'task', to: 'budget', events: ['CLOSED'] },
  { from: 'integrator', to: 'task', events: ['MERGED', 'REJECTED'], as: 'sibling' },
  { from: 'integrator', to: 'orchestrator', events: ['INTEGRATED', 'SETTLED'], as: 'child' },
  { from: 'integrator', to: 'budget', events: ['SPEND'] },
  { from: 'pool', to: 'worker', events: ['ASSIGN', 'ABORT'] },
  { from: 'pool', to: 'task', events: [...WORK, 'WORKER.LOST'] },
  { from: 'pool', to: 'budget', events: ['CLOSED'], as: 'sibling' },
  { from: 'budget', to: 'pool', events: ['MODELS'], as: 'sibling' },
  { from: 'budget', to: 'agent', events: ['BUDGET.GRANTED', 'BUDGET.HELD', 'BUDGET.REFUSED'] },
  {
    ...{ from: 'worker', to: 'pool', events: ['WORKER.FREE', 'WORKER.REFUSED'] },
    if: ['in its own name', ({ from, to, event }) => from === workerAt(to, event.worker)],
  },
  {
    ...{ from: 'worker', to: 'budget', events: ['CLOSED'] },
    if: ['of the attempt that it has in hand', ({ from, event }, { holds }) => hasInHand(from, event, holds)],
  },
  {
    ...{ from: 'agent', to: 'budget', events: ['RESERVE'] },
    if: [
      'in its own name, for the attempt that its worker has in hand',
      ({ from, event }, { holds }) =>
        event.replyTo === from && isOwnCall(from, event) && hasInHand(workerOf(from), event.account, holds),
    ],
  },
  {
    ...{ from: 'agent', to: 'budget', events: ['SETTLE'] },
    if: [
      'what it has reserved, and no more than that',
      ({ from, event }, { maySettle }) => isOwnId(from, event.id) && (!isElsewhere(from) || maySettle(event)),
    ],
  },
  {
    ...{ from: 'agent', to: 'budget', events: ['SPEND'] },
    if: [
      'in its own name, of the attempt that its worker has in hand',
      ({ from, event }, { holds }) =>
        isOwnCall(from, event) && hasInHand(workerOf(from), event.account, holds),
    ],
  },
  {
    ...{ from: 'agent', to: 'budget', events: ['QUOTA.OUT'] },
    if: ['what it was told itself', ({ from }, { heardOfPause }) => !isElsewhere(from) || heardOfPause(from)],
  },
  { from: 'calls', to: 'budget', events: ['CALL.BEGUN', 'CALL.CHARGED'] },
  { from: 'registry', to: 'pool', events: ['NODES'] },
  { from: 'operator', to: 'system', events: ['PAUSE', 'RESUME', 'STOP', 'POOL.RESIZE'] },
  { from: 'operator', to: 'supervisor', events: ['PAUSE', 'RESUME', 'STOP'] },
  { from: 'operator', to: 'orchestrator', events: ['PAUSE', 'RESUME', 'CANCEL'] },
  { from: 'operator', to: 'task', events: ['CANCEL'] },
  { from: 'operator', to: 'pool', events: ['PAUSE', 'RESUME', 'POOL.RESIZE'] },
  { from: 'operator', to: 'budget', events: ['RAISE', 'RESUME'] },
  { from: 'operator', to: 'worker', events: ['ABORT'] },
]

/** Undefined when the mail may be sent, else the reason for the refusal, as a sentence. */
export function mailRefusal(letter: Letter, standing: HomeRecords): string | undefined {
  const { from, to, event } = letter
  const sender = from === null ? outsider(letter.id) : partyAt(from)
  const receiver = partyAt(to)
  // Dead letters passed this check when they arrived; refused mail never becomes a dead letter.
  if (sender === 'dead-letters') return undefined
  const who = from ?? sender ?? 'somebody outside'
  const found = permissions.find(
    (each) => each.from === sender && each.to === receiver && each.events.includes(event.type),
  )
  if (!found) return `${who} may not send ${event.type} to ${receiver ? `a ${receiver}` : to}`
  if (from === null) return undefined
  if (found.as && !isSuch(found.as, from, to))
    return `${who} may send ${event.type} only as ${found.as} of the ${receiver}`
  if (found.if && !found.if[1]({ ...letter, from }, standing))
    return `${who} may send ${event.type} only ${found.if[0]}`
  return undefined
}

/** By the first part of their ids. */
const OUTSIDERS: ReadonlyMap<string, Party> = new Map([
  ['control', 'operator'],
  ['registry', 'registry'],
  ['calls', 'calls'],
])

function outsider(id: string): Party | undefined {
  const [, prefix = ''] = /^([a-z]+)\//.exec(id) ?? []
  return OUTSIDERS.get(prefix)
}

/** Actors by the pattern of their addresses, from a root down. */
const PLACES: readonly (readonly [pattern: RegExp, party: Party])[] = [
  [/^system$/, 'system'],
  [/^system\.(budget|pool|supervisor)$/, 'system'],
  [/^system\.supervisor\.orchestrator:[^.]+$/, 'orchestrator'],
  [/^system\.supervisor\.orchestrator:[^.]+\.task:[^.]+$/, 'task'],
  [/^system\.supervisor\.orchestrator:[^.]+\.integrator$/, 'integrator'],
  [/^node-[^.]+$/, 'node'],
  [/^(system\.pool|node-[^.]+)\.worker:\d+$/, 'worker'],
  [/^(system\.pool|node-[^.]+)\.worker:\d+\.(agent|review\.agent:[^.]+)$/, 'agent'],
  [/^(system\.pool|node-[^.]+)\.worker:\d+\.review$/, 'review'],
  [/^dead-letters$/, 'dead-letters'],
]

/** Undefined: no actor of the development system has this address. */
export function partyAt(address: Address): Party | undefined {
  const [, party] = PLACES.find(([pattern]) => pattern.test(address)) ?? []
  const isNamedByPlace = party === 'system' && address !== 'system'
  return isNamedByPlace ? (address.slice('system.'.length) as Party) : party
}

export function isElsewhere(address: Address): boolean {
  return address.startsWith('node-')
}

function parentOf(address: Address): Address {
  return address.slice(0, Math.max(0, address.lastIndexOf('.')))
}

function isSuch(as: NonNullable<MailPermission['as']>, from: Address, to: Address): boolean {
  switch (as) {
    case 'parent':
      return parentOf(to) === from
    case 'child':
      return parentOf(from) === to
    case 'sibling':
      return parentOf(from) === parentOf(to)
    default:
      return as satisfies never
  }
}

/** A pool names its own workers by id and those of nodes by address. */
function workerAt(pool: Address, worker: unknown): Address | undefined {
  if (typeof worker !== 'string') return undefined
  return isElsewhere(worker) ? worker : `${pool}.${worker}`
}

/** The worker that an agent works for. */
function workerOf(agent: Address): Address {
  return agent.replace(/\.(agent|review\..*)$/, '')
}

function isOwnId(from: Address, id: unknown): boolean {
  return typeof id === 'string' && id.startsWith(`${from}/`)
}

/** The id of a call begins with the agent's address and names its account (agent-state.ts). */
function isOwnCall(from: Address, { id, account }: Event): boolean {
  const parsed = accountSchema.safeParse(account).data
  if (!parsed || typeof id !== 'string') return false
  const { milestone, task, attempt } = parsed
  return id.startsWith(`${from}/${milestone}/${task}/${attempt}#`)
}

/** Workers at home are children of their pool and need no further check. */
function hasInHand(worker: Address, account: unknown, holds: HomeRecords['holds']): boolean {
  if (!isElsewhere(worker)) return true
  const parsed = accountSchema.safeParse(account).data
  return parsed !== undefined && holds(worker, parsed)
}
