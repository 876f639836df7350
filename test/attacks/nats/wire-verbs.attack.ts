// With a key of one role, what another role may ask of home; and what home would take for itself.

import { openControl } from '../../../transport/index.ts'
import { type Attack, type AttackResult, refused, succeeded } from '../attack.ts'
import { onStage, SYSTEM } from './wire-stage.ts'

/** `as`: whose name stands in the subject. */
async function asked(member: string, as: string, verb: string): Promise<AttackResult> {
  return onStage(async (stage) => {
    const thief = await stage.connect(member)
    await openControl({ connection: thief, system: SYSTEM }).request('here', {}, 1_000)
    await thief.nats
      .request(`canopy.${SYSTEM}.control.${as}.${verb}`, '{}', { timeout: 1_000 })
      .catch(() => {})
    return stage.asked.length > 0
      ? succeeded(`home was asked: ${stage.asked.join(', ')}`)
      : refused('the server did not take it')
  })
}

const tried = [
  ['viewer', 'viewer', 'send'],
  ['viewer', 'operator', 'send'],
  ['viewer', 'main', 'backup'],
  ['operator', 'operator', 'model-ask'],
  ['operator', 'operator', 'node-code'],
  ['operator', 'node-a', 'model-ask'],
  ['node-a', 'node-a', 'send'],
  ['node-a', 'operator', 'send'],
  ['node-a', 'node-b', 'model-ask'],
  ['node-a', 'node-a', 'status'],
] as const

export const attacks: Readonly<Record<string, Attack>> = Object.fromEntries(
  tried.map(([member, as, verb]) => [
    `${member}-as-${as}-${verb}`,
    { title: `${member} asks ${verb} as ${as}`, play: () => asked(member, as, verb) },
  ]),
)
