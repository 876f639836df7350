// Mail over JetStream
//
// Owns:   Mail's promises on a real server: publishing (publisher.ts), sessions (session.ts), purging.
//
// J1. The stream knows a message again by a hash of its id and a secret: whoever could name a message of somebody else
//     before that one is sent would have the server drop it as sent twice.
// J2. One durable consumer a unit, made anew for each session (mail-consumer.ts): what is unacknowledged comes first, in
//     order and at once.

import { hash, randomBytes } from 'node:crypto'
import { jetstreamManager } from '@nats-io/jetstream'
import type { Address } from '../../kernel/index.ts'
import type { Connection } from '../connect-nats.ts'
import { ENVELOPE_LIMIT, encodeEnvelope, MEMBER_LIMIT } from '../envelope.ts'
import type { Envelope, Mail, Receiver } from '../mail.ts'
import { mailNames, mailSubject, memberOf, readMailSubject } from '../subjects.ts'
import { renewConsumer } from './mail-consumer.ts'
import { ensureMailStream } from './mail-stream.ts'
import { Publisher } from './publisher.ts'
import { retrying } from './retrying.ts'
import { Sessions } from './sessions.ts'

/** Which mail is opened, and how much of it the server may keep. */
export interface MailOptions {
  readonly connection: Connection
  /** The system's name: letters, digits, `-` and `_`. */
  readonly system: string
  /** The placement unit whose mail this is. */
  readonly unit: string
  /** The unit that an address is in; all are in this one unless told. */
  readonly unitOf?: (address: Address) => string
  /** The members that may bring mail from outside, besides this unit's own. */
  readonly outside?: readonly string[]
  /**
   * Somebody else keeps the stream: neither it nor the consumer is made here. This asks for the consumer to be made anew,
   * for each session, and answers when the stream was made.
   */
  readonly renew?: () => Promise<string | undefined>
  /** Known to this member alone (J1); the same again for whoever sends the same again. Absent: another one each time. */
  readonly idSecret?: string
  /** So many unacknowledged messages an address may have; more are refused. */
  readonly mailboxLimit: number
  /**
   * Bytes that all mail together may take on the server's disk; beyond that actors wait, and mail from outside is refused.
   * Absent: as the server says.
   */
  readonly maxBytes?: number
  /** Kept over processes, so that a stream which was deleted while none of them lived is told. Absent: it is not. */
  readonly record?: StreamRecord
  /** Told in a sentence what goes wrong and is tried again. */
  readonly onTrouble?: (sentence: string) => void
  /** Told in a sentence what whoever runs this has to know: the stream was deleted, or is full. Absent: as trouble. */
  readonly onNotice?: (sentence: string) => void
}

/** When the mail's stream was made, as it was last seen. */
export interface StreamRecord {
  read(): Promise<unknown>
  write(made: string): Promise<void>
}

const MOST_REMEMBERED = 10_000
const LOST_MEANWHILE =
  'the stream of the mail was deleted while nothing ran: the mail that was under way is lost, and what waits for it may wait ' +
  "for ever. 'canopy store restore' goes back to the newest backup, which holds its mail"

/** Opens the mail of a placement unit, and makes its stream if there is none. */
export async function openMail(options: MailOptions): Promise<Mail> {
  const { connection, system, unit, unitOf = () => unit, mailboxLimit } = options
  const { onTrouble = () => {}, onNotice = onTrouble } = options
  const names = mailNames(system, unit)
  const own = memberOf(unit)
  const { idSecret = randomBytes(16).toString('hex') } = options
  const knownAs = (id: string): string => hash('sha256', `${idSecret} ${id}`, 'base64url')
  const limit = options.renew ? MEMBER_LIMIT : ENVELOPE_LIMIT
  const manager = await jetstreamManager(connection.nats, connection.jetStream)
  const kept = { mailboxLimit, maxBytes: options.maxBytes }
  const look = options.renew ?? (() => ensureMailStream(manager, names, kept))
  /** When the stream was made that is known here. */
  let made = options.renew ? undefined : await look()
  if (made !== undefined && (await isAnotherThanRecorded(options.record, made))) onNotice(LOST_MEANWHILE)
  const isAnother = (seen: string | undefined): boolean => {
    const isNew = made !== undefined && seen !== undefined && seen !== made
    made = seen ?? made
    return isNew
  }
  /** Answers whether it is another stream; what was lost with the one before is then on its way. */
  const lookAgain = async (): Promise<boolean> => {
    const lost = await publisher.whileHeld(async () => isAnother(await look()))
    if (lost !== undefined && made !== undefined) await options.record?.write(made)
    if (lost !== undefined)
      onNotice(`the stream of the mail was deleted; it was made anew: ${lost} sent again`)
    return lost !== undefined
  }
  const onNoStream = oneAtATime(async () => {
    if (await lookAgain()) sessions.beginAgain()
  })
  const publisher = new Publisher({ connection, onTrouble, onNotice, onNoStream })
  const renew = async (wanted: () => boolean): Promise<void> => {
    await lookAgain()
    if (!options.renew && wanted()) await renewConsumer(manager, names, wanted)
  }
  const trust = { own, unitOf, outside: options.outside ?? [] }
  const sessions = new Sessions({ connection, manager, names, trust, publisher, renew, onTrouble })
  const subjectFor = remembering((to: Address) => {
    const there = unitOf(to)
    return mailSubject(there === unit ? names : mailNames(system, there), own, to)
  })
  let closed = false
  connection.closed.then(() => {
    closed = true
  })

  return {
    publish: async (envelope: Envelope) => {
      const { id, to, from } = envelope
      return publisher.publish({
        subject: subjectFor(to),
        bytes: encodeEnvelope(envelope, limit),
        id: knownAs(id),
        isAway: unitOf(to) !== unit,
        isFromOutside: from === null,
      })
    },
    receive: (receiver: Receiver) => sessions.receive(receiver),
    purge: async (address) => {
      publisher.forget((subject) => address === undefined || readMailSubject(names, subject)?.to === address)
      await retrying(
        () => !closed,
        () => {
          const only = address === undefined ? undefined : { filter: mailSubject(names, undefined, address) }
          return manager.streams.purge(names.stream, only)
        },
        (error) => onTrouble(`the mail of ${address ?? system} cannot be purged yet: ${error.message}`),
      )
    },
    close: async () => {
      closed = true
      publisher.close()
      sessions.close()
    },
  }
}

/** The publisher tries again meanwhile, whatever comes of it. */
function oneAtATime(work: () => Promise<unknown>): () => void {
  let isUnderWay = false
  return () => {
    if (isUnderWay) return
    isUnderWay = true
    work()
      .catch(() => {})
      .finally(() => {
        isUnderWay = false
      })
  }
}

/** Most mail goes where mail went before. */
function remembering(make: (to: Address) => string): (to: Address) => string {
  const made = new Map<Address, string>()
  return (to) => {
    const known = made.get(to)
    if (known !== undefined) return known
    const subject = make(to)
    if (made.size >= MOST_REMEMBERED) made.clear()
    made.set(to, subject)
    return subject
  }
}

async function isAnotherThanRecorded(record: StreamRecord | undefined, made: string): Promise<boolean> {
  const before = await record?.read()
  if (before === made) return false
  await record?.write(made)
  return before !== undefined
}
