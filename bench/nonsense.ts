// Nonsense: agents over a real server (llama.cpp's) whose model has random weights, thousands of steps.
//
// What must not happen is listed: a conversation that the server refuses, an agent that fails for another reason than nonsense.

import { openModel } from '../providers/index.ts'
import { nonsenseSteps } from '../test/agents/nonsense.ts'
import { findLlama, startLlama } from '../test/model-servers/llama/index.ts'

export const title =
  'Agents whose model knows nothing, over a real server: steps, ends, and what must not happen'

const PROTOCOLS = ['openai-chat', 'openai-responses', 'anthropic'] as const

export async function run({
  quick,
}: {
  readonly quick: boolean
}): Promise<Readonly<Record<string, unknown>>> {
  const found = await findLlama()
  if (found.kind === 'missing') return { skipped: found.reason }
  const steps = Math.ceil((quick ? 150 : 10_000) / PROTOCOLS.length)
  const seen: Record<string, object> = {}
  for (const [seed, protocol] of PROTOCOLS.entries()) {
    await using server = await startLlama(found.program, seed + 1)
    const baseUrl = protocol === 'anthropic' ? server.url : `${server.url}/v1`
    const since = performance.now()
    const place = { name: 'played/model', protocol, baseUrl, stream: true, key: () => 'none' }
    const steady = await nonsenseSteps(openModel(place), steps)
    const seconds = Math.round((performance.now() - since) / 1_000)
    seen[protocol] = { ...steady, seconds, running: server.isRunning() }
    process.stderr.write(`${protocol}: ${steady.steps} steps, ${seconds} s\n`)
  }
  return { server: found.version, ...seen }
}
