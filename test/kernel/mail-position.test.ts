import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MailPosition, take } from '../../kernel/step/mail-position.ts'

describe('place', () => {
  it('takes each number once, in whatever order and however often they come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 200 }), (numbers) => {
        let place: MailPosition | undefined
        const taken: number[] = []
        for (const number of numbers) {
          const next = take(place, number)
          if (!next) continue
          taken.push(number)
          place = next
        }
        expect(taken.length).toBe(new Set(taken).size)
        expect(new Set(taken)).toEqual(new Set(numbers))
      }),
    )
  })

  it('remembers a bounded number of holes', () => {
    const place = take(undefined, 1_000_000)
    expect(place?.missing.length).toBeLessThanOrEqual(256)
    expect(place && take(place, 999_999)).toBeDefined()
    expect(place && take(place, 3)).toBeUndefined()
  })
})
