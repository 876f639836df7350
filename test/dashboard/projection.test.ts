import { describe, expect, it } from 'vitest'
import type { Frame } from '../../actors/index.ts'
import { emptyProjection, type InspectorCall, type Projection, project } from '../../dashboard/index.ts'
import { droppedBySources, silenced } from '../../dashboard/projection.ts'
import { Viewer, type ViewerConnection } from '../../dashboard/viewer.ts'

type Actor = Frame['actors'][number]

function actor(address: string, more: Partial<Actor> = {}): Actor {
  const parent = address.includes('.') ? address.slice(0, address.lastIndexOf('.')) : null
  const standing = { status: 'active', value: 'open', context: {} } as const
  return { address, kind: 'clerk', parent, incarnation: 1, sequence: 1, ...standing, ...more }
}

function frame(number: number, more: Partial<Frame> = {}): Frame {
  const dropped = { snapshots: 0, events: 0 }
  return { source: 'a', number, actors: [], events: [], gone: [], dropped, ...more }
}

function play(...frames: Frame[]): { after: Projection; calls: string[] } {
  let after = emptyProjection
  const calls: string[] = []
  for (const each of frames) {
    const next = project(after, each as never)
    after = next.after
    calls.push(...next.calls.map(inWords))
  }
  return { after, calls }
}

function inWords(call: InspectorCall): string {
  switch (call.call) {
    case 'actor':
      return `actor ${call.address} below ${call.parent}`
    case 'event':
      return `event ${call.event.type} from ${call.from} to ${call.to}`
    case 'snapshot':
      return `snapshot ${call.address} ${call.snapshot.status} after ${call.event?.type}`
  }
}

describe('the projection', () => {
  it('introduces an actor, then says what it took, then where that brought it', () => {
    const pay = { to: 'shop', from: 'shop.clerk', event: { type: 'PAY' }, sequence: 2 }
    expect(
      play(frame(1, { actors: [actor('shop')] }), frame(2, { actors: [actor('shop')], events: [pay] })).calls,
    ).toEqual([
      'actor shop below null',
      'event PAY from shop.clerk to shop',
      'snapshot shop active after PAY',
    ])
  })

  it('says nothing of an actor that it has not introduced', () => {
    const pay = { to: 'unknown', event: { type: 'PAY' }, sequence: 2 }
    expect(play(frame(1, { events: [pay], gone: ['other'] })).calls).toEqual([])
  })

  it('stops who is gone without a word, and introduces who comes back', () => {
    const there = frame(1, { actors: [actor('shop')] })
    expect(play(there, frame(2, { gone: ['shop'] }), { ...there, number: 3 }).calls).toEqual([
      'actor shop below null',
      'snapshot shop stopped after undefined',
      'actor shop below null',
    ])
  })

  it('lets an ending stand, and introduces the next life', () => {
    const ended = frame(2, { actors: [actor('shop', { status: 'error' })] })
    const again = frame(3, { actors: [actor('shop', { incarnation: 2 })] })
    expect(play(frame(1, { actors: [actor('shop')] }), ended, again).calls).toEqual([
      'actor shop below null',
      'snapshot shop error after undefined',
      'actor shop below null',
    ])
    const gone = frame(3, { gone: ['shop'] })
    expect(play(frame(1, { actors: [actor('shop')] }), ended, gone).calls).toHaveLength(2)
  })

  it('stops all of a source that is silent, and asks for everything when it comes back', () => {
    const away = { ...frame(1, { actors: [actor('node'), actor('node.worker')] }), source: 'b' }
    const { after } = play(frame(1, { actors: [actor('shop')] }), away)
    const gone = silenced(after, 'b')
    expect(gone.calls.map(inWords)).toEqual([
      'snapshot node stopped after undefined',
      'snapshot node.worker stopped after undefined',
    ])
    expect([...gone.after.actors.keys()]).toEqual(['shop'])
    expect(silenced(gone.after, 'b').calls).toEqual([])
    const back = project(gone.after, { ...away, number: 2 } as never)
    expect(back.calls.map(inWords)).toEqual(['actor node below null', 'actor node.worker below node'])
    expect(back.after.gap).toBe(true)
  })

  it('counts what is missing in the numbers of each source, and what the sources left out', () => {
    const left = { snapshots: 3, events: 1 }
    const { after } = play(frame(5), frame(6), { ...frame(90), source: 'b' }, frame(9, { dropped: left }), {
      ...frame(91, { dropped: left }),
      source: 'b',
    })
    expect(after).toMatchObject({ lost: 2, gap: true })
    expect(droppedBySources(after)).toEqual({ snapshots: 6, events: 2 })
    expect(play(frame(5), frame(6)).after).toMatchObject({ lost: 0, gap: false })
  })
})

/** A line that takes everything and passes on nothing until it is told to. */
class Jam implements ViewerConnection {
  bufferedAmount = 0
  readonly sent: { type: string; text?: string }[] = []
  #waiting: (() => void)[] = []

  send(text: string, sent: () => void): void {
    this.bufferedAmount += text.length
    this.sent.push(JSON.parse(text))
    this.#waiting.push(sent)
  }

  drain(): void {
    while (this.#waiting.length > 0) {
      this.bufferedAmount = 0
      for (const sent of this.#waiting.splice(0)) sent()
    }
  }
}

function snapshot(sessionId: string, value: unknown) {
  return { type: '@xstate.snapshot', sessionId, snapshot: { status: 'active', value } } as never
}

describe('a viewer', () => {
  it('that reads is sent everything in order', () => {
    const line = new Jam()
    const viewer = new Viewer(line)
    for (let value = 0; value < 10; value++) {
      viewer.offer(snapshot('shop', value))
      line.drain()
    }
    expect(line.sent).toMatchObject(Array.from({ length: 10 }, (_, value) => ({ snapshot: { value } })))
    expect(viewer.dropped).toBe(0)
  })

  it('that does not read holds a bounded lot, and gets the newest snapshot and the last events later', () => {
    const line = new Jam()
    const viewer = new Viewer(line)
    viewer.offer(snapshot('bulk', 'x'.repeat(300_000)))
    for (let value = 0; value < 5_000; value++) {
      viewer.offer(snapshot(`shop${value % 3}`, value))
      viewer.offer({ type: '@xstate.event', sessionId: 'shop', event: { type: `E${value}` } } as never)
      viewer.note('news', { type: 'news', value })
    }
    expect(viewer.waiting).toBe(3 + 500 + 1)
    expect(viewer.dropped).toBe(4_997 + 4_500)
    line.drain()
    expect(viewer.waiting).toBe(0)
    const values = line.sent.flatMap(
      (each) => (each as { snapshot?: { value: number } }).snapshot?.value ?? [],
    )
    expect(values.slice(1)).toEqual([4_998, 4_999, 4_997])
    expect(line.sent.filter(({ type }) => type === '@xstate.event').at(-1)).toMatchObject({
      event: { type: 'E4999' },
    })
    expect(line.sent.filter(({ type }) => type === 'news')).toEqual([{ type: 'news', value: 4_999 }])
  })
})
