// Files and earlier changes for a task: by an embedding model, by words where there is none or where it fails.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findByWords, openTaskFinder } from '../../../app/models/task-finder.ts'
import { createRedactor } from '../../../machines/index.ts'
import type { Embedder } from '../../../providers/index.ts'

const root = mkdtempSync(join(tmpdir(), 'canopy-finder-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const FILES = {
  'money.ts': 'export const invoice = "sum the rows"\n',
  'letters.ts': 'export const queue = "sum of hunter2hunter2"\n',
}
for (const [path, text] of Object.entries(FILES)) writeFileSync(join(root, path), text)
const HISTORY = [
  { message: 'Sum the rows of money', files: ['money.ts'] },
  { message: 'Sum the letters', files: ['letters.ts'] },
]
const order = {
  brief: 'Sum the rows',
  root,
  files: Object.keys(FILES),
  tree: 't1',
  history: HISTORY,
  signal: new AbortController().signal,
}

/** Finds letters like every task. */
function letterLover(isFailing: () => boolean = () => false) {
  const asked: string[][] = []
  const embedder: Embedder = {
    name: 'near/embedder',
    embed: async (texts) => {
      asked.push([...texts])
      if (isFailing()) return { kind: 'failed', message: 'it is not there' }
      const vectorOf = (text: string, at: number) => (at === 0 || text.includes('letters') ? [1, 0] : [0, 1])
      return { kind: 'embedded', vectors: texts.map(vectorOf) }
    },
  }
  return { asked, embedder }
}

function finder(embedder: Embedder | undefined, records = new Map<string, unknown>()) {
  const said: string[] = []
  let at = 0
  const find = openTaskFinder({
    embedder,
    redactor: createRedactor(['hunter2hunter2']),
    say: (sentence) => said.push(sentence),
    now: () => at,
    records: {
      get: async (key) => records.get(key),
      put: async (key, record) => void records.set(key, structuredClone(record)),
    },
  })
  const wait = (ms: number): void => {
    at += ms
  }
  return { find, said, records, wait }
}

const byWords = { earlier: HISTORY }
const byModel = { similar: ['letters.ts', 'money.ts'], earlier: [HISTORY[1], HISTORY[0]] }

describe('what is found for a task', () => {
  it('is found by words without a model', async () => {
    expect(await findByWords(order)).toEqual(byWords)
    expect(await finder(undefined).find(order)).toEqual(byWords)
  })

  it('is found by the model, which never sees a secret', async () => {
    const { asked, embedder } = letterLover()
    expect(await finder(embedder).find(order)).toEqual(byModel)
    expect(asked).toHaveLength(1)
    expect(asked[0]?.[0]).toBe('Sum the rows')
    expect(asked.flat().join()).not.toContain('hunter2')
    expect(asked.flat().join()).toContain('[removed]')
  })

  it('is recorded: the same task gets the same again, also in a replay without a model', async () => {
    const { asked, embedder } = letterLover()
    const first = finder(embedder)
    await first.find(order)
    await first.find(order)
    expect(asked).toHaveLength(1)
    expect(await finder(undefined, first.records).find(order)).toEqual(byModel)
  })

  it('needs only texts that were not compared before', async () => {
    const { asked, embedder } = letterLover()
    const { find } = finder(embedder)
    await find(order)
    await find({ ...order, tree: 't2' })
    expect(asked).toHaveLength(1)
  })

  it('is found by words while the model fails; the reason is told once, and it is asked again after 5 minutes', async () => {
    let isFailing = true
    const { asked, embedder } = letterLover(() => isFailing)
    const { find, said, wait } = finder(embedder)
    expect(await find(order)).toEqual(byWords)
    expect(await find({ ...order, tree: 't2' })).toEqual(byWords)
    expect(asked).toHaveLength(1)
    wait(5 * 60_000)
    expect(await find({ ...order, tree: 't3' })).toEqual(byWords)
    expect(said).toEqual([
      'embeddings: near/embedder: it is not there; files are found by their words; it is asked again after 5 minutes',
    ])
    isFailing = false
    wait(5 * 60_000)
    expect(await find({ ...order, tree: 't4' })).toEqual(byModel)
    isFailing = true
    expect(await find({ ...order, tree: 't5', brief: 'Sum the rows of letters' })).not.toHaveProperty(
      'similar',
    )
    expect(said).toHaveLength(2)
  })

  it('is not looked for when the work was stopped', async () => {
    const stop = new AbortController()
    const embedder: Embedder = {
      name: 'near/embedder',
      embed: async () => {
        stop.abort(new Error('stopped'))
        return { kind: 'failed', message: 'it was stopped' }
      },
    }
    const { find, said, records } = finder(embedder)
    await expect(find({ ...order, signal: stop.signal })).rejects.toThrow('stopped')
    expect(said).toEqual([])
    expect(records.size).toBe(0)
  })
})
