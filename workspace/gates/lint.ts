// Lint gate
//
// Owns:   that a change brings no new complaint of the repository's own linters. What they said of the tip is not held
//         against it, wherever its lines have moved.

import { relative } from 'node:path'
import { z } from 'zod'
import { type Linter, lintersIn } from '../commands/detect.ts'
import { type Checked, runCheck, saidAtLast, shell } from '../commands/run-command.ts'
import type { Parts } from '../parts.ts'
import { withWorktree } from '../worktree.ts'
import type { Gate, Subject } from './gate.ts'
import { couldNotRun, leftOut, verdict } from './verdict.ts'

const WORKTREE = 'integration-lint'
const MOST_FILES = 200

export const lint: Gate = {
  name: 'lint',
  async judge(parts, subject) {
    const check = await checkFor(subject)
    if (check === undefined)
      return leftOut('lint', 'no linter is configured and installed, or nothing changed is for it')
    const now = await complaints(parts, subject, check, subject.root)
    if (typeof now === 'string') return couldNotRun('lint', now)
    if (now.length === 0) return verdict('lint', [])
    const before = await atTip(parts, subject, check)
    if (typeof before === 'string') return couldNotRun('lint', `at the tip: ${before}`)
    return verdict('lint', withoutKnown(now, before).slice(0, 20))
  },
}

interface Check {
  readonly argv: (root: string) => string[]
  readonly read: (root: string, checked: Extract<Checked, { kind: 'ended' }>) => string[]
}

async function checkFor({ survey, root, changes }: Subject): Promise<Check | undefined> {
  const line = survey.commands?.lint
  if (line !== undefined)
    return { argv: () => shell(line), read: (_root, { stdout, stderr }) => lines(`${stdout}\n${stderr}`) }
  const [linter] = await lintersIn(root)
  const files = changes
    .filter(({ path, status }) => status !== 'D' && linter?.files.test(path))
    .map(({ path }) => path)
  if (linter === undefined || files.length === 0) return undefined
  const some = files.length > MOST_FILES ? ['.'] : files.map((path) => `./${path}`)
  const argv = (at: string) => [...linter.argv.map((word) => word.replace(root, () => at)), ...some]
  return { argv, read: (at, checked) => READERS[linter.name](at, checked.stdout, checked.stderr) }
}

/** What is said, or why nothing was. */
async function complaints(
  parts: Parts,
  subject: Subject,
  { argv, read }: Check,
  root: string,
): Promise<string[] | string> {
  const { survey, signal } = subject
  const checked = await runCheck(parts, { survey, root, argv: argv(root), signal })
  if (checked.kind === 'broken') return checked.reason
  if (checked.code === 0) return []
  const found = read(root, checked)
  return found.length > 0
    ? found
    : `it ended with ${checked.code} and told of no file: ${saidAtLast(checked)}`
}

/** New files are not there at the tip; a linter that finds none of them has no complaint. */
async function atTip(parts: Parts, subject: Subject, check: Check): Promise<string[] | string> {
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

/** Each known complaint excuses one of its kind. */
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

type Reader = (root: string, stdout: string, stderr: string) => string[]

const READERS: Record<Linter['name'], Reader> = {
  biome: (root, stdout, stderr) =>
    lines(`${stdout}\n${stderr}`).flatMap((line) => {
      const [, title, file = '', at, message] =
        /^::error title=([^,]*),file=([^,]*),line=(\d+),.*?::(.*)$/.exec(line) ?? []
      return title === undefined
        ? []
        : [`${relative(root, file.startsWith('/') ? file : `${root}/${file}`)}:${at}: ${title}: ${message}`]
    }),
  oxlint: (_root, stdout) => lines(stdout).filter((line) => /^\S+:\d+:\d+: .*\[Error/.test(line)),
  eslint: (root, stdout) => {
    const start = stdout.indexOf('[{')
    const found = eslintSchema.safeParse(start < 0 ? [] : readJson(stdout.slice(start))).data ?? []
    return found.flatMap(({ filePath, messages }) =>
      messages
        .filter(({ severity }) => severity === 2)
        .map(
          ({ line, ruleId, message }) =>
            `${relative(root, filePath)}:${line ?? 1}: ${ruleId ?? 'error'}: ${message}`,
        ),
    )
  },
}

const eslintSchema = z.array(
  z.object({
    filePath: z.string(),
    messages: z.array(
      z.object({
        ruleId: z.string().nullish(),
        severity: z.int(),
        line: z.int().optional(),
        message: z.string(),
      }),
    ),
  }),
)

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}
