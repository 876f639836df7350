// JSON from outside: what is too deep is refused before any recursive code sees it, and nothing else is.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isTooDeep, MAX_JSON_DEPTH, parseJson } from '../../kernel/index.ts'

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
