// Channel: messages arrive whole and in order however the bytes are cut, and a line that is no message hurts nobody.

import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineReader, decodeLine, encodeLine } from '../../testgen/channel.ts'
import { primitive } from './arbitrary.ts'

/** Reads chunks and returns the messages. */
function read(chunks: readonly string[]): readonly unknown[] {
  const messages: unknown[] = []
  const reader = createLineReader((message) => messages.push(message))
  for (const chunk of chunks) reader(chunk)
  return messages
}

const message = fc
  .record({
    kind: fc.constantFrom('found', 'progress', 'ran'),
    value: primitive,
    list: fc.array(primitive, { maxLength: 4 }),
  })
  .map((one) => ({ ...one }))

describe('a line', () => {
  it.each([
    ['NaN', Number.NaN],
    ['-0', -0],
    ['undefined', undefined],
    ['an infinite number', Number.NEGATIVE_INFINITY],
    ['a big integer', 12n ** 30n],
    ['a line break in a text', 'a\nb\r\n\u2028'],
    ['a lone surrogate', '\ud800'],
    ['a zero byte', '\0'],
    ['a hole and a missing field', { list: [1, undefined], none: undefined }],
    ['a map', new Map([['a', new Set([1])]])],
    ['bytes', new Uint8Array([0, 10, 255])],
  ])('keeps %s', (_name, value) => {
    const line = encodeLine({ kind: 'found', value })
    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(decodeLine(line)).toStrictEqual({ kind: 'found', value })
  })

  it('keeps any message', () => {
    fc.assert(
      fc.property(message, (one) => {
        expect(decodeLine(encodeLine(one))).toStrictEqual(one)
      }),
      { seed: 1 },
    )
  })
})

describe('a reader of lines', () => {
  it('gives the same messages however the text is cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat()), (messages, cuts) => {
        const text = messages.map(encodeLine).join('')
        const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b)
        const chunks = places.slice(1).map((end, index) => text.slice(places[index], end))
        expect(chunks.join('')).toBe(text)
        expect(read(chunks)).toStrictEqual(messages)
      }),
      { seed: 2 },
    )
  })

  it('hands a message on as soon as its line ends, not before', () => {
    const line = encodeLine({ kind: 'loaded' })
    expect(read([line.slice(0, -1)])).toEqual([])
    expect(read([line.slice(0, -1), '\n'])).toEqual([{ kind: 'loaded' }])
  })

  it('drops a message whose end never comes', () => {
    const line = encodeLine({ kind: 'loaded' })
    expect(read([line, line.slice(0, 12)])).toEqual([{ kind: 'loaded' }])
  })

  it.each([
    ['text of a program', 'Hello from the code under test\n'],
    ['base64 of something else', `${Buffer.from('something else').toString('base64')}\n`],
    ['a cut message', `${encodeLine({ kind: 'loaded', targets: ['a', 'b'] }).slice(0, 16)}\n`],
    [
      'a message with bytes missing inside',
      encodeLine({ kind: 'loaded', targets: ['abc'] }).replace(/.{8}\n/, '\n'),
    ],
    ['signs only', '%%%%\n'],
    ['a number', encodeLine(5)],
    ['nothing', encodeLine(undefined)],
    ['null', encodeLine(null)],
    ['a text', encodeLine('found')],
    ['a list', encodeLine([1])],
    ['a message without a kind', encodeLine({ executions: 3 })],
    ['a message whose kind is no text', encodeLine({ kind: 7 })],
  ])('drops %s, and reads what follows', (_name, wrong) => {
    const [before, after] = [
      { kind: 'began', index: 0 },
      { kind: 'ran', index: 0 },
    ]
    expect(read([encodeLine(before), wrong, encodeLine(after)])).toEqual([before, after])
  })

  it('drops any bytes that are no message', () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((one) => `${Buffer.from(one).toString('base64')}\n`)
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            bytes,
            fc.string().map((text) => `${text}\n`),
          ),
          { maxLength: 4 },
        ),
        (lines) => {
          const last = { kind: 'finished' }
          const messages = read([...lines, encodeLine(last)])
          expect(messages.at(-1)).toEqual(last)
          for (const one of messages) expect(one).toMatchObject({ kind: expect.any(String) })
        },
      ),
      { seed: 3 },
    )
  })

  it('skips empty lines', () => {
    expect(read(['\n\n', encodeLine({ kind: 'a' }), '\n', encodeLine({ kind: 'b' })])).toEqual([
      { kind: 'a' },
      { kind: 'b' },
    ])
  })

  it('reads a message of a megabyte that comes in small pieces', () => {
    const one = { kind: 'found', text: 'x'.repeat(1_000_000) }
    const line = encodeLine(one)
    const pieces = line.match(/[\s\S]{1,40000}/g) ?? []
    expect(read(pieces)).toEqual([one])
  })

  it('is what the structured clone of Node is', () => {
    const one = { kind: 'found', at: new Date(5) }
    expect(decodeLine(encodeLine(one))).toEqual(deserialize(serialize(one)))
  })
})
