// Subjects
//
// Owns:   the names of everything Canopy has in NATS, and writing addresses as subjects and back.
//
//   canopy.<system>.mail.<unit>.<address>      mail, kept in the stream canopy-<system>-mail
//   canopy.<system>.control.<verb>             requests
//   canopy.<system>.control.<verb>.<address>   requests about one actor
//   canopy.<system>.nodes.<node>.<verb>        requests that the system passes on to one of its nodes
//   canopy.<system>.facts.<subject>            news, kept nowhere
//   canopy-<system>-nodes, -objects            buckets of leases and of blobs
//
// S1. Writing is reversible and one to one: tokens stay tokens, and what NATS gives a meaning of its own (space, `*`,
//     `>`, control characters, an empty token) or may mangle (beyond ASCII) is written `%XX` in UTF-8, as in URLs.

import type { Address } from '../machines/index.ts'
import { TransportError } from './transport-error.ts'

const PLAIN = /^[A-Za-z0-9_:@+=,~#-]+$/
const ESCAPED = /[^A-Za-z0-9_:@+=,~#-]/gu
const EMPTY = '%'
/** A server takes lines of 4,096 bytes, with the subject, the reply and more in each. */
const LONGEST = 1_500

/** One token; dots inside it are escaped. */
export function encodeToken(token: string): string {
  if (PLAIN.test(token)) return token
  return token === '' ? EMPTY : token.toWellFormed().replace(ESCAPED, escapeCharacter)
}

/** Undefined when no text is written so. */
export function decodeToken(written: string): string | undefined {
  if (written === EMPTY) return ''
  if (!written.includes('%')) return written
  try {
    return decodeURIComponent(written)
  } catch {
    return undefined
  }
}

/** Throws `bad_name` when it is so long that a server would close the connection. */
export function encodeAddress(address: Address): string {
  const written = address.split('.').map(encodeToken).join('.')
  if (written.length <= LONGEST) return written
  throw new TransportError(
    'bad_name',
    `address "${address.slice(0, 80)}…" is too long: ${written.length} characters`,
  )
}

/** An id as a header can carry it: different ids stay different. */
export function encodeId(id: string): string {
  return /^[\x21-\x24\x26-\x7E]*$/.test(id) ? id : encodeToken(id)
}

export function decodeAddress(written: string): Address | undefined {
  if (!written.includes('%')) return written
  const tokens = written.split('.').map(decodeToken)
  return tokens.every((token) => token !== undefined) ? tokens.join('.') : undefined
}

export interface MailNames {
  readonly stream: string
  /** All subjects of the stream. */
  readonly everything: string
  /** All subjects of the unit. */
  readonly unit: string
  readonly consumer: string
  /** What comes before the address. */
  readonly prefix: string
}

export function mailNames(system: string, unit: string): MailNames {
  const root = `canopy.${checkSystem(system)}.mail`
  const prefix = `${root}.${encodeToken(unit)}.`
  return {
    stream: `canopy-${system}-mail`,
    everything: `${root}.>`,
    unit: `${prefix}>`,
    consumer: `unit-${encodeToken(unit)}`,
    prefix,
  }
}

/** Of a system, or of one of its nodes. */
export function controlSubject(system: string, verb: string, node?: string): string {
  const port = node === undefined ? 'control' : `nodes.${encodeToken(node)}`
  return `canopy.${checkSystem(system)}.${port}.${encodeToken(verb)}`
}

/** Those of all verbs. */
export function controlSubjects(system: string, node?: string): string {
  return controlSubject(system, '', node).replace(/%$/, '>')
}

/** What a subject of a request asks for; what is no writing of ours is taken as it stands. */
export function readControlSubject(subjects: string, subject: string): { verb: string; address?: Address } {
  return readVerb(subject.slice(subjects.length - 1))
}

/** The same of what follows `control.`. */
export function readVerb(written: string): { verb: string; address?: Address } {
  const [first = '', ...rest] = written.split('.')
  const verb = decodeToken(first) ?? first
  if (rest.length === 0) return { verb }
  const address = rest.join('.')
  return { verb, address: decodeAddress(address) ?? address }
}

export function factSubject(system: string, subject: string): string {
  return `canopy.${checkSystem(system)}.facts.${encodeAddress(subject)}`
}

/** The name of a bucket of the system's. */
export function bucketName(system: string, what: 'nodes' | 'objects'): string {
  return `canopy-${checkSystem(system)}-${what}`
}

/** A system's name stands in names of streams, which allow less than subjects. */
function checkSystem(system: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,60}$/i.test(system)) return system
  throw new TransportError(
    'bad_name',
    `system "${system}" is no good name: use letters, digits, "-" and "_", at most 61 of them`,
  )
}

function escapeCharacter(character: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}
