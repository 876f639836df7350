// What the machines' invocations do, against a workspace in memory: what is asked of it, and what becomes of its answers.

import { describe, expect, it } from 'vitest'
import { noAgents } from '../../../app/run/agents.ts'
import { createImplementations } from '../../../app/run/implementations.ts'
import { type Milestone, milestoneSchema, type Submission, type Survey } from '../../../machines/index.ts'
import { WorkspaceError } from '../../../workspace/index.ts'
import { agentTask, measurement, survey, task } from '../../machines/samples.ts'

type Options = Parameters<typeof createImplementations>[0]
type Call = readonly [name: string, order: Record<string, unknown>]

const site: Survey = survey({ 'src/a.ts': 3 })
const line = { milestone: 'm', branch: 'canopy/m', base: 'c0' }
const submission: Submission = { commit: 'c1', files: ['a.ts'], cases: 2 }
const never = new AbortController().signal

/** A workspace that says what it was asked; each method may be replaced. */
function workspace(other: Record<string, (order: never) => unknown> = {}) {
  const calls: Call[] = []
  const answers: Record<string, (order: never) => unknown> = {
    survey: () => ({ kind: 'surveyed', survey: site }),
    openMilestone: () => ({ branch: 'canopy/m', start: 'c0' }),
    milestone: () => ({ milestone: 'm', start: 'c0', branch: 'canopy/m', tip: 'tip1' }),
    measure: () => measurement({ 'src/a.ts': 5 }),
    accept: () => [],
    roundStart: () => 'round1',
    prepareWorktree: () => ({ path: '/worktree' }),
    submit: () => submission,
    collect: () => submission,
    releaseWorktree: () => undefined,
    publish: () => ({ kind: 'published', branch: 'canopy/m', commit: 'c9' }),
    cleanUp: () => undefined,
    ...other,
  }
  const made = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      async (order: Record<string, unknown>) => {
        calls.push([name, order])
        return answer(order as never)
      },
    ]),
  )
  return { calls, made: made as unknown as Options['workspace'] }
}

function work(other: Record<string, (order: never) => unknown> = {}, more: Partial<Options> = {}) {
  const { calls, made } = workspace(other)
  const all = createImplementations({ workspace: made, seed: 7, allowDirty: false, ...more })
  const invoke = (name: keyof typeof all, input: object): Promise<unknown> =>
    (all[name] as (call: unknown) => Promise<unknown>)({
      input,
      key: 'k',
      attempt: 1,
      address: 'system.supervisor',
      signal: never,
    })
  return { calls, invoke }
}
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)
const goal = (of: object): Milestone => milestoneSchema.parse({ id: 'm', name: 'M', goal: of })
const attempt = { site, line, attempt: 2, worktree: '/worktree' }

describe('a survey', () => {
  it('is the answer of the workspace, with the time that it took', async () => {
    const { invoke, calls } = work({}, { allowDirty: true })
    expect(await invoke('survey', { repository: '/r' })).toEqual({
      kind: 'surveyed',
      survey: site,
      ms: expect.any(Number),
    })
    expect(calls).toEqual([['survey', { allowDirty: true, signal: never }]])
  })

  it('that is refused is refused with the words of the workspace', async () => {
    const { invoke } = work({ survey: () => ({ kind: 'refused', message: 'no tests' }) })
    expect(await invoke('survey', {})).toMatchObject({ kind: 'refused', reason: 'no tests' })
  })

  it.each([
    [[{ branchCoverage: 90 }], 'refused'],
    [[{ outcome: 'x', accept: [] }], 'surveyed'],
    [[{ outcome: 'x', accept: [] }, { branchCoverage: 90 }], 'refused'],
    [[], 'surveyed'],
  ])('of a repository that runs no new test files, for the goals %j, is %s', async (goals, kind) => {
    const milestones = goals.map(goal)
    const { invoke } = work(
      { survey: () => ({ kind: 'surveyed', survey: { ...site, runsNewTestFiles: false } }) },
      { milestones },
    )
    expect(await invoke('survey', {})).toMatchObject({ kind })
  })

  it('of another form never reaches a machine', async () => {
    const { invoke } = work({ survey: () => ({ kind: 'surveyed', survey: { head: 5 } }) })
    expect(await failure(invoke('survey', {}))).toMatchObject({ name: 'ZodError' })
  })
})

describe('work on a milestone', () => {
  it('opens its branch from where it is told', async () => {
    const { invoke, calls } = work()
    expect(
      await invoke('open', { site, milestone: goal({ branchCoverage: 1 }), from: 'canopy/before' }),
    ).toEqual({
      branch: 'canopy/m',
      base: 'c0',
    })
    expect(calls).toEqual([['openMilestone', { milestone: 'm', survey: site, from: 'canopy/before' }]])
  })

  it('measures its tip, and counts the time', async () => {
    const { invoke, calls } = work()
    expect(await invoke('measure', { site, line })).toMatchObject({ ms: expect.any(Number) })
    expect(calls.at(-1)).toEqual(['measure', { survey: site, commit: 'tip1', signal: never }])
  })

  it('accepts it with its commands; what fails is a finding', async () => {
    const { invoke, calls } = work({ accept: () => ['node x failed'] })
    const commands = ['node x']
    expect(await invoke('accept', { site, line, commands })).toMatchObject({ findings: ['node x failed'] })
    expect(calls.at(-1)).toEqual(['accept', { survey: site, milestone: 'm', commands, signal: never }])
  })
})

describe('the end of a run', () => {
  const close = (results: readonly object[], cleanUp: () => unknown = () => undefined) => {
    const left = [...results]
    const { invoke } = work({ publish: () => left.shift(), cleanUp })
    const lines = results.map((_, at) => ({ ...line, milestone: `m${at}` }))
    return invoke('close', { site, lines })
  }

  it('delivers each branch, and leaves out those with nothing on them', async () => {
    expect(
      await close([
        { kind: 'published', branch: 'b0', commit: 'c0' },
        { kind: 'nothing_yet' },
        { kind: 'held_back', branch: 'b2', commit: 'c2', ref: 'refs/canopy/b2', reason: 'it is checked out' },
        { kind: 'held_back', branch: 'b3', commit: 'c3', reason: 'no space' },
      ]),
    ).toEqual({
      deliveries: [
        { milestone: 'm0', branch: 'b0', commit: 'c0' },
        {
          milestone: 'm2',
          branch: 'b2',
          commit: 'c2',
          heldBack: { ref: 'refs/canopy/b2', reason: 'it is checked out' },
        },
        { milestone: 'm3', branch: 'b3', commit: 'c3', heldBack: { reason: 'no space' } },
      ],
    })
  })

  it('delivers also when something cannot be removed, and says what', async () => {
    const answer = await close([{ kind: 'published', branch: 'b', commit: 'c' }], () => {
      throw new Error('a worktree is busy')
    })
    expect(answer).toEqual({
      deliveries: [{ milestone: 'm0', branch: 'b', commit: 'c' }],
      untidy: 'a worktree is busy',
    })
  })

  it('fails when a branch cannot be delivered at all: it is tried again', async () => {
    const { invoke } = work({
      publish: () => {
        throw new Error('the repository is gone')
      },
    })
    expect(await failure(invoke('close', { site, lines: [line] }))).toMatchObject({
      message: 'the repository is gone',
    })
  })
})

describe('an attempt', () => {
  it('of a coverage task begins where its round began', async () => {
    const { invoke, calls } = work()
    expect(await invoke('prepare', { ...attempt, task: task('src/a.ts', { round: 3 }) })).toEqual({
      worktree: '/worktree',
      commit: 'round1',
    })
    expect(calls.map(([name]) => name)).toEqual(['roundStart', 'prepareWorktree'])
    expect(calls[0]?.[1]).toEqual({ milestone: 'm', round: 3 })
  })

  it("of an agent's task begins at the tip, on which others may have been merged, with its earlier work", async () => {
    const { invoke, calls } = work()
    expect(await invoke('prepare', { ...attempt, task: agentTask('a'), carry: 'c5' })).toEqual({
      worktree: '/worktree',
      commit: 'tip1',
    })
    expect(calls.at(-1)?.[1]).toMatchObject({ task: 'a', commit: 'tip1', carry: 'c5', survey: site })
  })

  it('hands files in with a message that counts them', async () => {
    const { invoke, calls } = work()
    const files = [{ path: 'test/a.test.ts', source: 'x' }]
    for (const cases of [1, 2, 0])
      await invoke('submit', { ...attempt, task: task('a', { module: 'src/a.ts' }), files, cases })
    expect(calls.map(([, { message }]) => message)).toEqual([
      expect.stringMatching(/: 1 characterization test$/),
      expect.stringMatching(/: 2 characterization tests$/),
      expect.stringMatching(/: 0 characterization tests$/),
    ])
  })

  it('collects what an agent made', async () => {
    const { invoke, calls } = work()
    expect(await invoke('collect', { ...attempt, task: agentTask('a') })).toEqual({
      kind: 'collected',
      submission,
    })
    expect(calls[0]?.[1]).toMatchObject({ message: `${agentTask('a').title}\n` })
  })

  it.each([
    ['nothing_changed', true],
    ['file_refused', true],
    ['disk_full', false],
    ['no_gates', false],
  ])('that cannot be collected because of %s is told to its worker: %s', async (code, isTold) => {
    const { invoke } = work({
      collect: () => {
        throw new WorkspaceError(code, `because of ${code}`)
      },
    })
    const collected = await failure(invoke('collect', { ...attempt, task: agentTask('a') }))
    if (isTold) expect(collected).toEqual({ kind: 'refused', reasons: [`because of ${code}`] })
    else expect(collected).toBeInstanceOf(WorkspaceError)
  })

  it('is released by its names alone', async () => {
    const { invoke, calls } = work()
    expect(await invoke('release', { ...attempt, task: agentTask('a'), worktree: null })).toBeNull()
    expect(calls).toEqual([['releaseWorktree', { milestone: 'm', task: 'a' }]])
  })

  it('of an agent is written by no builtin writer', async () => {
    const { invoke } = work()
    expect(await invoke('write', { ...attempt, task: agentTask('a'), failures: [] })).toEqual({
      kind: 'failed',
      reason: `'${agentTask('a').title}' needs a model`,
    })
  })

  it.each(['pytest', 'bun', 'command'])(
    'with tests of %s needs a model, and says for which it does not',
    async (runner) => {
      const { invoke, calls } = work()
      const written = await invoke('write', {
        ...attempt,
        site: { ...site, runner },
        task: task('a', { module: 'src/a.ts' }),
        failures: [],
      })
      expect(written).toMatchObject({
        kind: 'failed',
        reason: expect.stringMatching(
          new RegExp(`^tests for ${runner} need a model.*vitest, jest, node --test, mocha, .*tape`),
        ),
      })
      expect(calls).toEqual([])
    },
  )
})

describe('a batch that is judged', () => {
  const stack = ['a', 'b', 'c'].map((id) => ({
    task: agentTask(id),
    attempt: 1,
    submission: { ...submission, commit: `of-${id}`, bundle: `node-x/work/${id}` },
  }))
  const change = { branches: { covered: 1, total: 2 }, statements: { covered: 1, total: 2 }, modules: [] }
  const judgement = {
    returned: [{ at: 1, verdicts: [] }],
    merged: [{ at: 0, commit: 'm1', change, verdicts: [] }],
    measurement: measurement({ 'src/a.ts': 5 }),
    failed: null,
  }
  function stage(judged: unknown = judgement, fails?: string) {
    const told: string[] = []
    const mergeQueue = {
      async judgeBatch({ key }: { key: string }) {
        told.push(`judge ${key}`)
        return judged
      },
    }
    const post = {
      async fetchWork({ milestone, task: of }: { milestone: string; task: string }) {
        told.push(`fetch ${milestone}/${of}`)
        if (of === fails) throw new Error('it is not there')
      },
      dropWork: async ({ commit }: Submission) => void told.push(`drop ${commit}`),
    }
    const { invoke } = work({}, { mergeQueue: mergeQueue as never, post })
    return { told, judge: () => invoke('integrate', { site, line, stack }) }
  }

  it('is fetched first, and what was answered is dropped where it came from', async () => {
    const { told, judge } = stage()
    expect(await judge()).toMatchObject({
      merged: [{ at: 0 }],
      returned: [{ at: 1 }],
      ms: expect.any(Number),
    })
    // The third was not answered: it is judged again, and has to be there.
    expect(told).toEqual(['fetch m/a', 'fetch m/b', 'fetch m/c', 'judge k', 'drop of-a', 'drop of-b'])
  })

  it('is not judged when a part of it cannot be fetched', async () => {
    const { told, judge } = stage(judgement, 'b')
    expect(await failure(judge())).toMatchObject({ message: 'it is not there' })
    expect(told).toEqual(['fetch m/a', 'fetch m/b'])
  })

  it('with a judgement of another form never reaches a machine', async () => {
    const { judge } = stage({ ...judgement, merged: [{ at: -1 }] })
    expect(await failure(judge())).toMatchObject({ name: 'ZodError' })
  })

  it('is judged at home alone', async () => {
    const { invoke } = work()
    expect(await failure(invoke('integrate', { site, line, stack }))).toMatchObject({
      message: expect.stringContaining('only the home node merges'),
    })
  })
})

it.each(['begin', 'think', 'act', 'compact'] as const)(
  'without models no agent does anything: %s',
  async (name) => {
    expect(await failure(noAgents[name]({} as never))).toMatchObject({
      message: 'this run has no models, and so no agents',
    })
  },
)
