// Home server
//
// Serves the other nodes from the process that has the repository: code, packages, submitted work, leases for their actors.
// Leaves: which nodes are alive (node-registry.ts), the content of the files (workspace/).
//
// Each file is made and sent once, however many nodes ask for it.
// A node gets files of the repository, never access to it, and only those its work needs (entitlement.ts), each in
// the node's own object store.

import { hostname } from 'node:os'
import { type Address, issueTexts } from '../../kernel/index.ts'
import type { AgentMeans, Submission } from '../../machines/index.ts'
import type { ControlHandler, ControlReply } from '../../transport/index.ts'
import type { Measurements, MilestoneCommits, WorkspaceExchange } from '../../workspace/index.ts'
import { type Boxes, found } from './boxes.ts'
import { CallRefused } from './calls.ts'
import { type Entitlement, type EntitlementOptions, openEntitlement } from './entitlement.ts'
import type { NodeRegistry } from './node-registry.ts'
import { sendFile, together, withFile } from './object-files.ts'
import { nodeAddress } from './presence.ts'
import type { Questions } from './questions.ts'
import { type RequestInput, type RequestName, type RequestOutput, requests } from './requests.ts'

/** What the server reads of the workspace, and the files that it exchanges with others. */
export interface HomeWorkspace extends MilestoneCommits, Pick<Measurements, 'taken'> {
  readonly exchange: WorkspaceExchange
}

interface HomeServerOptions {
  readonly workspace: HomeWorkspace
  readonly boxes: Boxes
  /** Makes the consumer of a unit's mail anew; answers when its stream was made. */
  readonly renewMail: (unit: string) => Promise<string>
  readonly pool: Address
  readonly seed: number
  readonly build: string
}

interface WorkFrom {
  readonly milestone: string
  readonly task: string
  readonly submission: Submission
}

export interface HomeServer {
  /** Answers to nodes; nobody is admitted before there is a registry. */
  verbs(home: Admission): Readonly<Record<RequestName, ControlHandler>>
  /** Brings a submission here that was made elsewhere. */
  fetchWork(order: WorkFrom): Promise<void>
  /** It was judged. */
  dropWork(submission: Submission): Promise<void>
  /** A life of a node is over. */
  forget(node: Address): void
}

/** The nodes that are alive, and their tasks. */
interface Admission extends Pick<EntitlementOptions, 'registry' | 'inHand'> {
  /** What nodes' agents have to know, and who asks models for them; absent: there are none here. */
  readonly agents?: { readonly means: AgentMeans; readonly questions: Questions } | undefined
}

type Answers = {
  readonly [Name in RequestName]: (
    input: RequestInput<Name>,
    sender: string,
  ) => Promise<RequestOutput<Name> | RequestRefusal>
}

class RequestRefusal {
  readonly code: string
  readonly message: string

  constructor(code: string, message: string) {
    this.code = code
    this.message = message
  }
}

export function openHomeServer(options: HomeServerOptions): HomeServer {
  const { workspace, boxes } = options
  const opened: Entitlement[] = []
  return {
    verbs(home) {
      const entitlement = openEntitlement({ ...home, workspace })
      opened.push(entitlement)
      return handlers(answers(options, home), entitlement)
    },
    forget(node) {
      for (const entitlement of opened) entitlement.forget(node)
    },
    async fetchWork({ milestone, task, submission: { bundle, commit } }) {
      if (await workspace.exchange.hasWork({ milestone, task, commit })) return
      if (bundle === undefined) throw new Error(`task ${task} submitted ${commit}, which is not here`)
      const { objects, name } = found(boxes, bundle)
      await withFile(objects, name, (file) => workspace.exchange.takeWork({ milestone, task, commit, file }))
    },
    async dropWork({ bundle }) {
      // What stays is removed with all objects when the run is over.
      if (bundle === undefined) return
      const { objects, name } = found(boxes, bundle)
      await objects.delete(name).catch(() => {})
    },
  }
}

function answers(
  { workspace, boxes, renewMail, pool, seed, build }: HomeServerOptions,
  { registry, agents }: Admission,
): Answers {
  const { exchange } = workspace
  const once = together()
  const ensure = (member: string, name: string, pack: () => Promise<string>): Promise<string> =>
    once(`${member} ${name}`, async () => {
      const objects = boxes.of(member)
      if (!(await objects.has(name))) await sendFile(objects, name, await pack())
      return name
    })
  return {
    async 'node-join'({ name, epoch, build: other }, sender) {
      if (other !== build) {
        return new RequestRefusal('version_differs', `this node is ${other}, the run is ${build}`)
      }
      const present = await registry.look()
      if (present.some((each) => each.name === name && each.epoch === epoch)) {
        await boxes.of(sender).make()
        return { pool, seed, agents: agents?.means ?? null }
      }
      return new RequestRefusal('not_there', `no node holds the name ${name} in epoch ${epoch}`)
    },
    async 'node-leave'() {
      await registry.look()
      return null
    },
    async 'node-mail'({ epoch }, sender) {
      return { made: await renewMail(`${sender}.${epoch}`) }
    },
    'node-start': async (order) => ({ commit: await workspace.roundStart(order) }),
    async 'node-milestone'(order) {
      const { milestone, start, branch, tip } = await workspace.milestone(order)
      return { milestone, start, branch, tip }
    },
    'node-carry': async (order) => ({ commit: (await exchange.carry(order)) ?? null }),
    async 'node-code'({ commit, known }, sender) {
      const object = await ensure(sender, `code/${commit}/${known ?? 'whole'}`, () =>
        exchange.packCode({ commit, known }),
      )
      return { object }
    },
    async 'node-site'({ head, archives }, sender) {
      const survey = await exchange.survey({ head })
      if (!survey) return new RequestRefusal('not_surveyed', `commit ${head} was not surveyed`)
      const { key, roots } = await exchange.dependencyRoots(survey)
      const surveyed = `survey/${head}`
      const objects = boxes.of(sender)
      await once(`${sender} ${surveyed}`, async () => {
        if (!(await objects.has(surveyed))) await objects.put(surveyed, [Buffer.from(JSON.stringify(survey))])
      })
      const sent = archives ? roots : []
      const all = sent.map(async (root, at) => ({
        root,
        object: await ensure(sender, `dependencies/${key}/${at}`, () => exchange.packRoot(root)),
      }))
      return { host: hostname(), survey: surveyed, key, archives: await Promise.all(all) }
    },
    async 'node-taken'({ head, commit, module }) {
      return { arms: await workspace.taken({ survey: { head }, commit, module }) }
    },
    async 'model-ask'(asked) {
      const { node, key, question } = asked
      if (!agents) return new RequestRefusal('no_models', 'this run has no models')
      if (!key.startsWith(`${node}.`))
        return new RequestRefusal('not_yours', `${key} does not belong to ${node}`)
      // Whatever a node that lost its place still wants is paid for nobody.
      if (question !== undefined && !(await isThere(registry, node)))
        return new RequestRefusal('not_there', `node ${node} is not connected`)
      try {
        return await agents.questions.ask(asked)
      } catch (error) {
        if (error instanceof CallRefused) return new RequestRefusal('not_reserved', error.message)
        throw error
      }
    },
    async 'model-drop'(asked) {
      agents?.questions.drop(asked)
      return null
    },
  }
}

async function isThere(registry: Pick<NodeRegistry, 'look'>, node: Address): Promise<boolean> {
  // As for the pool: nobody is taken for gone while that cannot be seen.
  const present = await registry.look().catch(() => undefined)
  return present?.some(({ name, epoch }) => nodeAddress(name, epoch) === node) ?? true
}

function handlers(
  answering: Answers,
  entitlement: Entitlement,
): Readonly<Record<RequestName, ControlHandler>> {
  const entries = (Object.keys(requests) as RequestName[]).map((name) => {
    const answer = answering[name] as (input: unknown, sender: string) => Promise<unknown>
    const handler: ControlHandler = (payload, _address, sender = '') =>
      handle(name, payload, sender, entitlement, answer)
    return [name, handler] as const
  })
  return Object.fromEntries(entries) as Record<RequestName, ControlHandler>
}

async function handle(
  name: RequestName,
  payload: unknown,
  sender: string,
  entitlement: Entitlement,
  answer: (input: unknown, sender: string) => Promise<unknown>,
): Promise<ControlReply> {
  const parsed = requests[name].input.safeParse(payload)
  if (!parsed.success)
    return {
      ok: false,
      error: { code: 'bad_request', message: issueTexts(parsed.error, 'request').join('; ') },
    }
  const refusal = await entitlement.refusal(name, parsed.data, sender)
  if (refusal !== undefined) return { ok: false, error: { code: 'not_yours', message: refusal } }
  const value = await answer(parsed.data, sender)
  if (value instanceof RequestRefusal)
    return { ok: false, error: { code: value.code, message: value.message } }
  entitlement.note(name, { input: parsed.data, output: value } as never, sender)
  return { ok: true, value }
}
