// Run split
//
// Runs tests in one sandbox while their source runs in another: a plain Node process on a machine with another name,
// without a test runner, its variables, its files or its descriptors.
// Leaves: messages between the two (inside/), the trees (trees.ts), the consequences (gates/).
//
// The process that writes the report has run no line of the source. When the source's process ends first, the tests are
// ended, because no answer can come.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Survey } from '../../machines/index.ts'
import {
  type CommandEnding,
  lastWords,
  makeFolder,
  readableWith,
  removeTree,
  runSuite,
  type SuiteOutcome,
  type VisibleMachine,
  type WorkspaceParts,
  withWorktree,
} from '../../workspace/index.ts'
import { INSIDE } from './stub.ts'
import type { SplitTrees } from './trees.ts'

export interface SplitOrder {
  readonly survey: Survey
  readonly trees: SplitTrees
  /** Absent: all. */
  readonly files?: readonly string[] | undefined
  /** How many days the source's clock is ahead of the tests' clock. */
  readonly aheadDays: number
  readonly limitMs: number
  readonly signal?: AbortSignal | undefined
}

/** As different as possible from the machine of the other runs, and different each time. */
export function otherMachine(): VisibleMachine {
  const name = randomUUID().slice(0, 8)
  return { hostname: `server-${name}`, home: `/home/${name}`, isBare: true }
}

const TEST_LIMIT_MS = 60_000

export async function runSplit(parts: WorkspaceParts, order: SplitOrder): Promise<SuiteOutcome> {
  const { survey, trees, signal } = order
  const id = randomUUID()
  const tree = (name: string, commit: string) => ({
    ...{ ...survey, name: `${name}-${id}`, commit, signal },
    // The commits before it have the source without stubs.
    isAlone: true,
  })
  const pipes = join(parts.places.scratch, `pipes-${id}`)
  await makeFolder(pipes)
  try {
    return await withWorktree(parts, tree('tests', trees.tests), ({ path: root }) =>
      withWorktree(parts, tree('app', trees.source), ({ path: app }) =>
        runBoth(parts, order, { root, app, pipes }),
      ),
    )
  } finally {
    await removeTree(pipes)
  }
}

interface Folders {
  readonly root: string
  readonly app: string
  readonly pipes: string
}

async function runBoth(parts: WorkspaceParts, order: SplitOrder, folders: Folders): Promise<SuiteOutcome> {
  const [testsEnd, sourceEnd] = [new AbortController(), new AbortController()]
  const signals = order.signal === undefined ? [] : [order.signal]
  const source = runSource(parts, order, folders, AbortSignal.any([...signals, testsEnd.signal])).finally(
    () => sourceEnd.abort(),
  )
  try {
    return await runTests(parts, order, folders, AbortSignal.any([...signals, sourceEnd.signal]))
  } catch (error) {
    order.signal?.throwIfAborted()
    if (!sourceEnd.signal.aborted) throw error
    const ending = await source
    const said = 'reason' in ending ? ending.reason : lastWords(ending)
    return { kind: 'broken', reason: `lost the source's process (${ending.kind}): ${said}`, cause: 'ended' }
  } finally {
    testsEnd.abort()
    await source
  }
}

async function runTests(
  parts: WorkspaceParts,
  { survey, trees, files, limitMs }: SplitOrder,
  folders: Folders,
  signal: AbortSignal,
) {
  const { modules: _, ...of } = survey
  const { root, pipes } = folders
  return runSuite(parts.sandbox, parts.places, {
    ...of,
    root,
    ...(files === undefined ? {} : { files }),
    env: { CANOPY_SPLIT: pipes },
    more: { readable: [INSIDE], writable: [pipes] },
    frozen: await trackedAtTop(parts, trees.tests),
    testLimitMs: TEST_LIMIT_MS,
    timeoutMs: limitMs,
    signal,
  })
}

/** Files and folders; a link cannot be mounted. */
async function trackedAtTop({ clone }: WorkspaceParts, commit: string): Promise<string[]> {
  const entries = (await clone.git(['ls-tree', '-z', commit])).split('\0').filter(Boolean)
  return entries.flatMap((entry) => /^(?:100\d+ blob|040000 tree) \w+\t(.*)$/s.exec(entry)?.[1] ?? [])
}

async function runSource(
  parts: WorkspaceParts,
  { survey, aheadDays, limitMs }: SplitOrder,
  { app, pipes }: Folders,
  signal: AbortSignal,
): Promise<CommandEnding> {
  const isMoved = parts.sandbox.kind === 'bubblewrap'
  const name = randomUUID().slice(0, 8)
  const [root, program] = isMoved ? [`/srv/${name}`, `/opt/${name}`] : [app, INSIDE]
  return parts.sandbox.run({
    argv: [process.execPath, join(program, 'main.cjs'), pipes, root, `${aheadDays}`],
    cwd: root,
    writable: [pipes],
    readable: await readableWith(parts.places, survey.dependencies),
    moved: isMoved
      ? [
          { from: app, to: root },
          { from: INSIDE, to: program },
        ]
      : [],
    // As in production; not where source and tests share a clock.
    env: aheadDays === 0 ? {} : { NODE_ENV: 'production' },
    machine: otherMachine(),
    timeoutMs: limitMs + TEST_LIMIT_MS,
    memoryMb: 4096,
    processes: 512,
    signal,
  })
}
