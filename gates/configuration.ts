// Configuration
//
// Finds changes to the settings that say how a repository is checked: thresholds, scripts, the configuration of tests,
// types and lint, CI, and expected results (snapshots, fixtures).
//
// A raised threshold is no finding; neither is an added script or dependency.

import { z } from 'zod'
import { jsonOf } from '../kernel/index.ts'
import type { ChangeFinding, FileChange } from '../machines/index.ts'

const CI =
  /^(\.github\/(workflows|actions)\/|\.gitlab-ci|\.circleci\/|\.travis\.yml|azure-pipelines|bitbucket-pipelines|\.buildkite\/|Jenkinsfile|\.husky\/|lefthook\.|\.pre-commit-config)/
const TESTING =
  /(^|\/)((vitest|jest|vite|karma|playwright|cypress|ava|mocha|wdio|tap)[^/]*\.(config|workspace|conf)\.[^/]+|\.(mocharc|nycrc|c8rc|taprc|istanbul)[^/]*|nyc\.config\.[^/]+|pytest\.ini|tox\.ini|\.coveragerc|conftest\.py|codecov\.ya?ml|\.codecov\.ya?ml)$/
const TYPES = /(^|\/)(tsconfig[^/]*|jsconfig)\.json$/
const LINT =
  /(^|\/)(\.eslintrc[^/]*|eslint\.config\.[^/]+|\.eslintignore|biome\.jsonc?|\.?oxlintrc\.json|oxlint\.config\.[^/]+|\.prettierrc[^/]*|\.stylelintrc[^/]*|ruff\.toml|\.flake8|\.pylintrc)$/
const SETUP =
  /(^|\/)((jest|vitest|test)[.-]?setup|setup[.-]?tests?|global[.-]?setup|setup)[^/]*\.[cm]?[jt]s$/i
const CANOPY = /^(canopy\.ya?ml|\.npmrc|\.yarnrc[^/]*|\.nvmrc|\.node-version|Makefile)$/
const COMPARED = /(^|\/)(__fixtures__|fixtures?|golden|goldens|testdata|__file_snapshots__)\//
/** Python's own: some sections are about checks, others are not. */
const SECTIONED = /(^|\/)(pyproject\.toml|setup\.cfg)$/
const CHECKED =
  /^\[+(?:tool[.:])?"?(?:pytest|coverage|ruff|mypy|pyright|flake8|pylint|isort|black|tox|unittest|nox|hatch\.envs)\b/
const SNAPSHOT = /\.(snap|snapshot)$/

/** Settings of a test runner, in a file of their own. */
export function isTestSetting(path: string): boolean {
  return TESTING.test(path) || SETUP.test(path)
}

export function configurationFindings(change: FileChange): ChangeFinding[] {
  const { path, before, after } = change
  if (before === after) return []
  const found = (kind: string, message: string): ChangeFinding[] => [{ kind, path, message }]
  if (CI.test(path)) return found('changed_ci', 'settings of CI are changed')
  if (path.split('/').at(-1) === 'package.json') return ofManifest(change)
  if (SNAPSHOT.test(path)) return ofSnapshots(change)
  if (SECTIONED.test(path)) return ofSections(change)
  if (COMPARED.test(path) && before !== undefined)
    return found('changed_expectation', 'expected results of tests are changed')
  const what = [TESTING, TYPES, LINT, CANOPY].some((pattern) => pattern.test(path))
  const setup = SETUP.test(path) && before !== undefined
  if (!what && !setup) return []
  const lowered = thresholdFindings(path, before ?? '', after ?? '')
  if (lowered.length > 0) return lowered
  if (withoutThresholds(before ?? '') === withoutThresholds(after ?? '')) return []
  return found('changed_configuration', 'settings of the checks are changed')
}

/** Sections that say how the repository is checked. */
function ofSections({ path, before, after }: FileChange): ChangeFinding[] {
  const [was, is] = [before, after].map((text = '') => checkedSections(text)) as [string, string]
  const lowered = thresholdFindings(path, was, is)
  if (before === undefined || lowered.length > 0 || withoutThresholds(was) === withoutThresholds(is))
    return lowered
  return [{ kind: 'changed_configuration', path, message: 'settings of the checks are changed' }]
}

function checkedSections(text: string): string {
  const sections = text.split(/^(?=\s*\[)/m)
  return sections.filter((section) => CHECKED.test(section.trimStart())).join('')
}

const THRESHOLD =
  /(?:\b|--)(branches|functions|lines|statements|check-coverage|fail_under|fail-under|minimum|target|perFile|test-coverage-\w+)\b['"]?\s*(?:[:=]\s*|\s+)['"]?(-?\d+(?:\.\d+)?|true)%?/g

function thresholdsIn(text: string): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const [, name = '', value = ''] of text.matchAll(THRESHOLD))
    found.set(name, [...(found.get(name) ?? []), value === 'true' ? 1 : Number(value)])
  return found
}

/** Thresholds that are lower or missing, each found by its name and its position among those of that name. */
function thresholdFindings(path: string, before: string, after: string): ChangeFinding[] {
  const now = thresholdsIn(after)
  return [...thresholdsIn(before)].flatMap(([name, values]) =>
    values.flatMap((value, at) => {
      const other = now.get(name)?.[at]
      if (other !== undefined && !isLower(value, other)) return []
      const message = `${name} was ${value} and is ${other ?? 'gone'}`
      return [{ kind: 'lowered_threshold', path, message }]
    }),
  )
}

/** A negative threshold is the number of places that may be uncovered. */
function isLower(value: number, other: number): boolean {
  return value < 0 && other >= 0 ? false : other < value
}

function withoutThresholds(text: string): string {
  return text.replaceAll(THRESHOLD, '$1').replaceAll(/\s+/g, '')
}

const manifestSchema = z.looseObject({ scripts: z.record(z.string(), z.string()).catch({}).default({}) })
type ManifestChange = z.infer<typeof manifestSchema>

const CHECKING = /test|lint|type|check|cover|verif|valid|\bci\b|build|^(pre|post)|prepare|mutation/
const SETTINGS = [
  ...['jest', 'vitest', 'nyc', 'c8', 'mocha', 'ava', 'tap', 'eslintConfig', 'eslintIgnore', 'babel'],
  ...['lint-staged', 'husky', 'type', 'imports', 'workspaces', 'packageManager', 'size-limit', 'tsd', 'xo'],
]

function ofManifest({ path, before, after }: FileChange): ChangeFinding[] {
  const was = parse(before)
  const now = parse(after)
  const told = (kind: string, message: string): ChangeFinding => ({ kind, path, message })
  if (before === undefined) return []
  if (was === undefined || now === undefined)
    return [told('changed_configuration', 'it can no longer be read')]
  const lowered = thresholdFindings(path, before, after ?? '')
  const scripts = Object.keys({ ...was.scripts, ...now.scripts }).filter((name) => isTampered(name, was, now))
  const settings = SETTINGS.filter((name) => !sameSetting(was[name], now[name]))
  return [
    ...lowered,
    ...scripts.map((name) => told('changed_script', `the script ${name} is changed`)),
    ...settings.map((name) => told('changed_configuration', `${name} is changed`)),
  ]
}

/** A script of a check is changed or missing; a new one counts when it runs before or after another. */
function isTampered(name: string, was: ManifestChange, now: ManifestChange): boolean {
  const [old, current] = [was.scripts[name], now.scripts[name]]
  if (old === current) return false
  if (old !== undefined) return CHECKING.test(name) || CHECKING.test(old)
  return /^(pre|post)/.test(name) || /^(un)?install$|^prepare$/.test(name)
}

function sameSetting(was: unknown, now: unknown): boolean {
  const text = (value: unknown) => withoutThresholds(JSON.stringify(value) ?? '')
  return text(was) === text(now)
}

function parse(text: string | undefined): ManifestChange | undefined {
  return text === undefined ? undefined : manifestSchema.safeParse(jsonOf(text)).data
}

const FEW_SNAPSHOTS = 2

/** Rewritten snapshots accept any behaviour of the code. */
function ofSnapshots({ path, before = '', after = '' }: FileChange): ChangeFinding[] {
  const was = snapshotsIn(before)
  const now = snapshotsIn(after)
  const values = new Set(now.values())
  const changed = [...was].filter(([name, value]) => now.get(name) !== value && !values.has(value))
  if (changed.length === 0) return []
  const message = `${changed.length} of ${was.size} snapshots are changed or deleted`
  return [{ kind: changed.length > FEW_SNAPSHOTS ? 'mass_snapshots' : 'changed_expectation', path, message }]
}

function snapshotsIn(text: string): Map<string, string> {
  const entries = text.matchAll(/exports\[`((?:[^`\\]|\\.)*)`\] = `((?:[^`\\]|\\.)*)`/g)
  return new Map([...entries].map(([, name = '', value = '']) => [name, value]))
}
