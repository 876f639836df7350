// Files that the words of a task find: by words, by parts of words, by their paths; and what a map makes of them.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { countFiles, likelyFiles } from '../../analysis/map/likely-files.ts'
import { drawMap, orderedMap } from '../../analysis/map/map.ts'

const TEXTS: Readonly<Record<string, string>> = {
  'src/cookies.ts': 'export function parseCookieHeader(text: string) { return text.split(";") }\n',
  'src/invoice.ts': 'export const total = (rows: number[]) => rows.reduce((a, b) => a + b, 0)\n',
  'src/mail/queue.ts': 'export class RetryQueue { backoff = 100 }\n',
  'src/index.ts': "export * from './cookies.ts'\nexport * from './invoice.ts'\n",
}
const likely = (task: string, texts: Readonly<Record<string, string>> = TEXTS) =>
  likelyFiles(task, countFiles(new Map(Object.entries(texts))))

describe('the files that fit a task', () => {
  it.each([
    ['a word of the text', 'Sum the rows of an invoice', 'src/invoice.ts'],
    ['a part of a name', 'a cookie header without a value is dropped', 'src/cookies.ts'],
    ['another form of a word', 'retries of queued messages', 'src/mail/queue.ts'],
    ['a word of the path', 'Mail is sent twice', 'src/mail/queue.ts'],
    ['a name that is misspelt', 'the RetyQueue does not wait', 'src/mail/queue.ts'],
  ])('are found by %s', (_, task, path) => {
    expect(likely(task)[0]).toBe(path)
  })

  it('are none for a task without words, or without a common part', () => {
    expect(likely('')).toEqual([])
    expect(likely('the and for')).toEqual([])
    expect(likely('zzzzqqqq')).toEqual([])
    expect(likely('anything', {})).toEqual([])
  })

  it('are the same whatever order the files come in, and each is named once', () => {
    const words = fc.constantFrom('cookie', 'retryQueue', 'total', 'rows', 'mail', 'x')
    const texts = fc.dictionary(
      fc.stringMatching(/^[a-c]{1,2}\.ts$/),
      fc.array(words).map((each) => each.join(' ')),
    )
    fc.assert(
      fc.property(texts, fc.array(words), (files, task) => {
        const found = likely(task.join(' '), files)
        const backwards = Object.fromEntries(Object.entries(files).reverse())
        expect(likely(task.join(' '), backwards)).toEqual(found)
        expect(new Set(found).size).toBe(found.length)
        expect(found.filter((path) => !(path in files))).toEqual([])
      }),
    )
  })

  it('are counted once for each content: of a changed tree, only the changed file', () => {
    const before = countFiles(new Map(Object.entries(TEXTS)))
    const after = countFiles(
      new Map(Object.entries({ ...TEXTS, 'src/invoice.ts': 'export const total = 1\n' })),
    )
    const again = [...after].filter(([path, counted]) => before.get(path) !== counted).map(([path]) => path)
    expect(again).toEqual(['src/invoice.ts'])
  })
})

describe('a map', () => {
  const root = mkdtempSync(join(tmpdir(), 'canopy-likely-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(TEXTS)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const order = { root, files: Object.keys(TEXTS), mentioned: ['Mail is sent twice: wait longer in between'] }

  it('names first the files that the task mentions, then those that its words find', () => {
    expect(orderedMap(order).files[0]).toBe('src/mail/queue.ts')
    const mentioned = [...order.mentioned, 'as src/invoice.ts does']
    expect(orderedMap({ ...order, mentioned }).files.slice(0, 2)).toEqual([
      'src/invoice.ts',
      'src/mail/queue.ts',
    ])
    expect(orderedMap(order, { ordering: 'graph' }).files[0]).not.toBe('src/mail/queue.ts')
  })

  it('joins the order that a model found, and leaves out files that are not there', () => {
    const similar = ['gone.ts', 'src/invoice.ts']
    const foreign = { ...order, mentioned: ['the quick brown zebra'] }
    expect(orderedMap({ ...foreign, similar }).files[0]).toBe('src/invoice.ts')
    expect(orderedMap({ ...order, similar }).files).toEqual(expect.arrayContaining(order.files))
    expect(orderedMap({ ...order, similar }).files).not.toContain('gone.ts')
  })

  it('shows their definitions where there is room for few', () => {
    expect(drawMap({ ...order, budgetTokens: 60 })).toContain('RetryQueue')
  })
})
