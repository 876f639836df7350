// Review command
//
// Owns:   `canopy review`: what reviews of a run found, as text, as JSON or as a SARIF file.
// Leaves: writing it down as the run goes (app/review/).

import { copyFile, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  findRun,
  type MilestoneReviews,
  readReviews,
  sarifFile,
  UserError,
  type WhichStoredRun,
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
      `no review was made in the run ${path}`,
      'Goals in words are reviewed when all that was planned is merged, unless your configuration says gates: { review: false } or { policy: fast_iteration }.',
    )
  if (options.sarif === '-') screen.write(await readFile(sarifFile(path), 'utf8'))
  else if (options.sarif !== undefined) await writeSarif(path, resolve(terminal.directory, options.sarif))
  else screen.write(`${options.json ? JSON.stringify(reviewed) : textOf(reviewed)}\n`)
  return exitCodes.reached
}

async function writeSarif(path: string, to: string): Promise<void> {
  try {
    await copyFile(sarifFile(path), to)
  } catch (error) {
    throw new UserError(
      'not_written',
      `--sarif: ${to} could not be written: ${(error as Error).message}`,
      'Name a file in a folder that is there and that you may write to.',
      { cause: error },
    )
  }
}

function textOf(reviewed: MilestoneReviews): string {
  return Object.entries(reviewed)
    .flatMap(([milestone, review]) => [
      `${milestone}: ${reviewsLine(review)}`,
      ...review.findings.flatMap((finding) => [
        `  ${findingLine(finding)}`,
        `    ${oneLine(finding.detail)}`,
        ...(finding.reason === undefined ? [] : [`    second look: ${oneLine(finding.reason)}`]),
      ]),
      ...review.problems.map((problem) => `  ${oneLine(problem)}`),
    ])
    .join('\n')
}
