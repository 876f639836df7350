// Lint gate
//
// The gate `lint`: a change adds no complaint of the repository's own linters. Complaints at the tip do not count,
// wherever their lines have moved.

import { isCoverageTask } from '../machines/index.ts'
import {
  type Linter,
  lintersIn,
  runCheck,
  saidAtLast,
  scriptChecks,
  shell,
  withWorktree,
} from '../workspace/index.ts'
import type { GateInput, GateParts } from './gate.ts'
import { optionalGate } from './gate-setting.ts'
import { complaintsIn, type LinterOutput, lines } from './lint-readers.ts'
import { namedByTest } from './named-by-test.ts'
import { couldNotRun, leftOut, verdict } from './verdict.ts'

const WORKTREE = 'integration-lint'
const MAX_FILES = 200

export const lint = optionalGate({
  name: 'lint',
  judges: 'tree',
  async judge(parts, subject) {
    const checks = await checksFor(subject)
    const scripts = subject.survey.commands?.lint === undefined ? await scriptChecks(subject.root) : []
    if (checks.length === 0 && scripts.length === 0)
      return leftOut(
        'lint',
        'no linter is configured and installed, or it does not apply to the changed files',
      )
    const findings: string[] = []
    for (const check of checks) {
      const found = await newComplaints(parts, subject, check)
      if (typeof found === 'string')
        return (await failsAtTip(parts, subject, check))
          ? leftOut('lint', `the linter fails before the change, too: ${found}`)
          : couldNotRun('lint', found)
      findings.push(...found)
    }
    for (const line of scripts) findings.push(...(await brokenBy(parts, subject, line)))
    const some = findings.slice(0, 20)
    return verdict('lint', isCoverageTask(subject.task) ? await namedByTest(parts, subject, some) : some)
  },
})

interface LinterRun {
  readonly argv: (root: string) => string[]
  /** The complaints, or why there is no answer. */
  readonly read: (root: string, output: LinterOutput) => string[] | string
}

async function checksFor({ survey, root, changes }: GateInput): Promise<LinterRun[]> {
  const line = survey.commands?.lint
  if (line !== undefined) return [{ argv: () => shell(line), read: (_root, output) => saidBy(line, output) }]
  const there = changes.filter(({ status }) => status !== 'D').map(({ path }) => path)
  return (await lintersIn({ root, dependencies: survey.dependencies })).flatMap((linter) => {
    const files = there.filter((path) => linter.files.test(path))
    return files.length === 0 ? [] : [checkBy(linter, root, files)]
  })
}

function checkBy({ name, argv }: Linter, root: string, files: readonly string[]): LinterRun {
  const some = files.length > MAX_FILES ? ['.'] : files.map((path) => `./${path}`)
  return {
    argv: (at) => [...argv.map((word) => word.replace(root, () => at)), ...some],
    read: (at, output) => complaintsIn(name, at, output),
  }
}

function saidBy(line: string, output: LinterOutput): string[] | string {
  const said = output.code === 0 ? [] : lines(`${output.stdout}\n${output.stderr}`)
  return output.code === 0 || said.length > 0
    ? said
    : `${line} exited with ${output.code} and printed nothing`
}

async function newComplaints(
  parts: GateParts,
  subject: GateInput,
  check: LinterRun,
): Promise<string[] | string> {
  const now = await complaints(parts, subject, check, subject.root)
  if (typeof now === 'string' || now.length === 0) return now
  const before = await atTip(parts, subject, check)
  return typeof before === 'string' ? `at the tip: ${before}` : withoutKnown(now, before)
}

async function complaints(
  parts: GateParts,
  subject: GateInput,
  { argv, read }: LinterRun,
  root: string,
): Promise<string[] | string> {
  const { survey, signal } = subject
  const checked = await runCheck(parts, { survey, root, argv: argv(root), signal })
  return checked.kind === 'broken' ? saidAtLast(checked) : read(root, checked)
}

/** What a check of the script says, if it passes at the tip and not here. */
async function brokenBy(parts: GateParts, subject: GateInput, line: string): Promise<string[]> {
  const { survey, commit, root, signal } = subject
  const now = await runCheck(parts, { survey, root, argv: shell(line), signal })
  if (now.kind === 'broken' || now.code === 0) return []
  const order = { ...survey, name: WORKTREE, commit: `${commit}^`, signal }
  const before = await withWorktree(parts, order, ({ path }) =>
    runCheck(parts, { survey, root: path, argv: shell(line), signal }),
  )
  if (before.kind === 'broken' || before.code !== 0) return []
  const said = lines(`${now.stdout}\n${now.stderr}`).map((one) => one.replaceAll(`${root}/`, ''))
  return [`${line} exited with ${now.code}`, ...said]
}

/** New files are not there at the tip; a linter that finds none of them has no complaint. */
async function atTip(parts: GateParts, subject: GateInput, check: LinterRun): Promise<string[] | string> {
  const { survey, commit, signal } = subject
  const order = { ...survey, name: WORKTREE, commit: `${commit}^`, signal }
  const added = subject.changes.filter(({ status }) => status === 'A').map(({ path }) => `./${path}`)
  const argv = (root: string) => check.argv(root).filter((word) => !added.includes(word))
  const nothingLeft =
    argv('').every((word) => !word.startsWith('./') && word !== '.') &&
    check.argv('').some((word) => word.startsWith('./'))
  if (nothingLeft) return []
  return withWorktree(parts, order, ({ path }) => complaints(parts, subject, { ...check, argv }, path))
}

/** Whether a linter gives no answer to any code at the tip: no change of this task can be the cause. */
async function failsAtTip(parts: GateParts, subject: GateInput, { argv, read }: LinterRun): Promise<boolean> {
  const { survey, commit, signal } = subject
  const order = { ...survey, name: WORKTREE, commit: `${commit}^`, signal }
  const whole = (root: string) => [...argv(root).filter((word) => !word.startsWith('./')), '.']
  const answer = await withWorktree(parts, order, ({ path }) =>
    complaints(parts, subject, { argv: whole, read }, path),
  )
  return typeof answer === 'string'
}

/** Each complaint at the tip offsets one of the same text. */
function withoutKnown(now: readonly string[], before: readonly string[]): string[] {
  const kindOf = (complaint: string) => complaint.replaceAll(/\d+/g, '0')
  const left = new Map<string, number>()
  for (const complaint of before) left.set(kindOf(complaint), (left.get(kindOf(complaint)) ?? 0) + 1)
  return now.filter((complaint) => {
    const known = left.get(kindOf(complaint)) ?? 0
    left.set(kindOf(complaint), known - 1)
    return known <= 0
  })
}
