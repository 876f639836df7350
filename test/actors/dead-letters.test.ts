// Dead letters from outside: read, sent again exactly once, dropped.
import { beforeEach, describe, expect, it } from 'vitest'
import { deadLetterHandlers, sendAskedReplays } from '../../actors/index.ts'
import { openMemoryStore, type Store } from '../../persistence/index.ts'
import type { Envelope } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { bootFamily, type Family } from './family.ts'

let store: Store
let family: Family

beforeEach(async () => {
  store = await openMemoryStore()
  family = await bootFamily({ store })
  await eventually(() => family.node.actors.length === 4)
})

function handlers(publish = (mail: Envelope) => family.mail.publish(mail), system = true) {
  const deliver = { publish, check: family.node.check.bind(family.node) }
  return deadLetterHandlers({ store, ...(system && { deliver }) })
}

async function ask(verb: string, payload: object, from = handlers()): Promise<unknown> {
  const reply = await from[verb]?.(payload)
  return reply?.ok ? reply.value : reply?.error
}

function counted(): number {
  return family.facts.filter((fact) => fact.type === 'actor.stepped' && fact.event === 'COUNT').length
}

/** A letter with a COUNT that never reached `parent.a`. */
async function buryCount(): Promise<number> {
  const event = { type: 'COUNT' }
  const message = { id: 'x', to: 'parent.a', from: null, event }
  return store.addDeadLetter({ at: 7, to: 'parent.a', reason: 'unknown_address', message })
}

describe('a dead letter', () => {
  it('of each kind is listed with its event, and shown whole', async () => {
    await buryCount()
    await store.addDeadLetter({
      at: 8,
      to: 'b',
      reason: 'refused',
      message: { type: 'HI' },
      error: { message: 'no' },
    })
    await store.addDeadLetter({ at: 9, to: 'c', reason: 'undecodable', message: '{"half' })
    expect(await ask('deadLetters', {})).toEqual({
      letters: [
        { id: 1, at: 7, to: 'parent.a', reason: 'unknown_address', event: 'COUNT' },
        { id: 2, at: 8, to: 'b', reason: 'refused', event: 'HI', error: 'no' },
        { id: 3, at: 9, to: 'c', reason: 'undecodable', event: '?' },
      ],
      more: false,
    })
    expect(await ask('deadLetter', { id: 3 })).toMatchObject({ message: '{"half', event: null })
    expect(await ask('deadLetter', { id: 4 })).toMatchObject({ code: 'unknown_letter' })
    expect(await ask('deadLetter', { id: 'x' })).toMatchObject({ code: 'bad_request' })
  })

  it('is listed in pages', async () => {
    for (let at = 0; at < 201; at += 1)
      await store.addDeadLetter({ at, to: 'b', reason: 'refused', message: 1 })
    expect(await ask('deadLetters', {})).toMatchObject({ more: true })
    expect(await ask('deadLetters', { after: 200 })).toMatchObject({ letters: [{ id: 201 }], more: false })
  })

  it('is sent again once, and once more only when that is said', async () => {
    const id = await buryCount()
    expect(await ask('replay', { ids: [id] })).toEqual([{ id, outcome: 'sent' }])
    await eventually(() => counted() === 1)
    expect(await ask('replay', { ids: [id] })).toMatchObject([{ id, outcome: 'refused', code: 'replayed' }])
    expect(await ask('replay', { ids: [id], again: true })).toEqual([{ id, outcome: 'sent' }])
    await eventually(() => counted() === 2)
    expect(await store.deadLetter(id)).toMatchObject({ replay: { state: 'sent', attempt: 2 } })
  })

  it('is stepped once when the process died between sending it and writing that down', async () => {
    const id = await buryCount()
    const dying = handlers(async (mail) => {
      await family.mail.publish(mail)
      throw Object.assign(new Error('gone'), { code: 'closed' })
    })
    await expect(ask('replay', { ids: [id] }, dying)).rejects.toThrow('gone')
    await eventually(() => counted() === 1)
    // Another id: the receiver must know it, not the stream.
    const deliver = {
      check: family.node.check.bind(family.node),
      publish: (mail: Envelope) => family.mail.publish({ ...mail, id: `${mail.id}-again` }),
    }
    expect(await sendAskedReplays({ store, deliver })).toEqual([{ id, outcome: 'sent' }])
    await family.tell('parent.a', 'SAY')
    await eventually(() => family.facts.find((fact) => fact.type === 'emitted'))
    expect(counted()).toBe(1)
    expect(await sendAskedReplays({ store, deliver })).toEqual([])
  })

  it('waits for the next start when nothing runs', async () => {
    const id = await buryCount()
    const stopped = handlers(undefined, false)
    expect(await ask('replay', { ids: [id] }, stopped)).toEqual([{ id, outcome: 'stored' }])
    expect(await ask('replay', { ids: [id] }, stopped)).toEqual([{ id, outcome: 'stored' }])
    expect(counted()).toBe(0)
    const deliver = {
      check: family.node.check.bind(family.node),
      publish: (mail: Envelope) => family.mail.publish(mail),
    }
    expect(await sendAskedReplays({ store, deliver })).toEqual([{ id, outcome: 'sent' }])
    await eventually(() => counted() === 1)
  })

  it('stays as it is when nobody would take it, and says why', async () => {
    const id = await buryCount()
    await store.addDeadLetter({ at: 1, to: 'parent.nobody', reason: 'exited', message: { type: 'COUNT' } })
    await store.addDeadLetter({ at: 1, to: 'parent.a', reason: 'undecodable', message: '{"half' })
    expect(await ask('replay', { ids: [2, 3, 4] })).toMatchObject([
      { outcome: 'refused', code: 'unknown_actor' },
      { outcome: 'refused', code: 'unreadable' },
      { outcome: 'refused', code: 'unknown_letter' },
    ])
    for await (const letter of store.deadLetters()) expect(letter.replay).toBeUndefined()
    const full = handlers(async () => 'refused')
    expect(await ask('replay', { ids: [id] }, full)).toMatchObject([{ code: 'mailbox_full' }])
    expect(await store.deadLetter(id)).toMatchObject({ replay: { state: 'failed', attempt: 1 } })
    expect(await ask('replay', { ids: [id] })).toMatchObject([{ outcome: 'sent' }])
  })

  it('is gone when it was dropped', async () => {
    const id = await buryCount()
    expect(await ask('dropLetter', { id })).toMatchObject({ id, event: 'COUNT' })
    expect(await ask('dropLetter', { id })).toMatchObject({ code: 'unknown_letter' })
    expect(await ask('deadLetters', {})).toEqual({ letters: [], more: false })
  })
})
