import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Configuration,
  configurationOf,
  parseConfigurationFile,
} from '../../../app/configuration/schema.ts'
import { readRepositoryFile } from '../../../app/configuration/source.ts'
import { UserError } from '../../../app/errors.ts'
import { scratch } from '../../cli/scratch.ts'

const whole = `milestones:
  - id: parsers
    name: The parsers are tested
    goal: { branch-coverage: 90 }
    priority: 1
    deadline: 2027-03-31
  - id: all
    name: All of it
    goal:
      branch-coverage: 80.5
    needs: [parsers]
workers: 3
`

function parse(text: string): Configuration {
  return configurationOf(parseConfigurationFile(text, 'canopy.yaml').value)
}

/** What is said of a file that is refused, line by line. */
function refusal(text: string): string[] {
  try {
    parse(text)
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).wayOut).toContain('branch-coverage')
    return (error as UserError).message.split('\n')
  }
  throw new Error('it was not refused')
}

describe('a configuration file', () => {
  it('is read with its defaults', () => {
    expect(parse(whole)).toEqual({
      milestones: [
        {
          id: 'parsers',
          name: 'The parsers are tested',
          goal: { branchCoverage: 90 },
          priority: 1,
          deadline: '2027-03-31',
          needs: [],
        },
        { id: 'all', name: 'All of it', goal: { branchCoverage: 80.5 }, priority: 5, needs: ['parsers'] },
      ].map((milestone) => expect.objectContaining(milestone)),
      workers: 3,
    })
  })

  it('says beside it how strict the gates are and how the repository is checked', () => {
    const text = `gates: { policy: no_compromise, mutation: { survivors: 0.1 }, lint: false }
commands: { tests: { run: make test, coverage: lcov.info }, lint: ruff check }`
    expect(parse(text)).toEqual({
      gates: { policy: 'no_compromise', mutation: { survivors: 0.1 }, lint: false },
      commands: { tests: { run: 'make test', coverage: 'lcov.info' }, lint: 'ruff check' },
    })
    expect(parse('gates: { review: { repairs: 3, from: note } }')).toEqual({
      gates: { policy: 'balanced', review: { repairs: 3, from: 'note' } },
    })
    expect(refusal('gates: { review: { rounds: 2 } }')).toEqual([
      'canopy.yaml:1:20: gates.review.rounds is not known here; expected one of from, repairs, required',
    ])
    expect(refusal('gates: { review: { repairs: 9 } }')).toEqual([
      'canopy.yaml:1:29: gates.review.repairs is 9; expected at most 5',
    ])
    expect(refusal('gates: { policy: strict, tests: false, size: 3 }\ncommands: { tests: [make] }')).toEqual([
      'canopy.yaml:1:18: gates.policy is "strict"; expected no_compromise, balanced or fast_iteration',
      'canopy.yaml:1:46: gates.size is 3; expected false, or { files: 40, lines: 1500 }',
      expect.stringMatching(/^canopy.yaml:1:26: gates.tests is not known here; expected one of advisories, /),
      expect.stringMatching(/^canopy.yaml:2:20: commands.tests is \["make"\]; expected a command, or \{ run/),
    ])
  })

  it('may be told in words, with commands that accept it', () => {
    const text = `milestones:
  - { id: a, name: A, goal: { outcome: It prints the time., accept: [node time.ts] } }
  - { id: b, name: B, goal: { outcome: It is quick. } }`
    const goals = parse(text).milestones?.map(({ goal }) => goal)
    expect(goals).toEqual([
      { outcome: 'It prints the time.', accept: ['node time.ts'] },
      { outcome: 'It is quick.', accept: [] },
    ])
  })

  it.each([
    ['{}', 'milestones[0].goal has neither; expected one of branch-coverage, outcome'],
    [
      '{ outcome: x, branch-coverage: 90 }',
      'milestones[0].goal has both; expected one of branch-coverage, outcome',
    ],
    [
      '{ branch-coverage: 90, accept: [x] }',
      'milestones[0].goal.accept goes with outcome; expected branch-coverage alone',
    ],
  ])('has one goal: %s is refused', (goal, sentence) => {
    expect(refusal(`milestones: [{ id: a, name: A, goal: ${goal} }]`).join()).toContain(sentence)
  })

  it('is nothing when there is no such file', async () => {
    expect(await readRepositoryFile(scratch())).toBeUndefined()
  })

  it('that is a folder is refused with its path', async () => {
    const root = scratch()
    mkdirSync(join(root, 'canopy.yaml'))
    await expect(readRepositoryFile(root)).rejects.toThrow(
      /canopy.yaml cannot be read: canopy.yaml is a folder/,
    )
  })

  it('of a repository is refused with the path of the file', async () => {
    const root = scratch()
    const file = join(root, 'canopy.yaml')
    writeFileSync(file, 'workers: none\n')
    await expect(readRepositoryFile(root)).rejects.toThrow(
      `${file}:1:10: workers is "none"; expected a number`,
    )
  })
})

describe('a mistake is told with its place, field, value and what is expected', () => {
  const one = (change: (text: string) => string): string[] => refusal(change(whole))
  const cases: [what: string, change: (text: string) => string, sentence: string][] = [
    [
      'a goal too high',
      (text) => text.replace(': 90 }', ': 120 }'),
      'canopy.yaml:4:30: milestones[0].goal.branch-coverage is 120; expected at most 100',
    ],
    [
      'a goal in words',
      (text) => text.replace('80.5', 'high'),
      'canopy.yaml:10:24: milestones[1].goal.branch-coverage is "high"; expected a number',
    ],
    [
      'an id with capitals',
      (text) => text.replace('id: all', 'id: All!'),
      'canopy.yaml:7:9: milestones[1].id is "All!"; expected lower-case letters, digits and dashes',
    ],
    [
      'a name that is missing',
      (text) => text.replace('    name: All of it\n', ''),
      'canopy.yaml:7:5: milestones[1].name is missing; expected text',
    ],
    [
      'a name that is empty',
      (text) => text.replace('name: All of it', 'name: ""'),
      'canopy.yaml:8:11: milestones[1].name is ""; expected at least 1 character',
    ],
    [
      'a priority of 0',
      (text) => text.replace('priority: 1', 'priority: 0'),
      'canopy.yaml:5:15: milestones[0].priority is 0; expected at least 1',
    ],
    [
      'a deadline that is no date',
      (text) => text.replace('2027-03-31', 'tomorrow'),
      'canopy.yaml:6:15: milestones[0].deadline is "tomorrow"; expected a date such as 2027-03-31',
    ],
    [
      'too many workers',
      (text) => text.replace('workers: 3', 'workers: 17'),
      'canopy.yaml:12:10: workers is 17; expected at most 16',
    ],
    [
      'a field nobody knows',
      (text) => text.replace('deadline:', 'dead-line:'),
      'canopy.yaml:6:5: milestones[0].dead-line is not known here; did you mean deadline?',
    ],
    [
      'an id twice',
      (text) => text.replace('id: all', 'id: parsers').replace('needs: [parsers]', 'needs: []'),
      'canopy.yaml:7:9: milestones[1].id is "parsers" again; expected a unique id',
    ],
    [
      'a need of nobody',
      (text) => text.replace('[parsers]', '[dates]'),
      'canopy.yaml:11:13: milestones[1].needs[0] is "dates"; expected one of parsers, all',
    ],
    [
      'a need of itself',
      (text) => text.replace('[parsers]', '[all]'),
      'canopy.yaml:11:13: milestones[1].needs[0] is "all", which needs "all" itself; expected no circle',
    ],
  ]
  it.each(cases)('%s', (_what, change, sentence) => {
    expect(one(change)).toEqual([sentence])
  })

  it('and all of them at once', () => {
    expect(one((text) => text.replace(': 90 }', ': -1 }').replace('workers: 3', 'workers: 0'))).toHaveLength(
      2,
    )
  })

  it('needs in a circle', () => {
    const circle = whole.replace('    priority: 1\n', '    needs: [all]\n')
    expect(refusal(circle)).toEqual([
      'canopy.yaml:5:13: milestones[0].needs[0] is "all", which needs "parsers" itself; expected no circle',
      'canopy.yaml:11:13: milestones[1].needs[0] is "parsers", which needs "all" itself; expected no circle',
    ])
  })

  it.each([
    ['broken YAML', 'milestones: [\n  {id: a', /^canopy\.yaml:2:\d+: /],
    ['a key twice', 'workers: 1\nworkers: 2\n', /^canopy\.yaml:2:1: .*unique/],
    ['an empty file', '', /^canopy\.yaml:1:1: the file is null; expected fields with values/],
    ['a list', '- a\n', /^canopy\.yaml:1:1: the file is \["a"\]; expected fields with values/],
    [
      'an empty list',
      'milestones: []\n',
      /^canopy\.yaml:1:13: milestones is \[\]; expected at least 1 entry/,
    ],
    ['an alias to nothing', 'milestones: *all\n', /^canopy\.yaml:1:\d+: .*alias/i],
    ['an alias', 'workers: &two 2\nmilestones: *two\n', /^canopy\.yaml:1:\d+: .*anchor/],
    ['a merge key', 'gates: { <<: { lint: false } }\n', /^canopy\.yaml:1:10: gates\.<< is not known here/],
    ['YAML 1.1', '%YAML 1.1\n---\nworkers: 2\n', /^canopy\.yaml:1:1: it is YAML 1\.1/],
    ['a tag', 'workers: !!binary aGk=\n', /^canopy\.yaml:1:19: it has a tag/],
    ['a prototype', '__proto__: { workers: 2 }\n', /^canopy\.yaml:1:1: __proto__ is not known here/],
    ['a name that moves the cursor', '"\\e[2J": 1\n', /^canopy\.yaml:1:1: \\u\{1b\}\[2J is not known/],
    ['too deep a nesting', '['.repeat(60_000), /nested more than 64 levels deep/],
    ['too deep a nesting of keys', '? '.repeat(30_000), /nested more than 64 levels deep/],
  ])('%s', (_what, text, sentence) => {
    expect(refusal(text)[0]).toMatch(sentence)
  })
})

describe('MCP servers', () => {
  const server = (more: string) =>
    `mcp: { notes: { command: [notes], tools: [add], effect: external, ${more} } }\n`

  it('have limits by default, and are granted nothing', () => {
    expect(parse(server('')).mcp?.notes).toEqual({
      command: ['notes'],
      tools: ['add'],
      effect: 'external',
      env: [],
      files: [],
      network: [],
      timeout: 60,
      'max-calls': 100,
      'usd-per-call': 0,
      'memory-mb': 1024,
    })
  })

  it.each([
    [
      'mcp: { Notes: { command: [x], tools: [a], effect: read } }',
      'expected a name of at most 20 lower-case letters',
    ],
    ['mcp: { notes: { command: [x], effect: read } }', 'mcp.notes.tools is missing; expected a list'],
    ['mcp: [notes]', 'mcp is ["notes"]; expected fields with values'],
    [server('url: x'), 'mcp.notes.url is not known here; expected one of agents, command, effect, env,'],
    [server('tools: []').replace('tools: [add], ', ''), 'mcp.notes.tools is []; expected at least 1 entry'],
    [server('agents: [coder]'), 'agents[0] is "coder"; expected one of plan, code, test,'],
    [server('env: [A B]'), 'mcp.notes.env[0] is "A B"; expected the name of a variable'],
    [server('files: [../x]'), 'files[0] is "../x"; expected an absolute path'],
    [
      server('network: ["https://x.dev"]'),
      'network[0] is "https://x.dev"; expected a host such as api.example.com',
    ],
    [
      server('agents: [code, plan]').replace('external', 'write'),
      'mcp.notes.agents[1] is "plan"; expected one of code, test, refactor, document, debug, because of effect write',
    ],
    [server('').replace('[add]', '[add, b, add]'), 'mcp.notes.tools[2] is "add"; expected each tool once'],
  ])('that cannot be are refused: %s', (text, sentence) => {
    expect(refusal(text).join('\n')).toContain(sentence)
  })
})
