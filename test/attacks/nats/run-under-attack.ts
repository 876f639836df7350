// A run on a real nats-server that the attacks of this group talk to as a node does: the development tree with its own
// door, on a simulated repository.

import { unitOf } from '../../../app/nodes/presence.ts'
import type { Event } from '../../../kernel/index.ts'
import { type Connection, type Envelope, type NatsServer, openMail } from '../../../transport/index.ts'
import { SimulatedRun } from '../../cli/simulated-run.ts'
import { eventually } from '../../eventually.ts'
import { connectTo, startServer } from '../../transport/nats.ts'

export const MEMBER = 'node-evil'
/** The unit and the address of its root, in its first life. */
export const UNIT = `${MEMBER}.1`
export const ROOT = `${MEMBER}-1`
export const LINE = 'system.supervisor.orchestrator:m1'

export interface UnderAttack extends AsyncDisposable {
  readonly server: NatsServer
  readonly system: string
  readonly run: SimulatedRun
  /** A connection of the node's. */
  readonly connection: Connection
  /** Mails as the node: the server lets it say no other sender's name. */
  mail(envelope: Omit<Envelope, 'id'>): Promise<void>
  /** A task that a worker has in hand. */
  task(): string
  /** Resolves when home has done with all mail that came before. */
  quiet(): Promise<void>
}

export async function beginRun(): Promise<UnderAttack> {
  const server = await startServer()
  const system = 'attacked'
  const run = new SimulatedRun({ server, system, modules: 4, workers: 2 })
  await run.start()
  await eventually(() => run.begun.length === 2, { what: 'workers at work' })
  const connection = await connectTo(server, 'evil')
  const mail = await openMail({
    connection,
    system,
    unit: UNIT,
    unitOf,
    renew: async () => {},
    mailboxLimit: 100,
  })
  let sent = 0
  const send = async (envelope: Omit<Envelope, 'id'>): Promise<void> => {
    sent += 1
    await mail.publish({ id: `evil/${sent}`, ...envelope })
  }
  return {
    server,
    system,
    run,
    connection,
    mail: send,
    async quiet() {
      const type = `LAST.${sent}`
      const from = { address: `${ROOT}.worker:9`, birth: 'last', number: sent + 1 }
      await send({ to: 'nobody', from, event: { type } })
      await eventually(() => run.facts.some((fact) => fact.type === 'letter.dead' && fact.event === type), {
        what: 'an end of all mail',
      })
    },
    task: () => run.node.actors.find(({ kind }) => kind === 'task')?.address ?? `${LINE}.task:none`,
    async [Symbol.asyncDispose]() {
      await mail.close()
      await connection.close()
      await run.remove()
      await server.stop()
    },
  }
}

export function says(run: SimulatedRun, type: string): boolean {
  return run.facts.some((fact) => fact.type === 'emitted' && (fact.event as Event).type === type)
}
