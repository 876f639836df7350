// Home
//
// Owns:   what the process with the repository does for nodes elsewhere: it judges their mail, takes their submissions, and asks
//         models for their agents.
// Leaves: each of these to its file (home-records.ts, home-server.ts, questions.ts); which nodes are alive (node-registry.ts).
//
// H1. No request is answered before the tree runs: its records are read from the tree.

import type { Door, NodeView } from '../../actors/index.ts'
import type { Address } from '../../kernel/index.ts'
import { inHandAt, type ModelsInUse, type Redactor } from '../../machines/index.ts'
import { type Connection, type ControlHandler, memberOf, renewConsumerOf } from '../../transport/index.ts'
import { redactingQuestions } from '../redaction/redacting.ts'
import type { Agents } from '../run/agents.ts'
import type { Boxes } from './boxes.ts'
import { type CallsOptions, openCalls } from './calls.ts'
import { BUDGET, homeDoor, ledgerOf, POOL, poolOf } from './home-records.ts'
import { type HomeServer, type HomeWorkspace, openHomeServer } from './home-server.ts'
import type { NodeRegistry } from './node-registry.ts'
import { unitOf } from './presence.ts'
import { openPayloads } from './question.ts'
import { openQuestions, type Questions } from './questions.ts'

export interface HomeOptions {
  readonly connection: Connection
  readonly system: string
  readonly boxes: Boxes
  readonly mail: CallsOptions['mail']
  readonly workspace: HomeWorkspace
  readonly seed: number
  readonly build: string
  readonly redactor: Redactor
  /** Absent: the run has no agents, and nodes are told so. */
  readonly agents?: Pick<Agents, 'ask' | 'isKept'> & { readonly models: ModelsInUse }
}

type HomeTree = Pick<NodeView, 'record' | 'watch'>

export interface Home {
  /** Brings submissions here that were made elsewhere. */
  readonly post: Pick<HomeServer, 'fetchWork' | 'dropWork'>
  /** Judges mail from elsewhere. */
  readonly door: Door
  /** The tree runs: from now on nodes are answered (H1). */
  attend(tree: HomeTree): void
  /** What nodes ask; call it after `attend`. */
  verbs(registry: NodeRegistry): Readonly<Record<string, ControlHandler>>
  /** A node is gone: its questions are given up. */
  forget(node: Address): void
  close(): void
}

export function openHome(options: HomeOptions): Home {
  const { connection, system, boxes, workspace, seed, build, agents } = options
  const renewMail = (unit: string) => renewConsumerOf(connection, system, unit)
  const homeServer = openHomeServer({ workspace, boxes, renewMail, pool: POOL, seed, build })
  let attended: { readonly tree: HomeTree; readonly questions: Questions | undefined } | undefined
  return {
    post: homeServer,
    door: homeDoor((agent) => attended?.questions?.heardOfPause(agent) ?? false),
    attend(tree) {
      attended = { tree, questions: questionsIn(tree, options) }
    },
    verbs(registry) {
      const { tree, questions } = attended ?? {}
      const inHand = (node: Address) => {
        const pool = tree && poolOf(tree.record.bind(tree))
        return pool ? inHandAt(pool, node) : []
      }
      const means = agents && { budget: BUDGET, models: agents.models }
      return homeServer.verbs({ registry, inHand, agents: means && questions && { means, questions } })
    },
    forget(node) {
      attended?.questions?.forget(node)
      homeServer.forget(node)
    },
    close: () => attended?.questions?.close(),
  }
}

function questionsIn(tree: HomeTree, options: HomeOptions): Questions | undefined {
  const { agents, boxes, connection, mail, redactor } = options
  if (!agents) return undefined
  return openQuestions({
    ask: redactingQuestions(agents.ask, redactor),
    payloads: (node) => openPayloads(boxes.of(memberOf(unitOf(node))), connection),
    calls: openCalls({
      mail,
      ledger: () => ledgerOf(tree.record.bind(tree)),
      onStep: tree.watch.bind(tree),
      models: agents.models,
      isKept: agents.isKept,
    }),
  })
}
