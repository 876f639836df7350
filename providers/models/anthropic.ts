// Anthropic
//
// Owns:   models behind the Messages API: Anthropic's own, those of clouds, and servers that speak it (Ollama, llama.cpp, vLLM).
// Leaves: requests and replies (anthropic/), what all vendors have in common (calls.ts).

import type Anthropic from '@anthropic-ai/sdk'
import type { ModelRequest } from '../../machines/index.ts'
import { draftOfMessage } from './anthropic/reply.ts'
import { anthropicBody } from './anthropic/request.ts'
import { AnthropicStream } from './anthropic/stream.ts'
import { anthropicClient, anthropicErrors, isApiError } from './anthropic-client.ts'
import { type Attempt, type Endpoint, modelIdOf, type Protocol, send } from './calls.ts'
import { recordingFetch } from './exchange.ts'
import { BadAnswer, kindOf } from './failures.ts'
import type { Model } from './model.ts'
import { type ModelProtocol, withoutVersion } from './model-protocol.ts'
import { watched } from './watch.ts'
import { wellFormed } from './well-formed.ts'
import { wholeBody } from './whole-body.ts'

const COUNTING_MS = 30_000

export const anthropic: ModelProtocol = { open: anthropicModel, baseUrl: withoutVersion }

function anthropicModel(endpoint: Endpoint): Model {
  const { name, effort, adaptations } = endpoint
  const body = (request: ModelRequest) =>
    anthropicBody(wellFormed(request), { name, model: modelIdOf(name), effort })

  const protocol: Protocol = {
    ...anthropicErrors,
    async ask(request, attempt) {
      const whole = adaptations.apply({ ...body(request), max_tokens: request.maxOutputTokens })
      const client = await anthropicClient(endpoint, attempt.fetch)
      const options = { signal: attempt.signal, timeout: attempt.timeoutMs }
      if (!endpoint.stream) {
        return draftOfMessage(await client.messages.create({ ...whole, stream: false }, options), name)
      }
      const { data: events, response } = await client.messages
        .create({ ...whole, stream: true }, options)
        .withResponse()
      const plain = await wholeBody(response)
      if (plain !== undefined) return draftOfMessage(plain, name)
      return collect(events, new AnthropicStream(name, attempt.onText), attempt)
    },
  }

  return {
    name,
    send: (request, options) => send(endpoint, protocol, request, options),
    async countTokens(request, { signal }) {
      const fetch = recordingFetch({ headers: new Headers() }, endpoint)
      const { tools, ...rest } = body(request)
      const counted = await watched({ signal, deadlineMs: COUNTING_MS }, async (signal) => {
        const { messages } = await anthropicClient(endpoint, fetch)
        const asked = { ...rest, ...(tools ? { tools: tools as Anthropic.Tool[] } : {}) }
        return messages.countTokens?.(asked, { signal })
      }).catch(() => undefined)
      const tokens: unknown = counted && 'result' in counted ? counted.result?.input_tokens : undefined
      return typeof tokens === 'number' ? tokens : undefined
    },
  }
}

async function collect(events: AsyncIterable<unknown>, stream: AnthropicStream, { alive, onUsage }: Attempt) {
  alive()
  try {
    for await (const event of events) {
      alive()
      stream.take(event)
      if (stream.usage) onUsage(stream.usage)
    }
  } catch (error) {
    if (error instanceof BadAnswer) throw error
    if (isApiError(error)) {
      const { type, errorCode: code, apiMessage, message } = error
      throw new BadAnswer(kindOf({ type, code, message }), apiMessage ?? message, stream.usage)
    }
    const message = `the answer broke off: ${error instanceof Error ? error.message : String(error)}`
    throw new BadAnswer('garbled', message, stream.usage)
  }
  return stream.whole()
}
