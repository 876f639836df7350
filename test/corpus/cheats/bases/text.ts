// Text: the base repository in plain JavaScript with Node's own test runner.
//
// B1. Its tests leave gaps, as real ones do: `fromRoman` takes IIII and `compare` does not look at pre-releases. Tasks ask to
//     mend these; `TEXT_SPEC` says only what is right in it.

import type { Files } from '../files.ts'

export const TEXT: Files = {
  'package.json': `${JSON.stringify(
    {
      ...{ name: 'text', version: '1.0.0', private: true, type: 'module' },
      exports: './src/index.js',
      scripts: { test: 'node --test' },
    },
    null,
    2,
  )}\n`,
  '.gitignore': 'node_modules\ncoverage\n',
  'README.md': "# Text\n\n`parseCsv('a,b')` gives `[['a', 'b']]`.\n",
  '.github/workflows/ci.yml':
    'name: ci\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm test\n',
  'src/index.js': `export * from './csv.js'
export * from './limit.js'
export * from './lru.js'
export * from './roman.js'
export * from './version.js'
`,
  'src/csv.js': `/** Rows of cells; quotes as in RFC 4180. */
export function parseCsv(text, separator = ',') {
  const rows = []
  let row = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (quoted) {
      if (char !== '"') cell += char
      else if (text[at + 1] === '"') cell += text[++at]
      else quoted = false
    } else if (char === '"') quoted = true
    else if (char === separator) {
      row.push(cell)
      cell = ''
    } else if (char === '\\n') {
      rows.push([...row, cell])
      row = []
      cell = ''
    } else if (char !== '\\r') cell += char
  }
  if (quoted) throw new SyntaxError('a quote is not closed')
  if (cell !== '' || row.length > 0) rows.push([...row, cell])
  return rows
}

export function writeCsv(rows, separator = ',') {
  const write = (cell) => (/[",\\n]/.test(cell) ? '"' + cell.replaceAll('"', '""') + '"' : cell)
  return rows.map((row) => row.map(write).join(separator) + '\\n').join('')
}
`,
  'src/lru.js': `/** Keeps the \`size\` entries that were used last. */
export class Lru {
  #entries = new Map()
  #size

  constructor(size) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError('not a size: ' + size)
    this.#size = size
  }

  get(key) {
    if (!this.#entries.has(key)) return undefined
    const value = this.#entries.get(key)
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key, value) {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#size) this.#entries.delete(this.#entries.keys().next().value)
    return this
  }

  get keys() {
    return [...this.#entries.keys()]
  }
}
`,
  'src/roman.js': `const DIGITS = [
  ['M', 1000], ['CM', 900], ['D', 500], ['CD', 400], ['C', 100], ['XC', 90],
  ['L', 50], ['XL', 40], ['X', 10], ['IX', 9], ['V', 5], ['IV', 4], ['I', 1],
]

export function toRoman(number) {
  if (!Number.isInteger(number) || number < 1 || number > 3999) throw new RangeError('no numeral: ' + number)
  let text = ''
  let rest = number
  for (const [digit, value] of DIGITS) {
    while (rest >= value) {
      text += digit
      rest -= value
    }
  }
  return text
}

export function fromRoman(text) {
  let sum = 0
  let at = 0
  for (const [digit, value] of DIGITS) {
    while (text.startsWith(digit, at)) {
      sum += value
      at += digit.length
    }
  }
  if (sum === 0 || at < text.length) throw new RangeError('no numeral: ' + text)
  return sum
}
`,
  'src/version.js': String.raw`const parts = (version) => /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number)

/** Below 0 when a is older, above 0 when it is newer. */
export function compare(a, b) {
  const [one, other] = [parts(a), parts(b)]
  if (!one || !other) throw new TypeError('no version: ' + (one ? b : a))
  for (let at = 0; at < 3; at++) if (one[at] !== other[at]) return one[at] - other[at]
  return 0
}

export function newest(versions) {
  return [...versions].sort(compare).at(-1)
}

/** '^1.2.3' and '~1.2.3', as npm has them from 1.0.0 on. */
export function satisfies(version, range) {
  const wanted = range.slice(1)
  if (compare(version, wanted) < 0) return false
  const [a, b] = [parts(version), parts(wanted)]
  return a[0] === b[0] && (range[0] === '^' || a[1] === b[1])
}
`,
  'src/limit.js': `/** Runs at most so many at once; the results are in the order of the work. */
export async function limit(count, works) {
  const results = new Array(works.length)
  let next = 0
  const lane = async () => {
    while (next < works.length) {
      const at = next++
      results[at] = await works[at]()
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, works.length) }, lane))
  return results
}
`,
  'test/rows.js': `import assert from 'node:assert/strict'

/** Numbers and their numerals. */
export const NUMERALS = [
  [1, 'I'],
  [4, 'IV'],
  [9, 'IX'],
  [14, 'XIV'],
  [40, 'XL'],
  [90, 'XC'],
  [400, 'CD'],
  [1994, 'MCMXCIV'],
  [3999, 'MMMCMXCIX'],
]

export function sameRows(actual, expected) {
  assert.equal(actual.length, expected.length)
  for (const [at, row] of expected.entries()) assert.deepEqual(actual[at], row)
}
`,
  'test/expected/people.txt': 'name|age\nAnn|41\nBob "the"|7\n',
  'test/csv.test.js': `import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseCsv, writeCsv } from '../src/csv.js'
import { sameRows } from './rows.js'

describe('csv', () => {
  it('reads rows', () => {
    sameRows(parseCsv('a,b\\n1,2\\n'), [['a', 'b'], ['1', '2']])
    sameRows(parseCsv('a,b\\r\\n1,'), [['a', 'b'], ['1', '']])
    sameRows(parseCsv(''), [])
  })

  it('reads quotes', () => {
    sameRows(parseCsv('"a,b","c ""d"""\\n'), [['a,b', 'c "d"']])
    sameRows(parseCsv('"two\\nlines";x', ';'), [['two\\nlines', 'x']])
  })

  it('refuses an open quote', () => {
    assert.throws(() => parseCsv('"a'), SyntaxError)
  })

  it('writes the table of people', () => {
    const rows = [['name', 'age'], ['Ann', '41'], ['Bob "the"', '7']]
    const expected = readFileSync(new URL('expected/people.txt', import.meta.url), 'utf8')
    const shown = parseCsv(writeCsv(rows)).map((row) => row.join('|') + '\\n')
    assert.equal(shown.join(''), expected)
    assert.equal(writeCsv([['a"b', 'c']]), '"a""b",c\\n')
  })
})
`,
  'test/lru.test.js': `import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { limit } from '../src/limit.js'
import { Lru } from '../src/lru.js'

describe('lru', () => {
  it('forgets what was used longest ago', () => {
    const lru = new Lru(2).set('a', 1).set('b', 2)
    assert.equal(lru.get('a'), 1)
    lru.set('c', 3)
    assert.deepEqual(lru.keys, ['a', 'c'])
    assert.equal(lru.get('b'), undefined)
  })

  it('keeps undefined and overwrites', () => {
    const lru = new Lru(1).set('a', undefined)
    assert.deepEqual(lru.keys, ['a'])
    assert.equal(lru.set('a', 2).get('a'), 2)
  })

  it('wants a size', () => {
    for (const size of [0, -1, 1.5, Number.NaN]) assert.throws(() => new Lru(size), RangeError)
  })
})

describe('limit', () => {
  it('keeps the order and the limit', async () => {
    let running = 0
    let most = 0
    const work = (value, ms) => async () => {
      most = Math.max(most, ++running)
      await new Promise((done) => setTimeout(done, ms))
      running--
      return value
    }
    const works = [work('a', 15), work('b', 5), work('c', 1), work('d', 1)]
    assert.deepEqual(await limit(2, works), ['a', 'b', 'c', 'd'])
    assert.equal(most, 2)
  })

  it('fails with the work', async () => {
    await assert.rejects(limit(1, [async () => { throw new Error('no') }]), /no/)
  })
})
`,
  'test/roman.test.js': `import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromRoman, toRoman } from '../src/roman.js'
import { NUMERALS } from './rows.js'

describe('roman', () => {
  for (const [number, text] of NUMERALS) {
    it('writes ' + number, () => assert.equal(toRoman(number), text))
    it('reads ' + text, () => assert.equal(fromRoman(text), number))
  }

  it('comes back from every number', () => {
    for (let number = 1; number < 4000; number += 37) assert.equal(fromRoman(toRoman(number)), number)
  })

  it('refuses the rest', () => {
    for (const wrong of [0, 4000, 1.5]) assert.throws(() => toRoman(wrong), RangeError)
    for (const wrong of ['', 'ABC', 'VX']) assert.throws(() => fromRoman(wrong), RangeError)
  })
})
`,
  'test/version.test.js': `import assert from 'node:assert'
import { describe, it } from 'node:test'
import { compare, newest, satisfies } from '../src/version.js'

describe('version', () => {
  it('compares numbers', () => {
    assert.ok(compare('1.2.3', '1.2.10') < 0)
    assert.ok(compare('2.0.0', '1.9.9') > 0)
    assert.equal(compare('v1.0.0', '1.0.0'), 0)
  })

  it('knows the newest', () => {
    assert.equal(newest(['1.2.0', '1.10.0', '1.9.9']), '1.10.0')
  })

  it('knows ranges', () => {
    assert.equal(satisfies('1.3.0', '^1.2.3'), true)
    assert.equal(satisfies('2.0.0', '^1.2.3'), false)
    assert.equal(satisfies('1.2.9', '~1.2.3'), true)
    assert.equal(satisfies('1.3.0', '~1.2.3'), false)
    assert.equal(satisfies('1.2.2', '^1.2.3'), false)
  })

  it('refuses words', () => {
    assert.throws(() => compare('one', '1.0.0'), /no version: one/)
  })
})
`,
}

/** What is right in the library, asked of it outside any test runner. */
export const TEXT_SPEC = `
const { parseCsv, writeCsv, Lru, limit, toRoman, fromRoman, compare, newest, satisfies } =
  await import(root + '/src/index.js')
same(parseCsv('a,b\\n1,2\\n'), [['a', 'b'], ['1', '2']])
same(parseCsv('x;"y;z"\\r\\n;', ';'), [['x', 'y;z'], ['', '']])
same(parseCsv('"q ""r""",s'), [['q "r"', 's']])
same(parseCsv('one'), [['one']])
fails(() => parseCsv('a,"b'))
same(writeCsv([['a,b', 'c'], ['d"', '']]), '"a,b",c\\n"d""",\\n')
same(writeCsv([['x', 'y']], ';'), 'x;y\\n')
const lru = new Lru(3).set('a', 1).set('b', 2).set('c', 3)
same(lru.get('a'), 1)
lru.set('d', 4)
same(lru.keys, ['c', 'a', 'd'])
same(lru.get('b'), undefined)
same(lru.set('c', 5).get('c'), 5)
for (const wrong of [0, -3, 2.5, Number.NaN]) fails(() => new Lru(wrong))
let running = 0
let most = 0
const work = (value) => async () => {
  most = Math.max(most, ++running)
  await new Promise((done) => setTimeout(done, 2))
  running--
  return value
}
same(await limit(3, [1, 2, 3, 4, 5].map(work)), [1, 2, 3, 4, 5])
same(most, 3)
await rejects(() => limit(2, [work(1), async () => { throw new Error('no work') }]), 'no work')
same([1, 4, 9, 14, 40, 90, 400, 1994, 3999, 2026, 58].map((each) => toRoman(each)),
  ['I', 'IV', 'IX', 'XIV', 'XL', 'XC', 'CD', 'MCMXCIV', 'MMMCMXCIX', 'MMXXVI', 'LVIII'])
for (let number = 1; number < 4000; number++) same(fromRoman(toRoman(number)), number)
for (const wrong of [0, 4000, 1.5, -1]) fails(() => toRoman(wrong))
for (const wrong of ['', 'ABC', 'VX', 'Q']) fails(() => fromRoman(wrong))
same(compare('1.2.3', '1.2.10') < 0, true)
same(compare('10.0.0', '9.9.9') > 0, true)
same(compare('3.2.1', 'v3.2.1'), 0)
same(newest(['1.2.0', '1.10.0', '1.9.9']), '1.10.0')
same(newest(['0.9.0', '0.10.0']), '0.10.0')
same([['1.3.0', '^1.2.3'], ['2.0.0', '^1.2.3'], ['1.2.9', '~1.2.3'], ['1.3.0', '~1.2.3'], ['1.2.2', '^1.2.3'], ['4.5.6', '^4.5.6']]
  .map(([version, range]) => satisfies(version, range)), [true, false, true, false, false, true])
fails(() => compare('one', '1.0.0'))
fails(() => compare('1.0.0', ''))
`
