// Review text
//
// Owns:   findings as people read them, one line each.

import type { Colors } from 'picocolors/types.js'
import { counted } from '../../app/index.ts'
import type { JudgedFinding, ReviewSummary } from '../../machines/index.ts'
import { oneLine } from '../words.ts'

const MARKS: Readonly<Record<JudgedFinding['verdict'], string>> = {
  confirmed: 'open',
  repaired: 'repaired',
  refuted: 'refuted',
  unchecked: 'unchecked',
}

/** `open       error    src/a.ts:3  the token is logged (security)` */
export function findingLine({ verdict, severity, file, line, title, aspect }: JudgedFinding): string {
  return `${MARKS[verdict].padEnd(9)}  ${severity.padEnd(7)}  ${oneLine(file)}:${line}  ${oneLine(title)} (${aspect})`
}

/** `2 reviews: 1 finding open, 1 repaired, 1 refuted` */
export function reviewsLine({ reviews, findings, untold }: ReviewSummary): string {
  const count = (verdict: JudgedFinding['verdict']): number =>
    findings.filter((finding) => finding.verdict === verdict).length
  const others = (['repaired', 'refuted', 'unchecked'] as const).flatMap((verdict) =>
    count(verdict) > 0 ? [`${count(verdict)} ${MARKS[verdict]}`] : [],
  )
  const more = untold > 0 ? [`${untold} more not verified`] : []
  return `${counted(reviews, 'review')}: ${[`${counted(count('confirmed'), 'finding')} open`, ...others, ...more].join(', ')}`
}

/** A milestone's reviews: remaining and unchecked findings, and reviews that failed. */
export function reviewLines(milestone: string, review: ReviewSummary, colors: Colors): string[] {
  const shown = review.findings.filter(({ verdict }) => verdict === 'confirmed' || verdict === 'unchecked')
  return [
    `  ${milestone}: ${reviewsLine(review)}`,
    ...shown.map((finding) => `    ${findingLine(finding)}`),
    ...review.problems.map((problem) => colors.red(`    ${oneLine(problem)}`)),
  ]
}
