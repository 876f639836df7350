// Files and texts on their way as objects: whole or not at all, counted, gone from the disk afterwards, fetched once.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { found, inBox, openBoxes } from '../../../app/nodes/boxes.ts'
import {
  fetchText,
  sendFile,
  sendText,
  together,
  withFile,
  withFiles,
} from '../../../app/nodes/object-files.ts'
import { objectOf, openPayloads } from '../../../app/nodes/question.ts'
import { type MemoryObjects, type Objects, openMemoryObjects } from '../../../transport/index.ts'
import { scratch } from '../../cli/scratch.ts'

let objects: MemoryObjects
let folder: string
beforeEach(() => {
  objects = openMemoryObjects()
  folder = scratch()
})
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)
const broken = (message: string): Objects => ({
  ...objects,
  put: () => Promise.reject(new Error(message)),
  get: () => Promise.reject(new Error(message)),
})

describe('a file that is sent', () => {
  it('is an object of its bytes, and goes from the disk', async () => {
    const file = join(folder, 'bundle')
    const bytes = Buffer.from([0, 255, 10, 13, 0x1f, 0x8b])
    writeFileSync(file, bytes)
    await sendFile(objects, 'work/1', file)
    expect(existsSync(file)).toBe(false)
    expect(await withFile(objects, 'work/1', async (got) => readFileSync(got))).toEqual(bytes)
  })

  it('goes from the disk also when it could not be sent, and may be sent again', async () => {
    const file = join(folder, 'bundle')
    writeFileSync(file, 'x')
    expect(await failure(sendFile(broken('cut off'), 'work/1', file))).toMatchObject({
      retryable: true,
      message: 'cut off',
    })
    expect(existsSync(file)).toBe(false)
  })

  it('that is not there leaves no object', async () => {
    expect(await failure(sendFile(objects, 'work/1', join(folder, 'gone')))).toMatchObject({
      retryable: true,
    })
    expect(await objects.has('work/1')).toBe(false)
  })
})

describe('files that are fetched', () => {
  it('are there, in their order, for as long as they are used', async () => {
    for (const name of ['a', 'b', 'c']) await objects.put(name, [Buffer.from(`of ${name}`)])
    let place = ''
    const texts = await withFiles(objects, ['c', 'a', 'b'], async (files) => {
      place = dirname(files[0] ?? '')
      return files.map((file) => readFileSync(file, 'utf8'))
    })
    expect(texts).toEqual(['of c', 'of a', 'of b'])
    expect(existsSync(place)).toBe(false)
  })

  it('are gone when their use fails, whose error is told as it is', async () => {
    await objects.put('a', [Buffer.from('x')])
    let place = ''
    const error = await failure(
      withFile(objects, 'a', async (file) => {
        place = dirname(file)
        throw new TypeError('not a bundle')
      }),
    )
    expect(error).toBeInstanceOf(TypeError)
    expect(error).not.toHaveProperty('retryable')
    expect(existsSync(place)).toBe(false)
  })

  it('may be none', async () => {
    expect(await withFiles(objects, [], async (files) => files.length)).toBe(0)
  })

  it.each<[string, () => Promise<void> | void, string]>([
    ['is not there', () => {}, 'object a is not there'],
    [
      'is damaged',
      async () => {
        await objects.put('a', [Buffer.from('text')])
        objects.damage('a')
      },
      'SHA-256',
    ],
  ])('of which one %s are none, and worth another try', async (_, make, message) => {
    await objects.put('first', [Buffer.from('x')])
    await make()
    let isUsed = false
    const error = await failure(
      withFiles(objects, ['first', 'a'], async () => {
        isUsed = true
      }),
    )
    expect(error).toMatchObject({ retryable: true, message: expect.stringContaining(message) })
    expect(isUsed).toBe(false)
  })

  it('have no more bytes than they may, whatever the sender says', async () => {
    await objects.put('a', [Buffer.alloc(300_000, 1)])
    const use = async (files: readonly string[]) => readFileSync(files[0] ?? '').length
    expect(await withFiles(objects, ['a'], use, 300_000)).toBe(300_000)
    expect(await failure(withFiles(objects, ['a'], use, 299_999))).toMatchObject({
      retryable: true,
      message: 'object a has more than 299999 bytes',
    })
  })
})

describe('a text', () => {
  it.each(['', 'plain', 'é✓\u0000𝄞', 'x'.repeat(400_000)])(
    'is the same on the other side: %.20j',
    async (text) => {
      await sendText(objects, 't', text)
      expect(await fetchText(objects, 't')).toBe(text)
    },
  )

  it('that cannot be sent may be sent again', async () => {
    expect(await failure(sendText(broken('no space'), 't', 'x'))).toMatchObject({ retryable: true })
    expect(await failure(fetchText(broken('cut off'), 't'))).toMatchObject({ retryable: true })
  })
})

describe('work of the same name', () => {
  it('is done once for all that ask meanwhile, and again afterwards', async () => {
    const once = together()
    let times = 0
    const { promise, resolve } = Promise.withResolvers<void>()
    const work = async () => {
      times += 1
      await promise
      return times
    }
    const all = [once('a', work), once('a', work), once('a', work)]
    resolve()
    expect(await Promise.all(all)).toEqual([1, 1, 1])
    expect(await once('a', work)).toBe(2)
  })

  it('fails for all that ask meanwhile, and is tried again afterwards', async () => {
    const once = together()
    let times = 0
    const work = async () => {
      times += 1
      if (times === 1) throw new Error('first')
      return times
    }
    expect(await Promise.all([once('a', work), once('a', work)].map(failure))).toEqual([
      new Error('first'),
      new Error('first'),
    ])
    expect(await once('a', work)).toBe(2)
  })

  it('does not hold up other work', async () => {
    const once = together()
    void once('slow', () => new Promise(() => {}))
    expect(await once('quick', async () => 'done')).toBe('done')
  })
})

describe('a payload', () => {
  const MAX = 16 * 1024
  const LIMIT = MAX / 2 - 1_024
  const payloads = () => openPayloads(objects, { maxPayload: MAX })
  /** A value whose JSON has so many bytes. */
  const sized = (bytes: number) => 'x'.repeat(bytes - 2)

  it.each([
    [LIMIT, 'text'],
    [LIMIT + 1, 'object'],
  ])('of %i bytes travels as %s', async (bytes, how) => {
    const payload = await payloads().wrap('question/1', sized(bytes))
    expect(Object.keys(payload)).toEqual([how])
    expect(await payloads().unwrap(payload, z.string())).toBe(sized(bytes))
  })

  it('is measured in bytes, not in characters', async () => {
    expect(await payloads().wrap('q', '✓'.repeat(LIMIT / 2))).toEqual({ object: 'q' })
  })

  it('never travels in a message with more than 128 KiB, whatever the server takes', async () => {
    const wide = openPayloads(objects, { maxPayload: 64 * 1024 ** 2 })
    expect(await wide.wrap('q', sized(128 * 1024))).toHaveProperty('text')
    expect(await wide.wrap('q', sized(128 * 1024 + 1))).toEqual({ object: 'q' })
  })

  it('is checked by its schema, in a message and as an object', async () => {
    await objects.put('q', [Buffer.from('3')])
    for (const payload of [{ text: '3' }, { object: 'q' }])
      expect(await failure(payloads().unwrap(payload, z.string()))).toMatchObject({ name: 'ZodError' })
  })

  it.each(['', '{', '[1,', `${'['.repeat(100_000)}`])('that is no JSON fails: %.10j', async (text) => {
    expect(await failure(payloads().unwrap({ text }, z.unknown()))).toBeInstanceOf(Error)
  })

  it('is discarded with its object, and one that cannot be discarded fails nothing', async () => {
    const payload = await payloads().wrap('q', sized(LIMIT + 1))
    await payloads().discard(payload)
    expect(await objects.has('q')).toBe(false)
    await payloads().discard({ text: 'x' })
    const stuck = { ...objects, delete: () => Promise.reject(new Error('no')) }
    await openPayloads(stuck, { maxPayload: MAX }).discard({ object: 'q' })
  })

  it('has a name of its own for each call and each direction, in which no part of the key is left', () => {
    const names = [objectOf('question', 'a/1'), objectOf('answer', 'a/1'), objectOf('question', 'a/2')]
    expect(new Set(names).size).toBe(3)
    for (const name of names) expect(name).toMatch(/^(question|answer)\/[0-9a-f]{64}$/)
  })
})

describe('the boxes of nodes', () => {
  it('are opened once each', () => {
    const opened: string[] = []
    const boxes = openBoxes((member) => {
      opened.push(member)
      return openMemoryObjects()
    })
    expect(boxes.of('node-a')).toBe(boxes.of('node-a'))
    expect(boxes.of('node-b')).not.toBe(boxes.of('node-a'))
    expect(opened).toEqual(['node-a', 'node-b'])
  })

  it('are found by the name that a node gave its work', () => {
    const boxes = openBoxes(() => objects)
    expect(found(boxes, inBox('node-a-1', 'work/abc'))).toEqual({ objects, name: 'work/abc' })
  })

  it.each([
    '',
    'work/abc',
    'main/work',
    'node-/x',
    'node-A/x',
    'node-a',
    'node-a/',
    '/node-a/x',
    'node-a b/x',
  ])('are none of %j', (reference) => {
    expect(() =>
      found(
        openBoxes(() => objects),
        reference,
      ),
    ).toThrow(
      expect.objectContaining({
        code: 'bad_name',
        message: `${JSON.stringify(reference)} is not an object of a node`,
      }),
    )
  })

  it('leave nothing on the disk of what was fetched', async () => {
    await objects.put('a', [Buffer.from('x')])
    mkdirSync(join(folder, 'tmp'))
    const before = process.env.TMPDIR
    process.env.TMPDIR = join(folder, 'tmp')
    try {
      await withFile(objects, 'a', async () => {})
      await failure(withFile(objects, 'gone', async () => {}))
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    }
    expect(readdirSync(join(folder, 'tmp'))).toEqual([])
  })
})
