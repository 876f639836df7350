// OpenAI's requests, Responses
//
// Owns:   our words in those of the Responses API.
//
// Nothing is stored there: the whole conversation goes each time, with the reasoning as it came, encrypted.

import type OpenAI from 'openai'
import type { ModelRequest } from '../../../machines/index.ts'
import { type FittedTurn, fitted } from '../history.ts'
import { isStrict } from '../strict-schema.ts'

type ResponsesBody = Omit<OpenAI.Responses.ResponseCreateParams, 'stream'>
type InputItem = OpenAI.Responses.ResponseInputItem

interface ResponsesTarget {
  /** `provider/model`, by which its own opaque blocks are known. */
  readonly name: string
  readonly model: string
  readonly effort: 'low' | 'medium' | 'high' | undefined
}

/** Models without reasoning refuse to be asked for it. */
const SPEAKS_ONLY = /^gpt-(3|4)/

const CHOICES = { auto: 'auto', any: 'required', none: 'none' } as const

export function responsesBody(
  request: ModelRequest,
  { name, model, effort }: ResponsesTarget,
): ResponsesBody {
  const { tools, toolChoice, answer } = request
  return {
    model,
    ...(request.system === '' ? {} : { instructions: request.system }),
    input: fitted(request, name).flatMap(itemsOf),
    store: false,
    ...(SPEAKS_ONLY.test(model) ? {} : { include: ['reasoning.encrypted_content' as const] }),
    ...(effort === undefined ? {} : { reasoning: { effort } }),
    ...(request.cacheKey === undefined ? {} : { prompt_cache_key: request.cacheKey }),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, input }) => ({
            type: 'function' as const,
            name,
            description,
            parameters: { ...input },
            strict: false,
          })),
          ...(toolChoice === undefined ? {} : { tool_choice: CHOICES[toolChoice] }),
        }),
    ...(answer === undefined
      ? {}
      : {
          text: {
            format: {
              type: 'json_schema' as const,
              name: answer.name,
              schema: { ...answer.schema },
              strict: isStrict(answer.schema),
            },
          },
        }),
  }
}

function itemsOf({ role, results, blocks }: FittedTurn): InputItem[] {
  return [
    ...results.map(({ call, content, failed }) => ({
      type: 'function_call_output' as const,
      call_id: call,
      output: failed ? `Error: ${content}` : content,
    })),
    ...blocks.map((block): InputItem => {
      if (block.type === 'opaque') return block.value as InputItem
      if (block.type === 'text') return { type: 'message', role, content: block.text }
      return {
        type: 'function_call',
        call_id: block.id,
        name: block.name,
        arguments: JSON.stringify(block.input),
      }
    }),
  ]
}
