// Somebody deletes the stream of the mail, or its consumer, while a run works.

import { jetstreamManager } from '@nats-io/jetstream'
import { openControl } from '../../../transport/index.ts'
import { connectTo } from '../../transport/nats.ts'
import { type Attack, type AttackResult, refused, succeeded } from '../attack.ts'
import { beginRun, type UnderAttack } from './run-under-attack.ts'

const WITHIN_MS = 20_000
const MODULES = 4

function deleting(title: string, remove: (attacked: UnderAttack) => Promise<unknown>): Attack {
  return {
    title,
    async play(): Promise<AttackResult> {
      await using attacked = await beginRun()
      const { server, system, run } = attacked
      await remove(attacked)
      const connection = await connectTo(server, 'operator')
      try {
        const control = openControl({ connection, system })
        const order = { to: 'system.supervisor', event: { type: 'PAUSE' }, wait: true }
        const reply = await control.request('send', order, WITHIN_MS)
        if (!reply.ok && reply.error.code !== 'not_stepped')
          return succeeded(`${reply.error.code}: ${reply.error.message}`)
        await control.request('send', { to: 'system.supervisor', event: { type: 'RESUME' } }, WITHIN_MS)
        run.letWrite()
        const late = new Promise<undefined>((resolve) => {
          setTimeout(() => resolve(undefined), 60_000).unref()
        })
        const ending = await Promise.race([run.ending, late])
        if (ending?.kind !== 'ended') return succeeded('the run stands still')
        const { merged } = run.repository
        if (merged.length !== MODULES || !merged.every((commit) => commit.endsWith('-1')))
          return succeeded(`attempts were lost: merged is ${merged.join(', ')}`)
        return refused('orders are answered, and the run goes on to its end with nothing lost')
      } finally {
        await connection.close()
      }
    },
  }
}

export const attacks: Readonly<Record<string, Attack>> = {
  stream: deleting('Somebody deletes the stream of the mail.', async ({ connection, system }) =>
    (await jetstreamManager(connection.nats)).streams.delete(`canopy-${system}-mail`),
  ),
  consumer: deleting("Somebody deletes home's consumer.", async ({ connection, system }) =>
    (await jetstreamManager(connection.nats)).consumers.delete(`canopy-${system}-mail`, 'unit-main'),
  ),
}
