// A process of its own that runs an office on LevelDB and a real nats-server, and dies by SIGKILL at the operation it is
// told. Prints one line of JSON when the office has closed.

import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Node } from '../../actors/index.ts'
import { openStore } from '../../persistence/index.ts'
import { connectNats, openMail } from '../../transport/index.ts'
import { Cord, cutMail, cutStore } from '../actors/cord.ts'
import { BUDGET, CALLS, definitions, essence, root } from './budget-office.ts'

export interface Order {
  readonly directory: string
  readonly system: string
  readonly nats: { readonly url: string; readonly credentials: string }
  /** The operation at which it dies; 0 for none. */
  readonly dieAt: number
}

const { directory, system, nats, dieAt } = JSON.parse(process.argv[2] ?? '{}') as Order
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
const connection = await connectNats({ ...nats, name: 'office' })
const mail = await openMail({ connection, system, unit: 'main', mailboxLimit: 100 })
const node = await Node.start({
  definitions,
  root,
  implementations: {
    call: ({ key }) =>
      cord.through(async () => {
        // The vendor knows the key: asked again it gives the same answer and takes no second payment.
        if (!paid().includes(key)) appendFileSync(till, `${key}\n`)
        return 1
      }),
  },
  store: cutStore(store, cord),
  mail: cutMail(mail, cord),
})
const ending = await node.ending
const ledger = (await store.read(BUDGET))?.record.snapshot.context as never
const letters: unknown[] = []
// What a caller had stepped but not acknowledged when all died comes again, and finds it over.
const isLast = (event: unknown): boolean => JSON.stringify(event).includes(`#${CALLS + 1}"`)
for await (const letter of store.deadLetters()) {
  if (!isLast((letter.message as { event?: unknown }).event)) letters.push(letter)
}
const { kind } = ending
console.log(
  JSON.stringify({ kind, ledger: essence(ledger), paid: paid(), letters, operations: cord.operations }),
)
await mail.close()
await connection.close()
await store.close()
