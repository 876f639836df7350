// Definitions
//
// Owns:   the kinds of actors that a run consists of.

import {
  agentActor,
  budgetActor,
  defineActor,
  integratorActor,
  orchestratorActor,
  poolActor,
  reviewActor,
  supervisorActor,
  systemActor,
  taskActor,
  workerActor,
} from '../machines/index.ts'

export const definitions = [
  systemActor,
  budgetActor,
  poolActor,
  workerActor,
  agentActor,
  reviewActor,
  supervisorActor,
  orchestratorActor,
  integratorActor,
  taskActor,
].map(defineActor)
