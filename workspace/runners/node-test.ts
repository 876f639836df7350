// Node test
//
// The options of Node's own test runner.
// Leaves: turning V8's counts into branches (v8-coverage.ts).

import { join, relative } from 'node:path'
import { z } from 'zod'
import { parseJson } from '../../kernel/index.ts'
import { FileRefused, kindInside, readTextInside } from '../worktree-files.ts'
import { MAX_REPORT_BYTES, parseReport, refuseTests } from './report-text.ts'
import type { FailedTest, Runner, RunnerCommand, SuiteReport, SuiteRequest, TestResult } from './runner.ts'
import { runnerNode } from './runner-node.ts'
import { keepOptions, readManifest, testCommands, transpiler } from './script.ts'
import { readV8Coverage } from './v8-coverage.ts'

const REPORTER = join(import.meta.dirname, 'node-reporter.js')
const KEPT = ['--import', '--require', '-r', '--loader', '--experimental-loader', '--conditions', '-C']
const ENDING = '{js,mjs,cjs,ts,mts,cts}'
/** Patterns of the files that Node runs by default. */
const USUAL = ['**/*.test', '**/*-test', '**/*_test', '**/test-*', '**/test', '**/test/**/*'].map(
  (pattern) => `${pattern}.${ENDING}`,
)

const lineSchema = z.object({
  passed: z.boolean(),
  name: z.string(),
  file: z.string().optional(),
  skip: z.unknown().optional(),
  todo: z.unknown().optional(),
  message: z.string(),
})
type ReporterLine = z.infer<typeof lineSchema>

export const nodeTest: Runner = {
  probe: '',
  testHead: "import { strictEqual as equal } from 'node:assert'\nimport { it } from 'node:test'\n",
  list: async ({ root }) => {
    const script = `const { globSync } = require('node:fs')
      const exclude = (path) => String(path.name ?? path).includes('node_modules')
      console.log(JSON.stringify(globSync(process.argv.slice(1), { exclude })))`
    return { argv: [process.execPath, '--no-warnings', '-e', script, ...(await patterns(root))] }
  },
  listed: (_root, stdout) => z.array(z.string()).parse(parseJson(stdout)),
  command: async (request): Promise<RunnerCommand> => {
    const { options, files } = await ownWords(request.root)
    return {
      argv: [
        ...runnerNode(),
        ...['--no-warnings', '--test', ...options],
        ...[`--test-reporter=${REPORTER}`, `--test-reporter-destination=${reportFile(request)}`],
        ...shuffle(request),
        ...(request.files ?? files),
      ],
      readable: [REPORTER],
      ...(request.modules === undefined ? {} : { env: { NODE_V8_COVERAGE: join(request.out, COUNTED) } }),
    }
  },
  read: async (request, ending) => {
    const text = await readTextInside(request.out, REPORT, MAX_REPORT_BYTES)
    if (text === undefined) return undefined
    const told = text.split('\n').filter(Boolean)
    refuseTests(told.length)
    const lines = told.map((line) => lineSchema.parse(parseReport(line)))
    const report = fold(request.root, lines, ending.code === 0)
    if (request.modules === undefined) return report
    return {
      ...report,
      coverage: await readV8Coverage(request.root, { out: request.out, folder: COUNTED }, request.modules),
    }
  },
}

const REPORT = 'report.jsonl'
const COUNTED = 'v8'
const reportFile = (request: SuiteRequest) => join(request.out, REPORT)

function fold(root: string, lines: readonly ReporterLine[], success: boolean): SuiteReport {
  const tests = lines.map((line): TestResult => {
    return { file: relative(root, line.file ?? ''), name: line.name, status: statusOf(line) }
  })
  const skipped = tests.filter(({ status }) => status === 'skipped')
  const failed = lines.filter((line) => statusOf(line) === 'failed')
  const failures: FailedTest[] = failed.map(({ file = '', name, message }) => ({
    file: relative(root, file),
    name,
    message,
  }))
  const passed = lines.length - skipped.length - failed.length
  return { success, passed, failed: failed.length, skipped: skipped.length, failures, tests }
}

function statusOf({ skip, todo, passed }: ReporterLine): TestResult['status'] {
  if (isSet(skip) || isSet(todo)) return 'skipped'
  return passed ? 'passed' : 'failed'
}

function isSet(mark: unknown): boolean {
  return mark !== undefined && mark !== false
}

function shuffle(request: SuiteRequest): string[] {
  const known = process.allowedNodeEnvironmentFlags.has('--test-randomize')
  return request.seed === undefined || !known
    ? []
    : ['--test-randomize', `--test-random-seed=${request.seed}`]
}

async function patterns(root: string): Promise<string[]> {
  const { files } = await ownWords(root)
  return files.length > 0 ? files : USUAL
}

/** Options to keep, and files or patterns, from the script that calls `node --test`. */
async function ownWords(root: string): Promise<{ options: string[]; files: string[] }> {
  const manifest = await readManifest(root)
  const words = testCommands(manifest).find((command) => command.includes('--test')) ?? []
  // Node strips types itself; through a transpiler, V8's counts could not be found again in the source.
  const through = transpiler(manifest)
  const options = through === undefined ? keepOptions(words, KEPT) : []
  const after = words.slice(words.indexOf('--test') + 1)
  const files = after.filter((word) => !word.startsWith('-') && !options.includes(word))
  const patterns = files.map(async (file) =>
    (await isFolder(root, file)) ? join(file, `**/*.${ENDING}`) : file,
  )
  return { options, files: await Promise.all(patterns) }
}

/** A pattern is no path, and a path that leads out of the worktree is left to Node, in the sandbox. */
async function isFolder(root: string, file: string): Promise<boolean> {
  try {
    return (await kindInside(root, file)).kind === 'folder'
  } catch (error) {
    if (error instanceof FileRefused) return false
    throw error
  }
}
