// Words
//
// Owns:   a machine's state and counted nouns in words, and a text of others as one line.
// Leaves: what only a terminal shows: percent, time spans, lines that fit (cli/words.ts).

import { stripVTControlCharacters } from 'node:util'

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

/** Takes control characters out: what a repository or a model said must not move the cursor. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
}
