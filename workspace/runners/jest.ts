// Jest
//
// Jest's options.

import { join, relative } from 'node:path'
import { parseJson } from '../../kernel/index.ts'
import { escapeGlob } from './escape-glob.ts'
import { atLeast, installedFolder, installedVersion } from './installed-package.ts'
import { coverageFolder, readJsonReport, reportFile } from './json-report.ts'
import { ownWords } from './own-words.ts'
import type { Runner, RunnerCommand, RunnerPlaces, SuiteRequest } from './runner.ts'
import { runnerNode } from './runner-node.ts'
import type { WordRules } from './runner-words.ts'

const LIST =
  /^--(?:collectCoverageFrom|coveragePathIgnorePatterns|coverageReporters|ignoreProjects|moduleDirectories|moduleFileExtensions|modulePathIgnorePatterns|modulePaths|projects|reporters|roots|selectProjects|setupFiles|setupFilesAfterEnv|snapshotSerializers|testMatch|testPathIgnorePatterns|testPathPatterns?|testRegex|transformIgnorePatterns|unmockedModulePathPatterns|watchPathIgnorePatterns|findRelatedTests)$/
const VALUED =
  /^(?:-c|-w|-t|--(?:cacheDirectory|changedSince|config|coverageDirectory|coverageProvider|coverageThreshold|env|testEnvironment|testEnvironmentOptions|filter|globalSetup|globalTeardown|globals|haste|maxConcurrency|maxWorkers|moduleNameMapper|notifyMode|outputFile|preset|prettierPath|resolver|rootDir|runner|seed|shard|testFailureExitCode|testLocationInResults|testNamePattern|testResultsProcessor|testRunner|testSequencer|testTimeout|transform|workerThreads|workerIdleMemoryLimit))$/
const OURS =
  /^(?:-[bou]|--(?:bail|cache|no-cache|cacheDirectory|changedFilesWithAncestor|changedSince|ci|no-ci|clearCache|collectCoverage|collectCoverageFrom|coverage|no-coverage|coverageDirectory|coverageProvider|coverageReporters|coverageThreshold|findRelatedTests|json|lastCommit|listTests|notify|notifyMode|onlyChanged|onlyFailures|outputFile|randomize|reporters|runTestsByPath|seed|silent|testResultsProcessor|updateSnapshot|verbose|watch|watchAll|watchman|no-watchman))$/

/** Jest refuses options that are given twice; without a limit of ours that of the script counts. */
function rulesFor({ testLimitMs }: Pick<SuiteRequest, 'testLimitMs'>): WordRules {
  const dropped = testLimitMs === undefined ? OURS : new RegExp(`${OURS.source}|^--testTimeout$`)
  return { valued: VALUED, listed: LIST, dropped }
}

export const jest: Runner = {
  package: 'jest',
  probe: () => "test('probe', () => {})\n",
  frame: () => ({ head: 'const equal = (actual, expected) => expect(actual).toBe(expected)\n' }),
  list: async (places) => {
    const { node, behind } = await ownWords(places, 'jest', rulesFor({}))
    return { argv: behind([...(await program(places, node)), '--listTests', '--json']) }
  },
  listed: (root, stdout) => {
    const found: unknown = parseJson(stdout.slice(stdout.indexOf('[')))
    return (found as string[]).map((file) => relative(root, file))
  },
  isConfigurationAsked: true,
  command: async (request): Promise<RunnerCommand> => {
    const { node, behind } = await ownWords(request, 'jest', rulesFor(request))
    const argv = [
      ...(await program(request, node)),
      // Before any option: one that takes a list of values would take them.
      ...(request.files ?? []),
      ...(request.files === undefined ? [] : ['--runTestsByPath']),
      ...['--ci', '--json', `--outputFile=${reportFile(request)}`, '--watchman=false'],
      `--cacheDirectory=${join(request.out, 'cache')}`,
      ...coverageOptions(request),
      ...(await shuffle(request)),
      ...(request.testLimitMs === undefined ? [] : [`--testTimeout=${request.testLimitMs}`]),
    ]
    return { argv: behind(argv) }
  },
  read: async (request, ending) => {
    const report = await readJsonReport(request)
    return report && { ...report, success: report.success && ending.code === 0 }
  },
}

async function program(places: RunnerPlaces, node: readonly string[]): Promise<string[]> {
  return [...runnerNode(places), ...node, join(await installedFolder(places, 'jest'), 'bin/jest.js')]
}

/** Since 29.5; before, tests keep their order. */
async function shuffle({ seed, ...places }: SuiteRequest): Promise<string[]> {
  if (seed === undefined || !atLeast(await installedVersion(places, 'jest'), 29, 5)) return []
  return ['--randomize', `--seed=${seed}`]
}

function coverageOptions(request: SuiteRequest): string[] {
  if (request.modules === undefined) return ['--coverage=false']
  return [
    ...['--coverage', '--coverageReporters=json', `--coverageDirectory=${coverageFolder(request)}`],
    '--coverageThreshold={}',
    ...request.modules.map((module) => `--collectCoverageFrom=${escapeGlob(module)}`),
  ]
}
