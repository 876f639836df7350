// Two versions of Python tests: each weakening is found once, with its line; no harmless rewrite is.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findingsOf, kindsOf } from './judged.ts'

const PY = 'tests/test_shop.py'
const kinds = (before: string, after: string) => kindsOf(before, after, PY)

// Line 1 is the test, line 2 its first assertion.
const ONE = 'def test_total():\n    assert total([1, 2]) == 3\n'
const TWO = `${ONE}    assert total([]) == 0\n`
const OTHER = '\n\ndef test_empty():\n    assert total([9]) == 9\n'
const TABLE = `@pytest.mark.parametrize('prices, expected', [\n    ([1], 1),\n    ([1, 2], 3),\n])\ndef test_table(prices, expected):\n    assert total(prices) == expected\n`
const RAISES = `def test_refuses():\n    with pytest.raises(ValueError, match='negative'):\n        total([-1])\n`
const CASE = `class CartTest(unittest.TestCase):\n    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n`
const one = (line: string) => ONE.replace('assert total([1, 2]) == 3', line)
const method = (line: string) => CASE.replace('self.assertEqual(total([1, 2]), 3)', line)

describe('a weakening is found once, on its line', () => {
  it.each<[string, string, string, string[]]>([
    ['a test is gone', ONE + OTHER, ONE, ['5 deleted_test']],
    [
      'a test is in comments',
      ONE + OTHER,
      `${ONE}\n\n# def test_empty():\n#     assert total([9]) == 9\n`,
      ['5 commented_out'],
    ],
    ['a test is a function', ONE + OTHER, ONE + OTHER.replace('test_empty', 'empty'), ['5 deleted_test']],
    ['a test is replaced', ONE, `${ONE}test_total = None\n`, ['1 deleted_test']],
    ['a test is deleted at run time', ONE, `${ONE}del test_total\n`, ['1 deleted_test']],
    ['a test is skipped', ONE, `@pytest.mark.skip\n${ONE}`, ['2 skipped_test']],
    ['a test is skipped for a reason', ONE, `@pytest.mark.skip(reason='later')\n${ONE}`, ['2 skipped_test']],
    ['a test is skipped sometimes', ONE, `@pytest.mark.skipif(SLOW)\n${ONE}`, ['2 skipped_test']],
    ['a test may fail', ONE, `@pytest.mark.xfail\n${ONE}`, ['2 expected_failure']],
    [
      'a method is skipped',
      CASE,
      CASE.replace('    def', '    @unittest.skip("later")\n    def'),
      ['3 skipped_test'],
    ],
    [
      'a method may fail',
      CASE,
      CASE.replace('    def', '    @unittest.expectedFailure\n    def'),
      ['3 expected_failure'],
    ],
    ['a class is skipped', CASE, `@unittest.skip('later')\n${CASE}`, ['3 skipped_test']],
    [
      'a test skips itself',
      ONE,
      one(`pytest.skip('later')\n    assert total([1, 2]) == 3`),
      ['1 skipped_test'],
    ],
    [
      'a method skips itself',
      CASE,
      method(`self.skipTest('later')\n        self.assertEqual(total([1, 2]), 3)`),
      ['2 skipped_test'],
    ],
    ['a test is empty', ONE, one('pass'), ['1 emptied_test']],
    ['an assertion is gone', TWO, ONE, ['3 fewer_assertions']],
    ['a row is gone', TABLE, TABLE.replace('    ([1], 1),\n', ''), ['6 fewer_assertions']],
    ['a row expects something else', TABLE, TABLE.replace('([1], 1)', '([1], 2)'), ['6 changed_expectation']],
    ['another value', ONE, one('assert total([1, 2]) == 4'), ['2 changed_expectation']],
    [
      'another value of a method',
      CASE,
      method('self.assertEqual(total([1, 2]), 4)'),
      ['3 changed_expectation'],
    ],
    ['any truth', ONE, one('assert total([1, 2])'), ['2 loosened']],
    ['any truth of a method', CASE, method('self.assertTrue(total([1, 2]))'), ['3 loosened']],
    ['not None', ONE, one('assert total([1, 2]) is not None'), ['2 loosened']],
    ['not another', ONE, one('assert total([1, 2]) != 4'), ['2 loosened']],
    ['a bound', ONE, one('assert total([1, 2]) > 2'), ['2 loosened']],
    ['one of many', ONE, one('assert total([1, 2]) in (3, 4)'), ['2 loosened']],
    ['a kind', ONE, one('assert isinstance(total([1, 2]), int)'), ['2 loosened']],
    ['nearly', ONE, one('assert total([1, 2]) == pytest.approx(3, abs=1)'), ['2 loosened']],
    [
      'less nearly',
      one('assert f() == pytest.approx(3, abs=0.1)'),
      one('assert f() == pytest.approx(3, abs=1)'),
      ['2 loosened'],
    ],
    [
      'fewer places',
      method('self.assertAlmostEqual(f(), 3, places=5)'),
      method('self.assertAlmostEqual(f(), 3, places=1)'),
      ['3 loosened'],
    ],
    ['no message', RAISES, RAISES.replace(`, match='negative'`, ''), ['2 loosened']],
    ['any error', RAISES, RAISES.replace(`ValueError, match='negative'`, 'Exception'), ['2 loosened']],
    ['another error', RAISES, RAISES.replace('ValueError', 'TypeError'), ['2 changed_expectation']],
    [
      'or anything',
      ONE,
      one('assert total([1, 2]) == 3 or True'),
      ['2 fewer_assertions'].map(() => '2 changed_expectation').concat('2 tautology'),
    ],
    ['a tuple', ONE, one(`assert (total([1, 2]) == 3, 'the sum')`), ['2 changed_expectation', '2 tautology']],
    [
      'a failure is caught',
      ONE,
      one('try:\n        assert total([1, 2]) == 3\n    except AssertionError:\n        pass'),
      ['3 swallowed_failure'],
    ],
    [
      'a failure is suppressed',
      ONE,
      one('with contextlib.suppress(AssertionError):\n        assert total([1, 2]) == 3'),
      ['3 swallowed_failure'],
    ],
    ['a condition', ONE, one('if ok():\n        assert total([1, 2]) == 3'), ['3 conditional_assertion']],
    ['a return before', ONE, one('return\n    assert total([1, 2]) == 3'), ['3 early_return']],
    [
      'a function nobody calls',
      ONE,
      one('def later():\n        assert total([1, 2]) == 3'),
      ['3 unreached_assertion'],
    ],
    [
      'a failure is expected',
      ONE,
      one('with pytest.raises(AssertionError):\n        assert total([1, 2]) == 3'),
      ['3 expected_failure'],
    ],
    ['a sleep', ONE, one('time.sleep(1)\n    assert total([1, 2]) == 3'), ['2 sleeps']],
    [
      'the network',
      ONE,
      one(`requests.get('https://shop.com')\n    assert total([1, 2]) == 3`),
      ['2 network'],
    ],
    ['ignored coverage', ONE, one('assert total([1, 2]) == 3  # pragma: no cover'), ['2 ignored_coverage']],
    ['an ignored lint', ONE, one('assert total([1, 2]) == 3  # noqa'), ['2 suppressed_check']],
    ['a bracket stays open', ONE, `x = (\n${ONE}`, ['1 syntax_error']],
  ])('%s', async (_what, before, after, found) => {
    expect(await kinds(before, before)).toEqual([])
    expect(await kinds(before, after)).toEqual(found)
  })

  it('a file of tests is gone', async () => {
    expect(await kindsOf(ONE + OTHER, undefined, PY)).toEqual(['deleted_file'])
  })
})

const MATCH = `def test_a():\n    match total([1]):\n        case 1 as x if x > 0:\n            assert x == 1\n        case _:\n            pytest.fail('no')\n    assert f() == 1\n`
const ASYNC =
  'async def test_a():\n    async with client() as c:\n        async for x in c.rows():\n            assert await c.get(x) == 1\n'

describe('no weakening is', () => {
  it.each<[string, string, string]>([
    ['another name', ONE, ONE.replace('test_total', 'test_sum')],
    ['another order', ONE + OTHER, OTHER + ONE],
    [
      'another order of assertions',
      TWO,
      'def test_total():\n    assert total([]) == 0\n    assert total([1, 2]) == 3\n',
    ],
    [
      'another order of rows',
      TABLE,
      TABLE.replace('    ([1], 1),\n    ([1, 2], 3),\n', '    ([1, 2], 3),\n    ([1], 1),\n'),
    ],
    ['a split', TWO, `${ONE}def test_none():\n    assert total([]) == 0\n`],
    ['a join', `${ONE}def test_none():\n    assert total([]) == 0\n`, TWO],
    [
      'a class around',
      ONE,
      'class TestTotal:\n    def test_total(self):\n        assert total([1, 2]) == 3\n',
    ],
    ['pytest for unittest', CASE, ONE],
    ['unittest for pytest', ONE, CASE],
    [
      'a table',
      TWO,
      `@pytest.mark.parametrize('prices, expected', [([1, 2], 3), ([], 0)])\ndef test_total(prices, expected):\n    assert total(prices) == expected\n`,
    ],
    ['no table', TABLE, 'def test_table():\n    assert total([1]) == 1\n    assert total([1, 2]) == 3\n'],
    ['rows with names', TABLE, TABLE.replace('([1], 1)', `pytest.param([1], 1, id='one')`)],
    ['names in a list', TABLE, TABLE.replace(`'prices, expected'`, `['prices', 'expected']`)],
    [
      'a table with a name',
      TABLE,
      `ROWS = [([1], 1), ([1, 2], 3)]\n${TABLE.replace(/\[\n[\s\S]*?\n\]/, 'ROWS')}`,
    ],
    [
      'a loop',
      TWO,
      'def test_total():\n    for prices, expected in [([1, 2], 3), ([], 0)]:\n        assert total(prices) == expected\n',
    ],
    [
      'a subtest',
      TABLE,
      'class TotalTest(unittest.TestCase):\n    def test_table(self):\n        for prices, expected in [([1], 1), ([1, 2], 3)]:\n            with self.subTest(prices=prices):\n                self.assertEqual(total(prices), expected)\n',
    ],
    [
      'a helper',
      TWO,
      'def check(prices, expected):\n    assert total(prices) == expected\n\n\ndef test_total():\n    check([1, 2], 3)\n    check([], expected=0)\n',
    ],
    ['a name for a value', ONE, one('result = total([1, 2])\n    assert result == 3')],
    ['a name for what is expected', ONE, one('expected = 3\n    assert total([1, 2]) == expected')],
    ['a constant', ONE, `PRICES = [1, 2]\n${ONE.replace('[1, 2]', 'PRICES')}`],
    ['the other side', ONE, one('assert 3 == total([1, 2])')],
    ['brackets', ONE, one('assert (total([1, 2]) == 3)')],
    ['a message', ONE, one(`assert total([1, 2]) == 3, 'the sum'`)],
    ['two in one', one('assert f() == 1\n    assert g() == 2'), one('assert f() == 1 and g() == 2')],
    ['a stricter assertion', one('assert f()'), one('assert f() == 3')],
    ['a stated message', RAISES.replace(`, match='negative'`, ''), RAISES],
    [
      'raises as a call',
      'def test_a():\n    with pytest.raises(ValueError):\n        f(1)\n',
      'def test_a():\n    with pytest.raises(ValueError) as info:\n        f(1)\n',
    ],
    ['one more assertion', ONE, TWO],
    ['one more test', ONE, ONE + OTHER],
    ['a skip less', `@pytest.mark.skip\n${ONE}`, ONE],
    ['an imported name', `@pytest.mark.skip\n${ONE}`, `from pytest import mark\n@mark.skip\n${ONE}`],
    ['another decorator', ONE, `@pytest.mark.slow\n${ONE}`],
    ['a fixture', ONE, ONE.replace('()', '(tmp_path)')],
    ['types', ONE, ONE.replace('():', '() -> None:')],
    ['a docstring', ONE, one('"""Adds."""\n    assert total([1, 2]) == 3')],
    ['a comment', ONE, one('assert total([1, 2]) == 3  # the sum')],
    ['tabs', TWO, TWO.replaceAll('    ', '\t')],
    ['Windows line ends', TWO, TWO.replaceAll('\n', '\r\n')],
    ['a mark of byte order', ONE, `\uFEFF${ONE}`],
    ['lines in brackets', ONE, one('assert total(\n        [1, 2],\n    ) == 3')],
    ['a continued line', ONE, one('assert total([1, 2]) \\\n        == 3')],
    ['other quotes', one(`assert f('a') == 'b'`), one('assert f("a") == "b"')],
    [
      'not on one platform, when new',
      ONE,
      `${ONE}\n\n@pytest.mark.skipif(sys.platform == 'win32', reason='links')\ndef test_link():\n    assert link() == 1\n`,
    ],
    ['match as before', MATCH, MATCH.replaceAll('    ', '  ')],
    ['async as before', ASYNC, ASYNC.replaceAll('    ', '\t')],
    ['a walrus as before', one('assert (n := f()) == 3'), one('assert ((n := f()) == 3)')],
  ])('%s', async (_what, before, after) => {
    expect(await findingsOf(before, after, PY)).toEqual([])
  })
})

describe('a change is seen', () => {
  it.each<[string, string, string, string, string[]]>([
    ['in a case of match', MATCH, 'x == 1', 'x == 2', ['4 changed_expectation']],
    ['behind match', MATCH, 'f() == 1', 'f()', ['7 loosened']],
    ['in async for', ASYNC, ') == 1', ') != 1', ['4 loosened']],
    ['behind a walrus', one('assert (n := f()) == 3'), '== 3', '== 4', ['2 changed_expectation']],
    ['in an f-string', one(`assert f(f'{a}-{b!r}') == 1`), '-{b', '+{b', ['2 changed_expectation']],
    [
      'behind a lambda',
      one('g = lambda x: x\n    assert f(g) == 1'),
      '== 1',
      '== 2',
      ['3 changed_expectation'],
    ],
    ['in a comprehension', one('assert [f(x) for x in xs] == [1]'), '[1]', '[2]', ['2 changed_expectation']],
    [
      'in a nested class',
      `class TestA:\n    class TestB:\n        def test_a(self):\n            assert f() == 1\n`,
      '== 1',
      '== 2',
      ['4 changed_expectation'],
    ],
    [
      'in a table of two decorators',
      `@pytest.mark.parametrize('a', [1, 2])\n@pytest.mark.parametrize('b', [3])\ndef test_a(a, b):\n    assert f(a) == b\n`,
      '[3]',
      '[4]',
      ['4 changed_expectation', '4 changed_expectation'],
    ],
    [
      'in setUp',
      `class A(unittest.TestCase):\n    def setUp(self):\n        self.cart = Cart([1])\n    def test_a(self):\n        self.assertEqual(self.cart.total, 1)\n`,
      '[1]',
      '[0, 1]',
      ['5 changed_expectation'],
    ],
    [
      'in a fixture of a helper',
      `def check(p, e):\n    assert f(p) == e\n\n\ndef test_a():\n    check(1, 2)\n`,
      '(1, 2)',
      '(2, 2)',
      ['6 changed_expectation'],
    ],
  ])('%s', async (_what, text, from, to, found) => {
    expect(text).toContain(from)
    expect(await kinds(text, text.replace(from, to))).toEqual(found)
  })
})

const randomFile = fc.array(
  fc.array(fc.constantFrom('total([1, 2])', 'cart.sum', `find('a')`, 'rows[0]', 'load()'), {
    minLength: 1,
    maxLength: 4,
  }),
  { minLength: 1, maxLength: 4 },
)
/** The lines of each test; no two assertions of a file are the same. */
const linesOf = (file: readonly (readonly string[])[]) =>
  file.map((test, at) => test.map((value, index) => `assert f(${value}, ${at}) == ${at * 10 + index + 2}`))
const write = (tests: readonly (readonly string[])[], name = 'test') =>
  tests
    .map((lines, at) => `def ${name}_${at}():\n${lines.map((line) => `    ${line}\n`).join('')}`)
    .join('\n\n')

const HARMLESS: readonly [string, (tests: string[][]) => string][] = [
  ['other names', (tests) => write(tests, 'test_case')],
  ['another order of tests', (tests) => write(tests).split('\n\n').toReversed().join('\n\n')],
  ['another order of assertions', (tests) => write(tests.map((lines) => lines.toReversed()))],
  ['one test for all', (tests) => write([tests.flat()])],
  ['one test for each assertion', (tests) => write(tests.flat().map((line) => [line]))],
  [
    'a class around',
    (tests) =>
      `class TestAll:\n${write(tests)
        .replaceAll(/^(?=.)/gm, '    ')
        .replaceAll('():', '(self):')}`,
  ],
  [
    'names for values',
    (tests) =>
      write(
        tests.map((lines) =>
          lines.map((line, at) =>
            line.replace(/^assert (.*) == (.*)$/, `v${at} = $1\n    assert v${at} == $2`),
          ),
        ),
      ),
  ],
  [
    'methods of unittest',
    (tests) =>
      `class AllTest(unittest.TestCase):\n${write(
        tests.map((lines) =>
          lines.map((line) => line.replace(/^assert (.*) == (.*)$/, 'self.assertEqual($1, $2)')),
        ),
      )
        .replaceAll(/^(?=.)/gm, '    ')
        .replaceAll('():', '(self):')}`,
  ],
  [
    'another layout',
    (tests) => write(tests).replaceAll('(', '( ').replaceAll(', ', ' ,\n').replaceAll("'", '"'),
  ],
]

describe('of a random file of tests', () => {
  it.each(HARMLESS)('%s are no weakening', async (_what, rewrite) => {
    await fc.assert(
      fc.asyncProperty(randomFile, async (file) => {
        const tests = linesOf(file)
        expect(await findingsOf(write(tests), rewrite(tests), PY)).toEqual([])
      }),
      { numRuns: 25 },
    )
  })

  it('an assertion less is found exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(randomFile, fc.nat(), fc.nat(), async (file, first, second) => {
        const tests = linesOf(file)
        const at = first % tests.length
        const lines = tests[at] ?? []
        const left = lines.toSpliced(second % lines.length, 1)
        const less = tests.with(at, left.length === 0 ? ['pass'] : left)
        const found = (await findingsOf(write(tests), write(less), PY)).map(({ kind }) => kind)
        expect(found).toEqual(lines.length === 1 ? ['emptied_test'] : ['fewer_assertions'])
      }),
      { numRuns: 60 },
    )
  })

  it('another expected value is found exactly once, on its line', async () => {
    await fc.assert(
      fc.asyncProperty(randomFile, fc.nat(), async (file, which) => {
        const lines = write(linesOf(file)).split('\n')
        const numbers = lines.flatMap((line, at) => (/ assert /.test(line) ? [at] : []))
        const at = numbers[which % numbers.length] ?? 0
        const other = lines.with(at, (lines[at] ?? '').replace(/== \d+$/, '== 999')).join('\n')
        expect(await kinds(lines.join('\n'), other)).toEqual([`${at + 1} changed_expectation`])
      }),
      { numRuns: 60 },
    )
  })
})
