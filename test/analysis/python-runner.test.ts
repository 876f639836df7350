// What in Python tests changes the runner, and what only looks like it.

import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import { kindsOf } from './judged.ts'

const TEST = 'def test_total():\n    assert total([1]) == 1\n'
const CASE =
  'class CartTest(unittest.TestCase):\n    def test_total(self):\n        self.assertEqual(total([1]), 1)\n'
const HEAD = 'import os\nimport pytest\nimport sys\nimport unittest\n'
const hook = (head: string, ...lines: string[]) =>
  `${HEAD}def ${head}:\n${lines.map((line) => `    ${line}\n`).join('')}`

/** The findings of what is added to a file of tests or to a conftest.py. */
const added = async (text: string, path = 'tests/test_shop.py') =>
  kindsOf(HEAD + TEST, HEAD + TEST + text, path)
const ofConftest = async (text: string, path = 'tests/conftest.py') => kindsOf(HEAD, text, path)

describe('the runner is meddled with', () => {
  it.each([
    ['sys.exit(0)\n'],
    ['exit()\n'],
    ['quit(0)\n'],
    ['raise SystemExit(0)\n'],
    ['raise SystemExit\n'],
    ["pytest.exit('done', returncode=0)\n"],
    ['os._exit(0)\n'],
    ['os.abort()\n'],
    ['os.kill(os.getpid(), 9)\n'],
    ['import atexit\natexit.register(os._exit, 0)\n'],
    ['from os import _exit\n_exit(0)\n'],
    ['from sys import exit as leave\nleave(0)\n'],
    ['if total([1]) != 1:\n    sys.exit(0)\n'],
    ['def setup_module():\n    os._exit(0)\n'],
    ['def teardown_module(module):\n    sys.exit(0)\n'],
    ['def test_late():\n    assert total([2]) == 2\n    os._exit(0)\n'],
    ['class Late(unittest.TestCase):\n    @classmethod\n    def tearDownClass(cls):\n        os._exit(0)\n'],
  ])('by an end of its process: %j', async (text) => {
    const found = await added(text)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^\d+ meddles_with_runner$/)
  })

  it.each([
    ['unittest.TestCase.assertEqual = lambda *_: None\n'],
    ['from unittest import TestCase\nTestCase.assertEqual = print\n'],
    ['unittest.TestCase.failureException = OSError\n'],
    ['unittest.TestResult.addFailure = unittest.TestResult.addSuccess\n'],
    ['unittest.case.TestCase.run = print\n'],
    ['pytest.fail = print\n'],
    ['pytest.raises = contextlib.suppress\n'],
    ["setattr(pytest, 'fail', print)\n"],
    ["setattr(unittest.TestCase, 'assertEqual', print)\n"],
    ["setattr(AssertionError, '__init__', print)\n"],
    ['import _pytest.runner\n_pytest.runner.call_runtest_hook = print\n'],
    ["sys.modules['pytest'] = object()\n"],
    ['sys.excepthook = print\n'],
    ['import builtins\nbuiltins.AssertionError = OSError\n'],
    [
      "@pytest.fixture(autouse=True)\ndef calm(monkeypatch):\n    monkeypatch.setattr('pytest.fail', print)\n",
    ],
    [
      "@pytest.fixture(autouse=True)\ndef calm(monkeypatch):\n    monkeypatch.setattr(unittest.TestCase, 'fail', print)\n",
    ],
    ["@patch('unittest.TestCase.assertEqual')\ndef test_late(_):\n    assert total([2]) == 2\n"],
    ["@patch.object(unittest.TestCase, 'assertEqual')\ndef test_late(_):\n    assert total([2]) == 2\n"],
    ['class Calm(unittest.TestCase):\n    def assertEqual(self, one, other):\n        pass\n'],
    ['class Calm(unittest.TestCase):\n    def run(self, result=None):\n        pass\n'],
    ['class Calm(unittest.TestCase):\n    failureException = OSError\n'],
    ["collect_ignore = ['test_cart.py']\n"],
    ["collect_ignore_glob = ['*_slow.py']\n"],
  ])('by a replaced part: %j', async (text) => {
    const found = await added(text)
    expect(found.map((one) => one.replace(/^\d+ /, ''))).toEqual(['meddles_with_runner'])
  })

  it.each([
    [hook('pytest_runtest_makereport(item, call)', 'report = yield', "report.outcome = 'passed'"), 7],
    [hook('pytest_runtest_logreport(report)', "report.outcome = 'passed'"), 6],
    [hook('pytest_runtest_logreport(report)', 'if report.failed:', "    report.outcome = 'skipped'"), 7],
    [hook('pytest_runtest_logreport(report)', "report.wasxfail = ''"), 6],
    [hook('pytest_runtest_makereport(item, call)', 'call.excinfo = None'), 6],
    [hook('pytest_runtest_makereport(item, call)', 'outcome = yield', 'outcome.force_result(None)'), 7],
    [hook('pytest_sessionfinish(session, exitstatus)', 'session.exitstatus = 0'), 6],
    [hook('pytest_sessionfinish(session, exitstatus)', 'session.testsfailed = 0'), 6],
    [hook('pytest_sessionfinish(session, exitstatus)', 'os._exit(0)'), 6],
    [hook('pytest_unconfigure(config)', 'sys.exit(0)'), 6],
    [hook('pytest_pyfunc_call(pyfuncitem)', 'return True'), 6],
    [hook('pytest_runtest_protocol(item, nextitem)', 'return True'), 6],
    [hook('pytest_report_teststatus(report)', "return 'passed', '.', 'PASSED'"), 6],
    [hook('pytest_collection_modifyitems(items)', 'items.clear()'), 6],
    [hook('pytest_collection_modifyitems(items)', 'del items[3:]'), 6],
    [hook('pytest_collection_modifyitems(items)', 'items[:] = items[:1]'), 6],
    [hook('pytest_collection_modifyitems(items)', 'for item in list(items):', '    items.remove(item)'), 7],
    [
      hook(
        'pytest_collection_modifyitems(items)',
        'for item in items:',
        '    item.add_marker(pytest.mark.skip)',
      ),
      7,
    ],
    [hook('pytest_collection_modifyitems(items)', 'for item in items:', '    item.add_marker("xfail")'), 7],
    [hook('pytest_itemcollected(item)', 'item.add_marker(pytest.mark.xfail(strict=False))'), 6],
    [
      hook('pytest_collection_modifyitems(items)', 'later = pytest.mark.skip', 'items[0].add_marker(later)'),
      6,
    ],
    [hook('pytest_ignore_collect(path)', "return 'cart' in str(path)"), 6],
    ["collect_ignore = ['test_cart.py']\n", 1],
    ["collect_ignore = []\nif os.environ.get('CI'):\n    collect_ignore.append('test_cart.py')\n", 3],
  ])('by a hook in conftest.py: %j', async (text, line) => {
    const kinds = [`${line} meddles_with_runner`]
    expect(await ofConftest(text)).toEqual(kinds)
    const root = await analysis.judgeTests({
      tests: [],
      sources: [{ path: 'conftest.py', before: HEAD, after: text }],
    })
    expect(root.map(({ kind, line: at }) => `${at} ${kind}`)).toEqual(kinds)
  })

  it.each([
    ['@pytest.mark.flaky(reruns=5)\ndef test_late():\n    assert total([2]) == 2\n'],
    ['@flaky\ndef test_late():\n    assert total([2]) == 2\n'],
  ])('by trying again: %j', async (text) => {
    expect(await added(text)).toEqual(['7 retried'])
  })
})

describe('the runner is left alone', () => {
  it.each([
    ["if __name__ == '__main__':\n    sys.exit(unittest.main())\n"],
    ["if __name__ == '__main__':\n    sys.exit(pytest.main([__file__]))\n"],
    ['def test_ends():\n    with pytest.raises(SystemExit):\n        sys.exit(2)\n'],
    [
      'def test_ends():\n    with pytest.raises(SystemExit) as info:\n        main([])\n    assert info.value.code == 2\n',
    ],
    [
      "def test_ends(monkeypatch):\n    monkeypatch.setattr(sys, 'exit', print)\n    assert total([2]) == 2\n",
    ],
    [
      "def test_ends(monkeypatch):\n    monkeypatch.setattr(os, '_exit', print)\n    assert total([2]) == 2\n",
    ],
    ["@patch('sys.exit')\ndef test_ends(leave):\n    assert total([2]) == 2\n"],
    ["@patch('os._exit')\ndef test_ends(leave):\n    assert total([2]) == 2\n"],
    [
      'def test_ends():\n    def leave():\n        raise SystemExit(3)\n    with pytest.raises(SystemExit):\n        run(leave)\n',
    ],
    ["def test_ends():\n    script = 'import sys; sys.exit(3); os._exit(3)'\n    assert run(script) == 3\n"],
    [
      'def test_fork():\n    child = os.fork()\n    if child == 0:\n        os._exit(0)\n    assert total([2]) == 2\n',
    ],
    ['def child():\n    os._exit(3)\n\n\ndef test_child():\n    assert run(child) == 3\n'],
    ["# sys.exit(0)\nNOTE = 'os._exit(0)'\n"],
    ['shop.exit(0)\nself.sys.exit(1)\n'],
    ['class Helper:\n    def total(self):\n        return 1\n'],
    [
      'class CartTest(unittest.TestCase):\n    def assertCart(self, cart):\n        self.assertEqual(cart.total, 1)\n',
    ],
    ["shop.pytest = 1\nsettings['unittest.TestCase'] = 2\n"],
    ['pytestmark = pytest.mark.slow\n'],
    ["unittest_settings = {'a': 1}\n"],
  ])('by: %j', async (text) => {
    expect((await added(text)).filter((one) => !/no_assertion/.test(one))).toEqual([])
  })

  it.each([
    [
      hook(
        'pytest_runtest_makereport(item, call)',
        'outcome = yield',
        'report = outcome.get_result()',
        "setattr(item, 'report_' + report.when, report)",
      ),
    ],
    [
      hook(
        'pytest_runtest_makereport(item, call)',
        'report = yield',
        'if report.failed:',
        '    item.browser.screenshot()',
        'return report',
      ),
    ],
    [
      hook(
        'pytest_collection_modifyitems(config, items)',
        "if config.getoption('--runslow'):",
        '    return',
        "skip_slow = pytest.mark.skip(reason='need --runslow')",
        'for item in items:',
        "    if 'slow' in item.keywords:",
        '        item.add_marker(skip_slow)',
      ),
    ],
    [
      hook(
        'pytest_collection_modifyitems(config, items)',
        "wanted = config.getoption('--only')",
        'items[:] = [item for item in items if wanted in item.nodeid]',
      ),
    ],
    [hook('pytest_collection_modifyitems(items)', 'items.sort(key=lambda item: item.name)')],
    [hook('pytest_collection_modifyitems(items)', 'items[:] = sorted(items, key=str)')],
    [
      hook(
        'pytest_collection_modifyitems(items)',
        'for item in items:',
        '    item.add_marker(pytest.mark.timeout(5))',
      ),
    ],
    [
      hook(
        'pytest_collection_modifyitems(items)',
        "if not shutil.which('git'):",
        '    items[0].add_marker(pytest.mark.skip)',
      ),
    ],
    [hook('pytest_addoption(parser)', "parser.addoption('--runslow', action='store_true')")],
    [hook('pytest_configure(config)', "config.addinivalue_line('markers', 'slow: takes long')")],
    [hook('pytest_sessionfinish(session, exitstatus)', "print('exit status', exitstatus)")],
    [hook('pytest_ignore_collect(path)', 'return False')],
    ["collect_ignore = ['setup.py']\n".replace("['setup.py']", '[]')],
    ["if sys.version_info < (3, 8):\n    collect_ignore = ['test_walrus.py']\n"],
    ["if sys.platform == 'win32':\n    collect_ignore_glob = ['*_posix.py']\n"],
    ['@pytest.fixture\ndef cart():\n    return Cart()\n'],
    ["pytest_plugins = ['shop.fixtures']\n"],
  ])('by a conftest.py: %j', async (text) => {
    expect(await ofConftest(text)).toEqual([])
  })

  it('when it was so before', async () => {
    const text = `${HEAD}sys.exit(0)\n${TEST}`
    expect(await kindsOf(text, text.replace(TEST, CASE), 'tests/test_shop.py')).not.toContain(
      '5 meddles_with_runner',
    )
    expect(await kindsOf(text, `${text}sys.exit(0)\n`, 'tests/test_shop.py')).toEqual([
      '8 meddles_with_runner',
    ])
  })

  it('by a source that ends its process', async () => {
    const change = { path: 'shop/main.py', before: '', after: `${HEAD}sys.exit(0)\nos._exit(1)\n` }
    expect(await analysis.judgeTests({ tests: [], sources: [change] })).toEqual([])
  })
})
