// Several submissions judged as one tree: all are merged or none, and each is still judged for what it does itself.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Gate } from '../../gates/index.ts'
import { lint } from '../../gates/lint.ts'
import type { BatchOrder } from '../../gates/merge-queue/batch-order.ts'
import { asManyAsCan } from '../../gates/merge-queue/prefix-check.ts'
import { tests } from '../../gates/tests.ts'
import type { BatchJudgement, Survey, Task } from '../../machines/index.ts'
import type { JudgingWorkspace } from '../workspace/judging.ts'
import {
  type Files,
  git,
  NODE_TEST,
  nodeTestOf,
  Playground,
  surveyed,
  taskFor,
} from '../workspace/repositories.ts'

const SIGN = 'src/sign.ts'
const COLOR = 'src/color.ts'
const signTest = (body: string) =>
  `import { it } from 'node:test'\nimport { sign } from '../src/sign.ts'\nit('runs', () => void ${body})\n`
const colorTest = (body: string) => nodeTestOf(`it('runs', () => void ${body})`)

class Queue {
  readonly playground = new Playground()
  repository = ''
  workspace!: JudgingWorkspace
  survey!: Survey
  #milestones = 0
  #keys = 0
  milestone = ''

  async open(files: Files, gates?: readonly Gate[]): Promise<this> {
    this.repository = this.playground.repository(files)
    this.workspace = await this.playground.open(this.repository, gates && { gates })
    this.survey = await surveyed(this.workspace)
    return this
  }

  /** A milestone of its own, with submissions that all begin at its start. */
  async submit(
    work: Record<string, { files: Files; task?: Task; module?: string }>,
  ): Promise<BatchOrder['stack']> {
    this.milestone = `m${++this.#milestones}`
    const { milestone, survey } = this
    await this.workspace.openMilestone({ milestone, survey })
    const stack: { task: Task; submission: BatchOrder['stack'][number]['submission'] }[] = []
    for (const [id, { files, module = COLOR, task = taskFor(survey, module, id) }] of Object.entries(work)) {
      const of = { milestone, task: id }
      await this.workspace.prepareWorktree({ ...of, survey, commit: survey.head })
      const sources = Object.entries(files).map(([path, source]) => ({ path, source }))
      const submission = await this.workspace.submit({ ...of, files: sources, cases: 1, message: 'work' })
      await this.workspace.releaseWorktree(of)
      stack.push({ task, submission })
    }
    return stack
  }

  judge(stack: BatchOrder['stack'], key = `key ${++this.#keys}`): Promise<BatchJudgement> {
    const { milestone, survey } = this
    return this.workspace.judgeBatch({ survey, milestone, stack, key })
  }

  branch(): string[] {
    const [name = ''] = git(
      this.repository,
      'branch',
      '--list',
      '--format=%(refname:short)',
      `canopy/${this.milestone}`,
    )
      .trim()
      .split('\n')
    return name === ''
      ? []
      : git(this.repository, 'log', '--reverse', '--format=%s', `main..${name}`).trim().split('\n')
  }
}

const places = (of: readonly { at: number }[]) => of.map(({ at }) => at)
const gatesOf = ({ returned }: BatchJudgement) =>
  returned.map(({ at, verdicts }) => [
    at,
    verdicts.filter(({ kind }) => kind !== 'passed').map(({ gate }) => gate),
  ])

describe('tests judged together', () => {
  const queue = new Queue()
  beforeAll(() => queue.open(NODE_TEST))
  afterAll(() => queue.playground.dispose())

  it('are merged as one tree that was tested, a commit each with its own share, once', async () => {
    const stack = await queue.submit({
      one: { files: { 'test/color.canopy.test.ts': colorTest(`[color('red'), color('green')]`) } },
      two: { files: { 'test/sign.canopy.test.ts': signTest('sign(-1)') }, module: SIGN },
    })
    const judged = await queue.judge(stack, 'first')
    expect(judged).toMatchObject({ returned: [], failed: null })
    expect(
      judged.merged.map(({ at, change }) => [at, change.branches, change.modules.map(({ path }) => path)]),
    ).toEqual([
      [0, { covered: 3, total: 9 }, [COLOR]],
      [1, { covered: 5, total: 9 }, [SIGN]],
    ])
    expect(judged.measurement?.branches).toEqual({ covered: 5, total: 9 })
    expect(judged.merged.map(({ verdicts }) => verdicts.map(({ gate }) => gate).sort())).toEqual(
      [0, 1].map(() => ['approval', 'coverage', 'flakiness', 'lint', 'scope', 'secrets', 'tests', 'types']),
    )
    const subjects = ['test(color): cover 2 more branches', 'test(sign): cover 2 more branches']
    expect(queue.branch()).toEqual(subjects)
    const tip = judged.merged.at(-1)?.commit ?? ''
    expect(git(queue.repository, 'rev-parse', `${tip}^{tree}`).trim()).toBe(judged.measurement?.tree)

    // The same call again, as after a kill, and another call for the same tasks.
    expect(await queue.judge(stack, 'first')).toEqual(judged)
    expect(places((await queue.judge(stack)).merged)).toEqual([0, 1])
    expect(queue.branch()).toEqual(subjects)
  })

  it('does not take what a neighbour reaches for the gain of one that reaches nothing', async () => {
    const stack = await queue.submit({
      both: {
        files: {
          'test/both.canopy.test.ts': `${colorTest(`color('red')`)}\nimport { sign } from '../src/sign.ts'\nsign(-1)\n`,
        },
      },
      idle: { files: { 'test/idle.canopy.test.ts': signTest('sign') }, module: SIGN },
    })
    const judged = await queue.judge(stack)
    expect(gatesOf(judged)).toEqual([[1, ['coverage']]])
    expect(judged.merged).toEqual([])
    // Without it the other is merged.
    expect(places((await queue.judge(stack.slice(0, 1))).merged)).toEqual([0])
  })

  it('gives back who does not fit or breaks a rule, and does not merge the others unjudged', async () => {
    const file = 'test/color.canopy.test.ts'
    const stack = await queue.submit({
      one: { files: { [file]: colorTest(`color('red')`) } },
      same: { files: { [file]: colorTest(`color('green')`) } },
      source: { files: { 'src/more.ts': 'export const more = 1\n' }, module: SIGN },
    })
    const judged = await queue.judge(stack)
    expect(gatesOf(judged)).toEqual([
      [1, ['merge']],
      [2, ['scope']],
    ])
    expect(judged.returned[0]?.verdicts[0]?.findings).toEqual([`${file} was changed on the branch meanwhile`])
    expect(queue.branch()).toEqual([])
  })

  it('fails as a whole with what one of them breaks elsewhere, and says that nobody brought the test', async () => {
    // The file that a test of the repository does not bear to see is there only in the tree of both.
    const breaks = `import { existsSync } from 'node:fs'\nif (existsSync('test/sign.canopy.test.ts') && existsSync('test/color.canopy.test.ts'))`
    const other = await new Queue().open({
      ...NODE_TEST,
      'test/old.test.ts': `import { it } from 'node:test'\n${breaks} it('is old', () => { throw new Error('both') })\nelse it('is old', () => {})\n`,
    })
    try {
      const stack = await other.submit({
        one: { files: { 'test/color.canopy.test.ts': colorTest(`color('red')`) } },
        two: { files: { 'test/sign.canopy.test.ts': signTest('sign(-1)') }, module: SIGN },
      })
      const judged = await other.judge(stack)
      expect(judged).toMatchObject({
        merged: [],
        returned: [],
        failed: { doubtful: ['test/old.test.ts: is old'] },
      })
      expect(other.branch()).toEqual([])
      expect(places((await other.judge(stack.slice(0, 1))).merged)).toEqual([0])
      expect((await other.judge(stack.slice(1))).failed?.doubtful).toEqual(['test/old.test.ts: is old'])
    } finally {
      other.playground.dispose()
    }
  })
})

/** Asked of agents' work, which needs nothing else here. */
const agent = (id: string): Task => ({
  ...{ id, kind: 'code', title: id, instructions: id, files: [], round: 1, needs: [] },
})

describe('changes of the same file', () => {
  const queue = new Queue()
  beforeAll(() => queue.open(NODE_TEST, [tests]))
  afterAll(() => queue.playground.dispose())

  it('are brought together where they are apart, and given back where they are not', async () => {
    const color = NODE_TEST[COLOR] ?? ''
    const stack = await queue.submit({
      head: { files: { [COLOR]: `// Colors\n${color}` }, task: agent('head') },
      tail: { files: { [COLOR]: color.replace("'black'", "'dark'") }, task: agent('tail') },
      other: { files: { [COLOR]: `// Other colors\n${color}` }, task: agent('other') },
    })
    const judged = await queue.judge(stack)
    expect([places(judged.merged), gatesOf(judged)]).toEqual([[0, 1], [[2, ['merge']]]])
    const now = git(queue.repository, 'show', `canopy/${queue.milestone}:${COLOR}`)
    expect(now).toBe(`// Colors\n${color.replace("'black'", "'dark'")}`)
    expect(queue.branch()).toEqual(['code: head', 'code: tail'])
  })
})

describe('the work of agents in one stack', () => {
  const queue = new Queue()
  beforeAll(() =>
    queue.open(
      {
        ...NODE_TEST,
        'biome.json': JSON.stringify({
          linter: { rules: { recommended: false, suspicious: { noDoubleEquals: 'error' } } },
        }),
        'src/one.ts': 'export const version = 1\n',
        'src/two.ts': 'export const version = 1\n',
        'src/same.ts': 'export const same = (a: unknown, b: unknown) => a === b\n',
        'test/versions.test.ts': `import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as one from '../src/one.ts'
import * as two from '../src/two.ts'
it('are the same', () => assert.equal(one.version, two.version))
`,
      },
      [tests, lint],
    ),
  )
  afterAll(() => queue.playground.dispose())
  const newVersion = { 'src/one.ts': 'export const version = 2\n' }
  const twoAsWell = { 'src/two.ts': 'export const version = 2\n' }
  const findings = ({ returned }: BatchJudgement) =>
    returned.flatMap(({ verdicts }) => verdicts.flatMap((verdict) => verdict.findings))

  it('is not merged because of one that comes after it', async () => {
    const stack = await queue.submit({
      first: { files: newVersion, task: agent('first') },
      second: { files: twoAsWell, task: agent('second') },
    })
    const judged = await queue.judge(stack)
    // The tree of both passes; that of the first alone does not.
    expect([gatesOf(judged), judged.merged, judged.failed]).toEqual([[[0, ['tests']]], [], null])
    expect(findings(judged).join()).toContain('test/versions.test.ts: are the same')
    expect(queue.branch()).toEqual([])
    // As one piece of work it passes.
    const both = await queue.submit({ both: { files: { ...newVersion, ...twoAsWell }, task: agent('both') } })
    expect(places((await queue.judge(both)).merged)).toEqual([0])
  })

  it('is complained of by the linter wherever it stands', async () => {
    const loose = { 'src/same.ts': 'export const same = (a: unknown, b: unknown) => a == b\n' }
    const stack = await queue.submit({
      loose: { files: loose, task: agent('loose') },
      fine: { files: { 'src/fine.ts': 'export const fine = 1\n' }, task: agent('fine') },
    })
    const judged = await queue.judge(stack)
    expect(gatesOf(judged)).toEqual([[0, ['lint']]])
    expect(findings(judged)).toEqual([expect.stringMatching(/^src\/same.ts:1: .*noDoubleEquals/)])
  })

  it('is measured at its own place when all of it passes', async () => {
    const stack = await queue.submit({
      red: { files: { 'test/red.test.ts': colorTest(`color('red')`) }, task: agent('red') },
      green: { files: { 'test/green.test.ts': colorTest(`color('green')`) }, task: agent('green') },
    })
    const judged = await queue.judge(stack)
    expect(judged.merged.map(({ at, change }) => [at, change.branches.covered])).toEqual([
      [0, 2],
      [1, 3],
    ])
    expect(queue.branch()).toEqual(['code: red', 'code: green'])
  })
})

describe('a stack', () => {
  const submission = { commit: 'c', files: [], cases: 0 }
  const of = (...kinds: ('agent' | 'test')[]) =>
    kinds.map((kind, at) => ({
      task: kind === 'agent' ? agent(`${at}`) : { ...COVERAGE, id: `${at}` },
      submission,
    }))
  const COVERAGE = { module: COLOR, gap: 1, before: { covered: 0, total: 1 }, round: 1, needs: [] }
  const minute = 60_000

  it.each([
    [0, 5],
    [3 * minute, 5],
    [4 * minute, 4],
    [9 * minute, 1],
    [60 * minute, 1],
  ])('of which each agent’s place takes %d ms is cut to %d', (runMs, left) => {
    expect(asManyAsCan(of('agent', 'agent', 'test', 'test', 'agent'), runMs)).toHaveLength(left)
    expect(asManyAsCan(of('test', 'test', 'test'), runMs)).toHaveLength(3)
  })
})
