// Mail over JetStream
//
// Owns:   Mail's guarantees on a real server: publishing (publisher.ts), sessions (sessions.ts), purging.
//
// J1. The duplicate window sees a hash of the message id and a secret. With a known id another member could publish it
//     first, and the server would drop the real message as a duplicate.
//
// Each unit has one durable consumer, created again for each session (mail-consumer.ts): unacknowledged mail comes
// first, in order and at once.

import { hash, randomBytes } from 'node:crypto'
import { jetstreamManager } from '@nats-io/jetstream'
import type { Address } from '../../kernel/index.ts'
import type { Connection } from '../connect-nats.ts'
import { duplicateId, ENVELOPE_LIMIT, encodeMail, envelopesOf, MEMBER_LIMIT } from '../envelope.ts'
import type { Mail, MailReceiver } from '../mail.ts'
import { mailNames, mailSubject, memberOf, readMailSubject } from '../subjects.ts'
import { renewConsumer } from './mail-consumer.ts'
import { ensureMailStream } from './mail-stream.ts'
import { Publisher } from './publisher.ts'
import { retrying } from './retrying.ts'
import { Sessions } from './sessions.ts'

/** The unit and the limits of its mail. */
export interface MailOptions {
  readonly connection: Connection
  /** The system's name: letters, digits, `-` and `_`. */
  readonly system: string
  /** The placement unit that receives this mail. */
  readonly unit: string
  /** The unit of an address; by default all are in this one. */
  readonly unitOf?: (address: Address) => string
  /** The members that may send mail from outside, besides this unit's own. */
  readonly outside?: readonly string[]
  /**
   * For a unit that may create neither stream nor consumer: asks home to create the consumer again, for each session,
   * and returns the creation time of the stream.
   */
  readonly renew?: () => Promise<string | undefined>
  /** A secret of this member (J1), the same in each process that may repeat a publish. Absent: a random one. */
  readonly idSecret?: string
  /** The most unacknowledged messages of an address, each with up to 64 mails of one sender; more are refused. */
  readonly mailboxLimit: number
  /**
   * The most bytes of all mail on the server's disk; beyond that actors wait, and mail from outside is refused. Absent:
   * the server's limit.
   */
  readonly maxBytes?: number
  /** Stored between processes, so that a stream deleted while none ran is reported. Absent: it is not. */
  readonly record?: StreamRecord
  /** Called with a sentence about a failure that is being retried. */
  readonly onTrouble?: (sentence: string) => void
  /** Called with a sentence for the operator: the stream was deleted, or is full. Absent: `onTrouble` is called. */
  readonly onNotice?: (sentence: string) => void
}

/** The last known creation time of the mail's stream. */
export interface StreamRecord {
  read(): Promise<unknown>
  write(made: string): Promise<void>
}

const MAX_CACHED_SUBJECTS = 10_000
const LOST_MEANWHILE =
  'the mail stream was deleted while no process ran: its mail is lost, and actors may wait for that mail ' +
  "for ever. 'canopy store restore' goes back to the newest backup, which holds its mail"

/** Opens the mail of a placement unit, and creates its stream if it is missing. */
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
  /** The creation time of the stream known here. */
  let made = options.renew ? undefined : await look()
  if (made !== undefined && (await isAnotherThanRecorded(options.record, made))) onNotice(LOST_MEANWHILE)
  const isAnother = (seen: string | undefined): boolean => {
    const isNew = made !== undefined && seen !== undefined && seen !== made
    made = seen ?? made
    return isNew
  }
  /** Returns whether the stream is another one; lost mail is then being sent again. */
  const lookAgain = async (): Promise<boolean> => {
    const lost = await publisher.whileHeld(async () => isAnother(await look()))
    if (lost !== undefined && made !== undefined) await options.record?.write(made)
    if (lost !== undefined) onNotice(`the mail stream was deleted and created again: ${lost} sent again`)
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
    publish: async (mail) => {
      const [{ to, from }] = envelopesOf(mail)
      return publisher.publish({
        subject: subjectFor(to),
        bytes: encodeMail(mail, limit),
        id: knownAs(duplicateId(mail)),
        isAway: unitOf(to) !== unit,
        isFromOutside: from === null,
      })
    },
    receive: (receiver: MailReceiver) => sessions.receive(receiver),
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

/** Runs one call at a time; failures are ignored, because the publisher retries. */
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

/** Caches results, because most mail goes to addresses that got mail before. */
function remembering(make: (to: Address) => string): (to: Address) => string {
  const made = new Map<Address, string>()
  return (to) => {
    const known = made.get(to)
    if (known !== undefined) return known
    const subject = make(to)
    if (made.size >= MAX_CACHED_SUBJECTS) made.clear()
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
