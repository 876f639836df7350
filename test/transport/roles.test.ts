// Roles: the table is what a real server does. Every role tries every kind of subject, its own and others', every verb of
// JetStream's API, to publish and to subscribe; the server refuses exactly what the table does not give.

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { locally, subjectFor } from '../../transport/access/roles.ts'
import {
  type Connection,
  type MemberRole,
  type NatsServer,
  openMail,
  openObjects,
  roles,
  table,
} from '../../transport/index.ts'
import { eventually } from '../contracts/mail.ts'
import { connectTo, keyringWith, startServer, stopServers } from './nats.ts'

const SYSTEM = 's'
const NODES = ['a', 'b']
const lesser = { node: 'node-a', operator: 'operator', viewer: 'viewer' } as const
const everybody = ['main', 'node-a', 'node-b', 'operator', 'viewer']
const streams = [
  'canopy-s-mail',
  'KV_canopy-s-nodes',
  'OBJ_canopy-s-objects-node-a',
  'OBJ_canopy-s-objects-node-b',
]

let server: NatsServer
let home: Connection

beforeAll(async () => {
  server = await startServer({ keyring: keyringWith(SYSTEM, ...NODES) })
  home = await connectTo(server)
  await openMail({ connection: home, system: SYSTEM, unit: 'main', mailboxLimit: 10 })
  for (const node of NODES)
    await openObjects({ connection: home, system: SYSTEM, member: `node-${node}` }).make()
})
afterAll(async () => {
  await home.close()
  await stopServers()
})

/** Each verb of JetStream's API, on each stream and consumer that there is. */
function apiSubjects(): string[] {
  const ofStream = [
    'CREATE',
    'UPDATE',
    'DELETE',
    'PURGE',
    'INFO',
    'MSG.GET',
    'MSG.DELETE',
    'SNAPSHOT',
    'RESTORE',
  ]
  const ofCluster = ['LEADER.STEPDOWN', 'PEER.REMOVE']
  const ofConsumer = [
    'CREATE',
    'DURABLE.CREATE',
    'DELETE',
    'INFO',
    'MSG.NEXT',
    'LEADER.STEPDOWN',
    'PAUSE',
    'UNPIN',
  ]
  const consumers = ['unit-main', 'unit-node-a', 'unit-node-b', 'own']
  const verbs = streams.flatMap((stream) => [
    ...[...ofStream, ...ofCluster].map((verb) => `STREAM.${verb}.${stream}`),
    ...['CREATE', 'NAMES', 'LIST'].map((verb) => `CONSUMER.${verb}.${stream}`),
    ...consumers.flatMap((consumer) => [
      ...ofConsumer.map((verb) => `CONSUMER.${verb}.${stream}.${consumer}`),
      `CONSUMER.CREATE.${stream}.${consumer}.canopy.s.mail.node-a.7.>`,
    ]),
    `DIRECT.GET.${stream}`,
    `DIRECT.GET.${stream}.canopy.s.mail.main.main.x`,
  ])
  const whole = [
    'INFO',
    'STREAM.NAMES',
    'STREAM.LIST',
    'STREAM.TEMPLATE.NAMES',
    'META.LEADER.STEPDOWN',
    'ACCOUNT.PURGE.A',
  ]
  return [...whole, ...verbs].flatMap((verb) => [`$JS.API.${verb}`, `canopy.${SYSTEM}.jetstream.${verb}`])
}

/** What the table is about, for everybody, and what it does not speak of. */
function subjects(): string[] {
  const rows = table.flatMap((row) => everybody.map((member) => filled(subjectFor(row, SYSTEM, member))))
  const mail = everybody.flatMap((to) => everybody.map((from) => `canopy.s.mail.${to}.7.${from}.system.pool`))
  const acks = ['main', 'node-a', 'node-b'].map((member) => `$JS.ACK.canopy-s-mail.unit-${member}.1.1.1.1.1`)
  const others = [
    'canopy.s.mail.main.main.system.pool',
    'canopy.other.control.node-a.node-join',
    'canopy.s.control.operator.explode',
    'canopy.s.nodes.node-b.7.main.send',
    '$KV.canopy-s-nodes.a.b',
    '$KV.canopy-s-nodes.main',
    '$O.canopy-s-objects-node-b.C.x',
    '$SYS.REQ.CLAIMS.UPDATE',
    '$SYS.REQ.SERVER.PING',
    '_INBOX.somebody.else',
    '_R_.somebody.else',
    'anything',
  ]
  const all = [...rows, ...mail, ...acks, ...others]
  return [...new Set([...all, ...all.map((subject) => locally(subject, SYSTEM)), ...apiSubjects()])]
}

/** A subject as somebody publishes it. */
const filled = (pattern: string): string => pattern.replaceAll('*', '7').replace(/>$/, 'x.y')

function covers(pattern: string, subject: string): boolean {
  const [wanted, given] = [pattern.split('.'), subject.split('.')]
  if (wanted.at(-1) !== '>' && wanted.length !== given.length) return false
  return wanted.every(
    (token, at) => token === given[at] || (given[at] !== undefined && ['*', '>'].includes(token)),
  )
}

function patternsOf(role: Exclude<MemberRole, 'home'>, rights: readonly string[]): string[] {
  return table
    .filter((row) => rights.includes(row.rights[role] ?? ''))
    .map((row) => locally(subjectFor(row, SYSTEM, lesser[role]), SYSTEM))
}

/** What the server refuses of this, by subject. */
async function refusals(
  connection: Connection,
  tried: (nats: Connection['nats']) => void,
): Promise<Set<string>> {
  const refused = new Set<string>()
  const statuses = connection.nats.status()
  void (async () => {
    for await (const status of statuses) {
      if (status.type === 'error') refused.add((status.error as unknown as { subject: string }).subject)
    }
  })()
  tried(connection.nats)
  await connection.nats.flush()
  return refused
}

describe.each(Object.entries(lesser) as [Exclude<MemberRole, 'home'>, string][])('a %s', (role, member) => {
  const all = subjects()

  test('may publish what the table gives it, and only that reaches home', async () => {
    const connection = await connectTo(server, member, member)
    const arrived: string[] = []
    const heard = home.nats.subscribe('>', {
      callback: (_error, message) => {
        if (message.string().startsWith('tried ')) arrived.push(message.string().slice('tried '.length))
      },
    })
    await home.nats.flush()
    const refused = await refusals(connection, (nats) => {
      for (const subject of all) nats.publish(subject, `tried ${subject}`)
    })
    await connection.nats.flush()
    await home.nats.flush()
    const given = patternsOf(role, ['says'])
    const expected = all.filter((subject) => !given.some((pattern) => covers(pattern, subject)))
    await eventually(() => expect([...refused].sort()).toEqual(expected.sort()))
    const allowed = all.filter((subject) => !refused.has(subject))
    await eventually(() => expect([...new Set(arrived)].sort()).toEqual(allowed.sort()))
    heard.unsubscribe()
    await connection.close()
  })

  test('may hear what the table gives it, and hears nothing else', async () => {
    const connection = await connectTo(server, member, member)
    const told: string[] = []
    const refused = await refusals(connection, (nats) => {
      for (const subject of [...all, '>', 'canopy.>', '$JS.>'])
        nats.subscribe(subject, { callback: (error, message) => void (error ?? told.push(message.subject)) })
    })
    const given = [...patternsOf(role, ['hears', 'answers']), '_INBOX.>']
    const expected = [...all, '>', 'canopy.>', '$JS.>'].filter(
      (subject) => !given.some((pattern) => covers(pattern, subject)),
    )
    await eventually(() => expect([...refused].sort()).toEqual(expected.sort()))
    const names = all.filter((subject) => !subject.startsWith('$JS') && !subject.startsWith('_'))
    for (const subject of names) home.nats.publish(subject, 'told')
    await home.nats.flush()
    await connection.nats.flush()
    await eventually(() =>
      expect([...new Set(told)].sort()).toEqual(
        names.filter((subject) => given.some((pattern) => covers(pattern, subject))).sort(),
      ),
    )
    await connection.close()
  })
})

test('another member of the same role has other subjects', () => {
  for (const row of table.filter(({ rights }) => Object.values(rights).includes('says'))) {
    if (!row.subject.includes('{')) continue
    const isShared = !/\{(member|name)\}/.test(row.subject)
    // Whether the leases are there, and who has them, all nodes may see.
    expect(isShared, row.subject).toBe(/^\$JS\.API\.STREAM\.(INFO|MSG\.GET)\.KV_/.test(row.subject))
  }
})

test('the table in docs/security.md is this one', async () => {
  const document = await readFile(new URL('../../docs/security.md', import.meta.url), 'utf8')
  const cells = roles.filter((role) => role !== 'home')
  const lines = table.map(({ what, subject, rights }) => {
    const given = cells.map((role) => rights[role] ?? '-')
    return `| ${[what, `\`${subject}\``, ...given].join(' | ')} |`
  })
  expect(document).toContain(lines.join('\n'))
})
