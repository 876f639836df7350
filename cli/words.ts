// Words
//
// Owns:   how figures are written on the terminal: percent, time spans, a line that fits.
// Leaves: a machine's state in words, counted nouns (app/words.ts).

import { stripVTControlCharacters } from 'node:util'
import { oneLine } from '../app/index.ts'
import { type Assignee, type Count, percent } from '../machines/index.ts'

export { oneLine }

/** `62.4%`. Rounded down, so that 90% is never written before it is reached. */
export function percentText(count: Count): string {
  return `${(Math.floor(percent(count) * 10 + 1e-9) / 10).toFixed(1)}%`
}

/** `1h 02m`, `3m 07s`, `12s`. */
export function timeSpan(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  if (hours > 0) return `${hours}h ${two(minutes)}m`
  return minutes > 0 ? `${minutes}m ${two(rest)}s` : `${rest}s`
}

/** `debug with anthropic/claude-opus-5-5`. */
export function assigneeText({ kind, model }: Pick<Assignee, 'kind' | 'model'>): string {
  return `${kind} with ${model}`
}

/** Reasons, one a line; without stack frames, which show the runner and not the code. */
export function reasonLines(reasons: readonly string[]): string[] {
  return reasons
    .flatMap((reason) => reason.split('\n'))
    .filter((line) => !/^\s+at\s/.test(line))
    .map(oneLine)
    .filter((line) => line !== '')
}

/** Cuts a line, colours and all, to a number of columns. */
export function fit(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line
  let left = Math.max(columns - 1, 0)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for the escape sequences of colours.
  const cut = line.replace(/\x1b\[[\d;]*m|./gsu, (part) => {
    if (part.startsWith('\x1b')) return part
    left -= 1
    return left >= 0 ? part : ''
  })
  return `${cut}${columns > 0 ? '…' : ''}`
}
