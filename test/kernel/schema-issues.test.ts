// The texts of schema errors: they name the place and stay short, however large the input and however many its faults.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeIssues, issueTexts } from '../../kernel/index.ts'

function errorOf(schema: z.ZodType, value: unknown): z.ZodError {
  const { error } = schema.safeParse(value)
  if (!error) throw new Error('the value is right')
  return error
}

const order = z.strictObject({ id: z.string(), lines: z.array(z.object({ count: z.int().positive() })) })

describe('issue texts', () => {
  const cases: [string, unknown, string[]][] = [
    ['the value itself', 7, ['order: Invalid input: expected object, received number']],
    ['a field', { id: 1, lines: [] }, ['id: Invalid input: expected string, received number']],
    ['a missing field', { lines: [] }, ['id: Invalid input: expected string, received undefined']],
    [
      'a field in a list',
      { id: 'a', lines: [{ count: 1 }, { count: 0 }] },
      ['lines.1.count: Too small: expected number to be >0'],
    ],
    ['a field too many', { id: 'a', lines: [], more: 1 }, ['order: Unrecognized key: "more"']],
  ]

  it.each(cases)('name %s', (_, value, texts) => {
    expect(issueTexts(errorOf(order, value), 'order')).toEqual(texts)
  })

  it('are one for each fault, in the order of the fields', () => {
    const error = errorOf(z.object({ a: z.string(), b: z.number(), c: z.boolean() }), {})
    expect(issueTexts(error, 'x').map((text) => text.split(':')[0])).toEqual(['a', 'b', 'c'])
  })

  it.each([
    [4, 0],
    [5, 0],
    [6, 1],
    [1_000, 995],
  ])('of %i faults say that %i are left out', (faults, left) => {
    const error = errorOf(
      z.array(z.string()),
      Array.from({ length: faults }, () => 1),
    )
    const texts = issueTexts(error, 'list')
    const told = texts.filter((text) => text.includes('expected string'))
    expect(told).toHaveLength(Math.min(faults, 5))
    expect(texts.slice(told.length)).toEqual(left === 0 ? [] : [`and ${left} more`])
    const description = describeIssues(error)
    expect(description.includes('more')).toBe(left > 0)
    if (left > 0) expect(description.split('\n').at(-1)).toBe(`and ${left} more`)
  })

  it('stay short when a value or a name is long', () => {
    const long = 'x'.repeat(100_000)
    const record = z.record(z.string(), z.number())
    const strict = z.strictObject({})
    for (const error of [errorOf(record, { [long]: 'a' }), errorOf(strict, { [long]: 1 })]) {
      for (const text of issueTexts(error, 'it')) expect(text.length).toBeLessThanOrEqual(301)
      expect(describeIssues(error).length).toBeLessThanOrEqual(700)
    }
  })

  it('are at most six, of at most 301 characters each, for any wrong value', () => {
    const schema = z.record(z.string(), z.array(z.int().max(3)))
    const value = fc.dictionary(fc.string({ maxLength: 2_000 }), fc.array(fc.anything(), { maxLength: 30 }))
    fc.assert(
      fc.property(value, (given) => {
        const { error } = schema.safeParse(given)
        if (!error) return
        const texts = issueTexts(error, 'it')
        expect(texts.length).toBeGreaterThan(0)
        expect(texts.length).toBeLessThanOrEqual(6)
        for (const text of texts) expect(text.length).toBeLessThanOrEqual(301)
        expect(describeIssues(error).length).toBeLessThanOrEqual(5 * 700)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a description', () => {
  it('has the fault and its place, for a person', () => {
    const text = describeIssues(errorOf(order, { id: 'a', lines: [{ count: 0 }] }))
    expect(text).toBe('✖ Too small: expected number to be >0\n  → at lines[0].count')
  })

  it('of the value itself has no place', () => {
    expect(describeIssues(errorOf(order, null))).toBe('✖ Invalid input: expected object, received null')
  })
})
