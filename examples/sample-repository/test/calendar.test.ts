import { describe, expect, it } from 'vitest'
import { addBusinessDays, addDays, formatDay, isLeapYear, isoWeek, parseDay } from '../src/calendar.js'

describe('calendar', () => {
  it.each([
    [2024, true],
    [2023, false],
    [1900, false],
    [2000, true],
  ])('knows whether %i is a leap year', (year, expected) => {
    expect(isLeapYear(year)).toBe(expected)
  })

  it('moves over the end of a year', () => {
    expect(formatDay(addDays(parseDay('2024-12-31'), 1))).toBe('2025-01-01')
  })

  it('counts the last days of a year into the first week of the next', () => {
    expect(isoWeek(parseDay('2024-12-30'))).toEqual({ year: 2025, week: 1 })
  })

  it('skips weekends and holidays', () => {
    const holidays = ['2024-12-25', '2024-12-26']
    expect(formatDay(addBusinessDays(parseDay('2024-12-23'), 3, holidays))).toBe('2024-12-30')
  })
})
