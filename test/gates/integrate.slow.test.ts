// The merge queue's step: what passes is merged, what does not is not, and each gate can do both.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Survey, Verdict } from '../../machines/index.ts'
import { bubblewrap, type CommandEnding, type Sandbox } from '../../workspace/index.ts'
import { findBwrap } from '../workspace/find-bwrap.ts'
import type { Integration, JudgingWorkspace } from '../workspace/judging.ts'
import {
  commitAll,
  type Files,
  GOOD_TEST,
  git,
  NODE_TEST,
  nodeTestOf,
  Playground,
  surveyed,
  taskFor,
  VITEST,
  write,
} from '../workspace/repositories.ts'

/** A surveyed repository with an opened milestone `m`, and submissions made by hand. */
class Run {
  readonly playground = new Playground()
  repository = ''
  workspace!: JudgingWorkspace
  survey!: Survey
  #number = 0

  async open(files: Files, sandbox?: Sandbox): Promise<this> {
    this.repository = this.playground.repository(files)
    this.workspace = await this.playground.open(this.repository, sandbox && { sandbox })
    this.survey = await surveyed(this.workspace)
    await this.workspace.openMilestone({ milestone: 'm', survey: this.survey })
    return this
  }

  /** A task's files as a commit that nobody judged. */
  async submission(files: Files, { id = `task-${++this.#number}`, module = 'src/color.ts' } = {}) {
    const { tip: commit } = await this.workspace.milestone({ milestone: 'm' })
    const of = { milestone: 'm', task: id }
    await this.workspace.prepareWorktree({ ...of, survey: this.survey, commit })
    const sources = Object.entries(files).map(([path, source]) => ({ path, source }))
    const submission = await this.workspace.submit({ ...of, files: sources, cases: 1, message: 'test: more' })
    await this.workspace.releaseWorktree(of)
    return {
      survey: this.survey,
      milestone: 'm',
      task: taskFor(this.survey, module, id),
      submission,
      key: `key of ${id}`,
    }
  }

  async integrate(files: Files, of: { id?: string; module?: string } = {}): Promise<Integration> {
    return this.workspace.integrate(await this.submission(files, of))
  }

  branch(): string[] {
    const refs = git(this.repository, 'for-each-ref', '--format=%(refname:short)', 'refs/heads/canopy').trim()
    if (refs === '') return []
    return git(this.repository, 'log', '--format=%s', `main..${refs}`).trim().split('\n')
  }
}

function failedGates(integration: Integration): string[] {
  return integration.verdicts.filter(({ kind }) => !/^(passed|left_out)$/.test(kind)).map(({ gate }) => gate)
}

function findings(integration: Integration, gate: string): string {
  const verdict = integration.verdicts.find((one: Verdict) => one.gate === gate)
  return `${verdict?.kind}: ${verdict?.findings.join('\n')}`
}

describe('a vitest package', () => {
  const run = new Run()
  beforeAll(() => run.open(VITEST))
  afterAll(() => run.playground.dispose())

  it('gets a commit when every gate passed', async () => {
    const order = await run.submission({ 'test/color.canopy.test.ts': GOOD_TEST })
    const merged = await run.workspace.integrate(order)
    expect(merged).toMatchObject({
      kind: 'merged',
      measurement: { branches: { covered: 3, total: 9 }, tests: { passed: 3, failed: 0 } },
      verdicts: ['scope', 'approval', 'secrets', 'types', 'lint', 'tests', 'coverage', 'flakiness'].map(
        (gate) => ({ gate, kind: gate === 'lint' ? 'left_out' : 'passed' }),
      ),
    })
    const commit = merged.kind === 'merged' ? merged.commit : ''
    expect(git(run.repository, 'rev-parse', 'canopy/m').trim()).toBe(commit)
    expect(git(run.repository, 'log', '-1', '--format=%an <%ae>%n%cn%n%B', 'canopy/m')).toBe(
      'Canopy <canopy@localhost>\nCanopy\ntest(color): cover 2 more branches\n\n' +
        '2 of 5 branches of src/color.ts are reached now.\n\nCanopy-Task: task-1\n\n',
    )
    expect(git(run.repository, 'diff', '--name-status', 'main', 'canopy/m').trim()).toBe(
      'A\ttest/color.canopy.test.ts',
    )
    expect(await run.workspace.integrate(order)).toEqual(merged)
    expect(await run.workspace.integrate({ ...order, key: 'another' })).toEqual(merged)
    expect(run.branch()).toEqual(['test(color): cover 2 more branches'])
  })

  it('gets none for a test with a type error', async () => {
    const wrong = GOOD_TEST.replace("color('red')", 'color(1 as string)').replace('red', 'more red')
    const rejected = await run.integrate({ 'test/wrong.canopy.test.ts': wrong })
    expect(rejected.kind).toBe('rejected')
    expect(findings(rejected, 'types')).toMatch(/^failed: test\/wrong.canopy.test.ts\(4,.*error TS/)
  })
})

describe('each gate', () => {
  const run = new Run()
  const path = 'test/color.canopy.test.ts'
  beforeAll(() => run.open(NODE_TEST))
  afterAll(() => run.playground.dispose())

  it.each<[string, Files, RegExp]>([
    ['a changed file', { 'test/sign.test.ts': '' }, /sign.test.ts exists and would be changed/],
    ['a new source', { 'src/more.ts': 'export const more = 1\n' }, /src\/more.ts does not match the name of/],
    ['a test of another name', { 'test/color.test.ts': nodeTestOf('') }, /does not match the name of/],
    [
      'a path that leaves its folder',
      { 'test/a/b.canopy.test.ts': nodeTestOf('') },
      /does not match the name of/,
    ],
    ['a huge file', { [path]: `//${'x'.repeat(600_000)}` }, /600002 bytes, more than/],
  ])('of scope refuses %s', async (_what, files, reason) => {
    const rejected = await run.integrate(files)
    expect(rejected.verdicts.map(({ gate }) => gate)).toEqual(['scope', 'approval', 'secrets'])
    expect(findings(rejected, 'scope')).toMatch(reason)
  })

  it('of scope refuses a submission that changes nothing', async () => {
    expect(findings(await run.integrate({}), 'scope')).toBe('failed: nothing is changed')
  })

  it('of tests refuses one that fails', async () => {
    const failing = nodeTestOf(`it('is wrong', () => assert.equal(color('red'), 2))`)
    const rejected = await run.integrate({ [path]: failing })
    expect(findings(rejected, 'tests')).toContain('test/color.canopy.test.ts: is wrong: Expected values')
    expect(findings(rejected, 'coverage')).toMatch(/^could_not_run: /)
    expect(failedGates(rejected)).toEqual(['tests', 'coverage', 'flakiness'])
  })

  it('of tests refuses one that passes because it changes the sources', async () => {
    const cheat = `import { writeFileSync } from 'node:fs'\nwriteFileSync('src/color.ts', 'export const color = () => 1; export const orBlack = color')\n`
    const rejected = await run.integrate({ [path]: `${cheat}${nodeTestOf('')}` })
    expect(findings(rejected, 'tests')).toBe(
      'failed: the tests changed src/color.ts, which the repository tracks',
    )
  })

  it('of tests refuses a file that cannot be loaded', async () => {
    const rejected = await run.integrate({ [path]: `import '../src/nowhere.ts'\n` })
    expect(failedGates(rejected)).toContain('tests')
  })

  it('of coverage refuses one that reaches nothing new', async () => {
    const idle = nodeTestOf(`it('does nothing', () => {})`)
    expect(findings(await run.integrate({ [path]: idle }), 'coverage')).toBe(
      'failed: src/color.ts: 0 branches are reached, 0 were before',
    )
  })

  it.each([
    ['where the clock stands elsewhere', `assert.equal(new Date(0).getTimezoneOffset(), 0)`],
    ['when it runs twice', `assert.equal(Math.random() < 0.02, true)`],
  ])('of flakiness refuses one that fails %s', async (_when, assertion) => {
    // Passes in the whole run, whose time zone is UTC, or is retried there until it does.
    const text = nodeTestOf(
      `it('is brittle', () => { color('red'); if (process.env.TZ !== 'UTC') ${assertion} })`,
    )
    const rejected = await run.integrate({ [path]: text })
    expect(failedGates(rejected)).toEqual(['flakiness'])
    expect(findings(rejected, 'flakiness')).toContain('with TZ=Asia/Tokyo')
  })

  it('lets a good one pass, and then not the same again', async () => {
    const good = nodeTestOf(`it('knows red', () => assert.equal(color('red'), 1))`)
    expect(failedGates(await run.integrate({ [path]: good }))).toEqual([])
    const again = await run.integrate({ 'test/color-2.canopy.test.ts': good })
    expect(findings(again, 'coverage')).toBe('failed: src/color.ts: 1 branches are reached, 1 were before')
  })

  it('does not stand alone: two that write the same file cannot both be merged', async () => {
    const first = await run.submission({
      'test/both.canopy.test.ts': nodeTestOf(`it('a', () => void color('green'))`),
    })
    const second = await run.submission({
      'test/both.canopy.test.ts': nodeTestOf(`it('b', () => void orBlack())`),
    })
    expect(await run.workspace.integrate(first)).toMatchObject({ kind: 'merged' })
    const rejected = await run.workspace.integrate(second)
    expect(findings(rejected, 'merge')).toContain(
      'test/both.canopy.test.ts was changed on the branch meanwhile',
    )
  })

  it('judges on the tip: two that started from the same commit are both merged', async () => {
    const sign = (n: number) =>
      `import { it } from 'node:test'\nimport { sign } from '../src/sign.ts'\nit('runs', () => void sign(${n}))\n`
    const of = { module: 'src/sign.ts' }
    const first = await run.submission({ 'test/sign.canopy.test.ts': sign(-1) }, of)
    const second = await run.submission({ 'test/sign-2.canopy.test.ts': sign(0) }, of)
    expect(await run.workspace.integrate(first)).toMatchObject({ kind: 'merged' })
    expect(await run.workspace.integrate(second)).toMatchObject({ kind: 'merged' })
    expect(run.branch().slice(0, 2)).toEqual([
      'test(sign): cover 1 more branch',
      'test(sign): cover 2 more branches',
    ])
  })

  it('is needed: with none configured nothing is merged', async () => {
    const order = await run.submission({ [path]: nodeTestOf('') })
    const workspace = await run.playground.open(run.repository, { gates: [] })
    await expect(workspace.integrate(order)).rejects.toMatchObject({ code: 'no_gates' })
  })
})

describe('when the sandbox has trouble', () => {
  const real = bubblewrap({ path: findBwrap() })
  let trouble: CommandEnding | undefined
  const run = new Run()
  const sandbox: Sandbox = {
    kind: 'bubblewrap',
    run: (command) => (trouble === undefined ? real.run(command) : Promise.resolve(trouble)),
  }
  beforeAll(() => run.open(NODE_TEST, sandbox))
  afterAll(() => run.playground.dispose())
  const output = { stdout: '', stderr: 'said this' }
  const good = { 'test/color.canopy.test.ts': nodeTestOf(`it('knows red', () => void color('red'))`) }

  it.each<[string, CommandEnding, object]>([
    [
      'killed it',
      { kind: 'signalled', signal: 'SIGKILL', outside: true, ...output },
      { code: 'sandbox_killed', retryable: true },
    ],
    [
      'does not start',
      { kind: 'could_not_start', reason: 'no bwrap' },
      { code: 'sandbox_unusable', retryable: true },
    ],
    ['was told to stop', { kind: 'aborted', ...output }, { name: 'AbortError' }],
  ])('%s: nothing is judged, and it can be tried again', async (_what, ending, error) => {
    const order = await run.submission(good)
    trouble = ending
    await expect(run.workspace.integrate(order)).rejects.toMatchObject(error)
    trouble = undefined
    expect(run.branch()).toEqual([])
  })

  it.each<[string, CommandEnding, RegExp]>([
    ['takes for ever', { kind: 'timed_out', ...output }, /did not end in time. said this/],
    ['takes too much', { kind: 'exceeded', limit: 'memory', ...output }, /took more memory than it may/],
    ['crashes', { kind: 'signalled', signal: 'SIGSEGV', outside: false, ...output }, /crashed with SIGSEGV/],
  ])('because the test %s: that is the test failing', async (_what, ending, reason) => {
    const order = await run.submission(good)
    trouble = ending
    const rejected = await run.workspace.integrate(order)
    trouble = undefined
    expect(findings(rejected, 'tests')).toMatch(reason)
    // The answer stays what it was.
    expect(await run.workspace.integrate(order)).toEqual(rejected)
  })
})

describe('what is handed in', () => {
  const run = new Run()
  beforeAll(() => run.open(NODE_TEST))
  afterAll(() => run.playground.dispose())

  it('is read from the worktree, the same commit each time', async () => {
    const of = { milestone: 'm', task: 'read' }
    const { path } = await run.workspace.prepareWorktree({
      ...of,
      survey: run.survey,
      commit: run.survey.head,
    })
    write(path, { 'test/color.canopy.test.ts': nodeTestOf('') })
    const order = { ...of, files: ['test/color.canopy.test.ts'], cases: 1, message: 'test(color): more' }
    const first = await run.workspace.submit(order)
    expect(await run.workspace.submit(order)).toEqual(first)
    await run.workspace.prepareWorktree({ ...of, survey: run.survey, commit: run.survey.head })
    await expect(run.workspace.submit(order)).rejects.toMatchObject({ code: 'file_refused' })
    write(path, { 'test/color.canopy.test.ts': nodeTestOf('') })
    expect(await run.workspace.submit(order)).toEqual(first)
  })

  it('cannot be a way out of the worktree', async () => {
    const of = { milestone: 'm', task: 'out' }
    const { path } = await run.workspace.prepareWorktree({
      ...of,
      survey: run.survey,
      commit: run.survey.head,
    })
    const outside = join(run.playground.root, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'secret'), 'SECRET')
    symlinkSync(join(outside, 'secret'), join(path, 'test/link.canopy.test.ts'))
    symlinkSync(outside, join(path, 'test/folder'))
    mkdirSync(join(path, 'test/itself'))
    const files = [
      'test/link.canopy.test.ts',
      'test/folder/secret',
      '../../../outside/secret',
      'test/itself',
      'nowhere',
    ]
    for (const file of files) {
      const order = { ...of, files: [file], cases: 1, message: 'test: out' }
      await expect(run.workspace.submit(order)).rejects.toMatchObject({ code: 'file_refused' })
    }
  })

  it.each(['../out.test.ts', '/etc/out', 'a/../b', './c', '.git/config', 'test/.GIT/hooks/x'])(
    'cannot be called %s',
    async (path) => {
      const of = { milestone: 'm', task: 'named' }
      await run.workspace.prepareWorktree({ ...of, survey: run.survey, commit: run.survey.head })
      const order = { ...of, files: [{ path, source: '' }], cases: 1, message: 'test: out' }
      await expect(run.workspace.submit(order)).rejects.toMatchObject({ code: 'file_refused' })
    },
  )

  it('may have any name that is one, and says exactly what was given', async () => {
    const of = { milestone: 'm', task: 'odd' }
    await run.workspace.prepareWorktree({ ...of, survey: run.survey, commit: run.survey.head })
    const path = `test/"quoted" 'and' ü.ts`
    const source = 'data 5\nblob\n\r\n'
    const { commit } = await run.workspace.submit({
      ...of,
      files: [{ path, source }],
      cases: 1,
      message: 'from\n\ndone\n',
    })
    const clone = join(run.playground.root, 'data/repository.git')
    expect(git(clone, 'show', `${commit}:${path}`)).toBe(source)
    expect(git(clone, 'show', '-s', '--format=%B', commit)).toBe('from\n\ndone\n\n')
  })

  it('needs a worktree', async () => {
    const order = { milestone: 'm', task: 'none', files: [], cases: 0, message: 'test: none' }
    await expect(run.workspace.submit(order)).rejects.toMatchObject({ code: 'no_worktree' })
  })
})

describe('a milestone', () => {
  const good = { 'test/color.canopy.test.ts': nodeTestOf(`it('knows red', () => void color('red'))`) }
  const run = new Run()
  beforeAll(() => run.open(NODE_TEST))
  afterAll(() => run.playground.dispose())

  it('grows from the branch of another', async () => {
    expect(await run.integrate(good)).toMatchObject({ kind: 'merged' })
    const { tip } = await run.workspace.milestone({ milestone: 'm' })
    const next = await run.workspace.openMilestone({
      milestone: 'next',
      survey: run.survey,
      from: 'canopy/m',
    })
    expect(next).toMatchObject({ start: tip, branch: 'canopy/next' })
    const order = { milestone: 'lost', survey: run.survey, from: 'canopy/nowhere' }
    await expect(run.workspace.openMilestone(order)).rejects.toMatchObject({ code: 'no_start' })
  })

  it('is told where it is, and that it was not opened', async () => {
    expect(await run.workspace.openMilestone({ milestone: 'm', survey: run.survey })).toEqual(
      await run.workspace.milestone({ milestone: 'm' }),
    )
    await expect(run.workspace.milestone({ milestone: 'none' })).rejects.toMatchObject({
      code: 'no_milestone',
    })
  })

  it('takes another name for its branch when that is somebody else’s', async () => {
    git(run.repository, 'branch', 'canopy/mine', 'main')
    git(run.repository, 'branch', 'canopy/deep/er', 'main')
    const open = (milestone: string) => run.workspace.openMilestone({ milestone, survey: run.survey })
    expect(await open('mine')).toMatchObject({ branch: 'canopy/mine-2' })
    expect(await open('deep')).toMatchObject({ branch: 'canopy/deep-2' })
  })

  it('leaves a branch alone that somebody moved, and one that is checked out', async () => {
    git(run.repository, 'branch', '--force', 'canopy/m', 'main')
    expect(await run.workspace.publish({ milestone: 'm' })).toMatchObject({
      kind: 'published',
      branch: 'canopy/m-2',
    })
    expect(git(run.repository, 'rev-parse', 'canopy/m')).toBe(git(run.repository, 'rev-parse', 'main'))
    git(run.repository, 'checkout', '--quiet', 'canopy/m-2')
    const more = nodeTestOf(`it('knows green', () => void color('green'))`)
    expect(await run.integrate({ 'test/green.canopy.test.ts': more })).toMatchObject({ kind: 'merged' })
    expect(await run.workspace.publish({ milestone: 'm' })).toMatchObject({
      kind: 'held_back',
      reason: expect.stringMatching(/checked out\.[\s\S]*git -C \S+ merge refs\/canopy\/canopy\/m-2\./),
    })
    expect(git(run.repository, 'status', '--porcelain')).toBe('')
    git(run.repository, 'checkout', '--quiet', 'main')
    expect(await run.workspace.publish({ milestone: 'm' })).toMatchObject({ kind: 'published' })
    const { tip } = await run.workspace.milestone({ milestone: 'm' })
    expect(git(run.repository, 'rev-parse', 'canopy/m-2').trim()).toBe(tip)
  })

  it('keeps the name that was told, though the very commits are under another, too', async () => {
    // A run of before on the same commit has made the same.
    git(run.repository, 'branch', '--force', 'canopy/m', 'canopy/m-2')
    expect(await run.workspace.publish({ milestone: 'm' })).toMatchObject({ branch: 'canopy/m-2' })
    git(run.repository, 'branch', '--force', 'canopy/m', 'main')
  })

  it('does without the slash where a branch is called canopy', async () => {
    const other = new Run()
    other.repository = other.playground.repository(NODE_TEST)
    git(other.repository, 'branch', 'canopy')
    const workspace = await other.playground.open(other.repository)
    const survey = await surveyed(workspace)
    expect(await workspace.openMilestone({ milestone: 'm', survey })).toMatchObject({ branch: 'canopy-m' })
    other.playground.dispose()
  })

  it('outlives the history it came from', async () => {
    const { head } = run.survey
    git(run.repository, 'checkout', '--quiet', '--orphan', 'fresh')
    commitAll(run.repository, 'all is new')
    for (const branch of git(run.repository, 'branch', '--format=%(refname:short)').trim().split('\n')) {
      if (branch !== 'fresh') git(run.repository, 'branch', '--quiet', '-D', branch)
    }
    git(run.repository, 'reflog', 'expire', '--expire=now', '--all')
    git(run.repository, 'gc', '--quiet', '--prune=now')
    expect(() => git(run.repository, 'cat-file', '-e', head)).toThrow()
    const more = nodeTestOf(`it('knows black', () => void orBlack())`)
    expect(await run.integrate({ 'test/black.canopy.test.ts': more })).toMatchObject({ kind: 'merged' })
  })
})
