// Dead letters of a source in memory: pages, replays in groups, and what cannot be done.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dropLetters, listLetters, replayLetters, showLetter } from '../../../app/dead-letters/letters.ts'
import type { DeadLetterSource } from '../../../app/dead-letters/reach.ts'
import type { ControlReply } from '../../../transport/index.ts'
import { refused, value } from '../control/answering.ts'

interface Row {
  readonly id: number
  readonly replay?: { state: string; at: number }
}

const row = ({ id, replay }: Row) => ({
  id,
  at: 0,
  to: 'a',
  reason: 'poison',
  event: 'E',
  ...(replay && { replay }),
})
const PAGE = 3

/** Lists in pages of three; refuses to replay odd ones. */
class Source implements DeadLetterSource {
  readonly asked: [string, unknown][] = []
  readonly rows: readonly Row[]
  readonly canReplay: boolean
  readonly answers: Readonly<Record<string, ControlReply>>

  constructor(
    rows: readonly Row[],
    { canReplay = true, answers = {} }: Partial<Pick<Source, 'canReplay' | 'answers'>> = {},
  ) {
    this.rows = rows
    this.canReplay = canReplay
    this.answers = answers
  }

  async ask(verb: string, payload: unknown): Promise<ControlReply> {
    this.asked.push([verb, payload])
    const given = this.answers[verb]
    if (given) return given
    const { after = 0, ids = [], id = 0 } = payload as { after?: number; ids?: number[]; id?: number }
    if (verb === 'deadLetters') {
      const rest = this.rows.filter((each) => each.id > after)
      return value({ letters: rest.slice(0, PAGE).map(row), more: rest.length > PAGE })
    }
    if (verb === 'replay')
      return value(ids.map((each) => ({ id: each, outcome: each % 2 === 0 ? 'sent' : 'refused' })))
    return value({ verb, id })
  }

  async close(): Promise<void> {}

  idsOf(verb: string): unknown[] {
    return this.asked
      .filter(([each]) => each === verb)
      .map(([, payload]) => (payload as { ids: number[] }).ids)
  }
}

const some = (count: number): Row[] => Array.from({ length: count }, (_, at) => ({ id: at + 1 }))
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)

describe('listing', () => {
  it.each([0, 1, PAGE, PAGE + 1, 10])('reads all pages of %i', async (count) => {
    const source = new Source(some(count))
    expect((await listLetters(source)).map(({ id }) => id)).toEqual(some(count).map(({ id }) => id))
    expect(source.asked).toHaveLength(Math.max(1, Math.ceil(count / PAGE)))
  })

  it('of another version is told as such', async () => {
    const source = new Source([], {
      answers: { deadLetters: value({ letters: [{ id: 'x' }], more: false }) },
    })
    expect(await failure(listLetters(source))).toMatchObject({ code: 'strange_answer' })
  })
})

describe('replaying', () => {
  it('asks for at most fifty at once, in order', async () => {
    const ids = some(120).map(({ id }) => id)
    const source = new Source([])
    const results = await replayLetters(source, { ids, again: false })
    expect(results.map(({ id }) => id)).toEqual(ids)
    expect(source.idsOf('replay')).toEqual([ids.slice(0, 50), ids.slice(50, 100), ids.slice(100)])
  })

  it('of all leaves those out that were sent, unless they are wanted again', async () => {
    const rows: Row[] = [
      { id: 1, replay: { state: 'sent', at: 1 } },
      { id: 2, replay: { state: 'failed', at: 1 } },
      { id: 3, replay: { state: 'asked', at: 1 } },
      { id: 4 },
    ]
    const source = new Source(rows)
    await replayLetters(source, { ids: 'all', again: false })
    await replayLetters(source, { ids: 'all', again: true })
    expect(source.idsOf('replay')).toEqual([
      [2, 3, 4],
      [1, 2, 3, 4],
    ])
    expect(source.asked.at(-1)?.[1]).toMatchObject({ again: true })
  })

  it('of none asks for nothing', async () => {
    const source = new Source([])
    expect(await replayLetters(source, { ids: 'all', again: false })).toEqual([])
    expect(source.idsOf('replay')).toEqual([])
  })

  it('is refused when the run is over, with a way to another run', async () => {
    const source = new Source(some(1), { canReplay: false })
    expect(await failure(replayLetters(source, { ids: [1], again: false }))).toMatchObject({
      code: 'run_over',
      wayOut: expect.stringContaining('canopy send'),
    })
    expect(source.idsOf('replay')).toEqual([])
  })
})

describe('a page that does not lead on', () => {
  it.each([
    ['is empty and promises more', [[]]],
    [
      'is the same again',
      [
        [1, 2],
        [1, 2],
      ],
    ],
    ['goes back', [[5, 6], [3]]],
    ['has a letter twice', [[1, 1]]],
    ['is in another order', [[2, 1]]],
  ] as [string, number[][]][])('because it %s ends the list with an error', async (_, pages) => {
    let at = 0
    const source = new Source([])
    source.ask = async () => {
      const ids = pages[Math.min(at, pages.length - 1)] ?? []
      at += 1
      return value({ letters: ids.map((id) => row({ id })), more: true })
    }
    expect(await failure(listLetters(source))).toMatchObject({
      name: 'UserError',
      code: 'strange_answer',
      message: expect.stringContaining('does not continue the list'),
      wayOut: 'The running system may be of another version.',
    })
    expect(at).toBe(pages.length)
  })

  it('may be the last one, and empty', async () => {
    const source = new Source([])
    const pages = [value({ letters: some(2).map(row), more: true }), value({ letters: [], more: false })]
    source.ask = async () => pages.shift() ?? refused('asked_too_often')
    expect(await listLetters(source)).toHaveLength(2)
  })
})

describe('a list that is long', () => {
  it('is read in as many questions as it has pages, in its order, without gaps', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { maxLength: 40 }),
        async (ids) => {
          const sorted = ids.toSorted((a, b) => a - b)
          const source = new Source(sorted.map((id) => ({ id })))
          expect((await listLetters(source)).map(({ id }) => id)).toEqual(sorted)
          expect(source.asked).toHaveLength(Math.max(1, Math.ceil(ids.length / PAGE)))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('that cannot be read to its end gives nothing', async () => {
    const source = new Source([])
    const pages = [value({ letters: some(2).map(row), more: true }), refused('timeout', 'no answer')]
    source.ask = async () => pages.shift() ?? refused('asked_too_often')
    expect(await failure(listLetters(source))).toMatchObject({ code: 'timeout', message: 'no answer' })
  })
})

describe('dropping several', () => {
  /** Refuses these. */
  const sourceWithout = (...gone: number[]) => {
    const source = new Source(some(9))
    source.ask = async (verb, payload) => {
      const { id } = payload as { id: number }
      source.asked.push([verb, payload])
      return gone.includes(id) ? refused('unknown_letter', `there is no dead letter ${id}`) : value({ id })
    }
    return source
  }

  it.each([
    [[7, 1, 2], 'there is no dead letter 7'],
    [[1, 7, 2], 'there is no dead letter 7; dropped before that: 1'],
    [[1, 2, 7], 'there is no dead letter 7; dropped before that: 1, 2'],
  ])('%j stops at one that is not there, and says which are gone', async (ids, message) => {
    const source = sourceWithout(7)
    expect(await failure(dropLetters(source, ids))).toMatchObject({
      name: 'UserError',
      code: 'unknown_letter',
      message,
      wayOut: "'canopy dead-letters' lists them.",
    })
    expect(source.asked).toHaveLength(ids.indexOf(7) + 1)
  })
})

describe('answers to a replay', () => {
  it.each([
    ['no list', { id: 1, outcome: 'sent' }],
    ['an unknown outcome', [{ id: 1, outcome: 'perhaps' }]],
    ['an outcome without its letter', [{ outcome: 'sent' }]],
  ])('that are %s are told as those of another version', async (_, answer) => {
    const source = new Source(some(1), { answers: { replay: value(answer) } })
    expect(await failure(replayLetters(source, { ids: [1], again: false }))).toMatchObject({
      code: 'strange_answer',
      message: expect.stringContaining('the answer to replay cannot be read'),
    })
  })

  it('keep the reason of a refusal and fields of later versions', async () => {
    const answer = [{ id: 1, outcome: 'refused', message: 'the actor has ended', later: 1 }]
    const source = new Source(some(1), { answers: { replay: value(answer) } })
    expect(await replayLetters(source, { ids: [1], again: true })).toEqual(answer)
  })

  it('are not waited for after the group that failed', async () => {
    const source = new Source(some(120), { answers: { replay: refused('timeout', 'no answer') } })
    expect(await failure(replayLetters(source, { ids: 'all', again: false }))).toMatchObject({
      code: 'timeout',
    })
    expect(source.idsOf('replay')).toHaveLength(1)
  })
})

describe('one letter', () => {
  it('is shown and dropped by its number', async () => {
    const source = new Source(some(3))
    expect(await showLetter(source, 2)).toEqual({ verb: 'deadLetter', id: 2 })
    expect(await dropLetters(source, [3, 1])).toEqual([
      { verb: 'dropLetter', id: 3 },
      { verb: 'dropLetter', id: 1 },
    ])
  })

  it.each([
    ['unknown_verb', 'stop it'],
    ['no_letter', 'lists them'],
  ])('refused with %s names a way out', async (code, wayOut) => {
    const source = new Source([], { answers: { dropLetter: refused(code, 'not\nhere') } })
    expect(await failure(dropLetters(source, [1, 2]))).toMatchObject({
      code,
      message: 'not here',
      wayOut: expect.stringContaining(wayOut),
    })
    expect(source.asked).toHaveLength(1)
  })
})
