// Every field of a configuration file with values it may not have, and the sentence that a user reads for each.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfigurationFile } from '../../../app/configuration/schema.ts'
import { UserError } from '../../../app/errors.ts'

/** The sentences about a file that is refused, without their place. */
function sentences(text: string): string[] {
  const error = refusal(text)
  return error.message.split('\n').map((line) => line.replace(/^f\.yaml:\d+:\d+: /, ''))
}

function refusal(text: string): UserError {
  try {
    parseConfigurationFile(text, 'f.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return error as UserError
  }
  throw new Error(`${text} was accepted`)
}

const milestone = (more: string, goal = '{ outcome: x }') =>
  `milestones: [{ id: a, name: A, goal: ${goal}${more && `, ${more}`} }]`
const provider = (more: string) => `models: { providers: [{ name: a, ${more} }] }`
const model = (more: string) => `models: { models: [{ name: a/x, ${more} }] }`
const hook = (more: string) => `hooks: { before-merge: ${more} }`

type Case = readonly [text: string, sentence: string]

describe('a wrong value is told with its field, the value and what is expected', () => {
  const WORKERS: Case[] = [
    ['workers: 0', 'workers is 0; expected at least 1'],
    ['workers: 17', 'workers is 17; expected at most 16'],
    ['workers: 1.5', 'workers is 1.5; expected a whole number'],
    ['workers: "2"', 'workers is "2"; expected a number'],
    ['workers: true', 'workers is true; expected a number'],
    ['workers: [2]', 'workers is [2]; expected a number'],
    ['workers:', 'workers is null; expected a number'],
    ['workers: .inf', 'workers is Infinity; expected a number'],
    ['workers: -.inf', 'workers is -Infinity; expected a number'],
    ['workers: .nan', 'workers is NaN; expected a number'],
  ]
  it.each(WORKERS)('%s', (text, sentence) => expect(sentences(text)).toEqual([sentence]))

  const MILESTONES: Case[] = [
    ['milestones: {}', 'milestones is {}; expected a list'],
    ['milestones: []', 'milestones is []; expected at least 1 entry'],
    ['milestones: [3]', 'milestones[0] is 3; expected fields with values'],
    [milestone('', '90'), 'milestones[0].goal is 90; expected fields with values'],
    [
      milestone('', '{ branch-coverage: "90%" }'),
      'milestones[0].goal.branch-coverage is "90%"; expected a number',
    ],
    [
      milestone('', '{ branch-coverage: -1 }'),
      'milestones[0].goal.branch-coverage is -1; expected at least 0',
    ],
    [
      milestone('', '{ branch-coverage: 100.1 }'),
      'milestones[0].goal.branch-coverage is 100.1; expected at most 100',
    ],
    [milestone('', '{ outcome: "" }'), 'milestones[0].goal.outcome is ""; expected at least 1 character'],
    [milestone('', '{ outcome: [x] }'), 'milestones[0].goal.outcome is ["x"]; expected text'],
    [milestone('', '{ outcome: x, accept: make }'), 'milestones[0].goal.accept is "make"; expected a list'],
    [
      milestone('', '{ outcome: x, accept: [{ run: y }] }'),
      'milestones[0].goal.accept[0] is {"run":"y"}; expected a command, or { run: node --test accept, files: a folder outside the repository }',
    ],
    [milestone('priority: 0'), 'milestones[0].priority is 0; expected at least 1'],
    [milestone('priority: 10'), 'milestones[0].priority is 10; expected at most 9'],
    [milestone('priority: high'), 'milestones[0].priority is "high"; expected a number'],
    [
      milestone('deadline: 2027-02-30'),
      'milestones[0].deadline is "2027-02-30"; expected a date such as 2027-03-31',
    ],
    [milestone('deadline: 2027'), 'milestones[0].deadline is 2027; expected text'],
    [milestone('needs: b'), 'milestones[0].needs is "b"; expected a list'],
    [milestone('needs: [3]'), 'milestones[0].needs[0] is 3; expected text'],
  ]
  it.each(MILESTONES)('%s', (text, sentence) => expect(sentences(text)).toEqual([sentence]))

  const MODELS: Case[] = [
    ['models: []', 'models is []; expected fields with values'],
    ['models: { providers: {} }', 'models.providers is {}; expected a list'],
    ['models: { providers: [{}] }', 'models.providers[0].name is missing; expected text'],
    [
      'models: { providers: [{ name: A B }] }',
      'models.providers[0].name is "A B"; expected lower-case letters, digits and dashes',
    ],
    [
      provider('protocol: grpc'),
      'models.providers[0].protocol is "grpc"; expected one of anthropic, openai-responses, openai-chat',
    ],
    [
      provider('base-url: ftp://x'),
      'models.providers[0].base-url is "ftp://x"; expected an address such as https://models.example/v1',
    ],
    [
      provider('base-url: http://x/a/../b'),
      'models.providers[0].base-url is "http://x/a/../b"; expected an address as it is asked: http://x/b',
    ],
    [
      provider('key-env: sk-secret'),
      'models.providers[0].key-env is "sk-secret"; expected the name of an environment variable, e.g. ANTHROPIC_API_KEY',
    ],
    [provider('stream: yes please'), 'models.providers[0].stream is "yes please"; expected true or false'],
    [
      provider('limits: { concurrency: 1001 }'),
      'models.providers[0].limits.concurrency is 1001; expected at most 1000',
    ],
    [
      provider('limits: { deadlines: { call: 0 } }'),
      'models.providers[0].limits.deadlines.call is 0; expected more than 0',
    ],
    ['models: { models: [{ name: x }] }', 'models.models[0].name is "x"; expected provider/model'],
    [model('window: 0'), 'models.models[0].window is 0; expected more than 0'],
    [model('effort: most'), 'models.models[0].effort is "most"; expected one of low, medium, high'],
    [model('price: 3'), 'models.models[0].price is 3; expected fields with values'],
    ['models: { roles: { coding: [] } }', 'models.roles.coding is []; expected at least 1 entry'],
    ['models: { roles: { coding: a/x } }', 'models.roles.coding is "a/x"; expected a list'],
    ['models: { roles: { coding: [x] } }', 'models.roles.coding[0] is "x"; expected provider/model'],
  ]
  it.each(MODELS)('%s', (text, sentence) => expect(sentences(text)).toEqual([sentence]))

  const BUDGET: Case[] = [
    ['budget: 5', 'budget is 5; expected fields with values'],
    ['budget: { run: 5usd }', 'budget.run is "5usd"; expected fields with values'],
    ['budget: { run: { usd: -1 } }', 'budget.run.usd is -1; expected at least 0'],
    ['budget: { run: { usd: 1000001 } }', 'budget.run.usd is 1000001; expected at most 1000000'],
    ['budget: { task: { tokens: 1.5 } }', 'budget.task.tokens is 1.5; expected a whole number'],
    ['budget: { attempt: { minutes: soon } }', 'budget.attempt.minutes is "soon"; expected a number'],
    ['budget: { alerts: [0] }', 'budget.alerts[0] is 0; expected more than 0'],
    ['budget: { alerts: [50, 101] }', 'budget.alerts[1] is 101; expected at most 100'],
  ]
  it.each(BUDGET)('%s', (text, sentence) => expect(sentences(text)).toEqual([sentence]))

  const GATES: Case[] = [
    ['gates: strict', 'gates is "strict"; expected fields with values'],
    [
      'gates: { policy: Balanced }',
      'gates.policy is "Balanced"; expected no_compromise, balanced or fast_iteration',
    ],
    [
      'gates: { mutation: true }',
      'gates.mutation is true; expected false, or { mutants: 10, survivors: 0.5 }, survivors from 0 to 1',
    ],
    ['gates: { mutation: { survivors: 2 } }', 'gates.mutation.survivors is 2; expected at most 1'],
    ['gates: { size: { files: -1 } }', 'gates.size.files is -1; expected more than 0'],
    ['gates: { coverage: { changed: 101 } }', 'gates.coverage.changed is 101; expected at most 100'],
    ['gates: { review: { repairs: 9 } }', 'gates.review.repairs is 9; expected at most 5'],
  ]
  it.each(GATES)('%s', (text, sentence) => expect(sentences(text)).toEqual([sentence]))

  const COMMANDS: Case[] = [
    [
      'commands: { tests: "" }',
      'commands.tests is ""; expected a command, or { run: make test, coverage: lcov.info }; `some` needs {files}, `pattern` {name}',
    ],
    [
      'commands: { tests: { run: make, some: make one } }',
      'commands.tests.some is "make one"; it needs {files}, where the test files go',
    ],
    [
      'commands: { tests: { run: make, pattern: tests/one.py } }',
      'commands.tests.pattern is "tests/one.py"; it needs {name}, where the module goes',
    ],
    [
      'commands: { tests: { run: make, coverage: /tmp/lcov } }',
      'commands.tests.coverage is "/tmp/lcov"; it is absolute: give a path relative to the top folder',
    ],
    [
      'commands: { tests: { run: make, results: ../junit.xml } }',
      'commands.tests.results is "../junit.xml"; it has .. in it: give a path relative to the top folder',
    ],
    ['commands: { types: [tsc] }', 'commands.types is ["tsc"]; expected text'],
    ['commands: { lint: "" }', 'commands.lint is ""; expected at least 1 character'],
  ]
  it.each(COMMANDS)('%s', (text, sentence) => expect(sentences(text)).toEqual([sentence]))

  const OTHERS: Case[] = [
    ['sandbox: { disk-mb: 0 }', 'sandbox.disk-mb is 0; expected at least 1'],
    ['sandbox: { files: 1.5 }', 'sandbox.files is 1.5; expected a whole number'],
    ['mail: { max-mb: 15 }', 'mail.max-mb is 15; expected at least 16'],
    ['mail: { max-mb: 1000001 }', 'mail.max-mb is 1000001; expected at most 1000000'],
    [hook('make'), 'hooks.before-merge is "make"; expected fields with values'],
    [hook('{ run: "" }'), 'hooks.before-merge.run is ""; expected at least 1 character'],
    [hook('{ run: "  " }'), 'hooks.before-merge.run is "  "; expected at least 1 character'],
    [hook('{ run: x, timeout: 0 }'), 'hooks.before-merge.timeout is 0; expected at least 1'],
    [hook('{ run: x, timeout: 3601 }'), 'hooks.before-merge.timeout is 3601; expected at most 3600'],
    [
      hook(`{ run: "${'x'.repeat(4_001)}" }`),
      `hooks.before-merge.run is "${'x'.repeat(199)}...; expected at most 4000 characters`,
    ],
  ]
  it.each(OTHERS)('%.80s', (text, sentence) => expect(sentences(text)).toEqual([sentence]))

  it('all of them at once, in the order of the schema, each at its place', () => {
    const text = 'workers: 0\nsandbox:\n  files: 0\nmail:\n  max-mb: 3\n'
    expect(refusal(text).message.split('\n')).toEqual([
      'f.yaml:1:10: workers is 0; expected at least 1',
      'f.yaml:3:10: sandbox.files is 0; expected at least 1',
      'f.yaml:5:11: mail.max-mb is 3; expected at least 16',
    ])
  })

  it('a password in an address is refused, and the sentence says where keys belong', () => {
    expect(sentences(provider('base-url: http://me:pw@x/'))[0]).toContain(
      'expected an address without a name or key in it; keys come from the environment (key-env)',
    )
  })

  it('every refusal shows a file that is right', () => {
    expect(refusal('workers: 0')).toMatchObject({
      code: 'configuration_invalid',
      wayOut: expect.stringMatching(/^For example:\n {2}milestones:/),
    })
  })
})

describe('a field that is not known', () => {
  it.each([
    ['worker: 2', 'worker is not known here; did you mean workers?'],
    ['Workers: 2', 'Workers is not known here; did you mean workers?'],
    ['milestone: []', 'milestone is not known here; did you mean milestones?'],
    ['sandobx: {}', 'sandobx is not known here; did you mean sandbox?'],
    ['budget: { runs: { usd: 1 } }', 'budget.runs is not known here; did you mean run?'],
    ['budget: { run: { USD: 5 } }', 'budget.run.USD is not known here; did you mean usd?'],
    [
      'budget: { run: { compute-seconds: 5 } }',
      'budget.run.compute-seconds is not known here; did you mean computeSeconds?',
    ],
    ['gates: { mutations: false }', 'gates.mutations is not known here; did you mean mutation?'],
    ['sandbox: { disk_mb: 5 }', 'sandbox.disk_mb is not known here; did you mean disk-mb?'],
    [
      milestone('', '{ branchCoverage: 90 }'),
      'milestones[0].goal.branchCoverage is not known here; did you mean branch-coverage?',
    ],
    [milestone('dead-line: x'), 'milestones[0].dead-line is not known here; did you mean deadline?'],
    [provider('baseUrl: http://x'), 'models.providers[0].baseUrl is not known here; did you mean base-url?'],
    [model('maxOutput: 5'), 'models.models[0].maxOutput is not known here; did you mean max-output?'],
    ['models: { roles: { cooding: [a/x] } }', 'models.roles.cooding is not known here; did you mean coding?'],
    [
      'hooks: { before-merges: { run: x } }',
      'hooks.before-merges is not known here; did you mean before-merge?',
    ],
  ])('%s: the one that was meant is named', (text, sentence) => {
    expect(sentences(text)).toContain(sentence)
  })

  it.each([
    [
      'zebra: 2',
      'zebra is not known here; expected one of agents, budget, commands, gates, hooks, mail, mcp, milestones, models, sandbox, skills, workers',
    ],
    [
      'budget: { dollars: 1 }',
      'budget.dollars is not known here; expected one of alerts, attempt, milestone, run, task',
    ],
    [
      'models: { roles: { writer: [a/x] } }',
      'models.roles.writer is not known here; expected one of cheap, coding, planning',
    ],
    [
      'hooks: { after-merge: { run: x, command: y } }',
      'hooks.after-merge.command is not known here; expected one of run, timeout',
    ],
  ])('%s: none is near, and all are named', (text, sentence) => {
    expect(sentences(text)).toEqual([sentence])
  })

  it('a misspelling of any top field by one letter is told with a known field', () => {
    const names = [
      'budget',
      'commands',
      'gates',
      'hooks',
      'mail',
      'milestones',
      'models',
      'sandbox',
      'workers',
    ]
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), fc.constantFrom('q', 'z', '7'), (name, at, letter) => {
        const place = at % name.length
        const wrong = `${name.slice(0, place)}${letter}${name.slice(place + 1)}`
        expect(sentences(`${wrong}: 1`)).toEqual([`${wrong} is not known here; did you mean ${name}?`])
      }),
      { numRuns: 60 },
    )
  })
})

describe('any text', () => {
  it('is read or refused as a mistake of the user, in lines that move no cursor', () => {
    const piece = fc.constantFrom(
      ...[
        'workers',
        'gates',
        'budget',
        'milestones',
        ':',
        ' ',
        '\n',
        '  ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
      ],
      ...[
        '1',
        '-1',
        'true',
        '~',
        '|',
        '>',
        '&a',
        '*a',
        '!x',
        '#',
        '%',
        '?',
        '\t',
        '\u0000',
        '\u001b[2J',
        '\ufeff',
      ],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          parseConfigurationFile(pieces.join(''), 'f.yaml')
        } catch (error) {
          expect(error).toBeInstanceOf(UserError)
          for (const line of (error as UserError).message.split('\n'))
            expect(line).toMatch(/^f\.yaml:\d+:\d+: \P{C}+$/u)
        }
      }),
      { numRuns: 400 },
    )
  })
})
