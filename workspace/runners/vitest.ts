// Vitest
//
// Vitest's options, old and new.
//
// The repository's own configuration decides how tests run; only coverage and reports are set here.

import { join, relative } from 'node:path'
import { z } from 'zod'
import { parseJson } from '../../kernel/index.ts'
import { escapeGlob } from './escape-glob.ts'
import { atLeast, installedVersion } from './installed-package.ts'
import { coverageFolder, readJsonReport, reportFile } from './json-report.ts'
import type { Runner, RunnerCommand, RunnerPlaces, SuiteRequest } from './runner.ts'
import { runnerNode } from './runner-node.ts'
import { keepOptions, readManifest, wordsAfter } from './script.ts'

const listSchema = z.union([
  z.array(z.object({ file: z.string() })),
  z.object({ testResults: z.array(z.object({ name: z.string() })) }),
])

const KEPT = [
  '--config',
  '-c',
  '--dir',
  '--project',
  '--environment',
  '--globals',
  '--mode',
  '--pool',
  '--exclude',
]

export const vitest: Runner = {
  package: 'vitest',
  probe: () => "import { test } from 'vitest'\ntest('probe', () => {})\n",
  frame: () => ({
    head: "import { expect, it } from 'vitest'\nconst equal = (actual, expected) => expect(actual).toBe(expected)\n",
  }),
  list: async (places, probe) => {
    const { root } = places
    const listing = ['--filesOnly', '--json', ...(await ownOptions(root))]
    if (atLeast(await installedVersion(places, 'vitest'), 3))
      return { argv: [...program(places, 'list'), ...listing] }
    // Older versions cannot list files; they can run the probes, at the same cost.
    const running = [probe, '--reporter=json', '--coverage.enabled=false', ...(await ownOptions(root))]
    return { argv: [...program(places, 'run'), ...running] }
  },
  listed: (root, stdout) => {
    const start = Math.max(0, stdout.search(/^[[{]/m))
    const found = listSchema.parse(parseJson(stdout.slice(start)))
    const files = Array.isArray(found)
      ? found.map(({ file }) => file)
      : found.testResults.map(({ name }) => name)
    return files.map((file) => relative(root, file))
  },
  isConfigurationAsked: true,
  command: async (request): Promise<RunnerCommand> => ({
    argv: [
      ...program(request, 'run'),
      ...(request.files ?? []),
      ...(await ownOptions(request.root)),
      ...['--reporter=json', `--outputFile=${reportFile(request)}`],
      ...(await coverageOptions(request)),
      ...(request.testLimitMs === undefined
        ? []
        : [`--testTimeout=${request.testLimitMs}`, `--hookTimeout=${request.testLimitMs}`]),
      ...(request.seed === undefined
        ? []
        : ['--retry=0', '--sequence.shuffle.tests=true', `--sequence.seed=${request.seed}`]),
    ],
  }),
  read: async (request, ending) => {
    const report = await readJsonReport(request)
    // An error outside all tests is only in the exit code; so is a missed threshold, which does not count here.
    const threshold = /ERROR: Coverage for .* does not meet/.test(ending.stderr)
    return report && { ...report, success: report.success && (ending.code === 0 || threshold) }
  },
}

/** Before 3.2, v8's branches are ranges of bytes, and their number changes with the code that ran. */
export function coverageProvider(version: string): 'v8' | 'istanbul' {
  return atLeast(version, 3, 2) ? 'v8' : 'istanbul'
}

function program(places: RunnerPlaces, command: string): string[] {
  return [...runnerNode(places), join(places.root, 'node_modules/vitest/vitest.mjs'), command]
}

async function ownOptions(root: string): Promise<string[]> {
  return keepOptions(wordsAfter(await readManifest(root), /^vitest$/) ?? [], KEPT)
}

async function coverageOptions(request: SuiteRequest): Promise<string[]> {
  if (request.modules === undefined) return ['--coverage.enabled=false']
  const version = await installedVersion(request, 'vitest')
  const provider = coverageProvider(version)
  return [
    ...['--coverage.enabled=true', `--coverage.provider=${provider}`, '--coverage.reporter=json'],
    `--coverage.reportsDirectory=${coverageFolder(request)}`,
    ...request.modules.map((module) => `--coverage.include=${escapeGlob(module)}`),
    // Modules are measured even if the repository excludes them.
    '--coverage.exclude=**/node_modules/**',
    ...['lines', 'functions', 'branches', 'statements'].map((what) => `--coverage.thresholds.${what}=0`),
    ...['--coverage.thresholds.autoUpdate=false', '--coverage.thresholds.perFile=false'],
    ...(atLeast(version, 4) ? [] : ['--coverage.all=true']),
    ...(provider === 'v8' && !atLeast(version, 4) ? ['--coverage.experimentalAstAwareRemapping=true'] : []),
  ]
}
