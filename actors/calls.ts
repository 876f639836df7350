// Calls
//
// Owns:   pending calls to actors in this process.
// Leaves: requests and replies (kernel/supervision/supervisor-calls.ts).
//
// Every call is answered: by the actor, or with `noproc` when the actor ended first.

import { randomUUID } from 'node:crypto'
import type { Address, SupervisorReply } from '../kernel/index.ts'

interface PendingCall {
  readonly address: Address
  resolve(reply: SupervisorReply): void
}

export class PendingCalls {
  readonly #waiting = new Map<string, PendingCall>()

  /** `send` passes the request with this id to the actor. */
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

  /** Answers all calls of an ended actor. */
  abandon(address: Address): void {
    for (const [call, waiting] of this.#waiting) {
      if (waiting.address === address) this.answer([{ call, reply: noproc(address) }])
    }
  }
}

/** OTP's error for a supervisor that does not exist. */
export function noproc(address: Address): SupervisorReply {
  return { ok: false, error: { code: 'noproc', message: `there is no supervisor at '${address}'` } }
}
