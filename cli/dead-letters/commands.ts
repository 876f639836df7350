// Dead letter commands
//
// Owns:   what `canopy dead-letters` prints, from checked options to an exit code.
// Leaves: the dead letters (app/dead-letters/), how answers are written (text.ts).

import type { Colors } from 'picocolors/types.js'
import {
  type DeadLetterSource,
  dropLetters,
  findRun,
  listLetters,
  type NatsOptions,
  natsTarget,
  reachLetters,
  replayLetters,
  showLetter,
  UserError,
  type WhichStoredRun,
} from '../../app/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { letterText, listText, resultText } from './text.ts'

export interface LetterOptions extends WhichStoredRun, NatsOptions {
  readonly json?: boolean
  readonly all?: boolean
  readonly again?: boolean
}

export interface LetterCommands {
  list(options: LetterOptions): Promise<number>
  show(ids: readonly string[], options: LetterOptions): Promise<number>
  replay(ids: readonly string[], options: LetterOptions): Promise<number>
  drop(ids: readonly string[], options: LetterOptions): Promise<number>
}

export function createLetterCommands(terminal: Terminal, colors: Colors): LetterCommands {
  const print = (json: boolean | undefined, value: unknown, text: () => string): void => {
    terminal.screen.write(`${json ? JSON.stringify(value) : text()}\n`)
  }
  const withLetters = async (
    options: LetterOptions,
    work: (letters: DeadLetterSource) => Promise<number>,
  ): Promise<number> => {
    const nats = natsTarget(options, terminal)
    const letters = await reachLetters(await findRun(options, terminal), nats, terminal.env)
    try {
      return await work(letters)
    } finally {
      await letters.close()
    }
  }
  return {
    list: (options) =>
      withLetters(options, async (letters) => {
        const all = await listLetters(letters)
        print(options.json, all, () => listText(all, colors))
        return exitCodes.reached
      }),
    show(texts, options) {
      const [id = 0] = numbers(texts)
      return withLetters(options, async (letters) => {
        const letter = await showLetter(letters, id)
        print(options.json, letter, () => letterText(letter, colors))
        return exitCodes.reached
      })
    },
    replay(texts, { all = false, again = false, ...options }) {
      const ids = numbers(texts)
      if (ids.length > 0 === all) {
        throw new UserError(
          'bad_argument',
          'no dead letter is named',
          "Give their numbers, or --all: 'canopy dead-letters replay 3 4'.",
        )
      }
      return withLetters(options, async (letters) => {
        const results = await replayLetters(letters, { ids: all ? 'all' : ids, again })
        print(options.json, results, () => resultText(results, colors))
        return results.every(({ outcome }) => outcome !== 'refused')
          ? exitCodes.reached
          : exitCodes.notReached
      })
    },
    drop(texts, options) {
      const ids = numbers(texts)
      return withLetters(options, async (letters) => {
        const dropped = await dropLetters(letters, ids)
        print(options.json, dropped, () => `dropped ${ids.join(', ')}`)
        return exitCodes.reached
      })
    },
  }
}

function numbers(texts: readonly string[]): number[] {
  for (const text of texts) {
    if (/^[1-9]\d{0,14}$/.test(text)) continue
    throw new UserError(
      'bad_argument',
      `${JSON.stringify(text)} is not the number of a dead letter`,
      "'canopy dead-letters' lists them with their numbers.",
    )
  }
  return [...new Set(texts.map(Number))]
}
