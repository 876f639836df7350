// Dead letters of a source in memory: pages, replays in groups, and what cannot be done.

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
