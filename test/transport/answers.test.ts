// Answers to requests by themselves, and control in memory: each request has one reply, whatever the verb does, whatever
// the payload is, and whatever the log of requests says to it.

import { errors } from '@nats-io/transport-node'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_JSON_DEPTH, MAX_JSON_VALUES } from '../../kernel/index.ts'
import { answer, type ControlRequest, readReply } from '../../transport/control/answer.ts'
import {
  type ControlExchange,
  type ControlHandler,
  type ControlReply,
  isConnectionLost,
  openMemoryControl,
  TransportError,
  type TransportErrorCode,
} from '../../transport/index.ts'

const ok = (value: unknown): ControlReply => ({ ok: true, value })
const asked = (more: Partial<ControlRequest> = {}): ControlRequest => ({
  verb: 'verb',
  sender: 'operator',
  payload: '{}',
  ...more,
})
/** The reply of a verb with this handler. */
async function replyOf(
  act: ControlHandler,
  more: Partial<ControlRequest> = {},
  limit?: number,
): Promise<ControlReply> {
  return JSON.parse(await answer(new Map([['verb', act]]), asked(more), undefined, limit))
}

describe('a handler', () => {
  const loop: { self?: unknown } = {}
  loop.self = loop

  const values: [string, unknown, unknown][] = [
    ['nothing', undefined, { ok: true }],
    ['null', null, { ok: true, value: null }],
    ['an object', { a: [1, { b: 'ü' }] }, { ok: true, value: { a: [1, { b: 'ü' }] } }],
    ['a date', new Date(0), { ok: true, value: '1970-01-01T00:00:00.000Z' }],
    ['not a number', Number.NaN, { ok: true, value: null }],
    ['a line break', 'a\r\nb', { ok: true, value: 'a\r\nb' }],
    ['a function', () => 1, { ok: true }],
  ]
  test.each(values)('that gives %s is answered with it', async (_, value, expected) => {
    expect(await replyOf(async () => ok(value))).toEqual(expected)
  })

  const failures: [string, ControlHandler, string][] = [
    ['throws an error', async () => Promise.reject(new Error('no disk')), 'verb failed: no disk'],
    [
      'throws before its promise',
      () => {
        throw new Error('at once')
      },
      'verb failed: at once',
    ],
    ['throws a text', () => Promise.reject('a text'), 'verb failed: a text'],
    ['throws nothing', () => Promise.reject(), 'verb failed: undefined'],
    [
      'gives a BigInt',
      async () => ok(1n),
      'the reply of verb cannot be sent: Do not know how to serialize a BigInt',
    ],
    [
      'gives a circle',
      async () => ok(loop),
      'the reply of verb cannot be sent: Converting circular structure',
    ],
    [
      'gives a value that throws',
      async () =>
        ok({
          toJSON() {
            throw new Error('not now')
          },
        }),
      'the reply of verb cannot be sent: not now',
    ],
  ]
  test.each(failures)('that %s is answered with code failed', async (_, act, message) => {
    expect(await replyOf(act)).toEqual({
      ok: false,
      error: { code: 'failed', message: expect.stringContaining(message) },
    })
  })

  test('gets the payload, the address and the sender', async () => {
    const seen: unknown[] = []
    const note: ControlHandler = async (...given) => {
      seen.push(given)
      return ok(1)
    }
    const verbs = new Map([
      ['verb', note],
      ['verb.*', note],
    ])
    await answer(verbs, asked({ payload: '[1]' }))
    await answer(verbs, asked({ payload: '', address: 'a.b', sender: 'node-a' }))
    expect(seen).toEqual([
      [[1], undefined, 'operator'],
      [{}, 'a.b', 'node-a'],
    ])
  })

  const payloads: [string, string, RegExp][] = [
    ['a blank', ' ', /^the payload of verb is no JSON: /],
    ['torn JSON', '{"a":', /^the payload of verb is no JSON: /],
    ['two values', '1 2', /no JSON/],
    [
      'a deep list',
      `${'['.repeat(MAX_JSON_DEPTH + 1)}${']'.repeat(MAX_JSON_DEPTH + 1)}`,
      /nested more than 64/,
    ],
    ['many values', `[${'1,'.repeat(MAX_JSON_VALUES)}1]`, /more than 50000 values/],
    ['not JSON in another language', "{'a':1}", /no JSON/],
    ['NaN', 'NaN', /no JSON/],
    ['undefined', 'undefined', /no JSON/],
  ]
  test.each(payloads)('is not called with %s', async (_, payload, message) => {
    const reply = await replyOf(() => expect.unreachable('it was called') as never, { payload })
    expect(reply).toEqual({
      ok: false,
      error: { code: 'bad_request', message: expect.stringMatching(message) },
    })
  })

  test('that does not take an address says so, and one that is not there names all others', async () => {
    const verbs = new Map([
      ['look', async () => ok(1)],
      ['send.*', async () => ok(1)],
    ])
    const told = async (more: Partial<ControlRequest>): Promise<unknown> =>
      JSON.parse(await answer(verbs, asked(more))).error
    expect(await told({ verb: 'look', address: 'a' })).toEqual({
      code: 'bad_request',
      message: "look takes no address, but was given 'a'",
    })
    expect(await told({ verb: 'send' })).toEqual({
      code: 'unknown_verb',
      message: 'unknown verb "send"; known are: look, send.*',
    })
    for (const verb of ['__proto__', 'constructor', 'toString', '', 'send.*.*'])
      expect(await told({ verb })).toMatchObject({ code: 'unknown_verb' })
  })

  test('whose reply is too large is answered with its size, in bytes', async () => {
    const large = await replyOf(async () => ok('ü'.repeat(100)), {}, 200)
    expect(large).toEqual({
      ok: false,
      error: { code: 'reply_too_large', message: 'the reply of verb has 222 bytes, at most 200 can be sent' },
    })
    expect(await replyOf(async () => ok('ü'.repeat(100)), {}, 222)).toEqual(ok('ü'.repeat(100)))
    // Also when even the error is larger than the limit: a reply there must be.
    expect(await replyOf(async () => ok('x'.repeat(100)), {}, 10)).toMatchObject({
      error: { code: 'reply_too_large' },
    })
  })
})

describe('the log of requests', () => {
  test('gets the request with the reply that is sent', async () => {
    const logged: ControlExchange[] = []
    const verbs = new Map<string, ControlHandler>([
      ['verb', async () => ok('x'.repeat(100))],
      ['fails', async () => Promise.reject(new Error('no'))],
    ])
    const log = (each: ControlExchange): void => void logged.push(each)
    const request = asked({ by: 'alice', payload: '{"a":1}' })
    expect(JSON.parse(await answer(verbs, request, log))).toEqual(logged[0]?.reply)
    expect(JSON.parse(await answer(verbs, request, log, 50))).toEqual(logged[1]?.reply)
    expect(JSON.parse(await answer(verbs, asked({ verb: 'fails' }), log))).toEqual(logged[2]?.reply)
    expect(JSON.parse(await answer(verbs, asked({ verb: 'none' }), log))).toEqual(logged[3]?.reply)
    expect(logged).toMatchObject([
      { verb: 'verb', sender: 'operator', by: 'alice', payload: '{"a":1}', reply: { ok: true } },
      { reply: { error: { code: 'reply_too_large' } } },
      { verb: 'fails', reply: { error: { code: 'failed' } } },
      { verb: 'none', reply: { error: { code: 'unknown_verb' } } },
    ])
  })

  test.each([
    ['rejects', async () => Promise.reject(new Error('the disk is full'))],
    [
      'throws',
      () => {
        throw new Error('the disk is full')
      },
    ],
  ])('that %s replaces the reply: what is not logged is not told as done', async (_, log) => {
    const text = await answer(new Map([['verb', async () => ok('secret')]]), asked(), log)
    expect(JSON.parse(text)).toEqual({
      ok: false,
      error: {
        code: 'failed',
        message: 'verb was carried out, but could not be logged: the disk is full',
      },
    })
  })

  test('is waited for before the reply', async () => {
    const order: string[] = []
    const log = async (): Promise<void> => {
      await new Promise((done) => setImmediate(done))
      order.push('logged')
    }
    await answer(new Map([['verb', async () => ok(1)]]), asked(), log)
    order.push('answered')
    expect(order).toEqual(['logged', 'answered'])
  })
})

describe('a reply that is read', () => {
  test.each([
    ['{"ok":true,"value":1}', { ok: true, value: 1 }],
    ['{"ok":true}', { ok: true, value: undefined }],
    ['{"ok":true,"value":null,"more":1}', { ok: true, value: null }],
    [
      '{"ok":false,"error":{"code":"c","message":"m","more":1}}',
      { ok: false, error: { code: 'c', message: 'm' } },
    ],
  ])('%s is taken', (text, expected) => {
    expect(readReply('verb', text)).toEqual(expected)
  })

  test.each([
    '',
    'null',
    '[]',
    '7',
    '{}',
    '{"ok":"true","value":1}',
    '{"ok":1}',
    '{"ok":false}',
    '{"ok":false,"error":"no"}',
    '{"ok":false,"error":{"code":7,"message":"m"}}',
    '{"ok":true,"value":',
    `{"ok":true,"value":${'['.repeat(100)}${']'.repeat(100)}}`,
    '<html>502 Bad Gateway</html>',
  ])('%s is none', (text) => {
    expect(readReply('verb', text)).toEqual({
      ok: false,
      error: { code: 'bad_reply', message: `verb got an answer that is not a reply: ${text.slice(0, 200)}` },
    })
  })

  test('is what was answered, for any value of JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const text = await answer(new Map([['verb', async () => ok(value)]]), asked())
        expect(JSON.stringify(readReply('verb', text))).toBe(JSON.stringify({ ok: true, value }))
      }),
    )
  })

  test('of a megabyte that is none is cut in the error', () => {
    const reply = readReply('verb', 'x'.repeat(1_000_000))
    expect(reply.ok ? '' : reply.error.message.length).toBeLessThan(300)
  })
})

describe('control in memory', () => {
  test('gives each listener its own copy of an event, in order', async () => {
    const control = openMemoryControl('node-a')
    const heard: unknown[] = []
    await control.listen('news', (fact, sender) => {
      heard.push([fact, sender])
      ;(fact as { list: unknown[] }).list.push('changed')
    })
    await control.listen('news', (fact) => heard.push(fact))
    control.tell('news', { list: [1], gone: undefined })
    control.tell('other', { list: [2] })
    await new Promise((done) => setTimeout(done, 5))
    expect(heard).toEqual([[{ list: [1, 'changed'] }, 'node-a'], { list: [1] }])
  })

  test('tells a payload of odd values as JSON has them', async () => {
    const control = openMemoryControl()
    await control.serve({ echo: async (payload) => ok(payload) })
    for (const [payload, expected] of [
      [undefined, {}],
      [null, null],
      [Number.NaN, null],
      [{ a: undefined }, {}],
      [[undefined], [null]],
    ])
      expect(await control.request('echo', payload, 1_000)).toEqual(ok(expected))
  })

  test('a payload that JSON has no text for is a value, not a throw', async () => {
    const control = openMemoryControl()
    await control.serve({ echo: async (payload) => ok(payload) })
    const loop: { self?: unknown } = {}
    loop.self = loop
    for (const payload of [1n, { n: 1n }, loop])
      expect(await control.request('echo', payload, 1_000)).toMatchObject({
        ok: false,
        error: { code: 'bad_request', message: expect.stringMatching(/^echo cannot be asked: /) },
      })
  })

  test('an event that JSON has no text for is not told, and throws nothing', async () => {
    const control = openMemoryControl()
    const heard: unknown[] = []
    await control.listen('news', (fact) => heard.push(fact))
    for (const fact of [1n, { n: 1n }]) expect(() => control.tell('news', fact)).not.toThrow()
    control.tell('news', 'sound')
    await new Promise((done) => setTimeout(done, 5))
    expect(heard).toEqual(['sound'])
  })

  test('is served until it is closed, and again when it is served again', async () => {
    const control = openMemoryControl()
    await control.serve({ echo: async () => ok(1) })
    await control.close()
    expect(await control.request('echo', {}, 1_000)).toMatchObject({ error: { code: 'no_responder' } })
    await control.serve({})
    expect(await control.request('echo', {}, 1_000)).toEqual(ok(1))
  })
})

describe('a connection is lost', () => {
  const codes: [TransportErrorCode, boolean][] = [
    ['unreachable', true],
    ['server_failed', true],
    ['no_jetstream', true],
    ['closed', true],
    ['unauthorized', false],
    ['bad_credentials', false],
    ['no_tls', false],
    ['not_own_server', false],
    ['too_old', false],
    ['stream_refused', false],
    ['bad_name', false],
    ['too_large', false],
    ['damaged', false],
  ]
  test.each(codes)('by an error of code %s: %s', (code, expected) => {
    expect(isConnectionLost(new TransportError(code, 'x'))).toBe(expected)
  })

  test.each([
    ['a timeout', new errors.TimeoutError(), true],
    ['a closed connection', new errors.ClosedConnectionError(), true],
    ['nobody who answers', new errors.NoRespondersError('x'), true],
    ['a bug', new TypeError('x'), false],
    ['a text', 'timeout', false],
    ['nothing', undefined, false],
  ])('by %s: %s', (_, error, expected) => {
    expect(isConnectionLost(error)).toBe(expected)
  })
})
