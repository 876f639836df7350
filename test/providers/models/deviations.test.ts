// How servers of the three protocols deviate from their vendors, one row a deviation with an issue or the kind of server that sends it.
//
// The answers are bodies as those servers send them; the faults that any network or vendor has are in fault-matrix.test.ts.

import { describe, expect, test } from 'vitest'
import type { FailureKind, ModelRequest, Turn } from '../../../machines/index.ts'
import { windowIn } from '../../../providers/models/learnt-window.ts'
import { openModel } from '../../../providers/models/open-model.ts'
import { asking, failed, patient, replied, results, TOOLS, user } from '../../contracts/model.ts'
import type { ServedProtocol } from '../../model-servers/index.ts'

interface Body {
  readonly type: string
  readonly text: string
  readonly status?: number
}

interface Row {
  readonly protocol: ServedProtocol
  readonly what: string
  readonly source: string
  readonly body: Body
  readonly stream?: boolean
  readonly request?: Partial<ModelRequest>
  /** The text that was said, and the calls with their inputs or the word that their problem has; or a failure. */
  readonly ends:
    | {
        readonly text?: string
        readonly calls?: readonly unknown[]
        readonly stop?: string
        /** In and out. */
        readonly tokens?: readonly [number, number]
      }
    | { readonly kind: FailureKind; readonly message?: string }
}

const json = (body: unknown): Body => ({ type: 'application/json', text: JSON.stringify(body) })
const events = (...all: object[]): Body => ({
  type: 'text/event-stream',
  text: all.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(''),
})
/** With the line that names the event, as Anthropic's SDK wants it. */
const named = (...all: { type: string; [field: string]: unknown }[]): Body => ({
  type: 'text/event-stream',
  text: all.map((each) => `event: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`).join(''),
})

const usage = { prompt_tokens: 9, completion_tokens: 4 }
const choice = (message: object, finish = 'stop') => ({
  choices: [{ index: 0, message, finish_reason: finish }],
  usage,
})
const completion = (message: object, finish?: string) => json(choice(message, finish))
const delta = (part: object, finish: string | null = null) => ({
  choices: [{ index: 0, delta: part, finish_reason: finish }],
})
const readFile = (args: unknown, more: object = {}) => ({
  type: 'function',
  function: { name: 'read_file', arguments: args },
  ...more,
})
const path = (name: string) => ({ path: name })

const chat: Omit<Row, 'protocol'>[] = [
  {
    what: 'arguments as an object',
    source: 'ollama before 0.3, and gateways before it',
    body: completion({ tool_calls: [readFile(path('a.ts'), { id: 'c1' })] }, 'tool_calls'),
    ends: { calls: [path('a.ts')] },
  },
  {
    what: 'arguments as an object, streamed',
    source: 'the same',
    stream: true,
    body: events(
      delta({ tool_calls: [readFile(path('a.ts'), { index: 0, id: 'c1' })] }),
      delta({}, 'tool_calls'),
    ),
    ends: { calls: [path('a.ts')] },
  },
  {
    what: 'no arguments at all',
    source: 'llama.cpp for tools without parameters',
    body: completion({ tool_calls: [{ id: 'c1', function: { name: 'submit' } }] }, 'tool_calls'),
    ends: { calls: [{}] },
  },
  {
    what: 'calls without ids',
    source: 'Gemini behind its compatible endpoint',
    body: completion(
      { tool_calls: [readFile('{"path":"a"}'), readFile('{"path":"b"}', { id: '' })] },
      'stop',
    ),
    ends: { calls: [path('a'), path('b')], stop: 'tool_calls' },
  },
  {
    what: 'calls with one id',
    source: 'mlx-lm, vLLM with some parsers',
    body: completion({ tool_calls: ['a', 'b'].map((name) => readFile(`{"path":"${name}"}`, { id: 'x' })) }),
    ends: { calls: [path('a'), path('b')] },
  },
  {
    what: 'ids with signs that other vendors refuse',
    source: 'Kimi: functions.read_file:0',
    body: completion({ tool_calls: [readFile('{"path":"a"}', { id: 'functions.read_file:0' })] }),
    ends: { calls: [path('a')] },
  },
  {
    what: 'a chunk without choices, and one with null',
    source: 'Azure (prompt_filter_results), vLLM (last chunk)',
    stream: true,
    body: events(
      { prompt_filter_results: [] },
      { choices: null },
      delta({ content: 'yes' }),
      delta({}, 'stop'),
      { choices: [], usage },
    ),
    ends: { text: 'yes' },
  },
  {
    what: 'no choices in a whole answer',
    source: 'gateways whose upstream failed',
    body: json({ choices: [], usage }),
    ends: { kind: 'garbled' },
  },
  {
    what: 'usage with nulls',
    source: 'LM Studio, some gateways',
    body: json({ ...choice({ content: 'yes' }), usage: { prompt_tokens: null, completion_tokens: 4.5 } }),
    ends: { text: 'yes' },
  },
  {
    what: 'no reason to stop until the end',
    source: 'servers that were cut',
    stream: true,
    body: events(delta({ content: 'yes' })),
    ends: { kind: 'garbled', message: 'it broke off' },
  },
  {
    what: 'no reason to stop in a whole answer',
    source: 'servers that leave it null',
    body: json({ choices: [{ message: { content: 'yes' }, finish_reason: null }] }),
    ends: { text: 'yes', stop: 'end' },
  },
  {
    what: 'no reason to stop after a call in a whole answer',
    source: 'servers that leave it null',
    body: json({ choices: [{ message: { tool_calls: [readFile('{"path":"a"}')] } }] }),
    ends: { calls: [path('a')], stop: 'tool_calls' },
  },
  ...[
    ['STOP', 'end'],
    ['eos_token', 'end'],
    ['end_turn', 'end'],
    ['MAX_TOKENS', 'length'],
  ].map(([reason = '', stop = '']) => ({
    what: `the reason ${reason}`,
    source: 'gateways that translate',
    stream: true,
    body: events(delta({ content: 'yes' }), delta({}, reason)),
    ends: { text: 'yes', stop },
  })),
  {
    what: 'text in parts, beside thoughts',
    source: 'Mistral, magistral models',
    body: completion({
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
        { type: 'text', text: 'yes' },
      ],
    }),
    ends: { text: 'yes' },
  },
  {
    what: 'an error within a 200',
    source: 'OpenRouter',
    body: json({ error: { code: 429, message: 'Provider returned error' } }),
    ends: { kind: 'rate_limited', message: 'Provider returned error' },
  },
  {
    what: 'no list of choices in a whole answer',
    source: 'decolua/9router#2727',
    body: json({ id: null, choices: null }),
    ends: { kind: 'garbled' },
  },
  {
    what: 'an error within a 200: overloaded',
    source: 'OpenRouter, Aider-AI/aider#3550',
    body: json({ error: { code: 503, message: 'The provider is down or overloaded.' }, choices: null }),
    ends: { kind: 'overloaded', message: 'The provider is down or overloaded.' },
  },
  {
    what: 'an error in the stream with the status 529',
    source: 'gateways before Anthropic, vava-nessa/free-coding-models#148',
    stream: true,
    body: events({ error: { code: 529, message: 'Service temporarily overloaded' } }),
    ends: { kind: 'overloaded' },
  },
  {
    what: 'usage in each chunk, which grows',
    source: 'LiteLLM and vLLM, pydantic/pydantic-ai#4056',
    stream: true,
    body: events(
      { ...delta({ content: 'y' }), usage: { prompt_tokens: 9, completion_tokens: 1 } },
      { ...delta({ content: 'es' }), usage: { prompt_tokens: 9, completion_tokens: 3 } },
      { ...delta({}, 'stop'), usage },
    ),
    ends: { text: 'yes', tokens: [9, 4] },
  },
  {
    what: 'usage in a last chunk with a choice',
    source: 'scaleway/docs-content#3627',
    stream: true,
    body: events(delta({ content: 'yes' }), { ...delta({}, 'stop'), usage }),
    ends: { text: 'yes', tokens: [9, 4] },
  },
  {
    what: 'an error within a 200 that is a text',
    source: 'ollama',
    body: json({ error: 'model "x" is overloaded: too many tokens' }),
    ends: { kind: 'too_long' },
  },
  {
    what: 'an error within a 200 beside it',
    source: 'vLLM',
    body: json({
      object: 'error',
      message: 'maximum context length is 4096',
      type: 'BadRequestError',
      code: 400,
    }),
    ends: { kind: 'too_long' },
  },
  {
    what: 'an error in the stream with a number as its code',
    source: 'OpenRouter',
    stream: true,
    body: events(delta({ content: 'so' }), { error: { code: 502, message: 'bad gateway' }, choices: [] }),
    ends: { kind: 'server_fault', message: 'bad gateway' },
  },
  {
    what: 'a plain error to a streamed request',
    source: 'LiteLLM',
    stream: true,
    body: json({ error: { type: 'insufficient_quota', code: '402', message: 'Pay.' } }),
    ends: { kind: 'out_of_quota' },
  },
  {
    what: 'a whole answer to a streamed request',
    source: 'servers that cannot stream with tools',
    stream: true,
    body: completion({ content: 'yes' }),
    ends: { text: 'yes' },
  },
  {
    what: 'a stream with the type of JSON',
    source: 'proxies that set one type for all',
    stream: true,
    body: { ...events(delta({ content: 'yes' }), delta({}, 'stop')), type: 'application/json' },
    ends: { text: 'yes' },
  },
  {
    what: 'a page to a streamed request',
    source: 'login pages of proxies',
    stream: true,
    body: { type: 'text/html', text: '<html><body><h1>Please log in</h1></body></html>' },
    ends: { kind: 'garbled', message: 'the answer is a page: Please log in' },
  },
]

const READ = '{"name": "read_file", "arguments": {"path": "a.ts"}}'
const written = (what: string, source: string, text: string, ends: Row['ends'], request = {}) => ({
  what,
  source,
  request,
  body: completion({ content: text }),
  ends,
})
const texts: Omit<Row, 'protocol'>[] = [
  written('Hermes', 'ollama#16686', `I look.\n<tool_call>\n${READ}\n</tool_call>`, {
    text: 'I look.',
    calls: [path('a.ts')],
    stop: 'tool_calls',
  }),
  written('Hermes, its last tag cut off', 'llama.cpp, stop words', `<tool_call>${READ}`, {
    calls: [path('a.ts')],
  }),
  written(
    'two after each other',
    'qwen3',
    `<tool_call>${READ}</tool_call>\n<tool_call>{"name":"submit","arguments":{}}</tool_call>\n`,
    { calls: [path('a.ts'), {}] },
  ),
  written(
    'tags for each parameter',
    'opencode#24316, qwen3-coder',
    '<tool_call>\n<function=read_file>\n<parameter=path>\n12\n</parameter>\n</function>\n</tool_call>',
    { calls: [path('12')] },
  ),
  written('tags without the outer one', 'ollama#17353', '<function=submit>\n</function>', { calls: [{}] }),
  written(
    'parameters that are no text',
    'qwen3-coder',
    '<function=submit><parameter=list>[1, 2]</parameter><parameter=note>as it is</parameter></function>',
    { calls: [{ list: [1, 2], note: 'as it is' }] },
  ),
  written('Mistral', 'mistral on llama.cpp', `[TOOL_CALLS] [${READ}]`, { calls: [path('a.ts')] }),
  written('JSON in a fence', 'deepseek-r1 distillates', `So:\n\`\`\`json\n${READ}\n\`\`\``, {
    text: 'So:',
    calls: [path('a.ts')],
  }),
  written('nothing but JSON, with parameters', 'llama 3', '{"name": "submit", "parameters": {"a": 1}}', {
    calls: [{ a: 1 }],
  }),
  written('arguments as text within it', 'hermes 2', '{"name": "submit", "arguments": "{\\"a\\": 1}"}', {
    calls: [{ a: 1 }],
  }),
  written('a tool that was not offered', 'W1', '<tool_call>{"name": "rm", "arguments": {}}</tool_call>', {
    text: '<tool_call>{"name": "rm", "arguments": {}}</tool_call>',
    calls: [],
  }),
  written('in the middle of a text', 'W1', `Write <tool_call>${READ}</tool_call> to read.`, {
    text: `Write <tool_call>${READ}</tool_call> to read.`,
    calls: [],
  }),
  written(
    'one of two that cannot be read',
    'W2',
    `<tool_call>{"name":</tool_call>\n<tool_call>${READ}</tool_call>`,
    {
      text: `<tool_call>{"name":</tool_call>\n<tool_call>${READ}</tool_call>`,
      calls: [],
    },
  ),
  written('where no call may be made', 'W1', READ, { text: READ, calls: [] }, { toolChoice: 'none' }),
  written(
    'where an answer in JSON was asked for',
    'W1',
    READ,
    { text: READ, calls: [] },
    { answer: { name: 'a', schema: { type: 'object' } } },
  ),
  {
    what: 'beside a call that the server told',
    source: 'W1',
    body: completion({ content: READ, tool_calls: [readFile('{"path":"b"}', { id: 'c' })] }),
    ends: { text: READ, calls: [path('b')] },
  },
]

const item = (more: object) => ({
  type: 'function_call',
  name: 'read_file',
  arguments: '{"path":"a"}',
  ...more,
})
const said = { type: 'message', content: [{ type: 'output_text', text: 'yes' }] }
const done = (given: object, more: object = {}) => ({
  type: 'response.output_item.done',
  item: given,
  ...more,
})
const completed = (response: object = {}) => ({
  type: 'response.completed',
  response: { status: 'completed', usage: { input_tokens: 3, output_tokens: 2 }, ...response },
})
const responses: Omit<Row, 'protocol'>[] = [
  {
    what: 'items without a number',
    source: 'llama.cpp#20607, lemonade#3607',
    stream: true,
    body: events(done(said), done(item({ call_id: 'c' })), completed({ output: [] })),
    ends: { text: 'yes', calls: [path('a')] },
  },
  {
    what: 'items in another order than they are numbered',
    source: 'gateways that translate',
    stream: true,
    body: events(
      done(item({ call_id: 'd', arguments: '{"path":"b"}' }), { output_index: 1 }),
      done(item({ call_id: 'c' }), { output_index: 0 }),
      completed(),
    ),
    ends: { calls: [path('a'), path('b')] },
  },
  {
    what: 'a last event without output and status',
    source: 'lemonade#3607',
    stream: true,
    body: events(done(said), { type: 'response.completed', response: {} }),
    ends: { text: 'yes' },
  },
  {
    what: 'calls without ids, arguments as an object',
    source: 'gateways that translate',
    body: json({ status: 'completed', output: [item({ arguments: path('a') }), item({ call_id: null })] }),
    ends: { calls: [path('a'), path('a')] },
  },
  {
    what: 'an error within a 200',
    source: 'gateways',
    body: json({ error: { code: 'context_length_exceeded', message: 'too long' } }),
    ends: { kind: 'too_long', message: 'too long' },
  },
  {
    what: 'a plain answer to a streamed request',
    source: 'servers that cannot stream',
    stream: true,
    body: json({ status: 'completed', output: [said] }),
    ends: { text: 'yes' },
  },
  {
    what: 'completed, with all the tokens it may take',
    source: 'llama.cpp 0.7.0: no word for an answer that was cut off',
    request: { maxOutputTokens: 2 },
    body: json({
      status: 'completed',
      output: [said, item({ call_id: 'c' })],
      usage: { input_tokens: 3, output_tokens: 2 },
    }),
    ends: {
      text: 'yes',
      calls: ['its input was cut off: the answer reached its limit of output tokens'],
      stop: 'length',
    },
  },
  {
    what: 'usage with nulls',
    source: 'gateways',
    body: json({ status: 'completed', output: [said], usage: { input_tokens: null } }),
    ends: { text: 'yes' },
  },
]

const begun = { type: 'message_start', message: { content: [], usage: { input_tokens: 3 } } }
const ended = [
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
]
const messages: Omit<Row, 'protocol'>[] = [
  {
    what: 'the whole input when the block begins, and no id',
    source: 'ollama, llama.cpp',
    stream: true,
    body: named(
      begun,
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', name: 'read_file', input: path('a') },
      },
      { type: 'content_block_stop', index: 0 },
      ...ended,
    ),
    ends: { calls: [path('a')] },
  },
  {
    what: 'thoughts without a signature',
    source: 'InternLM/lmdeploy#4851',
    body: json({
      content: [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'yes' },
      ],
      stop_reason: 'end_turn',
    }),
    ends: { text: 'yes' },
  },
  {
    what: 'thoughts without a signature, streamed',
    source: 'kekzl/imp#1555',
    stream: true,
    body: named(
      begun,
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'yes' } },
      { type: 'content_block_stop', index: 1 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
      { type: 'message_stop' },
    ),
    ends: { text: 'yes' },
  },
  {
    what: 'an error within a 200',
    source: 'gateways',
    body: json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    ends: { kind: 'overloaded' },
  },
  {
    what: 'a plain error to a streamed request',
    source: 'gateways',
    stream: true,
    body: json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    ends: { kind: 'overloaded' },
  },
  {
    what: 'a whole answer to a streamed request',
    source: 'servers that cannot stream',
    stream: true,
    body: json({ content: [{ type: 'text', text: 'yes' }], stop_reason: 'end_turn' }),
    ends: { text: 'yes' },
  },
  {
    what: 'usage that cannot be read',
    source: 'gateways',
    body: json({
      content: [{ type: 'text', text: 'yes' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: '3' },
    }),
    ends: { text: 'yes' },
  },
]

function modelFor(protocol: ServedProtocol, stream: boolean, answers: Body[], sent: string[] = []) {
  const place = {
    name: 'local/large',
    protocol,
    baseUrl: 'http://model.invalid/v1',
    stream,
    key: () => 'test-key',
  }
  return openModel(place, {
    fetch: async (_url, init) => {
      sent.push(String(init?.body))
      const { type, text, status = 200 } = answers.shift() ?? { type: '', text: '' }
      return new Response(text, { status, headers: { 'content-type': type } })
    },
  })
}

/** The forms are tried over Chat Completions; here that the other protocols look for them, too. */
const HERMES = `I look.\n<tool_call>\n${READ}\n</tool_call>`
const lookedFor = { text: 'I look.', calls: [path('a.ts')], stop: 'tool_calls' }
const textsElsewhere: Row[] = [
  {
    protocol: 'openai-responses',
    what: 'a call in the text',
    source: 'llama.cpp, LM Studio: templates without a parser',
    body: json({
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: HERMES }] }],
    }),
    ends: lookedFor,
  },
  {
    protocol: 'anthropic',
    what: 'a call in the text',
    source: 'ollama, llama.cpp: templates without a parser',
    body: json({ content: [{ type: 'text', text: HERMES }], stop_reason: 'end_turn' }),
    ends: lookedFor,
  },
]

/** Refusals that have no `error`: the SDKs would say "400 status code (no body)". */
const refusals: Row[] = (['openai-chat', 'openai-responses', 'anthropic'] as const).flatMap((protocol) => [
  {
    protocol,
    what: 'a refusal beside no error',
    source: 'vllm#2964, SGLang',
    body: {
      ...json({
        object: 'error',
        message: 'maximum context length is 4096',
        type: 'BadRequestError',
        code: 400,
      }),
      status: 400,
    },
    ends: { kind: 'too_long', message: 'maximum context length is 4096' },
  },
  {
    protocol,
    what: 'a refusal with its details',
    source: 'FastAPI: vLLM, Mistral, LiteLLM',
    body: { ...json({ detail: [{ loc: ['body', 'tools'], msg: 'Field required' }] }), status: 422 },
    ends: { kind: 'bad_request', message: 'Field required' },
  },
])

const rows: Row[] = [
  ...textsElsewhere,
  ...refusals,
  ...chat.map((row) => ({ protocol: 'openai-chat' as const, ...row })),
  ...texts.map((row) => ({
    protocol: 'openai-chat' as const,
    ...row,
    what: `a call in the text: ${row.what}`,
  })),
  ...responses.map((row) => ({ protocol: 'openai-responses' as const, ...row })),
  ...messages.map((row) => ({ protocol: 'anthropic' as const, ...row })),
]

describe('a server that speaks nearly the protocol', () => {
  test.each(rows)('$protocol: $what ($source)', async ({ protocol, stream = false, body, request, ends }) => {
    const result = await modelFor(protocol, stream, [body]).send(asking(undefined, request), patient())
    if ('kind' in ends) {
      expect(failed(result).kind).toBe(ends.kind)
      if (ends.message !== undefined) expect(failed(result).message).toContain(ends.message)
      return
    }
    const { blocks, stop, usage } = replied(result)
    const calls = blocks.filter((block) => block.type === 'tool_call')
    if (ends.text !== undefined)
      expect(blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')).toBe(ends.text)
    if (ends.calls) expect(calls.map(({ input, problem }) => problem ?? input)).toEqual(ends.calls)
    if (ends.stop !== undefined) expect(stop).toBe(ends.stop)
    if (ends.tokens) expect([usage.input, usage.output]).toEqual(ends.tokens)
    expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length)
    for (const { id } of calls) expect(id).toMatch(/^[\w-]{1,64}$/)
    expect(usage.output).toBeGreaterThan(0)
  })
})

interface RefusedPart {
  readonly what: string
  readonly source: string
  readonly protocol: ServedProtocol
  readonly says: string
  readonly stream?: boolean
  readonly turns?: Turn[]
  /** Whether a body of a request is in the form that the server takes. */
  readonly takes: (body: Record<string, unknown>) => boolean
}

const rolesIn = ({ messages }: Record<string, unknown>) =>
  (messages as { role: string }[]).map(({ role }) => role)
const twoCalls = ['c1', 'c2'].map((id) => ({ type: 'tool_call' as const, id, name: 'submit', input: {} }))
const afterTwoCalls: Turn[] = [
  user('Go'),
  { role: 'assistant', blocks: [{ type: 'text', text: 'I do both.' }, ...twoCalls] },
  {
    role: 'user',
    blocks: [
      ...twoCalls.map(({ id }) => ({ type: 'tool_result' as const, call: id, content: id, failed: false })),
      { type: 'text' as const, text: 'Go on.' },
    ],
  },
]
const refusedParts: RefusedPart[] = [
  {
    what: 'the key of the cache',
    source: 'zed#36215: Groq, Cerebras',
    protocol: 'openai-chat',
    says: "property 'prompt_cache_key' is unsupported",
    takes: (body) => !('prompt_cache_key' in body),
  },
  {
    what: 'the key of the cache',
    source: 'servers of the protocol before it',
    protocol: 'openai-responses',
    says: 'Unrecognized request argument supplied: prompt_cache_key',
    takes: (body) => !('prompt_cache_key' in body),
  },
  {
    what: 'usage in the stream',
    source: 'Flowise#2866: Fireworks',
    protocol: 'openai-chat',
    stream: true,
    says: "Extra inputs are not permitted, field: 'stream_options'",
    takes: (body) => !('stream_options' in body),
  },
  {
    what: 'the old word for the limit',
    source: 'Azure, for models that reason',
    protocol: 'openai-chat',
    says: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    takes: (body) => body.max_completion_tokens === 4_000 && !('max_tokens' in body),
  },
  {
    what: 'encrypted reasoning',
    source: 'models that do not reason',
    protocol: 'openai-responses',
    says: 'Encrypted content is not supported with this model.',
    takes: (body) => !('include' in body),
  },
  {
    what: 'marks of the cache',
    source: 'pi#7938, vertexai-cf-workers#21',
    protocol: 'anthropic',
    says: 'tools.1.cache_control: Extra inputs are not permitted',
    takes: (body) =>
      !JSON.stringify(body).includes('cache_control') && JSON.stringify(body).includes('read_file'),
  },
  {
    what: 'the role system',
    source: 'vllm#2964, llama-cpp-python#1580: Gemma',
    protocol: 'openai-chat',
    says: 'System role not supported',
    takes: (body) =>
      rolesIn(body).join() === 'user' && JSON.stringify(body.messages).includes('You write code.\\n\\nHello'),
  },
  {
    what: 'several calls in a turn',
    source: "Llama 3's templates on llama.cpp and vLLM",
    protocol: 'openai-chat',
    turns: afterTwoCalls,
    says: 'Jinja Exception: This model only supports single tool-calls at once!',
    takes: (body) =>
      rolesIn(body).join() === 'system,user,assistant,tool,assistant,tool,user' &&
      JSON.stringify(body).match(/"tool_call_id":"c[12]"/g)?.length === 2,
  },
  {
    what: 'calls without the reasoning that led to them',
    source: 'oh-my-pi#787, cursor-byok#268: DeepSeek; Kimi',
    protocol: 'openai-chat',
    turns: afterTwoCalls,
    says: 'The `reasoning_content` in the thinking mode must be passed back to the API.',
    takes: (body) => JSON.stringify(body).includes('"reasoning_content":" "'),
  },
]
const answered: Readonly<Record<ServedProtocol, Body>> = {
  'openai-chat': completion({ content: 'yes' }),
  'openai-responses': json({ status: 'completed', output: [said] }),
  anthropic: json({ content: [{ type: 'text', text: 'yes' }], stop_reason: 'end_turn' }),
}

describe('a server that refuses a part of each request', () => {
  test.each(refusedParts)(
    '$protocol: $what ($source), is asked without it, and not refused twice',
    async ({ protocol, says, stream = false, turns, takes }) => {
      const sent: string[] = []
      const refusal = { ...json({ error: { message: says, type: 'invalid_request_error' } }), status: 400 }
      const model = modelFor(protocol, stream, [refusal, answered[protocol], answered[protocol]], sent)
      const request = asking(turns, { cacheKey: 'k' })
      for (const _ of [1, 2]) expect(replied(await model.send(request, patient())).blocks).toHaveLength(1)
      const bodies = sent.map((each) => JSON.parse(each) as Record<string, unknown>)
      expect(bodies.map(takes)).toEqual([false, true, true])
    },
  )

  test('twice, or for another reason, is not asked again', async () => {
    const says = (message: string) => ({ ...json({ error: { message } }), status: 400 })
    const sent: string[] = []
    const same = says('System role not supported')
    const model = modelFor('openai-chat', false, [same, same, says('no')], sent)
    expect(failed(await model.send(asking(), patient()))).toMatchObject({ kind: 'bad_request' })
    expect(sent).toHaveLength(2)
    expect(failed(await model.send(asking(), patient()))).toMatchObject({
      kind: 'bad_request',
      message: /no$/,
    })
    expect(sent).toHaveLength(3)
  })
})

test.each(['openai-chat', 'openai-responses', 'anthropic'] as const)(
  'a certificate of an unknown authority is told with the way out, over %s',
  async (protocol) => {
    const cause = Object.assign(new Error('self-signed certificate in certificate chain'), {
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
    })
    const model = openModel(
      { name: 'local/large', protocol, baseUrl: 'https://model.invalid/v1', stream: false, key: () => 'k' },
      { fetch: () => Promise.reject(new TypeError('fetch failed', { cause })) },
    )
    expect(failed(await model.send(asking(), patient()))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/self-signed.*NODE_EXTRA_CA_CERTS=FILE$/),
    })
  },
)

describe('a request that is too long', () => {
  test.each([
    [
      'OpenAI',
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 10240 tokens.",
      8192,
    ],
    [
      'llama.cpp',
      'request (20020 tokens) exceeds the available context size (16384 tokens), try increasing it',
      16384,
    ],
    ['Anthropic', 'prompt is too long: 210,111 tokens > 200,000 maximum', 200_000],
    [
      'Anthropic',
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease',
      200_000,
    ],
    ['LM Studio', 'the model is loaded with context length of only 4096 tokens, which is not enough', 4096],
    [
      'Gemini',
      'The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).',
      1_048_576,
    ],
    [
      'Mistral',
      'Prompt contains 40000 tokens, too large for model with 32768 maximum context length',
      32_768,
    ],
    ['no number', 'Input is too long for requested model.', undefined],
  ])('tells the window in the words of %s: %s', (_, message, tokens) => {
    expect(windowIn(message)).toBe(tokens)
  })

  test.each(['openai-chat', 'openai-responses', 'anthropic'] as const)(
    'tells it over %s',
    async (protocol) => {
      const message = 'prompt is too long: 9000 tokens > 8000 maximum'
      const refusal = { ...json({ error: { message, type: 'invalid_request_error' } }), status: 400 }
      const result = failed(await modelFor(protocol, false, [refusal]).send(asking(), patient()))
      expect(result).toMatchObject({ kind: 'too_long', window: 8_000 })
    },
  )
})

describe('reasoning over Chat Completions', () => {
  const call = readFile('{"path":"a"}', { id: 'c1' })
  const fields = ['reasoning_content', 'reasoning'] as const
  const answer = (field: string, stream: boolean) =>
    stream
      ? events(
          delta({ [field]: 'Let ' }),
          delta({ [field]: 'me.' }),
          delta({ tool_calls: [call] }),
          delta({}, 'stop'),
        )
      : completion({ [field]: 'Let me.', tool_calls: [call] })

  test.each(fields.flatMap((field) => [true, false].map((stream) => ({ field, stream }))))(
    'in $field goes back with the call it led to (opencode#24722, pi#3635, qwen-code#3578), streamed: $stream',
    async ({ field, stream }) => {
      const sent: string[] = []
      const model = modelFor(
        'openai-chat',
        stream,
        [answer(field, stream), completion({ content: 'ok' })],
        sent,
      )
      const reply = replied(await model.send(asking(), patient()))
      const turns = [user('Go'), { role: 'assistant' as const, blocks: reply.blocks }, results(reply)]
      await model.send(asking(turns), patient())
      const { messages } = JSON.parse(sent[1] ?? '') as { messages: Record<string, unknown>[] }
      expect(messages.find(({ role }) => role === 'assistant')).toMatchObject({ [field]: 'Let me.' })
    },
  )

  test('does not go back with a turn that called nothing, nor to another model', async () => {
    const sent: string[] = []
    const thought = completion({ reasoning_content: 'hm', content: 'yes' })
    const model = modelFor('openai-chat', false, [thought, completion({ content: 'ok' })], sent)
    const reply = replied(await model.send(asking(), patient()))
    expect(reply.blocks.map(({ type }) => type)).toEqual(['opaque', 'text'])
    const foreign = {
      type: 'opaque' as const,
      provider: 'other/model',
      value: { reasoning_content: 'theirs' },
    }
    const blocks = [foreign, { type: 'tool_call' as const, id: 'c', name: 'submit', input: {} }]
    const turns = [
      user('Go'),
      { role: 'assistant' as const, blocks: reply.blocks },
      user('On'),
      { role: 'assistant' as const, blocks },
      results({ blocks, stop: 'tool_calls', usage: reply.usage }),
    ]
    await model.send(asking(turns), patient())
    expect(sent[1]).not.toContain('reasoning')
  })

  test('is no answer by itself', async () => {
    const model = modelFor('openai-chat', false, [completion({ reasoning_content: 'hm' })])
    expect(failed(await model.send(asking(), patient()))).toMatchObject({ kind: 'garbled' })
  })
})

describe('half of a surrogate pair', () => {
  const half = '\ud83d'
  const turns = [
    user(`see ${half}`),
    {
      role: 'assistant' as const,
      blocks: [{ type: 'tool_call' as const, id: 'c', name: 'read_file', input: { [half]: [`${half}.ts`] } }],
    },
    {
      role: 'user' as const,
      blocks: [{ type: 'tool_result' as const, call: 'c', content: `cut ${half}`, failed: false }],
    },
  ]
  test.each(['anthropic', 'openai-responses', 'openai-chat'] as const)(
    'never leaves to %s',
    async (protocol) => {
      const sent: string[] = []
      const tools = [{ ...TOOLS[0], description: `Reads ${half}` }]
      const model = modelFor(protocol, false, [], sent)
      await model.send(asking(turns, { system: `You ${half}`, tools }), patient())
      await model.countTokens?.(asking(turns), { signal: new AbortController().signal })
      expect(sent.length).toBeGreaterThanOrEqual(1)
      for (const body of sent) {
        // An escape, also one within the text of arguments.
        expect(body).not.toMatch(/\\u[dD][89abAB]/)
        expect(body.match(/\ufffd/g)?.length).toBeGreaterThanOrEqual(4)
      }
    },
  )

  test('stays out of nothing that is whole', async () => {
    const sent: string[] = []
    await modelFor('openai-chat', false, [], sent).send(asking([user('👍 größe')]), patient())
    expect(sent[0]).toContain('👍 größe')
  })
})
