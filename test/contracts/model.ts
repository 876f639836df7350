// Models' exam
//
// Owns:   what every implementation of Model must do, as tests that know nothing but the port and who plays the model.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type ContentBlock,
  type ModelReply,
  type ModelRequest,
  type Turn,
  tokensOf,
} from '../../machines/index.ts'
import type { Model, SendOptions, TryResult } from '../../providers/index.ts'
import { eventually } from '../eventually.ts'
import type { Asked, Served } from '../model-servers/index.ts'

/** What whoever plays the model sees of a request, whichever way it came. */
export type Seen = Pick<Asked, 'system' | 'tools' | 'toolChoice' | 'turns' | 'maxOutputTokens' | 'answer'>
export type Play = (seen: Seen, at: number) => Served | Promise<Served>

/** Words for what a server that plays a model may be unable to do on command; the tests that need it are skipped. */
export type Stage = 'usage' | 'forms' | 'calls' | 'stops' | 'thinking' | 'length'

export interface ModelSubject {
  readonly model: Model
  play(decide: Play): void
  /** How many requests arrived. */
  asked(): number
  close(): Promise<void>
}

export const TOOLS = [
  {
    name: 'read_file',
    description: 'Reads a file.',
    input: {
      type: 'object',
      properties: { path: { type: 'string' } },
      required: ['path'],
      additionalProperties: false,
    },
  },
  { name: 'submit', description: 'Says that it is done.', input: { type: 'object', properties: {} } },
] as const

export function user(...texts: string[]): Turn {
  return { role: 'user', blocks: texts.map((text) => ({ type: 'text', text })) }
}

export function asking(turns: Turn[] = [user('Hello')], more: Partial<ModelRequest> = {}): ModelRequest {
  return { system: 'You write code.', tools: TOOLS, turns, maxOutputTokens: 4_000, ...more }
}

export function patient(more: Partial<SendOptions> = {}): SendOptions {
  return { signal: new AbortController().signal, idleMs: 60_000, deadlineMs: 60_000, ...more }
}

export function replied(outcome: TryResult): ModelReply {
  if (outcome.kind === 'replied') return outcome.reply
  throw new Error(`${outcome.failure.kind}: ${outcome.failure.message}`)
}

export function failed(outcome: TryResult) {
  if (outcome.kind === 'failed') return outcome.failure
  throw new Error(`it replied: ${JSON.stringify(outcome.reply)}`)
}

/** The user's turn that answers every call of a reply. */
export function results(reply: ModelReply, content = 'done', wrong = false): Turn {
  const calls = reply.blocks.filter((block) => block.type === 'tool_call')
  return {
    role: 'user',
    blocks: calls.map(({ id }) => ({ type: 'tool_result', call: id, content, failed: wrong })),
  }
}

const said = (reply: ModelReply): Turn => ({ role: 'assistant', blocks: reply.blocks })
const callsIn = (reply: ModelReply) => reply.blocks.filter((block) => block.type === 'tool_call')

export function modelContract(
  name: string,
  open: () => Promise<ModelSubject>,
  lacking: readonly Stage[] = [],
): void {
  const testOn = (stage: Stage) => test.skipIf(lacking.includes(stage))
  describe(`model: ${name}`, () => {
    let subject: ModelSubject
    let model: Model

    beforeEach(async () => {
      subject = await open()
      model = subject.model
    })
    afterEach(async () => {
      await subject.close()
    })

    async function ask(request: ModelRequest = asking(), options = patient()): Promise<ModelReply> {
      const result = await model.send(request, options)
      expect(result.model).toBe(model.name)
      return replied(result)
    }

    testOn('usage')('says what the model says, and what it took', async () => {
      subject.play(() => ({
        text: 'Größe ✓, and more',
        usage: { input: 11, cacheRead: 5, cacheWrite: 3, output: 7 },
      }))
      const heard: string[] = []
      const reply = await ask(asking(), patient({ onText: (text) => heard.push(text) }))
      expect(reply).toEqual({
        blocks: [{ type: 'text', text: 'Größe ✓, and more' }],
        stop: 'end',
        usage: { input: 11, cacheRead: 5, cacheWrite: 3, output: 7 },
      })
      if (heard.length > 0) expect(heard.join('')).toBe('Größe ✓, and more')
    })

    test('shows the model everything it was asked', async () => {
      const seen: Seen[] = []
      subject.play((asked) => {
        seen.push(asked)
        return { text: 'ok' }
      })
      await ask(asking([user('One', 'Two')], { toolChoice: 'none', maxOutputTokens: 123 }))
      expect(seen).toMatchObject([
        { system: 'You write code.', tools: TOOLS, toolChoice: 'none', maxOutputTokens: 123 },
      ])
      expect(seen[0]?.turns).toEqual([user('One', 'Two')])
    })

    testOn('forms')('asks for an answer of a certain form', async () => {
      const schema = {
        type: 'object',
        properties: { title: { type: 'string' } },
        required: ['title'],
        additionalProperties: false,
      }
      let asked: Seen['answer']
      subject.play((seen) => {
        asked = seen.answer
        return { text: '{"title":"Plan"}' }
      })
      const reply = await ask(asking([user('Plan it')], { answer: { name: 'plan', schema } }))
      expect(asked?.schema).toEqual(schema)
      expect(reply.blocks).toEqual([{ type: 'text', text: '{"title":"Plan"}' }])
    })

    testOn('calls')('carries a conversation with calls, results and failures', async () => {
      const seen: (readonly Turn[])[] = []
      subject.play(({ turns }, at) => {
        seen.push(turns)
        if (at === 0) {
          return {
            text: 'I look.',
            calls: [
              { name: 'read_file', input: { path: 'a.ts' } },
              { name: 'read_file', input: { path: 'ü.ts' } },
            ],
          }
        }
        return at === 1 ? { calls: [{ name: 'submit' }] } : { text: 'That is all.' }
      })
      const turns = [user('Go')]
      const first = await ask(asking(turns))
      expect(first.stop).toBe('tool_calls')
      expect(callsIn(first)).toMatchObject([
        { name: 'read_file', input: { path: 'a.ts' } },
        { name: 'read_file', input: { path: 'ü.ts' } },
      ])
      expect(callsIn(first).every(({ problem }) => problem === undefined)).toBe(true)
      turns.push(said(first), results(first, 'no such file', true))
      const second = await ask(asking(turns))
      expect(callsIn(second)).toMatchObject([{ name: 'submit', input: {} }])
      turns.push(said(second), results(second, ''))
      expect((await ask(asking(turns))).stop).toBe('end')
      expect(seen[2]).toHaveLength(5)
      expect(plain(seen[2] ?? [])).toEqual(plain(turns))
    })

    testOn('calls')(
      'a call with the id of another gets one of its own, and both can be answered',
      async () => {
        subject.play((_, at) =>
          at > 0
            ? { text: 'ok' }
            : {
                calls: [
                  { id: 'same', name: 'read_file', input: { path: 'a' } },
                  { id: 'same', name: 'read_file', input: { path: 'b' } },
                ],
              },
        )
        const reply = await ask()
        expect(callsIn(reply).map(({ input }) => input)).toEqual([{ path: 'a' }, { path: 'b' }])
        expect(new Set(callsIn(reply).map(({ id }) => id)).size).toBe(2)
        await ask(asking([user('Go'), said(reply), results(reply)]))
      },
    )

    testOn('calls')('a call of a tool that does not exist has a problem', async () => {
      subject.play(() => ({ calls: [{ name: 'rm', input: {} }] }))
      const [call] = callsIn(await ask())
      expect(call?.problem).toContain('there is no tool "rm"; there is read_file, submit')
    })

    testOn('stops')(
      'a call that was cut off at the limit has a problem, those before it have none',
      async () => {
        subject.play(() => ({
          calls: [
            { name: 'read_file', input: { path: 'a' } },
            { name: 'read_file', input: { path: 'b' } },
          ],
          stop: 'length',
        }))
        const reply = await ask()
        expect(reply.stop).toBe('length')
        expect(callsIn(reply).map(({ problem }) => problem !== undefined)).toEqual([false, true])
      },
    )

    testOn('stops')('a refusal is a reply that says so', async () => {
      subject.play(() => ({ text: 'I will not do that.', stop: 'refused' }))
      const reply = await ask()
      expect(reply.stop).toBe('refused')
      expect(reply.blocks).toEqual([{ type: 'text', text: 'I will not do that.' }])
    })

    test.each([{}, { text: '' }, { text: ' \n' }])('an empty answer is no reply: %j', async (nothing) => {
      subject.play(() => nothing)
      expect(failed(await model.send(asking(), patient()))).toMatchObject({ kind: 'garbled' })
    })

    test('what was taken is never nothing, also when it is not told', async () => {
      subject.play(() => ({ text: 'ok', usage: null }))
      const { usage } = await ask()
      expect(usage.input).toBeGreaterThan(0)
      expect(usage.output).toBeGreaterThan(0)
    })

    test('what it takes is counted before, if that can be had', async () => {
      const counted = await model.countTokens?.(asking(), { signal: new AbortController().signal })
      if (counted !== undefined) expect(counted).toBeGreaterThan(10)
    })

    test.each<[string, Turn[]]>([
      ['an unanswered call', [user('Go'), called('c1'), user('Well?')]],
      ['an answer to nothing', [{ role: 'user', blocks: [resultOf('c9')] }]],
      ['an end by the model', [user('Go'), { role: 'assistant', blocks: [{ type: 'text', text: 'ok' }] }]],
      ['two turns of the user', [user('Go'), user('Go')]],
      ['nothing', []],
    ])('%s is refused before anything is sent', async (_what, turns) => {
      subject.play(() => ({ text: 'ok' }))
      expect(failed(await model.send(asking(turns), patient()))).toMatchObject({ kind: 'bad_request' })
      expect(subject.asked()).toBe(0)
    })

    test('goes on with what another model said: its ids, names, empty texts and reasoning', async () => {
      let seen: readonly Turn[] = []
      subject.play(({ turns }) => {
        seen = turns
        return { text: 'ok' }
      })
      const odd = `functions.read_file:${'x'.repeat(80)}`
      await ask(
        asking([
          user('Go'),
          {
            role: 'assistant',
            blocks: [
              { type: 'opaque', provider: 'elsewhere/model', value: { type: 'thinking', thinking: 'hm' } },
              { type: 'text', text: '' },
              { type: 'tool_call', id: odd, name: 'no such name!', input: 'broken', problem: 'broken' },
              { type: 'tool_call', id: 'call_1', name: 'submit', input: {} },
            ],
          },
          { role: 'user', blocks: [{ type: 'text', text: 'Go on.' }, resultOf('call_1'), resultOf(odd)] },
          { role: 'assistant', blocks: [{ type: 'opaque', provider: 'elsewhere/model', value: 1 }] },
          user('Again'),
          called('call_1'),
          { role: 'user', blocks: [resultOf('call_1')] },
        ]),
      )
      expect(seen).toHaveLength(7)
      expect(JSON.stringify(seen)).not.toContain('thinking')
    })

    testOn('thinking')('its own reasoning goes back as it came', async () => {
      const seen: (readonly Turn[])[] = []
      subject.play(({ turns }, at) => {
        seen.push(turns)
        return at === 0 ? { thinking: 'Let me see …', calls: [{ name: 'submit' }] } : { text: 'ok' }
      })
      const reply = await ask()
      expect(reply.blocks.map(({ type }) => type)).toEqual(['opaque', 'tool_call'])
      await ask(asking([user('Go'), said(reply), results(reply)]))
      // The server refuses reasoning that was changed.
      expect(seen[1]?.[1]?.blocks.map(({ type }) => type)).toEqual(['opaque', 'tool_call'])
    })

    test('is over at once when the caller ends it', async () => {
      subject.play(() => new Promise(() => {}))
      const caller = new AbortController()
      const outcome = model.send(asking(), patient({ signal: caller.signal }))
      await eventually(() => subject.asked() === 1)
      caller.abort()
      expect(failed(await outcome)).toMatchObject({ kind: 'aborted' })
      expect(failed(await model.send(asking(), patient({ signal: caller.signal })))).toMatchObject({
        kind: 'aborted',
      })
    })

    test('is over at the deadline when nothing comes', async () => {
      subject.play(() => new Promise(() => {}))
      expect(failed(await model.send(asking(), patient({ deadlineMs: 150 })))).toMatchObject({
        kind: 'timed_out',
      })
    })

    test('many calls at once do not mix', async () => {
      subject.play(({ turns }) => ({ text: `you said ${JSON.stringify(turns[0]?.blocks[0])}` }))
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, at) => ask(asking([user(`number ${at};`)]))),
      )
      for (const [at, { blocks }] of outcomes.entries()) {
        expect(JSON.stringify(blocks)).toContain(`number ${at};`)
      }
    })

    testOn('length')('a long answer comes whole', async () => {
      const text = 'The quick brown fox. '.repeat(50_000)
      subject.play(() => ({ text }))
      const reply = await ask()
      expect(reply.blocks).toEqual([{ type: 'text', text }])
      expect(tokensOf(reply.usage)).toBeGreaterThan(100_000)
    })
  })
}

function called(id: string): Turn {
  return { role: 'assistant', blocks: [{ type: 'tool_call', id, name: 'submit', input: {} }] }
}

function resultOf(call: string): ContentBlock {
  return { type: 'tool_result', call, content: 'done', failed: false }
}

/** Without what a protocol has no place for: ids that were changed, and how a failed result is told. */
function plain(turns: readonly Turn[]): unknown {
  return turns.map(({ role, blocks }) => ({
    role,
    blocks: blocks.map((block) => {
      if (block.type === 'tool_call') return { name: block.name, input: block.input }
      if (block.type === 'tool_result')
        return { failed: block.failed, content: block.content.replace(/^Error: /, '') }
      return block
    }),
  }))
}
