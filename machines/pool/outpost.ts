// Outpost
//
// Owns:   the workers that a node brings to a pool elsewhere.
// Leaves: what they are given (pool.ts), that the node is there at all (its lease).
//
// O1. Its address is another one each time that the node joins; the pool takes that for who it is.

import { setup } from 'xstate'
import { z } from 'zod'
import type { Address } from '../../kernel/index.ts'
import { type ChildDone, type ChildLost, childAddress } from '../children.ts'
import { type AgentMeans, workerActor } from '../worker/worker.ts'

export interface OutpostInput {
  readonly address: Address
  readonly pool: Address
  /** How many workers. */
  readonly size: number
  /** What its workers need for tasks that need a model; null: they cannot do these. */
  readonly agents?: AgentMeans | null
}

const base = setup({
  types: {
    input: {} as OutpostInput,
    context: {} as OutpostInput,
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
    id: 'outpost',
    context: ({ input }) => input,
    initial: 'open',
    states: { open: { entry: 'hire' } },
  })

/** The root of a node that works for a pool elsewhere; its kind is its address, as that of every root. */
export function outpostActor(address: Address) {
  return {
    kind: address,
    version: 1,
    machine,
    events: z.never(),
    children: { worker: { restart: 'permanent', shutdown: 5_000 } },
    strategy: { kind: 'one_for_one', intensity: 10, period: 60 },
  } as const
}
