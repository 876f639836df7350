// User tools
//
// Tools that the user grants agents besides those of the worktree: their offer, the record of each call, replaying it.
// Leaves: the tools themselves (mcp/, skills/), where records are stored (app/).
//
// U1. A call is recorded before it has an effect, and its result before it is used. A call whose result was lost is
//     repeated only if it changes nothing.
// U2. A replay calls nothing: it gives the recorded results.

import { z } from 'zod'
import { type AgentOrder, agentKindSchema, INTERRUPTED } from '../machines/index.ts'
import type { AgentToolbox } from './ports.ts'
import { printOfInput } from './prints.ts'
import { failure, type OfferedTool, type ToolOutcome } from './tools/tool.ts'
import type { Toolbox } from './tools/toolbox.ts'

export interface UserToolCall {
  readonly name: string
  readonly input: unknown
  /** The same when the call is made again after a crash. */
  readonly key: string
  readonly order: AgentOrder
  readonly signal: AbortSignal
}

export interface UserTools {
  readonly tools: readonly OfferedTool[]
  use(call: UserToolCall): Promise<ToolOutcome>
  /** An agent has ended: what ran for it alone ends. */
  release(agent: string): Promise<void>
  close(): Promise<void>
}

/** Rows that last as long as the run. */
export interface ToolRecords {
  get(key: string): Promise<unknown>
  /** Resolves when it is durable. */
  put(key: string, record: unknown): Promise<void>
  keys(): AsyncIterable<string>
}

export const noUserTools: UserTools = {
  tools: [],
  use: async ({ name }) => failure(`There is no tool ${name}.`),
  release: async () => {},
  close: async () => {},
}

/** Several as one; their names are different. */
export function combined(all: readonly UserTools[]): UserTools {
  return {
    tools: all.flatMap(({ tools }) => tools),
    use: (call) => (all.find((each) => isOf(each, call.name)) ?? noUserTools).use(call),
    release: async (agent) => void (await Promise.all(all.map((each) => each.release(agent)))),
    close: async () => void (await Promise.all(all.map((each) => each.close()))),
  }
}

/** A worktree's toolbox with what the user grants. */
export function withUserTools(toolbox: Toolbox, granted: UserTools, order: AgentOrder): AgentToolbox {
  return {
    tools: [...toolbox.tools, ...granted.tools],
    tree: () => toolbox.tree(),
    use: (call, { key, signal }) =>
      isOf(granted, call.name) ? granted.use({ ...call, key, signal, order }) : toolbox.use(call, { signal }),
  }
}

function isOf({ tools }: Pick<UserTools, 'tools'>, name: string): boolean {
  return tools.some(({ tool }) => tool.name === name)
}

/** The agent that makes a call. */
export function agentOf({
  account: { milestone, task, attempt },
  kind,
}: Pick<AgentOrder, 'account' | 'kind'>) {
  return `${milestone}/${task}/${attempt}/${kind}`
}

const outcomeSchema = z.object({ content: z.string(), failed: z.boolean() })
const recordSchema = z.object({
  agent: z.string(),
  name: z.string(),
  /** Digest of the input. */
  print: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** Absent: it began, and nobody knows how it ended. */
  outcome: outcomeSchema.optional(),
})
type CallRecord = z.infer<typeof recordSchema>

const offeredSchema = z.array(
  z.object({
    tool: z.object({ name: z.string(), description: z.string(), input: z.record(z.string(), z.unknown()) }),
    effect: z.enum(['reads', 'repeatable', 'once', 'outside']),
    kinds: z.array(agentKindSchema).exactOptional(),
    microdollars: z.int().nonnegative().exactOptional(),
    computes: z.boolean().exactOptional(),
  }),
)

const OFFER = 'offer'
const callKey = (key: string): string => `call/${key}`

interface RecordingOptions {
  readonly records: ToolRecords
  readonly now: () => number
}

/** Records the offer and every call (U1). */
export async function recordedTools(
  granted: UserTools,
  { records, now }: RecordingOptions,
): Promise<UserTools> {
  await records.put(OFFER, granted.tools)
  return {
    ...granted,
    async use(call) {
      const { name, input, key, order } = call
      const before = recordSchema.safeParse(await records.get(callKey(key))).data
      if (before?.outcome) return before.outcome
      const effect = granted.tools.find(({ tool }) => tool.name === name)?.effect
      // U1.
      if (before && effect !== 'reads') return failure(`${INTERRUPTED}. It may have been carried out.`)
      const record: CallRecord = { agent: agentOf(order), name, print: printOfInput(input), at: now() }
      await records.put(callKey(key), record)
      const outcome = await granted.use(call)
      await records.put(callKey(key), { ...record, outcome })
      return outcome
    },
  }
}

/** Thrown where a replay comes to a call that was not recorded. */
export class UnrecordedToolCall extends Error {}

/** The recorded offer, and recorded results (U2). */
export async function replayedTools(records: Pick<ToolRecords, 'get' | 'keys'>): Promise<UserTools> {
  const tools = offeredSchema.safeParse(await records.get(OFFER)).data
  if (tools === undefined) return noUserTools
  const left = new Map<string, CallRecord>()
  for await (const key of records.keys()) {
    const record = recordSchema.safeParse(await records.get(key)).data
    if (record) left.set(key, record)
  }
  return {
    ...noUserTools,
    tools,
    async use({ name, input, key, order }) {
      const [agent, print] = [agentOf(order), printOfInput(input)]
      const isSame = (record: CallRecord | undefined): boolean =>
        record !== undefined && record.agent === agent && record.name === name && record.print === print
      const [found] = isSame(left.get(callKey(key)))
        ? [callKey(key)]
        : [...left].flatMap(([other, record]) => (isSame(record) ? [other] : [])).sort()
      const record = found === undefined ? undefined : left.get(found)
      if (found === undefined || record === undefined)
        throw new UnrecordedToolCall(`${agent}: this call of ${name} was not recorded`)
      left.delete(found)
      return record.outcome ?? failure(`${INTERRUPTED}. It may have been carried out.`)
    },
  }
}
