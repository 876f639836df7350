// The record of reviews in a run's directory: facts in any order, damaged files, and files that cannot be written.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { readReviews, readSarif, recordReviews, writeSarif } from '../../../app/review/record.ts'
import type { JudgedFinding } from '../../../machines/index.ts'
import { emitted, report } from '../../cli/run-facts.ts'
import { scratch } from '../../cli/scratch.ts'

let path: string
let errors: unknown[]
beforeEach(() => {
  path = scratch()
  errors = []
})

const reviewsFile = () => join(path, 'reviews.json')
const sarifFile = () => join(path, 'reviews.sarif')
const open = () => recordReviews({ path, version: '1.2.3', onError: (error) => errors.push(error) })
const failure = (work: () => unknown) =>
  new Promise((resolve) => resolve(work())).catch((error: unknown) => error)

const finding = (title: string, verdict: JudgedFinding['verdict']): JudgedFinding => ({
  aspect: 'security',
  severity: 'error',
  file: 'src/a.ts',
  line: 3,
  title,
  detail: 'Every time.',
  verdict,
  reason: 'I looked.',
})
const found = (milestone: string, each: JudgedFinding, review = 1) =>
  emitted({ type: 'review.finding', milestone, task: `review-${review}`, review, ...each })
const made = (milestone: string, review = 1, problems: string[] = []) => {
  const counts = { confirmed: 1, repaired: 0, refuted: 0, unchecked: 0 }
  return emitted({ type: 'review.made', milestone, task: `review-${review}`, review, ...counts, problems })
}
const sarifTitles = async () =>
  (JSON.parse(await readSarif(path)) as { runs: { results: { message: { text: string } }[] }[] }).runs
    .flatMap(({ results }) => results)
    .map(({ message }) => message.text.split('\n')[0])

describe('the record', () => {
  it('keeps milestones apart, also when their facts come mixed', async () => {
    const record = open()
    for (const fact of [
      found('m1', finding('one', 'confirmed')),
      found('m2', finding('two', 'confirmed')),
      made('m2'),
      made('m1', 1, ['no money']),
    ])
      record.take(fact)
    expect(readReviews(path)).toMatchObject({
      m1: { reviews: 1, problems: ['no money'], findings: [{ title: 'one' }] },
      m2: { reviews: 1, problems: [], findings: [{ title: 'two' }] },
    })
    expect((await sarifTitles()).toSorted()).toEqual(['one', 'two'])
  })

  it('has a finding once, with its newest verdict, however often it is told', async () => {
    const record = open()
    for (const verdict of ['confirmed', 'confirmed', 'repaired'] as const)
      record.take(found('m1', finding('leaks', verdict)))
    record.take(made('m1'))
    expect(readReviews(path).m1?.findings).toEqual([finding('leaks', 'repaired')])
    expect(await sarifTitles()).toEqual([])
  })

  it('has only the problems of the last review', () => {
    const record = open()
    record.take(made('m1', 1, ['a', 'b']))
    record.take(made('m1', 2, []))
    expect(readReviews(path).m1).toMatchObject({ reviews: 2, problems: [] })
  })

  it.each([
    ['of other kinds', [{ type: 'node.stopped' }, emitted({ type: 'run.resumed' } as never)]],
    ['of findings, while no review ended', [found('m1', finding('one', 'confirmed'))]],
  ])('writes nothing for facts %s', (_, facts) => {
    const record = open()
    for (const fact of facts) record.take(fact as never)
    expect(existsSync(reviewsFile())).toBe(false)
  })

  it('writes nothing at the end of a run without reviews', () => {
    open().end(report)
    expect([existsSync(reviewsFile()), existsSync(sarifFile())]).toEqual([false, false])
  })
})

describe('a record that is damaged', () => {
  it.each([
    ['is cut off', '{"m1":{"reviews":1'],
    ['is empty', ''],
    ['is a list', '[]'],
    ['has a count below zero', '{"m1":{"reviews":-1,"repairs":0,"findings":[],"untold":0,"problems":[]}}'],
    [
      'has a finding without its file',
      '{"m1":{"reviews":1,"repairs":0,"findings":[{}],"untold":0,"problems":[]}}',
    ],
  ])('because it %s is no empty one: it is told with its path', async (_, text) => {
    writeFileSync(reviewsFile(), text)
    expect(await failure(() => readReviews(path))).toMatchObject({
      name: 'UserError',
      code: 'reviews_unreadable',
      message: expect.stringContaining(`${reviewsFile()} is not a record of reviews: `),
      wayOut: expect.stringContaining('A run that continues writes it again'),
    })
  })

  it('stops no run: it is told, and the next review is recorded', () => {
    writeFileSync(reviewsFile(), '{')
    const record = open()
    expect(errors).toMatchObject([{ code: 'reviews_unreadable' }])
    record.take(made('m1'))
    expect(readReviews(path)).toMatchObject({ m1: { reviews: 1 } })
    expect(errors).toHaveLength(1)
  })

  it('because it is a folder is told, too', async () => {
    mkdirSync(reviewsFile())
    expect(await failure(() => readReviews(path))).toMatchObject({
      code: 'reviews_unreadable',
      message: expect.stringContaining(`${reviewsFile()} cannot be read: `),
    })
  })

  it('cannot be written: each failure is told, and later facts are still taken', () => {
    mkdirSync(join(sarifFile(), 'x'), { recursive: true })
    const record = open()
    record.take(made('m1'))
    record.take(made('m1', 2))
    expect(errors).toHaveLength(2)
    rmSync(sarifFile(), { recursive: true })
    record.take(made('m1', 3))
    expect(errors).toHaveLength(2)
    expect(readReviews(path).m1?.reviews).toBe(3)
  })
})

describe('a SARIF file', () => {
  it('that is not there is told by its own name, not by that of the copy', async () => {
    const copy = join(path, 'left.sarif')
    for (const work of [() => readSarif(path), () => writeSarif(path, copy)])
      expect(await failure(work)).toMatchObject({
        code: 'no_sarif',
        message: `${sarifFile()} cannot be read: it does not exist`,
        wayOut: expect.stringContaining('canopy review --json'),
      })
    expect(existsSync(copy)).toBe(false)
  })

  it.each([
    ['a folder that is not there', () => join(path, 'none', 'a.sarif'), 'it does not exist'],
    ['a place below a file', () => join(sarifFile(), 'a.sarif'), 'a part of the path is not a directory'],
  ])('for %s is told with the option, the path and why', async (_, fileOf, why) => {
    open().take(made('m1'))
    expect(await failure(() => writeSarif(path, fileOf()))).toMatchObject({
      code: 'not_written',
      message: `--sarif: ${fileOf()} cannot be written: ${why}`,
      wayOut: 'Name a file in a folder that exists and that you may write to.',
    })
  })

  it('replaces a file of the user, and is the text of the record', async () => {
    const copy = join(path, 'left.sarif')
    writeFileSync(copy, 'a text that is longer'.repeat(500))
    open().take(made('m1'))
    await writeSarif(path, copy)
    expect(readFileSync(copy, 'utf8')).toBe(await readSarif(path))
  })
})
