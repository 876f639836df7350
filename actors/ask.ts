// Ask
//
// Owns:   questions that wait for their answers: each has a reply address and a deadline.
// Leaves: the answer (a machine sends it as mail), the mail (transport/).
//
// Every question ends, with its answer or with `timeout`. A late answer is dropped, as in OTP.

import { randomUUID } from 'node:crypto'
import type { Address, Event } from '../kernel/index.ts'
import { within } from '../platform/index.ts'
import type { Mail } from '../transport/index.ts'
import type { Clock } from './clock.ts'

/** How a question to an actor ended: with its answer, or with the code and the reason of the failure. */
export type AskResult<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly code: AskErrorCode; readonly message: string }

/**
 * Why a question has no answer. `timeout`: none came before the deadline. `unknown_actor`: no actor has this address. `bad_event`: the
 * receiver's schema refuses the event. `forbidden`: `accepts` of the node refuses it. `mailbox_full`: the receiver's mailbox is full.
 * `stopped`: the node was stopped first.
 */
export type AskErrorCode =
  | 'timeout'
  | 'unknown_actor'
  | 'bad_event'
  | 'forbidden'
  | 'mailbox_full'
  | 'stopped'

/** No kind of actor can begin with it. */
const PREFIX = '~ask.'

export class Asks {
  readonly #clock: Clock
  readonly #waiting = new Map<Address, (event: Event) => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The same mail, from which answers to pending questions are taken out. */
  through(mail: Mail): Mail {
    return {
      publish: (sent) => mail.publish(sent),
      purge: (address) => mail.purge(address),
      close: () => mail.close(),
      receive: (receiver) =>
        mail.receive({
          onSession: () => receiver.onSession(),
          onUndecodable: (what) => receiver.onUndecodable(what),
          onDelivery: (delivery) => {
            const { to, event } = delivery.envelope
            if (!to.startsWith(PREFIX)) return receiver.onDelivery(delivery)
            this.#waiting.get(to)?.(event)
            delivery.ack()
          },
        }),
    }
  }

  /** `send` posts the question with the reply address; `over` ends the wait when the node stops. */
  async ask<Answer>(
    deadlineMs: number,
    send: (replyTo: Address) => Promise<AskResult<never> | undefined>,
    over: Promise<unknown>,
  ): Promise<AskResult<Answer>> {
    const replyTo = PREFIX + randomUUID()
    const { promise, resolve } = Promise.withResolvers<AskResult<Answer>>()
    this.#waiting.set(replyTo, (event) => resolve({ kind: 'answered', answer: event as unknown as Answer }))
    void over.then(() => resolve(failed('stopped', 'the node has stopped')))
    try {
      const refused = send(replyTo).then((failure) => failure ?? promise)
      return await within(this.#clock, deadlineMs, Promise.race([promise, refused]), () =>
        failed('timeout', `no answer came within ${deadlineMs} ms`),
      )
    } finally {
      this.#waiting.delete(replyTo)
    }
  }
}

export function failed(code: AskErrorCode, message: string): AskResult<never> {
  return { kind: 'failed', code, message }
}
