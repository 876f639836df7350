// The record of a verb: its class and name are its subject, its schema refuses other payloads, and only operators change.

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ControlVerb, defineVerb, RefusedVerb, verbHandlers } from '../../../app/control/control-verb.ts'
import { runVerbs } from '../../../app/run/run-verbs.ts'
import { changesSomething, openMemoryControl, type PermissionRow, table } from '../../../transport/index.ts'

interface Shelf {
  readonly books: string[]
}

const count = defineVerb({
  name: 'count',
  class: 'look',
  input: z.strictObject({ from: z.int().nonnegative().default(0) }),
  answer: async ({ from }, { books }: Shelf) => books.length - from,
})
const add = defineVerb({
  name: 'add',
  class: 'change',
  hasOwnSubject: true,
  input: z.strictObject({ title: z.string().min(1) }),
  async answer({ title }, { books }: Shelf) {
    if (books.includes(title)) throw new RefusedVerb('is_there', `${title} is there`)
    if (title === 'torn') throw new Error('it is torn')
    books.push(title)
    return books
  },
})

async function served(verbs: readonly ControlVerb<Shelf>[] = [add, count], books: string[] = []) {
  const control = openMemoryControl('operator')
  await control.serve(verbHandlers(verbs, { books }))
  return { books, ask: (verb: string, payload: unknown = {}) => control.request(verb, payload, 1_000) }
}

describe('a verb', () => {
  it('is asked by its class and name, and gets its parts', async () => {
    const { ask, books } = await served()
    expect(await ask('change.add', { title: 'Emma' })).toEqual({ ok: true, value: ['Emma'] })
    expect(await ask('look.count')).toEqual({ ok: true, value: 1 })
    expect(await ask('look.count', { from: 1 })).toEqual({ ok: true, value: 0 })
    expect(books).toEqual(['Emma'])
  })

  it('is asked by its name alone only where it says so', async () => {
    const { ask } = await served()
    expect(await ask('add', { title: 'Emma' })).toMatchObject({ ok: true })
    expect(await ask('count')).toMatchObject({ error: { code: 'unknown_verb' } })
  })

  it.each<[string, unknown, string]>([
    ['change.add', {}, 'bad_request'],
    ['change.add', null, 'bad_request'],
    ['change.add', { title: '' }, 'bad_request'],
    ['change.add', { title: 'Emma', shelf: 2 }, 'bad_request'],
    ['add', { title: 5 }, 'bad_request'],
    ['look.count', { from: -1 }, 'bad_request'],
    ['change.add', { title: 'Dune' }, 'is_there'],
    ['change.add', { title: 'torn' }, 'failed'],
    // A class never answers for the other: a viewer may ask `look`.
    ['look.add', { title: 'Emma' }, 'unknown_verb'],
    ['change.count', {}, 'unknown_verb'],
    ['look.constructor', {}, 'unknown_verb'],
    ['look.count.deep', {}, 'unknown_verb'],
    ['look', {}, 'unknown_verb'],
  ])('%s with %o is refused as %s, and changes nothing', async (verb, payload, code) => {
    const { ask, books } = await served([add, count], ['Dune'])
    expect(await ask(verb, payload)).toMatchObject({ ok: false, error: { code } })
    expect(books).toEqual(['Dune'])
  })

  it('that is unknown is told with the known ones of its class', async () => {
    const { ask } = await served()
    expect(await ask('look.cuont')).toMatchObject({
      error: { message: 'unknown verb "look.cuont"; known are: look.count' },
    })
  })
})

describe('the verbs of a run', () => {
  const rowOf = (verb: string): PermissionRow | undefined =>
    table.find(({ subject }) => subject === `canopy.{system}.control.{member}.${verb}`)

  it('have names of their own that are one token of a subject', () => {
    const names = runVerbs.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9-]+$/)
  })

  it('with a subject of their own have there the rights of their class', () => {
    const own = runVerbs.filter(({ hasOwnSubject }) => hasOwnSubject)
    expect(own.map(({ name }) => rowOf(name)?.rights)).toEqual(
      own.map((verb) => rowOf(`${verb.class}.>`)?.rights),
    )
    expect(own.map(({ name }) => changesSomething(name))).toEqual(
      own.map((verb) => changesSomething(verb.class)),
    )
  })

  it('are for nodes in no class, and for viewers only to look', () => {
    expect([rowOf('look.>')?.rights, rowOf('change.>')?.rights]).toEqual([
      { operator: 'says', viewer: 'says' },
      { operator: 'says' },
    ])
    expect(['look', 'change'].map(changesSomething)).toEqual([false, true])
  })
})
