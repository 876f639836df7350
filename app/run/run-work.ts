// Run work
//
// Owns:   opening what works on the repository: the workspace, the merge queue, and agents where the goals need a model.
// Leaves: the work (workspace/, gates/, agents/), its order (machines/).

import { homedir } from 'node:os'
import { join } from 'node:path'
import { openToolbox } from '../../agents/index.ts'
import { analysis } from '../../analysis/index.ts'
import { type MergeQueue, openMergeQueue } from '../../gates/index.ts'
import { createRedactor } from '../../machines/index.ts'
import { openWorkspace, type Sandbox, type Workspace } from '../../workspace/index.ts'
import { approvalsIn } from '../approve/approvals.ts'
import { sayWhatIsMissing } from '../models/at-start.ts'
import { packageSourceOf } from '../settings/npm-settings.ts'
import { type Agents, openAgents } from './agents.ts'
import type { Opening } from './opening.ts'
import type { RunFacts } from './run-facts.ts'
import type { RunStore } from './run-store.ts'

export interface RunWork {
  readonly workspace: Workspace
  readonly mergeQueue: MergeQueue
}

export async function openWork(
  { settings, directory, env, log }: Opening,
  sandbox: Sandbox,
): Promise<RunWork> {
  const workspace = await openWorkspace({
    repository: settings.repository,
    directory: join(directory.path, 'work'),
    cache: join(settings.dataDirectory, 'dependencies'),
    sandbox,
    analysis,
    ...(settings.packages !== undefined && { packages: settings.packages }),
    packageSource: packageSourceOf({ env, home: homedir(), allowed: settings.allowedDependencies }),
    ...(settings.commands && { commands: settings.commands }),
    log: (sentence) => log.logger.info(sentence),
  })
  const mergeQueue = openMergeQueue({
    workspace,
    approvals: approvalsIn(settings.dataDirectory),
    ...(settings.gates && { policy: settings.gates }),
  })
  return { workspace, mergeQueue }
}

/** Undefined when no goal needs a model. */
export function openRunAgents(
  { settings: { models }, output, secrets, replay, opened }: Opening,
  { workspace }: RunWork,
  { store }: RunStore,
  facts: RunFacts,
): Agents | undefined {
  if (!models) return undefined
  const agents = openAgents({
    models,
    toolbox: (order) => openToolbox(workspace, order),
    store,
    replay,
    redactor: createRedactor(secrets),
    tell: facts.tell,
  })
  facts.listen((fact) => {
    if (fact.type === 'emitted' && fact.event.type === 'budget.resumed') agents.resume()
  })
  if (!replay) {
    const asking = new AbortController()
    opened.defer(() => asking.abort())
    void sayWhatIsMissing(models, output.notice, asking.signal)
  }
  return agents
}
