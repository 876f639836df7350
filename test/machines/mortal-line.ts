// A process of its own that runs a merge queue on LevelDB and a real nats-server, and dies by SIGKILL at the moment it is
// told. Prints one line of JSON when all that was handed in is answered.

import { join } from 'node:path'
import { Node } from '../../actors/index.ts'
import { openStore } from '../../persistence/index.ts'
import { connectNats, openMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { definitions, judge, QUEUE, root, WORK } from './merge-line.ts'

export interface Order {
  readonly directory: string
  readonly nats: { readonly url: string; readonly credentials: string }
  /** `asked 3`: when it is asked for the third time; `merged 4`: when the branch has moved and nobody knows; '' for none. */
  readonly dieAt: string
}

const { directory, nats, dieAt } = JSON.parse(process.argv[2] ?? '{}') as Order
const store = await openStore({ directory: join(directory, 'store') })
const connection = await connectNats({ ...nats, name: 'line' })
const mail = await openMail({ connection, system: 'line', unit: 'main', mailboxLimit: 100 })
/** Judged is first what came first, when all has come. */
async function allHaveCome(): Promise<boolean> {
  const context = (await store.read(QUEUE))?.record.snapshot.context
  const { plan } = (context ?? {}) as { plan?: { waiting: unknown[] } }
  return plan?.waiting.length === WORK.length
}

const node = await Node.start({
  definitions,
  root,
  implementations: {
    integrate: async ({ input }) => {
      const { stack } = input as { stack: readonly { task: { id: string } }[] }
      const ids = stack.map(({ task }) => task.id)
      if (ids[0] === WORK[0]) await eventually(allHaveCome, { within: 60_000, what: 'all that is handed in' })
      return judge(join(directory, 'branch'), ids, (moment) => {
        if (moment === dieAt) process.kill(process.pid, 'SIGKILL')
      })
    },
  },
  store,
  mail,
})
const ending = await node.ending
console.log(JSON.stringify(ending))
await mail.close()
await connection.close()
await store.close()
