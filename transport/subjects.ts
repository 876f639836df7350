// Subjects
//
// Owns:   the names of everything Canopy has in NATS, and encoding addresses as subjects and back.
//
//   canopy.<system>.mail.<unit>.<sender>.<address>      mail, stored in the stream canopy-<system>-mail
//   canopy.<system>.control.<sender>.<verb>             requests
//   canopy.<system>.control.<sender>.<verb>.<address>   requests about one actor
//   canopy.<system>.nodes.<unit>.<sender>.<verb>        requests that the system passes on to one of its nodes
//   canopy.<system>.facts.<sender>.<subject>            events, not stored
//   canopy-<system>-nodes                               the bucket of leases
//   canopy-<system>-objects-<member>                    a bucket of blobs for each member
//
// S1. The encoding is reversible and unique: tokens stay tokens, and characters with a meaning in NATS (space, `*`,
//     `>`, control characters, an empty token) or beyond ASCII are written `%XX` in UTF-8, as in URLs.
//
// A member has a credentials file. Each subject contains the name of the sending member (`<sender>`), which the
// server's permissions enforce.
//
// A unit is named for its member: `main`, or `node-a.7` for the seventh incarnation of a member that comes and
// goes. A member has one incarnation at a time, and its consumer has its name.

import type { Address } from '../kernel/index.ts'
import { TransportError } from './transport-error.ts'

const PLAIN = /^[A-Za-z0-9_:@+=,~#-]+$/
const ESCAPED = /[^A-Za-z0-9_:@+=,~#-]/gu
const EMPTY = '%'
/** The most characters of an address: a server takes lines of 4,096 bytes, each with the subject, the reply and more. */
const MAX_ADDRESS_CHARACTERS = 1_500

/** Encodes one token; dots inside it are escaped. */
function encodeToken(token: string): string {
  if (PLAIN.test(token)) return token
  return token === '' ? EMPTY : token.toWellFormed().replace(ESCAPED, escapeCharacter)
}

/** Undefined when it is not the encoding of any text. */
function decodeToken(written: string): string | undefined {
  if (written === EMPTY) return ''
  if (!written.includes('%')) return written
  try {
    return decodeURIComponent(written)
  } catch {
    return undefined
  }
}

/** Throws `bad_name` for a length at which a server would close the connection. */
export function encodeAddress(address: Address): string {
  const written = encodeTokens(address)
  if (written.length <= MAX_ADDRESS_CHARACTERS) return written
  throw new TransportError(
    'bad_name',
    `address "${address.slice(0, 80)}…" is too long: ${written.length} characters`,
  )
}

function encodeTokens(address: Address): string {
  return address.split('.').map(encodeToken).join('.')
}

/** Decodes a result of `encodeAddress`; undefined for other texts. */
export function decodeAddress(written: string): Address | undefined {
  if (!written.includes('%')) return written
  const tokens = written.split('.').map(decodeToken)
  return tokens.every((token) => token !== undefined) ? tokens.join('.') : undefined
}

/** The member of a unit. */
export function memberOf(unit: string): string {
  const cut = unit.indexOf('.')
  return cut < 0 ? unit : unit.slice(0, cut)
}

export interface MailNames {
  readonly stream: string
  /** Matches all subjects of the stream. */
  readonly everything: string
  /** All subjects of the unit. */
  readonly unit: string
  readonly consumer: string
  /** The part before the sender and the address. */
  readonly prefix: string
}

/** The names of a unit's mail in NATS. Throws `bad_name` for an invalid system name. */
export function mailNames(system: string, unit: string): MailNames {
  const root = `canopy.${checkSystem(system)}.mail`
  const prefix = `${root}.${encodeAddress(unit)}.`
  return {
    stream: `canopy-${system}-mail`,
    everything: `${root}.>`,
    unit: `${prefix}>`,
    consumer: `unit-${encodeToken(memberOf(unit))}`,
    prefix,
  }
}

/** The subject of mail to an address of the unit; without `sender`: a pattern for all senders. */
export function mailSubject({ prefix }: MailNames, sender: string | undefined, to: Address): string {
  return `${prefix}${sender === undefined ? '*' : encodeToken(sender)}.${encodeAddress(to)}`
}

/**
 * The sender and the receiver; undefined when it is not a valid subject of mail to the unit. Each address has one
 * encoding (S1).
 */
export function readMailSubject(
  { prefix }: MailNames,
  subject: string,
): { sender: string; to: Address } | undefined {
  const cut = subject.indexOf('.', prefix.length)
  if (cut < 0) return undefined
  const sender = decodeToken(subject.slice(prefix.length, cut))
  const written = subject.slice(cut + 1)
  const to = decodeAddress(written)
  if (sender === undefined || to === undefined) return undefined
  return written.includes('%') && encodeTokens(to) !== written ? undefined : { sender, to }
}

/** The system, or one of its units, that a request goes to. */
export interface ControlPort {
  readonly system: string
  readonly unit?: string | undefined
}

/** The subject under which a member sends a verb. */
export function controlSubject(port: ControlPort, sender: string, verb: string): string {
  return `${portOf(port)}.${encodeToken(sender)}.${encodeAddress(verb)}`
}

/** A pattern for all verbs and senders. */
export function controlSubjects(port: ControlPort): string {
  return `${portOf(port)}.>`
}

/** The request that a subject encodes; parts that are not valid encodings are returned unchanged. */
export function readControlSubject(subjects: string, subject: string): RequestTarget & { sender: string } {
  const written = subject.slice(subjects.length - 1)
  const cut = written.indexOf('.')
  const sender = cut < 0 ? written : written.slice(0, cut)
  const asked = cut < 0 ? '' : written.slice(cut + 1)
  return { sender: decodeToken(sender) ?? sender, ...readVerb(asked) }
}

export interface RequestTarget {
  readonly verb: string
  readonly address?: Address
}

/** The same for the part after the sender. */
export function readVerb(written: string): RequestTarget {
  const [first = '', ...rest] = written.split('.')
  const verb = decodeToken(first) ?? first
  if (rest.length === 0) return { verb }
  const address = rest.join('.')
  return { verb, address: decodeAddress(address) ?? address }
}

function portOf({ system, unit }: ControlPort): string {
  const root = `canopy.${checkSystem(system)}`
  return unit === undefined ? `${root}.control` : `${root}.nodes.${encodeAddress(unit)}`
}

/** Without `sender`: a pattern for all senders. */
export function factSubject(system: string, sender: string | undefined, subject: string): string {
  const from = sender === undefined ? '*' : encodeToken(sender)
  return `canopy.${checkSystem(system)}.facts.${from}.${encodeAddress(subject)}`
}

/** The member that published it. */
export function factSender(subject: string): string {
  const written = subject.split('.', 4).at(-1) ?? ''
  return decodeToken(written) ?? written
}

/** The name of a bucket of the system, or of one of its members. */
export function bucketName(system: string, what: 'nodes' | 'objects', member?: string): string {
  const own = `canopy-${checkSystem(system)}-${what}`
  return member === undefined ? own : `${own}-${member}`
}

/** A system's name is part of stream names, which allow fewer characters than subjects. */
function checkSystem(system: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,60}$/i.test(system)) return system
  throw new TransportError(
    'bad_name',
    `system "${system}" is not a valid name: use letters, digits, "-" and "_", at most 61 of them`,
  )
}

function escapeCharacter(character: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}
