// Mail to a full mailbox is sent again by the library: durably, in order for each sender and receiver, with growing
// pauses, for a limited time.

import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Mail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { Cord, cutMail, cutStore } from './cord.ts'
import { Couriers } from './couriers.ts'

const MINUTE = 60_000
let at: Couriers

beforeEach(async () => {
  at = await Couriers.open()
})

describe('mail to a full mailbox', () => {
  it('is sent again under the same id until there is room; its sender hears nothing', async () => {
    at.isFull = () => at.attempts.length <= 3
    const node = await at.boot()
    await at.write('a', 'x', 1)
    await at.passUntil(async () => (await at.got('x')).length > 0)
    expect(await at.got('x')).toEqual([1])
    expect(new Set(at.attempts.map(({ id }) => id)).size).toBe(1)
    expect(at.attempts).toHaveLength(4)
    expect(await at.refused('a')).toEqual([])
    await eventually(async () => (await at.store.read('office.a'))?.outbox.length === 0)
    expect(at.facts.filter(({ type }) => type.startsWith('mailbox.'))).toEqual([
      { type: 'mailbox.full', address: 'office.x' },
      { type: 'mailbox.has_room', address: 'office.x' },
    ])
    await node.stop(0)
  })

  it('is tried after pauses that double up to 10 s', async () => {
    at.isFull = () => true
    const node = await at.boot()
    await at.write('a', 'x', 1)
    await at.pass(40_000)
    const times = at.attempts.map((attempt) => attempt.at)
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
    await node.stop(0)
  })

  it('waits a random part of each pause, at least half', async () => {
    at.isFull = () => true
    const node = await at.boot({ random: () => 0 })
    await at.write('a', 'x', 1)
    await at.pass(1_000)
    const times = at.attempts.map((attempt) => attempt.at)
    expect(times.slice(1, 5).map((time, index) => time - (times[index] ?? 0))).toEqual([50, 100, 200, 400])
    await node.stop(0)
  })

  it('holds back no mail to others, of the same sender', async () => {
    at.isFull = ({ to }) => to === 'office.x'
    const node = await at.boot()
    await at.write('a', 'x', 1, 2)
    await at.write('a', 'y', 3)
    await eventually(async () => (await at.got('y')).length === 1)
    expect(await at.got('x')).toEqual([])
    await node.stop(0)
  })

  it('asks a full mailbox with one mail at a time, whoever waits, and forgets a pause when there was room', async () => {
    at.isFull = () => true
    const node = await at.boot()
    await at.write('a', 'x', 1, 2)
    await at.write('b', 'x', 3)
    await at.pass(3_500)
    const before = at.attempts.length
    expect(before).toBeLessThanOrEqual(8)
    at.isFull = () => false
    await at.passUntil(async () => (await at.got('x')).length === 3)
    at.isFull = () => true
    await at.write('b', 'x', 4)
    await at.pass(150)
    const [first, second] = at.attempts.slice(-2)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(100)
    await node.stop(0)
  })

  it('sets one timer, however many mailboxes are full', async () => {
    at.isFull = () => true
    const node = await at.boot()
    let timers = 0
    const { after } = at.clock
    at.clock.after = (ms, callback) => {
      timers += 1
      return after.call(at.clock, ms, callback)
    }
    for (const to of ['x', 'y', 'z', 'office2', 'w']) await at.write('a', to, 1, 2)
    await at.write('b', 'x', 1)
    await eventually(() => at.attempts.length >= 5)
    expect(timers).toBe(1)
    await node.stop(0)
    at.clock.after = after
    const asked = at.attempts.length
    await at.pass(20_000)
    expect(at.attempts).toHaveLength(asked)
  })

  it('is in the outbox of its sender until it is accepted: a new process sends it', async () => {
    at.isFull = () => true
    const first = await at.boot()
    await at.write('a', 'x', 1, 2)
    await eventually(() => at.attempts.length > 0)
    await first.stop(0)
    at.isFull = () => false
    const second = await at.boot()
    await eventually(async () => (await at.got('x')).length === 2)
    expect(await at.got('x')).toEqual([1, 2])
    await second.stop(0)
  })

  it('arrives once and in order for each sender and receiver, whatever is refused and whoever restarts', async () => {
    const pair = fc.record({ from: fc.constantFrom('a', 'b'), to: fc.constantFrom('x', 'y') })
    const step = fc.oneof(
      { weight: 6, arbitrary: pair },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
      { weight: 1, arbitrary: fc.constant('crash' as const) },
    )
    const script = fc.array(step, { minLength: 3, maxLength: 12 })
    const refusals = fc.array(fc.boolean(), { minLength: 5, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(script, refusals, async (steps, refuses) => {
        const world = await Couriers.open()
        world.isFull = () => refuses[world.attempts.length] ?? false
        let node = await world.boot()
        const sent: Record<string, string[]> = {}
        for (const [index, each] of steps.entries()) {
          if (each === 'restart') {
            await node.stop(0)
            node = await world.boot()
          } else if (each === 'crash') node.kill('office.a')
          else {
            const texts = [`${each.from}${index}.1`, `${each.from}${index}.2`]
            sent[`${each.from} ${each.to}`] = [...(sent[`${each.from} ${each.to}`] ?? []), ...texts]
            await world.write(each.from, each.to, ...texts)
          }
        }
        const all = Object.values(sent).flat().length
        await world.passUntil(
          async () => (await world.got('x')).length + (await world.got('y')).length >= all,
          1_000,
        )
        for (const [way, texts] of Object.entries(sent)) {
          const [from = '', to = ''] = way.split(' ')
          expect((await world.got(to)).filter((text) => String(text).startsWith(from))).toEqual(texts)
        }
        await node.stop(0)
      }),
      { numRuns: 30 },
    )
  })

  it('arrives once and in order when bursts are refused in the middle and the process is killed before any write', async () => {
    const all = [1, 2, 3, 4, 5, 6, 7, 8]
    async function run(limit?: number): Promise<{ operations: number; got: unknown[] }> {
      const world = await Couriers.open()
      world.isFull = () => world.attempts.length % 3 !== 0
      const first = await world.boot()
      await first.stop(0)
      await world.tell('office.a', { type: 'WRITE', to: 'office.x', texts: all.slice(0, 4) })
      await world.tell('office.a', { type: 'WRITE', to: 'office.x', texts: [5] })
      await world.tell('office.a', { type: 'WRITE', to: 'office.x', texts: all.slice(5) })
      const cord = new Cord(limit)
      void world.boot({ store: cutStore(world.store, cord), mail: cutMail(world.mail, cord) })
      const isDone = async (): Promise<boolean> => (await world.got('x')).length >= all.length
      await world.passUntil(async () => cord.pulled || (await isDone()))
      const { operations } = cord
      const second = await world.boot()
      await world.passUntil(isDone)
      await second.stop(0)
      return { operations, got: await world.got('x') }
    }
    const { operations } = await run()
    expect(operations).toBeGreaterThan(20)
    for (let limit = 0; limit < operations; limit += 1) {
      expect((await run(limit)).got, `killed at operation ${limit}`).toEqual(all)
    }
  })
})

describe('a burst of mail from one actor to another', () => {
  const numbers = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index)

  it('is sent together for each step, and further steps together while one message is under way', async () => {
    const node = await at.boot()
    const { promise: answer, resolve } = Promise.withResolvers<void>()
    const { publish } = at.mail
    at.mail.publish = async (mail) => {
      if (at.attempts.length === 1) await answer
      return publish(mail)
    }
    await at.write('a', 'x', ...numbers(1, 10))
    await eventually(() => at.attempts.length === 1)
    for (const from of [11, 21, 31]) await at.write('a', 'x', ...numbers(from, from + 9))
    expect(at.attempts).toHaveLength(1)
    resolve()
    await eventually(async () => (await at.got('x')).length === 40)
    expect(await at.got('x')).toEqual(numbers(1, 40))
    expect(at.attempts.length).toBeLessThanOrEqual(3)
    await node.stop(0)
  })

  it('keeps its order when the middle is refused and room comes before the rest is sent', async () => {
    const node = await at.boot()
    // Refused while the mail 6 is in it and is asked for the first three times; other mail would be taken.
    at.isFull = ({ event }) => event.text === 6 && at.attempts.length <= 5
    for (const from of [1, 6, 11]) await at.write('a', 'x', ...numbers(from, from + 4))
    await at.passUntil(async () => (await at.got('x')).length === 15)
    expect(await at.got('x')).toEqual(numbers(1, 15))
    expect(await at.refused('a')).toEqual([])
    await node.stop(0)
  })

  it('is sent in parts when it is too large together, and only mail too large by itself is given up', async () => {
    const node = await at.boot()
    const large = (letter: string, bytes: number) => letter.repeat(bytes)
    const texts = [
      1,
      large('a', 400_000),
      2,
      large('b', 400_000),
      large('c', 999_900),
      large('d', 400_000),
      3,
    ]
    const { promise: answer, resolve } = Promise.withResolvers<void>()
    const { publish } = at.mail
    at.mail.publish = async (mail) => {
      if (at.attempts.length === 1) await answer
      return publish(mail)
    }
    for (const text of texts) await at.write('a', 'x', text)
    resolve()
    const arrive = texts.filter((text) => String(text)[0] !== 'c')
    await eventually(async () => (await at.got('x')).length === arrive.length)
    expect(await at.got('x')).toEqual(arrive)
    await eventually(async () => (await at.refused('a')).length > 0)
    expect(await at.refused('a')).toMatchObject([{ to: 'office.x', reason: 'too_large' }])
    const asked = at.attempts.length
    await at.write('a', 'x', ...numbers(1, 10))
    await eventually(async () => (await at.got('x')).length === arrive.length + 10)
    expect(at.attempts.length - asked).toBe(1)
    await node.stop(0)
  })

  it('empties its outbox, however much of it is sent together', async () => {
    const node = await at.boot()
    await at.write('a', 'x', ...numbers(1, 200))
    await eventually(async () => (await at.got('x')).length === 200)
    expect(await at.got('x')).toEqual(numbers(1, 200))
    expect(at.attempts.length).toBeLessThanOrEqual(5)
    await eventually(async () => (await at.store.read('office.a'))?.outbox.length === 0)
    await node.stop(0)
  })
})

describe('mail is given up', () => {
  it('after 10 minutes: its sender gets it back, and nothing is left', async () => {
    at.isFull = ({ to }) => to === 'office.x'
    const node = await at.boot()
    await at.write('a', 'x', 1, 2)
    await at.pass(9 * MINUTE)
    expect(await at.refused('a')).toEqual([])
    await at.write('a', 'x', 3)
    await at.passUntil(async () => (await at.refused('a')).length === 2, 1_000)
    const back = (text: number) => ({ to: 'office.x', reason: 'mailbox_full', text })
    expect(await at.refused('a')).toEqual([back(1), back(2)])
    expect(at.of('mail.refused')).toHaveLength(2)
    at.isFull = () => false
    await at.passUntil(async () => (await at.got('x')).length === 1, 1_000)
    expect(await at.got('x')).toEqual([3])
    await eventually(async () => (await at.store.read('office.a'))?.outbox.length === 0)
    await node.stop(0)
  })

  it('after the time that the node was given', async () => {
    at.isFull = () => true
    const node = await at.boot({ resendForMs: 500 })
    await at.write('a', 'x', 1)
    await at.pass(1_600)
    await eventually(async () => (await at.refused('a')).length === 1)
    await node.stop(0)
  })

  it('not when the wall clock is set forward', async () => {
    at.isFull = () => true
    const node = await at.boot()
    await at.write('a', 'x', 1)
    await at.pass(1_000)
    at.clock.jump(60 * MINUTE)
    await at.pass(20_000)
    expect(await at.refused('a')).toEqual([])
    at.clock.jump(-120 * MINUTE)
    at.isFull = () => false
    await at.pass(11_000)
    expect(await at.got('x')).toEqual([1])
    await node.stop(0)
  })

  it('at once when a thousand of one sender wait', async () => {
    at.isFull = () => true
    const node = await at.boot()
    await at.write('a', 'x', 0)
    await eventually(() => at.of('mailbox.full').length === 1)
    await at.write('a', 'x', ...Array.from({ length: 1_001 }, (_, index) => index + 1))
    await at.write('b', 'x', 'of another')
    await eventually(async () => (await at.refused('a')).length === 2)
    expect(await at.refused('a')).toMatchObject([{ text: 1_000 }, { text: 1_001 }])
    expect(await at.refused('b')).toEqual([])
    await node.stop(0)
  })

  it('at once when it can never be sent, and the mail behind it goes on', async () => {
    const node = await at.boot()
    at.isFull = ({ event }) => {
      if (event.text === 2) throw Object.assign(new Error('too large'), { code: 'too_large' })
      return at.attempts.length === 1
    }
    await at.write('a', 'x', 1, 2, 3)
    await at.passUntil(async () => (await at.got('x')).length === 2)
    expect(await at.got('x')).toEqual([1, 3])
    await eventually(async () => (await at.refused('a')).length > 0)
    expect(await at.refused('a')).toEqual([{ to: 'office.x', reason: 'too_large', text: 2 }])
    await node.stop(0)
  })

  it('as a dead letter when its sender has ended', async () => {
    at.isFull = ({ to }) => to === 'office.x'
    const node = await at.boot()
    await at.write('a', 'x', 1)
    await at.tell('office.a', { type: 'END' })
    await at.passUntil(() => at.of('letter.dead').length === 1, 5_000)
    expect(at.of('letter.dead')).toMatchObject([{ to: 'office.x', reason: 'refused' }])
    await eventually(async () => (await contextOf('office')).ended)
    await node.stop(0)
  })

  it('as a dead letter when its sender is stopped and removed', async () => {
    at.isFull = () => true
    const node = await at.boot()
    await at.write('a', 'x', 1, 2)
    await at.tell('office', { type: 'DROP' })
    await eventually(() => at.of('letter.dead').length === 2)
    await eventually(async () => (await at.store.read('office.a')) === undefined)
    const letters = []
    for await (const { to, reason, message } of at.store.deadLetters()) letters.push({ to, reason, message })
    expect(letters).toMatchObject([
      { to: 'office.x', reason: 'refused', message: { type: 'READ', text: 1 } },
      { to: 'office.x', reason: 'refused', message: { type: 'READ', text: 2 } },
    ])
    const asked = at.attempts.length
    await at.pass(20_000)
    expect(at.attempts).toHaveLength(asked)
    await node.stop(0)
  })
})

describe('a sender with mail that waits', () => {
  it('that is stopped and removed before its mail was sent: the next process sends it', async () => {
    const never: Mail['publish'] = (mail) =>
      [mail].flat()[0]?.event.type === 'READ' ? new Promise(() => {}) : at.stream.publish(mail)
    const first = await at.boot({ mail: { ...at.mail, publish: never } })
    await at.write('a', 'x', 1)
    await at.tell('office', { type: 'DROP' })
    await eventually(() => at.facts.some((fact) => fact.type === 'actor.stepped' && fact.event === 'DROP'))
    await first.stop(0)
    const second = await at.boot()
    await eventually(async () => (await at.got('x')).length === 1)
    await eventually(async () => (await at.store.read('office.a')) === undefined)
    await second.stop(0)
  })

  it('that ends is reported after its last mail', async () => {
    at.isFull = ({ to }) => to === 'office.x'
    const node = await at.boot()
    await at.write('a', 'x', 1)
    await at.write('a', 'y', 2)
    await at.tell('office.a', { type: 'END' })
    await at.pass(2_000)
    expect((await contextOf('office')).ended).toEqual([])
    at.isFull = () => false
    await at.passUntil(async () => (await contextOf('office')).ended.length === 1)
    expect(await at.got('x')).toEqual([1])
    await node.stop(0)
  })

  it('that ends does not wait for mail to itself', async () => {
    at.isFull = ({ to }) => to === 'office.a' || to === 'office.a.child'
    const node = await at.boot()
    await at.write('a', 'a', 1)
    await at.write('a', 'a.child', 1)
    await at.tell('office.a', { type: 'END' })
    await eventually(async () => (await contextOf('office')).ended.length === 1)
    await node.stop(0)
  })

  it('that crashes is started again at once, and its mail arrives', async () => {
    at.isFull = ({ to }) => to === 'office.x'
    const node = await at.boot()
    await at.write('a', 'x', 1)
    await at.tell('office.a', { type: 'CRASH' })
    await eventually(() => at.of('actor.restarted').length > 0)
    await at.write('a', 'x', 2)
    at.isFull = () => false
    await at.passUntil(async () => (await at.got('x')).length === 2)
    expect(await at.got('x')).toEqual([1, 2])
    await node.stop(0)
  })

  it('is not passivated, and is when its mail was accepted after a crash', async () => {
    at.isFull = ({ to }) => to === 'office.x'
    const node = await at.boot()
    await at.write('a', 'x', 1)
    node.kill('office.a')
    await eventually(() => at.of('actor.restarted').length > 0)
    await at.pass(2 * MINUTE)
    expect(at.of('actor.passivated')).not.toContainEqual({ type: 'actor.passivated', address: 'office.a' })
    at.isFull = () => false
    await at.passUntil(async () => (await at.got('x')).length === 1)
    await at.pass(2 * MINUTE)
    expect(at.of('actor.passivated')).toContainEqual({ type: 'actor.passivated', address: 'office.a' })
    await node.stop(0)
  })
})

async function contextOf(address: string): Promise<{ ended: string[] }> {
  return (await at.store.read(address))?.record.snapshot.context as never
}
