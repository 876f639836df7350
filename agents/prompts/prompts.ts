// Prompts
//
// The system prompt of an agent: the rules for all kinds, then the text of its own kind.
// Leaves: the task (machines/agent/agent-brief.ts), tools and limits (agent-kinds.ts).
//
// P1. A kind has the same prompt in every call, because vendors cache the beginning of a request.

import { readFileSync } from 'node:fs'
import { type AgentKind, agentKinds } from '../../machines/index.ts'

const textOf = (name: string): string => readFileSync(new URL(`${name}.md`, import.meta.url), 'utf8').trim()

const rules = textOf('rules')
const prompts = new Map(
  (Object.keys(agentKinds) as AgentKind[]).map((kind) => [kind, `${textOf(kind)}\n\n${rules}`]),
)

/** The system prompt of a kind (P1). */
export function promptOf(kind: AgentKind): string {
  const prompt = prompts.get(kind)
  if (prompt === undefined) throw new Error(`kind ${kind}: there is no prompt for it`)
  return prompt
}

/** The prompt for condensing a conversation. */
export const condensePrompt = textOf('condense')
