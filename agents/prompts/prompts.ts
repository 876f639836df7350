// Prompts
//
// Owns:   what an agent of each kind is told before its task: the rules for all, then its own file.
// Leaves: the task (machines/agent/agent-brief.ts), what it may use and take (agent-kinds.ts).
//
// P1. The same kind has the same words in every call: vendors keep the beginning of a request in their caches.

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

/** What condenses a conversation is told. */
export const condensePrompt = textOf('condense')
