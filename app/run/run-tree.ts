// Run tree
//
// Owns:   starting the actors of a run, with what their invocations do.
// Leaves: the actors (machines/), requests to them (run-control.ts).

import { type RunningNode, startNode } from '../../actors/index.ts'
import {
  createRedactor,
  escalationPolicies,
  type RunInput,
  reviewUnder,
  runInputSchema,
} from '../../machines/index.ts'
import type { Home } from '../nodes/home.ts'
import { redactingOutputs } from '../redaction/redacting.ts'
import { keepingOrder, tellingSteps } from '../replay/in-order.ts'
import type { Replaying } from '../replay/replaying.ts'
import type { RunSettings } from '../settings/settings.ts'
import { type Agents, noAgents } from './agents.ts'
import { system, systemKinds } from './definitions.ts'
import { createImplementations, type DevelopmentImplementations } from './implementations.ts'
import { inFlightOf } from './in-flight.ts'
import type { Opening } from './opening.ts'
import type { RunFacts } from './run-facts.ts'
import type { RunStore } from './run-store.ts'
import type { RunTransport } from './run-transport.ts'
import type { RunWork } from './run-work.ts'

/** The parts of a run that its tree is started on. */
export interface RunParts {
  readonly storage: RunStore
  readonly transport: RunTransport
  readonly work: RunWork
  readonly facts: RunFacts
  readonly agents: Agents | undefined
  readonly home: Home
}

export function startTree(opening: Opening, parts: RunParts): Promise<RunningNode> {
  const { settings, replay } = opening
  const { storage, transport, facts, home } = parts
  return startNode({
    root: system,
    actors: systemKinds,
    input: runInput(settings, replay),
    implementations: implementationsOf(opening, parts),
    store: storage.store,
    mail: transport.mail,
    tell: facts.tell,
    accepts: home.door,
  })
}

function implementationsOf(
  { settings, secrets, replay }: Opening,
  { work, facts, agents, home }: RunParts,
): DevelopmentImplementations {
  const own = {
    ...createImplementations({ ...settings, ...work, post: home.post }),
    ...(agents?.implementations ?? noAgents),
  }
  // Source texts come back, too: only known secrets are removed from them.
  const redacting = redactingOutputs(own, createRedactor(secrets, { forms: false }))
  const told = tellingSteps(redacting, facts.readers.step)
  return replay ? keepingOrder(told, replay.order) : told
}

function runInput(
  { repository, milestones, workers, nats, models, agentCommands, budget, gates }: RunSettings,
  replay: Replaying | undefined,
): RunInput {
  const inFlight = replay?.inFlight ?? inFlightOf({ workers, nats })
  // A second try of a milestone would only repeat what the rounds of the first came to.
  const { policy: quality = 'balanced' } = gates ?? {}
  const escalation = escalationPolicies[quality]
  const policy = { inFlight, tries: 1, escalation, review: reviewUnder(gates ?? {}) }
  return runInputSchema.parse({
    repository,
    roadmap: milestones,
    // A call that waits for its turn does not keep a worker busy.
    workers: replay && models ? Math.max(workers, inFlight) : workers,
    policy,
    budget,
    models: models?.inUse ?? null,
    ...(agentCommands && { commands: agentCommands.inUse }),
  })
}
