// Several submissions judged as one tree: all are merged or none, and each is still judged for what it does itself.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Judgement, Survey, Task } from '../../machines/index.ts'
import type { Gate, StackOrder, Workspace } from '../../workspace/index.ts'
import { type Files, git, NODE_TEST, nodeTestOf, Playground, surveyed, taskFor } from './repositories.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const SIGN = 'src/sign.ts'
const COLOR = 'src/color.ts'
const signTest = (body: string) =>
  `import { it } from 'node:test'\nimport { sign } from '../src/sign.ts'\nit('runs', () => void ${body})\n`
const colorTest = (body: string) => nodeTestOf(`it('runs', () => void ${body})`)

class Queue {
  readonly playground = new Playground()
  repository = ''
  workspace!: Workspace
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
  ): Promise<StackOrder['stack']> {
    this.milestone = `m${++this.#milestones}`
    const { milestone, survey } = this
    await this.workspace.openMilestone({ milestone, survey })
    const stack: { task: Task; submission: StackOrder['stack'][number]['submission'] }[] = []
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

  judge(stack: StackOrder['stack'], key = `key ${++this.#keys}`): Promise<Judgement> {
    const { milestone, survey } = this
    return this.workspace.judgeStack({ survey, milestone, stack, key })
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
const gatesOf = ({ returned }: Judgement) =>
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
      [0, 1].map(() => ['coverage', 'flakiness', 'scope', 'tests', 'types']),
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
    expect(judged.returned[0]?.verdicts[0]?.findings).toEqual([
      `${file} is another file on the branch by now`,
    ])
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

describe('changes of the same file', () => {
  const passing: Gate = {
    name: 'tests',
    async judge(_parts, subject) {
      const outcome = await subject.suite()
      return {
        gate: 'tests',
        kind: outcome.kind === 'ran' && outcome.report.success ? 'passed' : 'failed',
        findings: [],
      }
    },
  }
  const agent = (id: string): Task => ({
    ...{ id, kind: 'code', title: id, instructions: id, files: [COLOR], round: 1, needs: [] },
  })
  const queue = new Queue()
  beforeAll(() => queue.open(NODE_TEST, [passing]))
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
