// A world to run nodes in: one store, one mail and one till that outlive the processes that use them.

import { type Implementations, Node } from '../../actors/index.ts'
import type { Fact } from '../../kernel/index.ts'
import { openMemoryStore, type Store } from '../../persistence/index.ts'
import { type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { Cord, cutMail, cutStore } from './cord.ts'
import { definitions, root } from './shop.ts'

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
      store: cutStore(this.store, cord),
      mail: cutMail(this.mail, cord),
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
}
