// Remote workers
//
// The workers that a node adds to the pool of another node.
// Leaves: handing out work (pool.ts), the presence of the node (its lease).
//
// Its address changes each time that the node joins; the pool identifies the node by it.

import { setup } from 'xstate'
import { z } from 'zod'
import type { Address } from '../../kernel/index.ts'
import { type ChildDone, type ChildLost, childAddress } from '../children.ts'
import { type AgentMeans, workerActor } from '../worker/worker.ts'

export interface RemoteWorkersInput {
  readonly address: Address
  readonly pool: Address
  /** How many workers. */
  readonly size: number
  /** What its workers need for tasks with a model; null: they cannot do these. */
  readonly agents?: AgentMeans | null
}

const base = setup({
  types: {
    input: {} as RemoteWorkersInput,
    context: {} as RemoteWorkersInput,
    events: {} as ChildLost<`worker:${number}`> | ChildDone<`worker:${number}`>,
  },
  actors: { worker: workerActor.machine },
})

const machine = base
  .extend({
    actions: {
      hire: base.enqueueActions(({ context: { address: own, pool, size, agents = null }, enqueue }) => {
        for (let number = 1; number <= size; number += 1) {
          const id = `worker:${number}`
          const address = childAddress(own, id)
          enqueue.spawnChild('worker', { id, input: { pool, worker: address, address, agents } })
        }
      }),
    },
  })
  .createMachine({
    id: 'remoteWorkers',
    context: ({ input }) => input,
    initial: 'open',
    states: { open: { entry: 'hire' } },
  })

/** The root actor of a node that works for another node's pool; its kind is its address, as for every root. */
export function remoteWorkersActor(address: Address) {
  return {
    kind: address,
    version: 1,
    machine,
    events: z.never(),
    children: { worker: { restart: 'permanent', shutdown: 5_000 } },
    strategy: { kind: 'one_for_one', intensity: 10, period: 60 },
  } as const
}
