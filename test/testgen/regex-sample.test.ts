// Regex sample: texts that a pattern matches, whatever the pattern.

import { describe, expect, it } from 'vitest'
import { createRandom } from '../../testgen/random.ts'
import { sampleRegex } from '../../testgen/search/regex-sample.ts'

const patterns: readonly RegExp[] = [
  /^v?(\d+)\.(\d+)(?:-([a-z]+))?$/,
  /^[^\0-\x7E]$/,
  /^#(?:[0-9a-f]{3}){1,2}$/i,
  /^(['"])[^'"]*\1$/,
  /^(?<year>\d{4})-(?<month>0[1-9]|1[0-2])-\k<year>$/,
  /^\p{Lu}\p{Ll}+$/u,
  /^[\w.+-]+@[\w-]+\.[a-z]{2,}$/,
  /^\s*\[\s*([^\]]+)\s*\]\s*$/,
  /^\u0041\x42\t$/,
  /^(a|b|cd){2,3}?e*?$/,
  /^[+\-*/]?$/,
]

describe('sampleRegex', () => {
  it.each(patterns)('makes texts that match %s', (pattern) => {
    const random = createRandom(String(pattern))
    const samples = Array.from({ length: 60 }, () => sampleRegex(pattern.source, pattern.flags, random))
    expect(samples.filter((sample) => !pattern.test(sample))).toEqual([])
  })

  it('varies', () => {
    const random = createRandom('x')
    expect(
      new Set(Array.from({ length: 40 }, () => sampleRegex('[a-z]{3}', '', random))).size,
    ).toBeGreaterThan(10)
  })

  it.each([
    '(a*)*',
    '((((((((((((((((a))))))))))))))))',
    '(?=a)b',
    'a{1000000}',
    '(',
    '[',
    '\\',
    '(?<',
    'x{,',
  ])('ends on %s', (source) => {
    expect(sampleRegex(source, '', createRandom('y')).length).toBeLessThanOrEqual(200)
  })
})
