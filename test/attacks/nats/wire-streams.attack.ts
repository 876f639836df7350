// With a key that is not home's: the mail is deleted, emptied, read, or somebody is made to read it for the attacker.

import { jetstreamManager } from '@nats-io/jetstream'
import type { Connection } from '../../../transport/index.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { onStage, SYSTEM, settled } from './wire-stage.ts'

const STREAM = `canopy-${SYSTEM}-mail`
const PREFIXES = ['$JS.API', `canopy.${SYSTEM}.jetstream`]

const orders: Readonly<Record<string, readonly [verb: string, payload: object]>> = {
  delete: [`STREAM.DELETE.${STREAM}`, {}],
  purge: [`STREAM.PURGE.${STREAM}`, {}],
  read: [`STREAM.MSG.GET.${STREAM}`, { seq: 1 }],
  subscribe: [
    `CONSUMER.CREATE.${STREAM}`,
    { stream_name: STREAM, config: { deliver_subject: 'stolen', ack_policy: 'none' } },
  ],
  'push-as-operator': [
    `CONSUMER.CREATE.OBJ_canopy-${SYSTEM}-objects-node-a`,
    { config: { deliver_subject: `canopy.${SYSTEM}.control.operator.backup`, ack_policy: 'none' } },
  ],
  'read-objects-of-another': [`STREAM.MSG.GET.OBJ_canopy-${SYSTEM}-objects-node-b`, { seq: 1 }],
  'delete-consumer-of-home': [`CONSUMER.DELETE.${STREAM}.unit-main`, {}],
}

async function ordered(member: string, verb: string, payload: object): Promise<AttackResult> {
  return onStage(async (stage) => {
    const manager = await jetstreamManager(stage.home.nats)
    const thief = await stage.connect(member)
    stage.home.nats.publish(`canopy.${SYSTEM}.mail.node-b.1.main.x`, '{"type":"SECRET"}')
    await settled(stage)
    const answers = await Promise.all(PREFIXES.map((prefix) => ask(thief, `${prefix}.${verb}`, payload)))
    await settled(stage, thief)
    const done = answers.find((answer) => answer !== undefined && !('error' in answer))
    if (done) return succeeded(JSON.stringify(done).slice(0, 200))
    const { state } = await manager.streams.info(STREAM)
    if (state.messages === 0) return couldNotRun('there was nothing to take')
    return refused('the server did not take it')
  })
}

async function ask({ nats }: Connection, subject: string, payload: object): Promise<object | undefined> {
  const text = Object.keys(payload).length === 0 ? '' : JSON.stringify(payload)
  return nats.request(subject, text, { timeout: 1_000 }).then(
    (answer) => answer.json<object>(),
    () => undefined,
  )
}

export const attacks: Readonly<Record<string, Attack>> = Object.fromEntries(
  ['node-a', 'viewer'].flatMap((member) =>
    Object.entries(orders).map(([name, [verb, payload]]) => [
      `${name}-as-${member}`,
      { title: `${member}: ${verb}`, play: () => ordered(member, verb, payload) },
    ]),
  ),
)
