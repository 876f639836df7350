// Suite
//
// Runs tests of a worktree once, in the sandbox, and reports the result.
// Leaves: the runner's options (runners/), what follows from failures (gates/, survey/).
//
// `broken` is the tests' own fault and no pass; failures of the environment are thrown as retryable.

import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'
import type { CommandSettings, Survey } from '../machines/index.ts'
import { readableWith } from './dependencies.ts'
import { makeFolder } from './durable-file.ts'
import { inWorktree } from './in-worktree.ts'
import type { DataPlaces } from './places.ts'
import { removeTree } from './remove-tree.ts'
import { fromFolder, joinReports } from './runners/joined-report.ts'
import { preparation } from './runners/preparation.ts'
import type { SuiteReport, SuiteRequest } from './runners/runner.ts'
import { runnerNamed } from './runners/runner-named.ts'
import { filesByRun, runsIn, type SuiteRun } from './runners/suite-runs.ts'
import type { CommandEnding, Sandbox, VisibleMachine } from './sandbox/sandbox.ts'
import { lastWords } from './suite-words.ts'
import { WorkspaceError } from './workspace-error.ts'
import { FileRefused, kindInside } from './worktree-files.ts'

export type SuiteOutcome =
  | { readonly kind: 'ran'; readonly report: SuiteReport; readonly ms: number }
  | {
      readonly kind: 'broken'
      readonly reason: string
      /** It was stopped, or it exited without a report. */
      readonly cause: 'ended' | 'no_report'
    }

export interface SuiteOrder extends Omit<SuiteRequest, 'out'> {
  readonly runner: Survey['runner']
  readonly setup?: Survey['setup'] | undefined
  readonly commands?: CommandSettings | undefined
  readonly dependencies: string
  readonly timeoutMs: number
  readonly env?: Readonly<Record<string, string>>
  /** Further folders that the run needs. */
  readonly more?: { readonly readable: readonly string[]; readonly writable: readonly string[] }
  /** Paths in the worktree that the run may not change. */
  readonly frozen?: readonly string[]
  readonly machine?: VisibleMachine | undefined
  readonly signal?: AbortSignal | undefined
}

/** Runs each part of the test script, one after the other, and joins their reports; one that breaks ends the suite. */
export async function runSuite(
  sandbox: Sandbox,
  places: DataPlaces,
  order: SuiteOrder,
): Promise<SuiteOutcome> {
  const reports: SuiteReport[] = []
  // A script may run the same tests twice: for their results, and for their coverage.
  const commands = new Set<string>()
  const begun = performance.now()
  for (const { run, files } of runsFor(await runsIn(order.root, order.runner), order.files)) {
    const timeoutMs = Math.max(1, order.timeoutMs - (performance.now() - begun))
    const { files: _, ...rest } = order
    const of = {
      ...rest,
      ...(files === undefined ? {} : { files }),
      timeoutMs,
      run,
      isSetUp: commands.size > 0,
    }
    const outcome = await runPart(sandbox, places, of, commands)
    if (outcome.kind === 'broken') return inFolder(run.folder, outcome)
    if (outcome.kind === 'ran') reports.push(fromFolder(run.folder, outcome.report))
  }
  return { kind: 'ran', report: joinReports(reports), ms: Math.round(performance.now() - begun) }
}

interface PartOrder extends SuiteOrder {
  readonly run: SuiteRun
  /** Whether the suite's setup ran. */
  readonly isSetUp: boolean
}

/** Each run with its files; without files, all runs. A file that no run takes is not run. */
function runsFor(
  runs: readonly SuiteRun[],
  files: readonly string[] | undefined,
): { readonly run: SuiteRun; readonly files: readonly string[] | undefined }[] {
  if (files === undefined || runs.length === 1) return runs.map((run) => ({ run, files }))
  return [...filesByRun(runs, files)].map(([run, some]) => ({ run, files: some }))
}

type BrokenSuite = Extract<SuiteOutcome, { kind: 'broken' }>

function inFolder(folder: string, broken: BrokenSuite): BrokenSuite {
  return folder === '' ? broken : { ...broken, reason: `${folder}: ${broken.reason}` }
}

/** As the run's package sees it: paths are relative to its folder. */
function requestOf({ run, ...order }: PartOrder, out: string): SuiteRequest {
  const { folder, part } = run
  const request = { ...order, out, ...(part === undefined ? {} : { part }) }
  if (folder === '') return request
  const { root, dependencies, files, modules } = order
  const inside = (paths: readonly string[]) =>
    paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1))
  const { modules: _, ...bare } = request
  const own = inside(modules ?? [])
  return {
    ...bare,
    root: join(root, folder),
    dependencies: join(dirname(dependencies), folder, 'node_modules'),
    above: { root, dependencies },
    ...(files === undefined ? {} : { files: inside(files) }),
    ...(own.length === 0 ? {} : { modules: own }),
  }
}

async function runPart(
  sandbox: Sandbox,
  places: DataPlaces,
  order: PartOrder,
  commands: Set<string>,
): Promise<SuiteOutcome | { readonly kind: 'repeated' }> {
  const { folder } = order.run
  const runner = runnerNamed(order.run.runner, order.commands)
  const out = join(places.scratch, `suite-${randomUUID()}`)
  await makeFolder(out)
  try {
    const request = requestOf(order, out)
    const command = await runner.command(request)
    const prepared = await preparation(order)
    const key = JSON.stringify([folder, command.argv, command.env, prepared.env]).replaceAll(out, '')
    if (commands.has(key)) return { kind: 'repeated' }
    commands.add(key)
    const begun = performance.now()
    const place = inWorktree(places, order.root)
    const ending = await sandbox.run({
      ...place,
      cwd: request.root,
      argv: [...prepared.before, ...command.argv],
      writable: [...place.writable, out, ...(order.more?.writable ?? [])],
      readable: [
        ...(await readableWith(places, order.dependencies)),
        ...(command.readable ?? []),
        ...prepared.readable,
        ...(order.more?.readable ?? []),
      ],
      frozen: [...place.frozen, ...(order.frozen ?? []).map((path) => join(order.root, path))],
      env: { ...prepared.env, ...command.env },
      timeoutMs: order.timeoutMs,
      memoryMb: 4096,
      processes: 512,
      machine: order.machine,
      signal: order.signal,
    })
    const exited = exitOf(ending)
    if (typeof exited === 'string') return { kind: 'broken', reason: exited, cause: 'ended' }
    await refuseMoved(order.root, folder)
    const report = await runner.read(request, exited)
    if (report === undefined) {
      const reason = `no report: ${lastWords(exited)}`
      return { kind: 'broken', reason, cause: 'no_report' }
    }
    const objection = objectionTo(report)
    if (objection !== undefined) return { kind: 'broken', reason: objection, cause: 'no_report' }
    const told = report.success ? report : { ...uncoloured(report), said: lastWords(exited) }
    return { kind: 'ran', report: told, ms: Math.round(performance.now() - begun) }
  } catch (error) {
    // A link in place of a report, an endless report or one in another form is the tests' own fault.
    if (error instanceof FileRefused) return { kind: 'broken', reason: error.message, cause: 'no_report' }
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      return { kind: 'broken', reason: unreadable(error), cause: 'no_report' }
    throw error
  } finally {
    await removeTree(out)
  }
}

/** A test may have put a link in place of its package's folder. */
async function refuseMoved(root: string, folder: string): Promise<void> {
  if (folder === '' || (await kindInside(root, folder)).kind === 'folder') return
  throw new FileRefused(`${folder} is no folder after the run`)
}

function uncoloured(report: SuiteReport): SuiteReport {
  const failures = report.failures.map((each) => ({
    ...each,
    message: stripVTControlCharacters(each.message),
  }))
  return { ...report, failures }
}

/** A contradictory report was not written by a runner alone. */
function objectionTo({ tests, passed, failed, failures, success }: SuiteReport): string | undefined {
  const count = (status: string) => tests.filter((test) => test.status === status).length
  if (tests.length > 0 && (count('passed') !== passed || count('failed') !== failed))
    return `left a report of ${passed} tests that passed and ${failed} that failed, and names others`
  return success && failures.length > 0 ? 'left a report of success that names failures' : undefined
}

function unreadable(error: SyntaxError | z.ZodError): string {
  return `the report of the tests cannot be read: ${error instanceof SyntaxError ? error.message : 'it has another form'}`
}

const WAY_OUT: Readonly<Record<string, string>> = {
  disk: ' (the user may raise sandbox.disk-mb and sandbox.files in ~/.config/canopy/config.yaml)',
}

/** An exit, or why there was none through the command's own fault; throws for any other cause. */
export function exitOf(ending: CommandEnding): Extract<CommandEnding, { kind: 'exited' }> | string {
  switch (ending.kind) {
    case 'exited':
      return ending
    case 'timed_out':
      return `did not end in time. ${lastWords(ending)}`
    case 'exceeded':
      return `took more ${ending.limit} than it may${WAY_OUT[ending.limit] ?? ''}. ${lastWords(ending)}`
    case 'signalled':
      if (!ending.outside) return `crashed with ${ending.signal}. ${lastWords(ending)}`
      throw new WorkspaceError('sandbox_killed', `another process ended the command with ${ending.signal}`, {
        retryable: true,
      })
    case 'aborted':
      throw new DOMException('the command was aborted', 'AbortError')
    case 'could_not_start':
      throw new WorkspaceError('sandbox_unusable', `the command could not start: ${ending.reason}`, {
        retryable: true,
      })
    default:
      return ending satisfies never
  }
}

export { lastWords }
