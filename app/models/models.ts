// Models
//
// Owns:   which models a run asks: what the configuration says, and the keys that are there.
// Leaves: what may be said (providers/), asking them (agents/).
//
// M1. A model is wanted only by what cannot be done without one: a milestone told in words.
// M2. A role whose agents are all carried out by agent commands needs no model.

import {
  type AgentCommands,
  agentCommandFor,
  agentKindSchema,
  agentKinds,
  isCoverageGoal,
  type Milestone,
  type ModelSettings,
  type ModelsInUse,
  modelNameOf,
  type Role,
  roleModelsOf,
} from '../../machines/index.ts'
import {
  type ConfiguredEmbeddings,
  type ConfiguredModel,
  configuredModels,
  type MissingKey,
  type ModelsSettings,
} from '../../providers/index.ts'
import { UserError } from '../errors.ts'

export interface RunModels {
  readonly models: readonly ConfiguredModel[]
  readonly inUse: ModelsInUse
  /** Finds files and earlier changes for a task; absent: words are compared. */
  readonly embeddings?: ConfiguredEmbeddings
}

/** How models are configured. */
export const MODELS_WAY_OUT = `For example:
  export ANTHROPIC_API_KEY=...        # or OPENAI_API_KEY
or, in ~/.config/canopy/config.yaml, a server of your own:
  models:
    providers: [{ name: local, protocol: openai-chat, base-url: http://localhost:11434/v1 }]
    models: [{ name: local/qwen3-coder, window: 32000, max-output: 8000, price: { input: 0, output: 0, as-of: 2027-01-01 } }]
    roles: { planning: [local/qwen3-coder], coding: [local/qwen3-coder], cheap: [local/qwen3-coder] }`

/** The models for these milestones; undefined when none of them needs one (M1). */
export function modelsFor(
  milestones: readonly Milestone[],
  settings: ModelsSettings | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  commands?: AgentCommands,
): RunModels | undefined {
  const wanting = milestones.find(({ goal }) => !isCoverageGoal(goal))
  if (!wanting) return undefined
  const found = configuredModels(settings ?? {}, environment)
  if (found.kind === 'refused')
    throw new UserError('models_invalid', found.problems.join('\n'), MODELS_WAY_OUT)
  const chainOf = (role: 'planning' | 'coding' | 'cheap') => {
    const chain = found.roles[role].flatMap((name) => found.models.find((each) => each.name === name) ?? [])
    if (chain.length > 0) return roleModelsOf(chain)
    const command = commandOfRole(role, commands)
    if (command) return roleModelsOf([command])
    const message = `milestone "${wanting.id}" needs a model for ${role}, and has none: ${lacking(found.missing)}`
    throw new UserError('no_model', message, MODELS_WAY_OUT)
  }
  const inUse = { planning: chainOf('planning'), coding: chainOf('coding'), cheap: chainOf('cheap') }
  const { models, embeddings } = found
  return { models, inUse, ...(embeddings && { embeddings }) }
}

/** M2. */
function commandOfRole(role: Role, commands: AgentCommands | undefined): ModelSettings | undefined {
  const kinds = agentKindSchema.options.filter((kind) => role === 'cheap' || agentKinds[kind].role === role)
  const [first, ...others] = kinds.map((kind) => agentCommandFor(commands, { kind }))
  if (!first || others.includes(undefined)) return undefined
  return { name: modelNameOf(first), price: FREE, window: 1_000_000_000, maxOutput: 1_000_000 }
}

/** An agent command is reserved for and charged by its own limits and reports. */
const FREE = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, asOf: '2026-12-01' }

function lacking(missing: readonly MissingKey[]): string {
  const variables = missing.map(({ variable, models }) => `${variable} is not set (${models.join(', ')})`)
  return variables.join('; ') || 'the configuration names none'
}
