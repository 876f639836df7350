// Definitions
//
// Owns:   the kinds of actors that a run consists of.

import { defineActor } from '../../kernel/index.ts'
import {
  agentActor,
  budgetActor,
  integratorActor,
  orchestratorActor,
  poolActor,
  reviewActor,
  supervisorActor,
  systemActor,
  taskActor,
  workerActor,
} from '../../machines/index.ts'

/** What a worker consists of, wherever it is. */
export const workerKinds = [
  defineActor(workerActor),
  defineActor(agentActor),
  defineActor(reviewActor),
] as const

/** The root of a run. */
export const system = defineActor(systemActor)

/** All other kinds of actors in a run. */
export const systemKinds = [
  defineActor(budgetActor),
  defineActor(poolActor),
  ...workerKinds,
  defineActor(supervisorActor),
  defineActor(orchestratorActor),
  defineActor(integratorActor),
  defineActor(taskActor),
] as const

export const definitions = [system, ...systemKinds]
