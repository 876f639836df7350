// JSON from outside: what is too deep is refused before any recursive code sees it, and nothing else is.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isTooDeep, jsonOf, MAX_JSON_DEPTH, MAX_JSON_VALUES, parseJson } from '../../kernel/index.ts'

/** Arrays and objects in turn, `depth` of them in each other. */
function nested(depth: number, inside = '"}]\\\\\\""'): string {
  const opening = Array.from({ length: depth }, (_, at) => (at % 2 === 0 ? '[' : '{"k":'))
  return `${opening.join('')}${inside}${opening
    .map((each) => (each === '[' ? ']' : '}'))
    .toReversed()
    .join('')}`
}

it('reads what JSON.parse reads, up to the greatest depth', () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'small', maxDepth: 10 }), (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text))
      expect(isTooDeep(JSON.parse(text))).toBe(false)
    }),
  )
})

it('refuses exactly what is nested deeper, whatever stands in its strings', () => {
  const depths = fc.integer({ min: 1, max: 3 * MAX_JSON_DEPTH })
  fc.assert(
    fc.property(depths, fc.string(), (depth, text) => {
      const json = nested(depth, JSON.stringify(text))
      const deep = depth > MAX_JSON_DEPTH
      if (deep) expect(() => parseJson(json)).toThrow('nested more than')
      else expect(parseJson(json)).toEqual(JSON.parse(json))
      expect(isTooDeep(JSON.parse(json))).toBe(deep)
    }),
  )
})

it('refuses 150,000 levels, also where the text is no JSON', () => {
  expect(() => parseJson(nested(150_000))).toThrow('nested more than')
  expect(() => parseJson('['.repeat(150_000))).toThrow(SyntaxError)
  expect(() => parseJson('"'.repeat(3_001))).toThrow(SyntaxError)
  expect(isTooDeep(JSON.parse(nested(150_000)))).toBe(true)
})

it('reads text with many quoted brackets in linear time', () => {
  const text = JSON.stringify('\\"[{'.repeat(200_000))
  expect(parseJson(text)).toBe(JSON.parse(text))
})

/** The number of values in a value, itself included; the names of fields are none. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, each) => sum + valuesIn(each), 1)
}

it('refuses exactly what has more values, however it is written', () => {
  const value = fc.jsonValue({ depthSize: 'small', maxDepth: 6 })
  const spaces = fc.constantFrom(undefined, 1, '\t', '\n\r ')
  fc.assert(
    fc.property(value, spaces, fc.integer({ min: -3, max: 3 }), (given, space, more) => {
      const text = JSON.stringify(given, undefined, space)
      const maxValues = Math.max(0, valuesIn(given) + more)
      if (valuesIn(given) > maxValues) {
        expect(() => parseJson(text, maxValues)).toThrow(`more than ${maxValues} values`)
      } else expect(parseJson(text, maxValues)).toEqual(JSON.parse(text))
    }),
    { numRuns: 500 },
  )
})

it.each([
  ['[1,2,3]', 4],
  ['{"a":1,"b":2}', 3],
  ['[]', 1],
  ['{ }', 1],
  ['[[],[],{}]', 4],
  ['["a,b,[c]","{"]', 3],
  [' 7 ', 1],
  ['"\\",[\\""', 1],
])('counts in %s %i values', (text, values) => {
  expect(parseJson(text, values)).toEqual(JSON.parse(text))
  expect(() => parseJson(text, values - 1)).toThrow(SyntaxError)
})

it('takes as many values as an untrusted sender may send, and not one more', () => {
  const list = (length: number) => JSON.stringify(Array.from({ length }, () => 0))
  expect(parseJson(list(MAX_JSON_VALUES - 1), MAX_JSON_VALUES)).toHaveLength(MAX_JSON_VALUES - 1)
  expect(() => parseJson(list(MAX_JSON_VALUES), MAX_JSON_VALUES)).toThrow('more than 50000 values')
  const empty = (length: number) => JSON.stringify(Array.from({ length }, () => []))
  expect(parseJson(empty(MAX_JSON_VALUES - 1), MAX_JSON_VALUES)).toHaveLength(MAX_JSON_VALUES - 1)
  expect(parseJson(list(2 * MAX_JSON_VALUES))).toHaveLength(2 * MAX_JSON_VALUES)
})

it.each(['', '{', '[1,]', 'undefined', "{'a':1}", '1 2', '"a', '[1', nested(MAX_JSON_DEPTH + 1)])(
  'gives undefined for %j, where parsing throws',
  (text) => {
    expect(jsonOf(text)).toBeUndefined()
    expect(() => parseJson(text)).toThrow(SyntaxError)
  },
)

it.each(['null', '0', '"a"', '[]', '{"a":[1,{"b":null}]}', ' true '])('gives the value of %j', (text) => {
  expect(jsonOf(text)).toEqual(JSON.parse(text))
})
