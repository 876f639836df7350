// With the key of a node, mail that says that it comes from somebody else: a verdict, a plan, an order of the operator.

import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { onStage, SYSTEM, settled } from './wire-stage.ts'

const envelope = (type: string, address: string | null) =>
  JSON.stringify({
    id: `evil/${type}`,
    from: address === null ? null : { address, birth: 'x', number: 1 },
    event: { type },
  })

/** Mails it under a subject with the key of node a; whether an actor of home gets it. */
async function mailed(subject: string, payload: string): Promise<AttackResult> {
  return onStage(async (stage) => {
    const node = await stage.connect('node-a')
    node.nats.publish(subject, payload)
    // That mail of its own comes through shows that the attack was played.
    const own = envelope('OWN', 'node-a-1.worker:1')
    node.nats.publish(`canopy.${SYSTEM}.mail.main.node-a.system.pool`, own)
    await settled(stage, node)
    if (!stage.delivered.includes('OWN')) return couldNotRun('not even its own mail came')
    if (stage.delivered.length > 1) return succeeded(`home took ${stage.delivered.join(', ')}`)
    return refused(stage.forged[0] ?? 'the server did not take it')
  })
}

const attack = (title: string, subject: string, payload: string): Attack => ({
  title,
  play: () => mailed(`canopy.${SYSTEM}.mail.${subject}`, payload),
})

export const attacks: Readonly<Record<string, Attack>> = {
  verdict: attack(
    'a node says MERGED as home',
    'main.main.system.pool',
    envelope('MERGED', 'system.integrator'),
  ),
  'from-home': attack(
    'a node says as itself that home said it',
    'main.node-a.system.pool',
    envelope('MERGED', 'system.pool'),
  ),
  'from-another-node': attack(
    'a node hands in as another node',
    'main.node-a.system.pool',
    envelope('SUBMIT', 'node-b-1.worker:1'),
  ),
  'as-another-node': attack(
    'a node mails with the name of another',
    'main.node-b.system.pool',
    envelope('SUBMIT', 'node-b-1.worker:1'),
  ),
  'longer-name': attack(
    'a node mails as one whose name begins like its own',
    'main.node-a.system.pool',
    envelope('SUBMIT', 'node-a-b-1.w'),
  ),
  order: attack(
    'a node sends RAISE as mail from outside',
    'main.node-a.system.budget',
    envelope('RAISE', null),
  ),
  'plain-event': attack(
    'a node sends RAISE as a plain event',
    'main.node-a.system.budget',
    '{"type":"RAISE","usd":100000}',
  ),
  operator: attack('mail under the name of the operator', 'main.operator.system.budget', '{"type":"RAISE"}'),
}
