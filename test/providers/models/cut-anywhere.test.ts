// An answer that ends anywhere: never a reply that says something else than the whole one.

import { describe, expect, test } from 'vitest'
import { openModel } from '../../../providers/index.ts'
import { asking, patient, replied } from '../../contracts/model.ts'
import { startModelServer } from '../../model-servers/index.ts'

const PROTOCOLS = ['anthropic', 'openai-responses', 'openai-chat'] as const

/** A good answer's bytes, as they came from the server. */
async function recorded(protocol: (typeof PROTOCOLS)[number], stream: boolean) {
  await using server = await startModelServer({
    decide: () => ({
      text: 'Größe ✓',
      calls: [
        { id: 'call_a', name: 'read_file', input: { path: 'ü.ts' } },
        { id: 'call_b', name: 'submit', input: {} },
      ],
      usage: { input: 100, cacheRead: 20, cacheWrite: 3, output: 9 },
    }),
  })
  let bytes = new Uint8Array()
  let headers = new Headers()
  const place = {
    name: 'vendor/large-1',
    protocol,
    baseUrl: server.baseUrl(protocol),
    stream,
    key: () => 'test-key',
  }
  const model = openModel(place, {
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      headers = response.headers
      bytes = new Uint8Array(await response.clone().arrayBuffer())
      return response
    },
  })
  const reply = replied(await model.send(asking(), patient()))
  return { place, reply, bytes, headers }
}

describe.each(PROTOCOLS)('%s', (protocol) => {
  test.each([true, false])('streamed: %s', async (stream) => {
    const { place, reply, bytes, headers } = await recorded(protocol, stream)
    expect(reply.blocks).toHaveLength(3)
    let early = 0
    // At some 60 places, so that it stays short.
    const step = Math.max(1, Math.floor(bytes.length / 60))
    for (let end = 0; end < bytes.length; end += step) {
      const model = openModel(place, { fetch: async () => new Response(bytes.slice(0, end), { headers }) })
      const outcome = await model.send(asking(), patient())
      if (outcome.kind === 'failed') {
        expect(outcome.failure.kind).toBe('garbled')
        early++
        continue
      }
      // Chat Completions tells its usage last: without it it is estimated.
      expect({ ...outcome.reply, usage: reply.usage }).toEqual(reply)
      expect(outcome.reply.usage.input).toBeGreaterThan(0)
    }
    expect(early).toBeGreaterThan((bytes.length / step) * 0.6)
  })
})
