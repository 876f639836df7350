// Calls
//
// Owns:   who waits for which answer of an actor, in this process.
// Leaves: what is asked and answered (kernel/supervision/supervisor-calls.ts).
//
// C1. Every call is answered: by the actor, or with `noproc` when that ended first.

import { randomUUID } from 'node:crypto'
import type { Address, SupervisorReply } from '../kernel/index.ts'

interface Waiting {
  readonly address: Address
  resolve(reply: SupervisorReply): void
}

export class Calls {
  readonly #waiting = new Map<string, Waiting>()

  /** `send` gives the question with this id to the actor. */
  ask(address: Address, send: (id: string) => void): Promise<SupervisorReply> {
    const id = `call/${randomUUID()}`
    return new Promise((resolve) => {
      this.#waiting.set(id, { address, resolve })
      send(id)
    })
  }

  get size(): number {
    return this.#waiting.size
  }

  answer(replies: readonly { readonly call: string; readonly reply: SupervisorReply }[]): void {
    for (const { call, reply } of replies) {
      this.#waiting.get(call)?.resolve(reply)
      this.#waiting.delete(call)
    }
  }

  /** The actor ended: nobody answers any more. */
  abandon(address: Address): void {
    for (const [call, waiting] of this.#waiting) {
      if (waiting.address === address) this.answer([{ call, reply: noproc(address) }])
    }
  }
}

/** OTP's word for a supervisor that is not there. */
export function noproc(address: Address): SupervisorReply {
  return { ok: false, error: { code: 'noproc', message: `no supervisor lives at '${address}'` } }
}
