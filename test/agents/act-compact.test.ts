// One call of a reply is carried out, or answered with the reason; a conversation is shortened by a model or by rule.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAgentImplementations } from '../../agents/implementations.ts'
import type { AgentPorts, AskOrder } from '../../agents/ports.ts'
import {
  type AgentKind,
  type ContentBlock,
  noUsage,
  type PricedResult,
  problemsOf,
  resultsOf,
  type Turn,
  tokensIn,
  turnSchema,
} from '../../machines/index.ts'
import { type LocalStore, openMemoryStore } from '../../persistence/index.ts'
import { site } from '../machines/samples.ts'

let store: LocalStore
beforeEach(async () => {
  store = await openMemoryStore()
})
afterEach(() => store.close())

const turnsAt = (head: string) => store.transcripts(turnSchema).turns(head)
const text = (words: string): ContentBlock => ({ type: 'text', text: words })
const called = (name: string, input: unknown = {}, more: object = {}): ContentBlock => ({
  type: 'tool_call',
  id: 'c1',
  name,
  input,
  ...more,
})

async function written(turns: readonly Turn[]): Promise<string> {
  let head: string | null = null
  for (const turn of turns) head = await store.transcripts(turnSchema).appendTurn(head, turn)
  if (head === null) throw new Error('there are no turns')
  return head
}

interface Stage {
  readonly kind?: AgentKind
  /** What the tools do; the tree is `before` until `moved` is set. */
  readonly use?: () => Promise<{ content: string; failed: boolean }>
  readonly tree?: () => string
  readonly ask?: AgentPorts['ask']
}

const TOOLS = [
  { tool: { name: 'read', description: '', input: {} }, effect: 'reads' as const },
  { tool: { name: 'edit', description: '', input: {} }, effect: 'repeatable' as const },
  { tool: { name: 'run', description: '', input: {} }, effect: 'once' as const },
]

function on({ use, tree = () => 'before', ask }: Stage) {
  const used: { name: string; input: unknown }[] = []
  const implementations = createAgentImplementations({
    ask: ask ?? (() => Promise.reject(new Error('nobody is asked'))),
    transcripts: store.transcripts(turnSchema),
    toolboxOf: () => ({
      tools: TOOLS,
      use: async (call) => {
        used.push(call)
        return (await use?.()) ?? { content: 'ok', failed: false }
      },
      tree: async () => tree(),
    }),
  })
  return { ...implementations, used }
}

const orderOf = (kind: AgentKind) => ({
  site,
  account: { milestone: 'm', task: 't', attempt: 1 },
  kind,
  role: 'coding' as const,
})
const around = (signal = new AbortController().signal) => ({ key: 'k', attempt: 1, address: 'a', signal })

async function act(block: ContentBlock, stage: Stage = {}, more: object = {}, call = around()) {
  const { kind = 'code' } = stage
  const head = await written([
    { role: 'user', blocks: [text('Task')] },
    { role: 'assistant', blocks: [block] },
  ])
  const stand = on(stage)
  const input = {
    order: orderOf(kind),
    head,
    answers: null,
    call: 'c1',
    tree: 'before',
    firstTree: 'first',
    ...more,
  }
  const output = await stand.act({ input, ...call })
  const turns = await turnsAt(output.answers)
  expect(problemsOf([...turns])).toEqual([])
  const [result] = resultsOf(turns.at(-1))
  return { output, result, used: stand.used }
}

describe('a call', () => {
  it('is carried out with its input, and its answer is the user turn', async () => {
    const { output, result, used } = await act(called('read', { path: 'a.ts' }))
    expect(used).toEqual([{ name: 'read', input: { path: 'a.ts' } }])
    expect(result).toEqual({ type: 'tool_result', call: 'c1', content: 'ok', failed: false })
    expect(output).toMatchObject({ kind: 'acted', failed: false, tree: 'before' })
  })

  it.each<[string, ContentBlock, AgentKind, RegExp]>([
    [
      'has a problem',
      called('edit', {}, { problem: 'its input is no JSON' }),
      'code',
      /not carried out: its input is no JSON\. Give the arg/,
    ],
    [
      'names no tool',
      called('fly'),
      'code',
      /There is no tool fly here\. There are read, edit, run, note, submit\./,
    ],
    [
      'writes, for one that only reads',
      called('edit'),
      'review',
      /There is no tool edit here\. There are read, note, submit\./,
    ],
    ['notes nothing', called('note', { text: ' ' }), 'code', /say what is to be written down/],
    ['notes a number', called('note', { text: 3 }), 'code', /say what is to be written down/],
    ['notes without an object', called('note', null), 'code', /say what is to be written down/],
    ['submits no answer', called('submit', { outcome: 'maybe' }), 'code', /^It was refused:\n- /],
  ])('that %s is answered, and no tool runs', async (_what, block, kind, content) => {
    const { output, result, used } = await act(block, { kind })
    expect(used).toEqual([])
    expect(result).toMatchObject({ failed: true, content: expect.stringMatching(content) })
    expect(output).toMatchObject({ kind: 'acted', failed: true })
  })

  it('that submits unchanged work as done is refused with the reasons', async () => {
    const { output, result } = await act(called('submit', { outcome: 'done', summary: 's' }), {
      tree: () => 'first',
    })
    expect(output).toMatchObject({ kind: 'acted', failed: true })
    expect(result?.content).toMatch(/^It was refused:\n- /)
  })

  it('that notes something is kept in the conversation', async () => {
    const { output, result } = await act(called('note', { text: 'a is b' }))
    expect(result).toMatchObject({ content: 'The note is stored.', failed: false })
    expect(output).toMatchObject({ kind: 'acted', failed: false })
  })

  it('ends the work when it submits, or says that it cannot', async () => {
    const done = await act(called('submit', { outcome: 'done', summary: 'It is.' }))
    expect(done.output).toMatchObject({ kind: 'submitted', answer: { outcome: 'done', summary: 'It is.' } })
    const unable = await act(called('submit', { outcome: 'cannot', summary: 'No a here.' }))
    expect(unable.output).toMatchObject({ kind: 'gave_up', reason: 'No a here.' })
  })

  it('has a long answer shortened in the middle', async () => {
    const { result } = await act(called('read'), {
      use: async () => ({ content: `A${'x'.repeat(200_000)}Z`, failed: false }),
    })
    expect(result?.content.length).toBeLessThan(41_000)
    expect(result?.content).toMatch(/^A[\s\S]*Z$/)
  })

  it('tells the tree after a tool that writes, and asks for none after one that reads', async () => {
    const tree = () => 'after'
    expect((await act(called('edit'), { tree })).output).toMatchObject({ tree: 'after' })
    expect((await act(called('read'), { tree })).output).toMatchObject({ tree: 'before' })
  })

  it('is put after the answers before it', async () => {
    const head = await written([
      { role: 'user', blocks: [text('Task')] },
      { role: 'assistant', blocks: [{ ...called('read'), id: 'c0' } as ContentBlock, called('read')] },
    ])
    const first: ContentBlock = { type: 'tool_result', call: 'c0', content: 'one', failed: false }
    const answers = await store.transcripts(turnSchema).appendTurn(head, { role: 'user', blocks: [first] })
    const input = { order: orderOf('code'), head, answers, call: 'c1', tree: 't', firstTree: 't' }
    const output = await on({}).act({ input, ...around() })
    expect(resultsOf((await turnsAt(output.answers)).at(-1)).map(({ call }) => call)).toEqual(['c0', 'c1'])
  })

  it('that is not in the reply is a bug, and thrown', async () => {
    await expect(act(called('read'), {}, { call: 'c9' })).rejects.toThrow('call c9: it is not in the reply')
  })

  it('whose tool breaks may be tried again, unless it was given up', async () => {
    const use = async () => Promise.reject(new Error('no disk'))
    await expect(act(called('read'), { use })).rejects.toMatchObject({
      message: 'read: no disk',
      retryable: true,
    })
    const gone = around(AbortSignal.abort())
    await expect(act(called('read'), { use }, {}, gone)).rejects.not.toHaveProperty('retryable', true)
  })

  it.each([
    ['edit', 'after', 2],
    ['run', 'before', 2],
    ['run', 'after', 1],
  ])(
    'of %s that started before a crash, with the tree %s then, runs %d times in all',
    async (name, then, times) => {
      let tree = 'before'
      let runs = 0
      const use = async () => {
        runs += 1
        if (runs === 1) {
          tree = then
          throw new Error('killed')
        }
        return { content: 'ok', failed: false }
      }
      await expect(act(called(name), { use, tree: () => tree })).rejects.toThrow('killed')
      const { result } = await act(called(name), { use, tree: () => tree })
      expect(runs).toBe(times)
      if (times === 1)
        expect(result).toMatchObject({
          failed: true,
          content: expect.stringContaining('from before to after'),
        })
      else expect(result).toMatchObject({ failed: false })
    },
  )
})

const NOTE = called('note', { text: 'the port is 8080' })
const conversation: Turn[] = [
  { role: 'user', blocks: [text('# Task\n\nDo it.')] },
  ...Array.from({ length: 12 }, (_, at): Turn[] => [
    {
      role: 'assistant',
      blocks: [text(`step ${at}`), at === 1 ? NOTE : called('read', { path: `${at}.ts` })],
    },
    {
      role: 'user',
      blocks: [{ type: 'tool_result', call: 'c1', content: `${at} `.repeat(3_000), failed: at === 2 }],
    },
  ]).flat(),
]
const spent = { input: 100, cacheRead: 0, cacheWrite: 0, output: 10 }
const reply = (words: string): PricedResult => ({
  kind: 'replied',
  model: 'a/cheap',
  reply: { blocks: [text(words)], stop: 'end', usage: spent },
  microdollars: 7,
})

async function compact(answer: PricedResult | undefined, more: object = {}) {
  const asked: AskOrder[] = []
  const { compact } = on({
    ask: async (order) => {
      asked.push(order)
      if (answer === undefined) throw new Error('nobody is to be asked')
      return answer
    },
  })
  const head = await written(conversation)
  const input = {
    order: orderOf('code'),
    head,
    how: 'shorten' as const,
    target: 4_000,
    reservation: 'r1',
    ...more,
  }
  const output = await compact({ input, ...around() })
  const turns = await turnsAt(output.head)
  const first = turns[0]?.blocks.map((block) => (block.type === 'text' ? block.text : '')).join('\n') ?? ''
  return { output, turns, first, asked }
}

describe('shortening', () => {
  it('puts the words of a cheap model after the task and the notes, and is paid', async () => {
    const { output, turns, first, asked } = await compact(reply('It read five files.'))
    expect(output).toMatchObject({ usage: spent, microdollars: 7 })
    expect(output.size).toBeLessThan(tokensIn(conversation) / 2)
    expect(turns.length).toBeLessThan(conversation.length)
    expect(problemsOf(turns)).toEqual([])
    for (const kept of ['# Task\n\nDo it.', 'the port is 8080', 'It read five files.'])
      expect(first).toContain(kept)
    expect(asked).toMatchObject([{ role: 'cheap', key: 'k', reservation: 'r1', request: { tools: [] } }])
    const log = JSON.stringify(asked[0]?.request.turns)
    for (const told of ['assistant: step 0', 'calls read', 'result: 0', 'failed: 2'])
      expect(log).toContain(told)
  })

  it.each<[string, PricedResult, object]>([
    [
      'fails',
      {
        kind: 'failed',
        model: 'a/cheap',
        failure: { kind: 'garbled', message: 'no', usage: spent },
        microdollars: 7,
      },
      spent,
    ],
    [
      'is paused',
      {
        kind: 'paused',
        model: 'a/cheap',
        message: 'no money',
        lost: [{ model: 'a/cheap', usage: spent }],
        microdollars: 7,
      },
      spent,
    ],
    ['says nothing', reply('  '), spent],
  ])('goes by rule when the model %s, and what that took is told', async (_what, answer, usage) => {
    const { output, turns, first } = await compact(answer)
    expect(output).toMatchObject({ usage, microdollars: 7 })
    expect(first).toContain('the port is 8080')
    expect(turns.length).toBeLessThan(conversation.length)
    expect(problemsOf(turns)).toEqual([])
  })

  it('asks nobody for a reset, and keeps the task and the notes alone', async () => {
    const { output, turns, first, asked } = await compact(undefined, { how: 'reset' })
    expect(asked).toEqual([])
    expect(turns).toHaveLength(1)
    expect(first).toContain('# Task\n\nDo it.')
    expect(first).toContain('the port is 8080')
    expect(output).toMatchObject({ usage: noUsage, microdollars: 0 })
  })

  it('keeps notes and memory over a second time, without the memory twice', async () => {
    const once = await compact(reply('It read five files.'))
    let { head } = once.output
    for (const turn of conversation.slice(5))
      head = await store.transcripts(turnSchema).appendTurn(head, turn)
    const { compact: again } = on({ ask: async () => reply('It read ten files.') })
    const input = {
      order: orderOf('code'),
      head,
      how: 'shorten' as const,
      target: 1_000,
      reservation: 'r2',
    }
    const twice = await turnsAt((await again({ input, ...around() })).head)
    const words = JSON.stringify(twice[0])
    expect(words.match(/the port is 8080/g)).toHaveLength(1)
    expect(words).toContain('It read ten files.')
    expect(words).not.toContain('It read five files.')
  })
})
