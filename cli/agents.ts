// Agents
//
// Owns:   putting together what agents need: the models of the run behind their governors, the conversations in the
//         store, the tools of each task's worktree.
// Leaves: each of these to its room; what is done with them (agent/).
//
// A1. Keys stay in here: neither a tool nor a conversation ever sees one.

import { type Clock, type Implementation, systemClock } from '../actors/index.ts'
import {
  type AgentInvocationName,
  type AgentOrder,
  costOf,
  type ModelsInUse,
  type Usage,
} from '../machines/index.ts'
import type { Store, Transcripts } from '../persistence/index.ts'
import {
  type Answer,
  type Asker,
  createAsker,
  type GovernorFact,
  governorSettingsSchema,
  type Lost,
  openModel,
  type ReplyStore,
  recorded,
  repositoryMap,
} from '../providers/index.ts'
import type { Workspace } from '../workspace/index.ts'
import { type Asked, type AskModel, createAgentImplementations } from './agent/index.ts'
import type { RunModels } from './models.ts'

/** What a map of the repository takes of the first turn; less where the window is small. */
const MAP_TOKENS = 4096

export interface AgentsOptions {
  readonly models: RunModels
  readonly workspace: Pick<Workspace, 'toolbox'>
  readonly store: Transcripts & Pick<Store, 'replies'>
  readonly tell: (fact: GovernorFact) => void
  /** The replies of a recorded run: no model is asked, its answers are given again. */
  readonly replay?: ReplyStore | undefined
  readonly clock?: Clock
}

export interface Agents {
  /** Also for agents that are elsewhere: one governor for each model, and what is paid is kept here. */
  readonly ask: AskModel
  readonly implementations: Readonly<Record<AgentInvocationName, Implementation>>
  /** After a person has seen to what made a vendor refuse. */
  resume(): void
}

export function openAgents({
  models,
  workspace,
  store,
  tell,
  replay,
  clock = systemClock,
}: AgentsOptions): Agents {
  const settings = governorSettingsSchema.parse({})
  const governed = createAsker({
    models: models.models.map((model) => openModel(model)),
    settings,
    clock,
    chance: Math.random,
    tell,
  })
  const secrets = models.models.map(({ key }) => key())
  const asker = recorded(governed, {
    store: replay ?? store.replies(),
    mode: replay ? 'replay' : 'record',
    secrets,
    now: clock.now,
  })
  const ask = askWith(asker, models)
  return {
    ask,
    implementations: agentImplementations({ ask, workspace, transcripts: store, inUse: models.inUse }),
    resume: () => governed.resume(),
  }
}

export interface AgentMaterials {
  readonly ask: AskModel
  readonly workspace: Pick<Workspace, 'toolbox'>
  readonly transcripts: Transcripts
  readonly inUse: ModelsInUse
}

/** What agents' machines ask for, wherever their models are. */
export function agentImplementations({
  ask,
  workspace,
  transcripts,
  inUse,
}: AgentMaterials): Readonly<Record<AgentInvocationName, Implementation>> {
  const toolboxOf = ({ account: { milestone, task }, site }: AgentOrder) =>
    workspace.toolbox({ milestone, task, survey: site })
  return createAgentImplementations({
    ask,
    transcripts,
    toolboxOf,
    async introduce(order, { brief, signal }) {
      const box = toolboxOf(order)
      const files = await box.files()
      const budgetTokens = Math.min(MAP_TOKENS, Math.floor(inUse[order.role].window / 20))
      return repositoryMap({ root: box.root, files, mentioned: [brief], budgetTokens }, { signal })
    },
  })
}

function askWith(asker: Asker, { models, inUse }: RunModels): AskModel {
  const costs = (usage: Usage, name: string): number => {
    const model = models.find((each) => each.name === name)
    if (!model) throw new Error(`${name} answered, and nobody asked it`)
    return costOf(usage, model.price)
  }
  const lostCosts = (lost: readonly Lost[]): number =>
    lost.reduce((sum, { model, usage }) => sum + costs(usage, model), 0)
  return async ({ role, request, key, signal, avoid }) => {
    const chain = chainOf(inUse, role, avoid)
    const answer = await asker.ask({ chain, request, key, signal })
    return asked(answer, lostCosts(answer.lost), costs)
  }
}

function asked(answer: Answer, lost: number, costs: (usage: Usage, name: string) => number): Asked {
  switch (answer.kind) {
    case 'replied': {
      const { reply } = answer
      return { kind: 'replied', reply, microdollars: lost + costs(reply.usage, reply.by) }
    }
    case 'failed':
      return { kind: 'failed', failure: answer.failure, microdollars: lost }
    case 'paused': {
      const { model, message, retryAfterMs } = answer
      return {
        kind: 'paused',
        model,
        message,
        microdollars: lost,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      }
    }
    default:
      return answer satisfies never
  }
}

/** Whoever is to be avoided comes last. */
function chainOf(inUse: ModelsInUse, role: keyof ModelsInUse, avoid: string | undefined): readonly string[] {
  const { chain } = inUse[role]
  return [...chain.filter((name) => name !== avoid), ...chain.filter((name) => name === avoid)]
}
