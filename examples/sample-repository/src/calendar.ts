import { ParseError, RangeViolation } from './errors.js'

/** A day without time or zone: nothing here ever asks the clock. */
export interface Day {
  year: number
  /** 1 to 12. */
  month: number
  /** 1 to 31. */
  day: number
}

const DAY_MS = 86_400_000

export function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

export function daysInMonth(year: number, month: number): number {
  if (month < 1 || month > 12) throw new RangeViolation('the month', month, '1 to 12')
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Reads `2024-02-29` and the older `29.2.2024`. */
export function parseDay(text: string): Day {
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text)
  const parts = iso === null ? dotted?.slice(1).reverse() : iso.slice(1)
  if (parts === undefined) throw new ParseError(`'${text}' is not a day such as 2024-02-29`, 1, 1)
  const [year, month, day] = parts.map(Number) as [number, number, number]
  if (day < 1 || day > daysInMonth(year, month))
    throw new RangeViolation('the day', day, 'a day of that month')
  return { year, month, day }
}

export function formatDay({ year, month, day }: Day): string {
  const pad = (value: number, width: number): string => String(value).padStart(width, '0')
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
}

function toNumber({ year, month, day }: Day): number {
  return Math.round(Date.UTC(year, month - 1, day) / DAY_MS)
}

function fromNumber(days: number): Day {
  const date = new Date(days * DAY_MS)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

export function addDays(day: Day, count: number): Day {
  return fromNumber(toNumber(day) + count)
}

/** Keeps the day where the month has it, else takes the month's last: 31 January plus one is 28 or 29 February. */
export function addMonths(day: Day, count: number): Day {
  const months = day.year * 12 + (day.month - 1) + count
  const year = Math.floor(months / 12)
  const month = months - year * 12 + 1
  return { year, month, day: Math.min(day.day, daysInMonth(year, month)) }
}

export function daysBetween(from: Day, to: Day): number {
  return toNumber(to) - toNumber(from)
}

/** 1 is Monday, 7 is Sunday. */
export function weekday(day: Day): number {
  const number = (toNumber(day) + 4) % 7
  return number <= 0 ? number + 7 : number
}

/** ISO 8601 weeks: the week with the year's first Thursday is week 1. */
export function isoWeek(day: Day): { year: number; week: number } {
  const thursday = addDays(day, 4 - weekday(day))
  const first = { year: thursday.year, month: 1, day: 1 }
  return { year: thursday.year, week: Math.floor(daysBetween(first, thursday) / 7) + 1 }
}

export function isBusinessDay(day: Day, holidays: readonly string[] = []): boolean {
  return weekday(day) <= 5 && !holidays.includes(formatDay(day))
}

/** Moves on by business days; a count of 0 moves only off a free day, a negative one goes back. */
export function addBusinessDays(day: Day, count: number, holidays: readonly string[] = []): Day {
  if (Math.abs(count) > 2600)
    throw new RangeViolation('the count', count, 'at most ten years of business days')
  const step = count < 0 ? -1 : 1
  let left = Math.abs(count)
  let at = day
  while (left > 0 || !isBusinessDay(at, holidays)) {
    at = addDays(at, step)
    if (left > 0 && isBusinessDay(at, holidays)) left -= 1
  }
  return at
}

/** Whole years, as of birthdays. */
export function age(born: Day, on: Day): number {
  if (daysBetween(born, on) < 0)
    throw new RangeViolation('the age', daysBetween(born, on), 'a birth before that day')
  const before = on.month < born.month || (on.month === born.month && on.day < born.day)
  return on.year - born.year - (before ? 1 : 0)
}
