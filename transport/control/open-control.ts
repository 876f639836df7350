// Control over NATS
//
// Owns:   requests and events on core NATS subjects, so that plain `nats req` and `nats sub` work.
// Leaves: computing the reply (answer.ts).

import { setTimeout as pause } from 'node:timers/promises'
import { errors, headers, type Msg, type MsgHdrs, type Subscription } from '@nats-io/transport-node'
import { parseJson } from '../../kernel/index.ts'
import type { Connection } from '../connect-nats.ts'
import { type Control, type ControlHandler, type ControlReply, failure, type OnAnswered } from '../control.ts'
import {
  type ControlPort,
  controlSubject,
  controlSubjects,
  factSender,
  factSubject,
  readControlSubject,
} from '../subjects.ts'
import { answer, readReply } from './answer.ts'

/** The system, the connection, and the name of the member. */
export interface ControlOptions {
  readonly connection: Connection
  /** The system's name: letters, digits, `-` and `_`. */
  readonly system: string
  /** One unit of the system, which has its own handlers. */
  readonly unit?: string
  /** The member that sends; default: the connection's. The server accepts only the name in the key. */
  readonly sender?: string
  /** The asker's name for the audit log of the system. */
  readonly by?: string
}

const OPERATOR = 'operator'
/** The header with the asker's name, which is not checked. */
const ASKER = 'Canopy-By'

const PING = 'here'
const PONG = JSON.stringify({ ok: true, value: null })
/** A request from another account gets no error when no system runs: the absence of an answer shows it. */
const PING_MS = 1_000
/** Milliseconds before a request is repeated to a server. */
const AGAIN_MS = 50
const MAX_UNANSWERED_PINGS = 3

/** Opens the control port of a system, to serve it or to send requests to it. */
export function openControl(options: ControlOptions): Control {
  return new NatsControl(options)
}

class NatsControl implements Control {
  readonly #connection: Connection
  readonly #port: ControlPort
  readonly #sender: string
  /** The subject pattern of all requests here. */
  readonly #subjects: string
  readonly #asker: MsgHdrs | undefined
  readonly #verbs = new Map<string, ControlHandler>()
  #requests: Subscription | undefined
  #onAnswered: OnAnswered = () => {}

  constructor({ connection, system, unit, sender, by }: ControlOptions) {
    this.#connection = connection
    this.#asker = by === undefined ? undefined : headers()
    this.#asker?.set(ASKER, by ?? '')
    this.#port = { system, unit }
    this.#sender = sender ?? connection.identity?.member ?? OPERATOR
    // Throws at once when the name is invalid.
    this.#subjects = controlSubjects(this.#port)
  }

  async serve(
    handlers: Readonly<Record<string, ControlHandler>>,
    onAnswered = this.#onAnswered,
  ): Promise<void> {
    this.#onAnswered = onAnswered
    for (const [verb, act] of Object.entries(handlers)) this.#verbs.set(verb, act)
    this.#requests ??= this.#connection.nats.subscribe(this.#subjects, {
      callback: (error, message) => {
        if (!error) this.#reply(message)
      },
    })
    // Resolves only after the server knows the subscription.
    await this.#settle()
  }

  async request(verb: string, payload: unknown, timeoutMs: number): Promise<ControlReply> {
    const settled = new AbortController()
    const asked = this.#ask(verb, payload, timeoutMs).finally(() => settled.abort())
    return this.#connection.jetStream.checkAPI === false
      ? Promise.race([asked, this.#silence(settled.signal, asked)])
      : asked
  }

  tell(subject: string, fact: unknown): void {
    if (this.#connection.nats.isClosed()) return
    try {
      this.#connection.nats.publish(
        factSubject(this.#port.system, this.#sender, subject),
        JSON.stringify(fact) ?? 'null',
      )
    } catch {
      // Too large, or closing: events are delivered at most once.
    }
  }

  async listen(subject: string, listener: (fact: unknown, sender: string) => void): Promise<() => void> {
    const { nats } = this.#connection
    const heard = nats.subscribe(factSubject(this.#port.system, undefined, subject), {
      callback: (error, message) => {
        const fact = error ? undefined : factOf(message)
        if (fact !== undefined) listener(fact, factSender(message.subject))
      },
    })
    await this.#settle()
    return () => {
      if (!nats.isClosed()) heard.unsubscribe()
    }
  }

  /** Resolves when the server knows every subscription; a server that was away is told them when it is back. */
  async #settle(): Promise<void> {
    const { nats } = this.#connection
    for (;;) {
      try {
        return await nats.flush()
      } catch (error) {
        if (nats.isClosed()) throw error
        await pause(AGAIN_MS)
      }
    }
  }

  async close(): Promise<void> {
    if (!this.#connection.nats.isClosed()) this.#requests?.unsubscribe()
    this.#requests = undefined
  }

  async #reply(message: Msg): Promise<void> {
    // A message of the server or of another member on a subject of requests that is not a request.
    if (!message.subject.startsWith(this.#subjects.slice(0, -1))) return
    const requested = readControlSubject(this.#subjects, message.subject)
    if (requested.verb === PING) return void message.respond(PONG)
    const by = message.headers?.get(ASKER)
    const asked = {
      ...requested,
      ...(by && { by }),
      payload: message.string(),
    }
    const limit = this.#connection.nats.info?.max_payload
    const text = await answer(this.#verbs, asked, this.#onAnswered, limit)
    if (!this.#connection.nats.isClosed()) message.respond(text)
  }

  async #ask(verb: string, payload: unknown, timeoutMs: number): Promise<ControlReply> {
    try {
      const message = await this.#connection.nats.request(
        controlSubject(this.#port, this.#sender, verb),
        JSON.stringify(payload) ?? '',
        { timeout: timeoutMs, ...(this.#asker && { headers: this.#asker }) },
      )
      return readReply(verb, message.string())
    } catch (error) {
      return this.#unanswered(verb, timeoutMs, error as Error)
    }
  }

  /** Resolves when no system answers, or with the answer. */
  async #silence(settled: AbortSignal, answer: Promise<ControlReply>): Promise<ControlReply> {
    await pause(PING_MS, undefined, { signal: settled }).catch(() => {})
    for (let silences = 0; !settled.aborted; ) {
      const pong = await this.#ask(PING, {}, PING_MS)
      silences = pong.ok ? 0 : silences + 1
      if (silences === MAX_UNANSWERED_PINGS) return this.#nobody()
      if (pong.ok) await pause(PING_MS, undefined, { signal: settled }).catch(() => {})
    }
    return answer
  }

  #nobody(): ControlReply {
    return failure('no_responder', `no system "${this.#port.system}" is running at ${this.#connection.url}`)
  }

  #unanswered(verb: string, timeoutMs: number, error: Error): ControlReply {
    const { cause } = error
    const is = (kind: abstract new (...args: never[]) => Error) =>
      error instanceof kind || cause instanceof kind
    if (is(errors.NoRespondersError)) return this.#nobody()
    if (is(errors.TimeoutError)) {
      return failure('timeout', `system "${this.#port.system}" did not answer ${verb} in ${timeoutMs} ms`)
    }
    if (is(errors.PermissionViolationError))
      return failure('not_allowed', `the key of ${this.#sender} does not allow ${verb}`)
    if (this.#connection.nats.isClosed())
      return failure('closed', `the connection to ${this.#connection.url} is closed`)
    return failure('bad_request', `${verb} cannot be asked: ${error.message}`)
  }
}

/** Undefined for a message that is not an event of Canopy. */
function factOf(message: Msg): unknown {
  try {
    return parseJson(message.string())
  } catch {
    return undefined
  }
}
