// Asker
//
// Owns:   the door to the models: a question with a chain of models in, one answer out.
// Leaves: which model of the chain is asked (chain-call.ts), when a try may be sent (governor.ts).

import type { Clock } from '../../kernel/index.ts'
import type { ModelFact as GovernorFact, ModelResult } from '../../machines/index.ts'
import type { Model } from '../models/model.ts'
import { Candidate, ChainCall } from './chain-call.ts'
import type { Chance } from './chance.ts'
import { Governor, type GovernorStatus } from './governor.ts'
import type { ModelQuestion } from './question.ts'
import type { GovernorSettings } from './settings.ts'

/** Asks models. It throws only for bugs: a chain of unknown models. */
export interface ModelClient {
  ask(question: ModelQuestion): Promise<ModelResult>
}

interface GovernedModels extends ModelClient {
  /** Lets a paused model go on, or all. */
  resume(model?: string): void
  standing(): readonly GovernorStatus[]
}

interface AskerOptions {
  readonly models: readonly Model[]
  readonly settings: GovernorSettings | ((model: string) => GovernorSettings)
  readonly clock: Clock
  readonly chance: Chance
  readonly tell?: (fact: GovernorFact) => void
}

/**
 * One governor for each model; all that ask in this process share it.
 *
 * @example await createAsker({ models, settings, clock, chance }).ask({ chain: ['a/x', 'b/y'], request, key, signal })
 */
export function createAsker(options: AskerOptions): GovernedModels {
  const { models, settings, clock, chance, tell = () => {} } = options
  const settingsOf = (model: string) => (typeof settings === 'function' ? settings(model) : settings)
  const governors = new Map<string, Governor>()
  for (const model of models)
    governors.set(model.name, new Governor({ model, settings: settingsOf(model.name), clock, tell }))
  const governorOf = (name: string): Governor => {
    const found = governors.get(name)
    if (found) return found
    throw new Error(
      `model ${name}: there is none of this name; known are ${[...governors.keys()].join(', ')}`,
    )
  }
  return {
    async ask(question) {
      if (question.chain.length === 0) throw new Error('chain: name one model at least')
      const candidates = question.chain.map((name) => new Candidate(governorOf(name), settingsOf(name)))
      return new ChainCall(question, candidates, { clock, chance, tell }).run()
    },
    resume(model) {
      const resumed = model === undefined ? governors.values() : [governorOf(model)]
      for (const governor of resumed) governor.resume()
    },
    standing: () => [...governors.values()].map((each) => each.standing),
  }
}
