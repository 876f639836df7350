// Every row of a store is damaged in every way: each read gives a value or an error that names the row; reads of other
// things are not disturbed; a check names each damaged row; nothing else is thrown.

import { MemoryLevel } from 'memory-level'
import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { PersistentMap } from '../../kernel/index.ts'
import type { LevelDatabase } from '../../persistence/database.ts'
import { type LocalStore, type StoreKeys, storeKey } from '../../persistence/index.ts'
import { openLevel } from '../../persistence/open.ts'
import { all, newborn, step } from './actor.ts'

type Level = MemoryLevel<string, string>
const keys: StoreKeys = { current: storeKey(Buffer.alloc(32, 4)), older: [] }

let level: Level
beforeEach(() => {
  level = new MemoryLevel<string, string>()
})

const open = (given?: StoreKeys): Promise<LocalStore> =>
  openLevel(level as object as LevelDatabase, { directory: '/store', keys: given })

/** Two actors with every kind of row, closed and written to their places. */
async function fill(given?: StoreKeys): Promise<{ turn: string }> {
  const store = await open(given)
  for (const address of ['a', 'b']) {
    const tasks = PersistentMap.fromEntries(Array.from({ length: 20 }, (_, at) => [`t${at}`, { at }]))
    const alarm = { id: 'x', event: { type: 'X' }, deadline: 1, delay: 1, policy: 'deadline' } as const
    const effect = { kind: 'children', orders: [] } as const
    const born = step(
      newborn(address, { n: 1, tasks }),
      {},
      {
        alarms: { set: [alarm], cancelled: [] },
        outbox: { add: [{ key: `${address}/b1/1/0`, effect }], remove: [] },
      },
    )
    await store.commit(born)
    const { entry: _, ...whole } = step(born.after, { sequence: 1 })
    await store.commit({ ...whole, rebase: true })
    await store.commit(step(whole.after))
    await store.saveEffectResult(`${address}/b1/1/0`, { kind: 'failed', error: { message: 'no' } })
    await store.addDeadLetter({ at: 1, to: address, reason: 'refused', message: address })
    await store.replies().put(address, { answer: 1 }, new Map([[`part-${address}`, 'text']]))
    await store.writeMeta(address, { of: address })
  }
  const transcripts = store.transcripts(z.string())
  const turn = await transcripts.appendTurn(await transcripts.appendTurn(null, 'one'), 'two')
  await transcripts.begin('b', 'found')
  await store.close()
  await (await open(given)).close()
  return { turn }
}

/** Each read of a store, with the thing that it reads. */
function reads(store: LocalStore, turn: string): Record<string, () => Promise<unknown>> {
  return {
    actors: () => all(store.actors()),
    'read a': () => store.read('a'),
    'read b': () => store.read('b'),
    'read many': () => store.readMany(['a', 'b']),
    'journal a': () => all(store.journal('a')),
    'journal b': () => all(store.journal('b')),
    'base a': () => store.base('a'),
    'base b': () => store.base('b'),
    'result a': () => store.effectResult('a/b1/1/0'),
    'result b': () => store.effectResult('b/b1/1/0'),
    results: () => all(store.effectResultKeys()),
    letters: () => all(store.deadLetters()),
    'letter 1': () => store.deadLetter(1),
    'letter 2': () => store.deadLetter(2),
    'reply a': () => store.replies().get('a'),
    'reply b': () => store.replies().get('b'),
    'part a': () => store.replies().part('part-a'),
    'part b': () => store.replies().part('part-b'),
    replies: () => all(store.replies().keys()),
    turns: () => store.transcripts(z.string()).turns(turn),
    'meta a': () => store.readMeta('a'),
    'meta b': () => store.readMeta('b'),
  }
}

/** The reads that may notice damage to a row with this key. */
function concerned(key: string): RegExp {
  const [kind, name = ''] = key.split('!')
  switch (kind) {
    case 'actor':
      return new RegExp(`^(actors|read many|read ${name})$`)
    case 'journal':
      return new RegExp(`^journal ${name}$`)
    case 'base':
      return new RegExp(`^(base|journal) ${name}$`)
    case 'kept':
      return new RegExp(`^(results|result ${name[0]})$`)
    case 'letter':
      return new RegExp(`^(letters|letter ${Number(name)})$`)
    case 'reply':
      return new RegExp(`^(replies|reply ${name})$`)
    case 'part':
      return new RegExp(`^part ${name.at(-1)}$`)
    case 'fact':
      return new RegExp(`^meta ${name}$`)
    case 'turn':
      return /^turns$/
    default:
      return /^$/
  }
}

const damages: [string, (text: string) => string | undefined][] = [
  ['is missing', () => undefined],
  ['is cut', (text) => text.slice(0, -1)],
  ['is cut in the middle', (text) => text.slice(0, text.length / 2)],
  ['is null', () => 'null'],
  ['is a number', () => '7'],
  ['is a list', () => '[]'],
  ['is an object', () => '{}'],
  ['is a deep list', () => `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
  ['has other keys', () => '{"__proto__":{"polluted":1},"constructor":1}'],
  ['looks encrypted', () => 'sealed1:00000000:AAAA'],
  ['is no JSON', () => 'no JSON'],
]

test.each(damages)(
  'a row that %s disturbs only reads of its own thing, which name a row',
  async (_, damage) => {
    const { turn } = await fill()
    const rows = await readRows()
    expect(rows.length).toBeGreaterThan(60)
    for (const [key, text] of rows) {
      // These are read at the start, and have tests of their own.
      if (/^(fact!format|letter|ahead.*)$/.test(key)) continue
      const damaged = damage(text)
      await (damaged === undefined ? level.del(key) : level.put(key, damaged))
      const store = await open()
      for (const [name, read] of Object.entries(reads(store, turn))) {
        const failure = await read().then(
          () => undefined,
          (error) => error,
        )
        if (failure === undefined) continue
        expect(failure, `${name} after damage to ${key}`).toMatchObject({
          name: 'StoreError',
          code: 'unreadable',
          message: expect.stringMatching(
            /unreadable value under '[^']+'.*Restore the directory from a backup/s,
          ),
        })
        expect(name, `reads ${key}`).toMatch(concerned(key))
      }
      await store.close()
      await level.open()
      await level.put(key, text)
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  },
)

async function readRows(): Promise<[string, string][]> {
  await level.open()
  return level.iterator().all()
}

/** Damage that must be noticed: the row's own read fails. */
const noticed: [string, string, string | undefined][] = [
  ['read a', 'actor!a!record!head', undefined],
  ['read a', 'actor!a!record!state', '{}'],
  ['read a', 'actor!a!record!context!n', undefined],
  ['read a', 'actor!a!record!context!n', '{'],
  ['read a', 'actor!a!record!field!alarms', '{"x":"soon"}'],
  ['read a', 'actor!a!record!field!invocations', '{"x":1}'],
  ['read a', 'actor!a!alarm!x', '{"id":"x","event":{"type":"X"},"deadline":null}'],
  ['read a', 'actor!a!alarm!x', '{"id":"x","event":"X","deadline":1}'],
  ['read a', 'actor!a!else', '1'],
  ['actors', 'actor!c!alarm!x', '{"id":"x","event":{"type":"X"},"deadline":1}'],
  ['result a', 'kept!a/b1/1/0', '{"kind":"failed","error":"no"}'],
  ['result a', 'kept!a/b1/1/0', '{"kind":"failed"}'],
  ['letter 1', `letter!${'1'.padStart(16, '0')}`, '{"at":"1","to":"a","reason":"refused"}'],
  [
    'letter 1',
    `letter!${'1'.padStart(16, '0')}`,
    '{"at":1,"to":"a","reason":"refused","replay":{"state":"maybe","at":1,"attempt":1}}',
  ],
  [
    'letter 1',
    `letter!${'1'.padStart(16, '0')}`,
    '{"at":1,"to":"a","reason":"refused","replay":{"state":"sent","at":1,"attempt":0}}',
  ],
  ['journal a', `journal!a!${'3'.padStart(16, '0')}`, '{"at":1,"message":"none"}'],
  ['journal a', 'journal!a!third', '{"at":1,"message":{"kind":"mail"}}'],
  ['base a', `base!a!${'1'.padStart(16, '0')}!head`, undefined],
  ['base a', 'base!a!!head', '{}'],
]

test.each(noticed)('%s fails when %s is %s', async (name, key, text) => {
  const { turn } = await fill()
  await level.open()
  await (text === undefined ? level.del(key) : level.put(key, text))
  const store = await open()
  await expect(reads(store, turn)[name]?.()).rejects.toMatchObject({ name: 'StoreError', code: 'unreadable' })
  await store.close()
})

describe('a row written ahead that is damaged', () => {
  const slot = `ahead!${'0'.repeat(16)}`
  test.each([
    ['with a key and no text', '0\nkept!k'],
    ['with a text and a key and no text', '0\nkept!k\n{"kind":"done","output":1}\nkept!other'],
    ['with no cycle', 'kept!k\n1'],
    ['with a cycle that is no number', '-1\nkept!k\n1'],
    ['that is empty', ''],
  ])('%s is refused at the start, and named', async (_, text) => {
    await (await open()).close()
    await level.open()
    await level.put('ahead', '0')
    await level.put(slot, text)
    await expect(open()).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining(`'${slot}'`),
    })
  })

  test('of an earlier cycle is not looked at', async () => {
    await (await open()).close()
    await level.open()
    await level.put('ahead', '2')
    await level.put(slot, '1\nkept!k\n{"kind":"done","output":"old"}')
    const store = await open()
    expect(await store.effectResult('k')).toBeUndefined()
    await store.close()
  })
})

test.each(['x', '-1', '1.5', '', '1e3'])(
  'a number of letters that is %j is refused at the start',
  async (text) => {
    await fill()
    await level.open()
    await level.put('letter', text)
    await expect(open()).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining("'letter'"),
    })
  },
)

test('a letter whose name is no number is refused at the start: no later letter could have a number', async () => {
  await fill()
  await level.open()
  await level.put('letter!first', '{"at":1,"to":"a","reason":"refused"}')
  await expect(open()).rejects.toMatchObject({
    code: 'unreadable',
    message: expect.stringContaining("'letter!first': 'first' in its name is not a number"),
  })
})

test('a store without the number of letters counts on from its newest letter', async () => {
  await fill()
  await level.open()
  await level.del('letter')
  const store = await open()
  expect(await store.addDeadLetter({ at: 1, to: 'a', reason: 'refused', message: 1 })).toBe(3)
  await store.close()
})

describe.each([
  ['plain', undefined],
  ['encrypted', keys],
])('in a %s store with damaged rows', (_, given) => {
  beforeEach(async () => {
    await fill(given)
    await level.open()
    for (const key of ['actor!a!record!context!n', 'actor!a!alarm!x', `journal!a!${'2'.padStart(16, '0')}`])
      await level.put(key, given ? `sealed1:${keys.current.id}:AAAA` : 'damaged')
    await level.put(`letter!${'1'.padStart(16, '0')}`, given ? `sealed1:${keys.current.id}:AAAA` : 'damaged')
  })

  /** The store of another process: it has the rows in their places. */
  async function reopened(store: LocalStore): Promise<LocalStore> {
    await store.close()
    return open(given)
  }

  test('the damaged actor can be removed and begins again, and the others go on', async () => {
    let store = await open(given)
    await expect(store.read('a')).rejects.toMatchObject({ code: 'unreadable' })
    await store.remove('a')
    const other = (await store.read('b'))?.record
    if (!other) throw new Error('b is missing')
    await store.commit(step(other))
    store = await reopened(store)
    expect(await store.read('a')).toBeUndefined()
    await store.commit(step(newborn('a')))
    expect((await all(store.actors())).map(({ record }) => record.address)).toEqual(['a', 'b'])
    await store.close()
  })

  test('a new life of the damaged actor takes its place', async () => {
    const reborn = step({ ...newborn('a', { fresh: 1 }), birth: 'b2' })
    let store = await open(given)
    await store.commit(reborn)
    store = await reopened(store)
    expect(await store.read('a')).toMatchObject({ record: reborn.after, alarms: [] })
    expect(await all(store.journal('a'))).toEqual([reborn.entry])
    await store.close()
  })

  test('the damaged letter fails to note its replay, can be dropped, and the others go on', async () => {
    const sent = { state: 'sent', at: 5, attempt: 1 } as const
    let store = await open(given)
    await expect(store.noteReplay(1, sent)).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('letter!'),
    })
    await store.noteReplay(2, sent)
    expect(await store.deadLetter(2)).toMatchObject({ replay: sent })
    await store.dropLetter(1)
    store = await reopened(store)
    expect((await all(store.deadLetters())).map(({ id }) => id)).toEqual([2])
    await store.close()
  })
})

test.each(['7', '{}', '[]', `${'['.repeat(5_000)}${']'.repeat(5_000)}`])(
  'a text of a question or of a finding that is %s is refused',
  async (text) => {
    await fill()
    await level.open()
    await level.put('part!part-a', text)
    await level.put('begun!b', text)
    const store = await open()
    await expect(store.replies().part('part-a')).rejects.toThrow(/'part!part-a': .*expected string/)
    await expect(store.transcripts(z.string()).begin('b', 'x')).rejects.toThrow(
      /'begun!b': .*expected string/,
    )
    await store.close()
  },
)
