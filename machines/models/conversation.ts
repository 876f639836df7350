// Conversation
//
// A conversation with a model, the same for every vendor, and whether it may be sent.
// Leaves: the vendors' own shapes (providers/), where conversations are stored (persistence/).
//
// C1. Every tool call is answered once, in the turn right after it, and every answer has a call.
// C2. Turns alternate, and the first is the user's.

import { z } from 'zod'

const id = z.string().min(1)

export const textBlockSchema = z.object({ type: z.literal('text'), text: z.string() })
export const toolCallSchema = z.object({
  type: z.literal('tool_call'),
  id,
  name: z.string(),
  /** As the model gave it, parsed as JSON; not checked against the tool's schema. */
  input: z.unknown(),
  /** Why it must not be carried out: its input is not JSON, or was cut off. */
  problem: z.string().optional(),
})
export type ToolCall = z.infer<typeof toolCallSchema>
export const toolResultSchema = z.object({
  type: z.literal('tool_result'),
  call: id,
  content: z.string(),
  failed: z.boolean(),
})
export type ToolResult = z.infer<typeof toolResultSchema>
/** A vendor's block (thinking, reasoning) that must be returned to it unchanged; other vendors never see it. */
export const opaqueBlockSchema = z.object({
  type: z.literal('opaque'),
  provider: z.string(),
  value: z.unknown(),
})

export const blockSchema = z.discriminatedUnion('type', [
  textBlockSchema,
  toolCallSchema,
  toolResultSchema,
  opaqueBlockSchema,
])
export type ContentBlock = z.infer<typeof blockSchema>

export const turnSchema = z.object({ role: z.enum(['user', 'assistant']), blocks: z.array(blockSchema) })
export type Turn = z.infer<typeof turnSchema>

export function callsOf(turn: Turn | undefined): ToolCall[] {
  return turn?.role === 'assistant' ? turn.blocks.filter((block) => block.type === 'tool_call') : []
}

export function resultsOf(turn: Turn | undefined): ToolResult[] {
  return turn?.role === 'user' ? turn.blocks.filter((block) => block.type === 'tool_result') : []
}

/** Reasons for which a vendor would refuse the conversation (C1, C2); empty when it may be sent. */
export function problemsOf(turns: readonly Turn[]): string[] {
  const problems: string[] = []
  if (turns[0]?.role !== 'user') problems.push('it does not begin with a turn of the user')
  if (turns.at(-1)?.role === 'assistant') problems.push('it does not end with a turn of the user')
  for (const [at, turn] of turns.entries()) {
    const before = turns[at - 1]
    if (before?.role === turn.role) problems.push(`turn ${at} is the ${turn.role}'s again`)
    if (turn.blocks.length === 0) problems.push(`turn ${at} is empty`)
    problems.push(...unmatched(at, callsOf(before), resultsOf(turn)))
  }
  return problems
}

function unmatched(at: number, calls: readonly ToolCall[], results: readonly ToolResult[]): string[] {
  const called = calls.map((call) => call.id)
  const answered = results.map((result) => result.call)
  return [
    ...called
      .filter((call) => !answered.includes(call))
      .map((call) => `call ${call} is not answered in turn ${at}`),
    ...answered
      .filter((call) => !called.includes(call))
      .map((call) => `turn ${at} answers ${call}, which was not called`),
    ...repeated(called).map((call) => `two calls before turn ${at} have the id ${call}`),
    ...repeated(answered).map((call) => `turn ${at} answers ${call} twice`),
  ]
}

function repeated(ids: readonly string[]): string[] {
  return ids.filter((each, at) => ids.indexOf(each) < at)
}
