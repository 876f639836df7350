// Dead letters
//
// Owns:   requests of people about dead letters: list, show, drop, and replay (send the mail again).
// Leaves: storing them (persistence/), receiving requests (transport/), showing answers (cli/).
//
// A replay is stored before it is sent, and again afterwards: a stored replay that was not sent is sent at the next
// start; one that was sent is repeated only on request.
//
// The sender of a replay is `dead-letters`, with a birth for each letter and a number for each attempt: however often
// an attempt is sent, its receiver takes it once (promise P4).
//
// A letter stays until it is dropped. Mail that fails again becomes a new letter. Mail that its sender may not send is
// never replayed.

import { z } from 'zod'
import { describeIssues, type Event } from '../kernel/index.ts'
import type { DeadLetters, LetterReplay, StoredLetter } from '../persistence/index.ts'
import type { ControlHandler, ControlReply, Mail } from '../transport/index.ts'
import { type Clock, systemClock } from './clock.ts'
import type { DeliveryCheck, Sender } from './routing.ts'

/** Sends replays; `check` tells whether an actor takes the event. */
interface Delivering {
  check(to: string, event: Event, sender: Sender): DeliveryCheck
  publish: Mail['publish']
}

/** The options of `deadLetterHandlers` and `sendAskedReplays`: the store with the letters, and the mail for replays. */
export interface DeadLetterOptions {
  readonly store: DeadLetters
  /** Absent while the system does not run: replays are then only stored. */
  readonly deliver?: Delivering
  readonly clock?: Clock
}

/** One letter, for a list. */
export interface LetterSummary {
  readonly id: number
  readonly at: number
  readonly to: string
  readonly reason: string
  readonly event: string
  readonly error?: string
  readonly replay?: LetterReplay
}

/** The result of a replay request; `stored`: it is sent at the next start. */
export interface ReplayResult {
  readonly id: number
  readonly outcome: 'sent' | 'stored' | 'refused'
  readonly code?: string
  readonly message?: string
}

/** Reasons that forbid a replay. */
const NEVER_AGAIN: ReadonlySet<string> = new Set(['forbidden', 'forged'])

const MAX_LISTED = 200
const MAX_ERROR_CHARACTERS = 500

const idSchema = z.int().positive()
const listSchema = z.object({ after: z.int().nonnegative().default(0) })
const oneSchema = z.object({ id: idSchema })
const replaySchema = z.object({ ids: z.array(idSchema).min(1).max(100), again: z.boolean().default(false) })

/** The verbs about dead letters: `deadLetters`, `deadLetter`, `replay`, `dropLetter`. */
export function deadLetterHandlers(options: DeadLetterOptions): Readonly<Record<string, ControlHandler>> {
  const { store } = options
  return {
    deadLetters: answering(listSchema, async ({ after }) => list(store, after)),
    deadLetter: answering(oneSchema, ({ id }) => whole(store, id)),
    replay: answering(replaySchema, async ({ ids, again }) => {
      const results: ReplayResult[] = []
      for (const id of ids) results.push(await replay(options, id, again))
      return ok(results)
    }),
    dropLetter: answering(oneSchema, async ({ id }) => {
      const letter = await store.deadLetter(id)
      if (!letter) return unknownLetter(id)
      await store.dropLetter(id)
      return ok(summary(letter))
    }),
  }
}

/**
 * Sends stored replays; call it when the tree is up. Actors may still be starting, so no check is made: mail that its
 * receiver refuses becomes a new letter.
 */
export async function sendAskedReplays(options: DeadLetterOptions): Promise<readonly ReplayResult[]> {
  const asked: StoredLetter[] = []
  for await (const letter of options.store.deadLetters()) {
    if (letter.replay?.state === 'asked') asked.push(letter)
  }
  const { deliver } = options
  const unasked = deliver && {
    ...deliver,
    check: (_: string, event: Event) => ({ ok: true, event }) as const,
  }
  const results: ReplayResult[] = []
  for (const letter of asked) {
    const attempt = letter.replay?.attempt ?? 1
    results.push(await carryOut({ ...options, ...(unasked && { deliver: unasked }) }, letter, attempt))
  }
  return results
}

async function replay(options: DeadLetterOptions, id: number, again: boolean): Promise<ReplayResult> {
  const letter = await options.store.deadLetter(id)
  if (!letter) return refusal(id, 'unknown_letter', `there is no dead letter ${id}`)
  const before = letter.replay
  if (before?.state === 'sent' && !again) {
    return refusal(id, 'replayed', `letter ${id} was replayed at ${new Date(before.at).toISOString()}`)
  }
  // Requested and not yet sent: repeat the same attempt, or the receiver could take it twice.
  const attempt = before?.state === 'asked' ? before.attempt : (before?.attempt ?? 0) + 1
  return carryOut(options, letter, attempt)
}

async function carryOut(
  { store, deliver, clock = systemClock }: DeadLetterOptions,
  letter: StoredLetter,
  attempt: number,
): Promise<ReplayResult> {
  const { id, to } = letter
  const note = (state: LetterReplay['state'], reason?: string): Promise<void> =>
    store.noteReplay(id, { state, at: clock.now(), attempt, ...(reason === undefined ? {} : { reason }) })
  const failed = async (code: string, reason: string): Promise<ReplayResult> => {
    if (letter.replay?.state === 'asked') await note('failed', reason)
    return refusal(id, code, reason)
  }
  const event = eventIn(letter)
  if (!event) return failed('unreadable', `letter ${id} contains no event to send`)
  if (NEVER_AGAIN.has(letter.reason))
    return failed('forbidden', `letter ${id} is ${letter.reason}: its sender may not send it`)
  const checked = deliver?.check(to, event, { id: 'dead-letters/check', from: 'dead-letters' })
  if (checked && !checked.ok) return failed(checked.code, checked.message)
  await note('asked')
  if (!deliver) return { id, outcome: 'stored' }
  const from = { address: 'dead-letters', birth: `${id}-${letter.at}`, number: attempt }
  const mail = { id: `dead-letters/${from.birth}/${attempt}@${to}`, to, from, event }
  const receipt = await deliver.publish(mail).catch((error: Error & { code?: unknown }) => {
    // The mail is closed: the next start sends it.
    if (error.code === 'closed') throw error
    return error
  })
  if (receipt === 'accepted') {
    await note('sent')
    return { id, outcome: 'sent' }
  }
  const full = receipt === 'refused'
  const reason = full ? `the mailbox of '${to}' is full; try again later` : receipt.message
  await note('failed', reason)
  return refusal(id, full ? 'mailbox_full' : 'unsendable', reason)
}

async function list(store: DeadLetters, after: number): Promise<ControlReply> {
  const letters: LetterSummary[] = []
  for await (const letter of store.deadLetters()) {
    if (letter.id <= after) continue
    if (letters.length === MAX_LISTED) return ok({ letters, more: true })
    letters.push(summary(letter))
  }
  return ok({ letters, more: false })
}

async function whole(store: DeadLetters, id: number): Promise<ControlReply> {
  const letter = await store.deadLetter(id)
  return letter ? ok({ ...letter, event: eventIn(letter)?.type ?? null }) : unknownLetter(id)
}

function summary(letter: StoredLetter): LetterSummary {
  const { id, at, to, reason, error, replay } = letter
  return {
    id,
    at,
    to,
    reason,
    event: eventIn(letter)?.type ?? '?',
    ...(error && { error: error.message.slice(0, MAX_ERROR_CHARACTERS) }),
    ...(replay && { replay }),
  }
}

const eventSchema = z.looseObject({ type: z.string().min(1) })
const mailSchema = z.looseObject({ event: eventSchema })

/** A letter holds an envelope, a message, an event, or something unreadable. */
function eventIn({ message }: StoredLetter): Event | undefined {
  const mail = mailSchema.safeParse(message)
  if (mail.success) return mail.data.event
  const event = eventSchema.safeParse(message)
  return event.success ? event.data : undefined
}

function answering<S extends z.ZodType>(
  schema: S,
  answer: (request: z.output<S>) => Promise<ControlReply>,
): ControlHandler {
  return async (payload) => {
    const request = schema.safeParse(payload)
    return request.success ? answer(request.data) : refused('bad_request', describeIssues(request.error))
  }
}

function unknownLetter(id: number): ControlReply {
  return refused('unknown_letter', `there is no dead letter ${id}`)
}

function refusal(id: number, code: string, message: string): ReplayResult {
  return { id, outcome: 'refused', code, message }
}

function ok(value: unknown): ControlReply {
  return { ok: true, value }
}

function refused(code: string, message: string): ControlReply {
  return { ok: false, error: { code, message } }
}
