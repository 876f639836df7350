// Anthropic's requests, as a test server takes them
//
// Owns:   which requests the Messages API takes, and with which words it refuses the others.

import { createHash } from 'node:crypto'
import { type ContentBlock, callsOf, type Turn } from '../../machines/index.ts'
import { type Asked, Refusal } from './conversation.ts'
import { type Fields, fieldsOf, listOf, numberOf, onlyKnown, textOf, textsOf } from './requests.ts'

const REQUEST =
  'model messages max_tokens system tools tool_choice stream output_config thinking metadata stop_sequences cache_control service_tier'
const BLOCKS: Readonly<Record<string, string>> = {
  text: 'type text cache_control citations',
  tool_use: 'type id name input cache_control caller',
  tool_result: 'type tool_use_id content is_error cache_control',
  thinking: 'type thinking signature',
}

export function readAnthropic(given: unknown): Asked {
  const body = fieldsOf(given, 'body')
  onlyKnown(body, REQUEST, (name) => new Refusal(`${name}: Extra inputs are not permitted`))
  const turns = turnsOf(listOf(body.messages, 'messages'))
  const config = body.output_config === undefined ? {} : fieldsOf(body.output_config, 'output_config')
  onlyKnown(config, 'effort format', extra('output_config'))
  const format = config.format === undefined ? undefined : fieldsOf(config.format, 'output_config.format')
  const tools = listOf(body.tools ?? [], 'tools').map((tool, at) => toolOf(fieldsOf(tool, `tools.${at}`), at))
  const marks = JSON.stringify(given).match(/"cache_control":\{/g) ?? []
  if (marks.length > 4) {
    throw new Refusal(`A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`)
  }
  if (tools.length === 0 && turns.some((turn) => callsOf(turn).length > 0)) {
    throw new Refusal('Requests which include `tool_use` or `tool_result` blocks must define tools')
  }
  return {
    protocol: 'anthropic',
    model: textOf(body.model, 'model'),
    stream: body.stream === true,
    system: body.system === undefined ? '' : textsOf(body.system, 'system'),
    tools,
    toolChoice: choiceOf(body.tool_choice),
    turns,
    maxOutputTokens: body.max_tokens === undefined ? 0 : numberOf(body.max_tokens, 'max_tokens'),
    ...(format === undefined
      ? {}
      : { answer: { name: '', schema: fieldsOf(format.schema, 'output_config.format.schema') } }),
    ...(config.effort === undefined ? {} : { effort: textOf(config.effort, 'output_config.effort') }),
  }
}

function extra(where: string): (name: string) => Refusal {
  return (name) => new Refusal(`${where}.${name}: Extra inputs are not permitted`)
}

function toolOf(tool: Fields, at: number): Asked['tools'][number] {
  onlyKnown(tool, 'name description input_schema cache_control strict type', extra(`tools.${at}`))
  const input = fieldsOf(tool.input_schema, `tools.${at}.input_schema`)
  if (input.type !== 'object') {
    throw new Refusal(`tools.${at}.custom.input_schema.type: Input should be 'object'`)
  }
  return {
    name: named(tool.name, `tools.${at}.custom.name`),
    description: textOf(tool.description ?? '', `tools.${at}.description`),
    input,
  }
}

function choiceOf(value: unknown): Asked['toolChoice'] {
  if (value === undefined) return 'auto'
  const { type } = fieldsOf(value, 'tool_choice')
  if (type === 'auto' || type === 'any' || type === 'none') return type
  throw new Refusal("tool_choice: Input tag found using 'type' does not match any of the expected tags")
}

function named(value: unknown, where: string): string {
  const name = textOf(value, where)
  if (/^[a-zA-Z0-9_-]{1,128}$/.test(name)) return name
  throw new Refusal(`${where}: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
}

function turnsOf(messages: readonly unknown[]): Turn[] {
  if (messages.length === 0) throw new Refusal('messages: at least one message is required')
  const ids = new Set<string>()
  const turns = messages.map((message, at): Turn => {
    const fields = fieldsOf(message, `messages.${at}`)
    onlyKnown(fields, 'role content', extra(`messages.${at}`))
    const role = fields.role
    if (role !== 'user' && role !== 'assistant') {
      throw new Refusal(
        `messages: Unexpected role "${String(role)}". The Messages API accepts a top-level \`system\` parameter, not "system" as an input message role.`,
      )
    }
    const content = fields.content
    const given =
      typeof content === 'string'
        ? [{ type: 'text', text: content }]
        : listOf(content, `messages.${at}.content`)
    if (given.length === 0)
      throw new Refusal(
        `messages.${at}: all messages must have non-empty content except for the optional final assistant message`,
      )
    const blocks = given.map((block, index) =>
      blockOf(fieldsOf(block, `messages.${at}.content.${index}`), `messages.${at}.content.${index}`, ids),
    )
    return { role, blocks }
  })
  for (const [at, turn] of turns.entries()) checked(turn, turns[at - 1], turns[at + 1], at)
  if (turns.at(-1)?.role === 'assistant') {
    throw new Refusal(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    )
  }
  return turns
}

function blockOf(block: Fields, where: string, ids: Set<string>): ContentBlock {
  const type = textOf(block.type, `${where}.type`)
  const known = BLOCKS[type]
  if (known === undefined)
    throw new Refusal(
      `${where}: Input tag '${type}' found using 'type' does not match any of the expected tags`,
    )
  onlyKnown(block, known, extra(`${where}.${type}`))
  if (type === 'text') {
    const text = textOf(block.text, `${where}.text.text`)
    if (text === '') throw new Refusal('messages: text content blocks must be non-empty')
    if (text.trim() === '')
      throw new Refusal('messages: text content blocks must contain non-whitespace text')
    return { type: 'text', text }
  }
  if (type === 'tool_use') {
    const id = textOf(block.id, `${where}.tool_use.id`)
    if (!/^[a-zA-Z0-9_-]+$/.test(id)) {
      throw new Refusal(`${where}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`)
    }
    if (ids.has(id)) throw new Refusal(`${where}: \`tool_use\` ids must be unique`)
    ids.add(id)
    const input = fieldsOf(block.input, `${where}.tool_use.input`)
    return { type: 'tool_call', id, name: named(block.name, `${where}.tool_use.name`), input }
  }
  if (type === 'tool_result') {
    return {
      type: 'tool_result',
      call: textOf(block.tool_use_id, `${where}.tool_result.tool_use_id`),
      content: textsOf(block.content ?? '', `${where}.tool_result.content`),
      failed: block.is_error === true,
    }
  }
  if (block.signature !== signatureOf(textOf(block.thinking, `${where}.thinking`))) {
    throw new Refusal(`${where}: Invalid \`signature\` in \`thinking\` block`)
  }
  return { type: 'opaque', provider: 'anthropic', value: block }
}

function checked(turn: Turn, before: Turn | undefined, after: Turn | undefined, at: number): void {
  if (before === undefined && turn.role !== 'user')
    throw new Refusal('messages: first message must use the "user" role')
  if (before?.role === turn.role) {
    throw new Refusal(
      `messages: roles must alternate between "user" and "assistant", but found multiple "${turn.role}" roles in a row`,
    )
  }
  const called = callsOf(turn).map(({ id }) => id)
  const answers = resultIds(after)
  const orphans = called.filter((id) => !answers.includes(id))
  if (orphans.length > 0) {
    throw new Refusal(
      `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${orphans.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    )
  }
  const allowed = callsOf(before).map(({ id }) => id)
  const stray = resultIds(turn).find((id) => !allowed.includes(id))
  if (stray !== undefined) {
    throw new Refusal(
      `messages.${at}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
    )
  }
  const late = turn.blocks.findIndex(({ type }) => type === 'tool_result')
  if (late > 0 && turn.blocks.slice(0, late).some(({ type }) => type === 'text')) {
    throw new Refusal(`messages.${at}: \`tool_result\` blocks must come before any other content`)
  }
}

function resultIds(turn: Turn | undefined): string[] {
  return (turn?.blocks ?? []).filter((block) => block.type === 'tool_result').map(({ call }) => call)
}

/** What the vendor seals a thought with, so that it comes back unchanged. */
export function signatureOf(thinking: string): string {
  return createHash('sha256').update(thinking).digest('base64')
}
