import { ParseError, RangeViolation } from './errors.js'

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const

export type Unit = keyof typeof UNITS

const PART = /(\d+(?:\.\d+)?)\s*(ms|d|h|m|s)\s*/y
const CLOCK = /^(\d+):([0-5]\d)(?::([0-5]\d))?$/

/**
 * Reads `1h 30m`, `1.5s`, `-2d` or a clock such as `1:30` (hours and minutes) and `0:01:30`.
 * Returns milliseconds.
 */
export function parseDuration(text: string): number {
  const trimmed = text.trim().toLowerCase()
  if (trimmed === '') throw new ParseError('a duration is missing', 1, 1)
  const negative = trimmed.startsWith('-')
  const unsigned = negative ? trimmed.slice(1).trimStart() : trimmed
  const length = parseClock(unsigned) ?? parseUnits(unsigned)
  return negative && length !== 0 ? -length : length
}

function parseClock(text: string): number | undefined {
  const match = CLOCK.exec(text)
  if (match === null) return undefined
  const [, hours, minutes, seconds = '0'] = match
  return Number(hours) * UNITS.h + Number(minutes) * UNITS.m + Number(seconds) * UNITS.s
}

function parseUnits(text: string): number {
  const seen = new Set<string>()
  let total = 0
  PART.lastIndex = 0
  let at = 0
  while (at < text.length) {
    const match = PART.exec(text)
    if (match === null) throw new ParseError(`cannot read '${text.slice(at)}' as a duration`, 1, at + 1)
    const unit = match[2] as Unit
    if (seen.has(unit)) throw new ParseError(`the unit '${unit}' comes twice`, 1, at + 1)
    seen.add(unit)
    total += Number(match[1]) * UNITS[unit]
    at = PART.lastIndex
  }
  return Math.round(total)
}

/** The largest units first, at most `parts` of them: `formatDuration(5_400_000)` is `1h 30m`. */
export function formatDuration(ms: number, parts = 2): string {
  if (!Number.isFinite(ms)) throw new RangeViolation('the duration', ms, 'a finite number of milliseconds')
  if (parts < 1) throw new RangeViolation('parts', parts, 'at least 1')
  let rest = Math.abs(Math.round(ms))
  const words: string[] = []
  for (const [unit, size] of Object.entries(UNITS)) {
    const count = Math.floor(rest / size)
    if (count === 0) continue
    words.push(`${count}${unit}`)
    rest -= count * size
    if (words.length === parts) break
  }
  if (words.length === 0) return '0ms'
  return ms < 0 ? `-${words.join(' ')}` : words.join(' ')
}

/** How long ago in words, for lists: `just now`, `5 minutes ago`, `in 2 days`. */
export function relative(ms: number): string {
  const size = Math.abs(ms)
  if (size < 45_000) return 'just now'
  const [count, unit] =
    size < UNITS.h
      ? [Math.round(size / UNITS.m), 'minute']
      : size < UNITS.d
        ? [Math.round(size / UNITS.h), 'hour']
        : [Math.round(size / UNITS.d), 'day']
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`
  return ms < 0 ? `${words} ago` : `in ${words}`
}
