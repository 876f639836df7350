// Inside
//
// Owns:   the program in which code under test is executed: it reads one task and tells what happens, line by line.
// Leaves: starting and ending it (offspring.ts).
//
// R1. It may be killed at any time; everything worth having was told by then.

import { readFileSync, writeSync } from 'node:fs'
import { decodeLine, encodeLine } from '../channel.ts'
import type { SearchNews, SearchTask, VerifyNews, VerifyTask } from '../tasks.ts'
import { Clock } from './clock.ts'
import type { PathOf } from './express.ts'
import { createModuleScope, type ModuleScope } from './module-scope.ts'
import { Probes } from './probes.ts'
import { type Bench, runCase, somethingEscaped } from './run-case.ts'
import { installStubs } from './stubs.ts'

const newsDescriptor = 3
const fuelToLoad = 50_000_000
const fuelForCase = 40_000

const task = decodeLine(readFileSync(0, 'utf8')) as SearchTask | VerifyTask
const { exit } = process
const probes = new Probes()
const clock = new Clock()
const stubs = installStubs(clock)
try {
  await (task.kind === 'search' ? runSearch(task) : runVerify(task))
} catch (error) {
  tell({ kind: 'broken', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
exit.call(process, 0)

/** Loaded only here: verifying starts faster without it. */
async function runSearch(task: SearchTask): Promise<void> {
  const opened = openBench(createModuleScope(task.modules, 'probed', probes), false)
  if ('reason' in opened) return tell({ kind: 'unloadable', reason: opened.reason })
  const { startSearch } = await import('../search/start.ts')
  await startSearch({ task, ...opened, operands: probes.operands, tell })
}

async function runVerify(task: VerifyTask): Promise<void> {
  const opened = openBench(createModuleScope(task.modules, 'plain', probes), true)
  if ('reason' in opened) return tell({ kind: 'unloadable', reason: opened.reason })
  for (const [index, test] of task.cases.entries()) {
    tell({ kind: 'began', index })
    const { outcome, uses, awaits, waits } = await runCase(opened.bench, test, false)
    if (await somethingEscaped(opened.bench)) continue
    tell({ kind: 'ran', index, observed: { outcome, uses, awaits, waits } })
  }
}

type Opened = { readonly bench: Bench; readonly scope: ModuleScope } | { readonly reason: string }

function openBench(scope: ModuleScope, plain: boolean): Opened {
  probes.begin(fuelToLoad, false)
  try {
    const exports = scope.load()
    return {
      scope,
      bench: {
        probes,
        clock,
        stubs,
        exports,
        pathOf: createPathOf(exports),
        counts: scope.counts,
        fuel: fuelForCase,
        plain,
      },
    }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) }
  }
}

/** The exports, and the members of exported objects, by identity. */
function createPathOf(exports: Readonly<Record<string, unknown>>): PathOf {
  const paths = new Map<unknown, readonly string[]>()
  for (const [name, value] of Object.entries(exports))
    if (isIdentifiable(value) && !paths.has(value)) paths.set(value, [name])
  return (value) => paths.get(value)
}

function isIdentifiable(value: unknown): boolean {
  return typeof value === 'function' || typeof value === 'symbol'
}

function tell(news: SearchNews | VerifyNews): void {
  const line = Buffer.from(encodeLine(news))
  for (let written = 0; written < line.length; ) written += writeSync(newsDescriptor, line, written)
}
