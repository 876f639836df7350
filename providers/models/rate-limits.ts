// Rate limits
//
// Owns:   what the vendors' headers say of their limits and of when to come back.
// Leaves: what follows from it (governor).

import type { RateLimit } from '../../machines/index.ts'

const ANTHROPIC: readonly [RateLimit['of'], string][] = [
  ['requests', 'requests'],
  ['tokens', 'tokens'],
  ['input_tokens', 'input-tokens'],
  ['output_tokens', 'output-tokens'],
]

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The limits told by Anthropic's or OpenAI's headers; what cannot be read is left out. */
export function rateLimitsOf(headers: Headers, now: number): RateLimit[] {
  const clock = clockOf(headers, now)
  const anthropic = ANTHROPIC.map(([of, name]) =>
    limit(of, (part) => headers.get(`anthropic-ratelimit-${name}-${part}`), clock),
  )
  const openai = (['requests', 'tokens'] as const).map((of) =>
    limit(of, (part) => headers.get(`x-ratelimit-${part}-${of}`), clock),
  )
  return [...anthropic, ...openai].filter((each) => each !== undefined)
}

function limit(
  of: RateLimit['of'],
  header: (part: string) => string | null,
  clock: number,
): RateLimit | undefined {
  const most = amount(header('limit'))
  const remaining = amount(header('remaining'))
  const resetMs = untilReset(header('reset'), clock)
  // Azure says -1 and 0 for "no limit": a limit of nothing is none.
  if (!most || remaining === undefined || resetMs === undefined) return undefined
  return { of, limit: most, remaining, resetMs }
}

function amount(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** `2026-11-22T12:00:00Z` (Anthropic), `6m0s` or `120ms` (OpenAI), seconds (others). */
function untilReset(text: string | null, clock: number): number | undefined {
  if (text === null) return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000
  if (/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)]
    return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0), 0)
  }
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock)
}

/** How long the vendor asks to wait; undefined when it does not say, or nothing that can be read. */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const exact = seconds(headers.get('retry-after-ms'))
  if (exact !== undefined) return exact / 1_000
  const text = headers.get('retry-after')
  if (text === null) return undefined
  const plain = seconds(text)
  if (plain !== undefined) return plain
  // Only what looks like a date: Date.parse makes one of nearly everything.
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - clockOf(headers, now))
}

function seconds(text: string | null): number | undefined {
  return text !== null && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) * 1_000 : undefined
}

/** The vendor's clock, since its times are told by it; ours when it shows none. */
function clockOf(headers: Headers, now: number): number {
  const theirs = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(theirs) ? now : theirs
}
