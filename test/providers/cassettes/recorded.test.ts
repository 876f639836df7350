// Recorded: what is kept of answers, and what is played back.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRedactor, type ModelRequest, type ModelResult } from '../../../machines/index.ts'
import { type LocalStore, openMemoryStore } from '../../../persistence/index.ts'
import { recorded, UnrecordedRequest } from '../../../providers/cassettes/recorded.ts'
import type { ModelClient } from '../../../providers/governor/asker.ts'
import type { ModelQuestion } from '../../../providers/governor/question.ts'

let store: LocalStore
beforeEach(async () => {
  store = await openMemoryStore()
})
afterEach(() => store.close())

let time = 0
const now = (): number => {
  time += 1
  return time
}
const usage = { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 }
const { signal } = new AbortController()

function replied(text: string): ModelResult {
  const reply = { blocks: [{ type: 'text' as const, text }], stop: 'end' as const, usage }
  return { kind: 'replied', model: 'a/x', reply, lost: [] }
}

function request(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  const turns = [{ role: 'user' as const, blocks: [{ type: 'text' as const, text }] }]
  return { system: 'Write tests.', tools: [], turns, maxOutputTokens: 100, ...more }
}

function question(key: string, asked: ModelRequest): ModelQuestion {
  return { chain: ['a/x'], request: asked, key, signal }
}

/** Answers with what it is given, in order, and counts. */
function scripted(...answers: ModelResult[]): ModelClient & { asked: number } {
  return {
    asked: 0,
    async ask() {
      const answer = answers[this.asked]
      this.asked += 1
      if (!answer) throw new Error('nothing is left to say')
      return answer
    },
  }
}

const nobody: ModelClient = { ask: () => Promise.reject(new Error('a replay asked a model')) }
const recorder = (asker: ModelClient, secrets: string[] = []) =>
  recorded(asker, { store: store.replies(), now, redactor: createRedactor(secrets) })
const replay = (mode: 'replay' | 'strict' = 'replay') =>
  recorded(nobody, { store: store.replies(), now, mode })

describe('recording', () => {
  it('the same key again gets the kept reply, and nobody is asked', async () => {
    const asker = scripted(replied('one'))
    const first = await recorder(asker).ask(question('k', request('hello')))
    // Another process, whose worktree has another place.
    const second = await recorder(asker).ask(question('k', request('hello from elsewhere')))
    expect(second).toEqual(first)
    expect(asker.asked).toBe(1)
  })

  it('who asks while it is being asked waits for the same answer', async () => {
    const asker = scripted(replied('one'))
    const { ask } = recorder(asker)
    const both = await Promise.all([ask(question('k', request('x'))), ask(question('k', request('x')))])
    expect(both[0]).toEqual(both[1])
    expect(asker.asked).toBe(1)
  })

  it('an answer is kept before anybody has it', async () => {
    let isKept = false
    const replies = store.replies()
    const slow = {
      ...replies,
      put: async (...of: Parameters<typeof replies.put>) => {
        await new Promise(setImmediate)
        await replies.put(...of)
        isKept = true
      },
    }
    await recorded(scripted(replied('one')), { store: slow, now }).ask(question('k', request('x')))
    expect(isKept).toBe(true)
  })

  it('a failure is asked again, a pause and what was given up are not kept', async () => {
    const failed = (kind: 'overloaded' | 'aborted'): ModelResult => {
      return { kind: 'failed', model: 'a/x', failure: { kind, message: 'no' }, lost: [] }
    }
    const paused: ModelResult = { kind: 'paused', model: 'a/x', message: 'no', lost: [] }
    const asker = scripted(failed('overloaded'), failed('aborted'), paused, replied('at last'))
    for (const kind of ['failed', 'failed', 'paused', 'replied'])
      expect(await recorder(asker).ask(question('k', request('x')))).toMatchObject({ kind })
    expect(await replay().ask(question('k', request('x')))).toEqual(replied('at last'))
  })

  it('no key is in anything that is kept, asked or answered', async () => {
    const own = 'own-key-without-a-known-form'
    const formed = [
      'sk-ant-api03-abcdef0123456789abcdef',
      `ghp_${'0123456789abcdefghijABCDEFGHIJ'}`,
      `AKIA${'A1'.repeat(8)}`,
    ]
    const bearer = 'authorization: Bearer 0a1b2c3d4e5f6a7b8c9d'
    const text = `${own} ${formed.join(' ')} ${bearer} postgres://me:hunter2hunter2@db/x`
    const input = { command: `curl -H '${bearer}' ${own}` }
    const blocks = [
      { type: 'tool_call' as const, id: 'c', name: 'run', input },
      { type: 'text' as const, text },
    ]
    const reply = { blocks, stop: 'end' as const, usage }
    const asker = scripted({ kind: 'replied', model: 'a/x', reply, lost: [] })
    const answer = await recorder(asker, [own]).ask(question('k', request(text, { system: text })))
    const rows: string[] = [JSON.stringify(answer)]
    for await (const [, row] of store.snapshot()) rows.push(row)
    for (const secret of [own, ...formed, '0a1b2c3d4e5f6a7b8c9d', 'hunter2hunter2'])
      expect(rows.join('\n')).not.toContain(secret)
  })

  it('what only looks like a key to the hasty stays, and so do signatures of vendors', async () => {
    const text =
      'const token = readToken(input); basic functionality of sk-learn-like-modules; password: string'
    const value = { signature: `ghp_${'0123456789abcdefghijABCDEFGHIJ'}` }
    const blocks = [
      { type: 'text' as const, text },
      { type: 'opaque' as const, provider: 'a', value },
    ]
    const reply = { blocks, stop: 'end' as const, usage }
    const asker = scripted({ kind: 'replied', model: 'a/x', reply, lost: [] })
    expect(await recorder(asker).ask(question('k', request('x')))).toMatchObject({ reply: { blocks } })
  })

  it('a long conversation costs what is new in it', async () => {
    const { ask } = recorder({ ask: async ({ key }) => replied(key) })
    const turns = Array.from({ length: 41 }, (_, at) => ({
      role: at % 2 === 0 ? ('user' as const) : ('assistant' as const),
      blocks: [{ type: 'text' as const, text: `turn ${at} ${'x'.repeat(2_000)}` }],
    }))
    for (let length = 1; length <= 41; length += 2)
      await ask(question(`k${length}`, request('', { turns: turns.slice(0, length) })))
    let size = 0
    for await (const [key, row] of store.snapshot()) size += key.length + row.length
    // Written ahead and written out, it may be there twice.
    expect(size).toBeLessThan(3 * 41 * 2_000)
  })
})

describe('replaying', () => {
  async function record(...of: readonly (readonly [string, ModelRequest, string])[]): Promise<void> {
    const { ask } = recorder(scripted(...of.map(([, , text]) => replied(text))))
    for (const [key, asked] of of) await ask(question(key, asked))
  }

  it('gives what was recorded, and asks nobody', async () => {
    await record(['k', request('one'), 'yes'])
    expect(await replay().ask(question('k', request('one')))).toEqual(replied('yes'))
  })

  it.each([
    ['another folder', 'in /tmp/run-1/work/src/a.ts', 'in /home/me/x/work/src/a.ts', true],
    ['another day', 'at 2026-11-22T10:00:00.123Z', 'at 2027-01-02T03:04:05Z', true],
    ['another commit', 'commit 1f3a9b2c', 'commit 77e0c1d4', true],
    [
      'another uuid',
      'id 5f0c1d2e-1111-4222-8333-444455556666',
      'id 0a0b0c0d-aaaa-4bbb-8ccc-ddddeeeeffff',
      true,
    ],
    ['another port', 'http://127.0.0.1:4000/x', 'http://127.0.0.1:51234/x', true],
    ['another speed', 'passed in 12 ms', 'passed in 1.5s', true],
    ['another file', 'in /tmp/run-1/src/a.ts', 'in /tmp/run-1/src/b.ts', false],
    ['another number', '3 tests failed', '4 tests failed', false],
    ['another word', 'and/or', 'and/nor', false],
  ])('%s', async (_what, was, is, same) => {
    await record(['k', request(was), 'yes'])
    const asked = replay().ask(question('k', request(is)))
    if (same) expect(await asked).toEqual(replied('yes'))
    else await expect(asked).rejects.toThrow(UnrecordedRequest)
  })

  it('calls are told apart by their order, not by what vendors call them', async () => {
    const talk = (id: string, command = 'npm test'): ModelRequest['turns'] => [
      { role: 'user', blocks: [{ type: 'text', text: 'go' }] },
      { role: 'assistant', blocks: [{ type: 'tool_call', id, name: 'run', input: { command } }] },
      { role: 'user', blocks: [{ type: 'tool_result', call: id, content: 'ok', failed: false }] },
    ]
    await record(['k', request('', { turns: talk('toolu_1') }), 'yes'])
    const again = request('', { turns: talk('call_9') })
    expect(await replay().ask(question('k', again))).toEqual(replied('yes'))
    const other = replay().ask(question('k', request('', { turns: talk('toolu_1', 'npm run lint') })))
    await expect(other).rejects.toThrow(
      /turn 2, at character \d+:\n.*recorded .*npm test.*\n.*now .*npm run lint/,
    )
  })

  it('a run that takes another order finds its replies under other keys, each once', async () => {
    await record(
      ['worker.1', request('a'), 'for a'],
      ['worker.2', request('b'), 'for b'],
      ['worker.3', request('b'), 'b again'],
    )
    const { ask } = replay()
    expect(await ask(question('worker.1', request('b')))).toEqual(replied('for b'))
    expect(await ask(question('worker.9', request('b')))).toEqual(replied('b again'))
    expect(await ask(question('worker.2', request('a')))).toEqual(replied('for a'))
    await expect(ask(question('worker.8', request('b')))).rejects.toThrow(/recorded once, and is used/)
  })

  it('a failure is played back, too', async () => {
    const failure = { kind: 'too_long' as const, message: 'too long' }
    const failed: ModelResult = { kind: 'failed', model: 'a/x', failure, lost: [] }
    await recorder(scripted(failed)).ask(question('k', request('x')))
    expect(await replay().ask(question('k', request('x')))).toEqual(failed)
  })

  const inTalk = (text: string): ModelRequest => request(text, { cacheKey: 'm/t/1/code' })

  it('at its place in a conversation, a request that differs gets what was said there, which is told', async () => {
    await record(['k', inTalk('3 tests, b first'), 'yes'], ['other', request('3 tests, b first'), 'no'])
    const loose = replay()
    expect(await loose.ask(question('moved', inTalk('3 tests, a first')))).toEqual(replied('yes'))
    expect(await loose.finish()).toEqual([
      expect.stringMatching(
        /^m\/t\/1\/code, after 1 turn \(moved\): not quite what was recorded\n {2}turn 1/,
      ),
    ])
    // It was said once.
    await expect(loose.ask(question('moved again', inTalk('3 tests, c first')))).rejects.toThrow(
      UnrecordedRequest,
    )
    await expect(replay('strict').ask(question('moved', inTalk('3 tests, a first')))).rejects.toThrow(
      /^m\/t\/1\/code, after 1 turn \(moved\): this request was not recorded\n {2}turn 1, at character/,
    )
  })

  it('of a conversation that lacks an answer nobody is given the next one', async () => {
    const longer = inTalk('go')
    const answered = { role: 'assistant' as const, blocks: [{ type: 'text' as const, text: 'so' }] }
    await record(['k2', { ...longer, turns: [...longer.turns, answered, ...longer.turns] }, 'second'])
    await expect(replay().ask(question('k1', inTalk('go')))).rejects.toThrow(
      'm/t/1/code, after 1 turn (k1): this request was not recorded',
    )
  })

  it.each(['replay', 'strict', 'record'] as const)('%s: an answer that was altered is none', async (mode) => {
    await record(['k', inTalk('go'), 'yes'])
    const kept = (await store.replies().get('k')) as { answer: object }
    const altered = JSON.parse(JSON.stringify(kept).replace('yes', 'no'))
    await store.replies().put('k', altered, new Map())
    const { ask } = recorded(nobody, { store: store.replies(), now, mode })
    await expect(ask(question('k', inTalk('go')))).rejects.toThrow(
      'the recorded reply k (m/t/1/code) was altered',
    )
  })

  it('recordings of before, without seal and conversation, are played back', async () => {
    await record(['k', request('go'), 'yes'])
    const { seal: _, ...before } = (await store.replies().get('k')) as { seal: string }
    await store.replies().put('k', before, new Map())
    expect(await replay('strict').ask(question('k', request('go')))).toEqual(replied('yes'))
  })

  it('strict: what was not asked for and what was not recorded are failures', async () => {
    await record(['k1', request('one'), 'yes'], ['k2', request('two'), 'no'])
    const loose = replay()
    await loose.ask(question('k1', request('one')))
    expect(await loose.finish()).toEqual([])
    const strict = replay('strict')
    await strict.ask(question('k1', request('one')))
    await expect(strict.ask(question('k3', request('three')))).rejects.toThrow(UnrecordedRequest)
    const amiss = await strict.finish()
    expect(amiss[0]).toMatch(/^k3: this request was not recorded\n {2}turn 1/)
    expect(amiss[1]).toBe('k2: was recorded and not asked for')
    expect(amiss).toHaveLength(2)
  })

  it('with nothing recorded, says so', async () => {
    await expect(replay().ask(question('k', request('x')))).rejects.toThrow(/nothing was recorded at all/)
  })
})
