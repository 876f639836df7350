// Child process: code under test may hang, crash, or write what it likes to the writer's own descriptor.

import { describe, expect, it } from 'vitest'
import { type ChildProcessEnd, runChildProcess } from '../../testgen/child-process.ts'
import { find } from '../../testgen/find.ts'
import type { Observation } from '../../testgen/outcome.ts'
import type { VerifyNews, VerifyTask } from '../../testgen/tasks.ts'
import { verify } from '../../testgen/verify.ts'
import { limit } from '../machine-speed.ts'
import { callOf, caseOf, compiled, equals, finding, given, returned } from './in-memory.ts'

const environment = { TZ: 'UTC', LANG: 'en_US.UTF-8', NODE_ENV: 'test' }

interface Heard {
  readonly end: ChildProcessEnd
  readonly news: readonly VerifyNews[]
}

/** Verifies calls of `f` with each argument in a program of its own. */
async function run(
  text: string,
  values: readonly unknown[],
  limits: { idleCpuMs?: number; maxCpuMs?: number } = {},
): Promise<Heard> {
  const task: VerifyTask = {
    kind: 'verify',
    modules: [compiled(text)],
    importedClasses: [],
    cases: values.map((value) => caseOf('f', callOf('f', given(value)))),
  }
  const news: VerifyNews[] = []
  const end = await runChildProcess({
    task,
    switches: [],
    environment,
    idleCpuMs: 4000,
    maxCpuMs: 30_000,
    ...limits,
    receive: (message) => news.push(message as VerifyNews),
  })
  return { end, news }
}

const outcomes = ({ news }: Heard) =>
  news.flatMap((one) =>
    one.kind === 'ran'
      ? [
          one.observed.outcome.kind === 'returned'
            ? one.observed.outcome.readings[0]?.sees
            : one.observed.outcome,
        ]
      : [],
  )
const sees = (value: unknown) => ({ kind: 'equal', value: given(value) })
const foreign = "const { writeSync } = require('node:fs'); "

describe('a program that executes code under test', () => {
  it.concurrent(
    'tells of each case, in order, and ends',
    async () => {
      const heard = await run('module.exports = { f: (x) => x + 1 }', [1, 2])
      expect(heard.end).toBe('finished')
      expect(heard.news.map(({ kind }) => kind)).toEqual(['began', 'ran', 'began', 'ran'])
      expect(outcomes(heard)).toEqual([sees(2), sees(3)])
    },
    limit(60_000),
  )

  it.concurrent(
    'sees a fixed time, a fixed chance, another folder and a fixed zone',
    async () => {
      const text =
        'module.exports = { f: () => [Date.now(), Math.random(), process.cwd(), new Date(0).getHours(), performance.now() > 0] }'
      const heard = await run(text, [0])
      expect(outcomes(heard)).toEqual([
        sees([Date.UTC(2024, 0, 15, 12), 0.5, '/home/canopy/project', 0, true]),
      ])
      const [ran] = heard.news.filter((one) => one.kind === 'ran')
      expect((ran as { observed: Observation }).observed.uses).toEqual({
        chance: true,
        clock: true,
        timers: false,
        folder: true,
      })
    },
    limit(60_000),
  )

  it.concurrent(
    'is not disturbed by the output of the code, nor by its lines on the descriptor of the news',
    async () => {
      const rubbish =
        "writeSync(3, 'no message\\n'); writeSync(3, Buffer.from('text').toString('base64') + '\\n')"
      const text = `${foreign} module.exports = { f: (x) => { console.log('out'); process.stdout.write('x'); process.stderr.write('x'); ${rubbish}; return x } }`
      const heard = await run(text, [1, 2])
      expect(heard.end).toBe('finished')
      expect(outcomes(heard)).toEqual([sees(1), sees(2)])
    },
    limit(60_000),
  )

  it.concurrent(
    'loses only the message that the code tears',
    async () => {
      const text = `${foreign} module.exports = { f: (x) => { if (x === 1) writeSync(3, 'half a line'); return x } }`
      const heard = await run(text, [0, 1, 2])
      expect(heard.end).toBe('finished')
      expect(outcomes(heard)).toEqual([sees(0), sees(2)])
    },
    limit(60_000),
  )

  it.concurrent(
    'says why the module cannot be loaded',
    async () => {
      const heard = await run("throw new Error('not on this machine')", [1])
      expect(heard).toEqual({
        end: 'finished',
        news: [{ kind: 'unloadable', reason: 'not on this machine' }],
      })
    },
    limit(60_000),
  )

  it.concurrent(
    'crashes when the code ends it by force, and what was told is not lost',
    async () => {
      const text =
        "module.exports = { f: (x) => { if (x === 1) require('node:child_process').execSync('kill -9 ' + process.pid); return x } }"
      const heard = await run(text, [0, 1])
      expect(heard.end).toBe('crashed')
      expect(outcomes(heard)).toEqual([sees(0)])
      expect(heard.news.at(-1)).toEqual({ kind: 'began', index: 1 })
    },
    limit(60_000),
  )

  it.concurrent(
    'is ended when it is silent for too much processor time',
    async () => {
      const heard = await run('module.exports = { f: (x) => { if (x === 1) for (;;); return x } }', [0, 1], {
        idleCpuMs: 300,
      })
      expect(heard.end).toBe('hung')
      expect(outcomes(heard)).toEqual([sees(0)])
    },
    limit(60_000),
  )

  // A minute without a message would end it, too.
  it.concurrent(
    'is ended when it sleeps for good, in a read that gets nothing',
    async () => {
      const text = `const { readFileSync } = require('node:fs'); module.exports = { f: (x) => x === 1 ? readFileSync(3) : x }`
      const heard = await run(text, [0, 1])
      expect(heard.end).toBe('hung')
      expect(outcomes(heard)).toEqual([sees(0)])
    },
    limit(40_000),
  )

  it.concurrent(
    'is ended when it takes too much processor time in all',
    async () => {
      const busy = 'const until = process.cpuUsage().user + 30000; while (process.cpuUsage().user < until);'
      const heard = await run(
        `module.exports = { f: (x) => { ${busy} return x } }`,
        Array.from({ length: 200 }, (_, index) => index),
        { maxCpuMs: 900 },
      )
      expect(heard.end).toBe('spent')
      expect(outcomes(heard).length).toBeGreaterThan(0)
    },
    limit(60_000),
  )

  it.concurrent(
    'cannot be ended by process.exit, and says so',
    async () => {
      const heard = await run('module.exports = { f: (x) => { if (x) process.exit(1); return x } }', [1, 0])
      expect(heard.end).toBe('finished')
      expect(outcomes(heard)).toEqual([{ kind: 'unusable', reason: 'exit' }, sees(0)])
    },
    limit(60_000),
  )

  it.concurrent(
    'leaves out a case whose code fails behind its back',
    async () => {
      const text =
        "module.exports = { f: (x) => { if (x) void Promise.reject(new Error('nobody listens')); return x } }"
      const heard = await run(text, [1, 0])
      expect(outcomes(heard)).toEqual([sees(0)])
      expect(heard.news.filter(({ kind }) => kind === 'began')).toHaveLength(2)
    },
    limit(60_000),
  )

  it.concurrent(
    'waits for timers without taking time',
    async () => {
      const text =
        'module.exports = { f: (x) => new Promise((resolve) => setTimeout(() => resolve(x), 3_600_000)) }'
      const heard = await run(text, [7])
      expect(outcomes(heard)).toEqual([sees(7)])
      const [ran] = heard.news.filter((one) => one.kind === 'ran')
      expect((ran as { observed: Observation }).observed).toMatchObject({
        uses: { timers: true },
        awaits: [0],
        waits: [0],
      })
    },
    limit(60_000),
  )

  it.concurrent(
    'refuses texts and lists that are too long for a test',
    async () => {
      const text =
        "const made = { repeat: () => 'x'.repeat(1e9), pad: () => 'x'.padEnd(1e9), list: () => Array.from({ length: 1e9 }), fill: () => new Array(1e8).fill(0) }; module.exports = { f: (name) => made[name]().length }"
      const heard = await run(text, ['repeat', 'pad', 'list', 'fill'])
      expect(outcomes(heard)).toEqual(
        Array.from({ length: 4 }, () => ({ kind: 'unusable', reason: 'exhausted' })),
      )
    },
    limit(60_000),
  )
})

describe('verifying', () => {
  const f = (value: unknown, result: unknown) =>
    finding(caseOf('f', callOf('f', given(value))), returned(equals(0, given(result))))
  const verified = async (text: string, findings: readonly ReturnType<typeof f>[]) =>
    (await verify(findings, [compiled(text)], [])).map((one) => findings.indexOf(one))

  it.concurrent(
    'leaves out a case whose code forges a message, and goes on with the rest',
    async () => {
      const forged =
        "writeSync(3, require('node:v8').serialize({ kind: 'ran', index: 0 }).toString('base64') + '\\n')"
      const text = `${foreign} module.exports = { f: (x) => { if (x === 1) ${forged}; return x } }`
      expect(await verified(text, [f(0, 0), f(1, 1), f(2, 2)])).not.toContain(1)
    },
    limit(60_000),
  )

  it.concurrent(
    'keeps what shows the same in another zone, order and language',
    async () => {
      const text = `let calls = 0
      const zone = () => new Date(2024, 0, 1).toISOString()
      module.exports = { f: (what) => what === 'zone' ? zone() : what === 'calls' ? ++calls : what === 'plain' ? 1 : new Intl.NumberFormat().format(1.5) }`
      const findings = [
        f('plain', 1),
        f('zone', '2024-01-01T00:00:00.000Z'),
        f('calls', 1),
        f('language', '1.5'),
        f('plain', 2),
      ]
      const kept = await verified(text, findings)
      expect(kept).toContain(0)
      expect(kept).not.toContain(1)
      expect(kept).not.toContain(4)
    },
    limit(60_000),
  )

  it.concurrent(
    'leaves out what brings the program down, and goes on with the rest',
    async () => {
      const text =
        "module.exports = { f: (x) => { if (x === 1) require('node:child_process').execSync('kill -9 ' + process.pid); return x } }"
      expect(await verified(text, [f(0, 0), f(1, 1), f(2, 2)])).toEqual([0, 2])
    },
    limit(60_000),
  )

  it.concurrent(
    'keeps nothing of a module that cannot be loaded',
    async () => {
      expect(await verified("throw new Error('no')", [f(0, 0)])).toEqual([])
    },
    limit(60_000),
  )
})

describe('a search', () => {
  const analysis = {
    exports: [
      {
        name: 'f',
        label: 'f',
        kind: 'function',
        signatures: [
          {
            parameters: [
              { name: 'word', type: { kind: 'primitive', of: 'string' }, optional: false, rest: false },
            ],
            returns: { kind: 'any' },
          },
        ],
        members: [],
        type: { kind: 'any' },
      },
    ],
    named: {},
    literals: { examples: [], distant: [], strings: ['open'], numbers: [], regexes: [], keys: [] },
    importedClasses: [],
  } as const
  const searched = async (text: string, seed = 'one', budget = 400) => {
    const modules = [compiled(text)]
    const told: number[] = []
    const result = await find({ modules, analysis, seed, budget, covered: [] }, (executions) =>
      told.push(executions),
    )
    return { ...result, modules, told }
  }
  const module =
    "export function f(word: string) { if (word === 'open') return 1; return word.length > 5 ? 2 : 3 }"

  it.concurrent(
    'finds each branch, and the same for the same seed',
    async () => {
      const [first, second] = [await searched(module), await searched(module)]
      const taken = new Set(first.findings.flatMap(({ edges }) => edges))
      expect(taken.size).toBe(first.modules[0]?.edges.length)
      expect(second.findings).toEqual(first.findings)
      expect(first.executions).toBeLessThanOrEqual(600)
      expect(first.told).toEqual([...first.told].sort((a, b) => a - b))
    },
    limit(60_000),
  )

  it.concurrent(
    'says why the module cannot be loaded',
    async () => {
      expect(await searched("throw new Error('no such system')\nexport {}")).toMatchObject({
        findings: [],
        unloadable: 'no such system',
      })
      expect(
        await searched("require('node:child_process').execSync('kill -9 ' + process.pid)"),
      ).toMatchObject({ unloadable: 'loading the module ends the program' })
    },
    limit(60_000),
  )

  it.concurrent(
    'starts again when the code ends the program, and keeps what was found',
    async () => {
      const text = `${module.replace('return 1', "require('node:child_process').execSync('kill -9 ' + process.pid)")}`
      const { findings, notes } = await searched(text)
      expect(findings.length).toBeGreaterThan(0)
      expect(notes).toContain('f ended the program')
    },
    limit(60_000),
  )
})
