// OpenAI, Chat Completions
//
// Owns:   models behind the protocol that nearly every server speaks (Ollama, llama.cpp, vLLM, gateways).
// Leaves: requests and replies (openai-chat/), what all vendors have in common (calls.ts).

import { type Endpoint, modelIdOf, type Protocol, send } from './calls.ts'
import type { Model } from './model.ts'
import { type ModelProtocol, withVersion } from './model-protocol.ts'
import { ChatStream, draftOfCompletion } from './openai-chat/reply.ts'
import { chatBody } from './openai-chat/request.ts'
import { openaiClient, openaiErrors, readAll } from './openai-client.ts'
import { wellFormed } from './well-formed.ts'
import { wholeBody } from './whole-body.ts'

export const openaiChat: ModelProtocol = { open: openaiChatModel, baseUrl: withVersion }

function openaiChatModel(endpoint: Endpoint): Model {
  const { name, effort, adaptations } = endpoint
  // OpenAI's own models refuse the old word, and many other servers do not know the new one.
  const isOpenai = new URL(endpoint.baseUrl).hostname.endsWith('.openai.com') || endpoint.cloud !== undefined
  const limit = isOpenai ? 'max_completion_tokens' : 'max_tokens'

  const protocol: Protocol = {
    ...openaiErrors,
    async ask(request, { fetch, signal, timeoutMs, alive, onText }) {
      const { completions } = openaiClient(endpoint, fetch).chat
      const body = chatBody(wellFormed(request), { name, model: modelIdOf(name), effort })
      const whole = { ...body, [limit]: request.maxOutputTokens }
      const options = { signal, timeout: timeoutMs }
      if (!endpoint.stream) {
        const asked = adaptations.apply({ ...whole, stream: false as const })
        return draftOfCompletion(await completions.create(asked, options), name)
      }
      const stream = new ChatStream(name, onText)
      const streamed = { ...whole, stream: true as const, stream_options: { include_usage: true } }
      const { data, response } = await completions.create(adaptations.apply(streamed), options).withResponse()
      const plain = await wholeBody(response)
      if (plain !== undefined) return draftOfCompletion(plain, name)
      await readAll(
        data,
        alive,
        (chunk) => stream.take(chunk),
        () => stream.usage,
      )
      return stream.whole()
    },
  }

  return { name, send: (request, options) => send(endpoint, protocol, request, options) }
}
