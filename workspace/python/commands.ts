// Commands
//
// How a Python repository is checked, from its own files and the packages of its environment: the lines for the
// setting `commands`.
// Leaves: finding the environment (environment.ts), the survey (survey/by-command.ts).
//
// P1. The repository's own options hold: pytest reads them from its files. Only reports are added.

import { type CommandSettings, REPORTS_VARIABLE } from '../../machines/index.ts'
import type { PythonEnvironment } from './environment.ts'

/** Of the commit. */
export interface PythonFiles {
  readonly tracked: readonly string[]
  /** Texts of those files of `READ_FILES` that are there. */
  readonly texts: Readonly<Record<string, string>>
}

/** Files that say how a Python repository is installed and checked. */
export const READ_FILES = [
  ...[
    'pyproject.toml',
    'setup.cfg',
    'setup.py',
    'tox.ini',
    'pytest.ini',
    '.pytest.ini',
    'noxfile.py',
    'Pipfile',
  ],
  ...['requirements.txt', 'requirements-dev.txt', 'requirements_dev.txt', 'dev-requirements.txt'],
  ...['requirements-test.txt', 'requirements-tests.txt', 'test-requirements.txt', 'requirements/dev.txt'],
  ...['requirements/test.txt', 'requirements/tests.txt', '.flake8', 'mypy.ini', '.mypy.ini', 'ruff.toml'],
  ...['.ruff.toml', 'pyrightconfig.json', '.pre-commit-config.yaml', '.python-version'],
]

const TEST = /(^|\/)(test_[^/]*|[^/]*_tests?|tests?)\.py$/
const INSTALLED_BY = ['pyproject.toml', 'setup.cfg', 'setup.py', 'tox.ini', 'pytest.ini', 'Pipfile']

/** Whether the tests of a commit are in Python. */
export function isPython(tracked: readonly string[]): boolean {
  const isDeclared = tracked.some(
    (path) => INSTALLED_BY.includes(path) || /^requirements[^/]*\.txt$/.test(path),
  )
  return (
    tracked.some((path) => TEST.test(path)) &&
    (isDeclared || tracked.some((path) => /^[^/]+\.py$/.test(path)))
  )
}

export type PythonRunner = 'pytest' | 'unittest'

/** pytest where any file names it; else unittest, which comes with Python. */
export function runnerIn({ tracked, texts }: PythonFiles): PythonRunner {
  const isNamed = Object.values(texts).some((text) => /\bpytest\b/.test(text))
  const isConfigured = tracked.some((path) => /(^|\/)(conftest\.py|\.?pytest\.(ini|toml))$/.test(path))
  return isNamed || isConfigured ? 'pytest' : 'unittest'
}

/** Folders of importable code: `src` where packages are in it, and the top. */
export function sourceFolders(tracked: readonly string[]): string[] {
  const hasSrc = tracked.some((path) => /^src\/[^/]+(\/.*)?\.py$/.test(path) && path !== 'src/__init__.py')
  return hasSrc && !tracked.includes('src/__init__.py') ? ['src', ''] : ['']
}

export function pythonCommands(
  files: PythonFiles,
  environment: Pick<PythonEnvironment, 'packages'>,
): CommandSettings {
  const tests = runnerIn(files) === 'pytest' ? pytest(environment) : unittest(files, environment)
  const [lint, types] = [lintLine(files, environment), typesLine(files, environment)]
  return {
    tests: { ...tests, pattern: testPattern(files) },
    ...(lint === undefined ? {} : { lint }),
    ...(types === undefined ? {} : { types }),
  }
}

type TestsLines = NonNullable<CommandSettings['tests']>
type Installed = Pick<PythonEnvironment, 'packages'>

const OUT = `"$${REPORTS_VARIABLE}"`
const COVERAGE = `$${REPORTS_VARIABLE}/lcov.info`
const RESULTS = `$${REPORTS_VARIABLE}/results.xml`
const has = ({ packages }: Installed, name: string) => packages[name] !== undefined

/** The plugin where it is installed: the repository's own options may switch it on, and two measurements exclude each other. */
function pytest(environment: Installed): TestsLines {
  const reports = `-o junit_family=xunit1 --junitxml=${OUT}/results.xml -o cache_dir=${OUT}/cache`
  const plugin = `--cov=. --cov-branch --cov-config=/dev/null --cov-report=lcov:${OUT}/lcov.info --cov-fail-under=0`
  const line = (more: string) => {
    if (has(environment, 'pytest-cov')) return `${AT_OUT} python -m pytest ${reports} ${plugin}${more}`
    if (has(environment, 'coverage')) return measured(`pytest ${reports}${more}`)
    return `python -m pytest ${reports}${more}`
  }
  const isMeasured = has(environment, 'pytest-cov') || has(environment, 'coverage')
  return {
    run: line(''),
    some: line(' {files}'),
    results: RESULTS,
    ...(isMeasured && { coverage: COVERAGE }),
  }
}

const AT_OUT = `COVERAGE_FILE=${OUT}/coverage`

/** The exit code is that of the tests. */
function measured(module: string): string {
  const report = `python -m coverage lcov --rcfile=/dev/null -q -o ${OUT}/lcov.info`
  return `export ${AT_OUT}; python -m coverage run --rcfile=/dev/null --branch --source=. -m ${module}; code=$?; ${report} 1>&2; exit $code`
}

function unittest({ tracked }: PythonFiles, environment: Installed): TestsLines {
  const folder = ['tests', 'test'].find((name) => tracked.some((path) => path.startsWith(`${name}/`)))
  const isPackage = folder !== undefined && tracked.includes(`${folder}/__init__.py`)
  const place = folder === undefined ? '' : isPackage ? ` -s ${folder} -t .` : ` -s ${folder}`
  const [all, some] = [`unittest discover${place}`, 'unittest {files}']
  if (!has(environment, 'coverage')) return { run: `python -m ${all}`, some: `python -m ${some}` }
  return { run: measured(all), some: measured(some), coverage: COVERAGE }
}

/** Like the tests that are there, in the folder that has most of them. */
function testPattern({ tracked }: PythonFiles): string {
  const tests = tracked.filter((path) => /(^|\/)(test_[^/]*|[^/]*_test)\.py$/.test(path))
  const counts = new Map<string, number>()
  for (const path of tests) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  const [folder = 'tests/'] = [...counts].sort(([, one], [, other]) => other - one)[0] ?? []
  const isAfter = tests.filter((path) => /_test\.py$/.test(path)).length > tests.length / 2
  return `${folder}${isAfter ? '{name}_test.py' : 'test_{name}.py'}`
}

const isNamedBy = ({ texts }: PythonFiles, files: readonly string[], words: RegExp) =>
  files.some((name) => words.test(texts[name] ?? ''))

function lintLine(files: PythonFiles, environment: Installed): string | undefined {
  const { texts } = files
  const ruff =
    'ruff.toml' in texts || '.ruff.toml' in texts || isNamedBy(files, ['pyproject.toml'], /^\[tool\.ruff/m)
  if (ruff && has(environment, 'ruff')) return 'ruff check --no-cache --output-format=concise'
  const flake8 = '.flake8' in texts || isNamedBy(files, ['setup.cfg', 'tox.ini'], /^\[flake8\]/m)
  return flake8 && has(environment, 'flake8') ? 'python -m flake8' : undefined
}

function typesLine(files: PythonFiles, environment: Installed): string | undefined {
  const { texts } = files
  const settings =
    texts['mypy.ini'] ??
    texts['.mypy.ini'] ??
    sectionOf(texts['pyproject.toml'], 'tool.mypy') ??
    sectionOf(texts['setup.cfg'], 'mypy')
  if (settings !== undefined && has(environment, 'mypy')) {
    const isPlaced = /^\s*(files|packages|modules)\s*=/m.test(settings)
    return `python -m mypy --cache-dir=/tmp/mypy${isPlaced ? '' : ` ${mainFolder(files.tracked)}`}`
  }
  const pyright =
    'pyrightconfig.json' in texts || isNamedBy(files, ['pyproject.toml'], /^\[tool\.(base)?pyright/m)
  return pyright && has(environment, 'pyright') ? 'python -m pyright' : undefined
}

/** The text of a section of an INI or TOML file; undefined where there is none. */
function sectionOf(text: string | undefined, name: string): string | undefined {
  const parts = (text ?? '').split(/^(?=\[)/m)
  const own = parts.filter((part) => part.startsWith(`[${name}]`))
  return own.length === 0 ? undefined : own.join('\n')
}

/** `src`, or the package with most files. */
function mainFolder(tracked: readonly string[]): string {
  if (sourceFolders(tracked).includes('src')) return 'src'
  const counts = new Map<string, number>()
  for (const path of tracked) {
    const [, folder] = /^(\w+)\/.*\.py$/.exec(path) ?? []
    if (folder !== undefined && !/^(tests?|docs?|examples?|scripts|tools)$/.test(folder))
      counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? '.'
}
