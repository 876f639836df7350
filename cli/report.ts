// Report
//
// Owns:   what people read at the end of a run.
// Leaves: the figures (machines/supervisor/report.ts).

import type { Colors } from 'picocolors/types.js'
import {
  type Count,
  type FailedTask,
  type Handover,
  percent,
  type RunReport,
  shellWord,
  subjectOf,
} from '../machines/index.ts'
import { reviewLines } from './review/text.ts'
import { assigneeText, oneLine, percentText, reasonLines, timeSpan } from './words.ts'

interface ReportFrame {
  readonly repository: string
  readonly restarts: number
  readonly seconds: number
  /** The git repository in which work that was not merged can be looked at. */
  readonly clone?: string
}

/** The whole report, line by line. */
export function reportLines(report: RunReport, frame: ReportFrame, colors: Colors): string[] {
  const parts = [
    verdict(report, colors),
    modules(report, colors),
    milestones(report, colors),
    figures(report, frame),
    reviews(report, colors),
    failures(report, colors),
    handovers(report, frame, colors),
    wayToLook(report, frame.repository, colors),
  ]
  return parts
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function verdict(report: RunReport, colors: Colors): string[] {
  const after = report.coverage
    ? `, ${percentText(report.coverage.branches.after)} of branches are tested`
    : ''
  const reasons = reasonLines(report.reasons).map((line) => `  ${line}`)
  switch (report.status) {
    case 'reached':
      return [colors.green(colors.bold(`Goal reached${after}`)), ...reasons]
    case 'not_delivered':
      return [
        colors.yellow(colors.bold(`Goal reached${after}, but not all commits are in your branch`)),
        ...reasons,
      ]
    case 'not_reached':
      return [colors.yellow(colors.bold(`Goal not reached${after}`)), ...reasons]
    case 'refused':
      return [colors.red(colors.bold('A run cannot work on this repository yet')), ...reasons]
  }
}

function modules({ coverage }: RunReport, colors: Colors): string[] {
  if (!coverage) return []
  const rows = [...coverage.modules]
    .filter(({ before, after }) => before.total > 0 || after.total > 0)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, before, after }) => row(path, before, after))
  const all = row('all', coverage.branches.before, coverage.branches.after)
  const head = ['branches tested', 'before', 'after', 'gained'] as const
  const width = Math.max(...[head, all, ...rows].map(([path]) => path.length))
  const line = ([path, before, after, gained]: ReportRow): string =>
    `  ${path.padEnd(width)}  ${before.padStart(8)}  ${after.padStart(8)}  ${gained.padStart(7)}`.trimEnd()
  return [colors.dim(line(head)), ...rows.map(line), colors.bold(line(all))]
}

type ReportRow = readonly [path: string, before: string, after: string, gained: string]

function row(path: string, before: Count, after: Count): ReportRow {
  const gained = before.total === 0 ? 0 : percent(after) - percent(before)
  const sign = gained > 0 ? '+' : ''
  const delta = Math.abs(gained) < 0.05 ? '' : `${sign}${gained.toFixed(1)}`
  return [oneLine(path), before.total === 0 ? '-' : percentText(before), percentText(after), delta]
}

/** Only worth a list when there were several. */
function milestones(report: RunReport, colors: Colors): string[] {
  if (report.milestones.length < 2) return []
  const width = Math.max(...report.milestones.map(({ milestone }) => milestone.length))
  return [
    colors.dim('  milestones'),
    ...report.milestones.map(({ milestone, status, goal, branches, reasons }) => {
      const figure = percentText(branches.after) + (goal === null ? '' : ` of ${goal}%`)
      const why = reasons.length > 0 ? ` (${oneLine(reasons.join('; '))})` : ''
      return `  ${milestone.padEnd(width)}  ${status.replace('_', ' ').padEnd(11)}  ${figure}${why}`
    }),
  ]
}

function figures(report: RunReport, { restarts, seconds }: ReportFrame): string[] {
  const { done, failed, nothing } = report.tasks
  const branch = report.branch === null ? '' : ` on branch ${report.branch}`
  return [
    `  tasks     ${done} done, ${failed} given up${nothing > 0 ? `, ${nothing} with nothing to do` : ''}`,
    `  commits   ${report.commits.length}${branch}`,
    `  restarts  ${restarts}`,
    `  time      ${timeSpan(seconds)}`,
  ]
}

function reviews(report: RunReport, colors: Colors): string[] {
  const lines = report.milestones.flatMap(({ milestone, review }) =>
    review ? reviewLines(milestone, review, colors) : [],
  )
  return lines.length > 0 ? [colors.dim('  reviews'), ...lines] : []
}

function failures(report: RunReport, colors: Colors): string[] {
  const given = report.failures.filter((each) => !isForPerson(report, each))
  if (given.length === 0) return []
  return [colors.red('Given up'), ...given.flatMap(failureLines)]
}

/** The task, and below it why, each reason in its line. */
function failureLines({ task, reasons, ...about }: FailedTask): string[] {
  const [first = '', ...rest] = reasonLines(reasons)
  return [`  ${oneLine(subjectOf(about))} (${task}): ${first}`, ...rest.map((line) => `    ${line}`)]
}

/** A failed task of a milestone that was reached nevertheless needs nobody. */
function isForPerson({ milestones }: RunReport, { milestone, handover }: FailedTask): boolean {
  return (
    handover !== undefined &&
    milestones.findLast((each) => each.milestone === milestone)?.status !== 'reached'
  )
}

function handovers(report: RunReport, { clone }: ReportFrame, colors: Colors): string[] {
  const lines = report.failures
    .filter((each) => isForPerson(report, each))
    .flatMap((each) => [...failureLines(each), ...(each.handover ? handoverLines(each.handover, clone) : [])])
  return lines.length === 0 ? [] : [colors.red('For you: no agent could do it'), ...lines]
}

function handoverLines({ tried, commit, advice }: Handover, clone: string | undefined): string[] {
  const tries = tried.map(
    ({ attempt, assignee }) => `${attempt} ${assignee ? assigneeText(assignee) : 'by an unknown agent'}`,
  )
  const show = commit !== null && clone !== undefined ? [`git -C ${shellWord(clone)} show ${commit}`] : []
  return [
    `    tried     ${tries.join(', ') || 'nothing'}`,
    ...advice.map((each) => `    next      ${each}`),
    ...show.map((each) => `    look      ${each}`),
  ]
}

function wayToLook({ branch, commits, deliveries }: RunReport, repository: string, colors: Colors): string[] {
  if (branch === null || commits.length === 0) return []
  const heldBack = deliveries.at(-1)?.heldBack
  if (heldBack !== undefined && heldBack.ref === undefined) return []
  const name = heldBack?.ref ?? branch
  const git = `git -C ${shellWord(repository)}`
  return [
    colors.bold('Look at it'),
    `  ${git} log --oneline HEAD..${name}`,
    `  ${git} diff HEAD...${name}`,
    `  ${git} merge ${name}`,
  ]
}
