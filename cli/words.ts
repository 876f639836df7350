// Words
//
// Owns:   how figures and states are written everywhere: percent, time spans, a machine's state, a line that fits.

import { stripVTControlCharacters } from 'node:util'
import { type Count, type Doer, percent } from '../machines/index.ts'

/** `62.4 %`. Rounded down, so that 90 % is never written before it is reached. */
export function percentText(count: Count): string {
  return `${(Math.floor(percent(count) * 10 + 1e-9) / 10).toFixed(1)} %`
}

/** `1h 02m`, `3m 07s`, `12s`. */
export function timeSpan(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  if (hours > 0) return `${hours}h ${two(minutes)}m`
  return minutes > 0 ? `${minutes}m ${two(rest)}s` : `${rest}s`
}

/** An XState value in words: `working`, `working.writing`, `a.x + b.y`. */
export function stateText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return ''
  return Object.entries(value)
    .map(([name, inner]) => {
      const below = stateText(inner)
      return below === '' ? name : `${name}.${below}`
    })
    .join(' + ')
}

/** Whether an XState value is in a state called `paused`, at any depth. */
export function isPaused(value: unknown): boolean {
  return /(^|[. ])paused($|[. ])/.test(stateText(value))
}

/** `1 task`, `2 tasks`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`
}

/** `debug with anthropic/claude-opus-5-5`. */
export function doerText({ kind, model }: Pick<Doer, 'kind' | 'model'>): string {
  return `${kind} with ${model}`
}

/** Takes control characters out: what a repository or a model said must not move the cursor. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
}

/** What was wrong, each in a line of its own; without the frames of stacks, which tell of the runner and not of the code. */
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
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colours are what is looked for.
  const cut = line.replace(/\x1b\[[\d;]*m|./gsu, (part) => {
    if (part.startsWith('\x1b')) return part
    left -= 1
    return left >= 0 ? part : ''
  })
  return `${cut}${columns > 0 ? '…' : ''}`
}
