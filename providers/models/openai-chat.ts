// OpenAI, Chat Completions
//
// Owns:   models behind the protocol that nearly every server speaks (Ollama, llama.cpp, vLLM, gateways).
// Leaves: requests and replies (openai-chat/), what all vendors have in common (calls.ts).

import type { ModelRequest } from '../../machines/index.ts'
import type { ReplyDraft } from './answers.ts'
import { type Endpoint, modelIdOf, type Protocol, send } from './calls.ts'
import type { Model } from './model.ts'
import { type ModelProtocol, withVersion } from './model-protocol.ts'
import { ChatStream, draftOfCompletion } from './openai-chat/reply.ts'
import { chatBody } from './openai-chat/request.ts'
import { writtenCalls } from './openai-chat/written-calls.ts'
import { openaiClient, openaiErrors, readAll } from './openai-client.ts'
import { wellFormed } from './well-formed.ts'
import { wholeBody } from './whole-body.ts'

export const openaiChat: ModelProtocol = { open: openaiChatModel, baseUrl: withVersion }

function openaiChatModel(endpoint: Endpoint): Model {
  const { name, effort } = endpoint
  // OpenAI's own models refuse the old word, and many other servers do not know the new one.
  const limit = new URL(endpoint.baseUrl).hostname.endsWith('.openai.com')
    ? 'max_completion_tokens'
    : 'max_tokens'

  const protocol: Protocol = {
    ...openaiErrors,
    async ask(request, { fetch, signal, timeoutMs, alive, onText }) {
      const { completions } = openaiClient(endpoint, fetch).chat
      const body = chatBody(wellFormed(request), { name, model: modelIdOf(name), effort })
      const whole = { ...body, [limit]: request.maxOutputTokens }
      const options = { signal, timeout: timeoutMs }
      if (!endpoint.stream) {
        return withWrittenCalls(
          draftOfCompletion(await completions.create({ ...whole, stream: false }, options), name),
          request,
        )
      }
      const stream = new ChatStream(name, onText)
      const asked = { ...whole, stream: true as const, stream_options: { include_usage: true } }
      const { data, response } = await completions.create(asked, options).withResponse()
      const plain = await wholeBody(response)
      if (plain !== undefined) return withWrittenCalls(draftOfCompletion(plain, name), request)
      await readAll(
        data,
        alive,
        (chunk) => stream.take(chunk),
        () => stream.usage,
      )
      return withWrittenCalls(stream.whole(), request)
    },
  }

  return { name, send: (request, options) => send(endpoint, protocol, request, options) }
}

/** Where the server told no call, those that the model wrote. */
function withWrittenCalls(draft: ReplyDraft, { tools, toolChoice, answer }: ModelRequest): ReplyDraft {
  const { blocks, stop } = draft
  const hasCalls = blocks.some(({ type }) => type === 'draft_call')
  const mayCall = tools.length > 0 && toolChoice !== 'none' && answer === undefined && stop !== 'refused'
  if (hasCalls || !mayCall) return draft
  const text = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')
  const written = writtenCalls(text, tools)
  if (written === undefined) return draft
  return {
    ...draft,
    blocks: [
      ...blocks.filter(({ type }) => type === 'opaque'),
      { type: 'text', text: written.text },
      ...written.calls.map((call) => ({ type: 'draft_call' as const, id: '', ...call })),
    ],
  }
}
