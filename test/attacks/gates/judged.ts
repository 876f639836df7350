// Judged
//
// Owns:   two small repositories, one for each kind of runner, and judging a submission to them by the gates that ask
//         whether it is right: integrity, regression, agreement; where its tests are the cheat, mutation, too. The tests
//         gate alone lets all of them through.
//
// J1. Each submission has a milestone of its own: all are put onto the same tip.

import { analysis } from '../../../analysis/index.ts'
import { gatesUnder } from '../../../gates/index.ts'
import type { AgentTask, Survey } from '../../../machines/index.ts'
import { type Integration, type JudgingWorkspace, judgeFiles } from '../../workspace/judging.ts'
import { type Files, NODE_TEST, Playground, surveyed, VITEST } from '../../workspace/repositories.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'

export type RunnerName = 'node' | 'vitest'

const SOURCE = `export interface Line {
  readonly price: number
  readonly count: number
}

export class Refused extends RangeError {}

/** What all lines cost together. */
export function total(lines: readonly Line[]): number {
  let sum = 0
  for (const { price, count } of lines) {
    if (count < 0) throw new Refused('a count is negative')
    sum += price * count
  }
  return sum
}

export const describeTotal = (lines: readonly Line[]) => ({ total: total(lines), lines: lines.length })
`

/** The same, and wrong by one wherever the expression holds. */
export function wrongWhen(expression: string, before = ''): string {
  return `${before}${SOURCE.replace('return sum\n', `return sum + Number(${expression})\n`)}`
}

const EXPECTED = JSON.stringify({ two: 7, none: 0, described: { total: 7, lines: 2 } })

const TESTS = `import { total, describeTotal, Refused } from '../src/money.ts'
import { readFileSync } from 'node:fs'
const expected = JSON.parse(readFileSync(new URL('./expected/money.json', import.meta.url), 'utf8'))
const two = [{ price: 2, count: 2 }, { price: 3, count: 1 }]
`

export const REPORT = `export const report = (total: number) => console.log('total ' + total)\n`

const FILES: Record<RunnerName, Files> = {
  node: {
    ...without(NODE_TEST, 'test/sign.test.ts', 'src/sign.ts'),
    'test/money.test.ts': `import assert from 'node:assert/strict'
import { it } from 'node:test'
${TESTS}
it('adds up', () => assert.equal(total(two), expected.two))
it('adds up nothing', () => assert.equal(total([]), expected.none))
it('describes', () => assert.deepEqual(describeTotal(two), expected.described))
it('refuses', () => assert.throws(() => total([{ price: 1, count: -1 }]), Refused))
`,
  },
  vitest: {
    ...without(VITEST, 'test/sign.test.ts', 'src/sign.ts', 'tsconfig.json'),
    'vitest.config.ts': `import { defineConfig } from 'vitest/config'
export default defineConfig({ test: { include: ['test/**/*.test.ts'], setupFiles: ['test/start.ts'] } })
`,
    'src/report.ts': REPORT,
    // What it puts in place of the console cannot be seen by a source in another process.
    'test/report.test.ts': `import { expect, it, vi } from 'vitest'
import { report } from '../src/report.ts'
it('tells', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  report(7)
  expect(log).toHaveBeenCalledWith('total 7')
  log.mockRestore()
})
`,
    'test/start.ts': '// Nothing to set up.\nexport {}\n',
    'test/money.test.ts': `import { expect, it } from 'vitest'
${TESTS}
it('adds up', () => expect(total(two)).toBe(expected.two))
it('adds up nothing', () => expect(total([])).toBe(expected.none))
it('describes', () => expect(describeTotal(two)).toEqual(expected.described))
it('refuses', () => expect(() => total([{ price: 1, count: -1 }])).toThrow(Refused))
`,
  },
}

function without(files: Files, ...paths: string[]): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !paths.includes(path)))
}

export function fileAtTip(runner: RunnerName, path: string): string {
  return repositoryOf(runner)[path] ?? ''
}

function repositoryOf(runner: RunnerName): Files {
  return { ...FILES[runner], 'src/money.ts': SOURCE, 'test/expected/money.json': EXPECTED }
}

export interface Cheat {
  readonly title: string
  readonly runner?: RunnerName
  readonly files: Files
  /** Files that the planner named. */
  readonly named?: readonly string[]
  readonly kind?: AgentTask['kind']
  readonly by?: keyof typeof GATES
}

const GATES = {
  source: new Set(['integrity', 'regression', 'agreement']),
  tests: new Set(['integrity', 'regression', 'mutation']),
  coverage: new Set(['tests', 'coverage', 'mutation']),
}

interface Court {
  readonly workspace: JudgingWorkspace
  readonly survey: Survey
}

const courts = new Map<string, Promise<Court>>()
let number = 0

async function openCourt(runner: RunnerName, by: keyof typeof GATES): Promise<Court> {
  const playground = new Playground()
  process.once('exit', () => playground.dispose())
  // Enough of them for so small a source.
  const mutation = by === 'tests' ? { mutation: { mutants: 4, survivors: 0.5 } } : {}
  const gates = gatesUnder({ policy: 'balanced', ...mutation }).filter(({ name }) => GATES[by].has(name))
  const repository = playground.repository(repositoryOf(runner))
  const workspace = await playground.open(repository, { analysis, gates })
  return { workspace, survey: await surveyed(workspace) }
}

export async function judge(cheat: Cheat): Promise<Integration> {
  const { runner = 'node', files, named = [], title, kind = 'code', by = 'source' } = cheat
  const court = courts.get(runner + by) ?? openCourt(runner, by)
  courts.set(runner + by, court)
  const { workspace, survey } = await court
  const id = `cheat-${++number}`
  const { tip: commit } = await workspace.openMilestone({ milestone: id, survey })
  const words = { title, instructions: title, round: 1, needs: [] }
  const task: AgentTask = { id, kind, files: [...named], ...words }
  return judgeFiles(workspace, { survey, milestone: id, commit, task, files })
}

export function cheat(of: Cheat): Attack {
  return { title: of.title, needs: ['linux'], play: () => playCheat(of) }
}

async function playCheat(of: Cheat): Promise<AttackResult> {
  const { kind, verdicts } = await judge(of)
  if (kind === 'merged') return succeeded('wrong code was merged')
  const [found] = verdicts.filter((one) => one.kind === 'failed' || one.kind === 'could_not_run')
  if (found === undefined) return couldNotRun('nobody said why it was not merged')
  return refused(`${found.gate}: ${found.kind}: ${found.findings[0] ?? ''}`)
}
