// The tests of a fix are run without it: they must fail there, twice, and for what was wrong.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatesUnder } from '../../gates/index.ts'
import { importedBy, isAbsence, proof } from '../../gates/proof.ts'
import { tests } from '../../gates/tests.ts'
import type { AgentTask, Survey, TaskKind } from '../../machines/index.ts'
import type { JudgingWorkspace } from '../workspace/judging.ts'
import { type Files, NODE_TEST, Playground, surveyed } from '../workspace/repositories.ts'

const WRONG = 'export const discount = (sum: number) => (sum > 100 ? sum * 0.9 : sum)\n'
const FIXED = WRONG.replace('sum >', 'sum >=')
const test = (...cases: string[]) => `import assert from 'node:assert/strict'
import { it } from 'node:test'
import { discount } from '../src/cart.ts'
${cases.join('\n')}
void assert
`
const SHOWS_IT = `it('begins at a hundred', () => assert.equal(discount(100), 90))`
const HOLDS_ANYWAY = `it('leaves small sums', () => assert.equal(discount(5), 5))`
const isWrong = 'discount(100) === 100'

const playground = new Playground()
let workspace: JudgingWorkspace
let survey: Survey
let tasks = 0

beforeAll(async () => {
  const repository = playground.repository({ ...NODE_TEST, 'src/cart.ts': WRONG })
  const gates = [tests, proof.under({ kinds: ['debug', 'code'] })]
  workspace = await playground.open(repository, { gates })
  survey = await surveyed(workspace)
})
afterAll(() => playground.dispose())

/** What the gate says of a submission on a milestone of its own. */
async function judge(files: Files, kind: TaskKind = 'debug'): Promise<string> {
  const id = `task-${++tasks}`
  const of = { milestone: `m${tasks}`, task: id }
  await workspace.openMilestone({ milestone: of.milestone, survey })
  await workspace.prepareWorktree({ ...of, survey, commit: survey.head })
  const sources = Object.entries(files).map(([path, source]) => ({ path, source }))
  const submission = await workspace.submit({ ...of, files: sources, cases: 0, message: 'fix' })
  await workspace.releaseWorktree(of)
  const task: AgentTask = { id, kind, title: 'a', instructions: 'a', files: [], round: 1, needs: [] }
  const judged = await workspace.integrate({ survey, milestone: of.milestone, task, submission, key: id })
  const { kind: is = '', findings = [] } = judged.verdicts.find(({ gate }) => gate === 'proof') ?? {}
  return [is, ...findings].join('\n')
}

describe('a fix', () => {
  it.each<[string, Files, RegExp]>([
    [
      'passes with a test that fails without it, also beside one that does not',
      { 'src/cart.ts': FIXED, 'test/cart.test.ts': test(HOLDS_ANYWAY, SHOWS_IT) },
      /^passed$/,
    ],
    [
      'fails with a test that passes without it',
      { 'src/cart.ts': FIXED, 'test/cart.test.ts': test(HOLDS_ANYWAY) },
      /^failed\nevery new or changed test passes without the change/,
    ],
    ['fails without a test', { 'src/cart.ts': FIXED }, /^failed\nno test is added or changed/],
    [
      'fails with tests alone',
      { 'test/cart.test.ts': test(HOLDS_ANYWAY), 'test/fixtures/a.json': '{}' },
      /^failed\nnothing but tests is changed/,
    ],
    [
      'fails with a test that fails without it by chance',
      {
        'src/cart.ts': FIXED,
        'test/cart.test.ts': test(
          HOLDS_ANYWAY,
          `it('is moody', () => {
            if (${isWrong} && process.cwd().endsWith('-1')) assert.fail('this time')
          })`,
        ),
      },
      /^failed\nfails without the change only sometimes: test\/cart.test.ts: is moody: this time/,
    ],
    [
      'fails with a test that is skipped with it',
      {
        'src/cart.ts': FIXED,
        'test/cart.test.ts': test(
          HOLDS_ANYWAY,
          `it('begins at a hundred', { skip: !(${isWrong}) }, () => assert.equal(discount(100), 90))`,
        ),
      },
      /^failed\nfails without the change and does not run with it: .*begins at a hundred/,
    ],
    [
      'fails with a test that only asks for what is new',
      {
        'src/cart.ts': `${FIXED}export const free = () => 0\n`,
        'test/cart.test.ts': test(
          HOLDS_ANYWAY,
          `import { free } from '../src/cart.ts'\nit('is free', () => assert.equal(free(), 0))`,
        ),
      },
      /^failed\nfails without the change only because something is missing.*does not provide an export/s,
    ],
    [
      'passes with a test that crashes without it',
      {
        'src/cart.ts': FIXED,
        'test/cart.test.ts': test(`it('lives', () => { if (${isWrong}) process.abort() })`),
      },
      /^passed$/,
    ],
  ])('%s', async (_what, files, said) => {
    expect(await judge(files)).toMatch(said)
  })

  it('of which the tests fail with it, too, proves nothing', async () => {
    const files = { 'src/cart.ts': FIXED, 'test/cart.test.ts': test(SHOWS_IT.replace('90', '91')) }
    expect(await judge(files)).toMatch(/^could_not_run\nthe new or changed tests do not pass/)
  })
})

describe('new code', () => {
  it('passes with a test that asks for what is new, and fails with one that does not', async () => {
    const source = { 'src/free.ts': 'export const free = () => 0\n' }
    const asks =
      SHOWS_IT && test(`import { free } from '../src/free.ts'\nit('is free', () => assert.equal(free(), 0))`)
    expect(await judge({ ...source, 'test/free.test.ts': asks }, 'code')).toBe('passed')
    expect(await judge({ ...source, 'test/free.test.ts': test(HOLDS_ANYWAY) }, 'code')).toMatch(
      /^failed\nevery new or changed test/,
    )
    expect(await judge(source, 'code')).toMatch(/^left_out\nno test/)
  })
})

describe('a failure', () => {
  const text = `import { it } from 'vitest'
import { clamp, type Range as R } from '../src/clamp.ts'
import * as all from './all.ts'
import other from 'other'
const { half } = require('../half.js')
`
  const names = new Set(importedBy(text))
  it('is looked at with what the test imports', () => {
    for (const name of ['clamp', 'R', 'all', 'half']) expect(names).toContain(name)
    for (const name of ['it', 'other']) expect(names).not.toContain(name)
  })
  it.each<[string, boolean]>([
    ['TypeError: clamp is not a function\n    at test/a.test.ts:3', true],
    ['TypeError: (0 , _clamp.clamp) is not a function', true],
    ['TypeError: __vite_ssr_import_2__.b is not a function', true],
    ['all.more is not a function', true],
    ['TypeError: clamp.of is not a constructor', true],
    ["Cannot find module '../nothere.ts' imported from test/y.test.ts", true],
    ["ImportError: cannot import name 'discount' from 'shop.cart'", true],
    ["AttributeError: module 'shop.cart' has no attribute 'discount'", true],
    ["error TS2305: Module '../a' has no exported member 'b'.", true],
    ['callback is not a function', false],
    ['Unexpected end of JSON input', false],
    ['AssertionError: expected 1 to be 2', false],
    ['FAIL: test_total\nAssertionError: 3 != 4\nERROR: test_other\nImportError: no', false],
  ])('that says %s is of something absent: %s', (message, absent) => {
    expect(isAbsence({ message }, names)).toBe(absent)
  })
})

describe('a policy', () => {
  it('asks every fix for it, and the strictest all code', async () => {
    const task = (kind: TaskKind): AgentTask => ({
      id: 'a',
      kind,
      title: 'a',
      instructions: 'a',
      files: [],
      round: 1,
      needs: [],
    })
    const asks = async (settings: Parameters<typeof gatesUnder>[0], kind: TaskKind) => {
      const gate = gatesUnder(settings).find(({ name }) => name === 'proof')
      const subject = { task: task(kind), survey: { runner: 'node' }, changes: [] }
      const verdict = await gate?.judge({} as never, subject as never)
      return verdict?.findings.join() ?? ''
    }
    for (const policy of ['no_compromise', 'balanced', 'fast_iteration'] as const) {
      expect(await asks({ policy }, 'debug')).toMatch(/^no test is added or changed: add one/)
      expect(await asks({ policy }, 'code')).toMatch(
        policy === 'no_compromise' ? /^no test is added/ : /^not required of a code task/,
      )
      expect(await asks({ policy }, 'refactor')).toBe('not required of a refactor task')
    }
    expect(await asks({ proof: false }, 'debug')).toBe('left out by the configuration')
    expect(await asks({ proof: { kinds: ['debug', 'code'] } }, 'code')).toMatch(
      /^no test is added or changed$/,
    )
  })
})
