// Review command
//
// Owns:   `canopy review`: what reviews of a run found, as text, as JSON or as a SARIF file.
// Leaves: recording the reviews (app/review/).

import { resolve } from 'node:path'
import {
  findRun,
  type MilestoneReviews,
  readReviews,
  readSarif,
  UserError,
  type WhichStoredRun,
  writeSarif,
} from '../../app/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { oneLine } from '../words.ts'
import { findingLine, reviewsLine } from './text.ts'

export interface ReviewOptions extends WhichStoredRun {
  readonly json?: boolean
  /** Where it goes; `-` is the screen. */
  readonly sarif?: string
}

export async function reviewCommand(options: ReviewOptions, terminal: Terminal): Promise<number> {
  const { path } = await findRun(options, terminal)
  const reviewed = readReviews(path)
  const { screen } = terminal
  if (Object.keys(reviewed).length === 0)
    throw new UserError(
      'no_review',
      `the run ${path} has no reviews`,
      'A goal in words is reviewed when all its tasks are merged, unless the configuration sets gates: { review: false } or { policy: fast_iteration }.',
    )
  if (options.sarif === '-') screen.write(await readSarif(path))
  else if (options.sarif !== undefined) await writeSarif(path, resolve(terminal.directory, options.sarif))
  else screen.write(`${options.json ? JSON.stringify(reviewed) : textOf(reviewed)}\n`)
  return exitCodes.reached
}

function textOf(reviewed: MilestoneReviews): string {
  return Object.entries(reviewed)
    .flatMap(([milestone, review]) => [
      `${milestone}: ${reviewsLine(review)}`,
      ...review.findings.flatMap((finding) => [
        `  ${findingLine(finding)}`,
        `    ${oneLine(finding.detail)}`,
        ...(finding.reason === undefined ? [] : [`    verification: ${oneLine(finding.reason)}`]),
      ]),
      ...review.problems.map((problem) => `  ${oneLine(problem)}`),
    ])
    .join('\n')
}
