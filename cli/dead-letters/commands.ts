// Dead letter commands
//
// Owns:   what `canopy dead-letters` does, from checked options to an exit code.
// Leaves: whom it asks (app/dead-letters/), how answers are written (text.ts).

import type { Colors } from 'picocolors/types.js'
import { z } from 'zod'
import {
  type DeadLetterSource,
  findRun,
  type NatsOptions,
  natsTarget,
  reachLetters,
  UserError,
  type WhichStoredRun,
} from '../../app/index.ts'
import type { ControlReply } from '../../transport/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { oneLine } from '../words.ts'
import { type DeadLetterRow, letterText, lineSchema, listText, resultSchema, resultText } from './text.ts'

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

const pageSchema = z.object({ letters: z.array(lineSchema), more: z.boolean() })
const AT_ONCE = 50

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
        const all = await listed(letters)
        print(options.json, all, () => listText(all, colors))
        return exitCodes.reached
      }),
    show(texts, options) {
      const [id] = numbers(texts)
      return withLetters(options, async (letters) => {
        const letter = answered(await letters.ask('deadLetter', { id }))
        print(options.json, letter, () => letterText(letter, colors))
        return exitCodes.reached
      })
    },
    replay(texts, options) {
      const ids = numbers(texts)
      if (ids.length > 0 === (options.all ?? false)) {
        throw new UserError(
          'bad_argument',
          'which dead letters are to be replayed?',
          "Give their numbers, or --all: 'canopy dead-letters replay 3 4'.",
        )
      }
      return withLetters(options, async (letters) => {
        const results = await replay(letters, options.all ? await replayable(letters, options) : ids, options)
        print(options.json, results, () => resultText(results, colors))
        return results.every(({ outcome }) => outcome !== 'refused')
          ? exitCodes.reached
          : exitCodes.notReached
      })
    },
    drop(texts, options) {
      const ids = numbers(texts)
      return withLetters(options, async (letters) => {
        const dropped: unknown[] = []
        for (const id of ids) dropped.push(answered(await letters.ask('dropLetter', { id })))
        print(options.json, dropped, () => `dropped ${ids.join(', ')}`)
        return exitCodes.reached
      })
    },
  }
}

async function listed(letters: DeadLetterSource): Promise<DeadLetterRow[]> {
  const all: DeadLetterRow[] = []
  for (let more = true; more; ) {
    const page = checked(
      pageSchema,
      answered(await letters.ask('deadLetters', { after: all.at(-1)?.id ?? 0 })),
    )
    all.push(...page.letters)
    more = page.more
  }
  return all
}

async function replayable(letters: DeadLetterSource, { again }: LetterOptions): Promise<number[]> {
  const all = await listed(letters)
  return all.filter(({ replay }) => again || replay?.state !== 'sent').map(({ id }) => id)
}

async function replay(letters: DeadLetterSource, ids: readonly number[], { again }: LetterOptions) {
  if (!letters.canReplay) {
    throw new UserError(
      'run_over',
      'the run of these dead letters is over: nobody is left to take them',
      "'canopy dead-letters show ID' prints one whole, to be sent to another run with 'canopy send'.",
    )
  }
  const results: z.output<typeof resultSchema>[] = []
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const reply = await letters.ask('replay', { ids: ids.slice(at, at + AT_ONCE), again: again ?? false })
    results.push(...checked(z.array(resultSchema), answered(reply)))
  }
  return results
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

function answered(reply: ControlReply): unknown {
  if (reply.ok) return reply.value
  const { code, message } = reply.error
  const wayOut =
    code === 'unknown_verb'
      ? 'The running system is of an older version: stop it, and ask again.'
      : "'canopy dead-letters' lists what there is."
  throw new UserError(code, oneLine(message), wayOut)
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new UserError(
    'strange_answer',
    `the answer cannot be read: ${z.prettifyError(parsed.error)}`,
    'The running system may be of another version.',
  )
}
