// Objects' exam
//
// Owns:   what every implementation of Objects must do, as tests that know nothing but the port and a few levers.

import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bytes, Objects } from '../../transport/index.ts'

export interface ObjectsSubject {
  readonly objects: Objects
  /** Breaks what is stored of an object. */
  damage(name: string): Promise<void>
  close(): Promise<void>
}

export function objectsContract(name: string, open: () => Promise<ObjectsSubject>): void {
  describe(`objects: ${name}`, () => {
    let subject: ObjectsSubject
    let objects: Objects

    beforeEach(async () => {
      subject = await open()
      objects = subject.objects
    })
    afterEach(async () => {
      await objects.destroy()
      await subject.close()
    })

    async function read(name: string): Promise<Buffer | undefined> {
      const bytes = await objects.get(name)
      if (bytes === undefined) return undefined
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) chunks.push(chunk)
      return Buffer.concat(chunks)
    }

    test('before anything was put there is nothing, and nothing to delete', async () => {
      expect(await read('a')).toBeUndefined()
      expect(await objects.has('a')).toBe(false)
      await objects.delete('a')
    })

    test.each([0, 1, 131_072, 3_000_000])('%d bytes come out as they went in', async (size) => {
      const bytes = randomBytes(size)
      await objects.put('an object', [bytes.subarray(0, size / 2), bytes.subarray(size / 2)])
      expect((await read('an object'))?.equals(bytes)).toBe(true)
      expect(await objects.has('an object')).toBe(true)
    })

    test('names may be any text', async () => {
      const names = ['code/a-b', 'ä b', 'a.b', '*', '>', 'x'.repeat(200)]
      for (const each of names) await objects.put(each, [Buffer.from(each)])
      for (const each of names) expect(String(await read(each))).toBe(each)
    })

    test('another under the same name takes its place', async () => {
      await objects.put('a', [Buffer.from('first')])
      await objects.put('a', [Buffer.from('second')])
      expect(String(await read('a'))).toBe('second')
    })

    test('a source that breaks leaves what was there', async () => {
      await objects.put('a', [Buffer.from('first')])
      async function* broken() {
        yield randomBytes(300_000)
        throw new Error('the disk is gone')
      }
      await expect(objects.put('a', broken())).rejects.toThrow('the disk is gone')
      expect(String(await read('a'))).toBe('first')
      await expect(objects.put('b', broken())).rejects.toThrow('the disk is gone')
      expect(await objects.has('b')).toBe(false)
    })

    test('what is deleted is gone, the others are not', async () => {
      for (const each of ['a', 'b']) await objects.put(each, [Buffer.from(each)])
      await objects.delete('a')
      expect(await read('a')).toBeUndefined()
      expect(await objects.has('a')).toBe(false)
      expect(String(await read('b'))).toBe('b')
    })

    test.each([1_000, 400_000])('of %d bytes with some missing not all can be read', async (size) => {
      await objects.put('a', [randomBytes(size)])
      await subject.damage('a')
      await expect(read('a')).rejects.toMatchObject({ code: 'damaged' })
    })

    test('reading may be given up half-way', async () => {
      await objects.put('a', [randomBytes(1_000_000)])
      for await (const chunk of (await objects.get('a')) ?? []) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
      expect((await read('a'))?.length).toBe(1_000_000)
    })

    describe('the source of an object', () => {
      const sources: [string, () => Bytes, string][] = [
        ['a list of chunks', () => [Buffer.from('ab'), Buffer.from('c')], 'abc'],
        ['a list of nothing', () => [], ''],
        ['chunks that are empty', () => [Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(0)], 'a'],
        ['a view into a larger buffer', () => [new Uint8Array(Buffer.from('xabcx')).subarray(1, 4)], 'abc'],
        [
          'a generator',
          function* () {
            yield Buffer.from('a')
            yield Buffer.from('b')
          },
          'ab',
        ],
        [
          'a slow source',
          async function* () {
            for (const each of 'abc') {
              await new Promise((done) => setImmediate(done))
              yield Buffer.from(each)
            }
          },
          'abc',
        ],
        ['a stream', () => Readable.from([Buffer.from('a'), Buffer.from('b')]), 'ab'],
      ]
      test.each(sources)('may be %s', async (_, source, expected) => {
        await objects.put('a', source())
        expect(String(await read('a'))).toBe(expected)
        expect(await objects.has('a')).toBe(true)
      })

      test('that fails before its first chunk leaves nothing', async () => {
        const broken: Bytes = {
          [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no disk')) }),
        }
        await expect(objects.put('a', broken)).rejects.toThrow('no disk')
        expect(await objects.has('a')).toBe(false)
      })

      test('may reuse its buffer after each chunk', async () => {
        const buffer = Buffer.alloc(4)
        await objects.put(
          'a',
          (async function* () {
            for (const each of ['one.', 'two.']) {
              buffer.write(each)
              yield buffer
              await new Promise((done) => setImmediate(done))
            }
          })(),
        )
        expect(String(await read('a'))).toBe('one.two.')
      })
    })

    test('two puts of one name at once leave one of the two, whole', async () => {
      const [one, other] = [randomBytes(300_000), randomBytes(200_000)]
      await Promise.all([objects.put('a', [one]), objects.put('a', [other])])
      const stored = await read('a')
      expect([one, other].some((each) => stored?.equals(each))).toBe(true)
    })

    test('puts of many names at once are all there', async () => {
      const names = Array.from({ length: 20 }, (_, at) => `object ${at}`)
      await Promise.all(names.map((each) => objects.put(each, [Buffer.from(each)])))
      for (const each of names) expect(String(await read(each))).toBe(each)
    })

    test('an object that is removed or replaced while it is read gives all its bytes or fails', async () => {
      const bytes = randomBytes(1_000_000)
      for (const change of [() => objects.delete('a'), () => objects.put('a', [Buffer.from('other')])]) {
        await objects.put('a', [bytes])
        const chunks: Uint8Array[] = []
        const outcome = await (async () => {
          for await (const chunk of (await objects.get('a')) ?? []) {
            if (chunks.push(chunk) === 1) await change()
          }
          return 'whole'
        })().catch((error) => error.code)
        if (outcome === 'whole') expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
        else expect(outcome).toBe('damaged')
      }
      expect(String(await read('a'))).toBe('other')
    })

    test('an object is read by several at once, each from its beginning', async () => {
      const bytes = randomBytes(500_000)
      await objects.put('a', [bytes])
      const all = await Promise.all([read('a'), read('a'), read('a')])
      for (const each of all) expect(each?.equals(bytes)).toBe(true)
    })

    test('storage that is made before or twice changes nothing', async () => {
      await objects.make()
      expect(await read('a')).toBeUndefined()
      await objects.put('a', [Buffer.from('a')])
      await objects.make()
      expect(String(await read('a'))).toBe('a')
    })

    test('what is deleted can be deleted again, and put again', async () => {
      await objects.put('a', [Buffer.from('first')])
      await objects.delete('a')
      await objects.delete('a')
      await objects.put('a', [Buffer.from('second')])
      expect(String(await read('a'))).toBe('second')
    })

    test('a damaged object can be replaced and deleted', async () => {
      for (const mend of [() => objects.put('a', [Buffer.from('sound')]), () => objects.delete('a')]) {
        await objects.destroy()
        await objects.put('a', [randomBytes(300_000)])
        await subject.damage('a')
        await expect(read('a')).rejects.toMatchObject({
          code: 'damaged',
          message: expect.stringMatching(/^object a cannot be read: /),
        })
        await mend()
        expect([undefined, 'sound']).toContain((await read('a'))?.toString())
      }
    })

    test('after all are removed there is nothing, and room for new ones', async () => {
      await objects.put('a', [Buffer.from('a')])
      await objects.destroy()
      expect(await read('a')).toBeUndefined()
      await objects.destroy()
      await objects.put('b', [Buffer.from('b')])
      expect(String(await read('b'))).toBe('b')
    })
  })
}
