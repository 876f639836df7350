// Anthropic's requests
//
// Owns:   our words in those of the Messages API, with the places from which its cache is used.
//
// The cache holds beginnings: one mark after tools and instructions, one after the last turn, and one after the user's
// turn before, so that a turn with very many results is still found (the vendor looks back 20 blocks from a mark).

import type Anthropic from '@anthropic-ai/sdk'
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema'
import type { ModelRequest } from '../../../machines/index.ts'
import { type FittedTurn, fitted } from '../history.ts'

type AnthropicBody = Omit<Anthropic.MessageCreateParams, 'stream' | 'max_tokens'>
type Blocks = Anthropic.ContentBlockParam[]

const CACHED = { cache_control: { type: 'ephemeral' } } as const

interface AnthropicTarget {
  /** `provider/model`, by which its own opaque blocks are known. */
  readonly name: string
  readonly model: string
  readonly effort: 'low' | 'medium' | 'high' | undefined
}

export function anthropicBody(
  request: ModelRequest,
  { name, model, effort }: AnthropicTarget,
): AnthropicBody {
  const turns = fitted(request, name)
  const users = turns.flatMap(({ role }, at) => (role === 'user' ? [at] : []))
  const marked = new Set(users.slice(-2))
  const config = {
    ...(effort === undefined ? {} : { effort }),
    ...(request.answer === undefined
      ? {}
      : {
          format: { type: 'json_schema' as const, schema: transformJSONSchema({ ...request.answer.schema }) },
        }),
  }
  return {
    model,
    ...(request.system === '' ? {} : { system: [{ type: 'text', text: request.system, ...CACHED }] }),
    messages: turns.map((turn, at) => ({ role: turn.role, content: contentOf(turn, marked.has(at)) })),
    ...(request.tools.length === 0 ? {} : toolsOf(request)),
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
  }
}

function toolsOf({ tools, toolChoice, system }: ModelRequest): Pick<AnthropicBody, 'tools' | 'tool_choice'> {
  return {
    tools: tools.map(({ name, description, input }, at) => ({
      name,
      description,
      input_schema: { ...input, type: 'object' as const },
      ...(system === '' && at === tools.length - 1 ? CACHED : {}),
    })),
    ...(toolChoice === undefined ? {} : { tool_choice: { type: toolChoice } }),
  }
}

/** Results first: the vendor refuses a turn in which anything stands before them. */
function contentOf({ results, blocks }: FittedTurn, mark: boolean): Blocks {
  const content: Blocks = [
    ...results.map(({ call, content, failed }) => ({
      type: 'tool_result' as const,
      tool_use_id: call,
      content,
      ...(failed ? { is_error: true } : {}),
    })),
    ...blocks.map((block) => {
      if (block.type === 'tool_call') {
        return { type: 'tool_use' as const, id: block.id, name: block.name, input: block.input }
      }
      // It is what this vendor sent, and goes back as it came.
      if (block.type === 'opaque') return block.value as Anthropic.ThinkingBlockParam
      return { type: 'text' as const, text: block.text }
    }),
  ]
  const last = content.at(-1)
  if (mark && (last?.type === 'text' || last?.type === 'tool_result')) Object.assign(last, CACHED)
  return content
}
