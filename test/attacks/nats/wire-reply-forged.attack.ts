// With the key of a node: the server, or home, is asked something and told to answer under a subject that only others
// may write under, so that the answer is taken for mail, for a request of the operator, or for an order to JetStream.

import { jetstreamManager } from '@nats-io/jetstream'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { onStage, type Stage, SYSTEM, settled } from './wire-stage.ts'

const TARGETS = [
  `canopy.${SYSTEM}.mail.main.main.system.pool`,
  `canopy.${SYSTEM}.control.operator.backup`,
  `canopy.${SYSTEM}.nodes.node-b.1.main.send`,
  `$KV.canopy-${SYSTEM}-nodes.b`,
  `$O.canopy-${SYSTEM}-objects-node-b.C.x`,
  `$JS.API.STREAM.PURGE.canopy-${SYSTEM}-mail`,
]

/** What there is of others: messages of all streams, and what home was asked. */
async function world({ home, asked, delivered }: Stage): Promise<string> {
  const manager = await jetstreamManager(home.nats)
  const counts: string[] = []
  for (const name of ['OBJ_canopy-prey-objects-node-b', 'KV_canopy-prey-nodes'])
    counts.push(`${name} ${(await manager.streams.info(name)).state.messages}`)
  return [...counts, ...asked, ...delivered].join('; ')
}

async function answered(subject: string, payload: string): Promise<AttackResult> {
  return onStage(async (stage) => {
    const node = await stage.connect('node-a')
    const answer = await node.nats.request(subject, payload, { timeout: 2_000 }).catch(() => undefined)
    if (!answer) return couldNotRun(`${subject} is not answered at all`)
    const heard: string[] = []
    for (const target of TARGETS)
      stage.home.nats.subscribe(target, { callback: (_error, message) => void heard.push(message.subject) })
    await stage.home.nats.flush()
    stage.asked.length = 0
    stage.delivered.length = 0
    const before = await world(stage)
    for (const reply of TARGETS) node.nats.publish(subject, payload, { reply })
    await settled(stage, node)
    const own = stage.asked.filter((each) => each !== `node-a model-ask`)
    stage.asked.splice(0, stage.asked.length, ...own)
    const after = await world(stage)
    if (after !== before) return succeeded(`before: ${before}; after: ${after}`)
    return heard.length > 0
      ? succeeded(`it came under ${heard.join(', ')}`)
      : refused('answers end in its own account')
  })
}

const attack = (title: string, subject: string, payload: string): Attack => ({
  title,
  play: () => answered(subject, payload),
})

export const attacks: Readonly<Record<string, Attack>> = {
  'stored-mail': attack(
    'the receipt for its own mail is sent elsewhere',
    `canopy.${SYSTEM}.mail.node-a.1.node-a.x`,
    '{"type":"RAISE"}',
  ),
  'read-object': attack(
    'a message of its own objects is read to elsewhere',
    `canopy.${SYSTEM}.jetstream.STREAM.MSG.GET.OBJ_canopy-${SYSTEM}-objects-node-a`,
    '{"seq":1}',
  ),
  'answer-of-home': attack(
    'the answer of home is sent elsewhere',
    `canopy.${SYSTEM}.control.node-a.model-ask`,
    '{}',
  ),
}
