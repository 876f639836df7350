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
export const workerKinds = [workerActor, agentActor, reviewActor]

export const definitions = [
  systemActor,
  budgetActor,
  poolActor,
  ...workerKinds,
  supervisorActor,
  orchestratorActor,
  integratorActor,
  taskActor,
].map(defineActor)
