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
import { mailNames, mailSubject, memberOf } from '../subjects.ts'
import { renewConsumer } from './mail-consumer.ts'
import { ensureMailStream } from './mail-stream.ts'
import { Publisher } from './publisher.ts'
import { retrying } from './retrying.ts'
import { Sessions } from './sessions.ts'

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
   * for each session.
   */
  readonly renew?: () => Promise<unknown>
  /** Known to this member alone (J1); the same again for whoever sends the same again. Absent: another one each time. */
  readonly idSecret?: string
  /** So many unacknowledged messages an address may have; more are refused. */
  readonly mailboxLimit: number
  /** Bytes that all mail together may take on the server's disk; beyond that mail is refused. Absent: as the server says. */
  readonly maxBytes?: number
  /** Told in a sentence what goes wrong and is tried again. */
  readonly onTrouble?: (sentence: string) => void
}

const MOST_REMEMBERED = 10_000

/** Opens the mail of a placement unit, and makes its stream if there is none. */
export async function openMail(options: MailOptions): Promise<Mail> {
  const { connection, system, unit, unitOf = () => unit, mailboxLimit, onTrouble = () => {} } = options
  const names = mailNames(system, unit)
  const manager = await jetstreamManager(connection.nats, connection.jetStream)
  const ensure = async () =>
    options.renew ? undefined : ensureMailStream(manager, names, { mailboxLimit, maxBytes: options.maxBytes })
  await ensure()
  const renew = async (wanted: () => boolean): Promise<void> => {
    await ensure()
    if (options.renew) await options.renew()
    else if (wanted()) await renewConsumer(manager, names, wanted)
  }
  const publisher = new Publisher(connection, onTrouble, oneAtATime(ensure))
  const own = memberOf(unit)
  const { idSecret = randomBytes(16).toString('hex') } = options
  const knownAs = (id: string): string => hash('sha256', `${idSecret} ${id}`, 'base64url')
  const limit = options.renew ? MEMBER_LIMIT : ENVELOPE_LIMIT
  const trust = { own, unitOf, outside: options.outside ?? [] }
  const sessions = new Sessions({ connection, manager, names, trust, renew, onTrouble })
  const subjectFor = remembering((to: Address) => {
    const there = unitOf(to)
    return mailSubject(there === unit ? names : mailNames(system, there), own, to)
  })
  let closed = false
  connection.closed.then(() => {
    closed = true
  })

  return {
    publish: async (envelope: Envelope) =>
      publisher.publish(subjectFor(envelope.to), encodeEnvelope(envelope, limit), knownAs(envelope.id)),
    receive: (receiver: Receiver) => sessions.receive(receiver),
    purge: async (address) => {
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

/** Whoever publishes makes the stream anew when it is gone; the publisher tries again meanwhile, whatever comes of it. */
function oneAtATime(ensure: () => Promise<unknown>): () => void {
  let isUnderWay = false
  return () => {
    if (isUnderWay) return
    isUnderWay = true
    ensure()
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
