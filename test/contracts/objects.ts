// Objects' exam
//
// Owns:   what every implementation of Objects must do, as tests that know nothing but the port and a few levers.

import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Objects } from '../../transport/index.ts'

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
