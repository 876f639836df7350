// Prompts
//
// The system prompt of an agent: the text of its kind, then the rules for all kinds.
// Leaves: the text of a kind, its tools and limits (machines/agent/kinds/), the task (machines/agent/agent-brief.ts).
//
// P1. A kind has the same prompt in every call, because vendors cache the beginning of a request.

import { readFileSync } from 'node:fs'
import { type AgentKind, agentKinds } from '../../machines/index.ts'

const textOf = (name: string): string => readFileSync(new URL(`${name}.md`, import.meta.url), 'utf8').trim()

const rules = textOf('rules')
const commandRules = textOf('command')

/** The system prompt of a kind (P1). */
export function promptOf(kind: AgentKind): string {
  return `${agentKinds[kind].prompt}\n\n${rules}`
}

/** What an agent command is told before its task. */
export function commandPromptOf(kind: AgentKind): string {
  return `${agentKinds[kind].prompt}\n\n${commandRules}`
}

/** The prompt for condensing a conversation. */
export const condensePrompt = textOf('condense')
