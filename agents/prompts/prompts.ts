// Prompts
//
// Owns:   what an agent of each craft is told before its task: the rules for all, then its own file.
// Leaves: the task (machines/agent/agent-brief.ts), what it may use and take (crafts.ts).
//
// P1. The same craft has the same words in every call: vendors keep the beginning of a request in their caches.

import { readFileSync } from 'node:fs'
import { type Craft, crafts } from '../../machines/index.ts'

const textOf = (name: string): string => readFileSync(new URL(`${name}.md`, import.meta.url), 'utf8').trim()

const rules = textOf('rules')
const prompts = new Map(
  (Object.keys(crafts) as Craft[]).map((craft) => [craft, `${textOf(craft)}\n\n${rules}`]),
)

/** The system prompt of a craft (P1). */
export function promptOf(craft: Craft): string {
  const prompt = prompts.get(craft)
  if (prompt === undefined) throw new Error(`craft ${craft}: there is no prompt for it`)
  return prompt
}

/** What condenses a conversation is told. */
export const condensePrompt = textOf('condense')
