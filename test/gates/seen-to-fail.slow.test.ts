// Each new or changed test must have failed once, and changed tests notice what they noticed; a person may say otherwise.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import { isCalled } from '../../gates/changed-cases.ts'
import { mutation } from '../../gates/mutation.ts'
import type { AgentTask, Survey } from '../../machines/index.ts'
import { type JudgingWorkspace, judgeFiles } from '../workspace/judging.ts'

import { type Files, NODE_TEST, Playground, surveyed } from '../workspace/repositories.ts'

const HEAD = `import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fee } from '../src/fee.ts'
`
const FEE = 'export const fee = (sum: number) => (sum > 100 ? 0 : sum + 5)\n'
const FREE = "it('is free from a hundred on', () => assert.deepEqual([fee(101), fee(100)], [0, 105]))\n"
const SMALL = "it('is added', () => assert.equal(fee(7), 12))\n"

const approved = new Set<string>()
const playground = new Playground()
let workspace: JudgingWorkspace
let survey: Survey
let tasks = 0

beforeAll(async () => {
  const files = { ...NODE_TEST, 'src/fee.ts': FEE, 'test/fee.test.ts': HEAD + FREE + SMALL }
  const gates = [mutation.under({ mutants: 5, survivors: 0.5 })]
  const approvals = { has: async (path: string) => approved.has(path) }
  workspace = await playground.open(playground.repository(files), { analysis, gates, approvals })
  survey = await surveyed(workspace)
})
afterAll(() => playground.dispose())

async function judge(files: Files): Promise<string> {
  const id = `task-${++tasks}`
  const milestone = `m${tasks}`
  await workspace.openMilestone({ milestone, survey })
  const task: AgentTask = { id, kind: 'code', title: 'a', instructions: 'a', files: [], round: 1, needs: [] }
  const judged = await judgeFiles(workspace, { survey, milestone, commit: survey.head, task, files })
  const { kind = '', findings = [] } = judged.verdicts.find(({ gate }) => gate === 'mutation') ?? {}
  return [kind, ...findings].join('\n')
}

describe('a test that is new or changed', () => {
  it('passes when it fails for something wrong, whatever it is called now', async () => {
    const renamed = SMALL.replace('is added', 'is five more')
    expect(await judge({ 'test/fee.test.ts': HEAD + FREE + renamed })).toBe('passed')
  })

  it('is refused by name when nobody saw it fail, also beside one that does', async () => {
    const idle = "it('is a number', () => assert.equal(typeof fee, 'function'))\n"
    const said = await judge({ 'test/more.test.ts': HEAD + SMALL + idle })
    expect(said).toMatch(/^failed\ntest\/more.test.ts:5: is a number: was never seen to fail/)
    expect(said).toMatch(/canopy approve test\/more.test.ts@[0-9a-f]{12}$/)
  })

  it('passes when it fails on the source as it was', async () => {
    const source = FEE.replace('(sum > 100', '(sum < 0 || sum > 100')
    const test = `${HEAD}it('has none below zero', () => assert.equal(fee(-5), 0))\n`
    expect(await judge({ 'src/fee.ts': source, 'test/more.test.ts': test })).toBe('passed')
  })

  it('is refused when it notices less than the one whose place it takes', async () => {
    const loose = SMALL.replace('assert.equal(fee(7), 12)', 'assert.ok(fee(7) > 7)')
    const said = await judge({ 'test/fee.test.ts': HEAD + FREE + loose })
    expect(said).toMatch(
      /^failed\n.*test\/fee.test.ts: is added: failed at the tip when src\/fee.ts:1 was made wrong/,
    )
  })

  it('is taken as it is when a person approved the file', async () => {
    approved.add('test/fee.test.ts')
    const loose = SMALL.replace('assert.equal(fee(7), 12)', 'assert.ok(fee(7) > 7)')
    expect(await judge({ 'test/fee.test.ts': HEAD + FREE + loose })).toMatch(/^left_out/)
    approved.clear()
  })
})

describe('reading which tests a file declares', () => {
  const read = (text: string) => analysis.declaredTests('a.test.ts', text)

  it('knows tests, tables and titles that are filled in', async () => {
    const found = await read(`describe('x', () => { it('a', () => {}); test.each([1, 2])('b %i', (n) => n)
for (const n of [1]) it(\`c \${n}\`, () => {}); it.skip('d', () => {}); it(name, () => {}) })`)
    expect(found?.tests.map(({ title }) => title)).toEqual(['a', 'b %i', 'c %s', undefined])
  })

  it('tells what stands around from the tests, and imports from packages by name', async () => {
    const one = await read("import { it } from 'vitest'\nimport './setup.ts'\nit('a', () => {})\n")
    expect(one?.imports).toEqual(['it of it vitest'])
    expect(one?.around).toContain('./setup.ts')
    expect(one?.around).not.toContain("'a'")
  })

  it.each([
    ['b %i', 'x b 2', true],
    ['b %i', 'x c 2', false],
    ['adds $a.b', 'adds 1', true],
    ['a (b)', 'suite > a (b)', true],
    ['dds', 'adds', false],
  ])('%s is what ran as %s: %s', (title, name, expected) => {
    expect(isCalled({ file: 'a', name, status: 'passed' }, { title, line: 1, text: '' })).toBe(expected)
  })
})
