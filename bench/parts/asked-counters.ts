// Asked counters: actors that are asked over core NATS to count, and answer when that is committed. The event is kept by
// the mail's stream before it is stepped, so it is not lost whatever dies meanwhile.

import { controlHandlers, Node } from '../../actors/index.ts'
import { openStore } from '../../persistence/index.ts'
import { type Connection, openControl, openMail } from '../../transport/index.ts'
import { countersOf } from './counters.ts'

const TIMEOUT_MS = 30_000

export interface AskedCountersOptions {
  readonly asker: Connection
  readonly answerer: Connection
  readonly directory: string
  readonly actors: number
  readonly sync?: boolean
  /** Two of them on one server need two names. */
  readonly system?: string
}

export interface AskedCounters {
  /** Resolves when this counter's step is committed and that is answered. */
  ask(counter: number): Promise<void>
  close(): Promise<void>
}

export async function openAskedCounters(options: AskedCountersOptions): Promise<AskedCounters> {
  const { asker, answerer, directory, actors, sync = false, system = 'bench' } = options
  const store = await openStore({ directory, sync })
  const mail = await openMail({ connection: answerer, system, unit: 'main', mailboxLimit: 10_000 })
  const ready = Promise.withResolvers<void>()
  let begun = 0
  const node = await Node.start({
    ...countersOf(actors),
    implementations: {},
    store,
    mail,
    tell: (fact) => {
      if (fact.type === 'actor.stepped' && ++begun === actors + 1) ready.resolve()
    },
  })
  await ready.promise
  const serving = openControl({ connection: answerer, system })
  await serving.serve(controlHandlers(node, mail, () => ({})))
  const control = openControl({ connection: asker, system })
  return {
    async ask(counter) {
      const order = { to: `group.c${counter}`, event: { type: 'TICK' }, wait: TIMEOUT_MS }
      const reply = await control.request('send', order, TIMEOUT_MS)
      if (!reply.ok) throw new Error(reply.error.message)
    },
    async close() {
      await serving.close()
      await node.stop(0)
      await mail.close()
      await store.close()
    },
  }
}
