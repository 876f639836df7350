// Bridge
//
// Owns:   inspecting a running system: holding the lease, fetching each kind's chart once, passing frames on.
// Leaves: the content of frames (actors/), the open pages (inspector-page.ts).
//
// B1. Frames are handed on in their order; those that come while too many wait are lost, counted, and made up for.
// B2. It reads and nothing else: no actor waits for it.

import { z } from 'zod'
import { frameSchema, type ReceivedFrame } from './frame.ts'
import { inspectorOf } from './inspector.ts'
import type { InspectorPage } from './inspector-page.ts'
import {
  droppedBySources,
  emptyProjection,
  mended,
  type Projection,
  project,
  silenced,
} from './projection.ts'

type BridgeReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } }

/** What the bridge needs of the running system. */
export interface InspectedSystem {
  request(verb: string, payload: unknown, timeoutMs: number): Promise<BridgeReply>
  listen(subject: string, listener: (told: unknown) => void): Promise<() => void>
}

/** What a bridge has seen so far. */
export interface BridgeState {
  readonly actors: number
  readonly frames: number
  /** Frames that were lost on the way here. */
  readonly lost: number
  /** Numbers left out at the source: snapshots that a newer one replaced, events over the limit. */
  readonly dropped: { readonly snapshots: number; readonly events: number }
}

/** The system that is inspected, and the page that shows it. */
export interface BridgeOptions {
  readonly system: InspectedSystem
  readonly page: Pick<InspectorPage, 'send' | 'tell'>
  /** The system says no more that it is there; with its last word. */
  onGone(reason: string): void
}

/** A running inspection: frames of the system go to the page until `close` is called. */
export interface Bridge {
  readonly state: BridgeState
  close(): void
}

const SUBJECT = 'inspection'
const LEASE_MS = 10_000
const RENEW_MS = 2_000
const ASK_MS = 3_000
const WAITING = 100
/** So often in a row no answer comes from a system that is there. */
const SILENCES = 3

const chartSchema = z.object({ chart: z.unknown() })

/** Starts to inspect; resolves when the system has agreed, rejects with its reason when it does not. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const bridge = new Inspecting(options)
  await bridge.begin()
  return bridge
}

class Inspecting implements Bridge {
  readonly #options: BridgeOptions
  readonly #charts = new Map<string, unknown>()
  readonly #apply: ReturnType<typeof inspectorOf>
  #projection: Projection = emptyProjection
  #frames = 0
  #waiting = 0
  #order: Promise<void> = Promise.resolve()
  #unlisten: () => void = () => {}
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #heard = false
  /** Renewals since a source was heard. */
  readonly #quiet = new Map<string, number>()
  #silences = 0

  constructor(options: BridgeOptions) {
    this.#options = options
    const { page } = options
    this.#apply = inspectorOf({
      chartOf: (kind) => this.#charts.get(kind),
      send: (event) => page.send(event),
    })
  }

  get state(): BridgeState {
    const { actors, lost } = this.#projection
    return { actors: actors.size, frames: this.#frames, lost, dropped: droppedBySources(this.#projection) }
  }

  async begin(): Promise<void> {
    this.#unlisten = await this.#options.system.listen(SUBJECT, (told) => this.#hear(told))
    const answer = await this.#lease(true)
    if (!answer.ok) {
      this.close()
      throw Object.assign(new Error(answer.error.message), { code: answer.error.code })
    }
    this.#timer = setTimeout(() => this.#renew(), RENEW_MS)
    this.#tell()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#unlisten()
  }

  async #renew(): Promise<void> {
    const { gap } = this.#projection
    this.#missSilent()
    const answer = await this.#lease(gap)
    if (this.#closed) return
    if (answer.ok && gap) this.#projection = mended(this.#projection)
    // Frames are a sign of life, too.
    this.#silences = answer.ok || this.#heard ? 0 : this.#silences + 1
    this.#heard = false
    if (answer.ok || (answer.error.code === 'timeout' && this.#silences < SILENCES)) {
      this.#timer = setTimeout(() => this.#renew(), RENEW_MS)
      return
    }
    this.close()
    this.#options.page.tell(`${this.#sentence()}; the run is gone`)
    this.#options.onGone(answer.error.message)
  }

  #missSilent(): void {
    for (const [source, renewals] of this.#quiet) {
      this.#quiet.set(source, renewals + 1)
      if (renewals < SILENCES) continue
      this.#quiet.delete(source)
      this.#order = this.#order.then(() => this.#follow(silenced(this.#projection, source)))
    }
  }

  #lease(all: boolean): Promise<BridgeReply> {
    return this.#ask('inspect', { forMs: LEASE_MS, all })
  }

  /** A request that fails, e.g. on a closed connection, counts as refused. */
  #ask(verb: string, payload: unknown): Promise<BridgeReply> {
    return this.#options.system.request(verb, payload, ASK_MS).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      return { ok: false, error: { code: 'request_failed', message } }
    })
  }

  #hear(told: unknown): void {
    const frame = frameSchema.safeParse(told)
    if (!frame.success || this.#closed) return
    this.#heard = true
    this.#quiet.set(frame.data.source, 0)
    // The next number shows that this one is missing.
    if (this.#waiting >= WAITING) return
    this.#waiting += 1
    this.#order = this.#order.then(() => this.#take(frame.data))
  }

  async #take(frame: ReceivedFrame): Promise<void> {
    for (const { kind } of frame.actors) if (!this.#charts.has(kind)) await this.#learn(kind)
    this.#waiting -= 1
    if (this.#closed) return
    this.#frames += 1
    this.#follow(project(this.#projection, frame))
  }

  #follow({ after, calls }: ReturnType<typeof project>): void {
    this.#projection = after
    for (const call of calls) this.#apply(call)
    this.#tell()
  }

  async #learn(kind: string): Promise<void> {
    const answer = await this.#ask('chart', { kind })
    const chart = answer.ok ? chartSchema.safeParse(answer.value).data?.chart : undefined
    // Without a chart the actor is shown by its name; it is not asked for again.
    this.#charts.set(kind, chart)
  }

  #tell(): void {
    this.#options.page.tell(this.#sentence())
  }

  #sentence(): string {
    const { actors, lost, dropped } = this.state
    const parts = [
      `${actors} actors`,
      dropped.snapshots > 0 ? `${dropped.snapshots} snapshots skipped for newer ones` : '',
      dropped.events > 0 ? `${dropped.events} events left out` : '',
      lost > 0 ? `${lost} frames lost` : '',
    ]
    return parts.filter((part) => part !== '').join(', ')
  }
}
