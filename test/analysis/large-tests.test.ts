// Large files of tests are read to their end, in time in proportion to their size.

import { describe, expect, it } from 'vitest'
import { cpuOf, findingsOf, kindsOf, times } from './judged.ts'

const PY = 'tests/test_shop.py'
const rows = (count: number, open: string, close: string) =>
  times(count, (at) => `  ${open}${at}, ${at}${close},\n`)

const JS_TEST = (lines: string) => `it('adds', () => {\n${lines}})\n`
const JS_EACH = (count: number) =>
  `it.each([\n${rows(count, '[', ']')}])('adds %d', (a, b) => {\n  expect(f(a)).toBe(b)\n})\n`
const JS_LOOP = (count: number) =>
  `const rows = [\n${rows(count, '[', ']')}]\n${JS_TEST('  for (const [a, b] of rows) expect(f(a)).toBe(b)\n')}`
const JS_HELPER = `function check(a, b) {\n  expect(f(a)).toBe(b)\n}\n`

describe('the last of many in JavaScript', () => {
  it.each([
    [
      'assertions',
      JS_TEST(times(300, (at) => `  expect(f(${at})).toBe(${at})\n`)),
      'f(299)).toBe(299)',
      'f(299)).toBe(0)',
      ['301 changed_expectation'],
    ],
    [
      'assertions, loosened',
      JS_TEST(times(300, (at) => `  expect(f(${at})).toBe(${at})\n`)),
      'toBe(299)',
      'toBeTruthy()',
      ['301 loosened'],
    ],
    ['rows', JS_EACH(300), '[299, 299]', '[299, 0]', ['303 changed_expectation']],
    ['rows, gone', JS_EACH(300), '  [299, 299],\n', '', ['1 fewer_assertions']],
    ['rows of a loop', JS_LOOP(300), '[299, 299]', '[299, 0]', ['304 changed_expectation']],
    [
      'rows of a loop, more than are unfolded',
      JS_LOOP(4100),
      '[4099, 4099]',
      '[4099, 0]',
      ['4103 changed_expectation'],
    ],
    [
      'calls of a helper',
      JS_HELPER + JS_TEST(times(250, (at) => `  check(${at}, ${at})\n`)),
      'check(249, 249)',
      'check(249, 0)',
      ['2 changed_expectation'],
    ],
    [
      'tests',
      times(250, (at) => JS_TEST(`  expect(f(${at})).toBe(${at})\n`).replace('adds', `adds ${at}`)),
      'toBe(249)',
      'toBe(0)',
      ['749 changed_expectation'],
    ],
  ])('is compared: %s', async (_what, text, from, to, found) => {
    expect(text).toContain(from)
    expect(await kindsOf(text, text)).toEqual([])
    expect(await kindsOf(text, text.replace(from, to))).toEqual(found)
  })
})

const PY_TEST = (lines: string) => `def test_a():\n${lines}`
const PY_TABLE = (count: number) =>
  `@pytest.mark.parametrize('a, b', [\n${rows(count, '(', ')')}])\ndef test_a(a, b):\n    assert f(a) == b\n`
const PY_ROWS = (count: number) => `ROWS = [\n${rows(count, '(', ')')}]\n`
const PY_LOOP = `def test_a():\n    for a, b in ROWS:\n        assert f(a) == b\n`
const PY_CONSTANT = `@pytest.mark.parametrize('a, b', ROWS)\ndef test_a(a, b):\n    assert f(a) == b\n`

describe('the last of many in Python', () => {
  it.each([
    [
      'assertions',
      PY_TEST(times(500, (at) => `    assert f(${at}) == ${at}\n`)),
      'f(499) == 499',
      'f(499) == 0',
      ['501 changed_expectation'],
    ],
    [
      'assertions, loosened',
      PY_TEST(times(500, (at) => `    assert f(${at}) == ${at}\n`)),
      'f(499) == 499',
      'f(499)',
      ['501 loosened'],
    ],
    [
      'assertions, gone',
      PY_TEST(times(500, (at) => `    assert f(${at}) == ${at}\n`)),
      '    assert f(499) == 499\n',
      '',
      ['501 fewer_assertions'],
    ],
    ['rows', PY_TABLE(500), '(499, 499)', '(499, 0)', ['504 changed_expectation']],
    ['rows of a constant', PY_ROWS(500) + PY_CONSTANT, '(499, 499)', '(499, 0)', ['505 changed_expectation']],
    ['rows of a loop', PY_ROWS(500) + PY_LOOP, '(499, 499)', '(499, 0)', ['505 changed_expectation']],
    [
      'rows, more than are unfolded',
      PY_TABLE(3000),
      '(2999, 2999)',
      '(2999, 0)',
      ['3004 changed_expectation'],
    ],
    [
      'rows of a loop, more than are unfolded',
      PY_ROWS(3000) + PY_LOOP,
      '(2999, 2999)',
      '(2999, 0)',
      ['3005 changed_expectation'],
    ],
    [
      'items of a value',
      `${PY_ROWS(500)}def test_a():\n    assert f() == ROWS\n`,
      '(499, 499)',
      '(499, 0)',
      ['504 changed_expectation'],
    ],
    [
      'characters of a text',
      `TEXT = '${'x'.repeat(5000)}y'\ndef test_a():\n    assert f() == TEXT\n`,
      'xy',
      'xz',
      ['3 changed_expectation'],
    ],
    [
      'tests',
      times(300, (at) => PY_TEST(`    assert f(${at}) == ${at}\n`).replace('test_a', `test_${at}`)),
      'f(299) == 299',
      'f(299) == 0',
      ['600 changed_expectation'],
    ],
  ])('is compared: %s', async (_what, text, from, to, found) => {
    expect(text).toContain(from)
    expect(await kindsOf(text, text, PY)).toEqual([])
    expect(await kindsOf(text, text.replace(from, to), PY)).toEqual(found)
  })

  it('a long value has no other name when it is written in another layout', async () => {
    const text = `${PY_ROWS(500)}def test_a():\n    assert f() == ROWS\n`
    expect(await kindsOf(text, text.replaceAll(',\n  (', ', ('), PY)).toEqual([])
    expect(await kindsOf(text, text.replaceAll('ROWS', 'TABLE'), PY)).toEqual([])
  })
})

describe('many tests', () => {
  const js = (count: number, name: string) =>
    times(count, (at) => `it('${name} ${at}', () => {\n  expect(f(${at})).toBe(${at})\n})\n`)
  const py = (count: number, name: string) =>
    times(count, (at) => `def test_${name}_${at}():\n    assert f(${at}) == ${at}\n\n\n`)

  it.each([
    ['renamed', 'test/shop.test.ts', js, 'b'],
    ['renamed', PY, py, 'b'],
  ])('that are %s in %s take time in proportion to their number', async (_what, path, write, name) => {
    const judge = async (count: number) =>
      expect(await findingsOf(write(count, 'a'), write(count, name), path)).toEqual([])
    await judge(120)
    const [few, many] = [await cpuOf(() => judge(120)), await cpuOf(() => judge(480))]
    // Four times as many; sixteen times as long if each was compared with each.
    expect(many).toBeLessThan(10 * Math.max(few, 30))
  })
})
