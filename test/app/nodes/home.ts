// A home for nodes: all of a run that a node can see of it, without the run.

import { openBoxes } from '../../../app/nodes/boxes.ts'
import { type HomeServer, openHomeServer } from '../../../app/nodes/home-server.ts'
import { openNodeRegistry } from '../../../app/nodes/node-registry.ts'
import { buildOf, HOME, presentOf, unitOf } from '../../../app/nodes/presence.ts'
import { reachAll } from '../../../app/nodes/reach.ts'
import type { Event } from '../../../kernel/index.ts'
import {
  type Connection,
  openControl,
  openLeases,
  openMail,
  openObjects,
  renewConsumerOf,
  retireMail,
  retireObjects,
  retireUnit,
} from '../../../transport/index.ts'
import type { Workspace } from '../../../workspace/index.ts'

export const VERSION = '1.2.3'

export interface Home {
  /** What the pool was told. */
  readonly told: Event[]
  readonly troubles: string[]
  /** The names that are held. */
  names(): Promise<string[]>
  /** As when the run is over. */
  close(): Promise<void>
}

export async function openHome(connection: Connection, system: string, version = VERSION): Promise<Home> {
  const build = buildOf(version)
  const told: Event[] = []
  const troubles: string[] = []
  const trouble = (sentence: string) => void troubles.push(sentence)
  const leases = await openLeases({ connection, system })
  const boxes = openBoxes((member) => openObjects({ connection, system, member }))
  const mail = await openMail({ connection, system, unit: HOME, unitOf, mailboxLimit: 100 })
  await mail.receive({
    onDelivery(delivery) {
      told.push(delivery.envelope.event)
      delivery.ack()
    },
    onUndecodable: () => {},
    onSession: () => {},
  })
  const retire = (node: string) => retireUnit(connection, system, unitOf(node))
  const registry = openNodeRegistry({ leases, mail, pool: 'system.pool', build, retire, trouble })
  const homeServer: HomeServer = openHomeServer({
    workspace: {} as Workspace,
    boxes,
    renewMail: (unit) => renewConsumerOf(connection, system, unit),
    pool: 'system.pool',
    seed: 1,
    build,
  })
  const control = openControl({ connection, system, sender: HOME })
  const nodes = async () => ({ ok: true, value: [] }) as const
  const away = { ok: false, error: { code: 'unknown_actor', message: 'nobody lives here' } } as const
  const here = async () => away
  const reach = reachAll(
    { send: here, 'send.*': here, chart: here, inspect: async () => ({ ok: true, value: 'here' }) },
    {
      registry,
      ask:
        (unit) =>
        (...asked) =>
          openControl({ connection, system, unit, sender: HOME }).request(...asked),
    },
  )
  await control.serve({ nodes, ...homeServer.verbs({ registry, inHand: () => [] }), ...reach })
  return {
    told,
    troubles,
    names: async () => (await leases.list()).flatMap((held) => presentOf(held)?.name ?? []),
    async close() {
      registry.close()
      await control.close()
      await mail.close()
      await leases.destroy()
      await retireObjects(connection, system)
      await retireMail(connection, system)
    },
  }
}
