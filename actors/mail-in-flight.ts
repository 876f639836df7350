// Mail in flight
//
// Owns:   the mail that is on its way, so that a backup contains it, and sending it again after a restore.
// Leaves: carrying it (transport/), writing the backup (persistence/).
//
// The store alone is not the whole system: mail that its sender has settled and its receiver not yet taken is only in
// the stream. A backup therefore contains both, and a restore discards the messages of the stream and the ids of its
// duplicate window: they were sent after the backup.
//
// Mail is in flight from before it is published until its receiver has stored it or put it aside.
//
// After a restore the stream is emptied once, then all mail in flight is sent, then the first mail is taken; after an
// interruption this is repeated, and nothing is stepped twice (promise P4).
//
// Each restore begins a new generation of message ids, which only the stream sees: publishers and receivers use the
// sender's id.

import { z } from 'zod'
import type { ActorReads, Metadata } from '../persistence/index.ts'
import type { Delivery, Envelope, Mail, MailReceiver } from '../transport/index.ts'

/** The metadata key for the mail of a backup. */
const RESTORED = 'restored'

const letterSchema = z.object({
  envelope: z.custom<Envelope>((value) => typeof value === 'object' && value !== null && 'to' in value),
  /** Set after delivery: the receiver recognises mail from outside by it. */
  streamSequence: z.number().optional(),
})
type MailCopy = z.output<typeof letterSchema>

const restoredSchema = z.object({
  generation: z.int().nonnegative(),
  /** The mail still to be sent; absent when all is sent. */
  mail: z.array(letterSchema).optional(),
  emptied: z.boolean().optional(),
})
type RestoreMark = z.output<typeof restoredSchema>

/** The options of `MailInFlight.open`: the mail to wrap, and the store whose backups contain the mail in flight. */
export interface InFlightOptions {
  readonly mail: Mail
  readonly store: Pick<ActorReads, 'read'> & Metadata
  /** Whether the receiver is in this store; by default all are. */
  isLocal?(to: string): boolean
}

/**
 * A `Mail` that knows which messages are sent and not yet taken, so that a backup of the store holds them. Give it to the node in the
 * place of the mail that it wraps.
 *
 * @example const mail = await MailInFlight.open({ mail: await openMail(options), store })
 */
export class MailInFlight implements Mail {
  readonly #mail: Mail
  readonly #isLocal: (to: string) => boolean
  readonly #generation: number
  readonly #underWay = new Map<string, MailCopy>()

  private constructor({ mail, isLocal = () => true }: InFlightOptions, generation: number) {
    this.#mail = mail
    this.#isLocal = isLocal
    this.#generation = generation
  }

  /** If the store was restored, sends the mail that was in flight. Call it before the node starts. */
  static async open(options: InFlightOptions): Promise<MailInFlight> {
    const { mail, store } = options
    const fact = await store.readMeta(RESTORED)
    let restored: RestoreMark = fact === undefined ? { generation: 0 } : restoredSchema.parse(fact)
    const inFlight = new MailInFlight(options, restored.generation)
    if (!restored.mail) return inFlight
    if (!restored.emptied) {
      await mail.purge()
      restored = { ...restored, emptied: true }
      await store.writeMeta(RESTORED, restored)
    }
    for (const letter of restored.mail ?? []) {
      if (!(await wasTaken(letter, store))) await inFlight.publish(letter.envelope)
    }
    await store.writeMeta(RESTORED, { generation: restored.generation })
    return inFlight
  }

  /** The metadata of a backup of this moment. */
  facts(): Readonly<Record<string, unknown>> {
    const restored: RestoreMark = { generation: this.#generation + 1, mail: [...this.#underWay.values()] }
    return { [RESTORED]: restored }
  }

  async publish(mail: Envelope | readonly Envelope[]): Promise<'accepted' | 'refused'> {
    const named = 'event' in mail ? this.#withId(mail) : mail.map((each) => this.#withId(each))
    const all = 'event' in named ? [named] : named
    for (const each of all) if (this.#isLocal(each.to)) this.#underWay.set(each.id, { envelope: each })
    try {
      const receipt = await this.#mail.publish(named)
      if (receipt === 'refused') this.#forget(all)
      return receipt
    } catch (error) {
      // After `closed` it may have arrived.
      if ((error as { code?: unknown }).code !== 'closed') this.#forget(all)
      throw error
    }
  }

  receive(receiver: MailReceiver): Promise<void> {
    return this.#mail.receive({
      onDelivery: (delivery) => receiver.onDelivery(this.#watched(delivery)),
      onUndecodable: (what) => receiver.onUndecodable(what),
      onSession: () => receiver.onSession(),
    })
  }

  async purge(address?: string): Promise<void> {
    await this.#mail.purge(address)
    for (const [id, { envelope }] of this.#underWay) {
      if (address === undefined || envelope.to === address) this.#underWay.delete(id)
    }
  }

  close(): Promise<void> {
    return this.#mail.close()
  }

  #watched(delivery: Delivery): Delivery {
    const { envelope, streamSequence } = delivery
    this.#underWay.set(envelope.id, { envelope, streamSequence })
    const ack = (): void => {
      this.#underWay.delete(envelope.id)
      delivery.ack()
    }
    return { envelope: { ...envelope, id: givenId(envelope.id) }, streamSequence, ack }
  }

  #forget(envelopes: readonly Envelope[]): void {
    for (const { id } of envelopes) this.#underWay.delete(id)
  }

  #withId(envelope: Envelope): Envelope {
    const own = givenId(envelope.id)
    return { ...envelope, id: this.#generation === 0 ? own : `${own}~g${this.#generation}` }
  }
}

function givenId(id: string): string {
  return id.replace(/~g\d+$/, '')
}

/** A receiver knows mail of actors by its number, and mail from outside only by its stream sequence. */
async function wasTaken(
  { envelope, streamSequence }: MailCopy,
  store: Pick<ActorReads, 'read'>,
): Promise<boolean> {
  if (envelope.from !== null || streamSequence === undefined) return false
  const receiver = await store.read(envelope.to)
  return receiver?.record.outside.includes(streamSequence) ?? false
}
