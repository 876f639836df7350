// OpenAI's Chat Completions, as a test server
//
// Owns:   which requests it takes and with which words it refuses the others; its answers, whole and streamed.

import type { ContentBlock, Turn, Usage } from '../../machines/index.ts'
import { type Asked, type Dialect, jsonOf, pieces, Refusal, type ServedReply } from './conversation.ts'
import { openaiError, unknownParameter } from './openai-errors.ts'
import { type Fields, fieldsOf, listOf, numberOf, onlyKnown, textOf, textsOf } from './requests.ts'

const REQUEST =
  'model messages max_tokens max_completion_tokens tools tool_choice stream stream_options response_format reasoning_effort prompt_cache_key'
const CHOICES: Readonly<Record<string, Asked['toolChoice']>> = { auto: 'auto', required: 'any', none: 'none' }
const MESSAGES: Readonly<Record<string, string>> = {
  system: 'role content',
  user: 'role content',
  assistant: 'role content tool_calls refusal reasoning_content',
  tool: 'role content tool_call_id',
}

export const chatDialect: Dialect = {
  read(given) {
    const body = fieldsOf(given, 'body')
    onlyKnown(body, REQUEST, unknownParameter)
    const messages = listOf(body.messages, 'messages').map((message, at) => messageOf(message, at))
    answeredAll(messages)
    const format =
      body.response_format === undefined
        ? undefined
        : fieldsOf(fieldsOf(body.response_format, 'response_format').json_schema, 'json_schema')
    const limit = body.max_completion_tokens ?? body.max_tokens
    return {
      protocol: 'openai-chat',
      model: textOf(body.model, 'model'),
      stream: body.stream === true,
      system: messages
        .filter(({ role }) => role === 'system')
        .map(({ content }) => content)
        .join('\n'),
      tools: listOf(body.tools ?? [], 'tools').map((tool) => toolOf(fieldsOf(tool, 'tools'))),
      toolChoice: CHOICES[String(body.tool_choice ?? 'auto')] ?? 'auto',
      turns: turnsOf(messages),
      maxOutputTokens: limit === undefined ? 0 : numberOf(limit, 'max_tokens'),
      ...(format === undefined
        ? {}
        : { answer: { name: textOf(format.name, 'name'), schema: fieldsOf(format.schema, 'schema') } }),
      ...(body.reasoning_effort === undefined
        ? {}
        : { effort: textOf(body.reasoning_effort, 'reasoning_effort') }),
    }
  },

  json: (reply, usage, { model }) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [{ index: 0, message: spoken(reply), finish_reason: finishOf(reply), logprobs: null }],
    ...(usage === null ? {} : { usage: vendorUsage(usage) }),
  }),

  events(reply, usage, { model }) {
    const { content, refusal, reasoning_content, tool_calls = [] } = spoken(reply)
    const deltas: Fields[] = [
      { role: 'assistant', content: '' },
      ...pieces(reasoning_content ?? '').map((piece) => ({ reasoning_content: piece })),
      ...pieces(content ?? '').map((piece) => ({ content: piece })),
      ...pieces(refusal ?? '').map((piece) => ({ refusal: piece })),
      ...tool_calls.flatMap(({ id, type, function: { name, arguments: json } }, index) => [
        { tool_calls: [{ index, id, type, function: { name, arguments: '' } }] },
        ...pieces(json).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ]),
    ]
    const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model }
    return [
      ...deltas.map((delta) => ({ ...chunk, choices: [{ index: 0, delta, finish_reason: null }] })),
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: finishOf(reply) }] },
      ...(usage === null ? [] : [{ ...chunk, choices: [], usage: vendorUsage(usage) }]),
    ]
      .map((event) => `data: ${JSON.stringify(event)}\n\n`)
      .concat('data: [DONE]\n\n')
  },

  error: openaiError,
  count: () => ({}),
}

function toolOf(tool: Fields): Asked['tools'][number] {
  onlyKnown(tool, 'type function', (name) => unknownParameter(`tools[0].${name}`))
  const { name, description, parameters } = fieldsOf(tool.function, 'tools[0].function')
  return {
    name: textOf(name, 'tools[0].function.name'),
    description: textOf(description ?? '', 'tools[0].function.description'),
    input: fieldsOf(parameters, 'tools[0].function.parameters'),
  }
}

interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string
  readonly calls: readonly Extract<ContentBlock, { type: 'tool_call' }>[]
  readonly answers: string
  readonly reasoning: readonly ContentBlock[]
}

function messageOf(given: unknown, at: number): Message {
  const message = fieldsOf(given, `messages[${at}]`)
  const role = message.role
  if (role !== 'system' && role !== 'user' && role !== 'assistant' && role !== 'tool') {
    throw new Refusal(
      `Invalid value: '${String(role)}'. Supported values are: 'system', 'assistant', 'user', 'tool'.`,
    )
  }
  onlyKnown(message, MESSAGES[role] ?? '', (name) => unknownParameter(`messages[${at}].${name}`))
  const calls = listOf(message.tool_calls ?? [], 'tool_calls').map((given) => {
    const call = fieldsOf(given, 'tool_calls')
    const { name, arguments: json } = fieldsOf(call.function, 'function')
    const input: unknown = JSON.parse(textOf(json, 'arguments'))
    return { type: 'tool_call' as const, id: textOf(call.id, 'id'), name: textOf(name, 'name'), input }
  })
  const reasoning = message.reasoning_content
  // Without a call it is refused (DeepSeek-R1); with one it has to be the same (DeepSeek-V3.2 and Kimi).
  if (reasoning !== undefined && calls.length === 0)
    throw unknownParameter(`messages[${at}].reasoning_content`)
  if (calls.some(({ id }) => thoughts.has(id) && thoughts.get(id) !== reasoning)) {
    throw new Refusal('The `reasoning_content` in the thinking mode must be passed back to the API.')
  }
  if ((message.content ?? null) === null && calls.length === 0) {
    throw new Refusal(`Invalid value for 'content': expected a string, got null.`)
  }
  return {
    role,
    calls,
    reasoning:
      typeof reasoning === 'string' ? [{ type: 'opaque', provider: 'openai-chat', value: reasoning }] : [],
    content: (message.content ?? null) === null ? '' : textsOf(message.content, 'content'),
    answers: role === 'tool' ? textOf(message.tool_call_id, 'tool_call_id') : '',
  }
}

function answeredAll(messages: readonly Message[]): void {
  for (const [at, { role, calls }] of messages.entries()) {
    if (role === 'tool' && !['assistant', 'tool'].includes(messages[at - 1]?.role ?? '')) {
      throw new Refusal(
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
      )
    }
    const rest = messages.slice(at + 1)
    const end = rest.findIndex((next) => next.role !== 'tool')
    const answered = rest.slice(0, end < 0 ? undefined : end).map(({ answers }) => answers)
    const open = calls.map(({ id }) => id).filter((id) => !answered.includes(id))
    if (open.length > 0) {
      throw new Refusal(
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(', ')}`,
      )
    }
  }
}

function turnsOf(messages: readonly Message[]): Turn[] {
  const turns: { role: Turn['role']; blocks: ContentBlock[] }[] = []
  for (const { role, content, calls, answers, reasoning } of messages) {
    if (role === 'system') continue
    const speaker = role === 'assistant' ? 'assistant' : 'user'
    const text: ContentBlock[] = content === '' ? [] : [{ type: 'text', text: content }]
    const result: ContentBlock = {
      type: 'tool_result',
      call: answers,
      content,
      failed: content.startsWith('Error: '),
    }
    const blocks = role === 'tool' ? [result] : [...reasoning, ...text, ...calls]
    const last = turns.at(-1)
    if (last?.role === speaker) last.blocks.push(...blocks)
    else turns.push({ role: speaker, blocks })
  }
  return turns
}

let made = 0

/** Reasoning that has to come back, by the id of a call that was made after it. */
const thoughts = new Map<string, string>()

function spoken({ thinking, text, calls = [], stop }: ServedReply) {
  const refused = stop === 'refused'
  const named = calls.map((call) => ({ ...call, id: call.id ?? `call_${++made}` }))
  for (const { id } of named) {
    if (thinking === undefined) thoughts.delete(id)
    else thoughts.set(id, thinking)
  }
  return {
    role: 'assistant',
    content: refused ? null : (text ?? null),
    refusal: refused ? (text ?? '') : null,
    ...(thinking === undefined ? {} : { reasoning_content: thinking }),
    ...(named.length === 0
      ? {}
      : {
          tool_calls: named.map((call) => ({
            id: call.id,
            type: 'function',
            function: { name: call.name, arguments: jsonOf(call) },
          })),
        }),
  }
}

function finishOf({ stop = 'end', calls = [], text }: ServedReply): string {
  if (stop === 'length' || stop === 'paused') return stop === 'length' ? 'length' : 'paused'
  if (stop === 'refused') return text === undefined ? 'content_filter' : 'stop'
  return calls.length > 0 ? 'tool_calls' : 'stop'
}

/** The cached tokens are counted among the prompt's. */
function vendorUsage({ input, cacheRead, cacheWrite, output }: Usage) {
  const all = input + cacheRead + cacheWrite
  return {
    prompt_tokens: all,
    prompt_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
    completion_tokens: output,
    total_tokens: all + output,
  }
}
