// Loops of every period are found in time, however they are mixed with new trees before; progress never is.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AgentStep,
  follow,
  newTrail,
  type StuckLevel,
  stuckLevel,
  type Trail,
} from '../../machines/agent/stuck.ts'

const PATIENCE = 20
const levelsOf = (steps: readonly AgentStep[], patience: number | null = PATIENCE): StuckLevel[] => {
  let trail: Trail = newTrail('t')
  return steps.map((step) => {
    trail = follow(trail, step)
    return stuckLevel(trail, patience)
  })
}
const step = (call: string, tree = 't'): AgentStep => ({ calls: [call], tree })

describe('a loop', () => {
  it.each([1, 2, 3, 4, 5, 6])('of period %i ends within eight steps, told before', (period) => {
    const steps = Array.from({ length: 8 }, (_, at) => step(`call ${at % period}`))
    const levels = levelsOf(steps)
    const end = levels.indexOf('end') + 1
    expect(end).toBe(period === 6 ? 8 : period + 3)
    expect(levels.slice(0, end - 1)).toContain('strategy')
    if (period < 6) expect(levels).toContain('nudge')
  })

  it('is found wherever it begins, also when it changes the worktree back and forth', () => {
    const anyLoop = fc.record({
      before: fc.nat({ max: 10 }),
      period: fc.integer({ min: 1, max: 6 }),
      trees: fc.array(fc.constantFrom('t', 'u'), { minLength: 6, maxLength: 6 }),
    })
    fc.assert(
      fc.property(anyLoop, ({ before, period, trees }) => {
        const first = Array.from({ length: before }, (_, at) => step(`new ${at}`, `tree ${at}`))
        const loop = Array.from({ length: 8 }, (_, at) =>
          step(`call ${at % period}`, trees[at % period] ?? 't'),
        )
        const levels = levelsOf([...first, ...loop])
        expect(levels.slice(0, before).every((level) => level === 'fine')).toBe(true)
        expect(levels.indexOf('end')).toBeGreaterThan(before)
        expect(levels.indexOf('end')).toBeLessThan(before + 8)
      }),
    )
  })

  it('is one too when the same few steps come in any order', () => {
    const order = [0, 1, 1, 0, 0, 1, 0]
    expect(levelsOf(order.map((each) => step(`call ${each}`)))).toContain('end')
  })

  it('does not see in which order calls of one reply were made', () => {
    const steps: AgentStep[] = [
      { calls: ['a', 'b'], tree: 't' },
      { calls: ['b', 'a'], tree: 't' },
    ]
    expect(levelsOf(steps)).toEqual(['fine', 'nudge'])
  })
})

describe('progress', () => {
  const anyStep = fc.record({ call: fc.nat({ max: 3 }).map(String), tree: fc.nat() })

  it('by a new tree each time is never called stuck, whatever is called', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyStep, { selector: ({ tree }) => tree, maxLength: 40 }), (steps) => {
        const levels = levelsOf(steps.map(({ call, tree }) => step(call, `tree ${tree}`)))
        expect(levels.every((level) => level === 'fine')).toBe(true)
      }),
    )
  })

  it('by a new step each time is never called stuck when nothing need be written', () => {
    const steps = Array.from({ length: 60 }, (_, at) => step(`read ${at}`))
    expect(levelsOf(steps, null).every((level) => level === 'fine')).toBe(true)
  })

  it('after a repetition wipes the slate', () => {
    const levels = levelsOf([step('a'), step('a'), step('b', 'u'), step('c', 'u'), step('c', 'u')])
    expect(levels).toEqual(['fine', 'nudge', 'fine', 'fine', 'nudge'])
  })
})

it('who should write and never does is warned, made to try another way, and ended', () => {
  const levels = levelsOf(Array.from({ length: 50 }, (_, at) => step(`read ${at}`)))
  expect([levels.indexOf('nudge'), levels.indexOf('strategy'), levels.indexOf('end')]).toEqual([19, 29, 39])
})
