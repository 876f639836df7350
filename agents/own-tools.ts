// Own tools
//
// The tools that an agent may call: its own `note` and `submit`, and those of the toolbox that its kind may use.
// Leaves: carrying out calls (agents/tools/, act.ts).

import {
  type AgentKind,
  type AgentOrder,
  agentKinds,
  answerJsonSchema,
  type ModelTool,
  tokensOfText,
} from '../machines/index.ts'
import type { AgentToolbox } from './ports.ts'
import { promptOf } from './prompts/prompts.ts'
import type { OfferedTool } from './tools/tool.ts'

const note: ModelTool = {
  name: 'note',
  description: 'Writes down one fact that you will need later. Notes stay when earlier turns are shortened.',
  input: {
    type: 'object',
    properties: { text: { type: 'string', minLength: 1, maxLength: 1000 } },
    required: ['text'],
    additionalProperties: false,
  },
}

function submit(kind: AgentKind): ModelTool {
  const description = 'Hands in the finished work and ends the task. Call it alone, and last.'
  return { name: 'submit', description, input: answerJsonSchema(kind) }
}

/** In the same order in every call, because vendors cache the beginning of a request. */
export function toolsOf({ kind }: AgentOrder, toolbox: AgentToolbox): readonly ModelTool[] {
  return [...givenTo(kind, toolbox).map(({ tool }) => tool), note, submit(kind)]
}

/** Undefined when the toolbox has no such tool, or an agent of this kind may not use it. */
export function givenTool(kind: AgentKind, toolbox: AgentToolbox, name: string): OfferedTool | undefined {
  return givenTo(kind, toolbox).find(({ tool }) => tool.name === name)
}

function givenTo(kind: AgentKind, toolbox: AgentToolbox): readonly OfferedTool[] {
  const { tools } = agentKinds[kind]
  return toolbox.tools.filter(({ effect, kinds }) =>
    kinds === undefined ? tools === 'all' || effect === 'reads' : kinds.includes(kind),
  )
}

/** Tokens of a request without its turns. */
export function frameSize(order: AgentOrder, toolbox: AgentToolbox): number {
  return tokensOfText(promptOf(order.kind)) + tokensOfText(JSON.stringify(toolsOf(order, toolbox)))
}
