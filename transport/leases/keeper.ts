// Keeper
//
// Owns:   holding a lease: renewing it in time, or reporting its loss in time.
// Leaves: storing it (slots.ts).
//
// The time of a renewal is that of its request, not of its answer: the slot was written after the request.
//
// K2. A lost answer is not a lost lease: the owner in the slot tells whether the lease is ours.
// K3. A slot that is empty before it could expire was deleted: its holder writes it again, under the same epoch. If the
//     bucket is gone, home makes it again, or the system is over.

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { parseJson } from '../../kernel/index.ts'
import type { AcquireResult, Lease, LeaseEnd, Leases, LeaseTimes, LeaseView } from '../leases.ts'
import { TransportError } from '../transport-error.ts'
import type { Slot, Slots, SlotWriteResult } from './slots.ts'

const AGAIN_MS = 100
/** The part of `giveUpMs` for which the bucket may be missing before the system counts as over. */
const GONE_PART = 1 / 3
const NAME = /^[a-z0-9][a-z0-9_-]{0,40}$/i

/** An epoch becomes part of addresses, so it must be a whole number. */
const recordSchema = z.object({
  owner: z.string().max(100),
  epoch: z.int().positive().nullable(),
  value: z.unknown().optional(),
})

export class LeaseKeeper implements Leases {
  readonly #slots: Slots
  readonly #times: LeaseTimes
  readonly #mine = new Set<HeldLease>()

  constructor(slots: Slots, times: LeaseTimes) {
    this.#slots = slots
    this.#times = times
  }

  async acquire(name: string, describe: () => unknown): Promise<AcquireResult> {
    if (!NAME.test(name)) {
      throw new TransportError(
        'bad_name',
        `"${name}" is not a valid lease name: use letters, digits, "-" and "_", at most 41 of them`,
      )
    }
    const owner = randomUUID()
    for (;;) {
      const asked = performance.now()
      const value = describe()
      const written = await this.#slots.create(name, recordText(owner, null, value))
      if (written === 'gone') throw new TransportError('closed', 'the leases were removed with their system')
      if (written !== 'stale')
        return {
          kind: 'acquired',
          lease: this.#hold({ name, describe, value, owner, epoch: written, asked }),
        }
      const slot = await this.#slots.read(name)
      const holder = held(name, slot)
      if (holder) return { kind: 'taken', holder }
      // Without a slot it has expired in between and is free. A text that is no lease expires like one.
      if (slot !== undefined) await pause(AGAIN_MS)
    }
  }

  async list(): Promise<readonly LeaseView[]> {
    const names = await this.#slots.names()
    const found = await Promise.all(names.map(async (name) => held(name, await this.#slots.read(name))))
    return found.filter((each) => each !== undefined).toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
  }

  destroy(): Promise<void> {
    return this.#slots.destroy()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#mine].map((lease) => lease.release()))
  }

  #hold(of: Holding): Lease {
    const lease = new HeldLease(this.#slots, this.#times, of)
    this.#mine.add(lease)
    lease.ended.then(() => this.#mine.delete(lease))
    return lease
  }
}

function held(name: string, slot: Slot | undefined): LeaseView | undefined {
  const record = slot && readRecord(slot.text)
  return record && { name, epoch: record.epoch ?? slot.revision, value: record.value, renewed: slot.written }
}

function readRecord(text: string): z.infer<typeof recordSchema> | undefined {
  try {
    return recordSchema.safeParse(parseJson(text)).data
  } catch {
    return undefined
  }
}

function recordText(owner: string, epoch: number | null, value: unknown): string {
  return JSON.stringify({ owner, epoch, value: value ?? null })
}

interface Holding {
  readonly name: string
  readonly describe: () => unknown
  /** Its first description. */
  readonly value: unknown
  readonly owner: string
  readonly epoch: number
  /** The time of the request, on the monotonic clock. */
  readonly asked: number
}

class HeldLease implements Lease {
  readonly name: string
  readonly epoch: number
  readonly ended: Promise<LeaseEnd>
  readonly #slots: Slots
  readonly #times: LeaseTimes
  readonly #of: Holding
  readonly #end = Promise.withResolvers<LeaseEnd>()
  #revision: number
  /** What the slot is to hold: the holder's last description. */
  #text: string
  #renewal: Promise<void> = Promise.resolve()
  #over = false
  /** The time since which the bucket is missing (K3). */
  #goneAt: number | undefined
  #next: NodeJS.Timeout
  #deadline: NodeJS.Timeout

  constructor(slots: Slots, times: LeaseTimes, of: Holding) {
    this.#slots = slots
    this.#times = times
    this.#of = of
    this.name = of.name
    this.epoch = of.epoch
    this.ended = this.#end.promise
    this.#revision = of.epoch
    this.#text = recordText(of.owner, of.epoch, of.value)
    this.#deadline = this.#giveUpAfter(of.asked)
    this.#next = this.#renewAfter(times.renewMs)
  }

  async release(): Promise<void> {
    if (this.#over) return
    this.#finish('released')
    // A renewal that is under way writes another revision.
    await this.#renewal
    // If the removal fails, the slot expires.
    await this.#slots.remove(this.name, this.#revision).catch(() => {})
  }

  async #renew(): Promise<void> {
    const asked = performance.now()
    this.#describe()
    const written = await this.#slots
      .update(this.name, this.#text, this.#revision)
      .catch(() => 'again' as const)
    if (typeof written === 'number') this.#revision = written
    if (this.#over) return
    switch (written) {
      case 'gone':
        this.#goneAt ??= asked
        if (performance.now() - this.#goneAt > GONE_PART * this.#times.giveUpMs)
          return this.#finish('removed')
        this.#next = this.#renewAfter(AGAIN_MS)
        return
      case 'stale':
        return this.#lookAfter()
      case 'again':
        this.#next = this.#renewAfter(AGAIN_MS)
        return
      default:
        this.#renewed(asked)
    }
  }

  #renewed(asked: number): void {
    this.#goneAt = undefined
    clearTimeout(this.#deadline)
    this.#deadline = this.#giveUpAfter(asked)
    this.#next = this.#renewAfter(this.#times.renewMs)
  }

  /** The revision is not ours: because an answer was lost (K2), or because the lease is lost. */
  async #lookAfter(): Promise<void> {
    const asked = performance.now()
    const slot = await this.#slots.read(this.name).catch(() => 'again' as const)
    if (this.#over) return
    if (slot === undefined) {
      const written = await this.#writeAgain()
      if (typeof written === 'number') this.#revision = written
      if (this.#over) return
      if (typeof written === 'number') return this.#renewed(asked)
    } else if (slot !== 'again') {
      if (readRecord(slot.text)?.owner !== this.#of.owner) return this.#finish('lost')
      this.#revision = slot.revision
    }
    this.#next = this.#renewAfter(AGAIN_MS)
  }

  /** Writes the slot again (K3). */
  #writeAgain(): Promise<SlotWriteResult | 'again'> {
    this.#describe()
    return this.#slots.create(this.name, this.#text).catch(() => 'again')
  }

  /** A holder that cannot describe itself keeps its last description, and its lease. */
  #describe(): void {
    const { owner, describe } = this.#of
    try {
      this.#text = recordText(owner, this.epoch, describe())
    } catch {}
  }

  #renewAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#renewal = this.#renew()
    }, ms)
  }

  #giveUpAfter(asked: number): NodeJS.Timeout {
    return setTimeout(() => this.#finish('lost'), this.#times.giveUpMs - (performance.now() - asked))
  }

  #finish(end: LeaseEnd): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#next)
    clearTimeout(this.#deadline)
    this.#end.resolve(end)
  }
}
