// Joined report
//
// One report of several runs: each run's files are those of the worktree.

import { posix } from 'node:path'
import { type FileCoverages, union } from '../coverage.ts'
import type { SuiteReport } from './runner.ts'

/** The report with paths from the worktree's root, for a run in a folder of it. */
export function fromFolder(folder: string, report: SuiteReport): SuiteReport {
  if (folder === '') return report
  const moved = <Of extends { readonly file: string }>(each: Of): Of => ({
    ...each,
    file: each.file === '' ? '' : posix.join(folder, each.file),
  })
  return { ...report, failures: report.failures.map(moved), tests: report.tests.map(moved) }
}

/** Successful when each is; `said` is that of the first that failed. */
export function joinReports(reports: readonly SuiteReport[]): SuiteReport {
  const [first, ...others] = reports
  if (first !== undefined && others.length === 0) return first
  const total = (of: 'passed' | 'failed' | 'skipped') => reports.reduce((sum, each) => sum + each[of], 0)
  const said = reports.find((report) => !report.success)?.said
  const coverage = joinCoverage(reports)
  return {
    success: reports.every(({ success }) => success),
    ...{ passed: total('passed'), failed: total('failed'), skipped: total('skipped') },
    failures: reports.flatMap(({ failures }) => failures),
    tests: reports.flatMap(({ tests }) => tests),
    ...(said === undefined ? {} : { said }),
    ...(coverage === undefined ? {} : { coverage }),
  }
}

/** Undefined when no run measured any. */
function joinCoverage(reports: readonly SuiteReport[]): FileCoverages | undefined {
  const measured = reports.flatMap(({ coverage }) => (coverage === undefined ? [] : [coverage]))
  return measured.length === 0 ? undefined : measured.reduce((one, other) => union(one, other))
}
