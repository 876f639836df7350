// What is told to who inspects: nothing without a lease, the newest first, bounded whatever happens.

import { describe, expect, it } from 'vitest'
import { type ActorStep, type Frame, inspectionVerbs, SimulatedClock } from '../../actors/index.ts'
import { outline } from '../../actors/outline.ts'
import { type ActorRecord, type Message, newRecord, PersistentMap } from '../../kernel/index.ts'

function record(address: string, sequence: number, context: Record<string, unknown> = {}): ActorRecord {
  const cut = address.lastIndexOf('.')
  const identity = { address, kind: 'clerk', version: 1, id: address, birth: '0', incarnation: 1 }
  return {
    ...newRecord({ ...identity, parent: cut < 0 ? null : address.slice(0, cut) }),
    sequence,
    snapshot: { status: 'active', value: 'open', context },
  }
}

function mail(from: string | null, type: string): Message {
  const origin = from === null ? null : { address: from, birth: '0', number: 1 }
  return { kind: 'mail', id: 'm', from: origin, streamSequence: 1, event: { type, note: 'hello' } }
}

class Scene {
  readonly clock = new SimulatedClock()
  readonly frames: Frame[] = []
  readonly watchers = new Set<(step: ActorStep) => void>()
  records: ActorRecord[] = []
  sleepers: { address: string; kind: string; parent: string; status: 'asleep' }[] = []
  readonly verbs

  constructor() {
    const scene = this
    this.verbs = inspectionVerbs({
      node: {
        get actors() {
          const views = scene.records.map(({ address, kind, parent }) => ({ address, kind, parent }))
          return [...views, ...scene.sleepers].map((each) => ({
            status: 'running' as const,
            state: null,
            incarnation: 1,
            sequence: 1,
            waiting: 0,
            restarts: 0,
            ...each,
          }))
        },
        get records() {
          return scene.records
        },
        chart: (kind) => (kind === 'clerk' ? { id: 'clerk' } : undefined),
        watch: (watcher) => {
          this.watchers.add(watcher)
          return () => this.watchers.delete(watcher)
        },
      },
      publish: (frame) => this.frames.push(structuredClone(frame)),
      clock: this.clock,
    })
  }

  inspect(payload: object = {}) {
    return this.verbs.handlers.inspect(payload)
  }

  step(step: ActorStep): void {
    for (const watch of this.watchers) watch(step)
  }
}

const shop = record('shop', 1)

describe('inspection', () => {
  it('watches nobody before somebody inspects, and nobody after the lease has run out', async () => {
    const scene = new Scene()
    expect(scene.watchers.size).toBe(0)
    await scene.inspect({ forMs: 2_000 })
    expect(scene.watchers.size).toBe(1)
    scene.clock.advance(1_900)
    await scene.inspect({ forMs: 2_000 })
    scene.clock.advance(1_900)
    expect(scene.watchers.size).toBe(1)
    scene.clock.advance(300)
    expect(scene.watchers.size).toBe(0)
    // A sign of life for each renewal, and nothing more.
    expect(scene.frames).toMatchObject([
      { number: 1, actors: [], events: [] },
      { number: 2, actors: [], events: [] },
    ])
  })

  it('tells first who is there already, and all of them again when asked', async () => {
    const scene = new Scene()
    scene.records = [shop, record('shop.clerk', 4, { paid: 3 })]
    expect(await scene.inspect()).toMatchObject({ ok: true, value: { actors: 2 } })
    scene.clock.advance(100)
    expect(scene.frames).toMatchObject([
      {
        number: 1,
        actors: [
          { address: 'shop', parent: null, value: 'open', status: 'active' },
          { address: 'shop.clerk', parent: 'shop', kind: 'clerk', sequence: 4, context: { paid: 3 } },
        ],
      },
    ])
    await scene.inspect()
    scene.clock.advance(500)
    expect(scene.frames[1]).toMatchObject({ number: 2, actors: [] })
    await scene.inspect({ all: true })
    scene.clock.advance(500)
    expect(scene.frames[2]).toMatchObject({ number: 3, actors: [{}, {}] })
    expect(scene.frames).toHaveLength(3)
  })

  it('tells events with who sent them, and of the snapshots the newest', async () => {
    const scene = new Scene()
    await scene.inspect()
    for (let sequence = 1; sequence <= 5; sequence++) {
      scene.step({ record: record('shop.clerk', sequence), message: mail('shop', 'PAY') })
    }
    scene.step({ record: shop, message: mail(null, 'OPEN'), crashed: true })
    scene.clock.advance(100)
    const [frame] = scene.frames
    expect(frame?.actors).toMatchObject([{ address: 'shop.clerk', sequence: 5 }, { address: 'shop' }])
    expect(frame?.dropped).toEqual({ snapshots: 4, events: 0 })
    expect(frame?.events).toHaveLength(6)
    expect(frame?.events[0]).toEqual({
      to: 'shop.clerk',
      from: 'shop',
      event: { type: 'PAY', note: 'hello' },
      sequence: 1,
    })
    expect(frame?.events[5]).toEqual({
      to: 'shop',
      event: { type: 'OPEN', note: 'hello' },
      sequence: 1,
      crashed: true,
    })
  })

  it('tells so much a tick and no more, counts what it leaves out, and comes to every actor', async () => {
    const scene = new Scene()
    scene.records = Array.from({ length: 60 }, (_, index) => record(`shop.c${index}`, 1))
    await scene.inspect()
    for (let index = 0; index < 1_000; index++) {
      scene.step({ record: record('shop.busy', index), message: mail('shop', 'PAY') })
    }
    scene.clock.advance(100)
    expect(scene.frames[0]?.actors).toHaveLength(25)
    expect(scene.frames[0]?.events).toHaveLength(20)
    expect(scene.frames[0]?.dropped).toEqual({ snapshots: 999, events: 980 })
    scene.clock.advance(1_000)
    const told = scene.frames.flatMap(({ actors }) => actors.map(({ address }) => address))
    expect(new Set(told).size).toBe(61)
  })

  it('tells who is gone, and how an actor ended', async () => {
    const scene = new Scene()
    scene.records = [shop, record('shop.clerk', 4)]
    await scene.inspect()
    const ended = { ...record('shop.clerk', 5), exit: { reason: 'crash' } } as const
    scene.step({ record: ended, message: mail('shop', 'PAY') })
    scene.clock.advance(100)
    expect(scene.frames[0]?.actors[1]).toMatchObject({ address: 'shop.clerk', status: 'error' })
    scene.records = [shop]
    await scene.inspect()
    scene.clock.advance(100)
    expect(scene.frames[1]?.gone).toEqual(['shop.clerk'])
    // Gone before its end was told: that is told all the same.
    scene.step({
      record: { ...record('shop.next', 1), exit: { reason: 'normal' } },
      message: mail(null, 'GO'),
    })
    await scene.inspect()
    scene.clock.advance(100)
    expect(scene.frames[2]).toMatchObject({ gone: [], actors: [{ address: 'shop.next', status: 'done' }] })
  })

  it('tells who sleeps, and does not take for gone who falls asleep', async () => {
    const scene = new Scene()
    const asleep = (address: string) => ({
      address,
      kind: 'clerk',
      parent: 'shop',
      status: 'asleep' as const,
    })
    scene.records = [shop, record('shop.b', 4)]
    scene.sleepers = [asleep('shop.a')]
    await scene.inspect()
    scene.clock.advance(100)
    expect(scene.frames[0]?.actors[2]).toMatchObject({ address: 'shop.a', context: { asleep: true } })
    scene.records = [shop]
    scene.sleepers = [asleep('shop.a'), asleep('shop.b')]
    await scene.inspect()
    scene.clock.advance(100)
    expect(scene.frames[1]).toMatchObject({ gone: [], actors: [] })
  })

  it('gives a chart by its kind, and refuses what it does not know', async () => {
    const { verbs } = new Scene()
    expect(await verbs.handlers.chart({ kind: 'clerk' })).toMatchObject({ value: { chart: { id: 'clerk' } } })
    expect(await verbs.handlers.chart({ kind: 'x' })).toMatchObject({ error: { code: 'unknown_kind' } })
    expect(await verbs.handlers.chart({})).toMatchObject({ error: { code: 'bad_request' } })
    expect(await verbs.handlers.inspect({ forMs: 1 })).toMatchObject({ error: { code: 'bad_request' } })
  })
})

describe('an outline', () => {
  const measure = { parts: 400, characters: 8_000 }

  it('is the value itself where that is short', () => {
    const value = { a: [1, 'x', null, { b: true }], map: PersistentMap.fromEntries([['k', { v: 1 }]]) }
    expect(outline(value, measure)).toEqual({ a: [1, 'x', null, { b: true }], map: { k: { v: 1 } } })
  })

  it('is small for whatever is large, says what is left out, and looks at no more', () => {
    const many = PersistentMap.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`k${index}`, { text: 'x'.repeat(5_000) }] as const),
    )
    let read = 0
    const endless = new Proxy(
      {},
      {
        ownKeys: () => Array.from({ length: 10_000 }, (_, index) => `f${index}`),
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }),
        get: () => {
          read += 1
          return 1
        },
      },
    )
    const told = outline({ many, endless, list: Array(10_000).fill('y'.repeat(5_000)) }, measure)
    expect(JSON.stringify(told).length).toBeLessThan(20_000)
    expect(JSON.stringify(told)).toMatch(/99\d\d more/)
    expect(read).toBeLessThan(100)
  })

  it('ends in a value that holds itself', () => {
    const value: Record<string, unknown> = {}
    value.self = value
    expect(JSON.stringify(outline(value, measure)).length).toBeLessThan(1_000)
  })
})
