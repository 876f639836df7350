// The servers that play the vendors refuse what the vendors would refuse, in their words.

import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ModelServer, startModelServer } from './index.ts'

let server: ModelServer
beforeAll(async () => {
  server = await startModelServer({
    decide: ({ turns }) => ({ text: `${turns.length} turns` }),
    models: ['m'],
  })
})
afterAll(() => server.close())

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer test-key', 'anthropic-version': '2026-10-21', ...headers },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { error?: { message: string; type: string; code?: string } }
  return { status: response.status, ...answer }
}

const userSays = (content: unknown) => ({ role: 'user', content })
const calls = (id: string) => ({
  role: 'assistant',
  content: [{ type: 'tool_use', id, name: 't', input: {} }],
})
const answers = (id: string) => userSays([{ type: 'tool_result', tool_use_id: id, content: 'ok' }])
const tools = [{ name: 't', description: '', input_schema: { type: 'object' } }]
const marked = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }

describe('Anthropic', () => {
  test.each<[string, unknown, RegExp]>([
    [
      'an unanswered call',
      [userSays('a'), calls('c1'), userSays('b')],
      /messages\.1: `tool_use` ids were found without `tool_result` blocks immediately after: c1/,
    ],
    ['an answer to nothing', [answers('c1')], /unexpected `tool_use_id` found in `tool_result` blocks: c1/],
    ['two turns of the user', [userSays('a'), userSays('b')], /roles must alternate/],
    [
      'a beginning by the model',
      [{ role: 'assistant', content: 'a' }, userSays('b')],
      /first message must use the "user" role/,
    ],
    [
      'an end by the model',
      [userSays('a'), { role: 'assistant', content: 'b' }],
      /must end with a user message/,
    ],
    ['an empty text', [userSays([{ type: 'text', text: '' }])], /text content blocks must be non-empty/],
    [
      'an id that was there before',
      [userSays('a'), calls('c1'), answers('c1'), calls('c1'), answers('c1')],
      /ids must be unique/,
    ],
    ['an id with a dot', [userSays('a'), calls('c.1'), answers('c.1')], /should match pattern/],
    [
      'five marks',
      [userSays([marked, marked, marked, marked, marked])],
      /maximum of 4 blocks with cache_control/,
    ],
    [
      'thinking that was changed',
      [
        userSays('a'),
        { role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature: 'y' }] },
        userSays('b'),
      ],
      /Invalid `signature`/,
    ],
    [
      'a field of another vendor',
      [{ ...userSays('a'), name: 'x' }],
      /messages\.0\.name: Extra inputs are not permitted/,
    ],
    [
      'a result after a text',
      [
        userSays('a'),
        calls('c1'),
        userSays([
          { type: 'text', text: 'b' },
          { type: 'tool_result', tool_use_id: 'c1', content: '' },
        ]),
      ],
      /must come before/,
    ],
  ])('%s', async (_what, messages, words) => {
    const refused = await post('/v1/messages', { model: 'm', max_tokens: 10, tools, messages })
    expect(refused).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } })
    expect(refused.error?.message).toMatch(words)
  })

  test('a legal conversation', async () => {
    const messages = [userSays('a'), calls('c1'), answers('c1')]
    expect(await post('/v1/messages', { model: 'm', max_tokens: 10, tools, messages })).toMatchObject({
      status: 200,
      content: [{ type: 'text', text: '3 turns' }],
    })
  })

  test.each<[string, object, object, number, RegExp]>([
    ['no limit', {}, {}, 400, /max_tokens: Field required/],
    ['a parameter that is gone', { max_tokens: 1, temperature: 0 }, {}, 400, /temperature: Extra inputs/],
    ['a wrong key', { max_tokens: 1 }, { authorization: 'Bearer no' }, 401, /invalid bearer token/],
    [
      'no version',
      { max_tokens: 1 },
      { 'anthropic-version': '' },
      400,
      /anthropic-version: header is required/,
    ],
    ['another model', { max_tokens: 1, model: 'n' }, {}, 404, /model: n/],
  ])('%s', async (_what, fields, headers, status, words) => {
    const refused = await post(
      '/v1/messages',
      { model: 'm', messages: [userSays('a')], ...fields },
      { ...headers },
    )
    expect(refused.status).toBe(status)
    expect(refused.error?.message).toMatch(words)
  })

  test('its SDK reads models, counts and streams with its own reader', async () => {
    const client = new Anthropic({ apiKey: 'test-key', baseURL: server.baseUrl('anthropic') })
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['m'])
    const messages = [{ role: 'user' as const, content: 'a' }]
    expect((await client.messages.countTokens({ model: 'm', messages })).input_tokens).toBeGreaterThan(0)
    const whole = await client.messages.stream({ model: 'm', max_tokens: 10, messages }).finalMessage()
    expect(whole).toMatchObject({ stop_reason: 'end_turn', content: [{ type: 'text', text: '1 turns' }] })
  })
})

describe('OpenAI', () => {
  const called = { type: 'function_call', call_id: 'c1', name: 't', arguments: '{}' }
  const output = { type: 'function_call_output', call_id: 'c1', output: 'ok' }

  test.each<[string, object, RegExp]>([
    ['an unanswered call', { input: [called] }, /No tool output found for function call c1/],
    [
      'an answer to nothing',
      { input: [output] },
      /No tool call found for function call output with call_id c1/,
    ],
    ['a field that it does not know', { input: [], max_tokens: 1 }, /Unknown parameter: 'max_tokens'/],
    [
      'reasoning that was changed',
      { input: [{ type: 'reasoning', id: 'r', summary: [], encrypted_content: 'x' }] },
      /encrypted content could not be verified/,
    ],
    ['an id that is too long', { input: [{ ...called, call_id: 'c'.repeat(65) }] }, /maximum length 64/],
  ])('Responses: %s', async (_what, body, words) => {
    const refused = await post('/v1/responses', { model: 'm', ...body })
    expect(refused.status).toBe(400)
    expect(refused.error?.message).toMatch(words)
  })

  const assistant = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 't', arguments: '{}' } }],
  }

  test.each<[string, object, RegExp]>([
    [
      'an unanswered call',
      { messages: [userSays('a'), assistant, userSays('b')] },
      /did not have response messages: c1/,
    ],
    [
      'an answer to nothing',
      { messages: [userSays('a'), { role: 'tool', tool_call_id: 'c1', content: '' }] },
      /must be a response to a preceeding message/,
    ],
    ['a field that it does not know', { messages: [userSays('a')], input: [] }, /Unknown parameter: 'input'/],
    ['another model', { model: 'n', messages: [userSays('a')] }, /`n` does not exist/],
  ])('Chat Completions: %s', async (_what, body, words) => {
    const refused = await post('/v1/chat/completions', { model: 'm', ...body })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.error?.message).toMatch(words)
  })

  test('its SDK reads both streams with its own readers', async () => {
    const client = new OpenAI({ apiKey: 'test-key', baseURL: server.baseUrl('openai-chat') })
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['m'])
    const whole = await client.responses.stream({ model: 'm', input: 'a' }).finalResponse()
    expect(whole.output_text).toBe('1 turns')
    const messages = [{ role: 'user' as const, content: 'a' }]
    const chat = await client.chat.completions.stream({ model: 'm', messages }).finalChatCompletion()
    expect(chat.choices[0]?.message.content).toBe('1 turns')
  })
})
