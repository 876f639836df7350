// Changes of Python tests that hang on how Python is written: quotes, brackets, lines, names, blocks.

import type { Change } from './trees.ts'

const PATH = 'tests/test_shop.py'
const HEAD = 'import pytest\nimport unittest\nfrom shop.cart import discount, total\n\n\n'

/** A file of tests before and after a change. */
const change = (name: string, before: string, after: string, finding?: string): Change => ({
  name: `Python: ${name}`,
  tree: { [PATH]: HEAD + before, 'shop/cart.py': 'def total(prices):\n    return sum(prices)\n' },
  files: { [PATH]: HEAD + after },
  ...(finding === undefined ? {} : { finding }),
})

type Cheat = readonly [finding: string, name: string, before: string, after: string]
type Honest = readonly [name: string, before: string, after: string]

const SMALL = 'def test_small():\n    assert discount(50) == 50\n'
const NEXT = '\n\ndef test_next():\n    assert total([1]) == 1\n'
const CASE =
  'class CartTest(unittest.TestCase):\n    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n'
const TABLE =
  "@pytest.mark.parametrize('amount, expected', [(10, 10), (110, 99)])\ndef test_table(amount, expected):\n    assert discount(amount) == expected\n"
const LOOP =
  'def test_loop():\n    for amount, expected in [(10, 10), (110, 99)]:\n        assert discount(amount) == expected\n'

const CHEATS: readonly Cheat[] = [
  // Strings
  [
    'loosened',
    'behind a raw string that ends with a backslash pair',
    "def test_a():\n    path = r'a\\\\'\n    assert total([1]) == 1\n",
    "def test_a():\n    path = r'a\\\\'\n    assert total([1])\n",
  ],
  [
    'loosened',
    'behind a # in a field of an f-string with the same quotes',
    'def test_a():\n    assert f"{d["#"]}" == "x" and total([1]) == 1\n',
    'def test_a():\n    assert f"{d["#"]}" == "x" and total([1])\n',
  ],
  [
    'loosened',
    'behind brackets in strings of a field',
    "def test_a():\n    text = f\"{', '.join(['(', '['])!r:>{width}}\"\n    assert total([1]) == 1\n",
    "def test_a():\n    text = f\"{', '.join(['(', '['])!r:>{width}}\"\n    assert total([1])\n",
  ],
  ['deleted_test', 'a test becomes part of a string', `${SMALL}${NEXT}`, `NOTE = '''\n${SMALL}'''\n${NEXT}`],
  [
    'changed_expectation',
    'a byte string instead of a string',
    "def test_a():\n    assert read() == 'a'\n",
    "def test_a():\n    assert read() == b'a'\n",
  ],
  // Lines
  [
    'fewer_assertions',
    'the second statement of a line',
    'def test_a():\n    a = total([1]); assert a == 1\n    assert total([]) == 0\n',
    'def test_a():\n    a = total([1])\n    assert total([]) == 0\n',
  ],
  [
    'conditional_assertion',
    'a condition on the same line',
    SMALL,
    'def test_small():\n    if discount(50) == 50: assert discount(50) == 50\n',
  ],
  [
    'emptied_test',
    'the whole test on one line',
    'def test_small(): assert discount(50) == 50\n',
    'def test_small(): pass\n',
  ],
  [
    'loosened',
    'a continued line with Windows line ends',
    'def test_a():\r\n    assert total([1]) \\\r\n        == 1\r\n',
    'def test_a():\r\n    assert total([1]) \\\r\n        > 0\r\n',
  ],
  [
    'loosened',
    'a space before the bracket of a call',
    'class CartTest(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual (total([1]), 1)\n',
    'class CartTest(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue (total([1]))\n',
  ],
  [
    'loosened',
    'tabs and spaces',
    'class CartTest(unittest.TestCase):\n    def test_a(self):\n\tself.assertEqual(total([1]), 1)\n',
    'class CartTest(unittest.TestCase):\n    def test_a(self):\n\tself.assertTrue(total([1]))\n',
  ],
  [
    'skipped_test',
    'a decorator over several lines, with a comment',
    SMALL,
    `@pytest.mark.skipif(\n    # slow\n    True,\n    reason=(\n        'slow'\n    ),\n)\n${SMALL}`,
  ],
  // Definitions
  [
    'deleted_test',
    'a test whose name is not ASCII',
    `def test_größe():\n    assert total([2]) == 2\n${NEXT}`,
    NEXT,
  ],
  [
    'loosened',
    'a generic test function with type hints',
    'def test_a[T: int](tmp_path: "Path", n: dict[str, int] = {"a": 1}) -> None:\n    assert total([1]) == 1\n',
    'def test_a[T: int](tmp_path: "Path", n: dict[str, int] = {"a": 1}) -> None:\n    assert total([1])\n',
  ],
  [
    'deleted_test',
    'in a class of tests by its base class in the file',
    `class Shop(unittest.TestCase):\n    pass\n\n\nclass Carts(Shop):\n    def test_a(self):\n        self.assertEqual(total([1]), 1)\n`,
    `class Shop(unittest.TestCase):\n    pass\n\n\nclass Carts(Shop):\n    pass\n`,
  ],
  [
    'deleted_test',
    'the base class loses its own',
    `class Shop(unittest.TestCase):\n    pass\n\n\nclass Carts(Shop):\n    def test_a(self):\n        self.assertEqual(total([1]), 1)\n`,
    `class Shop:\n    pass\n\n\nclass Carts(Shop):\n    def test_a(self):\n        self.assertEqual(total([1]), 1)\n`,
  ],
  ['deleted_test', 'another value has the name of the test', SMALL, `${SMALL}\n\ntest_small = None\n`],
  ['deleted_test', 'the test is removed again', SMALL, `${SMALL}\n\ndel test_small\n`],
  [
    'deleted_test',
    'a method is replaced from outside',
    CASE,
    `${CASE}\n\nCartTest.test_total = lambda self: None\n`,
  ],
  ['skipped_test', 'the test is wrapped', SMALL, `${SMALL}\n\ntest_small = pytest.mark.skip(test_small)\n`],
  [
    'skipped_test',
    'defined under a condition',
    CASE,
    `import os\n\nif os.environ.get('SLOW'):\n${CASE.replaceAll(/^/gm, '    ')}\n`,
  ],
  [
    'skipped_test',
    'defined where the condition does not hold',
    SMALL,
    `if True:\n    pass\nelse:\n${SMALL.replaceAll(/^/gm, '    ')}\n`,
  ],
  // Names
  ['skipped_test', 'a mark by another name', SMALL, `from pytest import mark as m\n\n\n@m.skip\n${SMALL}`],
  [
    'skipped_test',
    'a decorator by another name',
    CASE,
    `from unittest import skip as later\n\n\n@later('x')\n${CASE}`,
  ],
  [
    'loosened',
    'an imported raises',
    "from pytest import raises\n\n\ndef test_a():\n    with raises(ValueError, match='negative'):\n        total([-1])\n",
    'from pytest import raises\n\n\ndef test_a():\n    with raises(Exception):\n        total([-1])\n',
  ],
  [
    'sleeps',
    'an imported sleep',
    SMALL,
    `from time import sleep\n\n\n${SMALL.replace('():\n', '():\n    sleep(2)\n')}`,
  ],
  [
    'changed_expectation',
    'a constant of the file',
    'EXPECTED = 3\n\n\ndef test_a():\n    assert total([1, 2]) == EXPECTED\n',
    'EXPECTED = 4\n\n\ndef test_a():\n    assert total([1, 2]) == EXPECTED\n',
  ],
  [
    'changed_expectation',
    'the input behind a name',
    'def test_a():\n    result = discount(1000)\n    assert result == 900\n',
    'def test_a():\n    result = discount(900)\n    assert result == 900\n',
  ],
  [
    'changed_expectation',
    'what setUp prepares',
    'class CartTest(unittest.TestCase):\n    def setUp(self):\n        self.prices = [1, 2]\n\n    def test_a(self):\n        self.assertEqual(total(self.prices), 3)\n',
    'class CartTest(unittest.TestCase):\n    def setUp(self):\n        self.prices = [3]\n\n    def test_a(self):\n        self.assertEqual(total(self.prices), 3)\n',
  ],
  [
    'tautology',
    'a name for the same constant',
    SMALL,
    'def test_small():\n    expected = 50\n    assert expected == 50\n',
  ],
  [
    'loosened',
    'the helper of one class, when another has one of the same name',
    'class A(unittest.TestCase):\n    def check(self, n):\n        self.assertEqual(total([n]), n)\n\n    def test_a(self):\n        self.check(1)\n\n\nclass B(unittest.TestCase):\n    def check(self, n):\n        self.assertEqual(total([n]), n)\n\n    def test_b(self):\n        self.check(1)\n',
    'class A(unittest.TestCase):\n    def check(self, n):\n        self.assertTrue(total([n]))\n\n    def test_a(self):\n        self.check(1)\n\n\nclass B(unittest.TestCase):\n    def check(self, n):\n        self.assertEqual(total([n]), n)\n\n    def test_b(self):\n        self.check(1)\n',
  ],
  // Tables
  ['changed_expectation', 'a row with another result', TABLE, TABLE.replace('99', '110')],
  ['fewer_assertions', 'a row is gone', TABLE, TABLE.replace(', (110, 99)', '')],
  [
    'skipped_test',
    'a row is skipped',
    TABLE,
    TABLE.replace('(110, 99)', 'pytest.param(110, 99, marks=pytest.mark.skip)'),
  ],
  ['changed_expectation', 'a row of a loop', LOOP, LOOP.replace('99', '110')],
  [
    'unreached_assertion',
    'a loop over nothing',
    SMALL,
    SMALL.replace('    assert', '    for _ in []:\n        assert'),
  ],
  // Expressions
  [
    'tautology',
    'a condition with its message in brackets',
    SMALL,
    "def test_small():\n    assert (discount(50) == 50, 'small')\n",
  ],
  ['tautology', 'a generator', SMALL, 'def test_small():\n    assert (discount(n) == n for n in [50])\n'],
  ['tautology', 'a function', SMALL, 'def test_small():\n    assert lambda: discount(50) == 50\n'],
  ['tautology', 'a list of one', SMALL, 'def test_small():\n    assert [discount(50) == 50]\n'],
  [
    'tautology',
    'a choice that is never made',
    SMALL,
    'def test_small():\n    assert discount(50) == 50 if False else True\n',
  ],
  [
    'loosened',
    'nested brackets',
    'def test_a():\n    assert (((total([(1), (2)])) == ((3))))\n',
    'def test_a():\n    assert (((total([(1), (2)])) >= ((3))))\n',
  ],
  [
    'loosened',
    'the second of two expected exceptions',
    'class CartTest(unittest.TestCase):\n    def test_a(self):\n        with self.assertWarns(UserWarning), self.assertRaises(ValueError):\n            total([-1])\n',
    'class CartTest(unittest.TestCase):\n    def test_a(self):\n        with self.assertWarns(UserWarning), self.assertRaises(Exception):\n            total([-1])\n',
  ],
  [
    'changed_expectation',
    'something else raises',
    'def test_a():\n    with pytest.raises(ValueError):\n        total([-1])\n',
    'def test_a():\n    with pytest.raises(ValueError):\n        int("x")\n',
  ],
  [
    'loosened',
    'an assertion of another package',
    'from numpy.testing import assert_allclose\n\n\ndef test_a():\n    assert_allclose(total([1]), 1)\n',
    'from numpy.testing import assert_allclose\n\n\ndef test_a():\n    assert total([1])\n',
  ],
  [
    'fewer_assertions',
    'on a variable named case',
    'def test_a(case):\n    case.assertEqual(total([1]), 1)\n    case.assertEqual(total([]), 0)\n',
    'def test_a(case):\n    case.assertEqual(total([1]), 1)\n    total([])\n',
  ],
  // Blocks
  [
    'conditional_assertion',
    'in one case of a match',
    SMALL,
    'def test_small():\n    match discount(50):\n        case 50:\n            assert discount(50) == 50\n',
  ],
  [
    'unreached_assertion',
    'in a function that nobody calls',
    SMALL,
    'def test_small():\n    def later():\n        assert discount(50) == 50\n',
  ],
  [
    'expected_failure',
    'the failure is expected',
    SMALL,
    'def test_small():\n    with pytest.raises(AssertionError):\n        assert discount(50) == 50\n',
  ],
  [
    'swallowed_failure',
    'finally returns',
    SMALL,
    'def test_small():\n    try:\n        assert discount(50) == 50\n    finally:\n        return\n',
  ],
  [
    'swallowed_failure',
    'suppressed beside another context',
    SMALL,
    'from contextlib import suppress\n\n\ndef test_small(tmp):\n    with tmp, suppress(AssertionError):\n        assert discount(50) == 50\n',
  ],
  [
    'conditional_assertion',
    'returns under a condition',
    SMALL,
    'def test_small():\n    if discount(50) != 50:\n        return\n    assert discount(50) == 50\n',
  ],
  [
    'loosened',
    'in a block with two targets and in asynchronous code',
    'async def test_a():\n    async with shop() as (cart, user), other() as user.friend:\n        async for price in cart:\n            assert await total(price) == 1\n',
    'async def test_a():\n    async with shop() as (cart, user), other() as user.friend:\n        async for price in cart:\n            assert await total(price)\n',
  ],
  [
    'loosened',
    'behind a fixture that yields nothing',
    '@pytest.fixture\ndef shop():\n    yield\n\n\ndef test_a(shop):\n    x = 1.\n    f = lambda a, /, b=2: a\n    assert total([1]) == 1\n',
    '@pytest.fixture\ndef shop():\n    yield\n\n\ndef test_a(shop):\n    x = 1.\n    f = lambda a, /, b=2: a\n    assert total([1])\n',
  ],
  // Syntax errors
  ['syntax_error', 'a bracket that is not closed', SMALL, `x = foo(1,\n${SMALL}`],
  ['syntax_error', 'a string that is not closed', SMALL, `x = 'abc\n${SMALL}`],
  ['syntax_error', 'three quotes that are not closed', `${SMALL}${NEXT}`, `${SMALL}\nx = '''\n${NEXT}`],
  ['syntax_error', 'a block without a line', SMALL, `${SMALL}\n\ndef test_b():\n`],
  [
    'syntax_error',
    'a line that is indented too far',
    SMALL,
    SMALL.replace('    assert', '    x = 1\n      assert'),
  ],
]

const HONESTS: readonly Honest[] = [
  [
    'formatted by another tool',
    "class CartTest(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(total([1,2,3]), 6, 'a \"sum\"')\n        assert total( [ 1 ] )==1 and {'a':1,'b':[2 ,]}['a']>-1\n",
    'class CartTest(unittest.TestCase):\n\n    def test_a(self):\n        self.assertEqual(\n            total([\n                1,\n                2,\n                3,\n            ]),\n            6,\n            "a \\"sum\\"",\n        )\n        assert (\n            total([1]) == 1\n            and {\n                "a": 1,\n                "b": [2],\n            }["a"]\n            > -1\n        )\n',
  ],
  [
    'tabs instead of spaces, and Windows line ends',
    CASE,
    CASE.replaceAll('    ', '\t').replaceAll('\n', '\r\n'),
  ],
  [
    'an import by another name',
    "def test_a():\n    with pytest.raises(ValueError, match='x'):\n        total([-1])\n",
    "from pytest import raises\n\n\ndef test_a():\n    with raises(ValueError, match='x'):\n        total([-1])\n",
  ],
  [
    'a name for a value',
    'def test_a():\n    assert total([1, 2]) == 3\n',
    'def test_a():\n    prices = [1, 2]\n    result = total(prices)\n    assert result == 3\n',
  ],
  [
    'tests become rows',
    'def test_a():\n    assert discount(10) == 10\n\n\ndef test_b():\n    assert discount(110) == 99\n',
    TABLE,
  ],
  ['a loop becomes rows', LOOP, TABLE.replace('test_table', 'test_loop')],
  [
    'rows get names',
    TABLE,
    TABLE.replace('(110, 99)', "pytest.param(110, 99, id='large')").replace(
      "'amount, expected'",
      "['amount', 'expected']",
    ),
  ],
  [
    'a helper is extracted',
    'def test_a():\n    assert total([1, 2]) == 3\n    assert total([4]) == 4\n',
    'def check(prices, expected):\n    assert total(prices) == expected\n\n\ndef test_a():\n    check([1, 2], 3)\n    check(expected=4, prices=[4])\n',
  ],
  [
    'a value that is changed is not taken for a constant',
    'def test_a():\n    found = []\n    collect(found)\n    assert len(found) == 1\n',
    'def test_a():\n    found = []\n    collect(found)\n    assert len(found) == 1\n    assert found == [1]\n',
  ],
  [
    'a new test with much of the syntax',
    SMALL,
    `${SMALL}

type Price = int
match = {'case': 1}


@pytest.mark.parametrize(
    'text',
    [f"{match['case']:>{10}}", f"{match["case"]}", rb'\\d', '''it's "x"''', 'a' 'b'],
)
async def test_much[T](text: "T", *rest: int, limit: int = 3, **more) -> None:
    async with shop() as (cart, user), other() as user.friend:
        x: int = 1.; y = lambda a, /, *, b={1: 2}: (a, b)
    with (
        open('a') as a,
        open('b') as b,
    ):
        pass
    for z in *rest, *[1, 2]: print(z, end='')
    if (n := len(rest)) > 10 or not \\
            text: raise ValueError from None
    try:
        pass
    except* (OSError, ValueError) as error:
        raise
    match n, text:
        case {'x': [1, *_], **others} if others: ...
        case Point(x=0) | [] | -1: pass
        case _: pass
    assert total([n]) == n
    assert not x[1:-1, ::2], "a message, with ( and '"
`,
  ],
  [
    'a new test that is skipped on another system, in its body',
    SMALL,
    `${SMALL}\n\nclass Paths(unittest.TestCase):\n    def test_a(self):\n        if sys.platform != 'win32':\n            self.skipTest('paths of Windows')\n        self.assertEqual(total([1]), 1)\n`,
  ],
  [
    'a new function inside of a test that is handed on',
    SMALL,
    `${SMALL}\n\ndef test_b():\n    def seen(price):\n        assert price > 0\n\n    each([1], seen)\n    assert total([2]) == 2\n`,
  ],
  ['a syntax error that was there before', `x = (\n${SMALL}`, `x = (\n${SMALL}    assert discount(1) == 1\n`],
  ['a syntax error goes away', `x = (\n${SMALL}`, `x = ()\n${SMALL}`],
  [
    'a class of helpers that are called test',
    SMALL,
    `class Server:\n    def test_mode(self):\n        self.mode = 'test'\n\n\n${SMALL}`,
  ],
  [
    'an assertion that logs are written',
    SMALL,
    `class LogTest(unittest.TestCase):\n    def test_log(self):\n        with self.assertLogs('shop') as logs:\n            total([1])\n\n\n${SMALL}`,
  ],
]

export const PYTHON_SYNTAX_CHEATING: readonly Change[] = CHEATS.map(([finding, name, before, after]) =>
  change(name, before, after, finding),
)
export const PYTHON_SYNTAX_HONEST: readonly Change[] = HONESTS.map(([name, before, after]) =>
  change(name, before, after),
)
