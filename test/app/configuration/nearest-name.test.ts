// Which known name a misspelt one means, and when it means none.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearestName } from '../../../app/configuration/nearest-name.ts'

describe('the nearest name', () => {
  it.each([
    ['workers', 'workers'],
    ['worker', 'workers'],
    ['wrokers', 'workers'],
    ['workerss', 'workers'],
    ['wurkers', 'workers'],
    ['WORKERS', 'workers'],
    ['work_ers', 'workers'],
    ['maxmb', 'max-mb'],
    ['max.mb', 'max-mb'],
    ['runtime', undefined],
    ['', undefined],
    ['x', undefined],
  ])('of %j is %j', (wrong, name) => {
    expect(nearestName(wrong, ['budget', 'max-mb', 'workers'])).toBe(name)
  })

  it('is the one with the fewest edits, and the first of those with as many', () => {
    expect(nearestName('coding', ['codings', 'coding', 'cooding'])).toBe('coding')
    expect(nearestName('test', ['tests', 'text'])).toBe('tests')
  })

  it('is none where nothing is known', () => {
    expect(nearestName('workers', [])).toBeUndefined()
  })

  it('counts two neighbours that were swapped as one edit', () => {
    expect(nearestName('urn', ['run'])).toBe('run')
    expect(nearestName('nur', ['run'])).toBeUndefined()
  })

  it('is found in no time for a name of any length', () => {
    const began = performance.now()
    expect(nearestName('x'.repeat(1_000_000), ['workers'])).toBeUndefined()
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  it('of a known name is itself, and of any text is a known one or none', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'abcde'), minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(letters, fc.uniqueArray(letters, { maxLength: 5 }), (wrong, known) => {
        const found = nearestName(wrong, known)
        if (known.includes(wrong)) expect(found).toBe(wrong)
        else expect([undefined, ...known]).toContain(found)
      }),
    )
  })
})
