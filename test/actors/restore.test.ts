// A tree that goes on from a backup: the real node on LevelDB, with its mail as it was at the moment of the backup.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { controlHandlers, MailInFlight, Node, type NodeEnding, systemClock } from '../../actors/index.ts'
import type { Fact } from '../../kernel/index.ts'
import { Backups, openStore, restoreStore, type Store } from '../../persistence/index.ts'
import { type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { definitions, type ShopSize } from './shop.ts'

const root = { kind: 'shop', input: { clerks: 3, payments: 3 } satisfies ShopSize }

let place: string
let stream: MemoryMail
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'canopy-restore-'))
  stream = openMemoryMail({ mailboxLimit: 1_000 })
})
afterEach(() => rm(place, { recursive: true }))

interface Life {
  readonly node: Node
  readonly store: Store
  readonly mail: MailInFlight
  readonly backups: Backups
  end(): Promise<NodeEnding>
}

/** One process's life on the store in `place`; the stream outlives it. */
async function live(tell: (fact: Fact, life: () => Life | undefined) => void = () => {}): Promise<Life> {
  const store = await openStore({ directory: join(place, 'store') })
  stream.reconnect()
  const mail = await MailInFlight.open({ mail: stream, store })
  const facts = () => mail.facts()
  const backups = new Backups({
    store,
    backups: join(place, 'backups'),
    everyMs: 0,
    keep: 100,
    clock: systemClock,
    facts,
  })
  let life: Life | undefined
  const node = await Node.start({
    definitions,
    root,
    implementations: { pay: async ({ input }) => (input as { left: number }).left },
    store,
    mail,
    random: () => 0.5,
    tell: (fact) => tell(fact, () => life ?? ({ backups } as Life)),
  })
  const end = async (): Promise<NodeEnding> => {
    const ending = await node.ending
    await backups.close()
    await store.close()
    return ending
  }
  life = { node, store, mail, backups, end }
  return life
}

const whole = { kind: 'ended', exit: { reason: 'normal', output: { sum: 18, seen: 9 } } }

describe('a restored tree', () => {
  it('goes on to the same end from whatever moment, also within the duplicate window', async () => {
    const [store, backups] = [join(place, 'store'), join(place, 'backups')]
    const goneOn: number[] = []
    for (let moment = 1; moment < 32; moment += 2) {
      stream = openMemoryMail({ mailboxLimit: 1_000 })
      let steps = 0
      let taken: Promise<unknown> | undefined
      const first = await live((fact, life) => {
        if (fact.type === 'actor.stepped' && ++steps === moment) taken = life()?.backups.take()
      })
      expect(await first.end()).toMatchObject(whole)
      await taken
      await restoreStore({ directory: store, backups })
      steps = -1000
      const again = await live((fact) => {
        if (fact.type === 'actor.stepped') steps += 1
      })
      expect(await again.end(), `backup at step ${moment}`).toMatchObject(whole)
      goneOn.push(steps + 1000)
      await rm(store, { recursive: true })
    }
    expect(goneOn.filter((more) => more > 0).length).toBeGreaterThan(6)
  })

  it('has the mail that was under way, and none of the future that did not happen', async () => {
    const life = await live()
    await eventually(() => life.node.actors.length >= 5)
    // At the moment of the backup it is on its way: only the stream and the backup have it.
    const event = { type: 'PAID', clerk: 'x', amount: 1 }
    const facts = () => {
      void life.mail.publish({ id: 'x', to: 'shop.nobody', from: null, event })
      return life.mail.facts()
    }
    const written = new Backups({
      store: life.store,
      backups: join(place, 'backups'),
      everyMs: 0,
      keep: 12,
      clock: systemClock,
      facts,
    })
    await written.take()
    expect(await life.end()).toMatchObject(whole)
    await stream.publish({ id: 'future', to: 'shop', from: null, event: { type: 'FUTURE' } })
    await restoreStore({ directory: join(place, 'store'), backups: join(place, 'backups') })
    const again = await live()
    const ending = await again.end()
    expect(ending).toMatchObject(whole)
    const store = await openStore({ directory: join(place, 'store') })
    const dead: string[] = []
    for await (const letter of store.deadLetters()) dead.push(letter.to)
    expect(dead).toContain('shop.nobody')
    for await (const entry of store.journal('shop')) expect(JSON.stringify(entry)).not.toContain('FUTURE')
    await store.close()
  })

  it('tells who waits for a step that it was taken', async () => {
    const [store, backups] = [join(place, 'store'), join(place, 'backups')]
    const first = await live()
    await eventually(() => first.node.actors.length >= 5)
    await first.backups.take()
    await first.end()
    await restoreStore({ directory: store, backups })
    const again = await live()
    const { send } = controlHandlers(again.node, again.mail, () => ({}))
    const event = { type: 'PAID', clerk: 'outside', amount: 0 }
    expect(await send({ to: 'shop.ledger', event, wait: 2_000 })).toMatchObject({ ok: true })
    await again.end()
  })

  it('sends once what it was interrupted sending', async () => {
    const store = await openStore({ directory: join(place, 'store') })
    const mail = [1, 2, 3].map((number) => ({
      envelope: {
        id: `a/${number}`,
        to: 'b',
        from: { address: 'a', birth: '0', number },
        event: { type: 'HI' },
      },
    }))
    await store.writeMeta('restored', { generation: 1, mail })
    await stream.publish({ id: 'old', to: 'b', from: null, event: { type: 'OLD' } })
    let left = 2
    const dying = new Proxy(stream, {
      get: (target, name) => {
        if (name !== 'publish') return Reflect.get(target, name).bind?.(target)
        return async (envelope: Parameters<MemoryMail['publish']>[0]) => {
          if (left-- === 0) throw Object.assign(new Error('gone'), { code: 'closed' })
          return target.publish(envelope)
        }
      },
    })
    await expect(MailInFlight.open({ mail: dying, store })).rejects.toThrow('gone')
    const open = await MailInFlight.open({ mail: stream, store })
    expect(stream.size).toBe(3)
    await MailInFlight.open({ mail: stream, store })
    expect(stream.size).toBe(3)
    expect(open.facts()).toMatchObject({ restored: { generation: 2 } })
    await store.close()
  })
})
