// Agents
//
// Owns:   putting together what agents need: the models of the run behind their governors, the conversations in the
//         store, the tools of each task's worktree.
// Leaves: each of these to its room; the agents' work (agents/).
//
// A1. Keys stay in here: neither a tool nor a conversation ever sees one.
// A2. A reservation is the most that one try of a call can take, and covers no second one: what a try took that failed
//     is told with the failure, and whoever asked reserves anew. A try that never said what it took is known to nobody.

import { type Clock, systemClock } from '../../actors/index.ts'
import {
  type AgentCommandPort,
  type AgentImplementations,
  type AskModel,
  createAgentImplementations,
  noUserTools,
  type Toolbox,
  type ToolboxOrder,
  type UserTools,
  withUserTools,
} from '../../agents/index.ts'
import { repositoryMap } from '../../analysis/index.ts'
import {
  type AgentOrder,
  costOf,
  type ModelFact as GovernorFact,
  type ModelResult,
  type ModelsInUse,
  type PricedResult,
  paidTries,
  type Redactor,
  type Turn,
  turnSchema,
  type Usage,
} from '../../machines/index.ts'
import type { LocalStore, Transcripts } from '../../persistence/index.ts'
import {
  createAsker,
  governorSettingsSchema,
  type ModelClient,
  openEmbedder,
  openModel,
  recorded,
} from '../../providers/index.ts'
import type { RunModels } from '../models/models.ts'
import { findByWords, openTaskFinder, type TaskFinder } from '../models/task-finder.ts'
import { redactingTurns } from '../redaction/redacting.ts'
import { answering, type Replaying } from '../replay/replaying.ts'
import { findingRecords, modelReplies } from './tool-records.ts'

/** What a map of the repository takes of the first turn; less where the window is small. */
const MAP_TOKENS = 4096
/** What the repository's own words take of it; less where the window is small. */
const RULES_CHARACTERS = 16_000

interface AgentsOptions {
  readonly models: RunModels
  readonly toolbox: (order: ToolboxOrder) => Toolbox
  readonly granted?: UserTools
  readonly store: Pick<LocalStore, 'transcripts' | 'replies'>
  readonly tell: (fact: GovernorFact) => void
  readonly redactor: Redactor
  /** Of a recorded run: no model is asked, its answers are given again. */
  readonly replay?: Replaying | undefined
  /** Absent: models carry out all agents. */
  readonly commands?: AgentCommandPort | undefined
  /** Shows a sentence to the user. */
  readonly say?: (sentence: string) => void
  readonly clock?: Clock
}

export interface Agents {
  /** Also for agents on other nodes: one governor a model, and paid answers are stored here. */
  readonly ask: AskModel
  readonly implementations: AgentImplementations
  /** Whether the answer to a call is kept: asked again it costs nothing. */
  isKept(key: string): Promise<boolean>
  /** After a person has seen to what made a vendor refuse. */
  resume(): void
}

export function openAgents({
  models,
  toolbox,
  granted = noUserTools,
  store,
  tell,
  replay,
  redactor,
  commands,
  say = () => {},
  clock = systemClock,
}: AgentsOptions): Agents {
  const settings = new Map(models.models.map(({ name, governor }) => [name, governor]))
  const governed = createAsker({
    models: models.models.map((model) => openModel(model)),
    settings: (model) => settings.get(model) ?? governorSettingsSchema.parse({}),
    clock,
    chance: Math.random,
    tell,
  })
  const replies = modelReplies(store.replies())
  const asker = replay
    ? answering({ ...replay, replies: modelReplies(replay.replies) }, { redactor, now: clock.now })
    : recorded(governed, { store: replies, redactor, now: clock.now })
  const ask = askWith(asker, models)
  return {
    ask,
    implementations: agentImplementations({
      ask,
      toolbox,
      granted,
      transcripts: redactingTurns(store.transcripts(turnSchema), redactor),
      inUse: models.inUse,
      commands,
      find: openTaskFinder({
        embedder: models.embeddings && openEmbedder(models.embeddings),
        records: findingRecords(replay ? replay.replies : store.replies()),
        redactor,
        say,
        now: clock.now,
      }),
    }),
    isKept: async (key) => (await replies.get(key)) !== undefined,
    resume: () => governed.resume(),
  }
}

export interface AgentMaterials {
  readonly ask: AskModel
  readonly toolbox: (order: ToolboxOrder) => Toolbox
  /** Absent on other machines, where the user's servers are not. */
  readonly granted?: UserTools
  readonly transcripts: Transcripts<Turn>
  readonly inUse: ModelsInUse
  readonly commands?: AgentCommandPort | undefined
  /** Absent: words alone decide. */
  readonly find?: TaskFinder
}

/** Of a run whose goals need no model: no agent is started. */
export const noAgents: AgentImplementations = { begin: refuse, think: refuse, act: refuse, compact: refuse }

async function refuse(): Promise<never> {
  throw new Error('this run has no models, and so no agents')
}

/** What agents' machines ask for, wherever their models are. */
export function agentImplementations({
  ask,
  toolbox,
  granted = noUserTools,
  transcripts,
  inUse,
  commands,
  find = findByWords,
}: AgentMaterials): AgentImplementations {
  const worktreeTools = ({ account: { milestone, task }, site }: AgentOrder) =>
    toolbox({ milestone, task, survey: site })
  return createAgentImplementations({
    ask,
    transcripts,
    commands,
    toolboxOf: (order) => withUserTools(worktreeTools(order), granted, order),
    async introduce(order, { brief, tree, signal }) {
      // Who checks a finding is to see the claim and the code.
      if (order.kind === 'verify') return { map: '' }
      const box = worktreeTools(order)
      const files = await box.files()
      const budgetTokens = Math.min(MAP_TOKENS, Math.floor(inUse[order.role].window / 20))
      const { root } = box
      const history = order.kind === 'review' ? [] : await box.history()
      const { similar, earlier } = await find({ brief, root, files, tree, history, signal })
      const map = await repositoryMap(
        { root, files, tree, mentioned: [brief], budgetTokens, similar },
        { signal },
      )
      // What the work may have changed does not speak to those who review it.
      if (order.kind === 'review') return { map }
      const characters = Math.min(RULES_CHARACTERS, Math.floor(inUse[order.role].window / 8))
      return { map, rules: await box.rules({ brief, characters }), earlier }
    },
  })
}

function askWith(asker: ModelClient, { models, inUse }: RunModels): AskModel {
  const costs = (usage: Usage, name: string): number => {
    const model = models.find((each) => each.name === name)
    if (!model) throw new Error(`${name} answered, and nobody asked it`)
    return costOf(usage, model.price)
  }
  return async ({ role, request, key, signal, prefer, avoid }) => {
    const chain = chainOf(inUse[role].chain, prefer, avoid)
    const answer = await asker.ask({ chain, request, key, signal })
    return priced(answer, costs)
  }
}

/** With the cost of all tries (A2). */
function priced(result: ModelResult, costs: (usage: Usage, model: string) => number): PricedResult {
  const microdollars = paidTries(result).reduce((sum, { usage, model }) => sum + costs(usage, model), 0)
  return { ...result, microdollars }
}

/** The preferred model comes first, the one to avoid last. */
function chainOf(
  chain: readonly string[],
  prefer: string | undefined,
  avoid: string | undefined,
): readonly string[] {
  const rank = (name: string): number => (name === avoid ? 2 : name === prefer ? 0 : 1)
  return chain.toSorted((one, other) => rank(one) - rank(other))
}
