// What comes from outside into the development system: configurations, roadmaps, plans, findings, judgements and names.
// Each wrong value is refused with the place and the reason, and each right one is kept.

import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import {
  agentKinds,
  assignmentSchema,
  branchSchema,
  commandsSchema,
  commitSchema,
  countSchema,
  coverageGoalSchema,
  fillPattern,
  idSchema,
  judgementSchema,
  milestoneSchema,
  modelNameSchema,
  modelSchema,
  outcomeGoalSchema,
  percent,
  policySchema,
  providerNameSchema,
  reviewPolicySchema,
  reviewUnder,
  runInputSchema,
  sarifOf,
  shellWord,
  subjectOf,
  taskKindSchema,
  testFileFor,
  testNameIn,
  ticketOf,
} from '../../machines/index.ts'
import { agentTask, line, milestone, site, task } from './samples.ts'

function takes(schema: z.ZodType, value: unknown): boolean {
  return schema.safeParse(value).success
}

const hash = (length: number) => 'a'.repeat(length)

describe('a name', () => {
  const tables: [string, z.ZodType, unknown[], unknown[]][] = [
    [
      'of a task',
      idSchema,
      ['a', 'A-1', '0', 'r1-src-a-2', 'a'.repeat(120)],
      ['', '-a', 'a.b', 'a/b', 'a b', 'ä', 'a\n', 'a'.repeat(121), '..', null, 7],
    ],
    [
      'of a commit',
      commitSchema,
      [hash(40), hash(64), '0123456789abcdef0123456789abcdef01234567'],
      [
        '',
        'HEAD',
        hash(39),
        hash(41),
        hash(63),
        hash(40).toUpperCase(),
        `${hash(40)}\n`,
        `-${hash(39)}`,
        '--upload-pack=x',
      ],
    ],
    [
      'of a branch',
      branchSchema,
      ['canopy/m1', 'canopy-m1', 'canopy/A-2'],
      [
        'main',
        'canopy',
        'canopy/',
        'canopy/a/b',
        'canopy/a.lock',
        'canopy/..',
        'canopy/a b',
        'x/canopy/a',
        'canopy/a\n',
      ],
    ],
    [
      'of a provider',
      providerNameSchema,
      ['a', 'open-ai', 'x2'],
      ['', 'A', '2x', '-a', 'a_b', 'a/b', 'a'.repeat(32)],
    ],
    [
      'of a model',
      modelNameSchema,
      ['a/b', 'anthropic/claude-sonnet-5-5', 'local/qwen:7b', 'x/org/model'],
      ['', 'a', '/b', 'a/', 'A/b', 'a/b c', 'a /b', '2/b'],
    ],
    [
      'of a kind of task',
      taskKindSchema,
      ['code', 'plan', 'review'],
      ['verify', 'Code', '', 'constructor', null],
    ],
  ]

  it.each(tables)('%s is taken or refused as a whole', (_, schema, right, wrong) => {
    for (const each of right) expect(takes(schema, each), JSON.stringify(each)).toBe(true)
    for (const each of wrong) expect(takes(schema, each), JSON.stringify(each)).toBe(false)
  })
})

describe('a milestone of a roadmap', () => {
  const right = { id: 'm1', name: 'Cover', goal: { branchCoverage: 80 } }

  it('has the middle priority and no needs when it says nothing of them', () => {
    expect(milestoneSchema.parse(right)).toEqual({ ...right, priority: 5, needs: [] })
  })

  it.each([
    [{ id: 'M1' }, 'id'],
    [{ id: 'a.b' }, 'id'],
    [{ id: 'a'.repeat(42) }, 'id'],
    [{ id: undefined }, 'id'],
    [{ name: '' }, 'name'],
    [{ goal: {} }, 'goal'],
    [{ goal: { branchCoverage: 101 } }, 'goal'],
    [{ goal: { branchCoverage: -1 } }, 'goal'],
    [{ goal: { branchCoverage: '80' } }, 'goal'],
    [{ goal: { outcome: '' } }, 'goal'],
    [{ goal: { outcome: 'x', accept: [''] } }, 'goal'],
    [{ goal: { outcome: 'x', accept: [{ run: 'x' }] } }, 'goal'],
    [{ goal: { outcome: 'x', accept: [{ run: 'x', files: '', more: 1 }] } }, 'goal'],
    [{ priority: 0 }, 'priority'],
    [{ priority: 10 }, 'priority'],
    [{ priority: 1.5 }, 'priority'],
    [{ deadline: 'tomorrow' }, 'deadline'],
    [{ deadline: '2026-02-30' }, 'deadline'],
    [{ needs: 'm0' }, 'needs'],
    [{ needs: [1] }, 'needs'],
  ])('with %j is refused at %s', (change, place) => {
    const { error } = milestoneSchema.safeParse({ ...right, ...change })
    expect(error?.issues[0]?.path[0]).toBe(place)
  })

  it.each([
    [{ outcome: 'it prints the time' }, []],
    [{ outcome: 'x', accept: ['node a.ts'] }, ['node a.ts']],
    [
      { outcome: 'x', accept: [{ run: 'node --test', files: '/checks' }] },
      [{ run: 'node --test', files: '/checks' }],
    ],
  ])('with the goal %j is checked by %j', (goal, accept) => {
    expect(outcomeGoalSchema.parse(goal).accept).toEqual(accept)
  })

  it.each([0, 100, 79.5])('may want %i percent of the branches', (branchCoverage) => {
    expect(takes(coverageGoalSchema, { branchCoverage })).toBe(true)
  })
})

describe('the input of a run', () => {
  const right = { repository: '/r', roadmap: [milestone('m1', 80)], workers: 2, policy: {} }

  it('has the defaults of its policy, its budget and its address', () => {
    expect(runInputSchema.parse(right)).toMatchObject({
      address: 'system',
      models: null,
      budget: { alerts: [50, 80, 100] },
      policy: {
        attempts: 3,
        escalation: ['model', 'kind'],
        rounds: 5,
        tries: 2,
        plans: 2,
        minGap: 1,
        inFlight: 8,
      },
    })
  })

  it.each([
    [{ repository: '' }],
    [{ roadmap: [] }],
    [{ roadmap: {} }],
    [{ workers: 0 }],
    [{ workers: 1.5 }],
    [{ workers: undefined }],
    [{ policy: undefined }],
    [{ policy: { attempts: 0 } }],
    [{ policy: { escalation: ['person'] } }],
    [{ policy: { inFlight: -1 } }],
    [{ policy: { review: { repairs: 6, from: 'error', required: true } } }],
    [{ budget: { run: { usd: -5 } } }],
    [{ models: {} }],
    [{ address: '' }],
  ])('with %j is refused', (change) => {
    expect(takes(runInputSchema, { ...right, ...change })).toBe(false)
  })
})

describe('the review of a policy', () => {
  it.each([
    [{}, { repairs: 1, from: 'error', required: false }],
    [{ policy: 'balanced' }, { repairs: 1, from: 'error', required: false }],
    [{ policy: 'no_compromise' }, { repairs: 2, from: 'warning', required: true }],
    [{ policy: 'fast_iteration' }, null],
    [{ policy: 'no_compromise', review: false }, null],
    [
      { policy: 'fast_iteration', review: {} },
      { repairs: 1, from: 'error', required: false },
    ],
    [
      { policy: 'fast_iteration', review: { repairs: 0 } },
      { repairs: 0, from: 'error', required: false },
    ],
    [
      { policy: 'no_compromise', review: { from: 'note' } },
      { repairs: 2, from: 'note', required: true },
    ],
  ] as const)('under %j is %j', (given, expected) => {
    expect(reviewUnder(given)).toEqual(expected)
  })

  it.each([[{ repairs: -1 }], [{ repairs: 6 }], [{ from: 'all' }], [{ required: 'yes' }], [{ rounds: 1 }]])(
    'with %j is refused',
    (change) => {
      expect(takes(reviewPolicySchema, { repairs: 1, from: 'error', required: true, ...change })).toBe(false)
      expect(() => reviewUnder({ review: change as never })).toThrow(/./)
    },
  )
})

describe('the commands of a repository', () => {
  it('may be one line for the tests', () => {
    expect(commandsSchema.parse({ tests: 'make test' })).toEqual({ tests: { run: 'make test' } })
  })

  it.each([
    [
      {
        tests: {
          run: 'make test',
          some: 'pytest {files}',
          coverage: 'lcov.info',
          pattern: 'tests/test_{name}.py',
        },
      },
    ],
    [{ types: 'mypy .', lint: 'ruff check' }],
    [{ bring: ['gen/', 'a/**/*.json', '.env.test', 'app/[slug]/(group)/x.js'] }],
    [{}],
  ])('may be %j', (given) => {
    expect(commandsSchema.parse(given)).toEqual(given)
  })

  it.each([
    [{ tests: '' }],
    [{ tests: { run: '' } }],
    [{ tests: { some: 'x {files}' } }],
    [{ tests: { run: 'x', some: 'pytest' } }],
    [{ tests: { run: 'x', pattern: 'tests/test.py' } }],
    [{ tests: { run: 'x', pattern: '../{name}.py' } }],
    [{ tests: { run: 'x', coverage: '/etc/passwd' } }],
    [{ tests: { run: 'x', timeout: 5 } }],
    [{ test: 'x' }],
    [{ lint: '' }],
    [{ bring: [] }],
    [{ bring: ['/etc/passwd'] }],
    [{ bring: ['../x.js'] }],
    [{ bring: ['gen/../../x'] }],
    [{ bring: ['.git/config'] }],
    [[]],
  ])('may not be %j', (given) => {
    expect(takes(commandsSchema, given)).toBe(false)
  })
})

describe('an assignment', () => {
  const right = { task: task('a'), attempt: 1, failures: [], site, line, replyTo: 't.a', priority: 1 }

  it('is named by its task and its attempt', () => {
    expect(assignmentSchema.parse(right)).toEqual(right)
    expect(ticketOf(right)).toBe('t.a#1')
    const names = [1, 2].flatMap((attempt) => ['t.a', 't.b'].map((replyTo) => ticketOf({ replyTo, attempt })))
    expect(new Set(names).size).toBe(4)
  })

  it.each([
    [{ attempt: 0 }],
    [{ attempt: 1.5 }],
    [{ replyTo: '' }],
    [{ failures: 'red' }],
    [{ priority: '1' }],
    [{ line: { milestone: 'M', branch: 'b', base: 'c' } }],
    [{ task: { id: 'a' } }],
    [{ task: { ...agentTask('a'), kind: 'verify' } }],
    [{ task: { ...agentTask('a'), title: 'x'.repeat(201) } }],
    [{ task: { ...task('a'), gap: -1 } }],
    [{ assignee: { kind: 'code', role: 'coding', model: 'no model' } }],
    [{ site: { ...site, runner: 'karma' } }],
  ])('with %j is refused', (change) => {
    expect(takes(assignmentSchema, { ...right, ...change })).toBe(false)
  })
})

describe('a judgement of a batch', () => {
  const nothing = { returned: [], merged: [], measurement: null, failed: null }
  const verdicts = [{ gate: 'tests', kind: 'failed', findings: ['red'] }]
  const count = { covered: 1, total: 2 }
  const change = { branches: count, statements: count, modules: [] }

  it.each([
    [{ returned: [{ at: 0, verdicts }] }],
    [{ merged: [{ at: 0, commit: 'c', change, verdicts: [] }] }],
    [{ failed: { verdicts, doubtful: [] } }],
    [{ failed: { verdicts, doubtful: ['a test'] }, ms: 5 }],
  ])('may be %j', (given) => {
    expect(takes(judgementSchema, { ...nothing, ...given })).toBe(true)
  })

  it.each([
    [{}],
    [{ returned: [{ at: -1, verdicts }] }],
    [{ returned: [{ at: 0.5, verdicts }] }],
    [{ merged: [{ at: 0, commit: 'c', change }] }],
    [{ failed: { verdicts } }],
    [{ failed: { verdicts: [{ ...verdicts[0], kind: 'maybe' }], doubtful: [] } }],
    [{ failed: { verdicts, doubtful: [] }, ms: -1 }],
  ])('may not be %j', (given) => {
    expect(takes(judgementSchema, { ...nothing, ...given })).toBe(false)
  })

  it.each([
    [
      {
        returned: [
          { at: 0, verdicts },
          { at: 0, verdicts },
        ],
      },
    ],
    [{ returned: [{ at: 1, verdicts }], merged: [{ at: 1, commit: 'c', change, verdicts: [] }] }],
  ])('may not answer one submission twice: %j', (given) => {
    expect(judgementSchema.safeParse({ ...nothing, ...given }).error?.issues[0]?.message).toBe(
      'a submission was judged twice',
    )
  })
})

describe('a count of coverage', () => {
  it.each([
    [0, 0, 100],
    [0, 4, 0],
    [1, 4, 25],
    [4, 4, 100],
  ])('of %i of %i is %d percent', (covered, total, expected) => {
    expect(percent({ covered, total })).toBe(expected)
  })

  it.each([[{ covered: -1, total: 2 }], [{ covered: 0.5, total: 2 }], [{ covered: 1 }], [null]])(
    'may not be %j',
    (given) => {
      expect(takes(countSchema, given)).toBe(false)
    },
  )

  it('is shown under its module or its title', () => {
    expect([subjectOf({ module: 'a.ts', title: 't' }), subjectOf({ title: 't' }), subjectOf({})]).toEqual([
      'a.ts',
      't',
      '',
    ])
  })
})

describe('the settings of a model', () => {
  const price = { input: 1, output: 2, cacheRead: 0, cacheWrite: 1, asOf: '2026-11-22' }
  const right = { name: 'a/b', price, window: 1_000, maxOutput: 100 }

  it.each([
    [{ name: 'b' }],
    [{ window: 0 }],
    [{ maxOutput: -1 }],
    [{ price: { ...price, input: -1 } }],
    [{ price: { ...price, asOf: 'yesterday' } }],
    [{ price: { input: 1 } }],
  ])('with %j are refused', (change) => {
    expect(takes(modelSchema, right)).toBe(true)
    expect(takes(modelSchema, { ...right, ...change })).toBe(false)
  })
})

describe('the answer of an agent', () => {
  const wrong = [
    undefined,
    null,
    7,
    'done',
    [],
    {},
    { outcome: 'maybe', summary: 's' },
    { outcome: 'done' },
    { outcome: 'done', summary: '' },
  ]

  it.each(Object.entries(agentKinds))('of the kind %s is refused with reasons when it is none', (_, kind) => {
    for (const given of wrong) {
      const judged = kind.judge(given, true)
      expect(judged.kind, JSON.stringify(given)).toBe('refused')
      if (judged.kind === 'refused') expect(judged.reasons.join()).toMatch(/./)
    }
  })

  it.each(Object.entries(agentKinds))(
    'of the kind %s is judged without a throw, whatever it is',
    (_, kind) => {
      const fields = fc.record(
        {
          outcome: fc.constantFrom('done', 'cannot', 'nothing_to_do'),
          summary: fc.string(),
          test: fc.anything(),
          tasks: fc.anything(),
          findings: fc.anything(),
          verdict: fc.anything(),
        },
        { requiredKeys: [] },
      )
      fc.assert(
        fc.property(fc.oneof(fc.anything(), fields), fc.boolean(), (given, changed) => {
          expect(['accepted', 'refused', 'cannot']).toContain(kind.judge(given, changed).kind)
        }),
        { numRuns: 100 },
      )
    },
  )

  const writing = Object.entries(agentKinds).filter(([, { writes }]) => writes !== 'nothing')
  it.each(writing)('of the kind %s must agree with the worktree', (_, kind) => {
    const answer = (outcome: string) => ({ outcome, summary: 's', test: 'a.test.ts > works', steps: [] })
    expect(kind.judge(answer('done'), true).kind).toBe('accepted')
    expect(kind.judge(answer('done'), false)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringMatching(/nothing in the worktree is changed/)],
    })
    expect(kind.judge(answer('nothing_to_do'), false).kind).toBe('accepted')
    expect(kind.judge(answer('nothing_to_do'), true)).toMatchObject({ kind: 'refused' })
    expect(kind.judge(answer('cannot'), true)).toEqual({ kind: 'cannot', reason: 's' })
  })

  it('that plans may not need what is not there', () => {
    const planned = (needs: string[]) => ({
      tasks: [{ id: 'a', kind: 'code', title: 't', instructions: 'i', needs }],
    })
    expect(agentKinds.plan.judge(planned([]), false).kind).toBe('accepted')
    expect(agentKinds.plan.judge(planned(['b']), false)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringMatching(/task "a" needs "b", which is not there/)],
    })
    expect(agentKinds.plan.judge(planned(['a']), false)).toMatchObject({ kind: 'refused' })
  })

  it('that debugs must name the test that failed before', () => {
    expect(agentKinds.debug.judge({ outcome: 'done', summary: 's' }, true)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringMatching(/name the test that failed before/)],
    })
  })
})

describe('a word for a shell', () => {
  it('is read back by a shell as it was, whatever is in it', () => {
    const character = fc.constantFrom(
      'a',
      ' ',
      "'",
      '"',
      '\\',
      '$',
      '`',
      '!',
      '*',
      ';',
      '&',
      '\n',
      '-',
      '~',
      'ü',
      '#',
      '(',
    )
    const words = fc.sample(fc.string({ unit: character, minLength: 0, maxLength: 12 }), 150)
    const all = [...words, '', '-n', '--help', '$(id)', '`id`', "it's", 'a b', '~', '*']
    const script = `printf '%s\\0' ${all.map(shellWord).join(' ')}`
    const printed = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })
    expect(printed.split('\0').slice(0, -1)).toEqual(all)
  })

  it('stays as it is when a shell needs no quotes', () => {
    for (const plain of ['a', 'src/a-b.ts', 'KEY=1', 'a@b:1,2%+.']) expect(shellWord(plain)).toBe(plain)
  })
})

describe('the name of a test file', () => {
  const pattern = 'test/{name}.canopy.test.ts'

  it.each([
    ['src/date/parse.ts', 1, 'test/date-parse.canopy.test.ts'],
    ['src/date/parse.ts', 2, 'test/date-parse-2.canopy.test.ts'],
    ['lib/a.mjs', 1, 'test/a.canopy.test.ts'],
    ['a.tsx', 1, 'test/a.canopy.test.ts'],
    ['src/$&.ts', 1, /^test\/module-[0-9a-z]+\.canopy\.test\.ts$/],
    ['routes/[slug].js', 1, /^test\/routes-slug-[0-9a-z]+\.canopy\.test\.ts$/],
  ])('of %s in round %i is %s', (module, round, expected) => {
    expect(testFileFor(pattern, module, round)).toMatch(expected)
  })

  it('is found in each file that was named by the pattern, and in no other', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/)
    fc.assert(
      fc.property(name, (its) => {
        expect(testNameIn(pattern, fillPattern(pattern, its))).toBe(its)
      }),
    )
    for (const other of [
      'test/.canopy.test.ts',
      'src/a.canopy.test.ts',
      'test/a.test.ts',
      'test/a/b.canopy.test.ts',
      '',
    ])
      expect(testNameIn(pattern, other), other).toBeUndefined()
  })
})

describe('findings for other tools', () => {
  const finding = {
    aspect: 'security',
    severity: 'error',
    file: 'src/a b/ü#?.ts',
    line: 3,
    title: 'It leaks.',
    detail: 'With every call.',
  } as const

  it('are one SARIF log with a rule for each aspect, and places that are URLs', () => {
    const log = sarifOf(
      [finding, { ...finding, aspect: 'performance', severity: 'note', suggestion: 'Close it.' }],
      '1.2.3',
    ) as {
      runs: { tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }[]
    }
    const [run] = log.runs
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual([
      'architecture',
      'security',
      'performance',
      'maintainability',
    ])
    expect(run?.results).toMatchObject([
      {
        ruleId: 'security',
        ruleIndex: 1,
        level: 'error',
        message: { text: 'It leaks.\n\nWith every call.' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'src/a%20b/%C3%BC%23%3F.ts' },
              region: { startLine: 3 },
            },
          },
        ],
      },
      {
        ruleId: 'performance',
        ruleIndex: 2,
        level: 'note',
        message: { text: expect.stringMatching(/Close it\.$/) },
      },
    ])
  })

  it('may be none', () => {
    expect(sarifOf([], '0')).toMatchObject({ version: '2.1.0', runs: [{ results: [] }] })
  })
})

describe('a policy', () => {
  it.each([
    [{ attempts: 0 }],
    [{ rounds: -1 }],
    [{ tries: 0 }],
    [{ plans: 0 }],
    [{ minGap: 0 }],
    [{ tasksPerRound: 0.5 }],
  ])('with %j is refused', (given) => {
    expect(takes(policySchema, given)).toBe(false)
  })
})
