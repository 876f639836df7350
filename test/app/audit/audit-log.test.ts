// The files of an audit log: every byte counts, and damage is told with its line and never written over.

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open as openFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { auditFolder, headIn, linesOf, openAuditLog } from '../../../app/audit/audit-log.ts'
import { type AuditBody, type AuditHead, checkChain, EMPTY } from '../../../app/audit/chain.ts'
import { readAudit, verifyAudit } from '../../../app/audit/read-audit.ts'
import { scratch } from '../../cli/scratch.ts'

const FULL = 10 * 1024 * 1024

const body = (what: string, detail = '{}'): AuditBody => ({
  kind: 'request',
  who: 'operator',
  by: null,
  what,
  to: null,
  detail,
  ok: true,
  answer: 'ok',
})

/** The part of a store that keeps the head, in memory. */
function headStore() {
  const kept = new Map<string, unknown>()
  return {
    kept,
    readMeta: async (name: string) => kept.get(name),
    writeMeta: async (name: string, value: unknown) => void kept.set(name, value),
  }
}

let data: string
let store: ReturnType<typeof headStore>
beforeEach(() => {
  data = scratch()
  store = headStore()
})
const fileOf = (number: number) => join(auditFolder(data), `${String(number).padStart(6, '0')}.jsonl`)

async function open(other: { now?: () => number; headBefore?: () => Promise<AuditHead | undefined> } = {}) {
  const troubles: string[] = []
  const trouble = (sentence: string) => void troubles.push(sentence)
  const log = await openAuditLog({ dataDirectory: data, store, now: () => 1_000, trouble, ...other })
  return { log, troubles }
}

async function write(...whats: readonly string[]): Promise<string[]> {
  const { log, troubles } = await open()
  for (const what of whats) await log.append(body(what))
  await log.close()
  return troubles
}

async function linesNow(): Promise<string[]> {
  const lines: string[] = []
  for await (const line of linesOf(data)) lines.push(line)
  return lines
}

/** The next call of a method of a file writes half, if it writes, and fails. */
async function failOnce(method: 'appendFile' | 'sync'): Promise<() => void> {
  await using file = await openFile(join(data, 'any'), 'w')
  const handle = Object.getPrototypeOf(file) as FileHandle
  const written = handle.appendFile
  const spy = vi.spyOn(handle, method).mockImplementationOnce(async function (
    this: FileHandle,
    text?: unknown,
  ) {
    if (typeof text === 'string') await written.call(this, text.slice(0, text.length / 2))
    throw new Error('no space is left')
  })
  return () => spy.mockRestore()
}

const verified = async () => checkChain(linesOf(data), await headIn(store))
const whats = async () => (await readAudit(data)).map(({ what }) => what)

describe('appending', () => {
  it('keeps the order of entries that nobody waited for', async () => {
    const { log } = await open()
    const named = Array.from({ length: 30 }, (_, at) => `send ${at}`)
    await Promise.all(named.map((what) => log.append(body(what))))
    expect(await whats()).toEqual(named)
    expect(log.head.number).toBe(30)
  })

  it('has written an entry and its head when its promise resolves', async () => {
    const { log } = await open()
    await log.append(body('first'))
    expect(await linesNow()).toHaveLength(1)
    expect(await headIn(store)).toEqual(log.head)
  })

  it('ends what was begun when it is closed', async () => {
    const { log } = await open()
    for (const what of ['a', 'b', 'c']) void log.append(body(what))
    await log.close()
    expect(await whats()).toEqual(['a', 'b', 'c'])
  })

  it('continues a chain whose clock went back between two processes', async () => {
    const late = await open({ now: () => 9_000 })
    await late.log.append(body('late'))
    const early = await open({ now: () => 10 })
    await early.log.append(body('early'))
    expect(early.troubles).toEqual([])
    expect((await readAudit(data)).map(({ at }) => at)).toEqual([9_000, 10])
    expect(await verified()).toMatchObject({ ok: true })
  })

  it('fails with the error of its store, and the next entry still follows from it', async () => {
    const { log } = await open()
    const { writeMeta } = store
    store.writeMeta = () => Promise.reject(new Error('the store is closed'))
    await expect(log.append(body('a'))).rejects.toThrow('the store is closed')
    store.writeMeta = writeMeta
    await log.append(body('b'))
    expect(await whats()).toEqual(['a', 'b'])
    expect(await verified()).toMatchObject({ ok: true })
  })

  it.each([
    ['half of a line can be written', 'appendFile'],
    ['nothing can be flushed', 'sync'],
  ] as const)(
    'leaves nothing behind when %s: the next entry follows from the last whole one',
    async (_, method) => {
      const { log } = await open()
      await log.append(body('a'))
      const size = statSync(fileOf(1)).size
      const restore = await failOnce(method)
      await expect(log.append(body('b'))).rejects.toThrow('no space is left')
      restore()
      expect(statSync(fileOf(1)).size).toBe(size)
      await log.append(body('c'))
      expect(await whats()).toEqual(['a', 'c'])
      expect(await verified()).toMatchObject({ ok: true })
    },
  )

  it('refuses a body that is none, and goes on with the next', async () => {
    const { log } = await open()
    await expect(log.append({ ...body('a'), kind: 'wish' } as never)).rejects.toThrow('kind')
    await log.append(body('b'))
    expect(await whats()).toEqual(['b'])
  })
})

describe('files', () => {
  it('of other names in the folder are left alone and not read', async () => {
    await write('a')
    for (const name of ['000001.jsonl.bak', '1.jsonl', 'notes.txt'])
      writeFileSync(join(auditFolder(data), name), 'mine')
    await write('b')
    expect(await whats()).toEqual(['a', 'b'])
    expect(readFileSync(join(auditFolder(data), '1.jsonl'), 'utf8')).toBe('mine')
  })

  it.each([
    [FULL - 1, 1],
    [FULL, 2],
  ])('of %i bytes: the next entry is in file %i', async (size, number) => {
    await write('')
    const rest = size - statSync(fileOf(1)).size
    rmSync(fileOf(1))
    store.kept.clear()
    await write('x'.repeat(rest))
    expect(statSync(fileOf(1)).size).toBe(size)
    expect(await write('b')).toEqual([])
    expect(readFileSync(fileOf(number), 'utf8')).toContain('"what":"b"')
    expect(readdirSync(auditFolder(data))).toHaveLength(number)
  })

  it.each([
    ['the first', 1, 1],
    ['the second', 2, 2],
  ])(
    'of which %s was removed: line %3$i is told, and the log goes on behind the last',
    async (_, removed, line) => {
      const { log } = await open()
      const whole = `${'x'.repeat(FULL)}`
      for (const what of ['a', 'b', 'c']) await log.append(body(what, whole))
      expect(readdirSync(auditFolder(data))).toHaveLength(3)
      rmSync(fileOf(removed))
      const troubles = await write('d')
      expect(troubles).toEqual([
        expect.stringContaining(`was changed at line ${line}: it is entry ${line + 1}`),
      ])
      // Nothing takes the place of the removed file.
      expect(existsSync(fileOf(removed))).toBe(false)
      expect((await linesNow()).slice(-2).map((each) => JSON.parse(each).what)).toEqual(['damaged', 'd'])
    },
  )
})

describe('the end of a crash', () => {
  it.each([1, 20, 200])(
    '%i bytes of a line are cut off, and nobody is told: it was never answered',
    async (bytes) => {
      await write('a', 'b')
      const whole = readFileSync(fileOf(1))
      const torn = whole.subarray(whole.indexOf(0x0a) + 1).subarray(0, bytes)
      appendFileSync(fileOf(1), torn)
      expect(await write('c')).toEqual([])
      expect(await whats()).toEqual(['a', 'b', 'c'])
      expect(await verified()).toMatchObject({ ok: true })
    },
  )

  it('leaves an empty file when the first line of it was torn', async () => {
    mkdirSync(auditFolder(data), { recursive: true })
    writeFileSync(fileOf(1), '{"number":1,"at')
    const { log, troubles } = await open()
    expect({ troubles, size: statSync(fileOf(1)).size, head: log.head }).toEqual({
      troubles: [],
      size: 0,
      head: EMPTY,
    })
    await log.append(body('a'))
    expect(await verified()).toMatchObject({ ok: true })
  })

  it('is seen by a reader as a damaged line, while nobody has opened the log again', async () => {
    await write('a')
    appendFileSync(fileOf(1), '{"number":2')
    expect(await verified()).toEqual({
      ok: false,
      line: 2,
      reason: 'it is not an entry of an audit log',
    })
    expect(await whats()).toEqual(['a'])
  })

  it('before its head was stored leaves an entry more, which counts', async () => {
    await write('a')
    const before = store.kept.get('audit')
    await write('b')
    store.kept.set('audit', before)
    expect(await write('c')).toEqual([])
    expect(await whats()).toEqual(['a', 'b', 'c'])
  })
})

describe('entries that the store does not know', () => {
  /** The store as it was after so many entries of those that are written. */
  async function behind(known: number, written: number): Promise<string[]> {
    await write(...Array.from({ length: known }, (_, at) => `known ${at}`))
    const before = await headIn(store)
    await write(...Array.from({ length: written - known }, (_, at) => `later ${at}`))
    store.kept.set('audit', before)
    return (await open()).troubles
  }

  it.each([0, 1])('are said to nobody when a crash explains them: %i', async (more) => {
    expect(await behind(3, 3 + more)).toEqual([])
  })

  it.each([2, 3, 20])(
    'are told when only a loss of power or a restored store explains them: %i',
    async (more) => {
      expect(await behind(3, 3 + more)).toEqual([
        expect.stringContaining(`has ${more} entries after entry 3, the newest that the store knows`),
      ])
      // They count from now on, and are told once.
      expect((await open()).troubles).toEqual([])
      expect((await whats()).filter((what) => what.startsWith('later'))).toHaveLength(more)
    },
  )

  it('are told also where the store of the run before knows less', async () => {
    await write('a', 'b')
    const before = await headIn(store)
    await write('c', 'd', 'e')
    store = headStore()
    const { troubles } = await open({ headBefore: async () => before })
    expect(troubles).toEqual([expect.stringContaining('has 3 entries after entry 2')])
  })

  it('are none for a store that never knew any', async () => {
    await write('a', 'b', 'c')
    store = headStore()
    expect((await open()).troubles).toEqual([])
  })
})

describe('damage', () => {
  it('of a single byte, anywhere, is told with the line of that byte', async () => {
    await write('a', 'é ü ☃', '😀 \ufffd end')
    const whole = readFileSync(fileOf(1))
    const known = await headIn(store)
    const lineOf = (at: number) => whole.subarray(0, at).toString('latin1').split('\n').length
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, difference) => {
          const changed = Buffer.from(whole)
          changed[at] = (changed[at] ?? 0) ^ difference
          writeFileSync(fileOf(1), changed)
          expect(await checkChain(linesOf(data), known)).toMatchObject({ ok: false, line: lineOf(at) })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('of a character that no text has is told, also where the entry holds a replacement character', async () => {
    await write('a', 'odd \ufffd')
    const changed = readFileSync(fileOf(1))
    // Decoded, these three bytes are the same character as before.
    changed[changed.indexOf(Buffer.from('\ufffd'))] = 0xf1
    writeFileSync(fileOf(1), changed)
    expect(await verified()).toMatchObject({ ok: false, line: 2 })
  })

  it('is told again by each process that opens the log, and the first line stays the one that is told', async () => {
    await write('a', 'b', 'c')
    writeFileSync(fileOf(1), readFileSync(fileOf(1), 'utf8').replace('"what":"b"', '"what":"x"'))
    const sentence = `the audit log in ${auditFolder(data)} was changed at line 2: it was changed: its hash does not match`
    expect(await write('d')).toEqual([sentence])
    expect(await write('e')).toEqual([sentence])
    expect((await linesNow()).map((line) => JSON.parse(line).what)).toEqual([
      ...['a', 'x', 'c', 'damaged', 'd', 'damaged', 'e'],
    ])
  })

  it('by two writers at once is told, also by a process that knows no head', async () => {
    const one = await open()
    const other = await open()
    await one.log.append(body('mine'))
    await other.log.append(body('yours'))
    const reason = 'it differs from the entry that the store has under this number'
    expect(await verified()).toEqual({ ok: false, line: 1, reason })
    store.kept.clear()
    expect(await write('next')).toEqual([expect.stringContaining('line 2: it is entry 1, expected 2')])
  })

  it('of the whole log is told as missing entries', async () => {
    await write('a', 'b')
    rmSync(auditFolder(data), { recursive: true })
    expect(await write('c')).toEqual([expect.stringContaining('line 1: the entries 1 to 2 are missing')])
  })

  it('of the stored head is not taken for a head', async () => {
    await write('a')
    store.kept.set('audit', { number: 'many', hash: 'none' })
    expect(await write('b')).toEqual([])
    expect(store.kept.get('audit')).toMatchObject({ number: 2 })
  })
})

describe('the store of the run before', () => {
  it('is asked only when this one knows no head', async () => {
    let asked = 0
    const headBefore = async () => {
      asked += 1
      return undefined
    }
    await (await open({ headBefore })).log.close()
    await (await open({ headBefore })).log.close()
    expect(asked).toBe(1)
  })

  it('finds entries that were cut off', async () => {
    await write('a', 'b')
    const known = await headIn(store)
    const [first = ''] = await linesNow()
    writeFileSync(fileOf(1), `${first}\n`)
    store.kept.clear()
    const { troubles } = await open({ headBefore: async () => known })
    expect(troubles).toEqual([expect.stringContaining('line 2: the entries 2 to 2 are missing')])
  })
})

describe('verifying without a run', () => {
  it('says how many entries there are and names the last', async () => {
    expect(await verifyAudit(data, { env: {}, nats: undefined })).toEqual({
      ok: true,
      entries: 0,
      head: EMPTY.hash,
    })
    await write('a', 'b')
    expect(await verifyAudit(data, { env: {}, nats: undefined })).toEqual({
      ok: true,
      entries: 2,
      head: (await headIn(store))?.hash,
    })
  })

  it('does not forget damage that a process found, although all entries after it follow', async () => {
    await write('a', 'b')
    const [first = ''] = await linesNow()
    writeFileSync(fileOf(1), `${first}\n`)
    await write('c')
    expect(await verifyAudit(data, { env: {}, nats: undefined })).toEqual({
      ok: false,
      line: 2,
      reason: expect.stringContaining('the entries 2 to 2 are missing'),
    })
  })

  it.each([
    ['the folder is a file', (folder: string) => writeFileSync(folder, 'x')],
    [
      'a file of it is a folder',
      (folder: string) => mkdirSync(join(folder, '000001.jsonl'), { recursive: true }),
    ],
  ])('tells a log that cannot be read because %s, with the way out', async (_, spoil) => {
    spoil(auditFolder(data))
    for (const read of [() => readAudit(data), () => verifyAudit(data, { env: {}, nats: undefined })])
      await expect(read()).rejects.toMatchObject({
        name: 'UserError',
        code: 'audit_unreadable',
        message: expect.stringContaining(`the audit log in ${auditFolder(data)} cannot be read: `),
        wayOut: expect.stringContaining('--data DIR'),
      })
  })
})
