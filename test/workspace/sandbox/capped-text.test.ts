// The output of a command that is kept: all of it up to a limit, and beyond that its beginning and its end.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CappedText } from '../../../workspace/sandbox/capped-text.ts'

const GAP = /\n\[\.\.\. (\d+) bytes left out \.\.\.\]\n/

function kept(limit: number, ...chunks: readonly (string | Uint8Array)[]): string {
  const text = new CappedText(limit)
  for (const chunk of chunks) text.push(Buffer.from(chunk as string))
  return text.text()
}

describe('text up to the limit', () => {
  it.each([
    ['nothing', [], ''],
    ['one chunk', ['abc'], 'abc'],
    ['many chunks', ['a', 'b', 'c', 'd'], 'abcd'],
    ['exactly the limit', ['abcdefgh'], 'abcdefgh'],
  ])('of %s is kept whole', (_what, chunks, expected) => {
    expect(kept(8, ...chunks)).toBe(expected)
  })

  it('is whole where a character lies on both sides of the middle', () => {
    for (const character of ['é', '€', '😀'])
      for (let before = 0; before <= 8; before += 1) {
        const text = `${'x'.repeat(before)}${character}`
        const bytes = Buffer.from(text)
        expect(kept(12, bytes), text).toBe(text)
        expect(kept(12, ...[...bytes].map((byte) => Uint8Array.of(byte))), `${text} by bytes`).toBe(text)
      }
  })
})

describe('text beyond the limit', () => {
  it('is its beginning and its end, and says how many bytes are between', () => {
    expect(kept(8, 'abcdefghij')).toBe('abcd\n[... 2 bytes left out ...]\nghij')
    expect(kept(8, 'abc', 'def', 'ghij')).toBe('abcd\n[... 2 bytes left out ...]\nghij')
  })

  it('keeps one byte more at the beginning when the limit is odd', () => {
    expect(kept(5, 'abcdefgh')).toBe('abc\n[... 2 bytes left out ...]\nfgh')
  })

  it.each([
    ['aaaaaé', 'bbb'],
    ['aaaaa€', 'bbb'],
    ['aaa😀', 'bbb'],
  ])('is not cut inside a character: %s', (beginning, end) => {
    for (let limit = 4; limit <= 16; limit += 1) {
      const text = `${beginning}${'-'.repeat(40)}😀${end}`
      const said = kept(limit, text)
      expect(said, `limit ${limit}`).not.toContain('\ufffd')
      const [, bytes] = GAP.exec(said) ?? []
      const [begin = '', finish = ''] = said.split(GAP.exec(said)?.[0] ?? '\0')
      expect(text.startsWith(begin)).toBe(true)
      expect(text.endsWith(finish)).toBe(true)
      expect(Buffer.byteLength(begin) + Number(bytes) + Buffer.byteLength(finish)).toBe(
        Buffer.byteLength(text),
      )
    }
  })

  it('keeps bytes that are no text as replacement characters, without losing their neighbours', () => {
    const said = kept(
      8,
      Buffer.from([0x61, 0xff, 0x62, 0x63, 0x80, 0x80, 0x80, 0x80, 0x80, 0x64, 0xfe, 0x65]),
    )
    expect(said.startsWith('a\ufffdbc')).toBe(true)
    expect(said.endsWith('d\ufffde')).toBe(true)
  })

  it('counts all bytes that came', () => {
    const text = new CappedText(4)
    for (let at = 0; at < 1000; at += 1) text.push(Buffer.from('0123456789'))
    expect(text.total).toBe(10_000)
    expect(text.text()).toBe('01\n[... 9996 bytes left out ...]\n89')
  })
})

it('says the same however the stream is cut into chunks', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  fc.assert(
    fc.property(
      text,
      fc.array(fc.nat(8), { maxLength: 40 }),
      fc.integer({ min: 1, max: 80 }),
      (said, cuts, limit) => {
        const bytes = Buffer.from(said)
        const chunks: Buffer[] = []
        let at = 0
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut))
          at += cut
        }
        chunks.push(bytes.subarray(at))
        const expected = kept(limit, bytes)
        expect(kept(limit, ...chunks)).toBe(expected)
        if (bytes.length <= limit) expect(expected).toBe(bytes.toString())
      },
    ),
    { numRuns: 300 },
  )
})

it('has no more bytes than the limit, but for the sentence between', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (bytes, limit) => {
      const ascii = Buffer.from(bytes.map((byte) => 0x61 + (byte % 26)))
      const plain = kept(limit, ascii).replace(GAP, '')
      expect(plain.length).toBeLessThanOrEqual(Math.ceil(limit / 2) * 2)
    }),
    { numRuns: 200 },
  )
})
