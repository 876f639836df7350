// What reviews found: shown as the run goes, kept in its directory, given out as SARIF.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { readReviews, recordReviews } from '../../app/review/record.ts'
import { sentenceOf } from '../../cli/progress/sentence.ts'
import { reportLines } from '../../cli/report.ts'
import type { DevelopmentFact, JudgedFinding, ReviewSummary, RunReport } from '../../machines/index.ts'
import { called, type Said } from './called.ts'
import { emitted, report } from './run-facts.ts'
import { scratch } from './scratch.ts'

const finding = (title: string, verdict: JudgedFinding['verdict'], line = 3): JudgedFinding => ({
  aspect: 'security',
  severity: 'error',
  file: 'src/a.ts',
  line,
  title,
  detail: 'Every time.',
  verdict,
  reason: 'I looked.',
})
const of = { milestone: 'm1', task: 'review-1', review: 1 }
const told = (each: JudgedFinding, more: object = {}) =>
  emitted({ type: 'review.finding', ...of, ...each, ...more })
const made = (problems: string[] = []) => {
  const counts = { confirmed: 1, repaired: 0, refuted: 1, unchecked: 0 }
  return emitted({ type: 'review.made', ...of, ...counts, problems })
}
const summary = (findings: JudgedFinding[], more: Partial<ReviewSummary> = {}): ReviewSummary => {
  return { reviews: 2, repairs: 1, findings, untold: 0, problems: [], ...more }
}
const reported = (review: ReviewSummary): RunReport => {
  const milestones = report.milestones.map((each) => ({ ...each, milestone: 'm1', review }))
  return { ...report, milestones }
}

function place(): { data: string; path: string } {
  const data = scratch()
  const path = join(data, 'runs', '1')
  mkdirSync(path, { recursive: true })
  const record = { system: 'shop-1', repository: '/r', milestones: [], seed: 1, began: 0, over: true }
  writeFileSync(join(path, 'run.json'), JSON.stringify(record))
  return { data, path }
}

const open = (path: string) =>
  recordReviews({
    path,
    version: '1.2.3',
    onError: (error) => {
      throw error
    },
  })

function canopy(data: string, ...args: string[]): Promise<Said> {
  return called(['review', ...args, '--data', data], data)
}

const titles = (sarif: string): string[] => {
  const log = JSON.parse(sarif) as { version: string; runs: { results: { message: { text: string } }[] }[] }
  expect(log.version).toBe('2.1.0')
  return (log.runs[0]?.results ?? []).map(({ message }) => message.text.split('\n')[0] ?? '')
}

describe('the record of reviews', () => {
  it('is kept as the run goes, over the death of its process, and SARIF has what is left', () => {
    const { path } = place()
    const first = open(path)
    expect(existsSync(join(path, 'reviews.json'))).toBe(false)
    for (const fact of [told(finding('leaks', 'confirmed')), told(finding('no', 'refuted')), made()])
      first.take(fact)
    expect(titles(readFileSync(join(path, 'reviews.sarif'), 'utf8'))).toEqual(['leaks'])
    const second = open(path)
    for (const fact of [told(finding('leaks', 'repaired'), { review: 2 }), made(['x'])]) second.take(fact)
    expect(readReviews(path).m1).toMatchObject({
      findings: [finding('no', 'refuted'), finding('leaks', 'repaired')],
      problems: ['x'],
    })
    expect(titles(readFileSync(join(path, 'reviews.sarif'), 'utf8'))).toEqual([])
  })

  it("believes a milestone's end, and the run's, more than what it heard", () => {
    const { path } = place()
    const record = open(path)
    record.take(told(finding('heard', 'confirmed')))
    const [milestone] = reported(summary([finding('leaks', 'confirmed')])).milestones
    if (!milestone) throw new Error('a report has milestones')
    record.take(emitted({ type: 'milestone.finished', report: milestone } satisfies DevelopmentFact))
    expect(readReviews(path).m1?.findings.map(({ title }) => title)).toEqual(['leaks'])
    record.end(reported(summary([finding('leaks', 'repaired')])))
    expect(readReviews(path).m1?.findings).toMatchObject([{ verdict: 'repaired' }])
  })
})

describe('canopy review', () => {
  it('prints what became of each finding, as text and as JSON', async () => {
    const { data, path } = place()
    const all = [
      finding('leaks', 'confirmed'),
      finding('slow\u001b[2J', 'refuted'),
      finding('odd', 'unchecked'),
    ]
    open(path).end(reported(summary(all, { untold: 4, problems: ['security: no money'] })))
    const { code, out } = await canopy(data)
    expect(code).toBe(0)
    expect(out).toContain('m1: 2 reviews: 1 finding open, 1 refuted, 1 unchecked, 4 more not verified')
    expect(out).toMatch(
      /open +error +src\/a.ts:3 {2}leaks \(security\)\n.*Every time.\n.*verification: I looked./,
    )
    expect(out).toContain('security: no money')
    expect(out).not.toContain('\u001b')
    expect(JSON.parse((await canopy(data, '--json')).out).m1.findings).toEqual(all)
  })

  it('gives SARIF out, to a file or to the screen', async () => {
    const { data, path } = place()
    open(path).end(reported(summary([finding('leaks', 'confirmed'), finding('no', 'refuted')])))
    expect(titles((await canopy(data, '--sarif', '-')).out)).toEqual(['leaks'])
    expect((await canopy(data, '--sarif', 'left.sarif')).code).toBe(0)
    expect(titles(readFileSync(join(data, 'left.sarif'), 'utf8'))).toEqual(['leaks'])
    const refused = await canopy(data, '--sarif', 'nowhere/left.sarif')
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('cannot be written') })
  })

  it('says so when no review was made', async () => {
    const { data } = place()
    expect(await canopy(data)).toMatchObject({ code: 2, err: expect.stringContaining('has no reviews') })
  })
})

it('the report has what is left, what nobody checked and what is wrong with the review', () => {
  const all = [finding('leaks', 'confirmed'), finding('no', 'refuted'), finding('odd', 'unchecked')]
  const of = reported(
    summary(all, { problems: ['a part of the review could not be made: security: no money'] }),
  )
  const text = reportLines(of, { repository: '/r', restarts: 0, seconds: 1 }, pc.createColors(false)).join(
    '\n',
  )
  expect(text).toMatch(/open +error +src\/a.ts:3 {2}leaks/)
  expect(text).toMatch(/unchecked +error +src\/a.ts:3 {2}odd/)
  expect(text).toContain('security: no money')
  expect(text).not.toMatch(/ {2}no \(/)
})

it.each([
  [told(finding('leaks', 'confirmed')), 'review: error at src/a.ts:3 (security): leaks: confirmed', 'bad'],
  [told(finding('leaks', 'repaired')), 'repaired', 'good'],
  [told(finding('leaks', 'refuted')), 'refuted', 'plain'],
  [made(), 'review 1: 1 finding open', 'bad'],
  [made(['no money']), 'no money', 'bad'],
] as const)('a line is told of it (%#)', (fact, text, tone) => {
  expect(sentenceOf(fact)).toMatchObject({ text: expect.stringContaining(text), tone })
})
