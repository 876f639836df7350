// The root of the benchmark's tree: a pool and one orchestrator, as `system` and `supervisor` have them, with needs
// between the tasks.

import { assign, setup } from 'xstate'
import {
  type OrchestratorInput,
  type OrchestratorOutput,
  orchestratorActor,
  poolActor,
} from '../../../machines/index.ts'

export interface RoadmapInput {
  readonly workers: number
  readonly orchestrator: Omit<OrchestratorInput, 'address' | 'pool'>
}

const ROOT = 'roadmap'
export const POOL = `${ROOT}.pool`

const machine = setup({
  types: {
    input: {} as RoadmapInput,
    context: {} as RoadmapInput & { result: OrchestratorOutput | null },
    output: {} as OrchestratorOutput | null,
  },
  actors: { pool: poolActor.machine, orchestrator: orchestratorActor.machine },
}).createMachine({
  context: ({ input }) => ({ ...input, result: null }),
  initial: 'active',
  states: {
    active: {
      invoke: [
        {
          src: 'pool',
          id: 'pool',
          input: ({ context }) => ({ address: POOL, size: context.workers }),
          onDone: 'ended',
          onError: 'ended',
        },
        {
          src: 'orchestrator',
          id: 'orchestrator',
          input: ({ context: { orchestrator } }) => ({
            ...orchestrator,
            address: `${ROOT}.orchestrator`,
            pool: POOL,
          }),
          onDone: { target: 'ended', actions: assign({ result: ({ event }) => event.output }) },
          onError: 'ended',
        },
      ],
    },
    ended: { type: 'final' },
  },
  output: ({ context }) => context.result,
})

export const roadmapActor = {
  kind: ROOT,
  machine,
  children: { pool: { type: 'supervisor' }, orchestrator: { restart: 'transient', type: 'supervisor' } },
  strategy: { kind: 'rest_for_one' },
} as const
