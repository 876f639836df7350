import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkRoadmap, type MilestoneStatus, nextMilestone, skippedMilestones } from '../../machines/index.ts'
import { milestone } from './samples.ts'

const standing = (status: MilestoneStatus['status'], tries = 1, gained = false): MilestoneStatus => ({
  status,
  tries,
  gained,
})
const idOf = (...args: Parameters<typeof nextMilestone>) => nextMilestone(...args)?.id

describe('roadmap', () => {
  it.each([
    ['the more urgent', [milestone('a', 50, { priority: 5 }), milestone('b', 50, { priority: 1 })], 'b'],
    [
      'the one due first',
      [
        milestone('a', 50),
        milestone('b', 50, { deadline: '2027-02-01' }),
        milestone('c', 50, { deadline: '2027-01-31' }),
      ],
      'c',
    ],
    ['the one written first', [milestone('a', 50), milestone('b', 50)], 'a'],
    [
      'what the urgent one needs',
      [milestone('a', 50, { priority: 1, needs: ['b'] }), milestone('b', 50)],
      'b',
    ],
  ])('takes %s', (_, roadmap, expected) => {
    expect(idOf(roadmap, new Map(), 2)).toBe(expected)
  })

  it.each([
    ['reached', standing('reached'), undefined],
    ['not reached, no gain', standing('not_reached'), undefined],
    ['not reached, gained', standing('not_reached', 1, true), 'a'],
    ['not reached, gained, tried enough', standing('not_reached', 2, true), undefined],
    ['skipped', standing('skipped'), undefined],
  ])('of one that was %s', (_, known, expected) => {
    expect(idOf([milestone('a', 50)], new Map([['a', known]]), 2)).toBe(expected)
  })

  it('skips what needs a milestone that will not be reached, with the reason', () => {
    const roadmap = [
      milestone('a', 50),
      milestone('b', 50, { needs: ['a'] }),
      milestone('c', 50, { needs: ['b'] }),
    ]
    const lost = new Map([['a', standing('not_reached')]])
    expect(skippedMilestones(roadmap, lost, 2).map(({ milestone: { id }, reason }) => [id, reason])).toEqual([
      ['b', 'it needs "a", which was not reached'],
    ])
    lost.set('b', standing('skipped'))
    expect(skippedMilestones(roadmap, lost, 2).map(({ milestone: { id } }) => id)).toEqual(['c'])
  })

  it('refuses an empty one, unknown needs and circles', () => {
    expect(checkRoadmap([]).join()).toContain('no milestone')
    expect(checkRoadmap([milestone('a', 50, { needs: ['x'] })]).join()).toContain('"a" needs "x"')
    const circle = [milestone('a', 50, { needs: ['b'] }), milestone('b', 50, { needs: ['a'] })]
    expect(checkRoadmap(circle).join()).toContain('a -> b -> a')
  })

  it('knows a milestone called like something every object has', () => {
    const roadmap = [milestone('constructor', 50), milestone('b', 50, { needs: ['constructor'] })]
    expect(checkRoadmap(roadmap)).toEqual([])
    expect(idOf(roadmap, new Map(), 2)).toBe('constructor')
  })

  it('works through any roadmap to its end: each milestone once it may, none twice after no gain', () => {
    const roadmaps = fc
      .array(
        fc.record({ needs: fc.array(fc.nat(), { maxLength: 2 }), priority: fc.integer({ min: 1, max: 9 }) }),
        {
          minLength: 1,
          maxLength: 8,
        },
      )
      .map((all) =>
        all.map(({ needs, priority }, index) =>
          milestone(`m${index}`, 50, {
            priority,
            needs: index === 0 ? [] : [...new Set(needs.map((need) => `m${need % index}`))],
          }),
        ),
      )
    const ends = fc.infiniteStream(
      fc.constantFrom(standing('reached'), standing('not_reached'), standing('not_reached', 1, true)),
    )
    fc.assert(
      fc.property(roadmaps, ends, (roadmap, outcomes) => {
        const standings = new Map<string, MilestoneStatus>()
        for (let step = 0; step < 100; step++) {
          const skipped = skippedMilestones(roadmap, standings, 2)
          for (const { milestone } of skipped) standings.set(milestone.id, standing('skipped'))
          if (skipped.length > 0) continue
          const next = nextMilestone(roadmap, standings, 2)
          if (!next) break
          for (const need of next.needs) expect(standings.get(need)?.status).toBe('reached')
          const tries = (standings.get(next.id)?.tries ?? 0) + 1
          expect(tries).toBeLessThanOrEqual(2)
          standings.set(next.id, { ...(outcomes.next().value ?? standing('reached')), tries })
        }
        expect([...standings.keys()].sort()).toEqual(roadmap.map(({ id }) => id).sort())
      }),
    )
  })
})
