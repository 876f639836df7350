// Keyring
//
// Owns:   the members of a system and their keys: which keys were issued, until when they are valid, and which are
//         revoked.
// Leaves: storing it (app/keys/), the server's accounts (accounts.ts), the permissions (roles.ts).
//
// K1. A member keeps its account for good; a new key is added to it. So an old and a new key are valid together until
//     the old one expires or is revoked.
//
// A keyring signs: its holder can create any member. A credentials file is one key and cannot sign.

import {
  createAccount,
  createOperator,
  createUser,
  encodeUser,
  fmtCreds,
  fromPublic,
  fromSeed,
} from '@nats-io/jwt'
import { z } from 'zod'
import { TransportError } from '../transport-error.ts'
import { HOME, locally, type MemberRole, memberOfRole, roles, subjectFor, table } from './roles.ts'

/** The last second that a `Date` has. */
const MAX_SECONDS = 8_640_000_000_000
const seconds = z.int().nonnegative().max(MAX_SECONDS)
const seed = z
  .string()
  .regex(/^S[A-Z2-7]{50,70}$/)
  .refine(isSeed)

const issuedSchema = z.object({
  /** The public half of the key. */
  user: z.string().regex(/^U[A-Z2-7]{55}$/),
  issued: seconds,
  /** Seconds since the Unix epoch; null: never. */
  expires: seconds.nullable(),
  revoked: seconds.nullable(),
})

const memberSchema = z.object({
  member: z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/),
  role: z.enum(roles),
  /** The public key of its account, under which the server keeps the account's streams. */
  account: z.string().regex(/^A[A-Z2-7]{55}$/),
  /** The key that signs for the account. */
  signer: seed,
  keys: z.array(issuedSchema),
})

/** The schema of a stored keyring. It holds seeds: a process that reads it can create any member. */
export const keyringSchema = z.object({
  system: z.string().regex(/^(\*|[A-Za-z0-9][A-Za-z0-9_-]{0,60})$/),
  operator: seed,
  /** Of the server's system account; no member has a key for it. */
  server: seed,
  /** The operator's claims, signed once: a running server accepts no others when it reloads its configuration. */
  claims: z.string().exactOptional(),
  members: z.array(memberSchema),
})

/** All times are in seconds since the Unix epoch, as in the keys themselves. */
export type Keyring = z.infer<typeof keyringSchema>
/** A member of a system: its name, role, account and keys. */
export type KeyringMember = z.infer<typeof memberSchema>
/** A key that was given to a member: its public half, and when it was issued, expires and was revoked, in seconds since the Unix epoch. */
export type KeyRecord = z.infer<typeof issuedSchema>

/** A keyring with home as its only member. `*`: for any system; such a system cannot have nodes. */
export function createKeyring(system: string): Keyring {
  const empty = { system, operator: seedOf(createOperator()), server: seedOf(createAccount()), members: [] }
  return withMember(keyringSchema.parse(empty), 'home')
}

/** The keyring with a member of this role, added if missing. Throws `bad_name`. */
export function withMember(keyring: Keyring, role: MemberRole, name?: string): Keyring {
  const member = memberOfRole(role, name)
  if (keyring.members.some((each) => each.member === member)) return keyring
  const added = memberSchema.safeParse({
    member,
    role,
    account: createAccount().getPublicKey(),
    signer: seedOf(createAccount()),
    keys: [],
  })
  if (added.success) return { ...keyring, members: [...keyring.members, added.data] }
  throw new TransportError(
    'bad_name',
    `${JSON.stringify(name)} is not a valid name for a ${role}: use lower-case letters, digits and dashes`,
  )
}

/** The member of a new key. `now` and `expires` are seconds since the Unix epoch; null: it never expires. */
export interface IssueOrder {
  readonly member: string
  readonly now: number
  readonly expires: number | null
}

/** A new key for a member, as the text of a credentials file; its other keys stay valid (K1). */
export async function issue(
  keyring: Keyring,
  { member: wanted, now, expires }: IssueOrder,
): Promise<{ keyring: Keyring; credentials: string }> {
  const member = memberIn(keyring, wanted)
  const key = createUser()
  const claims = {
    ...permissionsOf(keyring.system, member),
    tags: [`system:${keyring.system}`, `role:${member.role}`],
  }
  const account = fromPublic(member.account)
  const signer = fromSeed(Buffer.from(member.signer))
  const until = expires === null ? {} : { exp: expires }
  const jwt = await encodeUser(member.member, key, account, claims, { signer, ...until })
  const issued = { user: key.getPublicKey(), issued: now, expires, revoked: null }
  return {
    keyring: replaced(keyring, { ...member, keys: [...member.keys, issued] }),
    credentials: Buffer.from(fmtCreds(jwt, key)).toString(),
  }
}

/** The keyring with home's account of an earlier keyring, which has home's streams. */
export function withHomeAccount(keyring: Keyring, account: string): Keyring {
  return replaced(keyring, { ...memberIn(keyring, HOME), account })
}

/** The keyring with keys of a member revoked: all of them, or all but the newest. */
export function revoked(keyring: Keyring, wanted: string, which: 'all' | 'old', now: number): Keyring {
  const member = memberIn(keyring, wanted)
  const newest = member.keys.at(-1)
  const keys = member.keys.map((key) =>
    key.revoked !== null || (which === 'old' && key === newest) ? key : { ...key, revoked: now },
  )
  return replaced(keyring, { ...member, keys })
}

/** Throws `bad_name` when the keyring has no such member. */
export function memberIn({ members }: Keyring, wanted: string): KeyringMember {
  const found = members.find(({ member }) => member === wanted)
  if (found) return found
  const known = members.map(({ member }) => member).join(', ')
  throw new TransportError('bad_name', `there is no ${JSON.stringify(wanted)}; there is ${known}`)
}

function replaced(keyring: Keyring, member: KeyringMember): Keyring {
  const members = keyring.members.map((each) => (each.member === member.member ? member : each))
  return { ...keyring, members }
}

const ANSWER_WITHIN_NS = 120_000_000_000

/** Repeats the limits of the account, so that the server reports an attempt to exceed them. */
function permissionsOf(system: string, { member, role }: KeyringMember): object {
  if (role === 'home') return {}
  const of = (right: string): string[] =>
    table
      .filter(({ rights }) => rights[role] === right)
      .map((row) => locally(subjectFor(row, system, member), system))
  const answers = of('answers')
  return {
    pub: { allow: of('says') },
    sub: { allow: ['_INBOX.>', ...of('hears'), ...answers] },
    ...(answers.length > 0 && { resp: { max: 1, ttl: ANSWER_WITHIN_NS } }),
  }
}

/** Whether its checksum is right. */
function isSeed(text: string): boolean {
  try {
    fromSeed(Buffer.from(text))
    return true
  } catch {
    return false
  }
}

function seedOf(key: { getSeed(): Uint8Array }): string {
  return Buffer.from(key.getSeed()).toString()
}
