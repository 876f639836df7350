// Vitest
//
// Vitest's options, old and new.
//
// The repository's own configuration decides how tests run; only coverage and reports are set here.

import { join, relative } from 'node:path'
import { z } from 'zod'
import { parseJson } from '../../kernel/index.ts'
import { escapeGlob } from './escape-glob.ts'
import { atLeast, installedFolder, installedVersion } from './installed-package.ts'
import { coverageFolder, readJsonReport, reportFile } from './json-report.ts'
import { ownWords } from './own-words.ts'
import type { Runner, RunnerCommand, RunnerPlaces, SuiteRequest } from './runner.ts'
import { runnerNode } from './runner-node.ts'

const listSchema = z.union([
  z.array(z.object({ file: z.string() })),
  z.object({ testResults: z.array(z.object({ name: z.string() })) }),
])

const VALUED =
  /^(?:-[crtw]|--(?:attachmentsDir|bail|changed|config|configLoader|diff|dir|environment|exclude|execArgv|hookTimeout|inspect|inspect-brk|maxConcurrency|maxWorkers|minWorkers|mergeReports|mode|outputFile|pool|project|reporter|retry|root|shard|slowTestThreshold|snapshotEnvironment|tags-?filter|tagsFilter|teardownTimeout|testNamePattern|testTimeout|vmMemoryLimit|workspace|browser\.(?:name|provider|instances)|coverage\.(?!enabled|all|clean|skipFull|allowExternal|processingConcurrency)\w+(?:\.\w+)?|outputFile\.\w+|poolOptions\.\S+|sequence\.(?:hooks|seed|setupFiles|sequencer)|typecheck\.(?:checker|include|exclude|tsconfig)|expect\.\S+|diff\.\S+))$/
const OURS =
  /^(?:-[uw]|--(?:bail|changed|clearCache|coverage|no-coverage|coverage\..*|inspect.*|json|merge-?[rR]eports|open|outputFile.*|reporter|run|silent|standalone|ui|update|watch|no-watch|color|no-color|passWithNoTests|shard|typecheck(?:\..*)?))$/

const COMMAND = /^(?:run|watch|dev)$/

/** A limit or an order of ours replaces that of the script. */
function rulesFor({ testLimitMs, seed }: Omit<SuiteRequest, 'root' | 'out' | 'dependencies'>) {
  const more = [
    ...(testLimitMs === undefined ? [] : ['--(?:testTimeout|hookTimeout)']),
    ...(seed === undefined ? [] : ['--retry|--sequence\\..*']),
  ]
  return {
    valued: VALUED,
    command: COMMAND,
    dropped: new RegExp([OURS.source, ...more.map((one) => `^(?:${one})$`)].join('|')),
  }
}

export const vitest: Runner = {
  package: 'vitest',
  probe: () => "import { test } from 'vitest'\ntest('probe', () => {})\n",
  frame: () => ({
    head: "import { expect, it } from 'vitest'\nconst equal = (actual, expected) => expect(actual).toBe(expected)\n",
  }),
  list: async (places, probe) => {
    const { node, behind } = await ownWords(places, 'vitest', rulesFor({}))
    if (atLeast(await installedVersion(places, 'vitest'), 3))
      return { argv: behind([...(await program(places, node, 'list')), '--filesOnly', '--json']) }
    // Older versions cannot list files; they can run the probes, at the same cost.
    const probes = await ownWords({ ...places, files: [probe] }, 'vitest', rulesFor({}))
    const running = [probe, '--reporter=json', '--coverage.enabled=false']
    return { argv: probes.behind([...(await program(places, node, 'run')), ...running]) }
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
  command: async (request): Promise<RunnerCommand> => {
    const { node, behind } = await ownWords(request, 'vitest', rulesFor(request))
    const argv = [
      ...(await program(request, node, 'run')),
      ...(request.files ?? []),
      ...['--reporter=json', `--outputFile=${reportFile(request)}`],
      ...(await coverageOptions(request)),
      ...(request.testLimitMs === undefined
        ? []
        : [`--testTimeout=${request.testLimitMs}`, `--hookTimeout=${request.testLimitMs}`]),
      ...(request.seed === undefined
        ? []
        : ['--retry=0', '--sequence.shuffle.tests=true', `--sequence.seed=${request.seed}`]),
    ]
    return { argv: behind(argv) }
  },
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

async function program(places: RunnerPlaces, node: readonly string[], command: string): Promise<string[]> {
  const start = join(await installedFolder(places, 'vitest'), 'vitest.mjs')
  return [...runnerNode(places), ...node, start, command]
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
