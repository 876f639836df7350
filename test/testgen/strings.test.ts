// Strings: texts and numbers worth trying come from the module, from what a parameter is called, and from what is
// awkward everywhere.

import { describe, expect, it } from 'vitest'
import type { Literals } from '../../testgen/descriptors.ts'
import { createRandom } from '../../testgen/random.ts'
import { someNumber, someText } from '../../testgen/search/strings.ts'

const none: Literals = { examples: [], distant: [], strings: [], numbers: [], regexes: [], keys: [] }

function texts(name: string, literals: Partial<Literals> = {}, count = 400): ReadonlySet<string> {
  const random = createRandom(`texts:${name}`)
  return new Set(Array.from({ length: count }, () => someText(name, { ...none, ...literals }, random)))
}

function numbers(name: string, literals: Partial<Literals> = {}, count = 600): ReadonlySet<number> {
  const random = createRandom(`numbers:${name}`)
  return new Set(Array.from({ length: count }, () => someNumber({ ...none, ...literals }, random, name)))
}

describe('texts', () => {
  it.each<[string, RegExp]>([
    ['url', /^https:\/\//],
    ['uri', /^https:\/\//],
    ['link', /^mailto:/],
    ['filePath', /\.\./],
    ['directory', /\\/],
    ['email', /@example\.com/],
    ['date', /^2024-02-29$/],
    ['startTime', /^12:30$/],
    ['json', /^\{"a":1\}$/],
    ['queryString', /^\?a=1/],
    ['colour', /^#ff0000$/],
    ['color', /^rgb\(/],
    ['version', /^\^1\.2\.0$/],
    ['semver', /beta/],
    ['fullName', /^Ada Lovelace$/],
    ['csv', /,/],
    ['html', /^<p>/],
    ['locale', /^de-DE$/],
    ['expression', /^1 \+ 2/],
    ['hostname', /Ada|ada|John/],
    ['ip', /^127\.0\.0\.1$/],
    ['cookie', /Path=/],
    ['ttl', /^1h$/],
    ['price', /^EUR$|^12\.50$/],
  ])('for a parameter called %s', (name, expected) => {
    expect([...texts(name)].some((text) => expected.test(text))).toBe(true)
  })

  it.each(['', ' ', '0', '-1', 'NaN', 'null', '日本', '😀', '"', "'", '\\', '__proto__', '%20'])(
    'include %j, whatever the name',
    (awkward) => {
      expect(texts('anything', {}, 3000)).toContain(awkward)
    },
  )

  it.each<[string, Partial<Literals>, string]>([
    ['its literals', { strings: ['magic-word'] }, 'magic-word'],
    ['texts of its documentation', { examples: ['an example'] }, 'an example'],
    ['texts of other modules', { distant: ['far away'] }, 'far away'],
    ['names of its fields', { keys: ['fieldName'] }, 'fieldName'],
    ['matches of its patterns', { regexes: [{ source: '^only-this$', flags: '' }] }, 'only-this'],
    ['its numbers', { numbers: [31337] }, '31337'],
  ])('include %s', (_name, literals, text) => {
    expect(texts('anything', literals, 1500)).toContain(text)
  })

  it('join pieces with the short literals of the module', () => {
    const all = [...texts('anything', { strings: ['::', 'left', 'right'] }, 1500)]
    expect(all.some((text) => /(left|right)::(left|right)/.test(text))).toBe(true)
    // Words that are not its own are only joined.
    expect(all.some((text) => /^(foo|bar|hello|abc)::/.test(text))).toBe(true)
  })

  it('put signs, names and numbers in a row, as a small language has them', () => {
    const all = [...texts('anything', { strings: ['+', '*', '('], keys: ['sin'] }, 1500)]
    expect(all.some((text) => /\d ?[+*(]/.test(text) && /sin/.test(text))).toBe(true)
  })

  it('are the same for the same seed', () => {
    expect(texts('name', { strings: ['a'] })).toEqual(texts('name', { strings: ['a'] }))
  })
})

describe('numbers', () => {
  it.each([0, 1, -1, 0.5, 10, 255, 256, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 1e21, 0.1])(
    'include %d',
    (number) => {
      expect(numbers('value', {}, 3000).has(number)).toBe(true)
    },
  )

  it('include -0', () => {
    expect([...numbersInOrder()].some((number) => Object.is(number, -0))).toBe(true)
  })

  it.each([
    [500, 500],
    [500, 501],
    [500, 499],
    [500, -500],
    [500, 1000],
    [500, 5000],
    [500, 250],
  ])('around the literal %d include %d', (literal, number) => {
    expect(numbers('value', { numbers: [literal] }, 3000)).toContain(number)
  })

  it.each(['time', 'createdDate', 'timestamp', 'now'])('for %s include moments', (name) => {
    expect(numbers(name)).toContain(1_705_320_000_000)
    expect(numbers('size')).not.toContain(1_705_320_000_000)
  })
})

function numbersInOrder(): readonly number[] {
  const random = createRandom('minus zero')
  return Array.from({ length: 2000 }, () => someNumber(none, random))
}
