// Anthropic's Messages API, as a test server
//
// Owns:   its answers, whole and streamed.
// Leaves: its requests (anthropic-request.ts).

import { readAnthropic, signatureOf } from './anthropic-request.ts'
import { type Dialect, jsonOf, pieces, type ServedReply } from './conversation.ts'
import type { Fields } from './requests.ts'

const STOPS = { end: 'end_turn', length: 'max_tokens', refused: 'refusal', paused: 'pause_turn' } as const
export const anthropicDialect: Dialect = {
  read: readAnthropic,

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
