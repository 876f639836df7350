// Conversations that are cut anywhere and shortened to any length stay such that a vendor takes them.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ContentBlock,
  memoryOf,
  mended,
  notesOf,
  planCompaction,
  problemsOf,
  remembered,
  shorten,
  type Turn,
  tokensIn,
  withMemory,
} from '../../machines/index.ts'

const text = (words: string): ContentBlock => ({ type: 'text', text: words })
const first: Turn = { role: 'user', blocks: [text('The task.')] }

/** A legal conversation: replies with some calls each, all answered, with results of some length. */
const conversations = fc
  .array(fc.array(fc.nat({ max: 9_000 }), { maxLength: 3 }), { maxLength: 12 })
  .map((replies) => {
    const turns: Turn[] = [first]
    for (const [at, lengths] of replies.entries()) {
      const calls = lengths.map((length, each): ContentBlock => {
        return { type: 'tool_call', id: `c${at}-${each}`, name: 'read', input: { length } }
      })
      const results = lengths.map((length, each): ContentBlock => {
        return { type: 'tool_result', call: `c${at}-${each}`, content: 'x'.repeat(length), failed: false }
      })
      turns.push({ role: 'assistant', blocks: [text('I see.'), ...calls] })
      turns.push({ role: 'user', blocks: results.length > 0 ? results : [text('Go on.')] })
    }
    return turns
  })

describe('a history', () => {
  it('cut anywhere is legal again', () => {
    fc.assert(
      fc.property(conversations, fc.nat(), fc.nat(), fc.nat(), (turns, from, to, blocks) => {
        const cut = turns.slice(from % turns.length, (from % turns.length) + 1 + (to % turns.length))
        const last = cut.at(-1)
        if (last) cut[cut.length - 1] = { ...last, blocks: last.blocks.slice(0, blocks % 4) }
        expect(problemsOf(mended(cut))).toEqual([])
      }),
    )
  })

  it('of any turns at all is legal', () => {
    const id = fc.constantFrom('a', 'b', 'c')
    const block = fc.oneof(
      fc.constant(text('words')),
      id.map((each): ContentBlock => ({ type: 'tool_call', id: each, name: 'read', input: {} })),
      id.map((each): ContentBlock => ({ type: 'tool_result', call: each, content: 'x', failed: false })),
    )
    const turn = fc.record({
      role: fc.constantFrom('user' as const, 'assistant' as const),
      blocks: fc.array(block, { maxLength: 5 }),
    })
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 8 }), (turns) => {
        expect(problemsOf(mended(turns))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('that is legal stays as it is', () => {
    fc.assert(fc.property(conversations, (turns) => void expect(mended(turns)).toEqual(turns)))
  })

  it('says of a call that nobody answered that it was interrupted', () => {
    const call: ContentBlock = { type: 'tool_call', id: 'c1', name: 'edit', input: {} }
    expect(mended([first, { role: 'assistant', blocks: [call] }]).at(-1)?.blocks).toEqual([
      { type: 'tool_result', call: 'c1', content: expect.stringMatching(/^interrupted/), failed: true },
    ])
  })
})

describe('a compaction', () => {
  it('leaves a legal conversation, whatever the target; its first turn is kept, and nothing is twice', () => {
    fc.assert(
      fc.property(conversations, fc.integer({ min: 10, max: 20_000 }), (turns, target) => {
        const { dropped, kept } = planCompaction(turns, target)
        expect(problemsOf(kept)).toEqual([])
        expect(kept[0]).toEqual(first)
        expect(dropped.length + kept.length).toBe(turns.length)
        expect(dropped.length % 2).toBe(0)
        if (kept.length > 3) expect(tokensIn(kept)).toBeLessThanOrEqual(target)
      }),
    )
  })

  it('of what fits already keeps every turn', () => {
    const turns: Turn[] = [
      first,
      { role: 'assistant', blocks: [text('a')] },
      { role: 'user', blocks: [text('b')] },
    ]
    expect(planCompaction(turns, 1_000)).toEqual({ dropped: [], kept: turns })
  })

  it('says how much it left out of a text', () => {
    expect(shorten('a'.repeat(50) + 'b'.repeat(50), 20)).toBe(
      `${'a'.repeat(10)}\n[... 80 characters left out ...]\n${'b'.repeat(10)}`,
    )
    expect(shorten('short', 20)).toBe('short')
  })
})

describe('what is remembered', () => {
  const noted: Turn = {
    role: 'assistant',
    blocks: [
      { type: 'tool_call', id: 'n', name: 'note', input: { text: 'the parser\nis in src/a.ts' } },
      { type: 'tool_call', id: 'r', name: 'run', input: { command: 'test' } },
    ],
  }
  const answered: Turn = {
    role: 'user',
    blocks: [
      { type: 'tool_result', call: 'n', content: 'noted', failed: false },
      { type: 'tool_result', call: 'r', content: '2 failed', failed: true },
    ],
  }

  it('is one line for each call, and the notes in full', () => {
    expect(remembered('', [noted, answered])).toBe(
      'note: the parser is in src/a.ts\n- run {"command":"test"}: failed, 2 failed',
    )
    expect(notesOf([first, noted])).toEqual(['note: the parser is in src/a.ts'])
  })

  it('stands in the first turn, once, and is read from there', () => {
    const once = withMemory(first, 'one')
    const twice = withMemory(once, remembered(memoryOf(once), [noted, answered]))
    expect(twice.blocks).toHaveLength(2)
    expect(memoryOf(twice)).toMatch(/^one\nnote: /)
    expect(withMemory(twice, '')).toEqual(first)
  })

  it('grows to a limit, and the notes outlast the rest', () => {
    let memory = remembered('', [noted, answered])
    for (let round = 0; round < 200; round += 1)
      memory = remembered(memory, [{ ...noted, blocks: noted.blocks.slice(1) }, answered])
    expect(memory.length).toBeLessThanOrEqual(12_000)
    expect(memory).toContain('note: the parser')
  })
})
