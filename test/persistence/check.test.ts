// Looking at a whole store without changing it: what is wrong in it is found, and nothing else.

import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Node } from '../../actors/index.ts'
import type { ActorDefinition } from '../../kernel/index.ts'
import { turnSchema } from '../../machines/index.ts'
import { Backups, checkBackup, checkStore, openStore } from '../../persistence/index.ts'
import { openMemoryMail } from '../../transport/index.ts'
import { definitions, type ShopSize } from '../actors/shop.ts'

const root = { kind: 'shop', input: { clerks: 3, payments: 3 } satisfies ShopSize }

let place: string
let directory: string
const now = 1_000_000

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'canopy-looked-at-'))
  directory = join(place, 'store')
})
afterEach(() => rm(place, { recursive: true }))

/** The store of a shop that was run to its end by the real node. */
async function shop(): Promise<void> {
  const store = await openStore({ directory })
  const node = await Node.start({
    definitions,
    root,
    implementations: { pay: async ({ input }) => (input as { left: number }).left },
    store,
    mail: openMemoryMail({ mailboxLimit: 1_000 }),
    random: () => 0.5,
  })
  await node.ending
  await store.addDeadLetter({ at: 1, to: 'b', reason: 'refused', message: 1 })
  await store.close()
  // What was written ahead becomes rows.
  await (await openStore({ directory })).close()
}

async function change(key: string, text: string | undefined | ((text: string) => string)): Promise<void> {
  const level = new ClassicLevel<string, string>(directory)
  const value = typeof text === 'function' ? text((await level.get(key)) ?? '') : text
  await (value === undefined ? level.del(key) : level.put(key, value))
  await level.close()
}

async function filesOf(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of (await readdir(directory)).toSorted())
    hash.update(file).update(await readFile(join(directory, file)))
  return hash.digest('hex')
}

const check = (known: readonly ActorDefinition[] = definitions) =>
  checkStore(directory, { definitions: known, now })

test('finds nothing in a sound store, has stepped every journal, and changes no byte', async () => {
  await shop()
  const before = await filesOf()
  const report = await check()
  expect(report).toMatchObject({ actors: 5, letters: 1, kept: 9, older: 0, problems: [] })
  expect(report.entries).toBeGreaterThan(25)
  expect(await filesOf()).toBe(before)
  expect(await readdir(place)).toEqual(['store'])
})

const ledger = 'actor!shop.ledger!record'
const entry = (sequence: number) => `journal!shop.ledger!${String(sequence).padStart(16, '0')}`

describe('finds', () => {
  const faults: [string, string, string | undefined | ((text: string) => string), string, string, RegExp][] =
    [
      ['a torn record', `${ledger}!state`, '{"seq', 'shop.ledger', 'unreadable', /record!state/],
      [
        'a missing part',
        `${ledger}!context!sum`,
        undefined,
        'shop.ledger',
        'unreadable',
        /context!sum.*missing/,
      ],
      [
        'a context that was changed',
        `${ledger}!context!sum`,
        '17',
        'shop.ledger',
        'journal',
        /fold to its snapshot/,
      ],
      ['a hole in a journal', entry(3), undefined, 'shop.ledger', 'journal', /from 2 to 4/],
      [
        'a journal that lost its end',
        entry(10),
        undefined,
        'shop.ledger',
        'journal',
        /ends at 9, its record at 10/,
      ],
      [
        'a message that was changed',
        entry(3),
        (text) => text.replace(/"amount":\d/, '"amount":9'),
        'shop.ledger',
        'journal',
        /fold/,
      ],
      ['a torn message', entry(3), '{"at":1', 'shop.ledger', 'unreadable', /journal!shop.ledger/],
      [
        'a timer nobody knows',
        'actor!shop.ledger!alarm!x',
        '{"id":"x","event":{"type":"X"},"deadline":1}',
        'shop.ledger',
        'alarm',
        /'x'/,
      ],
      [
        'an outbox that cannot be read',
        `actor!shop!outbox!${'0'.repeat(16)}!${'0'.repeat(16)}!k`,
        '7',
        'shop',
        'unreadable',
        /outbox/,
      ],
      [
        'a journal without an actor',
        'journal!gone!0000000000000001',
        '{}',
        'gone',
        'orphan',
        /without an actor/,
      ],
      ['a torn outcome', 'kept!x', '{"kind":"maybe"}', 'kept x', 'unreadable', /kept!x/],
      ['a torn letter', `letter!${'1'.padStart(16, '0')}`, '{}', 'dead letter 1', 'unreadable', /letter!/],
      ['a torn fact', 'fact!totals', '{', 'fact!totals', 'unreadable', /JSON/],
      ['a foreign row', 'theirs', '1', 'theirs', 'unknown', /Canopy stores no rows/],
      ['a format of a later version', 'fact!format', '99', 'store', 'format', /format is 99/],
    ]

  test.each(faults)('%s', async (_, key, text, where, code, message) => {
    await shop()
    await change(key, text)
    const { problems } = await check()
    expect(problems).toMatchObject([{ where, code, message: expect.stringMatching(message) }])
    for (const problem of problems) expect(problem.message).not.toContain('-check-')
  })

  test('a kind that is not known and a version that is too new, and still looks at all others', async () => {
    await shop()
    await change(`actor!shop.clerk:0!record!head`, (text) =>
      text.replace('"kind":"clerk"', '"kind":"stranger"'),
    )
    await change(`${ledger}!head`, (text) => text.replace('"version":1', '"version":7'))
    await change(`actor!shop.clerk:0!record!state`, (text) => text.replace('"done"', '"active"'))
    const { problems, actors } = await check()
    expect(actors).toBe(5)
    const codes = problems.filter(({ code }) => code !== 'journal').map(({ where, code }) => [where, code])
    expect(codes).toContainEqual(['shop.ledger', 'newer_version'])
  })

  test('what a later version would migrate, and refuse', async () => {
    await shop()
    const [first, clerk, book] = definitions
    if (!first || !clerk || !book) throw new Error('no shop')
    const migrating = { ...book, version: 2, migrate: (snapshot: unknown) => snapshot } as ActorDefinition
    expect(await check([first, clerk, migrating])).toMatchObject({ older: 1, problems: [] })
    const { problems } = await check([first, clerk, { ...book, version: 2 }])
    expect(problems).toMatchObject([{ where: 'shop.ledger', code: 'no_migration' }])
  })

  test.each([
    ['a turn that was changed', (text: string) => text.replace('one', 'two'), /damaged/],
    ['a turn that is gone', undefined, /missing/],
  ])('%s', async (_, text, message) => {
    const store = await openStore({ directory })
    const first = await store
      .transcripts(turnSchema)
      .appendTurn(null, { role: 'user', blocks: [{ type: 'text', text: 'one' }] })
    await store
      .transcripts(turnSchema)
      .appendTurn(first, { role: 'assistant', blocks: [{ type: 'text', text: 'yes' }] })
    await store.close()
    await (await openStore({ directory })).close()
    expect((await check()).problems).toEqual([])
    await change(`turn!${first}`, text)
    const { problems } = await check()
    expect(problems).toContainEqual({
      where: expect.stringMatching(/^turn /),
      code: 'unreadable',
      message: expect.stringMatching(message),
    })
  })

  test('that LevelDB itself cannot read the files', async () => {
    await shop()
    const files = await readdir(directory)
    await rm(join(directory, files.find((file) => file.startsWith('MANIFEST')) ?? ''))
    expect((await check()).problems).toMatchObject([{ where: 'store', code: 'unreadable' }])
  })
})

test('is refused while somebody else has it open; a backup can be looked at then', async () => {
  await shop()
  const store = await openStore({ directory })
  const clock = { now: () => now, after: () => () => {} }
  const backups = join(place, 'backups')
  const { id } = await new Backups({ store, backups, everyMs: 0, keep: 1, clock }).take()
  await store.close()
  const holder = `
    const { ClassicLevel } = require('classic-level')
    new ClassicLevel(process.argv[1]).open().then(() => process.send('open'))
    setInterval(() => {}, 1000)
  `
  const held = execa(process.execPath, ['-e', holder, directory], { ipc: true })
  try {
    await held.getOneMessage()
    await expect(check()).rejects.toMatchObject({ code: 'locked' })
    const report = await checkBackup(join(backups, id), { definitions, now })
    expect(report).toMatchObject({ actors: 5, problems: [] })
  } finally {
    held.kill('SIGKILL')
    await held.catch(() => {})
  }
  expect((await readdir(backups)).length).toBe(1)
})
