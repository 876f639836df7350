import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { send, status, tree } from '../../cli/control-client.ts'
import { UserError } from '../../cli/errors.ts'
import { eventFrom } from '../../cli/event-argument.ts'
import type { Control, Reply } from '../../transport/index.ts'

const shown = { json: false, colors: pc.createColors(false) }
const machine = { ...shown, json: true }

/** A system that answers every verb with this, and remembers what it was asked. */
function system(reply: Reply): Control & { asked: [string, unknown][] } {
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
    expect(await tree(system({ ok: true, value: [] }), shown)).toBe('no actor lives')
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
      coverage    20.0 % -> 89.9 %, goal 90 %
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
      'system.supervisor has it',
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
