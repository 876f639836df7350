// Select and simplify, any findings: few tests that take all there is to take, and cases that only get smaller.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Case, constant, type Expression, weightOfCase } from '../../testgen/expression.ts'
import { simplify } from '../../testgen/search/simplify.ts'
import { select } from '../../testgen/select.ts'
import { anyExpression } from './arbitrary.ts'
import { callOf, caseOf, finding, given, on, returned } from './in-memory.ts'

const some = fc
  .array(
    fc.record({
      target: fc.constantFrom('f', 'g', 'h'),
      edges: fc.uniqueArray(fc.nat({ max: 12 }), { minLength: 1, maxLength: 6 }),
      cost: fc.integer({ min: 0, max: 30 }),
    }),
    { maxLength: 25 },
  )
  .map((all) =>
    all.map(({ target, edges, cost }, index) =>
      finding(caseOf(target, callOf(target, constant(index))), returned(), { edges, cost }),
    ),
  )
const known = fc.uniqueArray(fc.nat({ max: 12 }), { maxLength: 5 }).map((edges) => new Set(edges))
const edgesOf = (findings: readonly { readonly edges: readonly number[] }[]) =>
  new Set(findings.flatMap(({ edges }) => edges))

describe('a selection', () => {
  it('takes every edge when no target has too many tests', () => {
    fc.assert(
      fc.property(some, known, (findings, covered) => {
        const { findings: chosen, surplus } = select(findings, covered, 100)
        const taken = edgesOf(chosen)
        for (const edge of edgesOf(findings)) expect(taken.has(edge) || covered.has(edge)).toBe(true)
        expect(surplus).toBe(0)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('has no test that could be left out', () => {
    fc.assert(
      fc.property(some, known, fc.integer({ min: 1, max: 5 }), (findings, covered, most) => {
        const { findings: chosen } = select(findings, covered, most)
        for (const one of chosen) {
          const others = edgesOf(chosen.filter((other) => other !== one))
          expect(one.edges.some((edge) => !others.has(edge) && !covered.has(edge))).toBe(true)
        }
      }),
      { seed: 2, numRuns: 300 },
    )
  })

  it('counts the edges that are left for want of room', () => {
    fc.assert(
      fc.property(some, known, fc.integer({ min: 1, max: 3 }), (findings, covered, most) => {
        const { findings: chosen, surplus } = select(findings, covered, most)
        const taken = edgesOf(chosen)
        const left = [...edgesOf(findings)].filter((edge) => !taken.has(edge) && !covered.has(edge))
        expect(surplus).toBe(left.length)
      }),
      { seed: 3, numRuns: 300 },
    )
  })

  it('gives no target more than its share: so many, or a third of its edges', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 4 }), (findings, most) => {
        const { findings: chosen } = select(findings, new Set(), most)
        for (const target of ['f', 'g', 'h']) {
          const edges = edgesOf(findings.filter(({ test }) => test.target === target)).size
          const count = chosen.filter(({ test }) => test.target === target).length
          expect(count).toBeLessThanOrEqual(Math.max(most, Math.ceil(edges / 3)))
        }
      }),
      { seed: 4, numRuns: 300 },
    )
  })

  it('is grouped as the targets were found, light before heavy, and the same each time', () => {
    fc.assert(
      fc.property(some, (findings) => {
        const { findings: chosen } = select(findings, new Set(), 12)
        const targets = [...new Set(findings.map(({ test }) => test.target))]
        const keys = chosen.map(({ test, cost }) => targets.indexOf(test.target) * 1000 + cost)
        expect(keys).toEqual([...keys].sort((a, b) => a - b))
        expect(select(findings, new Set(), 12).findings).toEqual(chosen)
        for (const one of chosen) expect(findings).toContain(one)
      }),
      { seed: 5, numRuns: 200 },
    )
  })

  it('is empty when existing tests take everything', () => {
    const findings = [finding(caseOf('f', callOf('f')), returned(), { edges: [1, 2] })]
    expect(select(findings, new Set([1, 2]), 12)).toEqual({ findings: [], surplus: 0 })
    expect(select([], new Set(), 12)).toEqual({ findings: [], surplus: 0 })
  })
})

const anyCase = fc
  .tuple(fc.array(anyExpression, { maxLength: 3 }), fc.array(anyExpression, { maxLength: 2 }), fc.boolean())
  .map(
    ([first, second, isPinned]): Case => ({
      ...caseOf('f', callOf('f', ...first), on(0, 'call', 'm', ...second), on(0, 'get', 'x')),
      ...(isPinned ? { chance: 0.9, moment: 5 } : {}),
    }),
  )

describe('a simpler case', () => {
  it('is the lightest of those that were agreed to, and nothing was changed in place', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 6 }), async (test, often) => {
        const before = structuredClone(test)
        const agreed: Case[] = [test]
        let asked = 0
        const result = await simplify(test, test, weightOfCase, async (candidate) => {
          asked += 1
          if (asked % often !== 0) return false
          agreed.push(candidate)
          return true
        })
        expect(agreed).toContain(result)
        expect(Math.min(...agreed.map(weightOfCase))).toBe(weightOfCase(result))
        expect(asked).toBeLessThanOrEqual(81)
        expect(test).toEqual(before)
      }),
      { seed: 6, numRuns: 200 },
    )
  })

  it('is asked about only when it is lighter', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (test) => {
        await simplify(test, test, weightOfCase, async (candidate) => {
          expect(weightOfCase(candidate)).toBeLessThan(weightOfCase(test))
          return false
        })
      }),
      { seed: 7, numRuns: 100 },
    )
  })

  const smallest = (test: Case, holds: (first: Expression | undefined, candidate: Case) => boolean) =>
    simplify(test, test, weightOfCase, async (candidate) => holds(candidate.steps[0]?.of[0], candidate))
  const f = (...of: readonly Expression[]) => caseOf('f', callOf('f', ...of))

  it.each<[string, Expression, (value: Expression) => boolean, Expression]>([
    [
      'the characters that matter',
      constant('some-Xtext'),
      (value) => value.kind === 'constant' && String(value.value).includes('X'),
      constant('X'),
    ],
    [
      'plain characters where others do not matter',
      constant('é日x'),
      (value) => value.kind === 'constant' && String(value.value).includes('x'),
      constant('x'),
    ],
    [
      'a round number',
      constant(12345.678),
      (value) => value.kind === 'constant' && Number(value.value) > 4,
      constant(5),
    ],
    [
      'a positive number',
      constant(-7),
      (value) => value.kind === 'constant' && Math.abs(Number(value.value)) === 7,
      constant(7),
    ],
    [
      'the items that matter',
      given([1, 2, 3, 4, 5, 9]),
      (value) =>
        value.kind === 'array' && value.items.some((one) => one.kind === 'constant' && one.value === 9),
      given([9]),
    ],
    [
      'the fields that matter',
      given({ a: 1, b: { c: 'deep', d: 2 } }),
      (value) => JSON.stringify(value).includes('"deep"'),
      given({ b: { c: 'deep' } }),
    ],
    [
      'the entries that matter',
      {
        kind: 'map',
        entries: [
          [constant('a'), constant(1)],
          [constant('b'), constant(2)],
        ],
      },
      (value) => JSON.stringify(value).includes('"b"'),
      { kind: 'map', entries: [[constant('b'), constant(2)]] },
    ],
    [
      'what a callback returns',
      { kind: 'function', does: { kind: 'returns', value: given(['long text']), async: false } },
      (value) => value.kind === 'function',
      { kind: 'function', does: { kind: 'returns', value: given([]), async: false } },
    ],
    [
      'what a callback passes on',
      { kind: 'function', does: { kind: 'invokes', index: 0, of: [constant(1), constant(2)], async: false } },
      (value) => value.kind === 'function',
      { kind: 'function', does: { kind: 'invokes', index: 0, of: [], async: false } },
    ],
    [
      'what a promise holds',
      { kind: 'promise', of: constant('long text'), rejected: false },
      (value) => value.kind === 'promise',
      { kind: 'promise', of: constant(''), rejected: false },
    ],
    [
      'arguments of a constructor, but not their number',
      { kind: 'create', path: ['A'], of: [constant('long text')] },
      (value) => value.kind === 'create',
      { kind: 'create', path: ['A'], of: [constant('')] },
    ],
  ])('keeps %s', async (_name, value, holds, expected) => {
    const result = await smallest(f(value), (first) => first !== undefined && holds(first))
    expect(result).toEqual(f(expected))
  })

  it('keeps the steps, the chance and the time that matter', async () => {
    const test: Case = {
      ...caseOf('f', callOf('f'), on(0, 'call', 'a'), on(1, 'call', 'b'), on(0, 'get', 'c')),
      chance: 0.9,
      moment: 5,
    }
    const result = await smallest(test, (_first, { steps }) => steps.some(({ name }) => name === 'b'))
    expect(result).toEqual(caseOf('f', callOf('f'), on(0, 'call', 'a'), on(1, 'call', 'b')))
    const chance = await smallest(test, (_first, candidate) => candidate.chance === 0.9)
    expect(chance).toEqual({ ...caseOf('f', callOf('f')), chance: 0.9 })
  })

  it('renumbers what comes behind a step that is dropped', async () => {
    const test = caseOf('f', callOf('f'), on(0, 'call', 'gone'), on(0, 'call', 'a'), on(2, 'call', 'b'))
    const result = await smallest(test, (_first, { steps }) => steps.some(({ name }) => name === 'b'))
    expect(result).toEqual(caseOf('f', callOf('f'), on(0, 'call', 'a'), on(1, 'call', 'b')))
  })

  it('begins with the repaired case when that is lighter and still good', async () => {
    const [wrong, repaired] = [f(given({ a: 1 })), f(constant('ab'))]
    const result = await simplify(
      wrong,
      repaired,
      weightOfCase,
      async ({ steps }) => steps[0]?.of[0]?.kind === 'constant' && steps[0].of[0].value === 'ab',
    )
    expect(result).toEqual(repaired)
  })
})
