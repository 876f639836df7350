// Agents whose model knows nothing: their steps, counted, with everything that must not happen on the way.
//
// Leaves: the server of the model (test/model-servers/llama), what must hold (the tests and the benchmark).

import type { AgentOutput } from '../../machines/index.ts'
import { openMemoryStore } from '../../persistence/index.ts'
import { systemClock } from '../../platform/index.ts'
import { createAsker, governorSettingsSchema, type Model } from '../../providers/index.ts'
import { Office } from './office.ts'

export interface NonsenseSteps {
  readonly agents: number
  /** Replies of the model. */
  readonly steps: number
  readonly calls: number
  /** Calls that could not be carried out: cut off, not JSON, or of no tool. */
  readonly broken: number
  readonly compactions: number
  /** How the agents ended. */
  readonly ends: Readonly<Record<string, number>>
  /** Failed requests by kind. */
  readonly failures: Readonly<Record<string, number>>
  /** What must not happen: refused conversations, and agents that failed for another reason than nonsense gives. */
  readonly unexpected: readonly string[]
}

/** The smaller, the sooner a conversation is shortened. */
const WINDOW = 8_000
/** Reasons that nonsense gives: it said nothing at all, or it said so much that nothing fits any more. */
const EXPECTED = /the answer is empty|does not fit into the window/

/** A third of the requests demand a call, a third leave it to the model, a third are cut off soon. */
const MANNERS = [{ toolChoice: 'any' }, {}, { toolChoice: 'any', maxOutputTokens: 40 }] as const

/** Agents, one after the other, until so many steps are done or `isOver`. */
export async function nonsenseSteps(
  model: Model,
  steps: number,
  isOver: () => boolean = () => false,
): Promise<NonsenseSteps> {
  const count = { agents: 0, steps: 0, calls: 0, broken: 0, compactions: 0 }
  const ends: Record<string, number> = {}
  const failures: Record<string, number> = {}
  const unexpected: string[] = []
  const { signal } = new AbortController()
  const asker = createAsker({
    models: [model],
    // Nonsense is often empty: a breaker that opens for minutes would be all that is seen.
    settings: governorSettingsSchema.parse({
      firstBackoffMs: 1,
      mostBackoffMs: 10,
      breaker: { failures: 1_000_000 },
    }),
    clock: systemClock,
    chance: Math.random,
    tell: (fact) => {
      if (fact.type !== 'model.failed') return
      failures[fact.kind] = (failures[fact.kind] ?? 0) + 1
      if (fact.kind === 'bad_request') unexpected.push(fact.message)
    },
  })
  while (count.steps < steps && !isOver()) {
    const store = await openMemoryStore()
    const office = await Office.open({
      store,
      condense: true,
      limits: { window: WINDOW, outputTokens: 400, tokens: 100_000_000, microdollars: 1_000_000_000 },
      budget: { task: { usd: 1_000 } },
      script: async (request, n) => {
        const { maxOutputTokens, ...manner }: { maxOutputTokens?: number; toolChoice?: 'any' } =
          MANNERS[n % MANNERS.length] ?? {}
        const asked = {
          ...request,
          ...(request.tools.length > 0 && manner),
          maxOutputTokens: maxOutputTokens ?? request.maxOutputTokens,
        }
        if (isOver()) return { blocks: [{ type: 'text', text: 'It is late.' }], stop: 'end' }
        const result = await asker.ask({ chain: [model.name], request: asked, key: String(n), signal })
        return result.kind === 'replied' ? result.reply : { ...result, microdollars: 0 }
      },
    })
    const output: AgentOutput = await office.run()
    count.agents += 1
    ends[output.kind] = (ends[output.kind] ?? 0) + 1
    if (output.kind === 'failed')
      unexpected.push(...output.reasons.filter((reason) => !EXPECTED.test(reason)))
    count.compactions += office.facts.filter((fact) => 'event' in fact && isCompaction(fact.event)).length
    for (const reply of office.paid.values()) {
      count.steps += 1
      if (reply.kind !== 'replied') continue
      const calls = reply.reply.blocks.filter((block) => block.type === 'tool_call')
      count.calls += calls.length
      count.broken += calls.filter(({ problem }) => problem !== undefined).length
    }
    await office.close()
    await store.close()
  }
  return { ...count, ends, failures, unexpected }
}

function isCompaction(event: unknown): boolean {
  return (event as { type?: unknown } | null)?.type === 'agent.compacted'
}
