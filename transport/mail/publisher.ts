// Publisher
//
// Owns:   publishing messages to a stream, many at a time, each until the server has accepted or refused it.
// Leaves: the contents of the messages.
//
// Each message is sent again, under the same id, until it is accepted or refused. The stream drops duplicates.
//
// P2. After a lost connection all unanswered messages are sent again in order, before any new one. The client itself
//     drops messages it could not send and lets requests time out.
// P3. When the stream was made again, all mail lost with the old one is sent again, before unanswered messages; until
//     then no message is sent.
// P4. A full mailbox refuses mail. A full stream makes actors wait for room without limit, because their effects are
//     durable; then one message is sent at a time, oldest first. Mail from outside is refused.

import { createInbox, headers, type Msg, type MsgHdrs, type Subscription } from '@nats-io/transport-node'
import type { Connection, ConnectionState } from '../connect-nats.ts'
import { TransportError } from '../transport-error.ts'
import { pauseAfter } from './retrying.ts'
import { type StreamMessage, UnconfirmedMail } from './unconfirmed.ts'

export interface OutgoingMessage extends StreamMessage {
  /** It may be refused when the stream is full. */
  readonly isFromOutside: boolean
}

interface PendingPublish {
  readonly posted: OutgoingMessage
  readonly headers: MsgHdrs
  /** The deleted stream had accepted it, so it can no longer be refused. */
  readonly isAgain: boolean
  readonly settle: PromiseWithResolvers<'accepted' | 'refused'>
  attempts: number
  /** The time at which it is sent again unless answered. */
  dueAt: number
}

const ANSWER_MS = 5_000
const SWEEP_MS = 100
const MAILBOX_FULL = 'maximum messages per subject exceeded'
const STREAM_FULL = 'maximum bytes exceeded'
const NO_STREAM = 'no stream takes it'

export interface PublisherOptions {
  readonly connection: Connection
  /** Called with a failure that is being retried. */
  readonly onTrouble: (sentence: string) => void
  /** Called with news for the operator: mail waits for room, or no longer does. */
  readonly onNotice: (sentence: string) => void
  /** Called while no stream accepts mail: the stream is gone. */
  readonly onNoStream: () => void
}

export class Publisher {
  readonly #options: PublisherOptions
  readonly #connection: Connection
  readonly #inbox = createInbox()
  readonly #answers: Subscription
  readonly #unlisten: () => void
  readonly #unconfirmed = new UnconfirmedMail()
  /** In the order of publishing, by the last token of the reply subject. */
  #pending = new Map<string, PendingPublish>()
  /** Sequences taken while a publish is unanswered: one may be that message, whose answer is still on its way. */
  readonly #confirmedEarly = new Set<number>()
  /** How many callers wait for the stream to exist (P3). */
  #held = 0
  /** The connection came back meanwhile (P2). */
  #isStale = false
  #trouble: string | undefined
  /** The stream is full (P4). */
  #isFull = false
  #count = 0
  #sweep: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: PublisherOptions) {
    const { connection } = options
    this.#options = options
    this.#connection = connection
    this.#answers = connection.nats.subscribe(`${this.#inbox}.*`, {
      callback: (_error, message) => this.#take(message),
    })
    this.#unlisten = connection.onState((state) => this.#follow(state))
    connection.closed.then(() => this.close())
  }

  publish(posted: OutgoingMessage): Promise<'accepted' | 'refused'> {
    if (this.#closed) return Promise.reject(closedError())
    if (this.#isFull && posted.isFromOutside) return Promise.resolve('refused')
    const [key, pending] = this.#add(posted, false)
    if (this.#canSend) this.#send(key, pending)
    return pending.settle.promise
  }

  /** The stream delivered the message, from any publisher. */
  delivered(sequence: number, letter: StreamMessage): void {
    this.#unconfirmed.add(sequence, letter)
  }

  /** Its receiver has taken the message. */
  confirm(sequence: number): void {
    this.#unconfirmed.confirm(sequence)
    if (this.#pending.size > 0) this.#confirmedEarly.add(sequence)
  }

  /** The mail of these subjects was purged. */
  forget(isMeant: (subject: string) => boolean): void {
    this.#unconfirmed.forget(isMeant)
  }

  /**
   * @param ensure checks the stream, and returns whether it is another one now.
   * @returns the number of messages lost with the old stream, which are sent again (P3); undefined when it is the same
   * stream.
   */
  async whileHeld(ensure: () => Promise<boolean>): Promise<number | undefined> {
    this.#held += 1
    let isNew = false
    try {
      isNew = await ensure()
    } finally {
      this.#held -= 1
      if (!isNew) this.#release()
    }
    return isNew ? this.#sendAgain() : undefined
  }

  /** Rejects unanswered publishes: the stream may have stored them. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#sweep)
    this.#unlisten()
    if (!this.#connection.nats.isClosed()) this.#answers.unsubscribe()
    for (const { settle } of this.#pending.values()) settle.reject(closedError())
    this.#pending.clear()
  }

  get #canSend(): boolean {
    return this.#held === 0 && !this.#isFull && this.#connection.state === 'connected'
  }

  #add(posted: OutgoingMessage, isAgain: boolean): [string, PendingPublish] {
    const written = headers()
    written.set('Nats-Msg-Id', posted.id)
    const settle = Promise.withResolvers<'accepted' | 'refused'>()
    const key = (++this.#count).toString(36)
    const pending = { posted, headers: written, isAgain, settle, attempts: 0, dueAt: 0 }
    this.#pending.set(key, pending)
    this.#sweep ??= setInterval(() => this.#sendOverdue(), SWEEP_MS)
    return [key, pending]
  }

  #remove(key: string): void {
    this.#pending.delete(key)
    if (this.#pending.size === 0) this.#confirmedEarly.clear()
  }

  /** Sends lost mail again (P3); returns the number of messages. */
  #sendAgain(): number {
    const unanswered = this.#pending
    this.#pending = new Map()
    const lost = this.#unconfirmed.takeAll()
    for (const { subject, bytes, id, isAway } of lost) {
      const [, { settle }] = this.#add({ subject, bytes, id, isAway, isFromOutside: false }, true)
      // Its caller has the answer of the old stream: nobody waits for this one.
      settle.promise.catch(() => {})
    }
    for (const [key, pending] of unanswered) this.#pending.set(key, pending)
    this.#follow(this.#connection.state)
    return lost.length
  }

  #send(key: string, pending: PendingPublish): void {
    pending.attempts += 1
    pending.dueAt = Date.now() + ANSWER_MS
    const { subject, bytes } = pending.posted
    try {
      this.#connection.nats.publish(subject, bytes, {
        reply: `${this.#inbox}.${key}`,
        headers: pending.headers,
      })
    } catch (error) {
      // The client refuses it (this server's limit may be below ENVELOPE_LIMIT) and would do so every time.
      this.#remove(key)
      const message = `mail to ${subject} cannot be sent: ${(error as Error).message}`
      pending.settle.reject(new TransportError('too_large', message, { cause: error }))
    }
  }

  #take(message: Msg): void {
    const key = message.subject.slice(this.#inbox.length + 1)
    const pending = this.#pending.get(key)
    if (!pending) return
    const answer = readAnswer(message, pending)
    if (answer.kind === 'again') {
      pending.dueAt = Date.now() + pauseAfter(pending.attempts)
      if (answer.reason === NO_STREAM) this.#options.onNoStream()
      if (answer.reason === STREAM_FULL) return this.#fill()
      // Reported once for all waiting messages.
      if (this.#trouble !== answer.reason)
        this.#options.onTrouble(`mail to ${pending.posted.subject} is not accepted yet: ${answer.reason}`)
      this.#trouble = answer.reason
      return
    }
    this.#trouble = undefined
    if (answer.kind === 'accepted' && answer.isNew && !this.#confirmedEarly.delete(answer.sequence))
      this.#unconfirmed.add(answer.sequence, pending.posted)
    this.#remove(key)
    // A refusal by a mailbox says nothing about the stream, but it may have been the last waiting message.
    if (this.#isFull && (answer.kind === 'accepted' || this.#pending.size === 0)) this.#goOn()
    pending.settle.resolve(answer.kind)
  }

  /** Enters the mode of a full stream (P4). */
  #fill(): void {
    if (!this.#isFull) this.#options.onNotice('the mail stream is full; mail of actors waits for room')
    this.#isFull = true
  }

  /** Tries one more message; when none waits the stream is no longer full. */
  #goOn(): void {
    const [oldest] = this.#pending
    if (oldest) return this.#send(...oldest)
    this.#isFull = false
    this.#options.onNotice('the mail stream has room again; no mail waits')
  }

  #release(): void {
    if (this.#isStale) this.#follow(this.#connection.state)
    else this.#sendOverdue()
  }

  #follow(state: ConnectionState): void {
    if (state !== 'connected') return
    this.#isStale = this.#held > 0
    if (this.#isStale) return
    // It may be another server, with more room.
    this.#isFull = false
    for (const [key, pending] of this.#pending) this.#send(key, pending)
  }

  #sendOverdue(): void {
    if (this.#pending.size === 0) {
      if (this.#isFull) this.#goOn()
      clearInterval(this.#sweep)
      this.#sweep = undefined
      return
    }
    if (this.#held > 0 || this.#connection.state !== 'connected') return
    const now = Date.now()
    for (const [key, pending] of this.#pending) {
      if (pending.dueAt <= now) this.#send(key, pending)
      if (this.#isFull) return
    }
  }
}

type PublishAnswer =
  /** Not new: it was accepted before, and may have been taken since. */
  | { readonly kind: 'accepted'; readonly sequence: number; readonly isNew: boolean }
  | { readonly kind: 'refused' }
  | { readonly kind: 'again'; readonly reason: string }

function readAnswer(message: Msg, { posted, isAgain, attempts }: PendingPublish): PublishAnswer {
  // Without a stream the server answers with a header and an empty message.
  if (message.data.length === 0) return { kind: 'again', reason: NO_STREAM }
  try {
    const answer = message.json<{ seq?: number; duplicate?: boolean; error?: { description?: string } }>()
    if (!answer.error)
      return { kind: 'accepted', sequence: answer.seq ?? 0, isNew: !answer.duplicate || attempts > 1 }
    const reason = answer.error.description ?? 'the server gave no reason'
    const isRefused = reason === STREAM_FULL ? posted.isFromOutside : reason === MAILBOX_FULL && !isAgain
    return isRefused ? { kind: 'refused' } : { kind: 'again', reason }
  } catch (error) {
    return { kind: 'again', reason: (error as Error).message }
  }
}

function closedError(): TransportError {
  return new TransportError('closed', 'the mail is closed; unanswered messages may or may not have arrived')
}
