// Run work
//
// Owns:   opening what works on the repository: the workspace, the merge queue, and agents where the goals need a model.
// Leaves: the work (workspace/, gates/, agents/), its order (machines/).

import { homedir } from 'node:os'
import { join } from 'node:path'
import { agentOf, openAgentCommands, openToolbox } from '../../agents/index.ts'
import { analysis } from '../../analysis/index.ts'
import { type Gate, gatesUnder, type MergeQueue, openMergeQueue } from '../../gates/index.ts'
import { createRedactor, type DevelopmentFact } from '../../machines/index.ts'
import { openWorkspace, type Sandbox, type Workspace, type WorkspaceOptions } from '../../workspace/index.ts'
import { approvalsIn } from '../approve/approvals.ts'
import { hookGate, recordedHookGate } from '../hooks/hook-gate.ts'
import { sayWhatIsMissing } from '../models/at-start.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { packageSourceOf } from '../settings/npm-settings.ts'
import type { RunSettings } from '../settings/settings.ts'
import { type Agents, openAgents } from './agents.ts'
import { openGrantedTools } from './granted-tools.ts'
import type { Opening } from './opening.ts'
import type { Readers } from './readers.ts'
import type { RunFacts } from './run-facts.ts'
import type { RunStore } from './run-store.ts'

export interface RunWork {
  readonly workspace: Workspace
  readonly mergeQueue: MergeQueue
}

export async function openWork(
  opening: Opening,
  sandbox: Sandbox,
  readers: Pick<Readers, 'hooked'>,
): Promise<RunWork> {
  const { settings, directory, env, log, output } = opening
  const workspace = await workspaceOf(settings, {
    directory: join(directory.path, 'work'),
    env,
    sandbox,
    log: (sentence) => log.logger.info(sentence),
  })
  for (const { sentence } of await workspace.deliverHeldBack()) output.notice(sentence)
  const mergeQueue = openMergeQueue({
    workspace,
    approvals: approvalsIn(settings.dataDirectory),
    gates: [...gatesUnder(settings.gates), ...hookGates(opening, readers)],
  })
  return { workspace, mergeQueue }
}

/** A replay runs no hook: it says again what the hook said in the recorded run. */
function hookGates(
  { settings: { hooks }, directory, replay }: Opening,
  readers: Pick<Readers, 'hooked'>,
): Gate[] {
  if (replay) return replay.hooked.length === 0 ? [] : [recordedHookGate(replay.hooked)]
  const before = hooks?.['before-merge']
  return before ? [hookGate(before, { directory: directory.path, tell: readers.hooked })] : []
}

interface WorkspaceSurroundings extends Pick<WorkspaceOptions, 'directory' | 'sandbox'> {
  readonly env: HostEnvironment['env']
  readonly log: (sentence: string) => void
}

/** The workspace of a run with these settings; installed packages are kept in the data directory. */
export function workspaceOf(
  { repository, dataDirectory, packages, allowedDependencies, commands }: RunSettings,
  { env, ...rest }: WorkspaceSurroundings,
): Promise<Workspace> {
  return openWorkspace({
    ...rest,
    repository,
    cache: join(dataDirectory, 'dependencies'),
    analysis,
    ...(packages !== undefined && { packages }),
    packageSource: packageSourceOf({ env, home: homedir(), allowed: allowedDependencies }),
    ...(commands && { commands }),
  })
}

function commandsOf({ settings: { agentCommands }, env, log }: Opening, { workspace }: RunWork) {
  if (!agentCommands) return undefined
  const { settings } = agentCommands
  const say = (sentence: string): void => log.logger.info(sentence)
  return openAgentCommands({ workspace, settings, env, home: homedir(), log: say })
}

/** Undefined when no goal needs a model. */
export async function openRunAgents(
  opening: Opening,
  work: RunWork,
  storage: RunStore,
  facts: RunFacts,
): Promise<Agents | undefined> {
  const { output, secrets, replay, opened } = opening
  const { models } = opening.settings
  if (!models) return undefined
  const granted = await openGrantedTools(opening, work.workspace, storage)
  const agents = openAgents({
    models,
    toolbox: (order) => openToolbox(work.workspace, { ...order, readable: opening.settings.skills ?? [] }),
    granted,
    store: storage.store,
    replay,
    redactor: createRedactor(secrets),
    commands: commandsOf(opening, work),
    say: output.notice,
    tell: facts.tell,
  })
  facts.listen((fact) => {
    if (fact.type !== 'emitted') return
    const event = fact.event as DevelopmentFact
    if (event.type === 'budget.resumed') agents.resume()
    if (event.type === 'agent.ended') void granted.release(agentOf({ account: event, kind: event.kind }))
  })
  if (!replay) {
    const asking = new AbortController()
    opened.defer(() => asking.abort())
    void sayWhatIsMissing(models, output.notice, asking.signal)
  }
  return agents
}
