// Presence
//
// Owns:   what a node says of itself, how it is named where, and whether it fits a run.
//
// P1. The address of a node's root holds the epoch of its lease: it is another one each time that the node joins, and
//     whatever an earlier one still says comes from nobody.
// P2. Its unit is named for its member, which has a credential, and for the life: `node-<name>.<epoch>`.

import { hostname } from 'node:os'
import { z } from 'zod'
import type { Address } from '../../kernel/index.ts'
import { HOME, type LeaseView } from '../../transport/index.ts'

/** The unit of the process that has the repository, and the member whose it is. */
export { HOME }

const AWAY = 'node-'

/** The member that a node of this name is. */
export function nodeMember(name: string): string {
  return `${AWAY}${name}`
}

/** The name of the node that a member is. */
export function nodeName(member: string): string {
  return member.slice(AWAY.length)
}

/** The address of the root of a node in one of its lives. */
export function nodeAddress(name: string, epoch: number): Address {
  return `${nodeMember(name)}-${epoch}`
}

/** The unit that an address is in, told by its first token: `main`, or `node-a.7` for `node-a-7`. */
export function unitOf(address: Address): string {
  const cut = address.indexOf('.')
  const root = cut < 0 ? address : address.slice(0, cut)
  if (!root.startsWith(AWAY)) return HOME
  const life = root.lastIndexOf('-')
  return life < AWAY.length ? root : `${root.slice(0, life)}.${root.slice(life + 1)}`
}

/** Must be the same on all machines of a run: one runs what another writes. */
export function buildOf(version: string): string {
  const [major] = process.versions.node.split('.')
  return `Canopy ${version}, Node ${major}, ${process.platform} ${process.arch}`
}

export const presenceSchema = z.object({
  host: z.string().max(255),
  pid: z.int(),
  workers: z.int().min(1).max(256),
  busy: z.int().nonnegative(),
  /** Milliseconds since the Unix epoch. */
  since: z.int(),
  build: z.string().max(200),
  /** It can do what needs a model. */
  agents: z.boolean().optional(),
})
export type Presence = z.infer<typeof presenceSchema>

export function presenceHere(of: Omit<Presence, 'host' | 'pid'>): Presence {
  return { host: hostname(), pid: process.pid, agents: true, ...of }
}

export interface Present extends Presence {
  readonly name: string
  readonly epoch: number
  /** When it was last heard of. */
  readonly seen: number
}

/** Undefined when a stranger holds the lease. */
export function presentOf({ name, epoch, value, renewed }: LeaseView): Present | undefined {
  const presence = presenceSchema.safeParse(value).data
  return presence && { ...presence, name, epoch, seen: renewed }
}
