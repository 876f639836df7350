// Repository text
//
// Owns:   what `canopy doctor --repo` prints for people.

import type { RepositoryFinding } from '../../app/index.ts'
import { type Survey, shellWord } from '../../machines/index.ts'
import { oneLine, percentText, timeSpan } from '../words.ts'

export function repositoryText(finding: RepositoryFinding): string[] {
  if (finding.kind === 'refused') {
    const { repository, code, message, seconds } = finding
    return [
      ...indentedLines(message),
      '',
      `A run cannot work on ${oneLine(repository)} (${code}; looked for ${timeSpan(seconds)}).`,
    ]
  }
  const { survey, linters, formatters, seconds } = finding
  const lint = survey.commands?.lint ?? linters.join(', ')
  const rows = [
    ...rowsOf(survey),
    ['lint', lint || 'no linter was found'],
    ['format', formatters.join(', ') || 'no formatter was found'],
  ]
  const width = Math.max(...rows.map(([name = '']) => name.length))
  const lines = rows.map(([name = '', text = '']) => `${name.padEnd(width)}  ${oneLine(text)}`)
  const better = advice(finding).map((sentence) => `${'better'.padEnd(width)}  ${sentence}`)
  const isWritten = survey.runsNewTestFiles !== false && finding.hasTestWriter
  const goal = isWritten ? '--goal branch-coverage=90' : "--outcome 'WORDS'"
  const command = `canopy run --repo ${shellWord(survey.repository)} ${goal}`
  return [...lines, ...better, '', `A run can start (looked for ${timeSpan(seconds)}): ${command}`]
}

/** Each line keeps its indentation: tests stand out from their messages. */
function indentedLines(message: string): string[] {
  return message
    .split('\n')
    .filter((line) => !/^\s+at\s/.test(line))
    .map((line) => (/^ */.exec(line)?.[0] ?? '') + oneLine(line))
    .filter((line) => line.trim() !== '')
}

function packagesOf({ python, packageManager, dependencies }: Survey): string {
  if (python !== undefined) return `Python ${python.version}, from ${python.program}`
  return `${packageManager}, from ${dependencies}`
}

function rowsOf(survey: Survey): string[][] {
  const { tests, branches, modules } = survey.measurement
  const counted = [`${tests.passed} passed`, ...(tests.skipped > 0 ? [`${tests.skipped} skipped`] : [])]
  return [
    ['repository', `${survey.repository} at ${survey.head.slice(0, 10)}`],
    ['packages', packagesOf(survey)],
    ['tests', `${survey.commands?.tests?.run ?? survey.runner}: ${counted.join(', ')}`],
    [
      'coverage',
      `${branches.covered} of ${branches.total} branches (${percentText(branches)}) in ${modules.length} modules`,
    ],
    [
      'types',
      survey.commands?.types ?? survey.types?.join(' ') ?? 'no type check that passes at HEAD was found',
    ],
    [
      'new tests',
      survey.runsNewTestFiles === false
        ? 'the test command names its files: none would run'
        : survey.testPattern,
    ],
  ]
}

function advice({ survey, linters, hasTestWriter }: RepositoryFinding & { kind: 'ready' }): string[] {
  const { branches } = survey.measurement
  return [
    ...(branches.total === 0 && survey.python === undefined
      ? ['no branch was measured: goals of coverage cannot be given, only outcomes']
      : []),
    ...(survey.runsNewTestFiles === false
      ? ['with a pattern such as test/*.test.js in the test command, goals of coverage could be given, too']
      : []),
    ...(hasTestWriter
      ? []
      : [`tests for ${survey.runner} are written by a model only: give an outcome in words`]),
    ...(survey.python !== undefined && survey.commands?.tests?.coverage === undefined
      ? ['no coverage is measured: install pytest-cov or coverage into the environment of the tests']
      : []),
    ...(survey.types === undefined && survey.commands?.types === undefined
      ? ['a type check that passes would catch more: set commands.types']
      : []),
    ...(linters.length === 0 && survey.commands?.lint === undefined
      ? ['a linter would catch more: set commands.lint']
      : []),
  ]
}
