// Select and simplify: few tests, small ones, each for something.

import { describe, expect, it } from 'vitest'
import { type Case, constant, type Expression, weightOfCase } from '../../testgen/expression.ts'
import { simplify } from '../../testgen/search/simplify.ts'
import { select } from '../../testgen/select.ts'
import type { CaseFinding } from '../../testgen/tasks.ts'

const uses = { chance: false, clock: false, timers: false, folder: false }

function caseOf(target: string, ...of: Expression[]): Case {
  return { target, chance: 0.5, steps: [{ op: 'call', on: { path: [target] }, of }] }
}

function finding(target: string, edges: readonly number[], cost: number): CaseFinding {
  return {
    test: caseOf(target),
    observed: { outcome: { kind: 'returned', readings: [], async: false }, uses, awaits: [], waits: [] },
    edges,
    cost,
  }
}

describe('select', () => {
  it('takes every edge with cheap cases', () => {
    const [cheap, dear, other] = [finding('f', [0, 1], 1), finding('f', [0, 1], 9), finding('f', [2], 1)]
    expect(select([dear, cheap, other], new Set(), 12).findings).toEqual([cheap, other])
  })

  it('leaves out what existing tests take', () => {
    const [known, fresh] = [finding('f', [0], 1), finding('f', [1], 1)]
    expect(select([known, fresh], new Set([0]), 12).findings).toEqual([fresh])
  })

  it('drops what later choices made superfluous', () => {
    const [small, large, rest] = [
      finding('f', [0, 1], 1),
      finding('f', [1, 2], 1),
      finding('f', [0, 2, 3], 1),
    ]
    const { findings } = select([small, large, rest], new Set(), 12)
    expect(new Set(findings.flatMap(({ edges }) => edges))).toEqual(new Set([0, 1, 2, 3]))
    expect(findings).toHaveLength(2)
  })

  it('gives no target more than its share, and says so', () => {
    const many = Array.from({ length: 9 }, (_, edge) => finding('f', [edge], 1))
    const { findings, surplus } = select(many, new Set(), 2)
    expect(findings).toHaveLength(3)
    expect(surplus).toBe(6)
  })

  it('prefers larger cases where small ones would be too many', () => {
    const small = Array.from({ length: 9 }, (_, edge) => finding('f', [edge], 1))
    const large = finding('f', [0, 1, 2, 3, 4, 5, 6, 7], 30)
    expect(select([...small, large], new Set(), 2).surplus).toBe(0)
  })
})

describe('simplify', () => {
  it('finds the smallest case that still shows it', async () => {
    const test = caseOf(
      'f',
      constant('hello, x and more'),
      { kind: 'array', items: [constant(7), constant(42)] },
      constant(true),
    )
    const light = await simplify(test, test, weightOfCase, async ({ steps }) => {
      const [text] = steps[0]?.of ?? []
      return text?.kind === 'constant' && String(text.value).includes('x')
    })
    expect(light).toEqual(caseOf('f', constant('x')))
  })

  it('prefers what the types allow, when it shows the same', async () => {
    const [mistyped, repaired] = [caseOf('f', constant(7)), caseOf('f', constant('seven'))]
    const price = (test: Case) =>
      weightOfCase(test) + (typeof (test.steps[0]?.of[0] as { value?: unknown })?.value === 'string' ? 0 : 5)
    const light = await simplify(mistyped, repaired, price, async () => true)
    expect(light).toEqual(caseOf('f', constant('')))
  })

  it('ends when nothing smaller will do', async () => {
    const test = caseOf('f', constant(5))
    expect(await simplify(test, test, weightOfCase, async () => false)).toBe(test)
  })
})
