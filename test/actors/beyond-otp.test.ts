// What OTP's suite does not ask and a durable system must answer.

import { describe, expect, it } from 'vitest'
import type { Fact } from '../../kernel/index.ts'
import { openMemoryStore, type Store } from '../../persistence/index.ts'
import { eventually } from '../eventually.ts'
import { counter } from './counter.ts'
import { bootFamily } from './family.ts'
import { child, flags, OtpWorld, type OtpWorldOptions, SUP } from './otp/world.ts'

async function inWorld(
  test: (world: OtpWorld) => Promise<void>,
  options: OtpWorldOptions = {},
): Promise<void> {
  const world = await OtpWorld.open({ more: [counter], ...options })
  try {
    await test(world)
  } finally {
    await world.close()
  }
}

const kid = (fields: object = {}) => ({ id: 'kid', src: 'counter', shutdown: 1_000, ...fields })
const KID = `${SUP}.kid`

async function said(world: OtpWorld): Promise<unknown> {
  await world.tell(KID, 'SAY')
  await world.quiet()
  const facts = world.facts.filter((fact) => fact.type === 'emitted')
  return facts.at(-1)?.event.count
}

function failures(world: OtpWorld): (Fact & { type: 'child.failed' })[] {
  return world.facts.filter((fact) => fact.type === 'child.failed')
}

async function restartLog(world: OtpWorld): Promise<number> {
  return (await world.store.read(SUP))?.record.supervision.restarts.length ?? 0
}

describe('where a restarted child begins', () => {
  it.each([
    ['snapshot', 3],
    ['input', 1],
  ])('from its %s', (resume, count) =>
    inWorld(async (world) => {
      await world.started(flags('one_for_one'))
      await world.start(kid({ resume }))
      for (const type of ['COUNT', 'COUNT', 'CRASH', 'COUNT']) await world.tell(KID, type)
      await world.quiet()
      expect(await said(world)).toBe(count)
    }),
  )

  it('who ended in order begins anew, whatever it left', () =>
    inWorld(async (world) => {
      await world.started(flags('one_for_one'))
      await world.start(kid({ resume: 'snapshot' }))
      for (const type of ['COUNT', 'END']) await world.tell(KID, type)
      await world.quiet()
      expect(await said(world)).toBe(0)
    }))

  it('a supervisor that gave up begins anew with all its children, where a crashed one goes on', () =>
    inWorld(async (world) => {
      const fields = { restart: 'permanent', resume: 'snapshot' }
      const given = { ...flags('one_for_one', 0), children: [kid()] }
      expect(await world.startLink(given, 'sup', fields)).toMatchObject({ ok: true })
      await world.tell(KID, 'COUNT')
      await world.quiet()
      await world.terminate(world.pidAt(SUP), 'kill')
      expect(await said(world)).toBe(1)
      await world.terminate(world.pidAt(KID), 'kill')
      expect(await said(world)).toBe(0)
    }))
})

describe('pauses', () => {
  const backoff = { firstMs: 1_000, maxMs: 8_000, resetAfterMs: 60_000 }
  const pausesOf = (world: OtpWorld): number[] => failures(world).map(({ pauseMs }) => pauseMs ?? -1)

  it('double up to the most, are spread, and begin again only after the child held', () =>
    inWorld(async (world) => {
      await world.started(flags('one_for_one', 100))
      await world.start(kid({ backoff }))
      for (let time = 0; time < 6; time += 1) {
        await world.terminate(world.pidAt(KID), 'kill')
        expect(await world.which()).toEqual([['kid', 'restarting']])
        world.clock.advance(8_000)
        await world.quiet()
      }
      const ceilings = [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]
      const parts = pausesOf(world).map((pause, index) => pause / (ceilings[index] ?? 1))
      for (const part of parts) expect(part >= 0.5 && part <= 1).toBe(true)
      expect(new Set(parts).size).toBeGreaterThan(3)

      world.clock.advance(59_000)
      await world.terminate(world.pidAt(KID), 'kill')
      expect(pausesOf(world).at(-1)).toBeGreaterThanOrEqual(4_000)
      world.clock.advance(8_000)
      await world.quiet()
      world.clock.advance(60_000)
      await world.terminate(world.pidAt(KID), 'kill')
      expect(pausesOf(world).at(-1)).toBeLessThanOrEqual(1_000)
    }))

  it('survive the node: the child comes back at the stored time, once, from its snapshot', () =>
    inWorld(async (world) => {
      await world.started(flags('one_for_one', 5))
      await world.start(kid({ backoff: { firstMs: 60_000, maxMs: 60_000 } }))
      await world.tell(KID, 'COUNT')
      await world.quiet()
      await world.terminate(world.pidAt(KID), 'kill')
      await world.tell(KID, 'COUNT')
      world.clock.advance(10_000)
      await world.node.stop(0)
      await world.boot()
      await eventually(() => world.alive(SUP))
      expect(await world.which()).toEqual([['kid', 'restarting']])
      world.clock.advance(50_000)
      await world.quiet()
      // Mail that came during the pause waited for it.
      expect(await said(world)).toBe(2)
      expect(await restartLog(world)).toBe(1)
      world.clock.advance(600_000)
      await world.quiet()
      expect(world.node.actors.find(({ address }) => address === KID)?.incarnation).toBe(2)
    }))

  it('of a round holds what it stopped: mail for them waits, and all begin when it is over', () =>
    inWorld(async (world) => {
      await world.started({ ...flags('one_for_all', 5) })
      await world.start(kid())
      await world.start(child('other', { backoff }))
      await world.tell(KID, 'COUNT')
      await world.quiet()
      await world.terminate(world.pidAt(`${SUP}.other`), 'kill')
      expect(await world.which()).toEqual([
        ['other', 'restarting'],
        ['kid', null],
      ])
      await world.tell(KID, 'COUNT')
      await eventually(() => world.node.census.waiting === 1)
      world.clock.advance(1_000)
      await world.quiet()
      expect(await said(world)).toBe(2)
    }))
})

describe('two pauses', () => {
  it.each([
    ['the outer ends first', 1_000, 60_000],
    ['the inner ends first', 60_000, 1_000],
  ])('one in the round of the other: %s, and all are there once', (_, outer, inner) =>
    inWorld(async (world) => {
      const paused = (ms: number) => ({ backoff: { firstMs: ms, maxMs: ms } })
      await world.started(flags('rest_for_one', 5))
      await world.start(child('outer', paused(outer)))
      await world.start(child('inner', paused(inner)))
      await world.terminate(world.pidAt(`${SUP}.outer`), 'kill')
      expect(await world.sup.restartChild('inner')).toMatchObject({ ok: true })
      await world.terminate(world.pidAt(`${SUP}.inner`), 'kill')
      expect(await world.which()).toEqual([
        ['inner', 'restarting'],
        ['outer', 'restarting'],
      ])
      world.clock.advance(1_000)
      await world.quiet()
      expect(world.alive(`${SUP}.outer`)).toBe(outer === 1_000)
      expect(world.alive(`${SUP}.inner`)).toBe(true)
      expect(world.node.census.alarms).toBe(outer === 1_000 ? 0 : 1)
      world.clock.advance(60_000)
      await world.quiet()
      expect(await world.counts()).toEqual([2, 2, 0, 2])
      expect(world.node.census.alarms).toBe(0)
    }),
  )
})

describe('what comes in between', () => {
  it.each(['killed', 'noconnection', 'timeout'] as const)(
    '%s is abnormal: a transient child is restarted',
    (reason) =>
      inWorld(async (world) => {
        await world.started(flags('one_for_one'))
        const pid = await world.start(kid({ restart: 'transient' }))
        expect(world.node.kill(KID, reason)).toBe(true)
        expect(world.node.kill(`${SUP}.nobody`, reason)).toBe(false)
        await world.quiet()
        expect(world.reason(pid)).toBe(reason)
        expect(failures(world)).toMatchObject([{ child: 'kid', exit: { reason }, next: 'restart' }])
        expect(await world.which()).toEqual([['kid', `${KID}@2`]])
      }),
  )

  it('messages queued at the crash are stepped by the successor, once and in order', () =>
    inWorld(async (world) => {
      await world.started(flags('one_for_one', 5))
      await world.start(kid())
      for (const type of ['COUNT', 'CRASH', 'COUNT', 'COUNT', 'SAY', 'COUNT']) void world.tell(KID, type)
      await world.quiet()
      expect(await said(world)).toBe(4)
      const facts = world.facts.filter((fact) => fact.type === 'emitted')
      expect(facts.map(({ event }) => event.count)).toEqual([3, 4])
    }))

  it('messages queued before one that does not come back go to the dead letters', () =>
    inWorld(async (world) => {
      await world.started(flags('one_for_one'))
      await world.start(kid({ restart: 'temporary' }))
      for (const type of ['CRASH', 'COUNT', 'COUNT']) void world.tell(KID, type)
      await world.quiet()
      const letters = world.facts.filter((fact) => fact.type === 'letter.dead')
      expect(letters.map(({ event }) => event)).toEqual(['CRASH', 'COUNT', 'COUNT'])
      expect(world.mail.size).toBe(0)
    }))

  it.each(['snapshot', 'input'])(
    'a message that crashes one life after the other is put aside (%s)',
    (resume) =>
      inWorld(
        async (world) => {
          await world.started(flags('one_for_one', 10))
          await world.start(kid({ resume }))
          await world.tell(KID, 'CRASH')
          await world.quiet()
          expect(failures(world)).toHaveLength(3)
          expect(world.facts.filter(({ type }) => type === 'letter.dead')).toHaveLength(1)
          expect(world.alive(KID)).toBe(true)
        },
        { maxDeliveries: 3 },
      ),
  )

  it('a restart that fails again and again is told each time, and the giving up too', () =>
    inWorld(async (world) => {
      world.script('once', ['ok'], 'fail')
      await world.started(flags('one_for_one', 3))
      const pid = await world.start(child('kid', { input: { script: 'once' } }))
      await world.end(pid, 'kill')
      await world.gone()
      expect(failures(world).map(({ phase, next, restarts }) => [phase, next, restarts])).toEqual([
        ['run', 'restart', 1],
        ['start', 'restart', 2],
        ['start', 'restart', 3],
        ['start', 'give_up', 4],
      ])
      expect(world.facts).toContainEqual({ type: 'actor.gave_up', address: SUP, child: 'kid', restarts: 3 })
    }))

  it('between two failing restarts a supervisor answers and obeys', () =>
    inWorld(async (world) => {
      world.script('once', ['ok'], 'fail')
      await world.started(flags('one_for_one', 10_000))
      const pid = await world.start(child('kid', { input: { script: 'once' } }))
      await world.end(pid, 'kill')
      const codes = new Set<string>()
      for (let time = 0; time < 100; time += 1) {
        const reply = await world.sup.restartChild('kid')
        if (!reply.ok) codes.add(reply.error.code)
      }
      expect(codes).toContain('restarting')
      expect(await world.sup.terminateChild('kid')).toMatchObject({ ok: true })
      await world.quiet()
      expect(await world.which()).toEqual([['kid', null]])
    }))

  it('a clock that is set back makes no room for restarts, one set forward empties the window', () =>
    inWorld(async (world) => {
      await world.started(flags('one_for_one', 1, 5))
      await world.start(kid())
      await world.terminate(world.pidAt(KID), 'kill')
      world.clock.jump(3_600_000)
      await world.terminate(world.pidAt(KID), 'kill')
      expect(world.alive(KID)).toBe(true)
      world.clock.jump(-7_200_000)
      await world.end(world.pidAt(KID), 'kill')
      await world.gone()
      expect(world.facts.filter(({ type }) => type === 'actor.gave_up')).toHaveLength(1)
    }))
})

describe('the supervisor itself', () => {
  const fields = { restart: 'permanent', resume: 'snapshot' }

  it('keeps its restart log and the pause of a child when it crashes itself', () =>
    inWorld(async (world) => {
      const spec = kid({ backoff: { firstMs: 1_000, maxMs: 1_000 } })
      await world.startLink({ ...flags('one_for_one', 2), children: [spec] }, 'sup', fields)
      await world.terminate(world.pidAt(KID), 'kill')
      await world.terminate(world.pidAt(SUP), 'kill')
      expect(await restartLog(world)).toBe(1)
      expect(await world.which()).toEqual([['kid', 'restarting']])
      world.clock.advance(1_000)
      await world.quiet()
      expect(await world.which()).toEqual([['kid', `${KID}@2`]])
      await world.terminate(world.pidAt(KID), 'kill')
      world.clock.advance(1_000)
      await world.quiet()
      // The third within the period is one too many, though it is another incarnation that counts it.
      await world.terminate(world.pidAt(KID), 'kill')
      expect(world.facts.filter(({ type }) => type === 'actor.gave_up')).toHaveLength(1)
    }))

  it('does not take the end of a child of its earlier life for that of its own', () =>
    inWorld(async (world) => {
      const anew = { restart: 'permanent', resume: 'input' }
      await world.startLink({ ...flags('one_for_one', 0), children: [kid()] }, 'sup', anew)
      for (let time = 0; time < 5; time += 1) {
        world.node.kill(KID)
        world.node.kill(SUP)
        await world.quiet()
        expect(world.node.actors.filter(({ address }) => address === KID)).toHaveLength(1)
      }
      // With no restart allowed, one stale notice would have ended it.
      expect(world.facts.filter(({ type }) => type === 'actor.gave_up')).toEqual([])
      expect(await restartLog(world)).toBe(0)
    }))

  it('hears of a death before the mail that fills its mailbox', async () => {
    const gate = Promise.withResolvers<void>()
    let shut = false
    const store = gated(await openMemoryStore(), (address) =>
      shut && address === 'parent' ? gate.promise : undefined,
    )
    const family = await bootFamily({ store, mailboxLimit: 300 })
    await eventually(() => family.node.census.actors === 4 && family.node.census.underWay === 0)
    shut = true
    const answers = await Promise.all(Array.from({ length: 310 }, () => family.tell('parent', 'RANG')))
    expect(answers.filter((answer) => answer === 'refused')).toHaveLength(10)
    await eventually(() => family.node.census.waiting > 200)
    family.node.kill('parent.a')
    await eventually(() => family.facts.some((fact) => fact.type === 'actor.ended'))
    gate.resolve()
    await eventually(() => family.facts.some((fact) => fact.type === 'actor.restarted'))
    const rang = (fact: Fact): boolean => fact.type === 'actor.stepped' && fact.event === 'RANG'
    const failed = family.facts.findIndex((fact) => fact.type === 'child.failed')
    // What was stepped before the notice came is durable first; the rest of the mail comes after.
    expect(family.facts.slice(0, failed).filter(rang).length).toBeLessThan(100)
    await eventually(() => family.facts.filter(rang).length === 300)
    await family.node.stop(0)
  })
})

function gated(store: Store, gate: (address: string) => Promise<void> | undefined): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      if (name !== 'commit') return target[name].bind(target)
      return async (commit: Parameters<Store['commit']>[0]) => {
        await gate(commit.address)
        return target.commit(commit)
      }
    },
  })
}

describe('a node that is lost in the middle of a one_for_all round', () => {
  /** Lets so many more operations of the store through once it is armed, then answers nothing. */
  class Cut {
    left = Number.POSITIVE_INFINITY

    of(store: Store): Store {
      return new Proxy(store, {
        get: (target, name: keyof Store) => {
          const method = target[name].bind(target) as (...args: unknown[]) => unknown
          if (
            name === 'actors' ||
            name === 'journal' ||
            name === 'effectResultKeys' ||
            name === 'deadLetters'
          )
            return method
          return (...args: unknown[]) => {
            this.left -= 1
            return this.left < 0 ? new Promise(() => {}) : method(...args)
          }
        },
      })
    }
  }

  it.each(['snapshot', 'input'])('is started again and the round is completed (%s)', async (resume) => {
    const endings = new Set<number>()
    for (let operations = 0; operations < 16; operations += 1) {
      const world = await OtpWorld.open({ more: [counter] })
      const cut = new Cut()
      await world.node.stop(0)
      await world.boot(cut.of(world.store))
      const ids = ['a', 'b', 'c']
      const children = ids.map((id) => ({ id, src: 'counter', resume, shutdown: 1_000 }))
      await world.startLink({ ...flags('one_for_all', 1), children }, 'sup', {
        restart: 'permanent',
        resume: 'snapshot',
      })
      await world.quiet()
      cut.left = operations
      world.node.kill(`${SUP}.b`)
      await eventually(() => cut.left < 0 || (world.isQuiet && world.node.actors.length === 5))
      // The process is gone; another one finds what it left.
      await world.boot()
      await eventually(() => world.isQuiet && world.node.actors.length === 5)
      const lives = world.node.actors.filter(({ address }) => address.startsWith(`${SUP}.`))
      const incarnations = new Set(lives.map(({ incarnation }) => incarnation))
      expect([...incarnations], `after ${operations} operations`).toHaveLength(1)
      for (const incarnation of incarnations) endings.add(incarnation)
      expect((await world.which()).map(([id]) => id)).toEqual(ids.toReversed())
      // The round was counted once, however often it was begun.
      expect(await restartLog(world)).toBe(lives[0]?.incarnation === 1 ? 0 : 1)
      await world.close()
    }
    // Both were met: lost before the death was written down, and after.
    expect([...endings].toSorted()).toEqual([1, 2])
  })
})
