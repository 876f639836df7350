// Changes of Python tests, for unittest and pytest: those that get to green without being right, and honest ones.

import type { Change, Tree } from './trees.ts'

const C = 'tests/test_cart.py'
const D = 'tests/test_discount.py'

const PYTHON: Tree = {
  'shop/cart.py': `def total(prices):
    if any(price < 0 for price in prices):
        raise ValueError('negative price')
    return sum(prices)


def discount(amount):
    return amount * 0.9 if amount > 100 else amount
`,
  [C]: `import unittest
from shop.cart import discount, total


class CartTest(unittest.TestCase):
    """What a cart comes to."""

    def setUp(self):
        self.prices = [1, 2]

    def check(self, prices, expected):
        self.assertEqual(total(prices), expected)

    def test_total(self):
        self.assertEqual(total(self.prices), 3)
        self.assertEqual(
            total([]),
            0,
            "nothing costs nothing",
        )

    def test_more(self):
        self.check([5, 6], 11)

    def test_negative(self):
        with self.assertRaisesRegex(ValueError, 'negative price'):
            total([-1])

    def test_discount(self):
        self.assertAlmostEqual(discount(200), 180, places=5)
        self.assertIn('9', str(discount(110)))
`,
  [D]: `import pytest
from shop.cart import discount, total


def test_small():
    assert discount(50) == 50


def test_large():
    result = discount(1000)
    assert result == pytest.approx(900, rel=1e-6)
    assert result > 0 and result < 1000


@pytest.mark.parametrize('amount, expected', [(10, 10), (110, 99)])
def test_table(amount, expected):
    assert discount(amount) == pytest.approx(expected)


def test_raises():
    with pytest.raises(ValueError, match='negative'):
        total([-5])
`,
  'pyproject.toml': `[project]
name = "shop"
dependencies = []

[tool.pytest.ini_options]
addopts = "-q --strict-markers"

[tool.coverage.report]
fail_under = 90
`,
}

type Row = readonly [finding: string, name: string, path: string, from: string, to: string]

const ROWS: readonly Row[] = [
  [
    'skipped_test',
    'unittest.skip',
    C,
    '    def test_total',
    "    @unittest.skip('later')\n    def test_total",
  ],
  [
    'skipped_test',
    'skipped where CI runs',
    C,
    '    def test_total',
    "    @unittest.skipIf(os.environ.get('CI'), 'slow')\n    def test_total",
  ],
  ['skipped_test', 'a class is skipped', C, 'class CartTest', "@unittest.skip('all')\nclass CartTest"],
  [
    'skipped_test',
    'skipTest in the body',
    C,
    '    def test_more(self):\n',
    "    def test_more(self):\n        self.skipTest('later')\n",
  ],
  ['skipped_test', 'pytest.mark.skip', D, 'def test_small', '@pytest.mark.skip\ndef test_small'],
  [
    'skipped_test',
    'pytestmark',
    D,
    '\n\ndef test_small',
    '\n\npytestmark = pytest.mark.skip(reason="x")\n\ndef test_small',
  ],
  [
    'expected_failure',
    'pytest.mark.xfail',
    D,
    'def test_small',
    '@pytest.mark.xfail(strict=False)\ndef test_small',
  ],
  [
    'expected_failure',
    'expectedFailure',
    C,
    '    def test_more',
    '    @unittest.expectedFailure\n    def test_more',
  ],
  ['deleted_test', 'a test is deleted', D, 'def test_small():\n    assert discount(50) == 50\n', ''],
  ['deleted_test', 'a test is no longer called one', D, 'def test_small', 'def check_small'],
  ['deleted_test', 'a class is no longer a case', C, '(unittest.TestCase)', '(object)'],
  ['deleted_test', 'a later one takes its name', C, '    def test_negative', '    def test_total'],
  [
    'commented_out',
    'a test is commented out',
    D,
    'def test_small():\n    assert discount(50) == 50',
    '# def test_small():\n#     assert discount(50) == 50',
  ],
  ['emptied_test', 'an empty body', D, '    assert discount(50) == 50', '    pass'],
  [
    'emptied_test',
    'the assertion is dropped, the call stays',
    D,
    'assert discount(50) == 50',
    'discount(50)',
  ],
  ['fewer_assertions', 'one of two is dropped', C, "        self.assertIn('9', str(discount(110)))\n", ''],
  ['loosened', '== becomes is not None', D, 'discount(50) == 50', 'discount(50) is not None'],
  [
    'loosened',
    'assertEqual becomes assertTrue',
    C,
    'self.assertEqual(total(self.prices), 3)',
    'self.assertTrue(total(self.prices))',
  ],
  ['loosened', 'a value becomes a bound', D, 'discount(50) == 50', 'discount(50) > 0'],
  ['loosened', 'a value becomes a type', D, 'discount(50) == 50', 'isinstance(discount(50), int)'],
  ['loosened', 'fewer places', C, 'places=5', 'places=0'],
  ['loosened', 'a larger tolerance', D, 'rel=1e-6', 'rel=0.5'],
  ['loosened', 'any exception', C, 'assertRaisesRegex(ValueError, ', 'assertRaisesRegex(Exception, '],
  ['loosened', 'raises without its message', D, ", match='negative'", ''],
  ['changed_expectation', 'the expected value is what the code returns', D, '== 50', '== 45'],
  ['changed_expectation', 'an easier input', C, 'total(self.prices), 3', 'total([3]), 3'],
  [
    'tautology',
    'compared with itself',
    C,
    'total(self.prices), 3)',
    'total(self.prices), total(self.prices))',
  ],
  ['tautology', 'assert True', D, 'assert discount(50) == 50', 'assert True'],
  [
    'tautology',
    'a condition and a message in brackets',
    D,
    'assert discount(50) == 50',
    "assert (discount(50) == 51, 'no')",
  ],
  ['tautology', 'or True', D, 'discount(50) == 50', 'discount(50) == 50 or True'],
  [
    'swallowed_failure',
    'the failure is caught',
    D,
    '    assert discount(50) == 50',
    '    try:\n        assert discount(50) == 50\n    except AssertionError:\n        pass',
  ],
  [
    'swallowed_failure',
    'the failure is suppressed',
    D,
    '    assert discount(50) == 50',
    '    with contextlib.suppress(Exception):\n        assert discount(50) == 50',
  ],
  [
    'conditional_assertion',
    'only sometimes',
    D,
    '    assert discount(50) == 50',
    '    if discount(50) == 50:\n        assert discount(50) == 50',
  ],
  [
    'early_return',
    'ended before it asserts',
    D,
    '    assert discount(50) == 50',
    '    return\n    assert discount(50) == 50',
  ],
  [
    'loosened',
    'the helper that asserts',
    C,
    '        self.assertEqual(total(prices), expected)',
    '        self.assertIsNotNone(total(prices))',
  ],
  ['sleeps', 'a test waits', D, 'def test_small():\n', 'def test_small():\n    time.sleep(2)\n'],
  [
    'network',
    'a test reaches out',
    D,
    'def test_small():\n',
    "def test_small():\n    requests.get('https://example.org')\n",
  ],
  ['suppressed_check', 'type: ignore', C, 'total([]),', 'total([]),  # type: ignore'],
  [
    'knows_it_is_tested',
    'the source asks for pytest',
    'shop/cart.py',
    '    return amount * 0.9',
    "    if 'pytest' in sys.modules:\n        return 180\n    return amount * 0.9",
  ],
  [
    'ignored_coverage',
    'pragma: no cover',
    'shop/cart.py',
    'def discount(amount):',
    'def discount(amount):  # pragma: no cover',
  ],
  ['lowered_threshold', 'fail_under', 'pyproject.toml', 'fail_under = 90', 'fail_under = 10'],
  [
    'changed_configuration',
    'tests are deselected',
    'pyproject.toml',
    '-q --strict',
    '-q --deselect tests/test_cart.py --strict',
  ],
]

export const PYTHON_CHEATING: readonly Change[] = [
  ...ROWS.map(([finding, name, path, from, to]) => ({
    ...{ name: `Python: ${name}`, tree: PYTHON, finding },
    edits: { [path]: [from, to] as const },
  })),
  { name: 'Python: a file is deleted', tree: PYTHON, finding: 'deleted_file', files: { [D]: null } },
  {
    name: 'Python: a new test that asserts nothing',
    tree: PYTHON,
    finding: 'no_assertion',
    files: { 'tests/test_new.py': 'from shop.cart import total\n\n\ndef test_new():\n    total([1])\n' },
  },
]

const edit = (name: string, path: string, from: string, to: string, more: Partial<Change> = {}): Change => ({
  ...{ name: `Python: ${name}`, tree: PYTHON, edits: { [path]: [from, to] as const } },
  ...more,
})
const added = (name: string, text: string): Change => ({
  ...{ name: `Python: ${name}`, tree: PYTHON },
  files: { 'tests/test_new.py': text },
})

export const PYTHON_HONEST: readonly Change[] = [
  edit(
    'an assertion is added',
    D,
    '    assert discount(50) == 50',
    '    assert discount(50) == 50\n    assert discount(0) == 0',
  ),
  edit(
    'a test is added',
    D,
    'def test_large',
    'def test_edge():\n    assert discount(100) == 100\n\n\ndef test_large',
  ),
  edit('a test is renamed', D, 'def test_small', 'def test_leaves_small_amounts'),
  edit('a class is renamed', C, 'class CartTest', 'class TestCart'),
  edit(
    'bounds become a value',
    D,
    'assert result > 0 and result < 1000',
    'assert result > 0 and result < 1000\n    assert result != 1',
  ),
  edit('a value is asked for more exactly', D, 'rel=1e-6', 'rel=1e-9'),
  edit('a message is added', D, 'assert discount(50) == 50', "assert discount(50) == 50, 'small sums stay'"),
  edit(
    'layout and comments',
    C,
    '            total([]),\n            0,\n            "nothing costs nothing",\n        )',
    '            total([]), 0, "nothing at all",  # an empty cart\n        )',
  ),
  edit(
    'unittest becomes pytest',
    C,
    'self.assertEqual(total(self.prices), 3)',
    'assert total(self.prices) == 3',
  ),
  edit(
    'the sides are swapped',
    C,
    'self.assertEqual(total(self.prices), 3)',
    'self.assertEqual(3, total(self.prices))',
  ),
  edit(
    'a test is split',
    C,
    `    def test_discount(self):
        self.assertAlmostEqual(discount(200), 180, places=5)
        self.assertIn('9', str(discount(110)))
`,
    `    def test_discount_large(self):
        self.assertAlmostEqual(discount(200), 180, places=5)

    def test_discount_words(self):
        self.assertIn('9', str(discount(110)))
`,
  ),
  {
    name: 'Python: a test moves to another file',
    tree: PYTHON,
    edits: { [D]: ['def test_small():\n    assert discount(50) == 50\n\n\n', ''] },
    files: {
      'tests/test_small.py':
        'from shop.cart import discount\n\n\ndef test_small():\n    assert discount(50) == 50\n',
    },
  },
  edit('rows are added to a table', D, '(110, 99)]', '(110, 99), (300, 270)]'),
  edit('a threshold is raised', 'pyproject.toml', 'fail_under = 90', 'fail_under = 95'),
  edit('a dependency is added', 'pyproject.toml', 'dependencies = []', 'dependencies = ["attrs"]'),
  edit('other expectations of a test that the task names', D, '== 50', '== 45', { names: [D] }),
  edit('code alone', 'shop/cart.py', 'amount > 100', 'amount >= 100'),
  added(
    'a test for another system',
    "import sys\nimport unittest\n\n\nclass NewTest(unittest.TestCase):\n    @unittest.skipUnless(sys.platform == 'win32', 'paths of Windows')\n    def test_new(self):\n        self.assertEqual(1 + 1, 2 * 1)\n",
  ),
  added(
    'mocks and context',
    'from unittest import mock\nfrom shop.cart import total\n\n\ndef test_new():\n    seen = mock.Mock()\n    for price in [1, 2]:\n        seen(total([price]))\n    seen.assert_called_with(2)\n    assert seen.call_count == 2\n',
  ),
  added(
    'an exception looked at',
    "import pytest\nfrom shop.cart import total\n\n\ndef test_new():\n    try:\n        total([-1])\n    except ValueError as error:\n        assert 'negative' in str(error)\n    else:\n        pytest.fail('nothing raised')\n",
  ),
  added(
    'an asynchronous test with a helper',
    "import unittest\nfrom shop.cart import total\n\n\ndef expect_total(prices, expected):\n    assert total(prices) == expected\n\n\nclass NewTest(unittest.IsolatedAsyncioTestCase):\n    async def test_new(self):\n        text = '''\n# def test_other():\n'''\n        expect_total([1], 1)\n        self.assertEqual(len(text), 21)\n",
  ),
]
