// With the key of a node: what a message carries beside its text is to work on the messages of others.

import { jetstreamManager } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import { type Envelope, openLeases, openMail } from '../../../transport/index.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { onStage, type Stage, SYSTEM, settled } from './wire-stage.ts'

const LEASES = `canopy-${SYSTEM}-nodes`

/** Home's next mail, whose number and life a node can know from the one before. */
const next: Envelope = {
  id: 'system.pool/b-1.0.0/7@system.task',
  to: 'system.task',
  from: { address: 'system.pool', birth: 'b-1.0.0', number: 7 },
  event: { type: 'NEXT' },
}

function withHeader(name: string, value: string) {
  const written = headers()
  written.set(name, value)
  return { headers: written }
}

async function namedLikeHomes({ home, delivered, ...stage }: Stage): Promise<AttackResult> {
  const node = await stage.connect('node-a')
  const own = `canopy.${SYSTEM}.mail.main.node-a.system.pool`
  const text = JSON.stringify({ id: 'x', from: null, event: { type: 'X' } })
  node.nats.publish(own, text, withHeader('Nats-Msg-Id', next.id))
  await settled({ home, delivered, ...stage }, node)
  const mail = await openMail({ connection: home, system: SYSTEM, unit: 'main', mailboxLimit: 100 })
  await mail.publish(next)
  await settled({ home, delivered, ...stage }, node)
  await mail.close()
  return delivered.includes('NEXT')
    ? refused('mail of home is known by what no node knows')
    : succeeded('mail of home was accepted and never kept')
}

async function rolledUp({ home, connect }: Stage, how: 'all' | 'sub'): Promise<AttackResult> {
  const manager = await jetstreamManager(home.nats)
  const leases = await openLeases({ connection: await connect('node-b'), system: SYSTEM })
  await leases.acquire('b', () => null)
  const thief = await connect('node-a')
  const subject = `canopy.${SYSTEM}.jetstream.$KV.${LEASES}.a`
  const answer = await thief.nats.request(subject, '{}', {
    timeout: 2_000,
    ...withHeader('Nats-Rollup', how),
  })
  const { state } = await manager.streams.info(`KV_${LEASES}`, { subjects_filter: '>' })
  await leases.close()
  const left = Object.keys(state.subjects ?? {})
  if (!left.includes(`$KV.${LEASES}.b`)) return succeeded("another node's lease is gone")
  const said = answer.json<{ error?: { description?: string } }>().error?.description
  return said ? refused(said) : succeeded('the bucket obeys such orders')
}

/** The same actor's mailbox under many subjects, each with a limit of its own. */
async function writtenOtherwise(stage: Stage): Promise<AttackResult> {
  const node = await stage.connect('node-a')
  const writings = ['system.po%6Fl', 'system.p%6fol', '%73ystem.pool', 'system.%70%6f%6f%6c', 'system%2Epool']
  for (const [at, address] of writings.entries()) {
    const from = { address: 'node-a-1.worker:1', birth: 'b', number: at + 1 }
    const envelope = { id: `a/${at}`, from, event: { type: 'OTHERWISE' } }
    node.nats.publish(`canopy.${SYSTEM}.mail.main.node-a.${address}`, JSON.stringify(envelope))
  }
  await settled(stage, node)
  if (stage.delivered.length > 0) return succeeded('it reached the actor beside its mailbox')
  return stage.forged.length === writings.length
    ? refused(stage.forged[0] ?? '')
    : couldNotRun('not all of it came')
}

const attack = (title: string, play: (stage: Stage) => Promise<AttackResult>): Attack => ({
  title,
  play: () => onStage(play),
})

export const attacks: Readonly<Record<string, Attack>> = {
  'named-like-homes': attack(
    "A node's mail has the id of home's next mail, so that the server drops that as sent twice.",
    namedLikeHomes,
  ),
  'rolled-up': attack('A node orders, with its own lease, that those of all others are removed.', (stage) =>
    rolledUp(stage, 'all'),
  ),
  'written-otherwise': attack(
    'A node writes the address of an actor in many ways, to have as many mailboxes.',
    writtenOtherwise,
  ),
}
