// Jest
//
// Jest's options.

import { join, relative } from 'node:path'
import { parseJson } from '../../kernel/index.ts'
import { escapeGlob } from './escape-glob.ts'
import { atLeast, installedVersion } from './installed-package.ts'
import { coverageFolder, readJsonReport, reportFile } from './json-report.ts'
import type { Runner, RunnerCommand, RunnerPlaces, SuiteRequest } from './runner.ts'
import { runnerNode } from './runner-node.ts'
import { keepOptions, readManifest, testCommands, wordsAfter } from './script.ts'

const KEPT = ['--config', '-c', '--env', '--selectProjects', '--rootDir', '--preset']

export const jest: Runner = {
  package: 'jest',
  probe: () => "test('probe', () => {})\n",
  frame: () => ({ head: 'const equal = (actual, expected) => expect(actual).toBe(expected)\n' }),
  list: async (places) => ({ argv: [...(await program(places)), '--listTests', '--json'] }),
  listed: (root, stdout) => {
    const found: unknown = parseJson(stdout.slice(stdout.indexOf('[')))
    return (found as string[]).map((file) => relative(root, file))
  },
  isConfigurationAsked: true,
  command: async (request): Promise<RunnerCommand> => ({
    argv: [
      ...(await program(request)),
      ...['--ci', '--json', `--outputFile=${reportFile(request)}`, '--watchman=false'],
      `--cacheDirectory=${join(request.out, 'cache')}`,
      ...coverageOptions(request),
      ...(await shuffle(request)),
      ...(request.testLimitMs === undefined ? [] : [`--testTimeout=${request.testLimitMs}`]),
      ...(request.files === undefined ? [] : ['--runTestsByPath', ...request.files]),
    ],
  }),
  read: async (request, ending) => {
    const report = await readJsonReport(request)
    return report && { ...report, success: report.success && ending.code === 0 }
  },
}

async function program(places: RunnerPlaces): Promise<string[]> {
  const { root } = places
  const manifest = await readManifest(root)
  const words = testCommands(manifest).flat()
  const modules = words.some((word) => word.includes('--experimental-vm-modules'))
  const own = keepOptions(wordsAfter(manifest, /(^|\/)jest(\.js)?$/) ?? [], KEPT)
  const flags = modules ? ['--experimental-vm-modules'] : []
  return [...runnerNode(places), ...flags, join(root, 'node_modules/jest/bin/jest.js'), ...own]
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
