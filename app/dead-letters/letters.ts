// Letters
//
// Owns:   listing, showing, replaying and dropping dead letters.
// Leaves: where they are asked for (reach.ts), the answers (actors/), printing (cli/dead-letters/).

import { z } from 'zod'
import type { ControlReply } from '../../transport/index.ts'
import { checkedAnswer, OTHER_VERSION } from '../control/ask-system.ts'
import { UserError } from '../errors.ts'
import { oneLine } from '../words.ts'
import type { DeadLetterSource } from './reach.ts'

const replaySchema = z.looseObject({
  state: z.string(),
  /** Milliseconds since the Unix epoch. */
  at: z.number(),
  reason: z.string().optional(),
})

const rowSchema = z.looseObject({
  id: z.number(),
  /** Milliseconds since the Unix epoch. */
  at: z.number(),
  to: z.string(),
  reason: z.string(),
  event: z.string(),
  error: z.string().optional(),
  replay: replaySchema.optional(),
})
/** A dead letter in a list, without its event's fields. */
export type DeadLetterRow = z.output<typeof rowSchema>

const resultSchema = z.looseObject({
  id: z.number(),
  /** `stored`: nothing runs, and the next start sends it. */
  outcome: z.enum(['sent', 'stored', 'refused']),
  message: z.string().optional(),
})
export type ReplayResult = z.output<typeof resultSchema>

const pageSchema = z.object({ letters: z.array(rowSchema), more: z.boolean() })
const MAX_REPLAYED_AT_ONCE = 50

export async function listLetters(source: DeadLetterSource): Promise<DeadLetterRow[]> {
  const all: DeadLetterRow[] = []
  for (let more = true; more; ) {
    const page = await ask(source, 'deadLetters', { after: all.at(-1)?.id ?? 0 })
    const read = checkedAnswer('deadLetters', pageSchema, page)
    refuseRepeated(all, read)
    all.push(...read.letters)
    more = read.more
  }
  return all
}

/** A page that does not lead on would be asked for without end. */
function refuseRepeated(all: readonly DeadLetterRow[], { letters, more }: z.output<typeof pageSchema>): void {
  const ids = [all.at(-1)?.id ?? 0, ...letters.map(({ id }) => id)]
  const grows = ids.every((id, at) => at === 0 || id > (ids[at - 1] ?? 0))
  if (grows && !(more && letters.length === 0)) return
  throw new UserError(
    'strange_answer',
    `the answer to deadLetters cannot be read: the page after dead letter ${ids[0]} does not continue the list`,
    `${OTHER_VERSION}.`,
  )
}

/** A dead letter as it is stored. */
export function showLetter(source: DeadLetterSource, id: number): Promise<unknown> {
  return ask(source, 'deadLetter', { id })
}

/** Which dead letters are sent again. */
export interface ReplayRequest {
  readonly ids: readonly number[] | 'all'
  /** Also those that were replayed before. */
  readonly again: boolean
}

/** Fails with `run_over` when no system will take them. */
export async function replayLetters(
  source: DeadLetterSource,
  { ids, again }: ReplayRequest,
): Promise<ReplayResult[]> {
  const wanted = ids === 'all' ? await replayable(source, again) : ids
  if (!source.canReplay) {
    throw new UserError(
      'run_over',
      'the run of these dead letters is over: it has no actors any more',
      "'canopy dead-letters show ID' prints the whole event, for 'canopy send' to another run.",
    )
  }
  const results: ReplayResult[] = []
  for (let at = 0; at < wanted.length; at += MAX_REPLAYED_AT_ONCE) {
    const some = wanted.slice(at, at + MAX_REPLAYED_AT_ONCE)
    const answer = await ask(source, 'replay', { ids: some, again })
    results.push(...checkedAnswer('replay', z.array(resultSchema), answer))
  }
  return results
}

/** Removes them; resolves with what each was. A failure says which were removed before it. */
export async function dropLetters(source: DeadLetterSource, ids: readonly number[]): Promise<unknown[]> {
  const dropped: unknown[] = []
  for (const id of ids)
    dropped.push(
      await ask(source, 'dropLetter', { id }).catch((error: unknown) => {
        throw withDropped(error, ids.slice(0, dropped.length))
      }),
    )
  return dropped
}

function withDropped(error: unknown, dropped: readonly number[]): unknown {
  if (!(error instanceof UserError) || dropped.length === 0) return error
  const { code, message, wayOut } = error
  return new UserError(code, `${message}; dropped before that: ${dropped.join(', ')}`, wayOut, {
    cause: error,
  })
}

async function replayable(source: DeadLetterSource, again: boolean): Promise<number[]> {
  const all = await listLetters(source)
  return all.filter(({ replay }) => again || replay?.state !== 'sent').map(({ id }) => id)
}

async function ask(source: DeadLetterSource, verb: string, payload: unknown): Promise<unknown> {
  return answerOf(await source.ask(verb, payload))
}

function answerOf(reply: ControlReply): unknown {
  if (reply.ok) return reply.value
  const { code, message } = reply.error
  const wayOut =
    code === 'unknown_verb'
      ? 'The running system is of an older version: stop it, and try again.'
      : "'canopy dead-letters' lists them."
  throw new UserError(code, oneLine(message), wayOut)
}
