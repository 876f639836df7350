// Inside
//
// Owns:   the program that executes code under test: it reads one task and sends its news line by line.
// Leaves: starting and ending it (child-process.ts).
//
// R1. It may be killed at any time: each finding is sent as soon as it is made.

import { readFileSync, writeSync } from 'node:fs'
import { decodeLine, encodeLine } from '../channel.ts'
import type { ImportedClass } from '../descriptors.ts'
import type { SearchNews, SearchTask, VerifyNews, VerifyTask } from '../tasks.ts'
import type { CompiledModule } from '../transpile.ts'
import { type Bench, openBench } from './bench.ts'
import { FakeClock } from './clock.ts'
import { createModuleScope } from './module-scope.ts'
import { Probes } from './probes.ts'
import { runCase, somethingEscaped } from './run-case.ts'
import { installStubs } from './stubs.ts'

const NEWS_DESCRIPTOR = 3

const task = decodeLine(readFileSync(0, 'utf8')) as SearchTask | VerifyTask
const { exit } = process
const probes = new Probes()
const clock = new FakeClock()
const stubs = installStubs(clock)
try {
  await (task.kind === 'search' ? runSearch(task) : runVerify(task))
} catch (error) {
  tell({ kind: 'broken', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
exit.call(process, 0)

/** Loaded only here: verifying starts faster without it. */
async function runSearch(task: SearchTask): Promise<void> {
  const bench = open(task.modules, 'probed', task.analysis.importedClasses)
  if (bench === undefined) return
  const { startSearch } = await import('../search/start.ts')
  await startSearch({ task, bench, tell })
}

async function runVerify(task: VerifyTask): Promise<void> {
  const bench = open(task.modules, 'plain', task.importedClasses)
  if (bench === undefined) return
  for (const [index, test] of task.cases.entries()) {
    tell({ kind: 'began', index })
    const { outcome, uses, awaits, waits } = await runCase(bench, test, false)
    if (await somethingEscaped(bench)) continue
    tell({ kind: 'ran', index, observed: { outcome, uses, awaits, waits } })
  }
}

function open(
  modules: readonly CompiledModule[],
  flavour: 'plain' | 'probed',
  importedClasses: readonly ImportedClass[],
): Bench | undefined {
  try {
    const scope = createModuleScope(modules, flavour, probes)
    return openBench({ probes, clock, stubs, plain: flavour === 'plain' }, scope, importedClasses)
  } catch (error) {
    tell({ kind: 'unloadable', reason: error instanceof Error ? error.message : String(error) })
    return undefined
  }
}

function tell(news: SearchNews | VerifyNews): void {
  const line = Buffer.from(encodeLine(news))
  for (let written = 0; written < line.length; ) written += writeSync(NEWS_DESCRIPTOR, line, written)
}
