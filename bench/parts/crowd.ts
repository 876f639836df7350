// Crowd: a supervisor of `simple_one_for_one` with any number of counters below it, on a store on disk.

import { join } from 'node:path'
import { assign, setup } from 'xstate'
import { Node } from '../../actors/index.ts'
import { defineActor, defineSupervisor, type Event, type Fact } from '../../kernel/index.ts'
import { openStore, type Store } from '../../persistence/index.ts'
import { type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { inBatches } from './figures.ts'

/** So many starts are asked for at a time. */
export const AT_ONCE = 64

export const member = setup({
  types: {} as { context: { count: number; name: string }; events: Event },
}).createMachine({
  context: { count: 0, name: 'x'.repeat(100) },
  on: { TICK: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
})

export interface Crowd {
  readonly node: Node
  readonly mail: MemoryMail
  readonly store: Store
  close(): Promise<void>
}

export interface CrowdOptions {
  readonly directory: string
  readonly passivateAfterMs?: number
  readonly tell?: (fact: Fact) => void
}

export async function openCrowd({ directory, passivateAfterMs, tell }: CrowdOptions): Promise<Crowd> {
  const store = await openStore({ directory: join(directory, 'crowd') })
  const mail = openMemoryMail({ mailboxLimit: 100_000 })
  const node = await Node.start({
    definitions: [
      defineSupervisor({
        kind: 'crowd',
        init: { strategy: 'simple_one_for_one', children: [{ id: 'm', src: 'member' }] },
      }),
      defineActor({
        kind: 'member',
        machine: member,
        ...(passivateAfterMs !== undefined && { passivateAfterMs }),
      }),
    ],
    root: { kind: 'crowd', input: null },
    implementations: {},
    store,
    mail,
    ...(tell && { tell }),
  })
  const close = async (): Promise<void> => {
    await node.stop(0)
    await mail.close()
    await store.close()
  }
  return { node, mail, store, close }
}

/** Each is durable and has begun. The names of their addresses. */
export async function startMembers({ node }: Crowd, count: number): Promise<string[]> {
  const crowd = node.supervisor('crowd')
  const addresses: string[] = []
  await inBatches(count, AT_ONCE, async () => {
    const reply = await crowd.startChild()
    if (!reply.ok) throw new Error(reply.error.message)
    addresses.push((reply.value as { child: string }).child)
  })
  return addresses
}
