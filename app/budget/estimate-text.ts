// Estimate text
//
// Owns:   how an estimate is written before a run, and its error after it.

import { type Estimate, errorOf, type Interval } from '../../machines/index.ts'
import { counted } from '../words.ts'

/** `about 1.2M tokens (400k to 3.1M), 3.40 usd (1.10 to 9.80): from 23 earlier tasks`. */
export function estimateText({ tasks, tokens, microdollars, from }: Estimate): string {
  const money = microdollars.likely > 0 ? `, ${intervalText(microdollars, usd, ' usd')}` : ''
  const basis =
    from === 0 ? 'a rough guess, no similar task has run here yet' : `from ${counted(from, 'earlier task')}`
  return `${counted(tasks, 'task')}: about ${intervalText(tokens, many, ' tokens')}${money}: ${basis}`
}

/** `tokens: 1.4M, 17% more than estimated, within the interval`; a line each, none where nothing was expected. */
export function errorTexts(
  estimate: Estimate,
  taken: { readonly tokens: number; readonly microdollars: number },
): string[] {
  return [
    ...errorText(estimate.tokens, taken.tokens, `${many(taken.tokens)} tokens`),
    ...errorText(estimate.microdollars, taken.microdollars, `${usd(taken.microdollars)} usd`),
  ]
}

function errorText(interval: Interval, taken: number, text: string): string[] {
  const { ratio, within } = errorOf(interval, taken)
  if (ratio === null) return []
  const percent = Math.round(Math.abs(ratio - 1) * 100)
  const off = percent === 0 ? 'as estimated' : `${percent}% ${ratio > 1 ? 'more' : 'less'} than estimated`
  return [`${text}: ${off}, ${within ? 'within' : 'outside'} the interval`]
}

function intervalText(
  { low, likely, high }: Interval,
  text: (amount: number) => string,
  unit: string,
): string {
  return `${text(likely)}${unit} (${text(low)} to ${text(high)})`
}

function many(tokens: number): string {
  if (tokens < 1_000) return String(Math.round(tokens))
  if (tokens < 999_500) return `${Math.round(tokens / 1_000)}k`
  return `${(tokens / 1e6).toFixed(1)}M`
}

function usd(microdollars: number): string {
  return (microdollars / 1e6).toFixed(2)
}
