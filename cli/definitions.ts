// Definitions
//
// Owns:   the kinds of actors that a run consists of.

import {
  defineActor,
  integratorActor,
  orchestratorActor,
  poolActor,
  supervisorActor,
  systemActor,
  taskActor,
  workerActor,
} from '../machines/index.ts'

export const definitions = [
  systemActor,
  poolActor,
  workerActor,
  supervisorActor,
  orchestratorActor,
  integratorActor,
  taskActor,
].map(defineActor)
