// Runner words
//
// The arguments that a script gives to its test runner, without those that Canopy sets itself.

import type { ShellWord } from './shell-words.ts'

export interface WordRules {
  /** Options whose value is the next word. */
  readonly valued: RegExp
  /** Options whose values are all words up to the next option. */
  readonly listed?: RegExp
  /** A first word that is no file: `run`. */
  readonly command?: RegExp
  /** Options that are left out, with their values. */
  readonly dropped: RegExp
}

export interface RunnerWords {
  readonly options: readonly ShellWord[]
  /** Files, folders and patterns. */
  readonly operands: readonly ShellWord[]
}

export function splitWords(words: readonly ShellWord[], rules: WordRules): RunnerWords {
  const options: ShellWord[] = []
  const operands: ShellWord[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as ShellWord
    if (word.value === '--') continue
    if (!word.value.startsWith('-')) {
      operands.push(word)
      continue
    }
    const [name = ''] = word.value.split('=')
    const values = word.value.includes('=') ? [] : valuesOf(name, words.slice(at + 1), rules)
    at += values.length
    if (!rules.dropped.test(name)) options.push(word, ...values)
  }
  const isCommand = rules.command?.test(operands[0]?.value ?? '') === true
  return { options, operands: isCommand ? operands.slice(1) : operands }
}

function valuesOf(
  name: string,
  behind: readonly ShellWord[],
  { valued, listed }: WordRules,
): readonly ShellWord[] {
  if (valued.test(name) || /^(?:true|false)$/.test(behind[0]?.value ?? '')) return behind.slice(0, 1)
  if (listed?.test(name) !== true) return []
  const next = behind.findIndex(({ value }) => value.startsWith('-'))
  return next < 0 ? behind : behind.slice(0, next)
}

/** The command line; through a shell where a word is one that a shell expands. */
export function withWords(argv: readonly string[], words: readonly ShellWord[]): string[] {
  if (!words.some(({ isExpanded }) => isExpanded)) return [...argv, ...words.map(({ value }) => value)]
  return ['/bin/sh', '-c', `exec "$@" ${words.map(({ raw }) => raw).join(' ')}`, 'sh', ...argv]
}

/** A word that the shell leaves as it is. */
export const plainWord = (value: string): ShellWord => ({
  raw: `'${value.replaceAll("'", "'\\''")}'`,
  value,
  isExpanded: false,
})
