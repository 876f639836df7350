// Own tools
//
// Owns:   what an agent may call: its own `note` and `submit`, and those of the toolbox that its craft is given.
// Leaves: what tools do (agents/tools/, act.ts).

import {
  type AgentOrder,
  answerJsonSchema,
  type Craft,
  crafts,
  type Tool,
  tokensOfText,
} from '../machines/index.ts'
import type { AgentToolbox } from './ports.ts'
import { promptOf } from './prompts/prompts.ts'

const note: Tool = {
  name: 'note',
  description: 'Writes down one fact that you will need later. Notes stay when earlier turns are shortened.',
  input: {
    type: 'object',
    properties: { text: { type: 'string', minLength: 1, maxLength: 1000 } },
    required: ['text'],
    additionalProperties: false,
  },
}

function submit(craft: Craft): Tool {
  const description = 'Hands in the finished work and ends the task. Call it alone, and last.'
  return { name: 'submit', description, input: answerJsonSchema(craft) }
}

/** In the same order in every call: vendors keep the beginning of a request in their caches. */
export function toolsOf({ kind }: AgentOrder, toolbox: AgentToolbox): readonly Tool[] {
  return [...toolbox.tools.filter(({ name }) => isGiven(kind, name)), note, submit(kind)]
}

export function isGiven(craft: Craft, name: string): boolean {
  const { tools } = crafts[craft]
  return tools === 'all' || tools.includes(name)
}

/** Tokens of a request beside its turns. */
export function frameSize(order: AgentOrder, toolbox: AgentToolbox): number {
  return tokensOfText(promptOf(order.kind)) + tokensOfText(JSON.stringify(toolsOf(order, toolbox)))
}
