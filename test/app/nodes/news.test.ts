// What agents on nodes say of themselves reaches who shows the run; nothing else that somebody says under that subject does.

import { expect, it } from 'vitest'
import { hearNews, tellNews } from '../../../app/nodes/news.ts'
import type { RunFact } from '../../../machines/index.ts'
import { openMemoryControl } from '../../../transport/index.ts'
import { eventually } from '../../eventually.ts'

const address = 'node-box-1.worker:1.agent'
const event = {
  type: 'agent.ended',
  milestone: 'm',
  task: 't',
  attempt: 1,
  kind: 'code',
  outcome: 'stuck',
  steps: 3,
} as const

it('is told as it was said, and only what agents of nodes say', async () => {
  const control = openMemoryControl('node-box')
  const heard: RunFact[] = []
  const end = await hearNews(control, (fact) => heard.push(fact))
  tellNews(control, { type: 'node.stopped' })
  tellNews(control, { type: 'emitted', address, event: { type: 'worker.idle', worker: 'w' } })
  for (const junk of [
    undefined,
    'news',
    { address: 'system.pool', event },
    { address: 'node-other-1.worker:1.agent', event },
    { address, event: { ...event, steps: 'many' } },
    { address, event: { type: 'run.finished', report: null } },
  ])
    control.tell('news', junk)
  tellNews(control, { type: 'emitted', address, event })
  await eventually(() => heard.length > 0)
  expect(heard).toEqual([{ type: 'emitted', address, event }])
  end()
})
