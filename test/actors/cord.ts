// A power cord that can be pulled before and after any write: of the store, of the mail, of an ack, of a payment.

import type { Mail } from '../../transport/index.ts'

const never = new Promise<never>(() => {})

/** Lets so many operations through and then, like a process that is gone, answers nothing any more. */
export class Cord {
  readonly #limit: number
  readonly #die: () => void
  operations = 0

  /** `die`: what happens when it is pulled, besides that nothing is answered. */
  constructor(limit = Number.POSITIVE_INFINITY, die: () => void = () => {}) {
    this.#limit = limit
    this.#die = die
  }

  get pulled(): boolean {
    return this.operations > this.#limit
  }

  /** `before` and `after` the operation are two different moments to die at. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#step()) return never
    const result = await work()
    return this.#step() ? never : result
  }

  #step(): boolean {
    this.operations += 1
    if (this.pulled) this.#die()
    return this.pulled
  }
}

const readings = new Set<string | symbol>(['actors', 'journal', 'effectResultKeys', 'deadLetters'])

/** Of a store, or of a small one beside it. */
export function cutStore<Kept extends object>(store: Kept, cord: Cord): Kept {
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      if (readings.has(name)) return method.bind(target)
      return (...args: unknown[]) => cord.through(() => method.apply(target, args))
    },
  })
}

export function cutMail(mail: Mail, cord: Cord): Mail {
  return {
    publish: (envelope) => cord.through(() => mail.publish(envelope)),
    purge: (address) => cord.through(() => mail.purge(address)),
    close: () => cord.through(() => mail.close()),
    receive: (receiver) =>
      cord.through(() =>
        mail.receive({
          onSession: () => receiver.onSession(),
          onUndecodable: (what) => receiver.onUndecodable(what),
          onDelivery: (delivery) => {
            if (cord.pulled) return
            const { envelope, streamSequence } = delivery
            const ack = (): void => void cord.through(async () => delivery.ack())
            receiver.onDelivery({ envelope, streamSequence, ack })
          },
        }),
      ),
  }
}
