// Publisher
//
// Owns:   putting messages into a stream, many at a time, each until the server has said what became of it.
// Leaves: what the messages are.
//
// P1. Each message is sent again, under the same id, until it is accepted or refused. The stream drops what it has.
// P2. After a lost connection everything unanswered is sent again in its order, before anything new. The client
//     itself drops what it could not send and lets requests run into their timeout.

import { createInbox, headers, type Msg, type MsgHdrs, type Subscription } from '@nats-io/transport-node'
import type { Connection, ConnectionState } from '../connect-nats.ts'
import { TransportError } from '../transport-error.ts'
import { pauseBefore } from './retrying.ts'

interface Pending {
  readonly subject: string
  readonly bytes: Uint8Array
  readonly headers: MsgHdrs
  readonly settle: PromiseWithResolvers<'accepted' | 'refused'>
  attempts: number
  /** When it is sent again unless answered. */
  dueAt: number
}

const ANSWER_MS = 5_000
const SWEEP_MS = 100
/** Of the mailbox, or of the whole stream. */
const FULL: ReadonlySet<string> = new Set(['maximum messages per subject exceeded', 'maximum bytes exceeded'])
const NO_STREAM = 'no stream takes it'

export class Publisher {
  readonly #connection: Connection
  readonly #onTrouble: (sentence: string) => void
  readonly #onNoStream: () => void
  readonly #inbox = createInbox()
  readonly #answers: Subscription
  readonly #unlisten: () => void
  /** In the order of publishing. */
  readonly #pending = new Map<string, Pending>()
  #troubled = false
  #count = 0
  #sweep: NodeJS.Timeout | undefined
  #closed = false

  /** @param onNoStream called as long as nobody takes what is published: the stream is gone. */
  constructor(
    connection: Connection,
    onTrouble: (sentence: string) => void,
    onNoStream: () => void = () => {},
  ) {
    this.#onNoStream = onNoStream
    this.#connection = connection
    this.#onTrouble = onTrouble
    this.#answers = connection.nats.subscribe(`${this.#inbox}.*`, {
      callback: (_error, message) => this.#take(message),
    })
    this.#unlisten = connection.onState((state) => this.#follow(state))
    connection.closed.then(() => this.close())
  }

  /** @param id by which the stream knows it again, as a header carries it. */
  publish(subject: string, bytes: Uint8Array, id: string): Promise<'accepted' | 'refused'> {
    if (this.#closed) return Promise.reject(closedError())
    const written = headers()
    written.set('Nats-Msg-Id', id)
    const pending: Pending = {
      subject,
      bytes,
      headers: written,
      settle: Promise.withResolvers(),
      attempts: 0,
      dueAt: 0,
    }
    const key = (++this.#count).toString(36)
    this.#pending.set(key, pending)
    if (this.#connection.state === 'connected') this.#send(key, pending)
    this.#sweep ??= setInterval(() => this.#sendOverdue(), SWEEP_MS)
    return pending.settle.promise
  }

  /** Unanswered publishes are rejected: whether the stream has them is not known. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#sweep)
    this.#unlisten()
    if (!this.#connection.nats.isClosed()) this.#answers.unsubscribe()
    for (const { settle } of this.#pending.values()) settle.reject(closedError())
    this.#pending.clear()
  }

  #send(key: string, pending: Pending): void {
    pending.attempts += 1
    pending.dueAt = Date.now() + ANSWER_MS
    try {
      this.#connection.nats.publish(pending.subject, pending.bytes, {
        reply: `${this.#inbox}.${key}`,
        headers: pending.headers,
      })
    } catch (error) {
      // The client refuses it (this server may take less than ENVELOPE_LIMIT): it would do so for ever.
      this.#pending.delete(key)
      const message = `mail to ${pending.subject} cannot be sent: ${(error as Error).message}`
      pending.settle.reject(new TransportError('too_large', message, { cause: error }))
    }
  }

  #take(message: Msg): void {
    const key = message.subject.slice(this.#inbox.length + 1)
    const pending = this.#pending.get(key)
    if (!pending) return
    const answer = readAnswer(message)
    if (answer.kind === 'again') {
      if (answer.reason === NO_STREAM) this.#onNoStream()
      pending.dueAt = Date.now() + pauseBefore(pending.attempts)
      // Once for all that wait.
      if (!this.#troubled) this.#onTrouble(`mail to ${pending.subject} is not accepted yet: ${answer.reason}`)
      this.#troubled = true
      return
    }
    this.#troubled = false
    this.#pending.delete(key)
    pending.settle.resolve(answer.kind)
  }

  #follow(state: ConnectionState): void {
    if (state !== 'connected') return
    for (const [key, pending] of this.#pending) this.#send(key, pending)
  }

  #sendOverdue(): void {
    if (this.#pending.size === 0) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
      return
    }
    if (this.#connection.state !== 'connected') return
    const now = Date.now()
    for (const [key, pending] of this.#pending) {
      if (pending.dueAt <= now) this.#send(key, pending)
    }
  }
}

type Answer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'again'; readonly reason: string }

function readAnswer(message: Msg): Answer {
  // Without a stream nobody answers, and the server says so in a header.
  if (message.data.length === 0) return { kind: 'again', reason: NO_STREAM }
  try {
    const answer = message.json<{ seq?: number; error?: { description?: string } }>()
    if (!answer.error) return { kind: 'accepted' }
    const reason = answer.error.description ?? 'the server gave no reason'
    return FULL.has(reason) ? { kind: 'refused' } : { kind: 'again', reason }
  } catch (error) {
    return { kind: 'again', reason: (error as Error).message }
  }
}

function closedError(): TransportError {
  return new TransportError('closed', 'the mail is closed; what was not answered may or may not have arrived')
}
