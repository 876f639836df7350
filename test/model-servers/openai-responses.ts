// OpenAI's Responses API, as a test server
//
// Owns:   which requests it takes and with which words it refuses the others; its answers, whole and streamed.

import type { ContentBlock, Turn, Usage } from '../../machines/index.ts'
import { type Asked, type Dialect, jsonOf, pieces, Refusal, type ServedReply } from './conversation.ts'
import { openaiError, unknownParameter } from './openai-errors.ts'
import { type Fields, fieldsOf, listOf, numberOf, onlyKnown, textOf, textsOf } from './requests.ts'

const REQUEST =
  'model input instructions max_output_tokens tools tool_choice stream store include text reasoning prompt_cache_key parallel_tool_calls'
const ITEMS: Readonly<Record<string, string>> = {
  message: 'type role content id status phase',
  function_call: 'type call_id name arguments id status',
  function_call_output: 'type call_id output id status',
  reasoning: 'type id summary encrypted_content content',
}
const CHOICES: Readonly<Record<string, Asked['toolChoice']>> = { auto: 'auto', required: 'any', none: 'none' }
const SEAL = 'sealed:'

export const responsesDialect: Dialect = {
  read(request) {
    const body = fieldsOf(request, 'body')
    onlyKnown(body, REQUEST, unknownParameter)
    const given = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input
    const items = listOf(given, 'input').map((item, at) => itemOf(fieldsOf(item, 'input'), at))
    answeredAll(items)
    const format =
      body.text === undefined ? undefined : fieldsOf(fieldsOf(body.text, 'text').format, 'text.format')
    return {
      protocol: 'openai-responses',
      model: textOf(body.model, 'model'),
      stream: body.stream === true,
      system: body.instructions === undefined ? '' : textOf(body.instructions, 'instructions'),
      tools: listOf(body.tools ?? [], 'tools').map((tool) => toolOf(fieldsOf(tool, 'tools'))),
      toolChoice: CHOICES[String(body.tool_choice ?? 'auto')] ?? 'auto',
      turns: turnsOf(items),
      maxOutputTokens:
        body.max_output_tokens === undefined ? 0 : numberOf(body.max_output_tokens, 'max_output_tokens'),
      ...(format === undefined
        ? {}
        : { answer: { name: textOf(format.name, 'name'), schema: fieldsOf(format.schema, 'schema') } }),
      ...(body.reasoning === undefined
        ? {}
        : { effort: textOf(fieldsOf(body.reasoning, 'reasoning').effort, 'reasoning.effort') }),
    }
  },

  json: (reply, usage, { model }) => responseOf(reply, usage, model),

  events(reply, usage, { model }) {
    const whole = responseOf(reply, usage, model)
    const begun = { ...whole, status: 'in_progress', output: [], usage: null, incomplete_details: null }
    const last =
      reply.stop === 'length' || reply.stop === 'paused' ? 'response.incomplete' : 'response.completed'
    return [
      { type: 'response.created', response: begun },
      { type: 'response.in_progress', response: begun },
      ...whole.output.flatMap((item, output_index) => itemEvents(item, output_index)),
      { type: last, response: whole },
    ].map((event, sequence_number) => {
      return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`
    })
  },

  error: openaiError,
  count: (asked) => ({
    object: 'response.input_tokens',
    input_tokens: Math.ceil(JSON.stringify([asked.system, asked.tools, asked.turns]).length / 4),
  }),
}

function toolOf(tool: Fields): Asked['tools'][number] {
  onlyKnown(tool, 'type name description parameters strict', (name) => unknownParameter(`tools[0].${name}`))
  return {
    name: textOf(tool.name, 'tools[0].name'),
    description: textOf(tool.description ?? '', 'tools[0].description'),
    input: fieldsOf(tool.parameters, 'tools[0].parameters'),
  }
}

interface Item {
  readonly role: Turn['role']
  readonly block: ContentBlock
}

function itemOf(item: Fields, at: number): Item {
  const type = String(item.type ?? 'message')
  const known = ITEMS[type]
  if (known === undefined) throw new Refusal(`Invalid value: '${type}'.`, { code: 'invalid_value' })
  onlyKnown(item, known, (name) => unknownParameter(`input[${at}].${name}`))
  const where = `input[${at}]`
  switch (type) {
    case 'function_call': {
      const id = textOf(item.call_id, `${where}.call_id`)
      if (id.length > 64) {
        throw new Refusal(
          `Invalid '${where}.call_id': string too long. Expected a string with maximum length 64, but got a string with length ${id.length} instead.`,
          { code: 'string_above_max_length' },
        )
      }
      const input: unknown = JSON.parse(textOf(item.arguments, `${where}.arguments`))
      const name = textOf(item.name, `${where}.name`)
      return { role: 'assistant', block: { type: 'tool_call', id, name, input } }
    }
    case 'function_call_output': {
      const content = textsOf(item.output, `${where}.output`)
      const call = textOf(item.call_id, `${where}.call_id`)
      return {
        role: 'user',
        block: { type: 'tool_result', call, content, failed: content.startsWith('Error: ') },
      }
    }
    case 'reasoning':
      if (!textOf(item.encrypted_content, `${where}.encrypted_content`).startsWith(SEAL)) {
        throw new Refusal('The encrypted content could not be verified.', {
          code: 'invalid_encrypted_content',
        })
      }
      return { role: 'assistant', block: { type: 'opaque', provider: 'openai', value: item } }
    default: {
      const text = textsOf(item.content, `${where}.content`)
      return { role: item.role === 'assistant' ? 'assistant' : 'user', block: { type: 'text', text } }
    }
  }
}

function answeredAll(items: readonly Item[]): void {
  const blocks = items.map(({ block }) => block)
  const calls = blocks.filter((block) => block.type === 'tool_call').map(({ id }) => id)
  const outputs = blocks.filter((block) => block.type === 'tool_result').map(({ call }) => call)
  const open = calls.find((id) => !outputs.includes(id))
  if (open !== undefined) throw new Refusal(`No tool output found for function call ${open}.`)
  const stray = outputs.find((id) => !calls.includes(id))
  if (stray !== undefined)
    throw new Refusal(`No tool call found for function call output with call_id ${stray}.`)
  const twice = calls.find((id, at) => calls.indexOf(id) < at)
  if (twice !== undefined) throw new Refusal(`Duplicate function call id ${twice} found in input.`)
}

/** Neighbours of one role are one turn. */
function turnsOf(items: readonly Item[]): Turn[] {
  const turns: { role: Turn['role']; blocks: ContentBlock[] }[] = []
  for (const { role, block } of items) {
    const last = turns.at(-1)
    if (last?.role === role) last.blocks.push(block)
    else turns.push({ role, blocks: [block] })
  }
  return turns
}

type Output = Fields & { readonly type: string }

function responseOf(reply: ServedReply, usage: Usage | null, model: string) {
  const { stop } = reply
  const reasons = { length: 'max_output_tokens', paused: 'paused' } as const
  const reason = stop === 'length' || stop === 'paused' ? reasons[stop] : undefined
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    model,
    status: reason === undefined ? 'completed' : 'incomplete',
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    output: outputOf(reply),
    ...(usage === null ? {} : { usage: vendorUsage(usage) }),
  }
}

let made = 0

function outputOf({ thinking, text, calls = [], stop }: ServedReply): Output[] {
  const status = stop === 'length' ? 'incomplete' : 'completed'
  const part =
    stop === 'refused'
      ? { type: 'refusal', refusal: text ?? '' }
      : { type: 'output_text', text: text ?? '', annotations: [] }
  return [
    ...(thinking === undefined
      ? []
      : [
          {
            type: 'reasoning',
            id: `rs_${++made}`,
            summary: [],
            encrypted_content: `${SEAL}${Buffer.from(thinking).toString('base64')}`,
            status: 'completed',
          },
        ]),
    ...(text === undefined
      ? []
      : [{ type: 'message', id: `msg_${++made}`, role: 'assistant', status, content: [part] }]),
    ...calls.map((call) => ({
      type: 'function_call',
      id: `fc_${++made}`,
      call_id: call.id ?? `call_${++made}`,
      name: call.name,
      arguments: jsonOf(call),
      status,
    })),
  ]
}

function itemEvents(item: Output, output_index: number) {
  const item_id = item.id
  const begun = item.type === 'function_call' ? { ...item, arguments: '' } : { ...item, content: [] }
  const [part] = Array.isArray(item.content) ? (item.content as { text?: string; refusal?: string }[]) : []
  const at = { item_id, output_index }
  const inPart = { ...at, content_index: 0 }
  const deltas = part?.text === undefined ? [] : pieces(part.text)
  return [
    { type: 'response.output_item.added', output_index, item: begun },
    ...(part === undefined
      ? []
      : [{ type: 'response.content_part.added', ...inPart, part: { ...part, text: '' } }]),
    ...deltas.map((delta) => ({ type: 'response.output_text.delta', ...inPart, delta })),
    ...(part === undefined ? [] : [{ type: 'response.content_part.done', ...inPart, part }]),
    ...(item.type === 'function_call'
      ? pieces(String(item.arguments)).map((delta) => ({
          type: 'response.function_call_arguments.delta',
          ...at,
          delta,
        }))
      : []),
    { type: 'response.output_item.done', output_index, item },
  ]
}

/** The cached tokens are counted among the input's. */
function vendorUsage({ input, cacheRead, cacheWrite, output }: Usage) {
  const all = input + cacheRead + cacheWrite
  return {
    input_tokens: all,
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: all + output,
  }
}
