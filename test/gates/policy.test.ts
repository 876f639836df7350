// The gates of each policy with their limits, and how a submission is judged by several gates.

import { describe, expect, it } from 'vitest'
import { allPassed, type Gate, type GateInput, type GateParts, judgeAll } from '../../gates/gate.ts'
import { type GateSettings, gateFields, gateLimits, gatesSchema, gatesUnder } from '../../gates/policy.ts'
import { verdict } from '../../gates/verdict.ts'
import type { AgentTask, CoverageTask, Verdict } from '../../machines/index.ts'

const task: AgentTask = {
  id: 'a',
  kind: 'code',
  title: 'a',
  instructions: 'a',
  files: [],
  round: 1,
  needs: [],
}

const coverageTask: CoverageTask = {
  ...{ id: 'b', module: 'src/b.ts', gap: 1, round: 1, needs: [] },
  before: { covered: 0, total: 1 },
}

describe('the limits of a policy', () => {
  it('are those of balanced when nothing is said', () => {
    expect(gateLimits()).toEqual({
      policy: 'balanced',
      size: { files: 40, lines: 1500 },
      coverage: { loss: 0.5, changed: 70 },
      mutation: { mutants: 10, survivors: 0.5 },
      proof: { kinds: ['debug'] },
      advisories: { required: false, severity: 'moderate' },
      regression: { replace: [] },
      review: { repairs: 1, from: 'error', required: false },
      types: true,
      lint: true,
      flakiness: true,
      format: true,
      secrets: true,
    })
  })

  it.each<[GateSettings, Partial<ReturnType<typeof gateLimits>>]>([
    [{ policy: 'no_compromise' }, { size: { files: 20, lines: 600 }, coverage: { loss: 0, changed: 90 } }],
    [{ policy: 'no_compromise' }, { mutation: { mutants: 24, survivors: 0.2 } }],
    [{ policy: 'no_compromise' }, { advisories: { required: true, severity: 'low' } }],
    [{ policy: 'no_compromise' }, { proof: { kinds: ['debug', 'code'] } }],
    [{ policy: 'fast_iteration' }, { mutation: false, advisories: false, flakiness: false, review: false }],
    [{ policy: 'fast_iteration' }, { size: { files: 80, lines: 4000 }, coverage: { loss: 2, changed: 0 } }],
    [{ size: { files: 3 } }, { size: { files: 3, lines: 1500 } }],
    [{ size: false }, { size: false }],
    [{ policy: 'fast_iteration', mutation: {} }, { mutation: { mutants: 10, survivors: 0.5 } }],
    [{ policy: 'fast_iteration', mutation: { mutants: 4 } }, { mutation: { mutants: 4, survivors: 0.5 } }],
    [
      { types: false, lint: false, secrets: false },
      { types: false, lint: false, secrets: false },
    ],
    [{ regression: { replace: ['test/a.js'] } }, { regression: { replace: ['test/a.js'] } }],
  ])('under %j are %j', (settings, expected) => {
    expect(gateLimits(settings)).toMatchObject(expected)
  })

  it.each<[string, unknown]>([
    ['a gate that cannot be left out', { regression: false }],
    ['a gate that has no setting', { agreement: {} }],
    ['an unknown limit', { size: { files: 1, bytes: 1 } }],
    ['true for a gate', { lint: true }],
    ['a limit out of its range', { coverage: { changed: 101 } }],
    ['no kinds', { proof: { kinds: [] } }],
    ['a file that climbs', { advisories: { file: '../advisories.json' } }],
  ])('are refused with %s', (_, settings) => {
    expect(gatesSchema.safeParse(settings).success).toBe(false)
  })
})

describe('the gates under a policy', () => {
  const verdictOf = async (name: string, settings: GateSettings): Promise<Verdict | undefined> => {
    const gate = gatesUnder(settings).find((one) => one.name === name && one.isFor?.(task))
    return gate?.judge({} as GateParts, { changes: [] } as unknown as GateInput)
  }

  it.each<[string, GateSettings, string]>([
    ['mutation', { policy: 'fast_iteration' }, 'left out by fast_iteration'],
    ['flakiness', { policy: 'fast_iteration' }, 'left out by fast_iteration'],
    ['flakiness', { policy: 'fast_iteration', flakiness: false }, 'left out by the configuration'],
    ['size', { size: false }, 'left out by the configuration'],
    ['lint', { lint: false }, 'left out by the configuration'],
    ['secrets', { policy: 'no_compromise', secrets: false }, 'left out by the configuration'],
  ])('say of %s under %j: %s', async (name, settings, finding) => {
    expect(await verdictOf(name, settings)).toEqual({ gate: name, kind: 'left_out', findings: [finding] })
  })

  it('judge the tests of a module by the linter, too, unless the configuration leaves it out', async () => {
    const ofModule = (settings: GateSettings) =>
      gatesUnder(settings).filter((gate) => gate.isFor?.(coverageTask) ?? true)
    const names = ['scope', 'approval', 'secrets', 'types', 'lint', 'tests', 'coverage', 'flakiness']
    for (const settings of [{}, { policy: 'fast_iteration' }, { lint: false }] as const)
      expect(ofModule(settings).map(({ name }) => name)).toEqual(names)
    const without = ofModule({ lint: false }).find(({ name }) => name === 'lint')
    expect(await without?.judge({} as GateParts, {} as GateInput)).toEqual({
      gate: 'lint',
      kind: 'left_out',
      findings: ['left out by the configuration'],
    })
  })

  it('declare for each setting what a repository may say of it', () => {
    const settings = Object.keys(gatesSchema.shape).filter((name) => name !== 'policy' && name !== 'review')
    const named = [...new Set(Object.keys(gateFields).map((field) => field.split('.')[0]))]
    expect(named.sort()).toEqual(settings.sort())
    expect(gateFields).toMatchObject({
      size: 'gate',
      'size.files': 'at_most',
      'coverage.changed': 'at_least',
    })
    expect(gateFields.regression).toBeUndefined()
  })
})

describe('judging by several gates', () => {
  const asked: string[] = []
  const gate = (name: string, kind: Verdict['kind'], more: Partial<Gate> = {}): Gate => ({
    name,
    judges: 'submission',
    async judge() {
      asked.push(name)
      return kind === 'passed' ? verdict(name, []) : { gate: name, kind, findings: ['why'] }
    },
    ...more,
  })
  const judge = async (...gates: Gate[]) => {
    asked.length = 0
    return judgeAll({} as GateParts, gates, { task } as GateInput)
  }
  const kinds = (verdicts: readonly Verdict[]) => verdicts.map((one) => `${one.gate} ${one.kind}`)

  it.each<[Verdict['kind'], readonly string[]]>([
    ['failed', ['cheap failed']],
    ['could_not_run', ['cheap could_not_run']],
    ['left_out', ['cheap left_out', 'slow passed']],
    ['passed', ['cheap passed', 'slow passed']],
  ])('runs the slow ones only behind cheap ones that do not object: %s', async (kind, expected) => {
    expect(kinds(await judge(gate('slow', 'passed'), gate('cheap', kind, { first: true })))).toEqual(expected)
    expect(asked).toEqual(expected.map((one) => one.split(' ')[0]))
  })

  it('asks only the gates for such a task, and is an error when there is none', async () => {
    const other = gate('other', 'failed', { isFor: () => false })
    expect(kinds(await judge(other, gate('own', 'passed')))).toEqual(['own passed'])
    await expect(judge(other)).rejects.toMatchObject({ code: 'no_gates' })
  })

  it('reports a text that overflows a parser, and judges on', async () => {
    const deep = gate('deep', 'passed', {
      judge: async () => {
        throw new RangeError('Maximum call stack size exceeded')
      },
    })
    expect(kinds(await judge(deep, gate('own', 'passed')))).toEqual(['deep could_not_run', 'own passed'])
  })

  it('throws the error of a gate after all others have ended', async () => {
    let ended = false
    const broken = gate('broken', 'passed', { judge: () => Promise.reject(new Error('no disk')) })
    const late = gate('late', 'passed', {
      judge: async () => {
        await new Promise(setImmediate)
        ended = true
        return verdict('late', [])
      },
    })
    await expect(judge(broken, late)).rejects.toThrow('no disk')
    expect(ended).toBe(true)
  })

  it.each<[readonly Verdict['kind'][], boolean]>([
    [['passed'], true],
    [['passed', 'left_out'], true],
    [['left_out'], false],
    [[], false],
    [['passed', 'failed'], false],
    [['passed', 'could_not_run'], false],
  ])('counts %j as passed: %s', (given, expected) => {
    expect(allPassed(given.map((kind) => ({ gate: 'g', kind, findings: [] })))).toBe(expected)
  })
})
