import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../app/errors.ts'
import { send, status, steer, tree } from '../../cli/control-client.ts'
import { eventFrom } from '../../cli/event-argument.ts'
import type { Control, ControlReply } from '../../transport/index.ts'

const shown = { json: false, colors: pc.createColors(false) }
const machine = { ...shown, json: true }

/** A system that answers every verb with this, and remembers what it was asked. */
function system(reply: ControlReply): Control & { asked: [string, unknown][] } {
  const asked: [string, unknown][] = []
  return {
    asked,
    serve: async () => {},
    tell: () => {},
    listen: async () => () => {},
    close: async () => {},
    async request(verb, payload) {
      asked.push([verb, payload])
      return reply
    },
  }
}

const root = {
  address: 'system',
  kind: 'system',
  state: 'up',
  status: 'running',
  restarts: 0,
  children: [
    {
      address: 'system.supervisor',
      kind: 'supervisor',
      state: { working: 'planning' },
      status: 'running',
      restarts: 2,
      children: [
        { address: 'system.supervisor.task:a', kind: 'task', status: 'crashed', restarts: 0, children: [] },
      ],
    },
    {
      address: 'system.pool',
      kind: 'pool',
      state: { a: {}, b: 'x' },
      status: 'running',
      restarts: 1,
      children: [],
    },
  ],
}

const actors = [root]

describe('canopy tree', () => {
  it('draws the actors with their states', async () => {
    expect(await tree(system({ ok: true, value: actors }), shown)).toMatchInlineSnapshot(`
      "system  system  running  up
      ├─ supervisor  supervisor  running  working.planning  (2 restarts)
      │  └─ task:a  task  crashed
      └─ pool  pool  running  a + b.x  (1 restart)"
    `)
  })

  it('gives the answer as it is to machines', async () => {
    expect(JSON.parse(await tree(system({ ok: true, value: actors }), machine))).toEqual(actors)
  })

  it('says so when nobody lives', async () => {
    expect(await tree(system({ ok: true, value: [] }), shown)).toBe('no actor is running')
  })

  it('says so when the answer is none it knows', async () => {
    const error = await tree(system({ ok: true, value: { name: 'x' } }), shown).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      code: 'strange_answer',
      wayOut: expect.stringContaining('another version'),
    })
  })
})

describe('canopy status', () => {
  it('is a table of what is known', async () => {
    const value = {
      state: 'working',
      repository: '/home/me/library',
      milestone: 'branch-coverage-90',
      branch: 'canopy/branch-coverage-90',
      goal: 90,
      branches: { before: { covered: 20, total: 100 }, now: { covered: 899, total: 1000 } },
      tasks: { done: 3, running: 2 },
      workers: 2,
      restarts: 1,
      seconds: 61,
    }
    expect(await status(system({ ok: true, value }), shown)).toMatchInlineSnapshot(`
      "state       working
      repository  /home/me/library
      milestone   branch-coverage-90
      branch      canopy/branch-coverage-90
      coverage    20.0% -> 89.9%, goal 90%
      tasks       3 done, 2 running
      workers     2
      restarts    1
      time        1m 01s"
    `)
  })

  it('is short when little is known', async () => {
    expect(await status(system({ ok: true, value: { state: 'starting' } }), shown)).toBe('state  starting')
  })
})

describe('canopy send', () => {
  it('mails the event', async () => {
    const control = system({ ok: true, value: null })
    const event = eventFrom('PAUSE', '{"by": "me"}')
    expect(await send(control, { to: 'system.supervisor', event, wait: false }, shown)).toBe(
      'event accepted by system.supervisor',
    )
    expect(control.asked).toEqual([['send', { to: 'system.supervisor', event: { type: 'PAUSE', by: 'me' } }]])
  })

  it.each(['{', '[1]', '"text"', 'null', '5'])('refuses %s as fields', (json) => {
    expect(() => eventFrom('PAUSE', json)).toThrow(UserError)
  })

  it('cannot be given another type by its fields', () => {
    expect(eventFrom('PAUSE', '{"type": "STOP"}')).toEqual({ type: 'PAUSE' })
  })
})

describe('canopy pause', () => {
  const stepped = { ok: true, value: { id: 'x', state: { working: 'paused' }, sequence: 7 } } as const

  it('asks the supervisor, and waits for its step', async () => {
    const control = system(stepped)
    expect(await steer(control, 'PAUSE', undefined, shown)).toMatchInlineSnapshot(`
      "system.supervisor took PAUSE (step 7) and is in working.paused
      no new work starts and running work finishes; 'canopy resume' continues it"
    `)
    expect(control.asked).toEqual([
      ['send', { to: 'system.supervisor', event: { type: 'PAUSE' }, wait: true }],
    ])
  })

  it('finds the orchestrator of a milestone, also one that was begun again', async () => {
    const address = 'system.supervisor.orchestrator:m1:2'
    const asked: unknown[] = []
    const control = {
      ...system(stepped),
      request: async (verb: string, payload: unknown): Promise<ControlReply> => {
        asked.push([verb, payload])
        return verb === 'actors' ? { ok: true, value: [{ address, kind: 'orchestrator' }] } : stepped
      },
    }
    for (const name of ['m1', 'orchestrator:m1', 'm1:2', address]) {
      await steer(control, 'RESUME', name, shown)
      expect(asked.at(-1)).toEqual(['send', { to: address, event: { type: 'RESUME' }, wait: true }])
    }
    await expect(steer(control, 'PAUSE', 'm', shown)).rejects.toThrow(`running: ${address}`)
  })
})

describe('how to ask with other tools', () => {
  const access = {
    system: 's-1',
    url: 'nats://127.0.0.1:4222',
    credentials: "/it's here/operator.creds",
    sender: 'operator',
  }

  it('names to a viewer nothing that its key is refused', async () => {
    const answer = system({ ok: true, value: { state: 'working' } })
    const text = await status(answer, shown, { ...access, sender: 'viewer-hall' })
    expect(text).toContain('control.viewer-hall.status')
    expect(text).not.toContain('PAUSE')
  })

  it('is said beside the status, with the file of the key', async () => {
    const text = await status(system({ ok: true, value: { state: 'working' } }), shown, access)
    expect(text).toContain(
      `nats --creds '/it'\\''s here/operator.creds' --server nats://127.0.0.1:4222 req canopy.s-1.control.operator.status ''`,
    )
    const json = await status(system({ ok: true, value: { state: 'working' } }), machine, access)
    expect(JSON.parse(json)).toMatchObject({
      control: { subject: 'canopy.s-1.control.operator', credentials: access.credentials },
    })
  })
})

describe('the event of canopy send', () => {
  it('may be given whole', () => {
    expect(eventFrom('{"type": "GO", "far": 1}', undefined)).toEqual({ type: 'GO', far: 1 })
  })

  it.each([
    ['{"far": 1}', undefined],
    ['{"type": 5}', undefined],
    ['{"type"', undefined],
    ['{"type": "GO"}', '{}'],
  ])('refuses %s %s', (first, json) => {
    expect(() => eventFrom(first, json)).toThrow(UserError)
  })
})

describe('a system that does not answer', () => {
  it.each([
    ['no_responder', 'canopy run'],
    ['timeout', 'Try again'],
    ['no_such_actor', 'canopy tree'],
  ])('with %s is told with a way out', async (code, wayOut) => {
    const control = system({ ok: false, error: { code, message: 'it said no' } })
    for (const ask of [
      () => status(control, shown),
      () => tree(control, machine),
      () => send(control, { to: 'a', event: { type: 'A' }, wait: false }, shown),
    ]) {
      const error = await ask().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code, message: 'it said no', wayOut: expect.stringContaining(wayOut) })
    }
  })
})
