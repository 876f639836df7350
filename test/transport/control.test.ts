// Control, both ways: in memory and over a real server, with what a plain `nats req` sends and sees.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Control, type NatsServer, openControl, openMemoryControl } from '../../transport/index.ts'
import { eventually } from '../contracts/mail.ts'
import { limit } from '../machine-speed.ts'
import { connectTo, startServer, stopServers } from './nats.ts'

interface Subject {
  readonly control: Control
  /** The reply's text to any payload. */
  requestRaw(verb: string, payload: string): Promise<string>
  /** All facts told from now on. */
  listen(told: [string, unknown][]): Promise<void>
  close(): Promise<void>
}

let server: NatsServer
let systems = 0

beforeAll(async () => {
  server = await startServer()
})
afterAll(stopServers)

async function openInMemory(): Promise<Subject> {
  const control = openMemoryControl()
  return {
    control,
    requestRaw: (verb, payload) => control.requestRaw(verb, payload),
    listen: async (told) => void control.hearAll((subject, fact) => told.push([subject, fact])),
    close: () => control.close(),
  }
}

async function openOverNats(): Promise<Subject> {
  const system = `control-${++systems}`
  const connection = await connectTo(server)
  const control = openControl({ connection, system })
  const { nats } = connection
  return {
    control,
    requestRaw: async (verb, payload) =>
      (
        await nats.request(`canopy.${system}.control.operator.${verb}`, payload, { timeout: limit(20_000) })
      ).string(),
    listen: async (told) => {
      nats.subscribe(`canopy.${system}.facts.>`, {
        callback: (_error, message) => {
          told.push([message.subject.replace(`canopy.${system}.facts.main.`, ''), message.json()])
        },
      })
      await nats.flush()
    },
    close: async () => {
      await control.close()
      await connection.close()
    },
  }
}

describe.each([
  ['in memory', openInMemory],
  ['over NATS', openOverNats],
])('control: %s', (_name, open) => {
  let subject: Subject
  let control: Control

  beforeEach(async () => {
    subject = await open()
    control = subject.control
  })
  afterEach(() => subject.close())

  test('answers a verb with its value, and passes the payload on', async () => {
    await control.serve({ echo: async (payload) => ({ ok: true, value: { payload } }) })
    expect(await control.request('echo', { deep: [1, 'ä'] }, 20_000)).toEqual({
      ok: true,
      value: { payload: { deep: [1, 'ä'] } },
    })
  })

  test("passes on a verb's own error", async () => {
    const error = { code: 'unknown_actor', message: 'no actor "x"' }
    await control.serve({ send: async () => ({ ok: false, error }) })
    expect(await control.request('send', {}, 20_000)).toEqual({ ok: false, error })
  })

  test('a plain request without a payload counts as an empty object', async () => {
    await control.serve({ status: async (payload) => ({ ok: true, value: payload }) })
    expect(JSON.parse(await subject.requestRaw('status', ''))).toEqual({ ok: true, value: {} })
  })

  test('an unknown verb gets a typed error that names the known ones', async () => {
    await control.serve({
      tree: async () => ({ ok: true, value: 1 }),
      send: async () => ({ ok: true, value: 2 }),
    })
    const reply = JSON.parse(await subject.requestRaw('explode', '{}'))
    expect(reply).toMatchObject({ ok: false, error: { code: 'unknown_verb' } })
    expect(reply.error.message).toContain('send, tree')
  })

  test('bad JSON, a throw and an unspeakable value each get a typed error, and it serves on', async () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    await control.serve({
      fails: async () => {
        throw new Error('the store is full')
      },
      circles: async () => ({ ok: true, value: circle }),
      works: async () => ({ ok: true, value: 'yes' }),
    })
    expect(JSON.parse(await subject.requestRaw('works', '{"a":'))).toMatchObject({
      ok: false,
      error: { code: 'bad_request' },
    })
    expect(await control.request('fails', {}, 20_000)).toEqual({
      ok: false,
      error: { code: 'failed', message: 'fails failed: the store is full' },
    })
    expect(await control.request('circles', {}, 20_000)).toMatchObject({
      ok: false,
      error: { code: 'failed' },
    })
    expect(await control.request('works', {}, 20_000)).toEqual({ ok: true, value: 'yes' })
  })

  test('a verb that gives nothing is answered with nothing', async () => {
    await control.serve({ quiet: async () => ({ ok: true, value: undefined }) })
    expect(await control.request('quiet', {}, 20_000)).toEqual({ ok: true, value: undefined })
  })

  test('a payload or an event that JSON has no text for is a value, never a throw', async () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    const heard: unknown[] = []
    await control.listen('news', (fact) => heard.push(fact))
    await control.serve({ echo: async (payload) => ({ ok: true, value: payload }) })
    for (const odd of [1n, { deep: [1n] }, circle]) {
      expect(await control.request('echo', odd, 20_000)).toMatchObject({
        ok: false,
        error: { code: 'bad_request', message: expect.stringMatching(/^echo cannot be asked: /) },
      })
      expect(() => control.tell('news', odd)).not.toThrow()
    }
    control.tell('news', 'sound')
    await eventually(() => expect(heard).toEqual(['sound']))
  })

  test('a reply of a verb that is none is told by its asker or replaced', async () => {
    await control.serve({ odd: async () => 'yes' as never, none: async () => undefined as never })
    for (const verb of ['odd', 'none'])
      expect(await control.request(verb, {}, 20_000)).toMatchObject({
        ok: false,
        error: { code: expect.any(String) },
      })
  })

  test('nobody serves: no_responder; nobody answers: timeout; after close: no_responder again', async () => {
    expect(await control.request('status', {}, 20_000)).toMatchObject({
      ok: false,
      error: { code: 'no_responder' },
    })
    await control.serve({ hangs: () => new Promise(() => {}) })
    expect(await control.request('hangs', {}, 50)).toMatchObject({ ok: false, error: { code: 'timeout' } })
    await control.close()
    expect(await control.request('hangs', {}, 2000)).toMatchObject({
      ok: false,
      error: { code: 'no_responder' },
    })
  })

  test('serving again adds verbs and replaces those of the same name', async () => {
    await control.serve({
      a: async () => ({ ok: true, value: 'a1' }),
      b: async () => ({ ok: true, value: 'b1' }),
    })
    await control.serve({
      b: async () => ({ ok: true, value: 'b2' }),
      c: async () => ({ ok: true, value: 'c2' }),
    })
    const values = await Promise.all(['a', 'b', 'c'].map((verb) => control.request(verb, {}, 20_000)))
    expect(values).toEqual(['a1', 'b2', 'c2'].map((value) => ({ ok: true, value })))
  })

  test('many requests at once are answered each with its own', async () => {
    await control.serve({ double: async (payload) => ({ ok: true, value: 2 * (payload as number) }) })
    const numbers = Array.from({ length: 100 }, (_, index) => index)
    const replies = await Promise.all(numbers.map((number) => control.request('double', number, 5000)))
    expect(replies).toEqual(numbers.map((number) => ({ ok: true, value: 2 * number })))
  })

  test('facts reach who listens, and telling never throws', async () => {
    const told: [string, unknown][] = []
    await subject.listen(told)
    control.tell('actor.stepped', { address: 'a.b', sequence: 3 })
    control.tell('node.stopped', undefined)
    await eventually(() =>
      expect(told).toEqual([
        ['actor.stepped', { address: 'a.b', sequence: 3 }],
        ['node.stopped', null],
      ]),
    )
    await subject.close()
    expect(() => control.tell('node.stopped', {})).not.toThrow()
  })

  test('who listens to a subject hears what is told under it, until it does not want to', async () => {
    const heard: unknown[] = []
    const end = await control.listen('inspection', (fact) => heard.push(fact))
    control.tell('inspection.else', 0)
    control.tell('inspection', 1)
    control.tell('inspection', 2)
    await eventually(() => expect(heard).toEqual([1, 2]))
    end()
    const other: unknown[] = []
    await control.listen('inspection', (fact) => other.push(fact))
    control.tell('inspection', 3)
    await eventually(() => expect(other).toEqual([3]))
    expect(heard).toEqual([1, 2])
  })

  test('a verb that takes an address gets it, and every request is told with its answer', async () => {
    const answered: unknown[] = []
    await control.serve(
      {
        look: async () => ({ ok: true, value: 1 }),
        'send.*': async (payload, address) => ({ ok: true, value: [payload, address] }),
      },
      (each) => answered.push(each),
    )
    const reply = { ok: true, value: [{ type: 'GO' }, 'system.task:a%b'] }
    const written = 'send.system.task:a%25b'
    expect(JSON.parse(await subject.requestRaw(written, '{"type":"GO"}'))).toEqual(reply)
    expect(JSON.parse(await subject.requestRaw('look.system', ''))).toMatchObject({
      error: { code: 'bad_request' },
    })
    expect(answered).toMatchObject([
      { verb: 'send', address: 'system.task:a%b', payload: '{"type":"GO"}', reply },
      { verb: 'look', address: 'system', payload: '', reply: { ok: false } },
    ])
  })
})

describe('control over NATS, besides', () => {
  test('two systems on one server do not hear each other', async () => {
    const connection = await connectTo(server)
    const one = openControl({ connection, system: 'one' })
    const two = openControl({ connection, system: 'two' })
    await one.serve({ name: async () => ({ ok: true, value: 'one' }) })
    expect(await two.request('name', {}, 1000)).toMatchObject({ error: { code: 'no_responder' } })
    expect(await openControl({ connection, system: 'one' }).request('name', {}, 1000)).toMatchObject({
      value: 'one',
    })
    await connection.close()
  })

  test('a reply beyond what the server takes is told so', async () => {
    const connection = await connectTo(server)
    const control = openControl({ connection, system: 'large' })
    await control.serve({ dump: async () => ({ ok: true, value: 'x'.repeat(2 ** 21) }) })
    expect(await control.request('dump', {}, 20_000)).toMatchObject({ error: { code: 'reply_too_large' } })
    await connection.close()
  })

  test('a closed connection is a value, and a bad name of a system a throw', async () => {
    const connection = await connectTo(server)
    expect(() => openControl({ connection, system: 'a.b >' })).toThrow('"a.b >"')
    const control = openControl({ connection, system: 'closing' })
    await connection.close()
    expect(await control.request('status', {}, 1000)).toMatchObject({ ok: false, error: { code: 'closed' } })
  })
})
