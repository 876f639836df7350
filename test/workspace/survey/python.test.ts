// The survey of Python repositories: with the environment of the checkout, and the tests by its own files.

import { execFileSync } from 'node:child_process'
import { existsSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Survey } from '../../../machines/index.ts'
import { isPython, type PythonFiles, pythonCommands, runnerIn } from '../../../workspace/python/commands.ts'
import { type Files, git, Playground, surveyed, write } from '../repositories.ts'

const files = (texts: Files): PythonFiles => ({ tracked: Object.keys(texts), texts })
const SHOP: Files = {
  '.gitignore': '.venv\n__pycache__\n',
  'src/shop/__init__.py': '',
  'src/shop/cart.py': 'def total(prices):\n    return sum(prices)\n',
  'docs/conf.py': 'project = "shop"\n',
}
const PYTEST: Files = {
  ...SHOP,
  'pyproject.toml':
    '[project]\nname = "shop"\nversion = "1.0"\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n',
  'tests/test_cart.py': 'from shop.cart import total\n\ndef test_total():\n    assert total([1, 2]) == 3\n',
}
const UNITTEST: Files = {
  ...SHOP,
  'setup.py': 'from setuptools import setup\nsetup(name="shop")\n',
  'tests/test_cart.py': `import unittest
from shop.cart import total

class Cart(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), 3)
`,
}

describe('a repository', () => {
  it.each([
    ['with tests and a project file', ['pyproject.toml', 'tests/test_a.py'], true],
    ['with tests beside its modules', ['a.py', 'test_a.py'], true],
    ['with one file of tests', ['setup.py', 'app/tests.py'], true],
    ['with tests that are named behind the module', ['requirements-dev.txt', 'pkg/a_test.py'], true],
    ['without tests', ['pyproject.toml', 'a.py'], false],
    ['of another language with a script', ['package.json', 'tools/test_a.py'], false],
  ])('%s: %j', (_, tracked, is) => {
    expect(isPython(tracked)).toBe(is)
  })

  it.each<[string, Files, string]>([
    ['a setting of pytest', { 'setup.cfg': '[tool:pytest]\n' }, 'pytest'],
    ['a requirement', { 'requirements-dev.txt': 'pytest>=8\n' }, 'pytest'],
    ['a conftest.py', { 'tests/conftest.py': '' }, 'pytest'],
    ['nothing of pytest', { 'setup.py': '' }, 'unittest'],
  ])('with %s is tested by its runner', (_, texts, runner) => {
    expect(runnerIn(files(texts))).toBe(runner)
  })
})

describe('the lines for a repository', () => {
  const linesOf = (texts: Files, ...installed: string[]) =>
    pythonCommands(files(texts), { packages: Object.fromEntries(installed.map((name) => [name, '1'])) })

  it('measure with the plugin where it is installed, else with coverage, else not', () => {
    const lines = [['pytest-cov', 'coverage'], ['coverage'], []].map((more) => {
      const { tests } = linesOf(PYTEST, 'pytest', ...more)
      return [tests?.coverage, /--cov=|coverage run/.exec(tests?.run ?? '')?.[0]]
    })
    expect(lines).toEqual([
      ['$CANOPY_OUT/lcov.info', '--cov='],
      ['$CANOPY_OUT/lcov.info', 'coverage run'],
      [undefined, undefined],
    ])
  })

  it.each<[string, Files, string[], string | undefined]>([
    ['ruff', { 'pyproject.toml': '[tool.ruff]\nline-length = 100\n' }, ['ruff'], 'ruff check'],
    ['ruff in its own file', { 'ruff.toml': '' }, ['ruff'], 'ruff check'],
    ['flake8', { 'setup.cfg': '[flake8]\n' }, ['flake8', 'ruff'], 'python -m flake8'],
    ['nothing that is installed', { 'ruff.toml': '' }, [], undefined],
    ['nothing that is configured', { 'setup.py': '' }, ['ruff', 'flake8'], undefined],
  ])('lint with %s', (_, texts, installed, line) => {
    const { lint } = linesOf(texts, ...installed)
    expect(line === undefined ? lint : lint?.startsWith(line)).toBe(line === undefined ? undefined : true)
  })

  it.each<[string, Files, string[], string | undefined]>([
    ['the folder of sources', { ...SHOP, 'mypy.ini': '[mypy]\n' }, ['mypy'], ' src'],
    [
      'the largest package',
      { 'mypy.ini': '[mypy]\n', 'shop/a.py': '', 'tests/test_a.py': '' },
      ['mypy'],
      ' shop',
    ],
    ['the configured files', { 'pyproject.toml': '[tool.mypy]\nfiles = ["shop"]\n' }, ['mypy'], '/tmp/mypy'],
    ['nothing', { ...SHOP, 'mypy.ini': '[mypy]\n' }, [], undefined],
  ])('check the types of %s', (_, texts, installed, end) => {
    const { types } = linesOf(texts, ...installed)
    expect(end === undefined ? types : types?.endsWith(end)).toBe(end === undefined ? undefined : true)
  })

  it.each<[string[], string]>([
    [['tests/test_a.py', 'tests/test_b.py', 'test_c.py'], 'tests/test_{name}.py'],
    [['pkg/a_test.py', 'pkg/b_test.py'], 'pkg/{name}_test.py'],
    [['setup.py', 'app/tests.py'], 'tests/test_{name}.py'],
  ])('put new tests beside those of %j', (tracked, pattern) => {
    expect(pythonCommands({ tracked, texts: {} }, { packages: {} }).tests?.pattern).toBe(pattern)
  })
})

/** A Python with these packages, of those on the PATH. */
function pythonWith(...packages: string[]): string | undefined {
  const names = ['python3', 'python', '/usr/bin/python3']
  return names.find((name) => {
    try {
      execFileSync(name, ['-c', packages.map((each) => `import ${each}`).join('\n')], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}

const plain = pythonWith('unittest', 'venv')
const withPytest = pythonWith('pytest', 'venv')
const playground = new Playground()
afterAll(() => playground.dispose())

let made = 0

function withEnvironment(files: Files, python: string): string {
  const repository = playground.repository(files, { name: `repository-${++made}` })
  const options = ['-m', 'venv', '--without-pip', '--system-site-packages', '.venv']
  execFileSync(python, options, { cwd: repository, stdio: 'ignore' })
  return repository
}

async function outcomeOf(repository: string) {
  const said: string[] = []
  const log = (message: string) => said.push(message)
  const workspace = await playground.open(repository, { log, directory: `${repository}-data` })
  const outcome = await workspace.survey()
  return { ...outcome, said }
}

describe.skipIf(plain === undefined)('a repository with unittest (skipped without python3)', () => {
  it('is surveyed with the environment in its checkout', async () => {
    const outcome = await outcomeOf(withEnvironment(UNITTEST, plain as string))
    expect(outcome).toMatchObject({
      kind: 'ready',
      survey: {
        runner: 'command',
        testPattern: 'tests/test_{name}.py',
        measurement: { tests: { passed: 1, failed: 0 } },
      } satisfies Partial<Record<keyof Survey, unknown>>,
    })
  })

  it('is formatted by the formatter of its environment, and a broken file stays as it is', async () => {
    const settings = { 'pyproject.toml': '[project]\nname = "shop"\nversion = "1"\n[tool.black]\n' }
    const repository = withEnvironment({ ...UNITTEST, ...settings }, plain as string)
    const black = '#!/bin/sh\ncase "$*" in *broken*) exit 123;; esac\nsed "s/  */ /g"\n'
    writeFileSync(join(repository, '.venv/bin/black'), black, { mode: 0o755 })
    const workspace = await playground.open(repository, { directory: `${repository}-data` })
    const survey = await surveyed(workspace)
    await workspace.openMilestone({ milestone: 'm', survey })
    const of = { milestone: 'm', task: 't', survey }
    const { path } = await workspace.prepareWorktree({ ...of, commit: survey.head })
    write(path, {
      'src/shop/tax.py': 'rate  =   7\n',
      'src/shop/broken.py': 'rate  =\n',
      'notes.txt': 'a   b\n',
    })
    const { commit } = await workspace.collect({ ...of, message: 'work\n' })
    const at = (file: string) => git(workspace.clone, 'show', `${commit}:${file}`)
    expect(at('src/shop/tax.py')).toBe('rate = 7\n')
    expect(at('src/shop/broken.py')).toBe('rate  =\n')
    expect(at('notes.txt')).toBe('a   b\n')
  })

  it('uses no environment that is a link', async () => {
    const repository = withEnvironment(UNITTEST, plain as string)
    renameSync(join(repository, '.venv'), join(playground.root, 'elsewhere'))
    symlinkSync(join(playground.root, 'elsewhere'), join(repository, '.venv'))
    const { said, kind } = await outcomeOf(repository)
    expect(kind).toBe('ready')
    expect(said).toContainEqual(expect.stringMatching(/\.venv is a link: it is not used/))
  })
})

describe.skipIf(withPytest === undefined)('a repository with pytest (skipped without pytest)', () => {
  it('is surveyed, and the code of the worktree is tested, not that of the checkout', async () => {
    const repository = withEnvironment(PYTEST, withPytest as string)
    const outcome = await outcomeOf(repository)
    expect(outcome).toMatchObject({ kind: 'ready', survey: { measurement: { tests: { passed: 1 } } } })
    expect(existsSync(join(repository, '__pycache__'))).toBe(false)
  })

  it('is refused with the failing test and its message', async () => {
    const wrong = { 'tests/test_cart.py': 'def test_total():\n    assert 1 + 1 == 3\n' }
    const outcome = await outcomeOf(withEnvironment({ ...PYTEST, ...wrong }, withPytest as string))
    expect(outcome).toMatchObject({
      kind: 'refused',
      code: 'failing_tests',
      message: expect.stringMatching(
        /tests\/test_cart\.py: .*test_total[\s\S]*assert \(1 \+ 1\) == 3[\s\S]*- The tests ran under pytest with Python 3\.[\d.]+ \(/,
      ),
    })
    expect(outcome).not.toMatchObject({ message: expect.stringMatching(/Node|\.venv\/[,. ]/) as string })
  })
})
