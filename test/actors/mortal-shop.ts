// A process of its own that runs a small shop on LevelDB and a real nats-server, and dies by SIGKILL at the operation
// it is told. Prints one line of JSON when the shop has closed.

import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Node } from '../../actors/index.ts'
import { openStore } from '../../persistence/index.ts'
import { connectNats, openMail } from '../../transport/index.ts'
import { Cord, cutMail, cutStore } from './cord.ts'
import { definitions, type ShopSize } from './shop.ts'

export interface Order {
  readonly directory: string
  readonly system: string
  readonly nats: { readonly url: string; readonly credentials: string }
  readonly size: ShopSize
  /** The operation at which it dies; 0 for none. */
  readonly dieAt: number
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order
const { directory, system, nats, size, dieAt } = order
const till = join(directory, 'till')

function paid(): string[] {
  try {
    return readFileSync(till, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

const cord = new Cord(dieAt === 0 ? undefined : dieAt - 1, () => process.kill(process.pid, 'SIGKILL'))
const store = await openStore({ directory: join(directory, 'store') })
const connection = await connectNats({ ...nats, name: 'shop' })
const mail = await openMail({ connection, system, unit: 'main', mailboxLimit: 100 })
const node = await Node.start({
  definitions,
  root: { kind: 'shop', input: size },
  implementations: {
    pay: ({ input, key }) =>
      cord.through(async () => {
        // The seller knows the key: asked again it gives the same answer and takes no second payment.
        if (!paid().includes(key)) appendFileSync(till, `${key}\n`)
        return (input as { left: number }).left
      }),
  },
  store: cutStore(store, cord),
  mail: cutMail(mail, cord),
})
const ending = await node.ending
const ledger = (await store.read('shop.ledger'))?.record.snapshot
const letters: unknown[] = []
for await (const letter of store.deadLetters()) letters.push(letter)
console.log(JSON.stringify({ ending, ledger, paid: paid(), letters, operations: cord.operations }))
await mail.close()
await connection.close()
await store.close()
