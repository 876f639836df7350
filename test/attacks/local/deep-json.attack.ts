// JSON 150,000 levels deep from whoever may answer or ask: it would overflow the stack of whatever copies it.

import { type ModelRequest, type ModelResult, problemsOf } from '../../../machines/index.ts'
import { openModel } from '../../../providers/index.ts'
import { openMemoryControl, openMemoryMail } from '../../../transport/index.ts'
import { type Attack, type AttackResult, refused, succeeded } from '../attack.ts'
import { listenOnLoopback } from './loopback-server.ts'

const LEVELS = 150_000
const arrays = `${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}`
const objects = `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`

const request: ModelRequest = {
  system: 'You write code.',
  tools: [{ name: 'submit', description: 'Says that it is done.', input: { type: 'object' } }],
  turns: [{ role: 'user', blocks: [{ type: 'text', text: 'Go on.' }] }],
  maxOutputTokens: 100,
}

async function answered(protocol: 'anthropic' | 'openai-chat', events: readonly string[]) {
  await using server = await listenOnLoopback((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(events.map((each) => `${eventLine(each)}data: ${each}\n\n`).join(''))
  })
  const place = { name: 'vendor/large', protocol, stream: true, key: () => 'FAKE-key' }
  const model = openModel({ ...place, baseUrl: `${server.origin}${protocol === 'anthropic' ? '' : '/v1'}` })
  const times = { signal: AbortSignal.timeout(30_000), idleMs: 20_000, deadlineMs: 20_000 }
  return await model.send(request, times)
}

/** Anthropic's client wants the event's type in a line of its own. */
function eventLine(event: string): string {
  const [, type] = /^\{"type":"(\w+)"/.exec(event) ?? []
  return type === undefined ? '' : `event: ${type}\n`
}

/** An agent writes the reply down and sends it back with the next request: that must not throw. */
function used(outcome: Exclude<ModelResult, { kind: 'paused' }>): AttackResult {
  if (outcome.kind === 'failed') {
    const { kind, message } = outcome.failure
    const isTyped = message.includes('nested more than')
    return isTyped ? refused(`${kind}: ${message}`) : succeeded(`an unclear failure: ${message}`)
  }
  const { blocks } = outcome.reply
  try {
    JSON.stringify(blocks)
    structuredClone(blocks)
    problemsOf([...request.turns, { role: 'assistant', blocks }])
  } catch (error) {
    return succeeded(`the attempt is lost: ${(error as Error).message}`)
  }
  const problem = blocks.find((block) => block.type === 'tool_call')?.problem
  return problem === undefined
    ? succeeded('the call would be carried out')
    : refused(`the call has a problem: ${problem}`)
}

function chatCall(json: string): string[] {
  const call = { index: 0, id: 'c1', function: { name: 'submit', arguments: json } }
  const chunk = (delta: object, finish: string | null) =>
    JSON.stringify({
      id: 'x',
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finish }],
    })
  return [chunk({ tool_calls: [call] }, null), chunk({}, 'tool_calls'), '[DONE]']
}

const anthropicBlock = (json: string): string[] => [
  '{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"l","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}}',
  `{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s1","name":"x","input":${json}}}`,
  '{"type":"content_block_stop","index":0}',
  '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}',
  '{"type":"message_stop"}',
]

async function viaControl(json: string): Promise<AttackResult> {
  const control = openMemoryControl()
  let reached = false
  await control.serve({
    send: async (payload) => {
      reached = true
      JSON.stringify(payload)
      return { ok: true, value: null }
    },
  })
  const text = await control.requestRaw('send', json)
  if (reached) return succeeded('a verb was given the value')
  return text.includes('bad_request') ? refused(text) : succeeded(text)
}

async function viaEnvelope(json: string): Promise<AttackResult> {
  const mail = openMemoryMail({ mailboxLimit: 10 })
  const result = Promise.withResolvers<AttackResult>()
  await mail.receive({
    onDelivery: () => result.resolve(succeeded('an actor would be given the value')),
    onUndecodable: ({ error }) => result.resolve(refused(error)),
    onSession: () => {},
  })
  mail.publishRaw('system', `{"id":"i","from":null,"event":{"type":"E","deep":${json}}}`)
  try {
    return await result.promise
  } finally {
    await mail.close()
  }
}

function both(title: string, play: (json: string) => AttackResult | Promise<AttackResult>): Attack {
  return {
    title,
    async play() {
      const first = await play(arrays)
      return first.kind === 'refused' ? play(objects) : first
    },
  }
}

export const attacks: Readonly<Record<string, Attack>> = {
  'tool-arguments': both('A model gives a tool arguments 150,000 levels deep.', async (json) =>
    used(await answered('openai-chat', chatCall(`{"a":${json}}`))),
  ),
  'opaque-block': both("A model's reply holds a vendor's block 150,000 levels deep.", async (json) =>
    used(await answered('anthropic', anthropicBlock(json))),
  ),
  'control-request': both('Somebody asks the control API with a payload 150,000 levels deep.', viaControl),
  envelope: both('Somebody mails an event 150,000 levels deep.', viaEnvelope),
}
