// Agent command
//
// The user's agent commands as the machines know them: which kinds of agents each carries out, and its limits.
// Leaves: its program, protocol and secrets (agents/commands/), reading the settings (app/).
//
// An agent command takes the place of a model and of the tools: a prompt is a request, the end of its work is a reply.

import { z } from 'zod'
import { providerOf } from '../models/model-settings.ts'
import { type AgentKind, agentKindSchema } from './agent-kinds.ts'

/** Where names of models are expected, `agents/NAME` names an agent command. */
export const AGENT_COMMAND_PROVIDER = 'agents'

export const agentCommandSchema = z.object({
  name: z.string().min(1),
  /** Processes that an attempt may start. */
  prompts: z.int().positive(),
  /** Limits of one prompt: it is reserved for before and settled after. */
  tokens: z.int().positive(),
  microdollars: z.int().positive(),
  /** Milliseconds at work. */
  ms: z.int().positive(),
})
export type AgentCommand = z.infer<typeof agentCommandSchema>

export const agentCommandsSchema = z.object({
  commands: z.array(agentCommandSchema),
  /** The name of the command that carries out agents of a kind; absent: a model does. */
  kinds: z.partialRecord(agentKindSchema, z.string()),
})
export type AgentCommands = z.infer<typeof agentCommandsSchema>

/** The command for an agent; `model` is of an escalation, and decides alone. */
export function agentCommandFor(
  commands: AgentCommands | undefined,
  { kind, model }: { readonly kind: AgentKind; readonly model?: string | undefined },
): AgentCommand | undefined {
  const name = model === undefined ? commands?.kinds[kind] : commandNamed(model)
  return commands?.commands.find((each) => each.name === name)
}

function commandNamed(model: string): string | undefined {
  const provider = providerOf(model)
  return provider === AGENT_COMMAND_PROVIDER ? model.slice(provider.length + 1) : undefined
}

/** The limits of an agent that it carries out. */
export function limitsOfCommand({ prompts, tokens, microdollars, ms }: AgentCommand) {
  const all = (each: number): number => prompts * each
  return { steps: prompts, tokens: all(tokens), microdollars: all(microdollars), ms: all(ms) }
}

export function modelNameOf({ name }: Pick<AgentCommand, 'name'>): string {
  return `${AGENT_COMMAND_PROVIDER}/${name}`
}
