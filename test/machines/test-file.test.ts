// The names of new test files: whatever a module is called, its file is recognised and no pattern to a runner.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testFileFor, testNameIn } from '../../machines/index.ts'

const pattern = 'test/{name}.canopy.test.ts'

describe('new test files', () => {
  it.each([
    ['src/date/parse.ts', 1, /^date-parse$/],
    ['lib/index.mjs', 2, /^index-2$/],
    ['components/card.tsx', 1, /^components-card$/],
    ['.eslintrc.cjs', 1, /^\.eslintrc$/],
    ['src/routes/[slug].js', 1, /^routes-slug-[0-9a-z]+$/],
    ['src/app/(shop)/cart+1.js', 3, /^app-shop-cart1-[0-9a-z]+-3$/],
    ['src/$id.js', 1, /^id-[0-9a-z]+$/],
    ['src/日本.js', 1, /^module-[0-9a-z]+$/],
  ])('%s in round %i is %s', (module, round, name) => {
    expect(testNameIn(pattern, testFileFor(pattern, module, round))).toMatch(name)
  })

  it('are recognised, with a plain name, for every path', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('[slug]', '(shop)', '$id', '+page', 'a b', "$&$'"),
    )
    const paths = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join('/')}.js`)
    fc.assert(
      fc.property(paths, fc.integer({ min: 1, max: 9 }), (module, round) => {
        const name = testNameIn(pattern, testFileFor(pattern, module, round))
        expect(name).toMatch(/^[\w.-]+$/)
      }),
    )
  })

  it.each([
    ['routes/[slug].js', 'routes/slug.js'],
    ['routes/[slug].js', 'routes/(slug).js'],
    ['src/日.js', 'src/本.js'],
  ])('differ for %s and %s', (one, other) => {
    expect(testFileFor(pattern, one)).not.toBe(testFileFor(pattern, other))
  })

  it.each([
    'test/parse.test.ts',
    'test/a/b.canopy.test.ts',
    'test/.canopy.test.ts',
    '../test/a.canopy.test.ts',
  ])('are not recognised in %s', (path) => {
    expect(testNameIn(pattern, path)).toBeUndefined()
  })
})
