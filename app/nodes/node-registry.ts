// Node registry
//
// Watches the leases and tells the pool which nodes are alive when that has changed.
// Leaves: the pool's reaction (machines/), what nodes are given (home-server.ts).
//
// The pool gets the whole list, not the differences: a list that arrives twice, late, or from the next process does
// no harm. It is mail, so it is durable.
// While the leases cannot be read, no node is reported as gone.

import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Address } from '../../kernel/index.ts'
import type { PoolMail } from '../../machines/index.ts'
import type { Leases, Mail } from '../../transport/index.ts'
import { nodeAddress, type Present, presentOf } from './presence.ts'

interface NodeRegistryOptions {
  readonly leases: Leases
  readonly mail: Pick<Mail, 'publish'>
  readonly pool: Address
  /** Only nodes of the same build are taken. */
  readonly build: string
  /** Removes the data of a node that is gone. */
  readonly retire: (node: Address) => Promise<void>
  readonly trouble: (sentence: string) => void
}

export interface NodeRegistry {
  /** Looks now; resolves when the pool has been told of changes. */
  look(): Promise<readonly Present[]>
  close(): void
}

type Crews = (PoolMail & { type: 'NODES' })['nodes']

const LOOK_EVERY_MS = 500

export function openNodeRegistry(options: NodeRegistryOptions): NodeRegistry {
  const registry = new LeaseRegistry(options)
  void registry.begin()
  return registry
}

class LeaseRegistry implements NodeRegistry {
  readonly #options: NodeRegistryOptions
  /** Undefined: nothing was said by this process. */
  #told: Crews | undefined
  #last: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #troubled = false
  #closed = false

  constructor(options: NodeRegistryOptions) {
    this.#options = options
  }

  async begin(): Promise<void> {
    try {
      await this.look()
      this.#troubled = false
    } catch (error) {
      if (!this.#troubled && !this.#closed)
        this.#options.trouble(`the nodes cannot be listed: ${(error as Error).message}`)
      this.#troubled = true
    }
    if (!this.#closed) this.#timer = setTimeout(() => this.begin(), LOOK_EVERY_MS)
  }

  look(): Promise<readonly Present[]> {
    const next = this.#last.then(() => this.#look())
    this.#last = next.catch(() => {})
    return next
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #look(): Promise<readonly Present[]> {
    const { leases, build } = this.#options
    const held = (await leases.list()).map(presentOf)
    const present = held.filter((each) => each !== undefined && each.build === build) as Present[]
    await this.#tell(
      present.map(({ name, epoch, workers, agents = false }) => ({
        node: nodeAddress(name, epoch),
        workers,
        ...(agents && { agents }),
      })),
    )
    return present
  }

  async #tell(nodes: Crews): Promise<void> {
    const { mail, pool, retire, trouble } = this.#options
    if (this.#closed || isDeepStrictEqual(nodes, this.#told)) return
    const event: PoolMail = { type: 'NODES', nodes }
    const receipt = await mail.publish({ id: `registry/${randomUUID()}`, to: pool, from: null, event })
    // A full mailbox: the next look says it.
    if (receipt === 'refused') return
    const gone = (this.#told ?? []).filter(({ node }) => !nodes.some((each) => each.node === node))
    this.#told = nodes
    for (const { node } of gone)
      await retire(node).catch((error) =>
        trouble(`the leftovers of ${node} cannot be removed: ${error.message}`),
      )
  }
}
