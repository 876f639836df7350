// What agents submit, judged on a real repository: what is right is merged, and each gate refuses what it is for.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import { gatesUnder } from '../../gates/index.ts'
import type { AgentTask, Survey } from '../../machines/index.ts'
import { unsandboxed, type WorkspaceOptions } from '../../workspace/index.ts'
import type { Integration, JudgingWorkspace } from '../workspace/judging.ts'
import { type Files, NODE_TEST, Playground, surveyed, write } from '../workspace/repositories.ts'

const LOCK = (version: string) =>
  JSON.stringify({ lockfileVersion: 3, packages: { 'node_modules/left': { version } } })

const REPOSITORY: Files = {
  ...NODE_TEST,
  'biome.json': JSON.stringify({
    linter: { rules: { recommended: false, suspicious: { noDoubleEquals: 'error' } } },
  }),
  'package-lock.json': LOCK('1.0.0'),
  'src/old.ts': 'export const same = (a: unknown, b: unknown) => a == b\n',
}

const GREEN = `import assert from 'node:assert/strict'
import { it } from 'node:test'
`

const clamp = (limits: string) => `export function clamp(value: number): number {
  if (value < 0) return 0
  return ${limits}
}
`

class Run {
  readonly playground = new Playground()
  workspace!: JudgingWorkspace
  survey!: Survey
  #number = 0

  async open(more: Partial<WorkspaceOptions> = {}): Promise<void> {
    const advisories = join(this.playground.root, 'advisories.json')
    const range = { events: [{ introduced: '2.0.0' }, { fixed: '2.0.1' }] }
    const affected = [{ package: { ecosystem: 'npm', name: 'left' }, ranges: [range] }]
    writeFileSync(advisories, JSON.stringify([{ id: 'GHSA-1', summary: 'reads too far', affected }]))
    const policy = { size: { files: 8, lines: 200 }, advisories: { file: advisories } }
    this.workspace = await this.playground.open(this.playground.repository(REPOSITORY), {
      ...{ analysis, policy },
      ...more,
    })
    this.survey = await surveyed(this.workspace)
    await this.workspace.openMilestone({ milestone: 'm', survey: this.survey })
  }

  async integrate(
    files: Files,
    { kind = 'code', files: named = [] }: Partial<AgentTask> = {},
  ): Promise<Integration> {
    const id = `agent-${++this.#number}`
    const { tip: commit } = await this.workspace.milestone({ milestone: 'm' })
    const of = { milestone: 'm', task: id }
    await this.workspace.prepareWorktree({ ...of, survey: this.survey, commit })
    const sources = Object.entries(files).map(([path, source]) => ({ path, source }))
    const submission = await this.workspace.submit({ ...of, files: sources, cases: 0, message: 'code: more' })
    await this.workspace.releaseWorktree(of)
    const words = { title: 'clamp values', instructions: 'clamp them', round: 1, needs: [] }
    const task: AgentTask = { id, kind, files: [...named], ...words }
    return this.workspace.integrate({ survey: this.survey, milestone: 'm', task, submission, key: id })
  }
}

function said({ verdicts }: Integration): Record<string, string> {
  return Object.fromEntries(
    verdicts.map(({ gate, kind, findings }) => [gate, [kind, ...findings].join('\n')]),
  )
}

const kinds = ({ verdicts }: Integration) =>
  Object.fromEntries(verdicts.map(({ gate, kind }) => [gate, kind]))

describe('what an agent submits', () => {
  const run = new Run()
  beforeAll(() => run.open())
  afterAll(() => run.playground.dispose())

  it('is merged when it is right, and what nobody asked is told as left out', async () => {
    const test = `${GREEN}import { clamp } from '../src/clamp.ts'
it('keeps what is inside', () => assert.equal(clamp(5), 5))
it('has two ends', () => assert.deepEqual([clamp(-1), clamp(0), clamp(11), clamp(10)], [0, 0, 10, 10]))
`
    const merged = await run.integrate({
      'src/clamp.ts': clamp('value > 10 ? 10 : value'),
      'test/clamp.test.ts': test,
    })
    expect(said(merged)).toEqual({
      ...{
        scope: 'passed',
        approval: 'passed',
        substance: 'passed',
        size: 'passed',
        integrity: 'passed',
        secrets: 'passed',
      },
      ...{
        lint: 'passed',
        tests: 'passed',
        regression: 'passed',
        agreement: 'passed',
        coverage: 'passed',
        mutation: 'passed',
        flakiness: 'passed',
      },
      types: expect.stringMatching(/^left_out\n/),
      format: 'left_out\nno formatter is installed that the configuration or a script names',
      proof: 'left_out\nnot required of a code task',
      advisories: 'left_out\nno lock file is changed',
    })
    expect(merged.kind).toBe('merged')
  })

  it('is refused for code that nothing tests, a complaint of the linter and a package known to be unsafe', async () => {
    const source = `export function half(value: number): number {\n  if (value == 0) return 0\n  return value / 2\n}\n`
    const rejected = await run.integrate({
      'src/half.ts': source,
      'src/old.ts': `// of old\n${REPOSITORY['src/old.ts']}`,
      'package-lock.json': LOCK('2.0.0'),
    })
    const { coverage, lint, advisories, mutation, tests } = said(rejected)
    expect(tests).toBe('passed')
    expect(coverage).toMatch(/^failed\n(.*\n)?0% of the changed statements .*\nsrc\/half.ts:2/)
    // What was complained of before is not held against it.
    expect(lint?.split('\n')).toEqual(['failed', expect.stringMatching(/^src\/half.ts:2: .*noDoubleEquals/)])
    expect(advisories).toBe('failed\nleft 2.0.0: GHSA-1 reads too far')
    expect(mutation).toMatch(/^failed\n(\d+) of \1 small changes/)
    expect(rejected.kind).toBe('rejected')
  })

  it('is refused when its tests notice nothing', async () => {
    const test = `${GREEN}import { color } from '../src/color.ts'
it('takes a name', () => assert.ok(color('red') !== 77))
`
    const rejected = await run.integrate({ 'test/color.test.ts': test }, { kind: 'test' })
    expect(kinds(rejected)).toMatchObject({ tests: 'passed', integrity: 'passed', mutation: 'failed' })
    expect(said(rejected).mutation).toMatch(
      /^failed\ntest\/color.test.ts:4: takes a name: was never seen to fail: .* each of \d+ small changes .*src\/color.ts/,
    )
  })

  it.each<[string, Files, Partial<AgentTask>, RegExp]>([
    [
      'scope',
      { 'src/sign.ts': 'export const sign = () => 1\n' },
      { kind: 'test' },
      /src\/sign.ts is not a test/,
    ],
    ['size', { 'src/long.ts': '// more\n'.repeat(201) }, {}, /201 lines are changed, more than 200/],
    ['substance', { 'src/done.ts': '// It is all here.\nexport {}\n' }, {}, /no code is changed/],
    [
      'substance',
      { 'src/later.ts': 'export const later = 1 // TODO: more\n' },
      {},
      /src\/later.ts:1 is marked/,
    ],
    [
      'integrity',
      { 'test/sign.test.ts': (NODE_TEST['test/sign.test.ts'] ?? '').replace("it('", "it.skip('") },
      {},
      /test\/sign.test.ts:5: skipped_test/,
    ],
    [
      'integrity',
      { 'package.json': (REPOSITORY['package.json'] ?? '').replace('node --test', 'true') },
      {},
      /changed_script/,
    ],
    [
      'secrets',
      { 'src/key.ts': `export const key = '${['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_')}'\n` },
      {},
      /src\/key.ts:1: .*GITHUB_TOKEN/,
    ],
  ])('is refused by %s before a test is run', async (gate, files, task, reason) => {
    const rejected = await run.integrate(files, task)
    const { [gate]: found, tests } = said(rejected)
    expect(found).toMatch(/^failed\n/)
    expect(found).toMatch(reason)
    expect(tests).toBeUndefined()
    expect(JSON.stringify(rejected)).not.toContain('wWPw5k4a')
  })
})

describe('a policy', () => {
  const agent: AgentTask = {
    id: 'a',
    kind: 'code',
    title: 'a',
    instructions: 'a',
    files: [],
    round: 1,
    needs: [],
  }
  const names = (settings: Parameters<typeof gatesUnder>[0]) =>
    gatesUnder(settings).filter((gate) => gate.isFor?.(agent) ?? true)

  it('names every gate, also those that it leaves out', () => {
    const all = [
      'scope',
      'approval',
      'substance',
      'size',
      'integrity',
      'secrets',
      'types',
      'lint',
      'format',
      'tests',
      'regression',
      'agreement',
      'coverage',
      'mutation',
      'proof',
      'flakiness',
      'advisories',
    ]
    for (const policy of ['no_compromise', 'balanced', 'fast_iteration'] as const)
      expect(names({ policy }).map(({ name }) => name)).toEqual(all)
  })

  it('leaves the gates of coverage tasks as they are', () => {
    const coverage = {
      id: 'c',
      module: 'src/a.ts',
      gap: 1,
      before: { covered: 0, total: 1 },
      round: 1,
      needs: [],
    }
    const asked = gatesUnder({ policy: 'no_compromise' }).filter((gate) => gate.isFor?.(coverage) ?? true)
    expect(asked.map(({ name }) => name)).toEqual([
      'scope',
      'approval',
      'secrets',
      'types',
      'lint',
      'tests',
      'coverage',
      'flakiness',
    ])
  })

  it.each([
    [{ integrity: false }],
    [{ tests: false }],
    [{ mutation: { survivors: 2 } }],
    [{ policy: 'none' }],
  ])('cannot be %j', (settings) => {
    expect(() => gatesUnder(settings as never)).toThrow()
  })
})

describe('without a sandbox', () => {
  const run = new Run()
  // Of its own: the packages of this project change while its tests run.
  beforeAll(async () => {
    const packages = join(run.playground.root, 'packages')
    write(packages, { 'left/index.js': '' })
    await run.open({ sandbox: unsandboxed(), packages })
  })
  afterAll(() => run.playground.dispose())

  it('a test that writes into the installed packages is refused', async () => {
    const file = join(run.survey.dependencies, 'left.js')
    const test = `${GREEN}import { writeFileSync } from 'node:fs'
it('changes what others rely on', () => assert.equal(writeFileSync(${JSON.stringify(file)}, ''), undefined))
`
    const rejected = await run.integrate({ 'test/left.test.ts': test }, { kind: 'test' })
    expect(said(rejected).tests).toBe(
      'failed\nthe tests changed node_modules/left.js, which belongs to the installed packages',
    )
  })
})
