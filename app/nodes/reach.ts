// Reach
//
// Owns:   requests to the run about actors on other nodes: they are forwarded to the node, which answers.
// Leaves: answering for the actors here (actors/), which nodes are alive (node-registry.ts).

import type { ControlHandler, ControlReply } from '../../transport/index.ts'
import type { NodeRegistry } from './node-registry.ts'
import { HOME, nodeAddress, unitOf } from './presence.ts'

type AskVerb = (verb: string, payload: unknown, timeoutMs: number) => Promise<ControlReply>

interface ReachOptions {
  readonly registry: Pick<NodeRegistry, 'look'>
  /** Asks one node, by its unit. */
  ask(node: string): AskVerb
}

type Verb = 'send' | 'send.*' | 'inspect' | 'chart'
type ForwardedVerbs = Readonly<Record<Verb, ControlHandler>>

const ANSWER_MS = 5_000

/** The verbs of this process, for the actors of all nodes. */
export function reachAll(here: ForwardedVerbs, { registry, ask }: ReachOptions): ForwardedVerbs {
  const send: ControlHandler = (payload) => {
    const to = fieldOf(payload, 'to')
    const node = typeof to === 'string' ? unitOf(to) : HOME
    if (node === HOME) return here.send(payload)
    return passOn(node, () => ask(node)('send', payload, ANSWER_MS + waitOf(payload)))
  }
  return {
    send,
    'send.*': (payload, to = '') => {
      if (unitOf(to) === HOME || typeof payload !== 'object') return here['send.*'](payload, to)
      return send('type' in (payload ?? {}) ? { to, event: payload } : { ...payload, to })
    },
    inspect: async (payload) => {
      // A node that does not answer is not waited for: its frames are missing, and no others.
      for (const { name, epoch } of await registry.look().catch(() => [])) {
        void ask(unitOf(nodeAddress(name, epoch)))('inspect', payload, ANSWER_MS)
      }
      return here.inspect(payload)
    },
    chart: async (payload) => {
      const kind = fieldOf(payload, 'kind')
      const node = typeof kind === 'string' ? unitOf(kind) : HOME
      // The root of a node is of a kind of its own.
      return node === HOME ? here.chart(payload) : passOn(node, () => ask(node)('chart', payload, ANSWER_MS))
    },
  }
}

async function passOn(node: string, ask: () => Promise<ControlReply>): Promise<ControlReply> {
  const reply = await ask()
  if (reply.ok || reply.error.code !== 'no_responder') return reply
  return { ok: false, error: { code: 'unknown_actor', message: `node '${node}' is not connected` } }
}

function waitOf(payload: unknown): number {
  const wait = fieldOf(payload, 'wait')
  return typeof wait === 'number' ? wait : 0
}

function fieldOf(payload: unknown, name: string): unknown {
  return typeof payload === 'object' && payload !== null
    ? (payload as Record<string, unknown>)[name]
    : undefined
}
