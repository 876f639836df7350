// OpenAI, Responses
//
// Owns:   models behind the Responses API, OpenAI's own way.
// Leaves: requests and replies (openai-responses/), what all vendors have in common (calls.ts).

import type { ModelRequest } from '../../machines/index.ts'
import { type Endpoint, modelIdOf, type Protocol, send } from './calls.ts'
import { recordingFetch } from './exchange.ts'
import type { Model } from './model.ts'
import { type ModelProtocol, withVersion } from './model-protocol.ts'
import { openaiClient, openaiErrors, readAll } from './openai-client.ts'
import { draftOfResponse, ResponsesStream } from './openai-responses/reply.ts'
import { responsesBody } from './openai-responses/request.ts'
import { watched } from './watch.ts'
import { wellFormed } from './well-formed.ts'
import { wholeBody } from './whole-body.ts'

const COUNTING_MS = 30_000

export const openaiResponses: ModelProtocol = { open: openaiResponsesModel, baseUrl: withVersion }

function openaiResponsesModel(endpoint: Endpoint): Model {
  const { name, effort, adaptations } = endpoint
  const body = (request: ModelRequest) =>
    responsesBody(wellFormed(request), { name, model: modelIdOf(name), effort })

  const protocol: Protocol = {
    ...openaiErrors,
    async ask(request, { fetch, signal, timeoutMs, alive, onText }) {
      const { responses } = openaiClient(endpoint, fetch)
      const { maxOutputTokens: maxTokens } = request
      const whole = adaptations.apply({ ...body(request), max_output_tokens: maxTokens })
      const options = { signal, timeout: timeoutMs }
      if (!endpoint.stream) {
        const answer = await responses.create({ ...whole, stream: false }, options)
        return draftOfResponse(answer, name, maxTokens)
      }
      const stream = new ResponsesStream(name, maxTokens, onText)
      const { data: events, response } = await responses
        .create({ ...whole, stream: true }, options)
        .withResponse()
      const plain = await wholeBody(response)
      if (plain !== undefined) return draftOfResponse(plain, name, maxTokens)
      await readAll(
        events,
        alive,
        (event) => stream.take(event),
        () => undefined,
      )
      return stream.whole()
    },
  }

  return {
    name,
    send: (request, options) => send(endpoint, protocol, request, options),
    async countTokens(request, { signal }) {
      const fetch = recordingFetch({ headers: new Headers() }, endpoint)
      const { model, instructions, input, tools, tool_choice, text } = body(request)
      const asked = { model, instructions, input, tools, tool_choice, text }
      const told = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
      const counted = await watched({ signal, deadlineMs: COUNTING_MS }, (signal) =>
        openaiClient(endpoint, fetch).responses.inputTokens.count(told, { signal }),
      ).catch(() => undefined)
      const tokens: unknown = counted && 'result' in counted ? counted.result?.input_tokens : undefined
      return typeof tokens === 'number' ? tokens : undefined
    },
  }
}
