// A process that asks a model once over HTTP, and dies between the answer and its own commit: for a test that kills it.
//
//     node asking-child.ts <directory> <url>    prints the answer as JSON, then waits until it is killed

import { openStore } from '../../../persistence/index.ts'
import { recorded } from '../../../providers/cassettes/recorded.ts'
import { createAsker } from '../../../providers/governor/asker.ts'
import { governorSettingsSchema } from '../../../providers/governor/settings.ts'
import type { Model } from '../../../providers/models/model.ts'

const [, , directory = '', url = ''] = process.argv
const usage = { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 }
const model: Model = {
  name: 'a/x',
  async send(_request, { signal }) {
    const text = await (await fetch(url, { signal })).text()
    const reply = { blocks: [{ type: 'text' as const, text }], stop: 'end' as const, usage }
    return { kind: 'replied', model: 'a/x', reply, limits: [] }
  },
}
const clock = {
  now: () => Date.now(),
  after: (ms: number, callback: () => void) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
const settings = governorSettingsSchema.parse({})
const asker = createAsker({ models: [model], settings, clock, chance: Math.random })
const store = await openStore({ directory })
const { ask } = recorded(asker, { store: store.replies(), now: clock.now })
const turns = [{ role: 'user' as const, blocks: [{ type: 'text' as const, text: 'hello' }] }]
const request = { system: '', tools: [], turns, maxOutputTokens: 10 }
const { signal } = new AbortController()
process.stdout.write(`${JSON.stringify(await ask({ chain: ['a/x'], request, key: 'worker.1#3', signal }))}\n`)
setInterval(() => {}, 60_000)
