// A node has home's keys used: without a reservation, beyond one, twice under one, or for nothing in the books.

import { openBoxes } from '../../../app/nodes/boxes.ts'
import { openCalls } from '../../../app/nodes/calls.ts'
import { ledgerOf } from '../../../app/nodes/home-records.ts'
import { openHomeServer } from '../../../app/nodes/home-server.ts'
import { HOME, presenceHere } from '../../../app/nodes/presence.ts'
import { openPayloads } from '../../../app/nodes/question.ts'
import { openQuestions } from '../../../app/nodes/questions.ts'
import type { Event } from '../../../kernel/index.ts'
import { noUsage } from '../../../machines/index.ts'
import { type ControlReply, openControl, openObjects } from '../../../transport/index.ts'
import type { Workspace } from '../../../workspace/index.ts'
import { eventually } from '../../eventually.ts'
import { modelsInUse } from '../../machines/samples.ts'
import { connectTo } from '../../transport/nats.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { beginRun, MEMBER, ROOT, type UnderAttack } from './run-under-attack.ts'

const WORKER = `${ROOT}.worker:1`
const AGENT = `${WORKER}.agent`
/** Its control stands apart from that of the run, which has no models. */
const CALLS = 'attacked-calls'
const usage = { ...noUsage, input: 10, output: 10 }

interface Scene {
  readonly attacked: UnderAttack
  /** Calls that home has paid. */
  readonly paid: string[]
  /** The attempt that the pool has given to the node's worker. */
  readonly account: { readonly milestone: string; readonly task: string; readonly attempt: number }
  ask(order: { reservation: string; key?: string; words?: number; node?: string }): Promise<ControlReply>
  /** As the agent. */
  tell(event: Event): Promise<void>
  settled(): number
}

async function withScene(use: (scene: Scene) => Promise<AttackResult>): Promise<AttackResult> {
  await using attacked = await beginRun()
  const { run, system, server } = attacked
  const paid: string[] = []
  const record = run.node.record.bind(run.node)
  const connection = await connectTo(server, 'home')
  const boxes = openBoxes((member) => openObjects({ connection, system, member }))
  const calls = openCalls({
    mail: run.mail,
    ledger: () => ledgerOf(record),
    onStep: run.node.watch.bind(run.node),
    models: modelsInUse,
    isKept: async () => false,
  })
  const questions = openQuestions({
    ask: async ({ key }) => {
      paid.push(key)
      const failure = { kind: 'too_long', message: 'no', usage } as const
      return { kind: 'failed', model: 'a/b', failure, microdollars: 70 }
    },
    calls,
    payloads: () => openPayloads(boxes.of(MEMBER), connection),
    holdMs: 2_000,
  })
  const presence = presenceHere({ workers: 1, busy: 0, since: 0, build: 'b' })
  const look = async () => [{ ...presence, name: 'evil', epoch: 1, seen: 0 }]
  const homeServer = openHomeServer({
    workspace: {} as Workspace,
    boxes,
    renewMail: async () => '',
    pool: 'system.pool',
    seed: 1,
    build: 'b',
  })
  const agents = { means: { budget: 'system.budget', models: modelsInUse }, questions }
  const home = openControl({ connection, system: CALLS, sender: HOME })
  await home.serve(homeServer.verbs({ registry: { look }, inHand: () => [], agents }))
  try {
    const account = await given(attacked)
    const control = openControl({ connection: attacked.connection, system: CALLS, sender: MEMBER })
    let told = 0
    return await use({
      attacked,
      paid,
      account,
      ask({ reservation, key = `${AGENT}/1/1/0`, words = 10, node = ROOT }) {
        const turns = [{ role: 'user', blocks: [{ type: 'text', text: 'word '.repeat(words) }] }]
        const request = { system: '', tools: [], turns, maxOutputTokens: 10 }
        const text = JSON.stringify({ role: 'coding', request, reservation })
        return control.request('model-ask', { node, key, question: { text } }, 15_000)
      },
      async tell(event) {
        told += 1
        await attacked.mail({
          to: 'system.budget',
          from: { address: AGENT, birth: 'b', number: told },
          event,
        })
      },
      settled: () => ledgerOf(record)?.sums.get('[]')?.settled.microdollars ?? 0,
    })
  } finally {
    await home.close()
    await questions.close()
    await connection.close()
  }
}

/** The node joins as nodes do, and its worker is given an attempt. */
async function given({ run, mail }: UnderAttack): Promise<Scene['account']> {
  const nodes = [{ node: ROOT, workers: 1, agents: true }]
  await run.mail.publish({ id: 'registry/1', to: 'system.pool', from: null, event: { type: 'NODES', nodes } })
  const event = { type: 'WORKER.FREE', worker: WORKER, ticket: null, outcome: null }
  await mail({ to: 'system.pool', from: { address: WORKER, birth: 'b', number: 1 }, event })
  const fact = await eventually(
    () =>
      run.facts.find(
        (each) =>
          each.type === 'emitted' && each.event.type === 'worker.busy' && each.event.worker === WORKER,
      ),
    { what: 'an attempt for the node' },
  )
  const { task, attempt } = (fact as { event: Event }).event as unknown as { task: string; attempt: number }
  return { milestone: 'm1', task, attempt }
}

function reservationOf({ account: { milestone, task, attempt } }: Scene): string {
  return `${AGENT}/${milestone}/${task}/${attempt}#1`
}

async function reserve(scene: Scene, more: Record<string, unknown> = {}): Promise<string> {
  const id = reservationOf(scene)
  const { account } = scene
  const amounts = { tokens: 1_000, microdollars: 1_000_000 }
  await scene.tell({ type: 'RESERVE', id, account, ...amounts, replyTo: AGENT, ...more })
  const { node } = scene.attacked.run
  await eventually(() => ledgerOf(node.record.bind(node))?.reservations.get(id) !== undefined, {
    what: 'a reservation',
  })
  return id
}

function judged({ paid }: Scene, replies: readonly ControlReply[], allowed: number): AttackResult {
  if (paid.length > allowed) return succeeded(`home paid for ${paid.length} calls, ${allowed} were granted`)
  const [reason] = replies.flatMap((reply) =>
    reply.ok ? [] : [`${reply.error.code}: ${reply.error.message}`],
  )
  return reason === undefined ? couldNotRun('nothing was refused') : refused(reason)
}

function calling(title: string, play: (scene: Scene) => Promise<AttackResult>): Attack {
  return { title, play: () => withScene(play) }
}

export const attacks: Readonly<Record<string, Attack>> = {
  'without-reservation': calling(
    'A node asks a model under no reservation, and under made-up ones.',
    async (scene) => {
      const names = [reservationOf(scene), 'x', '', `${AGENT}/`, 'system.pool.worker:1.agent/m1/t/1#1']
      const replies: ControlReply[] = []
      for (const reservation of names) replies.push(await scene.ask({ reservation }))
      replies.push(await scene.ask({ reservation: reservationOf(scene), node: 'node-other-1' }))
      return judged(scene, replies, 0)
    },
  ),
  'beyond-reservation': calling('A node reserves little and asks much.', async (scene) => {
    const reservation = await reserve(scene, { tokens: 20, microdollars: 1 })
    return judged(scene, [await scene.ask({ reservation, words: 20_000 })], 0)
  }),
  'twice-under-one': calling('A node asks several questions under one reservation.', async (scene) => {
    const reservation = await reserve(scene)
    const keys = [1, 2, 3].map((each) => `${AGENT}/1/${each}/0`)
    const replies = await Promise.all(keys.map((key) => scene.ask({ reservation, key })))
    return judged(scene, [...replies, await scene.ask({ reservation, key: `${AGENT}/2/1/0` })], 1)
  }),
  'settled-for-nothing': calling('A node has a model asked and says that it took nothing.', async (scene) => {
    const reservation = await reserve(scene)
    const settle = { type: 'SETTLE', id: reservation, usage: noUsage, microdollars: 0 }
    await Promise.all([scene.ask({ reservation }), scene.tell(settle)])
    await scene.tell(settle)
    if (scene.paid.length === 0) return refused('no model was asked')
    const counted = await eventually(() => scene.settled() > 0, { within: 5_000 }).catch(() => false)
    return counted ? refused('home charged what it saw') : succeeded('a paid call is in no book')
  }),
}
