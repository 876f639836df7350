// Node test
//
// The options of Node's own test runner.
// Leaves: its reporter's lines (line-report.ts), turning V8's counts into branches (v8-coverage.ts).

import { join } from 'node:path'
import { z } from 'zod'
import { parseJson } from '../../kernel/index.ts'
import { FileRefused, kindInside } from '../worktree-files.ts'
import { atLeast, hasInstalled } from './installed-package.ts'
import { countedEnv, lineReportFile, readLineReport } from './line-report.ts'
import type { Runner, RunnerCommand, RunnerPlaces, SuiteRequest } from './runner.ts'
import { runnerNode } from './runner-node.ts'
import { plainWord, splitWords, withWords } from './runner-words.ts'
import { keepOptions, partFor, transpiler } from './script.ts'
import type { ShellWord } from './shell-words.ts'

const REPORTER = join(import.meta.dirname, 'node-reporter.js')
const KEPT = ['--import', '--require', '-r', '--loader', '--experimental-loader', '--conditions', '-C']
const WORDS = {
  valued:
    /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--env-file-if-exists|--test-name-pattern|--test-skip-pattern|--test-reporter|--test-reporter-destination|--test-timeout|--test-concurrency|--test-shard|--test-coverage-.*)$/,
  dropped:
    /^(--test|--test-reporter|--test-reporter-destination|--watch|--experimental-test-coverage|--test-coverage-.*|--inspect.*|--test-only|--enable-source-maps|--no-warnings)$/,
}
const ENDING = '{js,mjs,cjs,ts,mts,cts}'
/** Patterns of the files that Node runs by default. */
const USUAL = ['**/*.test', '**/*-test', '**/*_test', '**/test-*', '**/test', '**/test/**/*'].map(
  (pattern) => `${pattern}.${ENDING}`,
)

export const nodeTest: Runner = {
  probe: (load) =>
    `${load === 'require' ? "const test = require('node:test')" : "import test from 'node:test'"}\ntest('probe', () => {})\n`,
  frame: () => ({
    head: "import { strictEqual as equal } from 'node:assert'\nimport { it } from 'node:test'\n",
  }),
  list: async (places) => {
    const script = `const { globSync } = require('node:fs')
      const exclude = (path) => String(path.name ?? path).includes('node_modules')
      console.log(JSON.stringify(globSync(process.argv.slice(1), { exclude })))`
    return { argv: [process.execPath, '--no-warnings', '-e', script, ...(await patterns(places))] }
  },
  listed: (_root, stdout) => z.array(z.string()).parse(parseJson(stdout)),
  command: async (request): Promise<RunnerCommand> => {
    const { options, files } = await ownWords(request)
    const argv = [
      ...runnerNode(request),
      ...['--no-warnings', '--test', ...options],
      ...[`--test-reporter=${REPORTER}`, `--test-reporter-destination=${lineReportFile(request)}`],
      ...shuffle(request),
      ...(request.files ?? []),
    ]
    return {
      argv: withWords(argv, request.files === undefined ? files : []),
      readable: [REPORTER],
      env: countedEnv(request),
    }
  },
  read: readLineReport,
}

function shuffle(request: SuiteRequest): string[] {
  const isOwn = request.node === undefined
  const known = isOwn && process.allowedNodeEnvironmentFlags.has('--test-randomize')
  return request.seed === undefined || !known
    ? []
    : ['--test-randomize', `--test-random-seed=${request.seed}`]
}

async function patterns(places: RunnerPlaces): Promise<string[]> {
  const { files } = await ownWords(places)
  return files.length > 0 ? files.map(({ value }) => value) : USUAL
}

/** Options to keep, and files or patterns, from the script that calls `node --test`. */
async function ownWords(places: RunnerPlaces): Promise<{ options: string[]; files: ShellWord[] }> {
  const { root } = places
  const part = places.part?.runner === 'node' ? places.part : await partFor(root, 'node')
  if (part === undefined) return { options: [], files: [] }
  const { options, operands } = splitWords(part.words, WORDS)
  const all = await withoutMissing(
    places,
    [...part.node, ...options].map(({ value }) => value),
  )
  const files = operands.map(async (word) =>
    takesPatterns(places) && (await isFolder(root, word.value))
      ? plainWord(join(word.value, `**/*.${ENDING}`))
      : word,
  )
  return { options: all, files: await Promise.all(files) }
}

/** Since version 21; before, a folder is searched for the usual names. */
const takesPatterns = ({ node }: RunnerPlaces) =>
  node === undefined || atLeast(node.version.replace('v', ''), 21)

/** Node strips types itself: where no package brings the transpiler, it is left out. */
async function withoutMissing(places: RunnerPlaces, options: readonly string[]): Promise<string[]> {
  const through = transpiler(options)
  if (through === undefined || (await hasInstalled(places, `${through.package}/package.json`)))
    return [...options]
  return keepOptions(options, KEPT).filter(
    (word, at, all) => word !== through.word && all[at + 1] !== through.word,
  )
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
