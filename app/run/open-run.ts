// Open run
//
// Owns:   putting a run together from its parts, starting it, letting it end.
// Leaves: each part (run-store.ts, run-transport.ts, run-work.ts, run-facts.ts, run-tree.ts, run-control.ts, nodes/home.ts).
//
// U1. The store is opened first: it tells that another process runs on the same data.
// U2. Opened parts are closed in reverse order, however the run ends.

import type { NodeEnding, RunningNode } from '../../actors/index.ts'
import { createRedactor, runReportSchema } from '../../machines/index.ts'
import { openHookReader } from '../hooks/hook-reader.ts'
import { type Home, openHome } from '../nodes/home.ts'
import { buildOf } from '../nodes/presence.ts'
import type { RunSettings } from '../settings/settings.ts'
import { openBackups } from '../store/backups.ts'
import type { Agents } from './agents.ts'
import type { Opening, RunSurroundings } from './opening.ts'
import type { RunEnding, RunOutput } from './output.ts'
import type { Readers } from './readers.ts'
import { requireSandbox } from './requirements.ts'
import { serveControl } from './run-control.ts'
import { closeRunDirectory, type RunDirectory } from './run-directory.ts'
import { openFacts, type RunFacts } from './run-facts.ts'
import { openRunStore } from './run-store.ts'
import { openTransport, type RunTransport } from './run-transport.ts'
import { startTree } from './run-tree.ts'
import { openRunAgents, openWork, type RunWork } from './run-work.ts'

interface OpenRunOptions {
  readonly settings: RunSettings
  readonly output: RunOutput
  readonly around: RunSurroundings
  /** Called when the tree begins to run. */
  readonly onStart: () => void
}

const GRACE_MS = 10_000

/** Runs in an open directory until the tree has ended or was stopped. */
export async function runIn(
  directory: RunDirectory,
  { settings, output, around, onStart }: OpenRunOptions,
): Promise<RunEnding> {
  await using opened = new AsyncDisposableStack()
  const trouble = (sentence: string): void => around.log.logger.warn(sentence)
  const opening = { ...around, settings, output, directory, opened, trouble }
  const storage = await openRunStore(opening)
  const sandbox = await requireSandbox(settings, (sentence) => output.notice(sentence))
  const transport = await openTransport(opening, storage)
  const backups = opened.adopt(openBackups({ ...opening, ...storage, ...transport }), (each) => each.close())
  const facts = await openFacts(opening, storage)
  const work = await openWork(opening, sandbox, facts.readers)
  attendHooks(opening, facts)
  const agents = await openRunAgents(opening, work, storage, facts)
  const home = openRunHome(opening, transport, work, agents)
  const parts = { storage, transport, work, facts, agents, home }
  onStart()
  const tree = await startTree(opening, parts)
  home.attend(tree.view)
  const registry = await serveControl(opening, parts, { tree: tree.view, backups })
  const ending = await endOf(tree, around.stop)
  registry.close()
  if (ending.kind === 'ended') transport.endRun()
  return await finish(ending, directory, { output, readers: facts.readers, clone: work.workspace.clone })
}

/** A replay runs no hook. */
function attendHooks({ settings, directory, output, opened, replay }: Opening, facts: RunFacts): void {
  const { hooks, repository } = settings
  if (!hooks || replay) return
  const reader = openHookReader({
    hooks,
    directory: directory.path,
    repository,
    say: (text) => output.notice(text),
  })
  opened.defer(() => reader.close())
  facts.listen((fact) => reader.take(fact))
}

function openRunHome(
  { settings: { seed, models }, version, secrets, opened }: Opening,
  transport: RunTransport,
  { workspace }: RunWork,
  agents: Agents | undefined,
): Home {
  const home = openHome({
    ...transport,
    workspace,
    seed,
    build: buildOf(version),
    redactor: createRedactor(secrets),
    ...(agents && models && { agents: { ...agents, models: models.inUse } }),
  })
  opened.defer(() => home.close())
  return home
}

/** Resolves when the tree has ended; `stop` lets what runs end first. */
function endOf(tree: RunningNode, stop: AbortSignal): Promise<NodeEnding> {
  const onStop = (): void => void tree.stop(GRACE_MS)
  if (stop.aborted) onStop()
  stop.addEventListener('abort', onStop, { once: true })
  return tree.ending
}

async function finish(
  ending: NodeEnding,
  directory: RunDirectory,
  { output, readers, clone }: { output: RunOutput; readers: Readers; clone: string },
): Promise<RunEnding> {
  const tell = (how: RunEnding): RunEnding => {
    output.finish(how, readers.totals())
    return how
  }
  switch (ending.kind) {
    case 'stopped':
      return tell({ kind: 'interrupted' })
    case 'failed':
      throw ending.error
    case 'ended': {
      const report = runReportSchema.safeParse(ending.exit.output)
      if (report.success) await readers.end(report.data)
      await closeRunDirectory(directory)
      if (!report.success)
        throw new Error(ending.exit.error?.message ?? `the tree ended: ${ending.exit.reason}`)
      return tell({ kind: 'finished', report: report.data, clone })
    }
    default:
      return ending satisfies never
  }
}
