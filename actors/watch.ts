// Watch
//
// Owns:   one actor's progress as a stream: its state, each step, its emitted events, its crashes, its end.
// Leaves: committing (actor.ts), restarting (kernel/supervision/restart.ts).
//
// Every item is durable. The stream ends with the actor: its last item is `ended`, or `stopped` when the node stops.
//
// A slow reader loses the oldest items and gets their number; no actor waits for a reader.

import type { ActorRecord, Address, Event, Exit, Fact, Failure } from '../kernel/index.ts'
import type { ActorStep } from './node.ts'

/** One item of `RunningNode.watch`: a durable change of an actor. `ended`, `stopped` and `unknown` end the stream. */
export type WatchItem =
  | {
      readonly kind: 'snapshot'
      readonly value: unknown
      readonly context: unknown
      readonly sequence: number
    }
  | { readonly kind: 'emitted'; readonly event: Event }
  /** Its supervisor decides whether it is restarted. */
  | { readonly kind: 'crashed'; readonly error: Failure }
  /** So many items before this one were dropped. */
  | { readonly kind: 'missed'; readonly count: number }
  | { readonly kind: 'ended'; readonly exit: Exit }
  | { readonly kind: 'stopped' }
  /** No actor was ever at this address. */
  | { readonly kind: 'unknown' }

/** The source of a stream. */
export interface Watchable {
  steps(watcher: (step: ActorStep) => void): () => void
  facts(reader: (fact: Fact) => void): () => void
  /** The stored record. */
  read(address: Address): Promise<ActorRecord | undefined>
  isLive(address: Address): boolean
  readonly over: Promise<unknown>
}

const MAX_QUEUED_ITEMS = 1_000

export async function* watch(source: Watchable, address: Address): AsyncGenerator<WatchItem, void> {
  const queue = new WatchQueue()
  const life = new ActorWatch(address, queue)
  const leave = [
    source.steps((step) => life.step(step)),
    source.facts((fact) => {
      if (fact.type === 'emitted' && fact.address === address)
        queue.push({ kind: 'emitted', event: fact.event })
    }),
  ]
  void source.over.then(() => queue.end({ kind: 'stopped' }))
  try {
    const record = await source.read(address)
    if (record) life.begin(record, source.isLive(address))
    else if (!source.isLive(address)) queue.end({ kind: 'unknown' })
    yield* queue.items()
  } finally {
    for (const each of leave) each()
  }
}

class ActorWatch {
  readonly #address: Address
  readonly #queue: WatchQueue
  #sequence = -1
  #exit: Exit | undefined

  constructor(address: Address, queue: WatchQueue) {
    this.#address = address
    this.#queue = queue
  }

  begin(record: ActorRecord, isLive: boolean): void {
    if (this.#sequence < 0) this.#tell(record)
    if (record.exit && !isLive) this.#queue.end({ kind: 'ended', exit: record.exit })
  }

  step({ record, crashed }: ActorStep): void {
    if (record.address === this.#address) return this.#own(record, crashed === true)
    if (!this.#address.startsWith(`${record.address}.`)) return
    // An actor above it: checks whether the path down to this one still exists.
    const [id = ''] = this.#address.slice(record.address.length + 1).split('.')
    const child = record.supervision.children.get(id)
    const isGone = (!child || child.state === 'stopped') && this.#sequence >= 0
    const isOver = record.exit !== undefined && record.parent === null
    if (!isGone && !isOver) return
    const isItself = `${record.address}.${id}` === this.#address
    this.#queue.end({ kind: 'ended', exit: (isItself && this.#exit) || { reason: 'shutdown' } })
  }

  #own(record: ActorRecord, crashed: boolean): void {
    this.#exit = record.exit
    const error = record.exit?.error
    if (crashed) this.#queue.push({ kind: 'crashed', error: error ?? { message: 'it crashed' } })
    else this.#tell(record)
    if (record.exit && record.parent === null) this.#queue.end({ kind: 'ended', exit: record.exit })
  }

  #tell({ snapshot, sequence }: ActorRecord): void {
    this.#sequence = sequence
    const { value, context } = snapshot
    this.#queue.push({ kind: 'snapshot', value, context, sequence })
  }
}

class WatchQueue {
  #items: WatchItem[] = []
  #missed = 0
  #last: WatchItem | undefined
  #wake: () => void = () => {}

  push(item: WatchItem): void {
    if (this.#last) return
    this.#items.push(item)
    if (this.#items.length > MAX_QUEUED_ITEMS) {
      this.#items.shift()
      this.#missed += 1
    }
    this.#wake()
  }

  end(item: WatchItem): void {
    this.#last ??= item
    this.#wake()
  }

  async *items(): AsyncGenerator<WatchItem, void> {
    for (;;) {
      if (this.#missed > 0) {
        const count = this.#missed
        this.#missed = 0
        yield { kind: 'missed', count }
      }
      const item = this.#items.shift()
      if (item) yield item
      else if (this.#last) return yield this.#last
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
