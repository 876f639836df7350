// Anthropic's Messages API, as a test server
//
// Owns:   which requests it takes and with which words it refuses the others; its answers, whole and streamed.

import { createHash } from 'node:crypto'
import { type Block, callsOf, type Turn } from '../../machines/index.ts'
import { type Asked, type Dialect, jsonOf, pieces, Refusal, type ServedReply } from './conversation.ts'
import { type Fields, fieldsOf, listOf, numberOf, onlyKnown, textOf, textsOf } from './requests.ts'

const STOPS = { end: 'end_turn', length: 'max_tokens', refused: 'refusal', paused: 'pause_turn' } as const
const REQUEST =
  'model messages max_tokens system tools tool_choice stream output_config thinking metadata stop_sequences cache_control service_tier'
const BLOCKS: Readonly<Record<string, string>> = {
  text: 'type text cache_control citations',
  tool_use: 'type id name input cache_control caller',
  tool_result: 'type tool_use_id content is_error cache_control',
  thinking: 'type thinking signature',
}

export const anthropicDialect: Dialect = {
  read(given) {
    const body = fieldsOf(given, 'body')
    onlyKnown(body, REQUEST, (name) => new Refusal(`${name}: Extra inputs are not permitted`))
    const turns = turnsOf(listOf(body.messages, 'messages'))
    const config = body.output_config === undefined ? {} : fieldsOf(body.output_config, 'output_config')
    onlyKnown(config, 'effort format', extra('output_config'))
    const format = config.format === undefined ? undefined : fieldsOf(config.format, 'output_config.format')
    const tools = listOf(body.tools ?? [], 'tools').map((tool, at) =>
      toolOf(fieldsOf(tool, `tools.${at}`), at),
    )
    const marks = JSON.stringify(given).match(/"cache_control":\{/g) ?? []
    if (marks.length > 4) {
      throw new Refusal(`A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`)
    }
    if (tools.length === 0 && turns.some((turn) => callsOf(turn).length > 0)) {
      throw new Refusal('Requests which include `tool_use` or `tool_result` blocks must define tools')
    }
    return {
      protocol: 'anthropic',
      model: textOf(body.model, 'model'),
      stream: body.stream === true,
      system: body.system === undefined ? '' : textsOf(body.system, 'system'),
      tools,
      toolChoice: choiceOf(body.tool_choice),
      turns,
      maxOutputTokens: body.max_tokens === undefined ? 0 : numberOf(body.max_tokens, 'max_tokens'),
      ...(format === undefined
        ? {}
        : { answer: { name: '', schema: fieldsOf(format.schema, 'output_config.format.schema') } }),
      ...(config.effort === undefined ? {} : { effort: textOf(config.effort, 'output_config.effort') }),
    }
  },

  json: (reply, usage, { model }) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    content: contentOf(reply).map(({ start, json }) =>
      json === undefined ? start : { ...start, input: lenient(json) },
    ),
    stop_reason: stopOf(reply),
    stop_sequence: null,
    ...(usage === null ? {} : { usage: vendorUsage(usage) }),
  }),

  events(reply, usage, { model }) {
    const told = usage === null ? undefined : vendorUsage(usage)
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null }
    return [
      {
        type: 'message_start',
        message: { ...message, ...(told ? { usage: { ...told, output_tokens: 1 } } : {}) },
      },
      { type: 'ping' },
      ...contentOf(reply).flatMap(({ start, deltas, empty }, index) => [
        { type: 'content_block_start', index, content_block: empty ?? start },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      {
        type: 'message_delta',
        delta: { stop_reason: stopOf(reply), stop_sequence: null },
        ...(told ? { usage: { output_tokens: told.output_tokens } } : {}),
      },
      { type: 'message_stop' },
    ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  },

  error: ({ status, type, code, message }) => ({
    type: 'error',
    error: {
      type: type ?? TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error'),
      message,
      ...(code === undefined ? {} : { details: { error_code: code } }),
    },
    request_id: 'req_1',
  }),

  count: (asked) => ({
    input_tokens: Math.ceil(JSON.stringify([asked.system, asked.tools, asked.turns]).length / 4),
  }),
}

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

function extra(where: string): (name: string) => Refusal {
  return (name) => new Refusal(`${where}.${name}: Extra inputs are not permitted`)
}

function toolOf(tool: Fields, at: number): Asked['tools'][number] {
  onlyKnown(tool, 'name description input_schema cache_control strict type', extra(`tools.${at}`))
  const input = fieldsOf(tool.input_schema, `tools.${at}.input_schema`)
  if (input.type !== 'object') {
    throw new Refusal(`tools.${at}.custom.input_schema.type: Input should be 'object'`)
  }
  return {
    name: named(tool.name, `tools.${at}.custom.name`),
    description: textOf(tool.description ?? '', `tools.${at}.description`),
    input,
  }
}

function choiceOf(value: unknown): Asked['toolChoice'] {
  if (value === undefined) return 'auto'
  const { type } = fieldsOf(value, 'tool_choice')
  if (type === 'auto' || type === 'any' || type === 'none') return type
  throw new Refusal("tool_choice: Input tag found using 'type' does not match any of the expected tags")
}

function named(value: unknown, where: string): string {
  const name = textOf(value, where)
  if (/^[a-zA-Z0-9_-]{1,128}$/.test(name)) return name
  throw new Refusal(`${where}: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
}

function turnsOf(messages: readonly unknown[]): Turn[] {
  if (messages.length === 0) throw new Refusal('messages: at least one message is required')
  const ids = new Set<string>()
  const turns = messages.map((message, at): Turn => {
    const fields = fieldsOf(message, `messages.${at}`)
    onlyKnown(fields, 'role content', extra(`messages.${at}`))
    const role = fields.role
    if (role !== 'user' && role !== 'assistant') {
      throw new Refusal(
        `messages: Unexpected role "${String(role)}". The Messages API accepts a top-level \`system\` parameter, not "system" as an input message role.`,
      )
    }
    const content = fields.content
    const given =
      typeof content === 'string'
        ? [{ type: 'text', text: content }]
        : listOf(content, `messages.${at}.content`)
    if (given.length === 0)
      throw new Refusal(
        `messages.${at}: all messages must have non-empty content except for the optional final assistant message`,
      )
    const blocks = given.map((block, index) =>
      blockOf(fieldsOf(block, `messages.${at}.content.${index}`), `messages.${at}.content.${index}`, ids),
    )
    return { role, blocks }
  })
  for (const [at, turn] of turns.entries()) checked(turn, turns[at - 1], turns[at + 1], at)
  if (turns.at(-1)?.role === 'assistant') {
    throw new Refusal(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    )
  }
  return turns
}

function blockOf(block: Fields, where: string, ids: Set<string>): Block {
  const type = textOf(block.type, `${where}.type`)
  const known = BLOCKS[type]
  if (known === undefined)
    throw new Refusal(
      `${where}: Input tag '${type}' found using 'type' does not match any of the expected tags`,
    )
  onlyKnown(block, known, extra(`${where}.${type}`))
  if (type === 'text') {
    const text = textOf(block.text, `${where}.text.text`)
    if (text === '') throw new Refusal('messages: text content blocks must be non-empty')
    if (text.trim() === '')
      throw new Refusal('messages: text content blocks must contain non-whitespace text')
    return { type: 'text', text }
  }
  if (type === 'tool_use') {
    const id = textOf(block.id, `${where}.tool_use.id`)
    if (!/^[a-zA-Z0-9_-]+$/.test(id)) {
      throw new Refusal(`${where}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`)
    }
    if (ids.has(id)) throw new Refusal(`${where}: \`tool_use\` ids must be unique`)
    ids.add(id)
    const input = fieldsOf(block.input, `${where}.tool_use.input`)
    return { type: 'tool_call', id, name: named(block.name, `${where}.tool_use.name`), input }
  }
  if (type === 'tool_result') {
    return {
      type: 'tool_result',
      call: textOf(block.tool_use_id, `${where}.tool_result.tool_use_id`),
      content: textsOf(block.content ?? '', `${where}.tool_result.content`),
      failed: block.is_error === true,
    }
  }
  if (block.signature !== signatureOf(textOf(block.thinking, `${where}.thinking`))) {
    throw new Refusal(`${where}: Invalid \`signature\` in \`thinking\` block`)
  }
  return { type: 'opaque', provider: 'anthropic', value: block }
}

function checked(turn: Turn, before: Turn | undefined, after: Turn | undefined, at: number): void {
  if (before === undefined && turn.role !== 'user')
    throw new Refusal('messages: first message must use the "user" role')
  if (before?.role === turn.role) {
    throw new Refusal(
      `messages: roles must alternate between "user" and "assistant", but found multiple "${turn.role}" roles in a row`,
    )
  }
  const called = callsOf(turn).map(({ id }) => id)
  const answers = resultIds(after)
  const orphans = called.filter((id) => !answers.includes(id))
  if (orphans.length > 0) {
    throw new Refusal(
      `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${orphans.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    )
  }
  const allowed = callsOf(before).map(({ id }) => id)
  const stray = resultIds(turn).find((id) => !allowed.includes(id))
  if (stray !== undefined) {
    throw new Refusal(
      `messages.${at}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
    )
  }
  const late = turn.blocks.findIndex(({ type }) => type === 'tool_result')
  if (late > 0 && turn.blocks.slice(0, late).some(({ type }) => type === 'text')) {
    throw new Refusal(`messages.${at}: \`tool_result\` blocks must come before any other content`)
  }
}

function resultIds(turn: Turn | undefined): string[] {
  return (turn?.blocks ?? []).filter((block) => block.type === 'tool_result').map(({ call }) => call)
}

interface Content {
  readonly start: Fields
  /** What a stream begins it with, when that is not the whole. */
  readonly empty?: Fields
  readonly deltas: readonly Fields[]
  readonly json?: string
}

function contentOf(reply: ServedReply): Content[] {
  const { thinking, text, calls = [] } = reply
  return [
    ...(thinking === undefined ? [] : [thinkingContent(thinking)]),
    ...(text === undefined
      ? []
      : [
          {
            start: { type: 'text', text },
            empty: { type: 'text', text: '' },
            deltas: pieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
          },
        ]),
    ...calls.map((call, at) => ({
      start: { type: 'tool_use', id: call.id ?? toolId(at), name: call.name, input: {} },
      deltas: pieces(jsonOf(call)).map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
      json: jsonOf(call),
    })),
  ]
}

function thinkingContent(thinking: string): Content {
  const signature = signatureOf(thinking)
  return {
    start: { type: 'thinking', thinking, signature },
    empty: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...pieces(thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
      { type: 'signature_delta', signature },
    ],
  }
}

let made = 0
function toolId(at: number): string {
  return `toolu_${++made}_${at}`
}

function signatureOf(thinking: string): string {
  return createHash('sha256').update(thinking).digest('base64')
}

/** A whole answer cannot hold broken JSON: the vendor reads it first, and gives nothing for what was cut off. */
function lenient(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return {}
  }
}

function stopOf({ stop, calls = [] }: ServedReply): string {
  if (stop !== undefined && stop !== 'end') return STOPS[stop]
  return calls.length > 0 ? 'tool_use' : 'end_turn'
}

function vendorUsage(usage: { input: number; cacheRead: number; cacheWrite: number; output: number }) {
  return {
    input_tokens: usage.input,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation_input_tokens: usage.cacheWrite,
    output_tokens: usage.output,
  }
}
