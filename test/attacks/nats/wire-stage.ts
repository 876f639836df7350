// A system on a real server, as much of it as a key can reach: the mail of home, what it was sent, and who connects.

import {
  type Connection,
  connectNats,
  type NatsServer,
  openControl,
  openLeases,
  openMail,
  openObjects,
  startNatsServer,
} from '../../../transport/index.ts'
import { keyringWith, natsBinary, stopServers, temporaryFolder } from '../../transport/nats.ts'

export const SYSTEM = 'prey'

export interface Stage {
  readonly server: NatsServer
  readonly home: Connection
  /** What reached an actor of home, by type. */
  readonly delivered: string[]
  /** What was put aside, with the reason. */
  readonly forged: string[]
  /** What home was asked, and by whom. */
  readonly asked: string[]
  connect(member: string): Promise<Connection>
}

const unitOf = (address: string): string =>
  address.startsWith('node-') ? (/^(node-[a-z]+)-(\d+)/.exec(address)?.slice(1).join('.') ?? '') : 'main'

/** With nodes `a` and `b`. */
export async function onStage<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
  const server = await startNatsServer({
    binary: await natsBinary(),
    directory: await temporaryFolder(),
    keyring: keyringWith(SYSTEM, 'a', 'b'),
  })
  const connections: Connection[] = []
  const connect = async (member: string): Promise<Connection> => {
    const connection = await connectNats({
      url: server.url,
      credentials: server.credentials[member],
      name: member,
    })
    connections.push(connection)
    return connection
  }
  try {
    const home = await connect('main')
    const [delivered, forged, asked]: string[][] = [[], [], []]
    const mail = await openMail({ connection: home, system: SYSTEM, unit: 'main', unitOf, mailboxLimit: 100 })
    await mail.receive({
      onDelivery(delivery) {
        delivered?.push(delivery.envelope.event.type)
        delivery.ack()
      },
      onUndecodable: ({ error }) => void forged?.push(error),
      onSession: () => {},
    })
    for (const node of ['node-a', 'node-b'])
      await openObjects({ connection: home, system: SYSTEM, member: node }).make()
    await openLeases({ connection: home, system: SYSTEM })
    const verbs = ['status', 'send', 'send.*', 'backup', 'model-ask', 'node-code']
    const control = openControl({ connection: home, system: SYSTEM })
    await control.serve(
      Object.fromEntries(verbs.map((verb) => [verb, async () => ({ ok: true, value: null })] as const)),
      ({ verb, sender }) => void asked?.push(`${sender} ${verb}`),
    )
    return await play({
      server,
      home,
      delivered: delivered ?? [],
      forged: forged ?? [],
      asked: asked ?? [],
      connect,
    })
  } finally {
    for (const connection of connections) await connection.close()
    await server.stop()
    await stopServers()
  }
}

/** What the server was sent until now has come wherever it comes. */
export async function settled({ home }: Stage, ...connections: Connection[]): Promise<void> {
  for (const connection of connections) await connection.nats.flush().catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 200))
  await home.nats.flush()
}
