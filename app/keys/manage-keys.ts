// Manage keys
//
// Owns:   making, listing, replacing and revoking the keys of a folder.
// Leaves: what a key may do (transport/access), the files (keyring-file.ts), printing (cli/keys/).
//
// K1. A new key does not end the old one: a client that reads its file again has the new one, and a connected client stays
//     connected until the old one expires or is revoked.
// K2. A change of an account (a new member, a revocation) counts when the server has read its configuration again.
//
// Times are in seconds since the Unix epoch. Failures are UserErrors.

import {
  createKeyring,
  issue,
  type KeyRecord,
  type Keyring,
  type MemberRole,
  memberIn,
  revoked,
  withClaims,
  withMember,
} from '../../transport/index.ts'
import { UserError } from '../errors.ts'
import { asUserError } from '../room-errors.ts'
import { readKeyring, writeCredentials, writeKeyring } from './keyring-file.ts'

/** The members that get a key, beside home, an operator and a viewer, by name. */
export interface WantedMembers {
  /** The name of the run; `canopy` by default. */
  readonly system?: string | undefined
  readonly node?: readonly string[]
  readonly operator?: readonly string[]
  readonly viewer?: readonly string[]
}

interface KeyTerm {
  readonly now: number
  /** How long the keys are valid, as the user wrote it; 30 by default. */
  readonly days: string | undefined
}

interface WrittenKeys {
  /** The credentials files. */
  readonly files: readonly string[]
  readonly expires: number
}

interface CreatedKeys extends WrittenKeys {
  readonly system: string
  /** Whether the folder had no keys before. */
  readonly isNew: boolean
}

export interface ListedKey {
  readonly member: string
  readonly role: string
  /** The public half. */
  readonly user: string
  /** `2027-01-02 03:04`, in UTC. */
  readonly issued: string
  /** As `issued`, or `never`. */
  readonly expires: string
  readonly state: 'valid' | 'expired' | 'revoked'
}

const DAYS = 30
const DAY_S = 86_400
const SYSTEM = /^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$/

/** Makes a key for each member that has none. */
export function createKeys(folder: string, wanted: WantedMembers, term: KeyTerm): Promise<CreatedKeys> {
  return forUser(async () => {
    const before = await readKeyring(folder)
    const keyring = withMembers(before ?? (await withClaims(createKeyring(systemOf(wanted)))), wanted)
    refuseOtherSystem(keyring, wanted)
    const added = keyring.members.filter(({ keys }) => keys.length === 0).map(({ member }) => member)
    const written = await issueAll(folder, keyring, added, term)
    return { system: keyring.system, ...written, isNew: before === undefined }
  })
}

/** All keys of a folder, revoked ones too. */
export function listKeys(folder: string, now: number): Promise<readonly ListedKey[]> {
  return forUser(async () => listed(await keyringIn(folder), now))
}

/** Makes new keys for these members, or for all (K1). */
export function rotateKeys(folder: string, members: readonly string[], term: KeyTerm): Promise<WrittenKeys> {
  return forUser(async () => {
    const keyring = await keyringIn(folder)
    const wanted = members.length > 0 ? [...new Set(members)] : namesIn(keyring)
    for (const member of wanted) memberIn(keyring, member)
    return issueAll(folder, keyring, wanted, term)
  })
}

interface KeyRevocation {
  /** Only keys that were replaced; then no member needs to be named. */
  readonly old: boolean
  readonly now: number
}

/** Revokes keys of these members, or of all; the keys that this call has revoked. */
export function revokeKeys(
  folder: string,
  members: readonly string[],
  { old, now }: KeyRevocation,
): Promise<readonly ListedKey[]> {
  return forUser(async () => {
    const before = await keyringIn(folder)
    if (members.length === 0 && !old)
      throw new UserError(
        'missing_option',
        'no member is named',
        'Name members, or revoke all old keys: --old.',
      )
    const wanted = members.length > 0 ? members : namesIn(before)
    const after = wanted.reduce((each, member) => revoked(each, member, old ? 'old' : 'all', now), before)
    await writeKeyring(folder, after)
    const revokedBefore = new Set(revokedKeys(before, now).map(({ user }) => user))
    return revokedKeys(after, now).filter(({ user }) => !revokedBefore.has(user))
  })
}

/** `2027-01-02 03:04`, in UTC. */
export function keyTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')
}

/** A mistake in a name is the user's to correct. */
async function forUser<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asUserError(error)
  }
}

async function issueAll(
  folder: string,
  keyring: Keyring,
  members: readonly string[],
  { now, days }: KeyTerm,
): Promise<WrittenKeys> {
  const expires = now + daysOf(days) * DAY_S
  const files: string[] = []
  for (const member of members) {
    const issued = await issue(keyring, { member, now, expires })
    keyring = issued.keyring
    // The keyring knows of every key that was ever given.
    await writeKeyring(folder, keyring)
    files.push(await writeCredentials(folder, member, issued.credentials))
  }
  return { files, expires }
}

function withMembers(keyring: Keyring, { node = [], operator = [], viewer = [] }: WantedMembers): Keyring {
  const wanted: (readonly [MemberRole, string | undefined])[] = [
    ['operator', undefined],
    ['viewer', undefined],
    ...node.map((name) => ['node', name] as const),
    ...operator.map((name) => ['operator', name] as const),
    ...viewer.map((name) => ['viewer', name] as const),
  ]
  return wanted.reduce((each, [role, name]) => withMember(each, role, name), keyring)
}

const namesIn = ({ members }: Keyring): string[] => members.map(({ member }) => member)

async function keyringIn(folder: string): Promise<Keyring> {
  const keyring = await readKeyring(folder)
  if (keyring) return keyring
  throw new UserError('no_keys', `there are no keys in ${folder}`, `Make keys: canopy keys create ${folder}`)
}

function systemOf({ system = 'canopy' }: WantedMembers): string {
  if (SYSTEM.test(system)) return system
  throw new UserError(
    'bad_option',
    `--system is ${JSON.stringify(system)}; expected letters, digits, "-" and "_", at most 61`,
    'For example: --system nightly.',
  )
}

function refuseOtherSystem({ system }: Keyring, wanted: WantedMembers): void {
  if (wanted.system === undefined || wanted.system === system) return
  throw new UserError(
    'bad_option',
    `these keys are for a run named ${system}, not ${wanted.system}`,
    'Use another folder for the keys of another run.',
  )
}

function daysOf(text: string | undefined): number {
  if (text === undefined) return DAYS
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (days > 0) return days
  throw new UserError(
    'bad_option',
    `--days is ${JSON.stringify(text)}; expected a whole number from 1 to 9999`,
    'For example: --days 30.',
  )
}

function listed({ members }: Keyring, now: number): ListedKey[] {
  return members.flatMap(({ member, role, keys }) =>
    keys.map((key) => ({
      member,
      role,
      user: key.user,
      issued: keyTime(key.issued),
      expires: key.expires === null ? 'never' : keyTime(key.expires),
      state: stateOf(key, now),
    })),
  )
}

function revokedKeys(keyring: Keyring, now: number): ListedKey[] {
  return listed(keyring, now).filter(({ state }) => state === 'revoked')
}

function stateOf({ expires, revoked: ended }: KeyRecord, now: number): ListedKey['state'] {
  if (ended !== null) return 'revoked'
  return expires !== null && expires <= now ? 'expired' : 'valid'
}
