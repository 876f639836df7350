// Work for a run
//
// Owns:   one node that works for a run elsewhere, from joining to leaving.
// Leaves: its settings (node-settings.ts), the files it fetches and sends (away-workspace.ts).
//
// J1. It works only while it holds its lease. If it cannot renew the lease, it stops before the others count it as gone.
// J2. However it ends, it leaves nothing: no program, no checkout, no consumer, no state. Only packages are kept.
// J3. Its state is not used again: its tasks go to other nodes as soon as it is gone.

import {
  controlHandlers,
  inspectionVerbs,
  startNode,
  type NodeEnding as TreeEnding,
} from '../../actors/index.ts'
import { type AgentImplementations, openToolbox } from '../../agents/index.ts'
import { analysis } from '../../analysis/index.ts'
import { defineActor } from '../../kernel/index.ts'
import { createRedactor, remoteWorkersActor, secretsAmong, turnSchema } from '../../machines/index.ts'
import {
  type Connection,
  connectNats,
  type LeaseEnd,
  type Objects,
  openControl,
  openMail,
  openObjects,
} from '../../transport/index.ts'
import { openWorkspace } from '../../workspace/index.ts'
import { redactingOutputs, redactingTurns } from '../redaction/redacting.ts'
import { type AgentMaterials, agentImplementations, noAgents } from '../run/agents.ts'
import { workerKinds } from '../run/definitions.ts'
import { createImplementations, type DevelopmentImplementations } from '../run/implementations.ts'
import { requireSandbox } from '../run/requirements.ts'
import { awayModels } from './away-models.ts'
import { awayWorkspace } from './away-workspace.ts'
import { nodeDoor } from './home-records.ts'
import { join, type Membership } from './join.ts'
import { tellNews } from './news.ts'
import type { NodeOutput } from './node-output.ts'
import type { NodeSettings } from './node-settings.ts'
import type { NodeExit, NodeSurroundings } from './node-surroundings.ts'
import { type NodePlaces, openPlaces } from './places.ts'
import { buildOf, HOME, nodeAddress, nodeMember, presenceHere, unitOf } from './presence.ts'
import { openPayloads } from './question.ts'

const MAILBOX_LIMIT = 1_000
const GRACE_MS = 5_000

/** Works until the run is over, `stop` is aborted or the lease is lost. */
export async function joinAndWork(
  settings: NodeSettings,
  { version, output, stop, env }: NodeSurroundings,
): Promise<NodeExit> {
  const { name, workers } = settings
  await using opened = new AsyncDisposableStack()
  let joined = false
  opened.defer(() => (joined ? output.left() : undefined))
  const places = await openPlaces(settings.directory, env, opened)
  const sandbox = await requireSandbox(settings, (sentence) => output.notice(sentence))
  const connection = await connectNats({ ...settings.nats, name: `canopy-node-${name}` })
  opened.adopt(connection, (each) => each.close())
  const life = new AbortController()
  const signal = AbortSignal.any([stop, life.signal])
  const hands = { busy: () => 0 }
  const about = { workers, since: Date.now(), build: buildOf(version) }
  const describe = () => presenceHere({ ...about, busy: hands.busy() })
  const membership = opened.adopt(await join({ connection, settings, describe, signal }), (each) =>
    each.leave(),
  )
  const own = await openWorkspace({
    repository: places.nowhere,
    directory: places.work,
    cache: places.dependencies,
    ...(settings.packages !== undefined && { packages: settings.packages }),
    sandbox,
    analysis,
  })
  // Large things take a way of their own: the lease must not wait behind them.
  const wide = await connectNats({ ...settings.nats, name: `canopy-node-${name}-objects` })
  opened.adopt(wide, (each) => each.close())
  const { system, lease, ask } = membership
  const objects = openObjects({
    connection: wide,
    system,
    member: nodeMember(name),
    remake: () => ask('node-join', { name, epoch: lease.epoch, build: describe().build }),
  })
  const workspace = awayWorkspace({ workspace: own, objects, member: nodeMember(name), ask: membership.ask })
  const secrets = secretsAmong(env)
  const transcripts = redactingTurns(places.store.transcripts(turnSchema), createRedactor(secrets))
  const implementations = redactingOutputs(
    {
      ...createImplementations({ workspace, seed: membership.seed, allowDirty: false }),
      ...agentsAway({
        membership,
        wide,
        objects,
        toolbox: (order) => openToolbox(workspace, order),
        transcripts,
      }),
    },
    createRedactor(secrets, { forms: false }),
  )
  const work = await startWork({ connection, membership, places, implementations, output, workers })
  hands.busy = work.busy
  joined = true
  output.joined({ system: membership.system, name, workers })
  const end = await firstEnd(membership, work.ended, stop)
  output.leaving(reasonOf(end))
  life.abort()
  await work.stop(membership, end.kind !== 'lost')
  await own.cleanUp()
  return finish(end)
}

interface AwayAgents extends Omit<AgentMaterials, 'ask' | 'inUse'> {
  readonly membership: Membership
  readonly wide: Connection
  readonly objects: Objects
}

/** Agents work here, with the models of the run. */
function agentsAway({ membership, wide, objects, ...materials }: AwayAgents): AgentImplementations {
  const { system, lease, agents } = membership
  if (!agents) return noAgents
  const ask = awayModels({
    control: openControl({ connection: wide, system }),
    node: nodeAddress(lease.name, lease.epoch),
    payloads: openPayloads(objects, wide),
  })
  return agentImplementations({ ...materials, ask, inUse: agents.models })
}

interface NodeWorkOptions {
  readonly connection: Connection
  readonly membership: Membership
  readonly places: NodePlaces
  readonly implementations: DevelopmentImplementations
  readonly output: NodeOutput
  readonly workers: number
}

async function startWork(order: NodeWorkOptions) {
  const { connection, membership, places, implementations, output, workers } = order
  const { system, lease, pool, agents, ask } = membership
  const address = nodeAddress(lease.name, lease.epoch)
  const unit = unitOf(address)
  const onTrouble = (sentence: string): void => output.notice(sentence)
  const mail = await openMail({
    connection,
    system,
    unit,
    unitOf,
    outside: [HOME],
    renew: async () => (await ask('node-mail', { epoch: lease.epoch })).made,
    mailboxLimit: MAILBOX_LIMIT,
    onTrouble,
  })
  const control = openControl({ connection, system, unit })
  const node = await startNode({
    root: defineActor(remoteWorkersActor(address)),
    actors: workerKinds,
    input: { address, pool, size: workers, agents },
    implementations,
    store: places.store,
    mail,
    accepts: nodeDoor,
    tell: (fact) => {
      output.telemetry(fact)
      tellNews(control, fact)
    },
  })
  const inspection = inspectionVerbs({
    node: node.view,
    publish: (frame) => control.tell('inspection', frame),
  })
  await control.serve({ ...controlHandlers(node.view, mail, () => null), ...inspection.handlers })
  return {
    ended: node.ending,
    busy: () => node.actors.filter(({ kind, state }) => kind === 'worker' && state !== 'idle').length,
    /** Nothing goes out any more; running work is ended, and its callers get an error. */
    async stop(member: Membership, reachable: boolean): Promise<void> {
      const halted = node.stop(GRACE_MS)
      inspection.close()
      await control.close()
      await mail.close()
      if (reachable) await member.leave()
      await halted
    },
  }
}

type End = { readonly kind: LeaseEnd | 'stopped' } | { readonly kind: 'tree'; readonly ending: TreeEnding }

async function firstEnd({ lease }: Membership, tree: Promise<TreeEnding>, stop: AbortSignal): Promise<End> {
  const stopped = Promise.withResolvers<End>()
  const onStop = (): void => stopped.resolve({ kind: 'stopped' })
  if (stop.aborted) onStop()
  stop.addEventListener('abort', onStop, { once: true })
  return Promise.race([
    lease.ended.then((kind): End => ({ kind })),
    tree.then((ending): End => ({ kind: 'tree', ending })),
    stopped.promise,
  ])
}

function reasonOf(end: End): string {
  switch (end.kind) {
    case 'stopped':
    case 'released':
      return 'it was stopped; other workers get its tasks'
    case 'removed':
      return 'the run is over'
    case 'lost':
      return 'it could not reach the NATS server in time; other workers get its tasks'
    case 'tree':
      return end.ending.kind === 'failed' ? 'its store failed' : 'its workers ended'
    default:
      return end satisfies never
  }
}

function finish(end: End): NodeExit {
  if (end.kind === 'tree') {
    throw end.ending.kind === 'failed' ? end.ending.error : new Error('the workers of this node ended')
  }
  return end.kind === 'lost' ? 'lost' : 'left'
}
