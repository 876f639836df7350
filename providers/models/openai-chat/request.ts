// OpenAI's requests, Chat Completions
//
// Owns:   our words in those of the protocol that most servers speak.
//
// Q1. Reasoning goes back in the field that it came in, with a turn that called tools and with no other: DeepSeek, Kimi
//     and Qwen refuse a call without it, DeepSeek-R1 refuses it where nothing was called. OpenAI's own models send none.

import type OpenAI from 'openai'
import type { ModelRequest } from '../../../machines/index.ts'
import { type FittedTurn, fitted } from '../history.ts'
import { isStrict } from '../strict-schema.ts'

type ChatBody = Omit<OpenAI.Chat.ChatCompletionCreateParams, 'stream'>
type ChatMessage = OpenAI.Chat.ChatCompletionMessageParam

interface ChatTarget {
  readonly name: string
  readonly model: string
  readonly effort: 'low' | 'medium' | 'high' | undefined
}

const CHOICES = { auto: 'auto', any: 'required', none: 'none' } as const

export function chatBody(request: ModelRequest, { name, model, effort }: ChatTarget): ChatBody {
  const { system, tools, toolChoice, answer } = request
  return {
    model,
    messages: [
      ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
      ...fitted(request, name).flatMap(messagesOf),
    ],
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(request.cacheKey === undefined ? {} : { prompt_cache_key: request.cacheKey }),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, input }) => ({
            type: 'function' as const,
            function: { name, description, parameters: { ...input } },
          })),
          ...(toolChoice === undefined ? {} : { tool_choice: CHOICES[toolChoice] }),
        }),
    ...(answer === undefined
      ? {}
      : {
          response_format: {
            type: 'json_schema' as const,
            json_schema: {
              name: answer.name,
              schema: { ...answer.schema },
              strict: isStrict(answer.schema),
            },
          },
        }),
  }
}

/** The user's turn: each result is a message of its own, before what the user says. */
function messagesOf({ role, results, texts, blocks }: FittedTurn): ChatMessage[] {
  if (role === 'user') {
    return [
      ...results.map(({ call, content, failed }) => ({
        role: 'tool' as const,
        tool_call_id: call,
        content: failed ? `Error: ${content}` : content,
      })),
      ...texts.map((content) => ({ role: 'user' as const, content })),
    ]
  }
  const calls = blocks
    .filter((block) => block.type === 'tool_call')
    .map(({ id, name, input }) => ({
      id,
      type: 'function' as const,
      function: { name, arguments: JSON.stringify(input) },
    }))
  const content = texts.length > 0 ? texts.join('\n\n') : null
  if (calls.length === 0) return [{ role: 'assistant', content }]
  return [{ role: 'assistant', content, ...reasoningOf(blocks), tool_calls: calls }]
}

/** Q1. */
function reasoningOf(blocks: FittedTurn['blocks']): object {
  return Object.assign({}, ...blocks.map((block) => (block.type === 'opaque' ? block.value : {})))
}
