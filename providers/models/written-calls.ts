// Written calls
//
// Owns:   recognising calls of tools that a local model wrote into its text, because its server has no parser for them.
//
// W1. Only what ends the text is a call, only of a tool that was offered, and only when the server told no call: a text
//     that speaks about calls stays a text.
// W2. All that is written as calls must be readable; else nothing of it is one, and the model is asked again.

import { parseJson } from '../../kernel/index.ts'
import type { ModelRequest, ModelTool } from '../../machines/index.ts'
import type { ReplyDraft } from './answers.ts'

interface WrittenCall {
  readonly name: string
  readonly json: string
}

interface TextWithCalls {
  /** The text before the calls. */
  readonly text: string
  readonly calls: readonly WrittenCall[]
}

type ReadCalls = (match: RegExpExecArray, tools: readonly ModelTool[]) => WrittenCall[] | undefined

/** Each matches one call, or one list of calls, at the end of a text. */
const FORMS: readonly (readonly [RegExp, ReadCalls])[] = [
  // Qwen3-Coder and kin; the outer tag is often left out.
  [
    /(?:<tool_call>\s*)?<function=([\w.-]+)>((?:(?!<function=)[\s\S])*?)<\/function>(?:\s*<\/tool_call>)?\s*$/,
    ([, name = '', body = ''], tools) => [{ name, json: parametersIn(body, name, tools) }],
  ],
  // Hermes, Qwen; the last tag is lost when a server cuts at it as a stop word.
  [/<tool_call>((?:(?!<tool_call>)[\s\S])*?)(?:<\/tool_call>)?\s*$/, ([, json = '']) => callsIn(json)],
  // Mistral.
  [/\[TOOL_CALLS\]\s*(\[[\s\S]*\])\s*$/, ([, json = '']) => callsIn(json)],
  // JSON in a fence, or nothing but JSON.
  [/```(?:json|tool_call)?\s*\n((?:(?!```)[\s\S])*?)\n?```\s*$/, ([, json = '']) => callsIn(json)],
  [/^\s*(\{[\s\S]*\})\s*$/, ([, json = '']) => callsIn(json)],
]

/** The draft with the calls that the model wrote, where the server told none (W1). */
export function withWrittenCalls(draft: ReplyDraft, { tools, toolChoice, answer }: ModelRequest): ReplyDraft {
  const { blocks, stop } = draft
  const hasCalls = blocks.some(({ type }) => type === 'draft_call')
  const mayCall = tools.length > 0 && toolChoice !== 'none' && answer === undefined && stop !== 'refused'
  if (hasCalls || !mayCall) return draft
  const text = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')
  const written = writtenCalls(text, tools)
  if (written === undefined) return draft
  return {
    ...draft,
    blocks: [
      ...blocks.filter(({ type }) => type === 'opaque'),
      { type: 'text', text: written.text },
      ...written.calls.map((call) => ({ type: 'draft_call' as const, id: '', ...call })),
    ],
  }
}

/** The calls at the end of a text; undefined when there are none. */
function writtenCalls(text: string, tools: readonly ModelTool[]): TextWithCalls | undefined {
  let rest = text
  const calls: WrittenCall[] = []
  for (let found = lastIn(rest, tools); found; found = lastIn(rest, tools)) {
    calls.unshift(...found.calls)
    rest = found.text
  }
  // W2.
  return calls.length === 0 || /<tool_call>|<function=/.test(rest)
    ? undefined
    : { text: rest.trimEnd(), calls }
}

function lastIn(text: string, tools: readonly ModelTool[]): TextWithCalls | undefined {
  for (const [form, read] of FORMS) {
    const match = form.exec(text)
    const calls = match ? read(match, tools) : undefined
    const areOffered = calls?.every((call) => tools.some(({ name }) => name === call.name))
    if (match && calls && calls.length > 0 && areOffered) return { text: text.slice(0, match.index), calls }
  }
  return undefined
}

/** `{"name", "arguments"}` or a list of it; some models say `parameters` or `input`. */
function callsIn(json: string): WrittenCall[] | undefined {
  const given = parsed(json)
  const list: unknown[] = Array.isArray(given) ? given : [given]
  const calls = list.map((each) => {
    if (typeof each !== 'object' || each === null) return undefined
    const { name, arguments: args, parameters = args, input = parameters } = each as Record<string, unknown>
    const known = typeof input === 'string' ? parsed(input) : input
    const isObject = typeof known === 'object' && known !== null
    return typeof name === 'string' && isObject ? { name, json: JSON.stringify(known) } : undefined
  })
  return calls.every((call) => call !== undefined) ? calls : undefined
}

/** A parameter is text if its schema says so, or if it is no JSON. */
function parametersIn(body: string, name: string, tools: readonly ModelTool[]): string {
  const { properties = {} } = (tools.find((tool) => tool.name === name)?.input ?? {}) as {
    properties?: Record<string, { type?: unknown } | undefined>
  }
  const parameters = [...body.matchAll(/<parameter=([\w.-]+)>\n?([\s\S]*?)\n?<\/parameter>/g)]
  const values = parameters.map(([, key = '', value = '']) => {
    const known = properties[key]?.type === 'string' ? undefined : parsed(value)
    return [key, known === undefined ? value : known] as const
  })
  return JSON.stringify(Object.fromEntries(values))
}

function parsed(json: string): unknown {
  try {
    return parseJson(json)
  } catch {
    return undefined
  }
}
