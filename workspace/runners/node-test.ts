// Node test
//
// The options of Node's own test runner.
// Leaves: its reporter's lines (line-report.ts), turning V8's counts into branches (v8-coverage.ts).

import { join } from 'node:path'
import { z } from 'zod'
import { parseJson } from '../../kernel/index.ts'
import { FileRefused, kindInside } from '../worktree-files.ts'
import { countedEnv, lineReportFile, readLineReport } from './line-report.ts'
import type { Runner, RunnerCommand, SuiteRequest } from './runner.ts'
import { runnerNode } from './runner-node.ts'
import { keepOptions, readManifest, testCommands, transpiler } from './script.ts'

const REPORTER = join(import.meta.dirname, 'node-reporter.js')
const KEPT = ['--import', '--require', '-r', '--loader', '--experimental-loader', '--conditions', '-C']
const ENDING = '{js,mjs,cjs,ts,mts,cts}'
/** Patterns of the files that Node runs by default. */
const USUAL = ['**/*.test', '**/*-test', '**/*_test', '**/test-*', '**/test', '**/test/**/*'].map(
  (pattern) => `${pattern}.${ENDING}`,
)

export const nodeTest: Runner = {
  probe: () => '',
  frame: () => ({
    head: "import { strictEqual as equal } from 'node:assert'\nimport { it } from 'node:test'\n",
  }),
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
        ...runnerNode(request),
        ...['--no-warnings', '--test', ...options],
        ...[`--test-reporter=${REPORTER}`, `--test-reporter-destination=${lineReportFile(request)}`],
        ...shuffle(request),
        ...(request.files ?? files),
      ],
      readable: [REPORTER],
      env: countedEnv(request),
    }
  },
  read: readLineReport,
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
