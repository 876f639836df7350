// With the key of a node: odd values in what it may write itself, its lease and its objects, which home reads.

import { hash } from 'node:crypto'
import { z } from 'zod'
import { openNodeRegistry } from '../../../app/nodes/node-registry.ts'
import { fetchText } from '../../../app/nodes/object-files.ts'
import { presenceHere } from '../../../app/nodes/presence.ts'
import { defineActor, type Event } from '../../../kernel/index.ts'
import { poolActor } from '../../../machines/index.ts'
import { type Connection, type Envelope, openLeases, openObjects } from '../../../transport/index.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { isPolluted, oddValues } from './odd-payloads.ts'
import { onStage, type Stage, SYSTEM } from './wire-stage.ts'

const LEASE = `canopy.${SYSTEM}.jetstream.$KV.canopy-${SYSTEM}-nodes.a`
const BOX = `canopy-${SYSTEM}-objects-node-a`
const pool = defineActor(poolActor)
const MEGABYTE = 1_000_000
const presence = presenceHere({ workers: 1, busy: 0, since: 0, build: 'b' })

function oddLeases(): string[] {
  const lease = (fields: object): string =>
    JSON.stringify({ owner: 'o', epoch: 1, value: presence, ...fields })
  const fields = (value: string): string[] => [
    value,
    `{"owner":${value},"epoch":1,"value":${JSON.stringify(presence)}}`,
    `{"owner":"o","epoch":${value},"value":${JSON.stringify(presence)}}`,
    ...['host', 'pid', 'workers', 'build', 'agents'].map((field) =>
      lease({})
        .replace(/"value":\{/, `"value":{"${field}":${value},`)
        .replace(/\}\}$/, `,"${field}":${value}}}`),
    ),
  ]
  return [...oddValues.flatMap(fields), lease({ epoch: 1.5 }), lease({ epoch: -5 }), lease({ epoch: 1e21 })]
}

/** Home must see all others whatever one says. */
async function asLease({ home, connect }: Stage): Promise<AttackResult> {
  const [thief, honest] = [await connect('node-a'), await connect('node-b')]
  const theirs = await openLeases({ connection: honest, system: SYSTEM })
  await theirs.acquire('b', () => presence)
  const told: Event[] = []
  const leases = await openLeases({ connection: home, system: SYSTEM })
  const registry = openNodeRegistry({
    leases,
    mail: {
      publish: async ({ event }: Envelope) => {
        told.push(event)
        return 'accepted'
      },
    },
    pool: 'system.pool',
    build: 'b',
    retire: async () => {},
    trouble: () => {},
  })
  try {
    const odd = oddLeases()
    for (const text of odd) {
      await thief.nats.request(LEASE, text, { timeout: 2_000 })
      const present = await registry.look()
      if (!present.some(({ name }) => name === 'b'))
        return succeeded(`node b is not seen any more: ${text.slice(0, 200)}`)
      const wrong = told.splice(0).find((event) => !isRegistry(event))
      if (wrong) return succeeded(`the pool is told ${JSON.stringify(wrong).slice(0, 200)}`)
    }
    return isPolluted()
      ? succeeded('all objects have got a field')
      : refused(`${odd.length} odd leases harm nobody`)
  } finally {
    registry.close()
    await theirs.close()
  }
}

/** The pool takes it, and each node is one whose mail could come. */
function isRegistry(event: Event): boolean {
  const { nodes = [] } = event as { nodes?: readonly { node: string }[] }
  const isTaken = z.safeParse(pool.events, event).success
  return isTaken && nodes.every(({ node }) => /^node-[ab]-\d{1,16}$/.test(node))
}

async function putRaw(node: Connection, name: string, meta: string, chunks: number): Promise<void> {
  const put = (subject: string, bytes: string | Uint8Array) =>
    node.nats.request(`$O.${BOX}.${subject}`, bytes, { timeout: 5_000 })
  const chunk = Buffer.alloc(MEGABYTE, 'x')
  for (let at = 0; at < chunks; at += 1) await put('C.evil', chunk)
  await put(
    `M.${Buffer.from(name)
      .toString('base64url')
      .padEnd(4 * Math.ceil(name.length / 3), '=')}`,
    meta,
  )
}

async function asObject({ home, connect }: Stage): Promise<AttackResult> {
  const node = await connect('node-a')
  const objects = openObjects({ connection: home, system: SYSTEM, member: 'node-a', idleMs: 1_000 })
  const meta = (fields: string): string =>
    `{"name":"evil","bucket":"${BOX}","nuid":"evil","size":10,"chunks":1,"digest":"SHA-256=x"${fields}}`
  const odd = oddValues.flatMap((value) =>
    ['size', 'nuid', 'digest'].map((field) => meta(`,"${field}":${value}`)),
  )
  for (const text of ['', 'null', '{}', ...odd]) {
    await putRaw(node, 'evil', text, 0)
    const read = await fetchText(objects, 'evil').then(
      (found) => found,
      (error: Error) => error,
    )
    if (typeof read === 'string' && read !== '')
      return succeeded(`home read ${read.slice(0, 100)} for ${text}`)
  }
  const bytes = Buffer.alloc(34 * MEGABYTE, 'x')
  const digest = `SHA-256=${hash('sha256', bytes, 'base64url')}`
  await putRaw(node, 'large', meta(`,"name":"large","size":${bytes.length},"digest":"${digest}"`), 34)
  const large = await fetchText(objects, 'large').catch((error: Error) => error)
  if (typeof large === 'string') return succeeded(`home holds a text of ${large.length} characters`)
  if (!large.message.includes('more than')) return couldNotRun(large.message)
  return isPolluted() ? succeeded('all objects have got a field') : refused(large.message)
}

const attack = (title: string, play: (stage: Stage) => Promise<AttackResult>): Attack => ({
  title,
  play: () => onStage(play),
})

export const attacks: Readonly<Record<string, Attack>> = {
  lease: attack('A node writes odd values into its lease, so that home sees no node any more.', asLease),
  object: attack(
    'A node writes odd descriptions of its objects, and a question larger than the memory.',
    asObject,
  ),
}
