// Control in memory
//
// Owns:   the same within one process: requests reach the handlers of the same object, as text like on the wire.

import { parseJson } from '../../kernel/index.ts'
import { systemClock, within } from '../../platform/index.ts'
import { type Control, type ControlHandler, type ControlReply, failure, type OnAnswered } from '../control.ts'
import { readVerb } from '../subjects.ts'
import { answer, readReply } from './answer.ts'

/** Control within one process, with the raw requests and subscriptions of a NATS client. */
export interface MemoryControl extends Control {
  /** Like `nats sub`. Returns a function that ends it. */
  hearAll(listener: (subject: string, fact: unknown) => void): () => void
  /** Like `nats req`, with the subject after the common prefix: any text as payload, the reply as text. */
  requestRaw(subject: string, payload: string): Promise<string>
}

/**
 * Opens control within one process: requests reach the handlers of the same object.
 * @param sender the member that sends: there is only one process.
 */
export function openMemoryControl(sender = 'main'): MemoryControl {
  return new Switchboard(sender)
}

class Switchboard implements MemoryControl {
  readonly #sender: string
  readonly #verbs = new Map<string, ControlHandler>()
  readonly #listeners = new Set<(subject: string, fact: unknown) => void>()
  #serving = false
  #onAnswered: OnAnswered = () => {}

  constructor(sender: string) {
    this.#sender = sender
  }

  async serve(
    handlers: Readonly<Record<string, ControlHandler>>,
    onAnswered = this.#onAnswered,
  ): Promise<void> {
    this.#onAnswered = onAnswered
    for (const [verb, act] of Object.entries(handlers)) this.#verbs.set(verb, act)
    this.#serving = true
  }

  async request(verb: string, payload: unknown, timeoutMs: number): Promise<ControlReply> {
    if (!this.#serving) return failure('no_responder', 'nobody serves')
    let text: string
    try {
      text = JSON.stringify(payload) ?? ''
    } catch (error) {
      return failure('bad_request', `${verb} cannot be asked: ${(error as Error).message}`)
    }
    const reply = this.requestRaw(verb, text).then((answered) => readReply(verb, answered))
    return within(systemClock, timeoutMs, reply, () =>
      failure('timeout', `${verb} was not answered in ${timeoutMs} ms`),
    )
  }

  requestRaw(subject: string, payload: string): Promise<string> {
    return answer(this.#verbs, { ...readVerb(subject), sender: this.#sender, payload }, this.#onAnswered)
  }

  tell(subject: string, fact: unknown): void {
    let text: string
    try {
      text = JSON.stringify(fact) ?? 'null'
    } catch {
      // As over NATS: events are delivered at most once.
      return
    }
    for (const listener of this.#listeners) setImmediate(() => listener(subject, parseJson(text)))
  }

  async listen(subject: string, listener: (fact: unknown, sender: string) => void): Promise<() => void> {
    return this.hearAll((told, fact) => {
      if (told === subject) listener(fact, this.#sender)
    })
  }

  hearAll(listener: (subject: string, fact: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#serving = false
  }
}
