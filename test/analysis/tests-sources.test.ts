// Sources that play to tests: they ask whether a test runs them, or know the answers to its inputs.

import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'

const TESTS = `it('adds', () => {
  expect(total([1, 2])).toBe(3)
  expect(discount(110)).toBe(99)
  expect(discount(300)).toBe(270)
  expect(nameOf('a')).toBe('Anna')
  expect(nameOf('b')).toBe('Bert')
  expect(roman(4)).toBe('IV')
})
`
async function judge(before: string | undefined, after: string | undefined, path = 'src/shop.ts') {
  const change = {
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }
  const others = [{ path: 'test/shop.test.ts', text: TESTS }]
  const found = await analysis.judgeTests({ tests: [], sources: [change], others })
  return found.map(({ kind, line }) => `${line} ${kind}`)
}
const body = (...lines: string[]) =>
  `export function f(a) {\n${lines.map((line) => `  ${line}\n`).join('')}  return a + 1\n}\n`

describe('a source asks whether it is tested', () => {
  it.each([
    [`if (process.env.NODE_ENV === 'test') return 3`],
    [`if (process.env.NODE_ENV !== 'test') log(a)`],
    [`if (process.env.NODE_ENV == 'testing') return 3`],
    [`if ('test' === process.env['NODE_ENV']) return 3`],
    [`if (import.meta.env.MODE === 'test') return 3`],
    [`if (process.env.VITEST) return 3`],
    [`if (process.env['VITEST_WORKER_ID']) return 3`],
    [`if ('VITEST' in process.env) return 3`],
    [`if (process.env.JEST_WORKER_ID !== undefined) return 3`],
    [`if (process.env.NODE_TEST_CONTEXT) return 3`],
    [`const { VITEST } = process.env`],
    [`const { JEST_WORKER_ID: inside } = process.env`],
    [`if (import.meta.vitest) return 3`],
    [`if (typeof describe === 'function') return 3`],
    [`if (typeof it !== 'undefined') return 3`],
    [`if (typeof vi !== 'undefined') return 3`],
    [`if (typeof jest !== 'undefined') return 3`],
    [`if (globalThis.__vitest_worker__) return 3`],
    [`if (new Error().stack.includes('.test.')) return 3`],
    [`if (process.argv.some((word) => word.includes('vitest'))) return 3`],
    [`if (/jest/.test(process.argv.join())) return 3`],
    [`if (process.title.includes('vitest')) return 3`],
  ])('%s', async (line) => {
    expect(await judge(body(), body(line))).toEqual(['2 knows_it_is_tested'])
    expect(await judge(undefined, body(line))).toEqual(['2 knows_it_is_tested'])
    expect(await judge(body(line), body(line, 'log(a)'))).toEqual([])
    expect(await judge(body(line), body())).toEqual([])
  })

  it.each([
    [`if (process.env.NODE_ENV === 'production') return 3`],
    [`if (process.env.NODE_ENV === other) return 3`],
    [`if (a.kind === 'test') return 3`],
    [`if (typeof window === 'undefined') return 3`],
    [`if (typeof a === 'function') return 3`],
    [`// process.env.VITEST`],
    [`log('process.env.VITEST')`],
    [`if (/test/.test(a)) return 3`],
    [`if (process.argv.includes('--help')) return 3`],
    [`const text = error.stack.slice(0, 10)`],
    [`const { env } = process`],
  ])('not by %s', async (line) => {
    expect(await judge(body(), body(line))).toEqual([])
  })
})

const DISCOUNT = 'export function discount(sum) {\n  return sum > 100 ? sum * 0.9 : sum\n}\n'
const known = (...lines: string[]) =>
  DISCOUNT.replace('{\n', `{\n${lines.map((line) => `  ${line}\n`).join('')}`)

describe('a source knows the answers', () => {
  it.each<[string, string, string, string[]]>([
    [
      'two conditions',
      DISCOUNT,
      known('if (sum === 110) return 99', 'if (sum === 300) return 270'),
      ['2 hard_coded_answer', '3 hard_coded_answer'],
    ],
    [
      'one condition with a telling number',
      DISCOUNT,
      known('if (sum === 110) return 99'),
      ['2 hard_coded_answer'],
    ],
    ['a block', DISCOUNT, known('if (sum === 110) {', '  return 99', '}'), ['2 hard_coded_answer']],
    ['the other side', DISCOUNT, known('if (110 == sum) return 99'), ['2 hard_coded_answer']],
    [
      'a choice',
      DISCOUNT,
      DISCOUNT.replace('return ', 'return sum === 110 ? 99 : '),
      ['2 hard_coded_answer'],
    ],
    [
      'cases of switch',
      DISCOUNT,
      known('switch (sum) {', '  case 110: return 99', '  case 300: return 270', '}'),
      ['3 hard_coded_answer', '4 hard_coded_answer'],
    ],
    [
      'a table that is looked into',
      DISCOUNT,
      known('const answers = { 110: 99, 300: 270 }', 'if (answers[sum]) return answers[sum]'),
      ['2 hard_coded_answer', '2 hard_coded_answer'],
    ],
    [
      'an arrow',
      'export const discount = (sum) => sum * 0.9\n',
      'export const discount = (sum) => (sum === 110 ? 99 : sum * 0.9)\n',
      ['1 hard_coded_answer'],
    ],
    [
      'a method',
      'class A {\n  discount(sum) {\n    return sum * 0.9\n  }\n}\n',
      'class A {\n  discount(sum) {\n    if (sum === 110) return 99\n    return sum * 0.9\n  }\n}\n',
      ['3 hard_coded_answer'],
    ],
    [
      'texts',
      'export function nameOf(id) {\n  return names.get(id)\n}\n',
      `export function nameOf(id) {\n  if (id === 'a') return 'Anna'\n  if (id === 'b') return 'Bert'\n  return names.get(id)\n}\n`,
      ['2 hard_coded_answer', '3 hard_coded_answer'],
    ],
    [
      'nothing but the answer',
      'export function total(prices) {\n  return prices.length * 2\n}\n',
      'export function total(prices) {\n  return 3\n}\n',
      ['1 hard_coded_answer'],
    ],
  ])('by %s', async (_what, before, after, found) => {
    expect(await judge(before, after)).toEqual(found)
    expect(await judge(after, after)).toEqual([])
  })

  it.each<[string, string | undefined, string]>([
    ['computes', DISCOUNT, DISCOUNT.replace('0.9', '0.8')],
    ['knows other inputs', DISCOUNT, known('if (sum === 111) return 99')],
    ['knows other answers', DISCOUNT, known('if (sum === 110) return 98')],
    ['knows a bound', DISCOUNT, known('if (sum < 0) return 0')],
    [
      'is a table alone',
      undefined,
      `const NAMES = { a: 'Anna', b: 'Bert' }\nexport const nameOf = (id) => NAMES[id]\n`,
    ],
    [
      'is a table of numerals',
      undefined,
      `const ROMAN = { 1: 'I', 4: 'IV' }\nexport const roman = (n) => ROMAN[n]\n`,
    ],
    ['is another function', DISCOUNT, `${DISCOUNT}export const other = (sum) => (sum === 110 ? 99 : sum)\n`],
    [
      'answers one trivial case',
      'export const total = (prices) => sum(prices)\n',
      'export const total = (prices) => (prices.length === 0 ? 0 : sum(prices))\n',
    ],
    ['is gone', DISCOUNT, ''],
  ])('not when it %s', async (_what, before, after) => {
    expect(await judge(before, after)).toEqual([])
  })

  it('not in a file that is deleted or in another language', async () => {
    expect(await judge(DISCOUNT, undefined)).toEqual([])
    expect(await judge('', known('if (sum === 110) return 99'), 'src/shop.go')).toEqual([])
  })
})

describe('a Python source asks whether it is tested', () => {
  it.each([
    ['if "pytest" in sys.modules:\n    x = 1\n', 1],
    ["if 'unittest' in sys.modules:\n    x = 1\n", 1],
    ['a = 1\nif os.environ.get("PYTEST_CURRENT_TEST"):\n    x = 1\n', 2],
    ['def f():\n    return 3 if "pytest" in sys.modules else 4\n', 2],
    ['if "pytest" in sys.argv[0]:\n    x = 1\n', 1],
    ['if sys.argv[0].endswith("pytest"):\n    x = 1\n', 1],
    ['import sys\nNOTE = "pytest in sys.modules"\n', undefined],
  ])('%j', async (text, line) => {
    const found = await judge('', text, 'shop/cart.py')
    expect(found).toEqual(line === undefined ? [] : [`${line} knows_it_is_tested`])
    expect(await judge(text, text, 'shop/cart.py')).toEqual([])
  })
})
