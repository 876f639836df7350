import { beforeEach, describe, expect, it } from 'vitest'
import type { Fact } from '../../kernel/index.ts'
import { openMemoryStore, type Store } from '../../persistence/index.ts'
import { eventually } from '../eventually.ts'
import { bootFamily, type Family } from './family.ts'

let store: Store

beforeEach(async () => {
  store = await openMemoryStore()
})

/** What became of the children, in order. */
function story(family: Family, ...types: Fact['type'][]): string[] {
  return family.facts.flatMap((fact) =>
    types.includes(fact.type) && 'address' in fact && fact.address !== 'parent'
      ? [`${fact.type.replace('actor.', '')} ${fact.address.replace('parent.', '')}`]
      : [],
  )
}

async function started(family: Family): Promise<void> {
  await eventually(() => story(family, 'actor.stepped').length >= 3, { what: 'three children' })
}

async function parentContext(): Promise<unknown> {
  return (await store.read('parent'))?.record.snapshot.context
}

describe('supervision', () => {
  it('a child that crashed goes on from its last good snapshot', async () => {
    const family = await bootFamily({ store })
    await started(family)
    for (const type of ['COUNT', 'COUNT', 'CRASH', 'COUNT', 'SAY']) await family.tell('parent.a', type)
    const said = await eventually(() => family.facts.find((fact) => fact.type === 'emitted'))
    expect(said).toMatchObject({ address: 'parent.a', event: { type: 'said', count: 3 } })
    expect(story(family, 'actor.restarted')).toEqual(['restarted a', 'restarted a', 'restarted a'])
  })

  it('P8: a message that crashed its actor three times is put aside, and the actor goes on', async () => {
    const family = await bootFamily({ store })
    await started(family)
    await family.tell('parent.a', 'CRASH')
    await family.tell('parent.a', 'SAY')
    await eventually(() => family.facts.find((fact) => fact.type === 'emitted'))
    const dead = []
    for await (const letter of store.deadLetters()) dead.push(letter)
    expect(dead).toMatchObject([
      { to: 'parent.a', reason: 'poison', error: { message: expect.stringContaining('boom') } },
    ])
    expect(story(family, 'actor.crashed')).toHaveLength(3)
    expect(family.mail.size).toBe(0)
  })

  it.each([
    ['one_for_one', ['restarted b']],
    ['one_for_all', ['restarted a', 'restarted b', 'restarted c']],
    ['rest_for_one', ['restarted b', 'restarted c']],
  ] as const)('%s restarts %j', async (kind, expected) => {
    const family = await bootFamily({ store, strategy: { kind } })
    await started(family)
    await family.tell('parent.b', 'CRASH')
    await eventually(() => story(family, 'actor.restarted').length >= 3 * expected.length)
    expect(story(family, 'actor.restarted').slice(0, expected.length)).toEqual(expected)
  })

  it('a transient child that ends normally is not restarted, and the parent hears its output', async () => {
    const family = await bootFamily({ store, restart: 'transient' })
    await started(family)
    await family.tell('parent.a', 'COUNT')
    await family.tell('parent.a', 'END')
    await eventually(async () => JSON.stringify(await parentContext()).includes('done a 1'))
    expect(family.node.actors.map(({ address }) => address)).toEqual(['parent', 'parent.b', 'parent.c'])
  })

  it('a temporary child that crashed is gone, and the parent hears that it was lost', async () => {
    const family = await bootFamily({ store, restart: 'temporary' })
    await started(family)
    await family.tell('parent.c', 'CRASH')
    await eventually(async () => JSON.stringify(await parentContext()).includes('lost c'))
    await eventually(async () => (await store.read('parent.c')) === undefined)
    // What crashed it waits for nobody any more.
    await eventually(() => family.mail.size === 0)
  })

  it('escalates: more crashes than the intensity allows end the parent, its children first', async () => {
    const family = await bootFamily({ store, strategy: { intensity: 1 } })
    await started(family)
    await family.tell('parent.a', 'CRASH')
    const ending = await family.node.ending
    expect(ending).toMatchObject({ kind: 'ended', exit: { reason: 'shutdown', error: { code: 'gave_up' } } })
    expect(family.node.actors).toEqual([])
  })

  it('an ordered stop aborts what runs, waits for it, and leaves no actor behind', async () => {
    let aborted = 0
    const work = ({ signal }: { signal: AbortSignal }) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted += 1
          reject(new Error('aborted'))
        })
      })
    const family = await bootFamily({ store, implementations: { work } })
    await started(family)
    for (const id of ['a', 'b', 'c']) await family.tell(`parent.${id}`, 'WORK')
    await eventually(() => family.facts.filter((fact) => fact.type === 'effect.started').length === 3)
    await family.node.stop(1_000)
    expect(aborted).toBe(3)
    expect(family.node.actors).toEqual([])
    expect(await family.node.ending).toEqual({ kind: 'stopped' })
  })

  it('a child that will not stop is left after its shutdown time', async () => {
    const family = await bootFamily({
      store,
      shutdown: 50,
      implementations: { work: () => new Promise(() => {}) },
    })
    await started(family)
    await family.tell('parent.a', 'WORK')
    await eventually(() => family.facts.some((fact) => fact.type === 'effect.started'))
    let stopped = false
    void family.node.stop(100).then(() => {
      stopped = true
    })
    await eventually(() => {
      family.clock.advance(100)
      return stopped
    })
    expect(family.node.actors).toEqual([])
  })

  it('a child stopped by its parent leaves nothing in the store', async () => {
    const family = await bootFamily({ store })
    await started(family)
    await family.tell('parent.b', 'WAIT')
    await eventually(async () => ((await store.read('parent.b'))?.alarms.length ?? 0) === 1)
    await family.tell('parent', 'DROP')
    await eventually(async () => (await store.read('parent.b')) === undefined)
    await family.tell('parent.b', 'COUNT')
    const dead = await eventually(() => family.facts.find((fact) => fact.type === 'letter.dead'))
    expect(dead).toMatchObject({ to: 'parent.b', reason: 'unknown_address' })
  })
})

describe('timers', () => {
  it('P7: an alarm rings once, at its deadline', async () => {
    const family = await bootFamily({ store })
    await started(family)
    await family.tell('parent.a', 'WAIT')
    await eventually(async () => ((await store.read('parent.a'))?.alarms.length ?? 0) === 1)
    family.clock.advance(59_999)
    expect(JSON.stringify(await parentContext())).toContain('"rang":0')
    family.clock.advance(1)
    await eventually(async () => JSON.stringify(await parentContext()).includes('"rang":1'))
    family.clock.advance(600_000)
    expect((await store.read('parent.a'))?.alarms).toEqual([])
  })

  it('P7: a deadline that passed while nobody was there rings at once, and once', async () => {
    const first = await bootFamily({ store })
    await started(first)
    await first.tell('parent.a', 'WAIT')
    await eventually(async () => ((await store.read('parent.a'))?.alarms.length ?? 0) === 1)
    await first.node.stop(0)
    first.clock.jump(24 * 3_600_000)
    const second = await bootFamily({ store, clock: first.clock, mail: first.mail })
    second.clock.advance(0)
    await eventually(async () => JSON.stringify(await parentContext()).includes('"rang":1'))
    await second.node.stop(0)
    const third = await bootFamily({ store, clock: first.clock, mail: first.mail })
    third.clock.advance(3_600_000)
    expect(JSON.stringify(await parentContext())).toContain('"rang":1')
  })

  it('a clock that was set forward by an hour rings what is due within a minute', async () => {
    const family = await bootFamily({ store })
    await started(family)
    await family.tell('parent.a', 'WAIT')
    await eventually(async () => ((await store.read('parent.a'))?.alarms.length ?? 0) === 1)
    family.clock.jump(3_600_000)
    family.clock.advance(60_000)
    await eventually(async () => JSON.stringify(await parentContext()).includes('"rang":1'))
  })
})

describe('mail', () => {
  it('what is no event of the actor goes to the dead letters, not into the actor', async () => {
    const family = await bootFamily({ store })
    await started(family)
    await family.tell('parent.a', 'NONSENSE')
    const dead = await eventually(() => family.facts.find((fact) => fact.type === 'letter.dead'))
    expect(dead).toMatchObject({ to: 'parent.a', reason: 'undecodable' })
    expect(story(family, 'actor.crashed')).toEqual([])
  })

  it('mail for nobody goes to the dead letters', async () => {
    const family = await bootFamily({ store })
    await started(family)
    await family.tell('parent.nobody', 'COUNT')
    const dead = await eventually(() => family.facts.find((fact) => fact.type === 'letter.dead'))
    expect(dead).toMatchObject({ to: 'parent.nobody', reason: 'unknown_address' })
  })

  it('an event is checked before it is sent from outside', async () => {
    const family = await bootFamily({ store })
    await started(family)
    expect(family.node.check('parent.a', { type: 'COUNT' })).toMatchObject({ ok: true })
    expect(family.node.check('parent.a', { type: 'X' })).toMatchObject({ ok: false, code: 'bad_event' })
    expect(family.node.check('parent.z', { type: 'COUNT' })).toMatchObject({
      ok: false,
      code: 'unknown_actor',
    })
  })
})
