// A world to run nodes in: one store, one mail and one till that outlive the processes that use them, and a
// power cord that can be pulled before any write.

import { type Implementations, Node } from '../../actors/index.ts'
import type { Fact } from '../../machines/index.ts'
import { openMemoryStore, type Store } from '../../persistence/index.ts'
import { type Mail, type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { definitions, root } from './shop.ts'

const never = new Promise<never>(() => {})

/** Lets so many operations through and then, like a process that is gone, answers nothing any more. */
export class Cord {
  readonly #limit: number
  operations = 0
  constructor(limit = Number.POSITIVE_INFINITY) {
    this.#limit = limit
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
    return this.pulled
  }
}

export class World {
  readonly store: Store
  readonly mail: MemoryMail
  readonly facts: Fact[] = []
  /** What was paid, by key; a second payment under a key would be a second entry. */
  readonly till: { key: string; amount: number }[] = []

  private constructor(store: Store) {
    this.store = store
    this.mail = openMemoryMail({ mailboxLimit: 1_000 })
  }

  static async open(): Promise<World> {
    return new World(await openMemoryStore())
  }

  async boot(cord = new Cord()): Promise<Node> {
    const node = await Node.start({
      definitions,
      root,
      implementations: this.#implementations(cord),
      store: this.#cut(cord),
      mail: this.#cutMail(cord),
      random: () => 0.5,
      tell: (fact) => {
        if (!cord.pulled) this.facts.push(fact)
      },
    })
    return node
  }

  #implementations(cord: Cord): Implementations {
    return {
      pay: ({ input, key }) =>
        cord.through(async () => {
          const { left } = input as { left: number }
          // The seller knows the key: asked again it gives the same answer and takes no second payment.
          if (!this.till.some((entry) => entry.key === key)) this.till.push({ key, amount: left })
          return left
        }),
    }
  }

  #cut(cord: Cord): Store {
    const { store } = this
    return new Proxy(store, {
      get(target, name: keyof Store) {
        if (name === 'actors' || name === 'journal' || name === 'keptKeys' || name === 'deadLetters') {
          return target[name].bind(target)
        }
        const method = target[name] as (...args: unknown[]) => Promise<unknown>
        return (...args: unknown[]) => cord.through(() => method.apply(target, args))
      },
    })
  }

  #cutMail(cord: Cord): Mail {
    const { mail } = this
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
              receiver.onDelivery({ ...delivery, ack: () => void cord.through(async () => delivery.ack()) })
            },
          }),
        ),
    }
  }
}
