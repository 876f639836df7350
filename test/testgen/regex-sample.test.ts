// Regex sample: texts that a pattern matches, whatever the pattern.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../testgen/random.ts'
import { sampleRegex } from '../../testgen/search/regex-sample.ts'

const samples = (source: string, flags = '', count = 40): readonly string[] => {
  const random = createRandom(source)
  return Array.from({ length: count }, () => sampleRegex(source, flags, random))
}

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
  // Groups that repeat, that are skipped, or that belong to the other side of an alternative.
  /^(a|b){3}-(c)\2$/,
  /^(?:(a)|(b))\1\2$/,
  /^(?:(a)|b)+\1$/,
  /^(a)?b\1$/,
  /^(?:(x)y){0}\1z$/,
  /^((a)|b){2,4}\2$/,
  /^(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\10\1$/,
  /^(?:(?<word>foo)|bar)-\k<word>$/,
  // Classes and escapes.
  /^[\s\S]$/,
  /^[^a-z]\W\D\S$/,
  /^[\d\s][\b][\w-][a\-z][\]]$/,
  /^[--/][!-~]$/,
  /^\cJ\x41\u00e9\0$/,
  /^\u{1F600}[\u{1F600}-\u{1F602}]+$/u,
  /^[\p{L}\d]+[^\p{L}]$/u,
  /^\$\^\.\*\+\?\(\)\[\]\{\}\|\/\\$/,
  /^\f\n\r\t\v$/,
  /^a{2}b{2,}c{0,1}d{0}$/,
  /^x{,3}$/,
  /^(?:straße)+$/i,
  /^.+$/s,
  /^a$\n^b$/m,
  /\bword\b/,
  /^$/,
  /^(?:|a)$/,
]

describe('a sample', () => {
  it.each(patterns)('matches %s', (pattern) => {
    const made = samples(pattern.source, pattern.flags, 60)
    expect(made.filter((sample) => !new RegExp(pattern.source, pattern.flags).test(sample))).toEqual([])
  })

  it.each<[string, number]>([
    ['[a-z]{3}', 10],
    ['a|b|c|d', 4],
    ['\\d', 8],
    ['x*', 4],
    ['(yes|no)-(yes|no)', 4],
    ['[^a]', 6],
  ])('of %s varies', (source, kinds) => {
    expect(new Set(samples(source)).size).toBeGreaterThanOrEqual(kinds)
  })

  it.each([
    '(a*)*', '((((((((((((((((a))))))))))))))))', '(?=a)b', 'a{1000000}', '(', '[', '\\', '(?<', 'x{,', ')', '*', '{', '(?', '[^', '[a-', '\\u', '\\x', '\\p', '\\k', '\\k<', '\\9', '(?<n>', '(((a+)+)+)+$',
    '('.repeat(500), '[a-z]{99999}{99999}', '(?:(?:a{9}){9}){9}',
  ])('ends on %s', (source) => {
    for (const sample of samples(source, '', 5)) expect(sample.length).toBeLessThanOrEqual(200)
  }) // biome-ignore format: a plain list

  it.each(['^[^]$', '^\\2(a)(b)$', '^\\8\\9$', '^(?:a)\\1$', '^\\k<n>$', '^\\u{3}$', '^\\p{3}$'])(
    'matches the old syntax %s',
    (source) => {
      for (const sample of samples(source)) expect(sample).toMatch(new RegExp(source))
    },
  )

  it('is the same for the same seed', () => {
    for (const { source, flags } of patterns) expect(samples(source, flags)).toEqual(samples(source, flags))
  })
})

/** Patterns of what the sampler knows. A group's number is how many opened before it, as in the language. */
const { pattern } = fc.letrec<{ pattern: string; atom: string; term: string }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 1 },
    fc.constantFrom('a', 'b', 'Z', '7', ' ', '-', '_', '\\.', '\\/', '\\\\', '\\d', '\\w', '\\s', '\\D', '\\W', '\\S', '.', '\\n', '\\t', '\\x41', '\\u00e9', '[abc]', '[a-f0-9]', '[^a-f]', '[^\\d]', '[\\w.-]', '[\\s,]', '[^\\W_]', '[+*?]', '[\\]\\\\]', '\\1', '\\2', '\\k<n>'),
    tie('pattern').map((inner) => `(${inner})`),
    tie('pattern').map((inner) => `(?:${inner})`),
  ),
  term: fc
    .tuple(tie('atom'), fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{1,2}', '{0,1}', '??', '*?', '+?', '{2}?', '{0}'))
    .map(([atom, times]) => atom + times),
  pattern: fc
    .array(fc.array(tie('term'), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 })
    .map((sides) => sides.map((side) => side.join('')).join('|')),
})) // biome-ignore format: a plain list

describe('any pattern', () => {
  it('matches its samples', () => {
    fc.assert(
      fc.property(pattern, fc.constantFrom('', 'i', 'u', 's'), fc.string(), (inner, flags, seed) => {
        const source = `^(?:(?<n>q)${inner})$`
        // A backreference to a group that is not there is an octal escape without \`u\`, an error with it.
        fc.pre(groupsIn(source) >= 2)
        const [made] = [sampleRegex(source, flags, createRandom(seed))]
        fc.pre(made.length < 30)
        expect([source, flags, made, new RegExp(source, flags).test(made)]).toEqual([
          source,
          flags,
          made,
          true,
        ])
      }),
      { seed: 1, numRuns: 800 },
    )
  })

  it('or any text that is no pattern gives a short text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab(|)[]{},*+?\\^$.-:<>=!kdwpux019 ') }), (source) => {
        expect(sampleRegex(source, '', createRandom('any')).length).toBeLessThanOrEqual(200)
      }),
      { seed: 2, numRuns: 1500 },
    )
  })
})

function groupsIn(source: string): number {
  return (new RegExp(`${source}|`).exec('')?.length ?? 1) - 1
}
