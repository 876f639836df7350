// A second process that works for the benchmark's run: it takes a lease, says so, waits to be admitted (a line), brings
// its workers, and lives until it is killed. Started with its order as JSON.

import { once } from 'node:events'

import { Node } from '../../../actors/index.ts'
import { HOME, nodeAddress, presenceHere, unitOf } from '../../../app/nodes/presence.ts'
import { defineActor } from '../../../kernel/index.ts'
import { remoteWorkersActor, workerActor } from '../../../machines/index.ts'
import { openStore } from '../../../persistence/index.ts'
import { connectNats, openLeases, openMail } from '../../../transport/index.ts'
import { Ledger } from './ledger.ts'
import { scriptedWork } from './scripted.ts'

export interface RemoteWorkersOptions {
  readonly nats: { readonly url: string; readonly credentials: string }
  readonly system: string
  readonly name: string
  readonly workers: number
  readonly pool: string
  readonly build: string
  readonly directory: string
  readonly ledger: string
}

const order = JSON.parse(process.argv[2] ?? '') as RemoteWorkersOptions
const { system, name, workers, pool, build } = order
const connection = await connectNats({ ...order.nats, name: `bench-${name}` })
const leases = await openLeases({ connection, system })
const since = Date.now()
const acquired = await leases.acquire(name, () => presenceHere({ workers, busy: 0, since, build }))
if (acquired.kind === 'taken') throw new Error(`${name} is there already`)
process.stdout.write('it has its lease\n')
await once(process.stdin, 'data')
const address = nodeAddress(name, acquired.lease.epoch)
const mail = await openMail({
  connection,
  system,
  unit: unitOf(address),
  unitOf,
  outside: [HOME],
  mailboxLimit: 1_000,
})
await Node.start({
  definitions: [remoteWorkersActor(address), workerActor].map((each) => defineActor(each)),
  root: { kind: address, input: { address, pool, size: workers } },
  implementations: scriptedWork(new Ledger(order.ledger)),
  store: await openStore({ directory: order.directory }),
  mail,
})
