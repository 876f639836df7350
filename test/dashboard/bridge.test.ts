// The bridge between a running system and the page, with a system and a page made here: answers that are late, refused or
// absent, frames that are damaged, too many or from another version.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Bridge, startBridge } from '../../dashboard/index.ts'

type Reply = { ok: true; value: unknown } | { ok: false; error: { code: string; message: string } }
const YES: Reply = { ok: true, value: {} }
const no = (code: string, message = `because of ${code}`): Reply => ({ ok: false, error: { code, message } })

class Scene {
  /** The answers to the next leases; afterwards each is granted. */
  leases: (Reply | Error)[] = []
  charts: Record<string, Reply | Error | Promise<Reply>> = {}
  readonly asked: { verb: string; payload: unknown }[] = []
  readonly shown: { type: string; sessionId: string }[] = []
  readonly said: string[] = []
  readonly gone: string[] = []
  isListening = false
  #listener: (told: unknown) => void = () => undefined

  start(): Promise<Bridge> {
    return startBridge({
      system: {
        request: async (verb, payload) => {
          this.asked.push({ verb, payload })
          const reply =
            verb === 'inspect'
              ? (this.leases.shift() ?? YES)
              : this.charts[(payload as { kind: string }).kind]
          if (reply instanceof Error) throw reply
          return reply ?? no('unknown')
        },
        listen: async (_subject, listener) => {
          this.isListening = true
          this.#listener = listener
          return () => {
            this.isListening = false
          }
        },
      },
      page: {
        send: (event) => void this.shown.push(event as never),
        tell: (text) => void this.said.push(text),
      },
      onGone: (reason) => void this.gone.push(reason),
    })
  }

  async hear(...frames: unknown[]): Promise<void> {
    for (const each of frames) this.#listener(each)
    await vi.advanceTimersByTimeAsync(0)
  }

  leasesAsked(): unknown[] {
    return this.asked.flatMap(({ verb, payload }) =>
      verb === 'inspect' ? [(payload as { all: boolean }).all] : [],
    )
  }
}

const actor = (address: string, more: object = {}) => ({
  ...{ address, kind: 'clerk', parent: null, incarnation: 1, sequence: 1 },
  ...{ status: 'active', value: 'open', context: {} },
  ...more,
})
const frame = (number: number, more: object = {}) => ({
  ...{ source: 'a', number, actors: [], events: [], gone: [] },
  dropped: { snapshots: 0, events: 0 },
  ...more,
})

let scene: Scene
beforeEach(() => {
  vi.useFakeTimers()
  scene = new Scene()
})
afterEach(() => vi.useRealTimers())

describe('a bridge begins', () => {
  it('when the system has agreed, and asks for everything once', async () => {
    const bridge = await scene.start()
    expect(scene.asked).toEqual([{ verb: 'inspect', payload: { forMs: 10_000, all: true } }])
    await vi.advanceTimersByTimeAsync(6_000)
    expect(scene.leasesAsked()).toEqual([true, false, false, false])
    expect(scene.said[0]).toBe('0 actors')
    bridge.close()
  })

  it.each(['forbidden', 'timeout', 'unknown_verb'])(
    'not when it answers %s, and listens no more',
    async (code) => {
      scene.leases = [no(code)]
      await expect(scene.start()).rejects.toMatchObject({ code, message: `because of ${code}` })
      expect(scene.isListening).toBe(false)
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it('not when the request fails, and listens no more', async () => {
    scene.leases = [new Error('the connection is closed')]
    await expect(scene.start()).rejects.toThrow('the connection is closed')
    expect(scene.isListening).toBe(false)
  })
})

describe('a bridge ends', () => {
  it('when it is closed: it listens, asks and shows no more', async () => {
    const bridge = await scene.start()
    bridge.close()
    await scene.hear(frame(1, { actors: [actor('shop')] }))
    await vi.advanceTimersByTimeAsync(20_000)
    expect([scene.isListening, scene.shown, scene.gone]).toEqual([false, [], []])
    expect(scene.leasesAsked()).toEqual([true])
    bridge.close()
  })

  it.each(['forbidden', 'no_responders', 'stopping'])(
    'at once when a renewal is refused: %s',
    async (code) => {
      await scene.start()
      scene.leases = [no(code)]
      await vi.advanceTimersByTimeAsync(2_000)
      expect(scene.gone).toEqual([`because of ${code}`])
      expect(scene.said.at(-1)).toBe('0 actors; the run is gone')
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it.each([
    [1, []],
    [2, []],
    [3, ['because of timeout']],
  ])('after three renewals without an answer: %d', async (count, gone) => {
    const bridge = await scene.start()
    scene.leases = Array.from({ length: count }, () => no('timeout'))
    await vi.advanceTimersByTimeAsync(20_000)
    expect(scene.gone).toEqual(gone)
    bridge.close()
  })

  it('not while frames come, though no answer does', async () => {
    const bridge = await scene.start()
    scene.leases = Array.from({ length: 10 }, () => no('timeout'))
    for (let at = 1; at <= 10; at++) {
      await scene.hear(frame(at))
      await vi.advanceTimersByTimeAsync(2_000)
    }
    expect(scene.gone).toEqual([])
    bridge.close()
  })

  it('when a renewal fails', async () => {
    await scene.start()
    scene.leases = [new Error('the connection is closed')]
    await vi.advanceTimersByTimeAsync(2_000)
    expect(scene.gone).toEqual(['the connection is closed'])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('frames', () => {
  it('are shown in their order, each kind with its chart, asked for once', async () => {
    scene.charts = { clerk: { ok: true, value: { chart: { id: 'clerk', states: { open: {} } } } } }
    const bridge = await scene.start()
    await scene.hear(
      frame(1, { actors: [actor('shop'), actor('shop.a', { parent: 'shop' })] }),
      frame(2, {
        actors: [actor('shop', { value: 'shut' })],
        events: [{ to: 'shop', event: { type: 'END' }, sequence: 2 }],
      }),
    )
    expect(scene.shown.map(({ type, sessionId }) => `${type} ${sessionId}`)).toEqual([
      ...['@xstate.actor shop', '@xstate.actor shop.a', '@xstate.event shop', '@xstate.snapshot shop'],
    ])
    expect(scene.asked.filter(({ verb }) => verb === 'chart')).toHaveLength(1)
    expect(JSON.stringify(scene.shown[0])).toContain('open')
    expect(bridge.state).toEqual({ actors: 2, frames: 2, lost: 0, dropped: { snapshots: 0, events: 0 } })
    bridge.close()
  })

  it.each<[string, Reply | Error]>([
    ['is refused', no('unknown_kind')],
    ['is garbage', { ok: true, value: 7 }],
    ['is empty', { ok: true, value: {} }],
    ['cannot be asked for', new Error('the connection is closed')],
  ])(
    'of a kind whose chart %s are shown all the same, and it is not asked for again',
    async (_what, reply) => {
      scene.charts = { clerk: reply }
      const bridge = await scene.start()
      await scene.hear(frame(1, { actors: [actor('shop')] }), frame(2, { actors: [actor('other')] }))
      expect(scene.shown.map(({ sessionId }) => sessionId)).toEqual(['shop', 'other'])
      expect(scene.asked.filter(({ verb }) => verb === 'chart')).toHaveLength(1)
      expect(bridge.state.frames).toBe(2)
      bridge.close()
    },
  )

  it.each([
    [undefined],
    [null],
    ['frame'],
    [[]],
    [frame(1.5)],
    [frame(1, { source: 7 })],
    [frame(1, { actors: undefined })],
    [frame(1, { actors: [{}] })],
    [frame(1, { actors: [actor('')] })],
    [frame(1, { actors: [actor('shop', { status: 'asleep' })] })],
    [frame(1, { events: [{ to: 'shop', event: {}, sequence: 1 }] })],
    [frame(1, { events: [{ to: 'shop', event: { type: 1 }, sequence: 1 }] })],
    [frame(1, { gone: [''] })],
    [frame(1, { dropped: {} })],
  ])('that are damaged are left out: %j', async (damaged) => {
    const bridge = await scene.start()
    await scene.hear(damaged, frame(2, { actors: [actor('shop')] }))
    expect(bridge.state).toMatchObject({ frames: 1, actors: 1 })
    bridge.close()
  })

  it('with fields of a later version are taken', async () => {
    const bridge = await scene.start()
    await scene.hear(frame(1, { later: true, actors: [actor('shop', { later: 1 })] }))
    expect(bridge.state).toMatchObject({ frames: 1, actors: 1 })
    bridge.close()
  })

  it('that wait for a chart are bounded; what is lost is counted and asked for anew', async () => {
    const { promise, resolve } = Promise.withResolvers<Reply>()
    scene.charts = { clerk: promise }
    const bridge = await scene.start()
    await scene.hear(...Array.from({ length: 250 }, (_, at) => frame(at + 1, { actors: [actor(`a${at}`)] })))
    expect(bridge.state.frames).toBe(0)
    resolve(no('unknown'))
    await vi.advanceTimersByTimeAsync(0)
    await scene.hear(frame(251))
    expect(bridge.state).toMatchObject({ frames: 101, lost: 150, actors: 100 })
    expect(scene.said.at(-1)).toBe('100 actors, 150 frames lost')
    await vi.advanceTimersByTimeAsync(4_000)
    expect(scene.leasesAsked()).toEqual([true, true, false])
    bridge.close()
  })

  it('of a gap are asked for again until an answer comes', async () => {
    const bridge = await scene.start()
    await scene.hear(frame(1), frame(5))
    scene.leases = [no('timeout'), no('timeout')]
    await vi.advanceTimersByTimeAsync(8_000)
    expect(scene.leasesAsked()).toEqual([true, true, true, true, false])
    bridge.close()
  })

  it('of a source that fell silent: its actors stop', async () => {
    const bridge = await scene.start()
    await scene.hear(
      frame(1, { actors: [actor('shop')] }),
      frame(1, { source: 'b', actors: [actor('node')] }),
    )
    for (let at = 2; at < 8; at++) {
      await vi.advanceTimersByTimeAsync(2_000)
      await scene.hear(frame(at))
    }
    expect(bridge.state.actors).toBe(1)
    expect(scene.shown.at(-1)).toMatchObject({ sessionId: 'node', snapshot: { status: 'stopped' } })
    bridge.close()
  })

  it('say what sources left out, and only that', async () => {
    const bridge = await scene.start()
    await scene.hear(frame(1, { dropped: { snapshots: 4, events: 0 } }))
    expect(scene.said.at(-1)).toBe('0 actors, 4 snapshots skipped for newer ones')
    await scene.hear(frame(2, { dropped: { snapshots: 4, events: 2 } }))
    expect(scene.said.at(-1)).toBe('0 actors, 4 snapshots skipped for newer ones, 2 events left out')
    bridge.close()
  })
})
