// Tests and sources that load each other by `require`: run apart, honest work is merged and what hides from a runner is not.
//
// Jest is no package of this project. Where CANOPY_JEST_PACKAGES names a `node_modules` folder that has it, it is run, too.

import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import { gatesUnder } from '../../gates/index.ts'
import type { AgentTask, Survey } from '../../machines/index.ts'
import type { Integration, JudgingWorkspace } from './judging.ts'
import { type Files, PACKAGES, Playground, surveyed } from './repositories.ts'

const JEST = process.env.CANOPY_JEST_PACKAGES ?? PACKAGES
const FEES = `const { Refused } = require('./errors')
const TABLE = require('./table.json')

function fee(sum, kind = 'normal') {
  if (!(kind in TABLE)) throw new Refused(kind)
  return sum > 100 ? 0 : TABLE[kind]
}

exports.fee = fee
exports.total = (sums) => sums.reduce((all, sum) => all + sum + fee(sum), 0)
`
const QUEUE = `const { EventEmitter } = require('events')

class Queue extends EventEmitter {
  constructor(work) {
    super()
    this.work = work
    this.waiting = []
  }

  add(item) {
    this.waiting.push(item)
    return this
  }

  async drain() {
    const done = []
    while (this.waiting.length > 0) {
      const item = this.waiting.shift()
      done.push(await this.work(item))
      this.emit('done', item)
    }
    return done
  }
}

module.exports = Queue
`
const SOURCE: Files = {
  '.gitignore': 'node_modules\n',
  'src/errors.js': `class Refused extends RangeError {
  constructor(what) {
    super('refused: ' + what)
    this.what = what
  }
}

module.exports = { Refused }
`,
  'src/fees.js': FEES,
  'src/table.json': '{ "normal": 5, "express": 9 }\n',
  'src/queue.js': QUEUE,
  'src/debounce.js': `module.exports = function debounce(work, ms) {
  let timer
  return (...args) => {
    clearTimeout(timer)
    timer = setTimeout(() => work(...args), ms)
  }
}
`,
  'src/index.js':
    "module.exports = { ...require('./fees'), Queue: require('./queue'), ...require('./errors') }\n",
}

const manifest = (test: string) => JSON.stringify({ name: 'fees', private: true, scripts: { test } })

const OF_JEST: Files = {
  ...SOURCE,
  'package.json': manifest('jest'),
  'test/fees.test.js': `const { fee, total } = require('../src/fees')
const { Refused } = require('../src')

test.each([[7, 5], [100, 5], [101, 0]])('of %i is %i', (sum, expected) => {
  expect(fee(sum)).toBe(expected)
})

it('refuses other kinds', () => {
  expect(() => fee(1, 'slow')).toThrow(Refused)
})

it('is added', () => {
  expect(total([1, 200])).toEqual(206)
})
`,
  'test/queue.test.js': `const Queue = require('../src/queue')

it('works in order', async () => {
  const work = jest.fn(async (item) => item * 2)
  const seen = []
  const queue = new Queue(work).add(1).add(2)
  queue.on('done', (item) => seen.push(item))
  expect(queue).toBeInstanceOf(Queue)
  await expect(queue.drain()).resolves.toEqual([2, 4])
  expect(work).toHaveBeenLastCalledWith(2)
  expect(seen).toEqual([1, 2])
})
`,
  // Timers of jest's own are no others' clock: this one runs beside its source.
  'test/debounce.test.js': `const debounce = require('../src/debounce')

beforeEach(() => jest.useFakeTimers())
afterEach(() => jest.useRealTimers())

it('waits', () => {
  const work = jest.fn()
  const later = debounce(work, 50)
  later(1)
  later(2)
  jest.advanceTimersByTime(60)
  expect(work.mock.calls).toEqual([[2]])
})
`,
}
const MORE_OF_JEST = `const { total } = require('../src/fees')

it('is 0 for nothing', () => {
  expect(total([])).toBe(0)
})
`

const OF_NODE: Files = {
  ...SOURCE,
  'package.json': manifest('node --test'),
  'test/fees.test.js': `const assert = require('node:assert/strict')
const { it } = require('node:test')
const { fee, Queue, Refused, total } = require('../src')

it('has fees', () => assert.deepEqual([7, 100, 101].map((sum) => fee(sum)), [5, 5, 0]))
it('refuses other kinds', () => assert.throws(() => fee(1, 'slow'), Refused))
it('is added', () => assert.equal(total([1, 200]), 206))
it('works in order', async () => {
  const seen = []
  const queue = new Queue(async (item) => item * 2).add(1).add(2)
  queue.on('done', (item) => seen.push(item))
  assert.deepEqual(await queue.drain(), [2, 4])
  assert.deepEqual(seen, [1, 2])
})
`,
}
const MORE_OF_NODE = `const assert = require('node:assert/strict')
const { it } = require('node:test')
const { total } = require('../src/fees')
it('is 0 for nothing', () => assert.equal(total([]), 0))
`

class Court {
  readonly playground = new Playground()
  #opened: Promise<{ workspace: JudgingWorkspace; survey: Survey }> | undefined
  #tasks = 0
  readonly #files: Files
  readonly #packages: string | undefined

  constructor(files: Files, packages?: string) {
    this.#files = files
    this.#packages = packages
  }

  async #open() {
    const repository = this.playground.repository(this.#files)
    if (this.#packages) cpSync(this.#packages, join(repository, 'node_modules'), { recursive: true })
    const gates = gatesUnder({}).filter(({ name }) => /^(tests|regression|agreement)$/.test(name))
    const workspace = await this.playground.open(repository, { analysis, gates })
    return { workspace, survey: await surveyed(workspace) }
  }

  async judge(files: Files): Promise<Integration> {
    this.#opened ??= this.#open()
    const { workspace, survey } = await this.#opened
    const id = `task-${++this.#tasks}`
    const of = { milestone: `m${this.#tasks}`, task: id }
    await workspace.openMilestone({ milestone: of.milestone, survey })
    await workspace.prepareWorktree({ ...of, survey, commit: survey.head })
    const sources = Object.entries(files).map(([path, source]) => ({ path, source }))
    const submission = await workspace.submit({ ...of, files: sources, cases: 0, message: 'fees' })
    await workspace.releaseWorktree(of)
    const task: AgentTask = {
      id,
      kind: 'code',
      files: [],
      title: 'a',
      instructions: 'a',
      round: 1,
      needs: [],
    }
    return workspace.integrate({ survey, milestone: of.milestone, task, submission, key: id })
  }
}

const AS_LOOP = FEES.replace(
  'sums.reduce((all, sum) => all + sum + fee(sum), 0)',
  `{
  let all = 0
  for (const sum of sums) all += sum + fee(sum)
  return all
}`,
)
const said = ({ kind, verdicts }: Integration) =>
  [kind, ...verdicts.filter((one) => one.kind === 'failed').map(({ gate }) => gate)].join(' ')

describe.each([
  ['node --test', OF_NODE, MORE_OF_NODE, 'process.env.NODE_TEST_CONTEXT', undefined],
  ['jest', OF_JEST, MORE_OF_JEST, 'process.env.JEST_WORKER_ID', JEST],
] as const)('a CommonJS package under %s', (name, files, more, watched, packages) => {
  const isMissing = name === 'jest' && !existsSync(join(JEST, 'jest', 'package.json'))
  const court = new Court(files, packages)
  afterAll(() => court.playground.dispose())

  it.skipIf(isMissing)('gets honest work merged', async () => {
    expect(said(await court.judge({ 'src/fees.js': AS_LOOP, 'test/more.test.js': more }))).toBe('merged')
  })

  it.skipIf(isMissing)('does not get what is right only when it is watched', async () => {
    const wrong = FEES.replace(': TABLE[kind]', `: TABLE[kind] + (${watched} ? 0 : 1)`)
    expect(said(await court.judge({ 'src/fees.js': wrong }))).toBe('rejected regression')
  })

  it.skipIf(isMissing)('does not get a class that works in another order where nobody looks', async () => {
    const wrong = QUEUE.replace(
      'this.waiting.shift()',
      `${watched} ? this.waiting.shift() : this.waiting.pop()`,
    )
    expect(said(await court.judge({ 'src/queue.js': wrong }))).toBe('rejected regression')
  })
})
