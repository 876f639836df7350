// A repository that says itself how it is checked: a small one in Python, judged like any other.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import { type AgentTask, commandsSchema, type Survey } from '../../machines/index.ts'
import { lintersIn } from '../../workspace/commands/detect.ts'
import { readIstanbul, readLcov } from '../../workspace/runners/lcov.ts'
import type { JudgingWorkspace } from './judging.ts'
import { type Files, Playground, surveyed, write } from './repositories.ts'

/** Runs the tests with a tracer and writes which lines were reached, as lcov. */
const TRACE = `import ast, os, sys, unittest
reached = {}
root = os.getcwd()
def trace(frame, event, arg):
    path = frame.f_code.co_filename
    if not path.startswith(root + '/shop'):
        return None
    if event == 'line':
        lines = reached.setdefault(path, {})
        lines[frame.f_lineno] = lines.get(frame.f_lineno, 0) + 1
    return trace
sys.settrace(trace)
sys.path.insert(0, root)
suite = unittest.defaultTestLoader.discover('tests')
result = unittest.TextTestRunner().run(suite)
sys.settrace(None)
with open('lcov.info', 'w') as out:
    for name in sorted(os.listdir('shop')):
        if not name.endswith('.py'):
            continue
        path = os.path.join(root, 'shop', name)
        nodes = ast.walk(ast.parse(open(path).read()))
        lines = sorted({n.lineno for n in nodes if isinstance(n, ast.stmt)})
        out.write('SF:shop/%s\\n' % name)
        for line in lines:
            out.write('DA:%d,%d\\n' % (line, reached.get(path, {}).get(line, 0)))
        out.write('end_of_record\\n')
sys.exit(0 if result.wasSuccessful() else 1)
`

const PYTHON: Files = {
  'README.md': '# Shop\n',
  '.gitignore': 'lcov.info\n__pycache__\nnode_modules\n',
  'trace.py': TRACE,
  'shop/__init__.py': '',
  'shop/cart.py': `def total(prices):
    if not prices:
        return 0
    return sum(prices)
`,
  'tests/test_cart.py': `import unittest
from shop.cart import total

class Cart(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), 3)
`,
}

const COMMANDS = {
  tests: { run: 'python3 trace.py', coverage: 'lcov.info', pattern: 'tests/test_{name}.py' },
  lint: 'python3 -m compileall -q shop tests',
}

/** An interpreter of the machine's own: the sandbox shows no other. */
function python(): string | undefined {
  try {
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin' }
    return execFileSync('python3', ['--version'], { env, encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return undefined
  }
}

describe.skipIf(python() === undefined)(
  'a Python repository (skipped where python3 is not in /usr/bin)',
  () => {
    const playground = new Playground()
    let workspace: JudgingWorkspace
    let survey: Survey

    beforeAll(async () => {
      const repository = playground.repository(PYTHON)
      workspace = await playground.open(repository, { analysis, commands: COMMANDS })
      survey = await surveyed(workspace)
      await workspace.openMilestone({ milestone: 'm', survey })
    })
    afterAll(() => playground.dispose())

    const integrate = async (id: string, files: Files) => {
      const of = { milestone: 'm', task: id }
      const { tip: commit } = await workspace.milestone({ milestone: 'm' })
      await workspace.prepareWorktree({ ...of, survey, commit })
      const sources = Object.entries(files).map(([path, source]) => ({ path, source }))
      const submission = await workspace.submit({ ...of, files: sources, cases: 0, message: 'code: more' })
      await workspace.releaseWorktree(of)
      const words = { title: 'a discount', instructions: 'give one', round: 1, needs: [], files: [] }
      const task: AgentTask = { id, kind: 'code', ...words }
      const { kind, verdicts } = await workspace.integrate({
        survey,
        milestone: 'm',
        task,
        submission,
        key: id,
      })
      return { kind, ...Object.fromEntries(verdicts.map(({ gate, ...verdict }) => [gate, verdict])) }
    }

    it('is surveyed by its own commands', () => {
      expect(survey).toMatchObject({
        runner: 'command',
        modules: ['shop/cart.py'],
        testPattern: 'tests/test_{name}.py',
        measurement: { statements: { covered: 3, total: 4 }, tests: { passed: 1, failed: 0 } },
      })
    })

    it('gets what is right and refuses what is not', async () => {
      const source =
        'def discount(amount):\n    if amount > 100:\n        return amount * 0.9\n    return amount\n'
      const test = (is: string) => `import unittest
from shop.discount import discount

class Discount(unittest.TestCase):
    def test_discount(self):
        self.assertEqual(discount(200), ${is})
        self.assertEqual(discount(50), 50)
`
      const wrong = await integrate('wrong', {
        'shop/discount.py': source,
        'tests/test_discount.py': test('1'),
      })
      expect(wrong).toMatchObject({ kind: 'rejected', tests: { kind: 'failed' } })
      const unreached = await integrate('unreached', { 'shop/discount.py': source })
      expect(unreached).toMatchObject({
        kind: 'rejected',
        tests: { kind: 'passed' },
        coverage: { kind: 'failed' },
      })
      const right = await integrate('right', {
        'shop/discount.py': source,
        'tests/test_discount.py': test('180'),
      })
      expect(right).toMatchObject({ kind: 'merged', coverage: { kind: 'passed' }, lint: { kind: 'passed' } })
    })

    it('is refused when its own command fails at HEAD', async () => {
      const directory = join(playground.root, 'other')
      const commands = { tests: { run: 'python3 trace.py && false' } }
      const other = await playground.open(survey.repository, { commands, directory })
      expect(await other.survey()).toMatchObject({ kind: 'refused', code: 'failing_tests' })
    })
  },
)

describe('commands in canopy.yaml', () => {
  it.each([
    [{ tests: 'make test' }, { tests: { run: 'make test' } }],
    [
      { lint: 'ruff check', types: 'mypy .' },
      { lint: 'ruff check', types: 'mypy .' },
    ],
  ])('%j is read', (given, read) => {
    expect(commandsSchema.parse(given)).toEqual(read)
  })
  it.each([[{ tests: '' }], [{ test: 'make' }], [{ tests: { run: 'x', some: 'no place' } }]])(
    '%j is not',
    (given) => {
      expect(commandsSchema.safeParse(given).success).toBe(false)
    },
  )
})

describe('coverage of other tools', () => {
  it('is read from lcov', () => {
    const text =
      'SF:a.py\nDA:1,2\nDA:3,0\nBRDA:3,0,0,1\nBRDA:3,0,1,-\nend_of_record\nSF:/r/b.py\nDA:1,1\nend_of_record\n'
    const { '/r/a.py': a, '/r/b.py': b } = readLcov('/r', text)
    expect([a?.s, a?.b, b?.s]).toEqual([{ 1: 2, 3: 0 }, { '3.0': [1, 0] }, { 1: 1 }])
  })
  it("is read from istanbul's JSON, and nothing from what is none", () => {
    const place = { start: { line: 1, column: 0 }, end: { line: 1, column: 9 } }
    const file = {
      path: '/r/a.js',
      statementMap: { 0: place },
      fnMap: {},
      branchMap: {},
      s: { 0: 1 },
      f: {},
      b: {},
    }
    expect(Object.keys(readIstanbul('/r', JSON.stringify({ '/r/a.js': file })))).toEqual(['/r/a.js'])
    expect(readIstanbul('/r', '{"a":')).toEqual({})
  })
})

describe('linters', () => {
  const playground = new Playground()
  afterAll(() => playground.dispose())
  it.each<[string, Files, string[]]>([
    ['none', { 'biome.json': '{}' }, []],
    [
      'what is configured and installed',
      { 'biome.json': '{}', 'node_modules/@biomejs/biome/bin/biome': '' },
      ['biome'],
    ],
    [
      'without configuration only oxlint',
      { 'node_modules/oxlint/bin/oxlint': '', 'node_modules/eslint/bin/eslint.js': '' },
      ['oxlint'],
    ],
    [
      'what the script names',
      {
        'package.json': '{"scripts":{"lint":"eslint ."}}',
        'eslint.config.mjs': '',
        'biome.json': '',
        'node_modules/eslint/bin/eslint.js': '',
        'node_modules/@biomejs/biome/bin/biome': '',
      },
      ['eslint'],
    ],
    [
      'all that scripts name',
      {
        'package.json':
          '{"scripts":{"lint":"npm run lint:fast && npm run lint:slow","lint:fast":"oxlint","lint:slow":"eslint ."},"eslintConfig":{}}',
        'biome.json': '',
        'node_modules/eslint/bin/eslint.js': '',
        'node_modules/oxlint/bin/oxlint': '',
        'node_modules/@biomejs/biome/bin/biome': '',
      },
      ['oxlint', 'eslint'],
    ],
  ])('are %s', async (name, files, found) => {
    const root = join(playground.root, name.replaceAll(' ', '-'))
    write(root, { 'README.md': '', ...files })
    expect((await lintersIn({ root, dependencies: root })).map((linter) => linter.name)).toEqual(found)
  })
})
