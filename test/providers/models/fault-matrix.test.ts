// What vendors and networks do, and what comes of it: over both SDKs, on all three protocols, streamed and whole.
//
// Each row says how the answer ends: as a reply or as a failure of one kind, and so with one remedy. None may hang, be
// silently empty, be tried twice, show the key, or give a call with cut or broken input that has no problem.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FailureKind, remedyOf, tokensOf } from '../../../machines/index.ts'
import { openModel, type TryResult } from '../../../providers/index.ts'
import { asking, failed, patient, replied } from '../../contracts/model.ts'
import {
  faults,
  type ModelServer,
  type Served,
  type ServedProtocol,
  startModelServer,
} from '../../model-servers/index.ts'

const KEY = 'sk-secret-0123456789'
const PROTOCOLS = ['anthropic', 'openai-responses', 'openai-chat'] as const
type Form = 'streamed' | 'whole'

interface Way {
  readonly protocol: ServedProtocol
  readonly form: Form
}

interface Row {
  readonly what: string
  readonly served: (way: Way) => Served
  /** A kind of failure, or what to check of the reply; by protocol where they differ. */
  readonly ends: (way: Way) => FailureKind | ((outcome: TryResult) => void)
  readonly form?: Form
  readonly protocols?: readonly ServedProtocol[]
  /** Said or thought for so long: short where nothing is to come. */
  readonly patienceMs?: number
}

const GOOD: Served = { text: 'Grüße ✓, this is it.' }
const READS: Served = { calls: [{ name: 'read_file', input: { path: 'src/größe.ts' } }] }

const error = (status: number, message: string, more: { type?: string; code?: string } = {}): Served => ({
  error: { status, message, ...more },
})

function always(kind: FailureKind): Row['ends'] {
  return () => kind
}

function says(text: string): (outcome: TryResult) => void {
  return (outcome) => expect(replied(outcome).blocks).toEqual([{ type: 'text', text }])
}

const saysGood = (): ReturnType<Row['ends']> => says('Grüße ✓, this is it.')

/** The calls of a reply, each with whether it has a problem. */
function calls(...expected: { input?: unknown; problem: string | undefined }[]) {
  return (outcome: TryResult): void => {
    const found = replied(outcome).blocks.filter((block) => block.type === 'tool_call')
    expect(found).toHaveLength(expected.length)
    for (const [at, { input, problem }] of expected.entries()) {
      if (input !== undefined) expect(found[at]?.input).toEqual(input)
      if (problem === undefined) expect(found[at]?.problem).toBeUndefined()
      else expect(found[at]?.problem).toContain(problem)
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
  }
}

function waits(ms: number | undefined): Row['ends'] {
  return () => (outcome) => {
    const { kind, retryAfterMs } = failed(outcome)
    expect(kind).toBe('rate_limited')
    if (ms === undefined) expect(retryAfterMs).toBeUndefined()
    else expect(Math.abs((retryAfterMs ?? -1) - ms)).toBeLessThan(2_000)
  }
}

function limited(header: Record<string, string>): Row['served'] {
  return () => ({ ...error(429, 'Number of requests has exceeded your limit'), headers: header })
}

/** How many events at the end make an answer whole. */
const ENDING = { anthropic: 1, 'openai-responses': 1, 'openai-chat': 3 } as const

const statuses: Row[] = [
  {
    what: '400: longer than the window',
    served: ({ protocol }) =>
      protocol === 'anthropic'
        ? error(400, 'prompt is too long: 1000123 tokens > 1000000 maximum')
        : error(400, 'Your input exceeds the context window of this model.', {
            code: 'context_length_exceeded',
          }),
    ends: always('too_long'),
  },
  {
    what: '400: longer than the window, as llama.cpp says it',
    served: () =>
      error(400, 'the request exceeds the available context size. try increasing the context size', {
        type: 'exceed_context_size_error',
      }),
    ends: always('too_long'),
  },
  {
    what: '400: longer than the window, as vLLM says it',
    served: () =>
      error(400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.", {
        type: 'BadRequestError',
      }),
    ends: always('too_long'),
  },
  {
    what: '400: a call is not answered',
    served: ({ protocol }) =>
      protocol === 'anthropic'
        ? error(
            400,
            'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1.',
          )
        : error(400, 'No tool output found for function call call_1.'),
    ends: always('bad_request'),
  },
  { what: '401', served: () => error(401, `invalid key ${KEY}`), ends: always('unauthorized') },
  { what: '402', served: () => error(402, 'Pay.', { type: 'billing_error' }), ends: always('out_of_quota') },
  {
    what: 'the money is used up',
    served: ({ protocol }) =>
      protocol === 'anthropic'
        ? error(400, 'Your credit balance is too low to access the Anthropic API.')
        : error(429, 'You exceeded your current quota.', {
            type: 'insufficient_quota',
            code: 'insufficient_quota',
          }),
    ends: always('out_of_quota'),
  },
  {
    what: '403: a spending limit is reached',
    served: () => error(403, 'no more this month', { code: 'enforced_spend_limit_reached' }),
    ends: always('out_of_quota'),
  },
  { what: '403', served: () => error(403, 'not for you'), ends: always('unauthorized') },
  { what: '404', served: () => error(404, 'model: large-1'), ends: always('unknown_model') },
  { what: '408', served: () => error(408, 'too slow'), ends: always('timed_out') },
  { what: '409', served: () => error(409, 'conflict'), ends: always('server_fault') },
  { what: '413', served: () => error(413, 'too large'), ends: always('too_long') },
  { what: '422', served: () => error(422, 'no'), ends: always('bad_request') },
  { what: '429, come back at once', served: limited({ 'retry-after': '0' }), ends: waits(0) },
  { what: '429, in 0.2 s', served: limited({ 'retry-after': '0.2' }), ends: waits(200) },
  {
    what: '429, in milliseconds',
    served: limited({ 'retry-after-ms': '8000', 'retry-after': '9000' }),
    ends: waits(8_000),
  },
  { what: '429, in 30 s', served: limited({ 'retry-after': '30' }), ends: waits(30_000) },
  { what: '429, in an hour', served: limited({ 'retry-after': '3600' }), ends: waits(3_600_000) },
  {
    what: '429, at a time',
    served: () =>
      limited({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() })({
        protocol: 'anthropic',
        form: 'whole',
      }),
    ends: waits(60_000),
  },
  { what: '429, in words', served: limited({ 'retry-after': 'soon' }), ends: waits(undefined) },
  { what: '429, before now', served: limited({ 'retry-after': '-5' }), ends: waits(undefined) },
  { what: '429, no time', served: limited({}), ends: waits(undefined) },
  { what: '500', served: () => error(500, 'Internal server error'), ends: always('server_fault') },
  {
    what: '502 in HTML',
    served: () => ({ ...error(502, 'x'), fault: faults.html }),
    ends: () => (outcome) => {
      expect(failed(outcome)).toMatchObject({ kind: 'server_fault', status: 502 })
      expect(failed(outcome).message).not.toContain('<')
    },
  },
  { what: '503', served: () => error(503, 'overloaded'), ends: always('overloaded') },
  { what: '504', served: () => error(504, 'gateway'), ends: always('timed_out') },
  { what: '529', served: () => error(529, 'Overloaded'), ends: always('overloaded') },
]

const transport: Row[] = [
  {
    what: 'a reset before the headers',
    served: () => ({ ...GOOD, fault: faults.resetBeforeHeaders }),
    ends: always('unreachable'),
  },
  { what: 'no HTTP', served: () => ({ ...GOOD, fault: faults.junk }), ends: always('unreachable') },
  {
    what: 'a reset in the body',
    served: () => ({ ...GOOD, fault: faults.resetInBody }),
    ends: always('garbled'),
  },
  {
    what: 'an end in the body',
    served: () => ({ ...GOOD, fault: faults.cutInBody }),
    ends: always('garbled'),
  },
  {
    what: 'an end in the body of a call',
    served: () => ({ ...READS, fault: faults.cutInBody }),
    ends: always('garbled'),
  },
  { what: '200 with HTML', served: () => ({ ...GOOD, fault: faults.html }), ends: always('garbled') },
  {
    what: '200 with other JSON',
    served: () => ({ ...GOOD, fault: (wire) => ({ ...wire, chunks: [Buffer.from('{"ok":true}')] }) }),
    ends: always('garbled'),
  },
  {
    what: '200 with nothing',
    served: () => ({ ...GOOD, fault: (wire) => ({ ...wire, chunks: [] }) }),
    ends: always('garbled'),
  },
  {
    what: 'an error whose body stalls',
    served: () => ({ ...error(500, 'x'.repeat(1000)), fault: faults.stallInBody }),
    ends: always('timed_out'),
    patienceMs: 200,
  },
  {
    what: 'silence before the headers',
    served: () => ({ ...GOOD, fault: faults.stallBeforeHeaders }),
    ends: always('timed_out'),
    patienceMs: 200,
  },
  {
    what: 'silence in the body',
    served: () => ({ ...GOOD, fault: faults.stallInBody }),
    ends: always('timed_out'),
    patienceMs: 200,
  },
  { what: 'bytes one by one', served: () => ({ ...GOOD, fault: faults.bytewise }), ends: saysGood },
  {
    what: '10 MB at once',
    served: () => ({ text: 'word '.repeat(2_000_000) }),
    ends: () => (outcome) => {
      const [block] = replied(outcome).blocks
      expect(block?.type === 'text' && block.text === 'word '.repeat(2_000_000)).toBe(true)
    },
  },
]

const streams: Row[] = [
  {
    what: 'an end in a character',
    served: () => ({ ...GOOD, fault: faults.cutInCharacter }),
    ends: always('garbled'),
  },
  {
    what: 'an end in the word data:',
    served: ({ protocol }) => ({ ...GOOD, fault: faults.cutInData(ENDING[protocol]) }),
    ends: always('garbled'),
  },
  {
    what: 'an end before the last event',
    served: ({ protocol }) => ({ ...GOOD, fault: faults.cutBeforeEnd(ENDING[protocol]) }),
    ends: always('garbled'),
  },
  {
    what: 'an end before the last event, after a whole call',
    served: ({ protocol }) => ({ ...READS, fault: faults.cutBeforeEnd(ENDING[protocol]) }),
    ends: always('garbled'),
  },
  {
    what: 'an error as an event',
    served: ({ protocol }) => ({ ...GOOD, fault: faults.endsWith(ERRORS[protocol]) }),
    ends: ({ protocol }) => (protocol === 'anthropic' ? 'overloaded' : 'rate_limited'),
  },
  {
    what: 'an error as an event: the quota',
    served: ({ protocol }) => ({ ...GOOD, fault: faults.endsWith(QUOTA[protocol]) }),
    ends: always('out_of_quota'),
  },
  {
    what: 'a failed response',
    protocols: ['openai-responses'],
    served: () => ({
      ...GOOD,
      fault: faults.replace(
        /"type":"response.completed","response":\{.*?"error":null/g,
        '"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"oh"}',
      ),
    }),
    ends: always('server_fault'),
  },
  {
    what: 'a block that does not end',
    protocols: ['anthropic'],
    served: () => ({ ...READS, fault: faults.without(/content_block_stop/) }),
    ends: always('garbled'),
  },
  {
    what: 'an item that is not told to be done',
    protocols: ['openai-responses'],
    served: () => ({ ...READS, fault: faults.without(/output_item\.done/) }),
    ends: () => calls({ input: { path: 'src/größe.ts' }, problem: undefined }),
  },
  {
    what: 'no [DONE]',
    protocols: ['openai-chat'],
    served: () => ({ ...READS, fault: faults.without(/\[DONE\]/) }),
    ends: () => calls({ input: { path: 'src/größe.ts' }, problem: undefined }),
  },
  {
    what: 'a message that was not begun',
    protocols: ['anthropic'],
    served: () => ({ ...GOOD, fault: faults.without(/message_start/) }),
    ends: always('garbled'),
  },
  {
    what: 'an answer that takes longer than silence may, and is never silent',
    protocols: ['anthropic'],
    served: () => ({ text: 'x'.repeat(7 * 50), fault: faults.slow(50) }),
    ends: () => says('x'.repeat(7 * 50)),
    patienceMs: 2_000,
  },
  {
    what: 'a block that was not begun',
    protocols: ['anthropic'],
    served: () => ({ ...GOOD, fault: faults.without(/content_block_start/) }),
    ends: always('garbled'),
  },
  {
    what: 'an event that nobody knows',
    served: ({ protocol }) => ({ ...GOOD, fault: faults.insert(UNKNOWN[protocol], ENDING[protocol]) }),
    ends: saysGood,
  },
  {
    what: 'an event that is no JSON',
    served: ({ protocol }) => ({
      ...GOOD,
      fault: faults.insert('event: message_delta\ndata: {"a":\n\n', ENDING[protocol]),
    }),
    ends: always('garbled'),
  },
  {
    what: 'many pings',
    served: ({ protocol }) => ({
      ...GOOD,
      fault: faults.insert(PING[protocol].repeat(5_000), ENDING[protocol]),
    }),
    ends: saysGood,
  },
  {
    what: 'nothing but pings',
    served: ({ protocol }) => ({ ...GOOD, fault: faults.floodAfter(PING[protocol], 3) }),
    ends: always('timed_out'),
    patienceMs: 250,
  },
  {
    what: 'two blocks with one index',
    protocols: ['anthropic'],
    served: () => ({
      calls: [
        { name: 'read_file', input: { path: 'a' } },
        { name: 'submit', input: {} },
      ],
      fault: faults.replace(/"index":1/g, '"index":0'),
    }),
    ends: always('garbled'),
  },
  {
    what: 'two calls with one index',
    protocols: ['openai-responses', 'openai-chat'],
    served: () => ({
      calls: [
        { name: 'read_file', input: { path: 'a' } },
        { name: 'submit', input: {} },
      ],
      fault: faults.replace(/"(output_)?index":1/g, '"$1index":0'),
    }),
    ends: () => calls({ input: { path: 'a' }, problem: undefined }, { input: {}, problem: undefined }),
  },
]

const answers: Row[] = [
  {
    what: 'no usage',
    served: () => ({ ...GOOD, usage: null }),
    ends: () => (outcome) => expect(tokensOf(replied(outcome).usage)).toBeGreaterThan(0),
  },
  {
    what: 'input that is no JSON',
    served: () => ({ calls: [{ name: 'read_file', json: '{"path": a.ts}' }] }),
    // A whole answer of Anthropic holds input that was read already.
    ends: ({ protocol, form }) =>
      protocol === 'anthropic' && form === 'whole'
        ? calls({ problem: undefined })
        : calls({ input: {}, problem: 'no JSON' }),
  },
  {
    what: 'input that is no object',
    served: () => ({ calls: [{ name: 'read_file', json: '["a.ts"]' }] }),
    ends: () => calls({ problem: 'no JSON object' }),
  },
  {
    what: 'input that was cut off by the limit',
    served: () => ({ calls: [{ name: 'read_file', json: '{"path": "src/a' }], stop: 'length' }),
    ends: () => (outcome) => {
      calls({ input: {}, problem: 'cut off' })(outcome)
      expect(replied(outcome).stop).toBe('length')
    },
  },
  {
    what: 'input of which nothing came before the limit',
    served: () => ({ calls: [{ name: 'submit', json: '' }], stop: 'length' }),
    ends: () => calls({ problem: 'cut off' }),
  },
  {
    what: 'a whole input before the limit',
    served: () => ({ calls: [{ name: 'submit', json: '{}' }], stop: 'length' }),
    ends: () => calls({ problem: 'cut off' }),
  },
  {
    what: 'a tool that does not exist',
    served: () => ({ calls: [{ name: 'delete_everything', input: {} }] }),
    ends: () => calls({ problem: 'there is no tool' }),
  },
  {
    what: 'two calls with one id',
    served: () => ({
      calls: [
        { id: 'call_1', name: 'read_file', input: { path: 'a' } },
        { id: 'call_1', name: 'read_file', input: { path: 'b' } },
      ],
    }),
    ends: () =>
      calls({ input: { path: 'a' }, problem: undefined }, { input: { path: 'b' }, problem: undefined }),
  },
  { what: 'nothing', served: () => ({}), ends: always('garbled') },
  { what: 'nothing but thoughts', served: () => ({ thinking: 'hm' }), ends: always('garbled') },
  {
    what: 'nothing, refused',
    served: () => ({ stop: 'refused' }),
    protocols: ['anthropic', 'openai-chat'],
    ends: () => (outcome) => expect(replied(outcome)).toMatchObject({ stop: 'refused', blocks: [] }),
  },
  {
    what: 'a refusal after a call',
    served: () => ({ ...READS, stop: 'refused', text: 'no' }),
    ends: () => calls({ problem: 'refused' }),
  },
  {
    what: 'a pause',
    served: () => ({ text: 'So far', stop: 'paused' }),
    protocols: ['anthropic'],
    ends: () => (outcome) => expect(replied(outcome).stop).toBe('paused'),
  },
  {
    what: 'a reason to stop that nobody knows',
    served: () => ({ text: 'So far', stop: 'paused' }),
    protocols: ['openai-responses', 'openai-chat'],
    ends: always('garbled'),
  },
]

const ERRORS = {
  anthropic:
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
  'openai-responses':
    'event: error\ndata: {"type":"error","code":"rate_limit_exceeded","message":"Slow down","param":null}\n\n',
  'openai-chat': 'data: {"error":{"message":"Slow down","type":"requests","code":"rate_limit_exceeded"}}\n\n',
}
const QUOTA = {
  anthropic: 'event: error\ndata: {"type":"error","error":{"type":"billing_error","message":"Pay"}}\n\n',
  'openai-responses':
    'event: error\ndata: {"type":"error","code":"insufficient_quota","message":"Pay","param":null}\n\n',
  'openai-chat': 'data: {"error":{"message":"Pay","type":"insufficient_quota","code":null}}\n\n',
}
const UNKNOWN = {
  anthropic: 'event: weather\ndata: {"type":"weather","sky":"blue"}\n\n',
  'openai-responses': 'event: response.weather\ndata: {"type":"response.weather","sky":"blue"}\n\n',
  'openai-chat': 'event: weather\ndata: {"choices":[],"sky":"blue"}\n\n',
}
const PING = {
  anthropic: 'event: ping\ndata: {"type":"ping"}\n\n',
  'openai-responses': ': keep-alive\n\n',
  'openai-chat': ': keep-alive\n\n',
}

describe.each(PROTOCOLS)('%s', (protocol) => {
  let server: ModelServer
  beforeAll(async () => {
    server = await startModelServer({ key: KEY, decide: () => GOOD })
  })
  afterAll(() => server.close())

  function modelAt(baseUrl: string, form: Form) {
    return openModel({
      name: 'vendor/large-1',
      protocol,
      baseUrl,
      stream: form === 'streamed',
      key: () => KEY,
    })
  }

  describe.each<Form>(['streamed', 'whole'])('%s', (form) => {
    const rows = [...statuses, ...transport, ...(form === 'streamed' ? streams : []), ...answers].filter(
      ({ protocols }) => protocols?.includes(protocol) ?? true,
    )

    test.each(rows.map((row) => [row.what, row] as const))('%s', async (_what, row) => {
      const way = { protocol, form }
      const before = server.requests.length
      server.play(() => row.served(way))
      const { patienceMs = 25_000 } = row
      const outcome = await modelAt(server.baseUrl(protocol), form).send(
        asking(),
        patient({ idleMs: patienceMs, deadlineMs: form === 'whole' ? patienceMs : 25_000 }),
      )
      const ends = row.ends(way)
      if (typeof ends === 'function') ends(outcome)
      else expect(failed(outcome)).toMatchObject({ kind: ends })
      soundInAnyCase(outcome)
      expect(server.requests.length - before).toBe(1)
    })

    test('nobody listens', async () => {
      const gone = await startModelServer({ decide: () => GOOD })
      await gone.close()
      const outcome = await modelAt(gone.baseUrl(protocol), form).send(asking(), patient())
      expect(failed(outcome)).toMatchObject({ kind: 'unreachable' })
      expect(failed(outcome).message).toContain('ECONNREFUSED')
    })
  })
})

/** What no outcome may be, whatever the row. */
function soundInAnyCase(outcome: TryResult): void {
  if (outcome.kind === 'failed') {
    expect(outcome.failure.message).not.toBe('')
    expect(outcome.failure.message).not.toContain(KEY)
    expect(remedyOf(outcome.failure.kind)).toBeDefined()
    return
  }
  const { blocks, stop, usage } = outcome.reply
  if (blocks.length === 0) expect(stop).toBe('refused')
  expect(tokensOf(usage)).toBeGreaterThan(0)
  for (const block of blocks) {
    if (block.type === 'tool_call' && block.problem === undefined) {
      expect(block.input).toBeTypeOf('object')
      expect(stop).toBe('tool_calls')
    }
  }
}
