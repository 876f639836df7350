// Review record
//
// Owns:   `reviews.json` and `reviews.sarif` in a run's directory: what reviews found in each milestone and what became of
//         it, the second as code hosts and editors read it.
// Leaves: the reviews themselves (machines/review/review-rounds.ts).
//
// R1. The fact at a milestone's end replaces those before it: a killed process may have missed some.
// R2. SARIF has the confirmed findings that remain; the other file has all findings.

import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../kernel/index.ts'
import {
  type DevelopmentFact,
  findingName,
  isLeft,
  type MilestoneReport,
  type RunFact,
  type RunReport,
  reviewSummarySchema,
  sarifOf,
} from '../../machines/index.ts'
import { writeJsonFileSync } from '../../platform/index.ts'
import { systemReason, UserError } from '../errors.ts'

const reviewedSchema = z.record(z.string(), reviewSummarySchema)
/** By milestone. */
export type MilestoneReviews = z.infer<typeof reviewedSchema>

const reviewsFile = (run: string): string => join(run, 'reviews.json')
const sarifFile = (run: string): string => join(run, 'reviews.sarif')

interface ReviewRecord {
  take(fact: RunFact): void
  /** The run is over. */
  end(report: RunReport): void
}

interface ReviewFiles {
  /** The run's directory. */
  readonly path: string
  readonly version: string
  readonly onError: (error: unknown) => void
}

export function recordReviews({ path, version, onError }: ReviewFiles): ReviewRecord {
  const reviewed = new Map(Object.entries(reviewsBefore(path, onError)))
  const write = (): void => {
    try {
      const left = [...reviewed.values()].flatMap(({ findings }) => findings).filter(isLeft)
      writeJsonFileSync(reviewsFile(path), Object.fromEntries(reviewed))
      writeJsonFileSync(sarifFile(path), sarifOf(left, version))
    } catch (error) {
      onError(error)
    }
  }
  const keep = (reports: readonly MilestoneReport[]): void => {
    for (const { milestone, review } of reports) if (review) reviewed.set(milestone, review)
    if (reviewed.size > 0) write()
  }
  return {
    end: ({ milestones }) => keep(milestones),
    take(fact) {
      if (fact.type !== 'emitted') return
      const told = fact.event as DevelopmentFact
      if (told.type === 'milestone.finished') return keep([told.report])
      if (told.type !== 'review.finding' && told.type !== 'review.made') return
      const before = reviewed.get(told.milestone) ?? none
      reviewed.set(told.milestone, after(before, told))
      if (told.type === 'review.made') write()
    },
  }
}

/** What reviews of a run found; nothing where none was made. Fails with `reviews_unreadable`. */
export function readReviews(run: string): MilestoneReviews {
  const file = reviewsFile(run)
  const text = readText(file)
  if (text === undefined) return {}
  const parsed = reviewedSchema.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  throw new UserError(
    'reviews_unreadable',
    `${file} is not a record of reviews: ${z.prettifyError(parsed.error)}`,
    'Another version may have written it, or a program changed it. A run that continues writes it again.',
  )
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const wayOut = 'Make it readable for you, or name another run: --data DIR'
    throw new UserError('reviews_unreadable', `${file} cannot be read: ${systemReason(error)}`, wayOut, {
      cause: error,
    })
  }
}

/** Of the process before. A record that cannot be read is worth no failed run. */
function reviewsBefore(path: string, onError: (error: unknown) => void): MilestoneReviews {
  try {
    return readReviews(path)
  } catch (error) {
    onError(error)
    return {}
  }
}

/** The confirmed findings that remain, as SARIF 2.1.0. Fails with `no_sarif`. */
export async function readSarif(run: string): Promise<string> {
  try {
    return await readFile(sarifFile(run), 'utf8')
  } catch (error) {
    throw new UserError(
      'no_sarif',
      `${sarifFile(run)} cannot be read: ${systemReason(error)}`,
      "'canopy review --json' prints the findings from the record beside it.",
      { cause: error },
    )
  }
}

/** Writes the same to a file of the user's. Fails with `no_sarif` or `not_written`. */
export async function writeSarif(run: string, file: string): Promise<void> {
  const text = await readSarif(run)
  try {
    await writeFile(file, text)
  } catch (error) {
    throw new UserError(
      'not_written',
      `--sarif: ${file} cannot be written: ${systemReason(error)}`,
      'Name a file in a folder that exists and that you may write to.',
      { cause: error },
    )
  }
}

const none: MilestoneReviews[string] = { reviews: 0, repairs: 0, findings: [], untold: 0, problems: [] }

type ReviewFact = DevelopmentFact & { type: 'review.finding' | 'review.made' }

function after(before: MilestoneReviews[string], told: ReviewFact): MilestoneReviews[string] {
  if (told.type === 'review.made') return { ...before, reviews: told.review, problems: [...told.problems] }
  const { type: _, milestone: _milestone, task: _task, review: _review, ...finding } = told
  const others = before.findings.filter((each) => findingName(each) !== findingName(finding))
  return { ...before, findings: [...others, finding] }
}
