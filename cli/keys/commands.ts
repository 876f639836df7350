// Keys commands
//
// Owns:   what `canopy keys` does: making keys for a NATS server, listing, rotating, revoking them.
// Leaves: what a key may do (transport/access), where keys are kept (app/keys/).
//
// K1. A new key does not end the old one: whoever reads its file anew has the new one, and whoever is connected stays so
//     until the old one expires or is revoked.
// K2. What changes an account (a new member, a revocation) counts when the server has read its configuration again, and
//     is told so.

import { resolve } from 'node:path'
import { asUserError, readKeyring, UserError, writeCredentials, writeKeyring } from '../../app/index.ts'
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
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { keysText, type ListedKey } from './text.ts'

export interface KeysOptions {
  readonly system?: string
  readonly node?: readonly string[]
  readonly operator?: readonly string[]
  readonly viewer?: readonly string[]
  readonly days?: string
  readonly old?: boolean
  readonly json?: boolean
}

export interface KeysCommands {
  create(folder: string, options: KeysOptions): Promise<number>
  list(folder: string, options: KeysOptions): Promise<number>
  rotate(folder: string, members: readonly string[], options: KeysOptions): Promise<number>
  revoke(folder: string, members: readonly string[], options: KeysOptions): Promise<number>
}

const DAYS = 30
const DAY_S = 86_400
const SYSTEM = /^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$/
const RELOAD = 'the server reads it again with: nats-server --signal reload (or kill -HUP)'

export function createKeysCommands(terminal: Terminal): KeysCommands {
  const now = (): number => Math.floor(terminal.now() / 1000)
  const at = (folder: string): string => resolve(terminal.directory, folder)
  const print = (options: KeysOptions, value: unknown, lines: readonly string[]): number => {
    terminal.screen.write(`${options.json ? JSON.stringify(value) : lines.join('\n')}\n`)
    return exitCodes.reached
  }
  const issueAll = async (
    folder: string,
    keyring: Keyring,
    members: readonly string[],
    options: KeysOptions,
  ) => {
    const expires = now() + daysOf(options.days) * DAY_S
    const files: string[] = []
    for (const member of members) {
      const issued = await issue(keyring, { member, now: now(), expires })
      keyring = issued.keyring
      // The keyring knows of every key that was ever given.
      await writeKeyring(folder, keyring)
      files.push(await writeCredentials(folder, member, issued.credentials))
    }
    return { keyring, files, expires }
  }
  const commands: KeysCommands = {
    async create(place, options) {
      const folder = at(place)
      const before = await readKeyring(folder)
      const keyring = withMembers(before ?? (await withClaims(createKeyring(systemOf(options)))), options)
      refuseOtherSystem(keyring, options)
      const added = keyring.members.filter(({ keys }) => keys.length === 0).map(({ member }) => member)
      const { files, expires } = await issueAll(folder, keyring, added, options)
      const value = { system: keyring.system, files, expires }
      return print(options, value, [
        ...files.map((file) => `wrote ${file}`),
        added.length === 0 ? 'everybody has a key already' : `valid until ${dateOf(expires)}`,
        before ? RELOAD : `start the server: nats-server -c ${folder}/nats-server.conf`,
      ])
    },
    async list(place, options) {
      const folder = at(place)
      const listed = listedKeys(await known(folder), now())
      return print(options, listed, [keysText(listed)])
    },
    async rotate(place, members, options) {
      const folder = at(place)
      const keyring = await known(folder)
      const wanted = members.length > 0 ? members : keyring.members.map(({ member }) => member)
      for (const member of wanted) memberIn(keyring, member)
      const { files, expires } = await issueAll(folder, keyring, wanted, options)
      return print(options, { files, expires }, [
        ...files.map((file) => `wrote ${file}`),
        `valid until ${dateOf(expires)}; the keys before stay valid until they expire: canopy keys revoke ${place} --old ends them`,
      ])
    },
    async revoke(place, members, options) {
      const folder = at(place)
      const before = await known(folder)
      if (members.length === 0 && !options.old)
        throw new UserError('missing_option', 'nobody is named', 'Name members, or end all old keys: --old.')
      const wanted = members.length > 0 ? members : before.members.map(({ member }) => member)
      const which = options.old ? 'old' : 'all'
      const keyring = wanted.reduce((each, member) => revoked(each, member, which, now()), before)
      await writeKeyring(folder, keyring)
      const ended = listedKeys(keyring, now()).filter(
        (key) =>
          key.state === 'revoked' &&
          !listedKeys(before, now()).some((old) => old.user === key.user && old.state === 'revoked'),
      )
      return print(options, { revoked: ended }, [
        ...ended.map(({ member, user }) => `revoked ${member} ${user.slice(0, 12)}`),
        ended.length === 0 ? 'there was nothing to revoke' : RELOAD,
      ])
    },
  }
  return told(commands)
}

/** A mistake in a name is the user's to correct. */
function told(commands: KeysCommands): KeysCommands {
  const telling =
    <Args extends unknown[]>(work: (...args: Args) => Promise<number>) =>
    (...args: Args): Promise<number> =>
      work(...args).catch((error: unknown) => {
        throw asUserError(error)
      })
  const { create, list, rotate, revoke } = commands
  return { create: telling(create), list: telling(list), rotate: telling(rotate), revoke: telling(revoke) }
}

function withMembers(keyring: Keyring, { node = [], operator = [], viewer = [] }: KeysOptions): Keyring {
  const wanted: (readonly [MemberRole, string | undefined])[] = [
    ['operator', undefined],
    ['viewer', undefined],
    ...node.map((name) => ['node', name] as const),
    ...operator.map((name) => ['operator', name] as const),
    ...viewer.map((name) => ['viewer', name] as const),
  ]
  return wanted.reduce((each, [role, name]) => withMember(each, role, name), keyring)
}

async function known(folder: string): Promise<Keyring> {
  const keyring = await readKeyring(folder)
  if (keyring) return keyring
  throw new UserError('no_keys', `there are no keys in ${folder}`, `Make some: canopy keys create ${folder}`)
}

function systemOf({ system = 'canopy' }: KeysOptions): string {
  if (SYSTEM.test(system)) return system
  throw new UserError(
    'bad_option',
    `--system is ${JSON.stringify(system)}; expected letters, digits, "-" and "_", at most 61`,
    'For example: --system nightly.',
  )
}

function refuseOtherSystem({ system }: Keyring, options: KeysOptions): void {
  if (options.system === undefined || options.system === system) return
  throw new UserError(
    'bad_option',
    `these keys are for a run named ${system}, not ${options.system}`,
    'Keys for another run have a folder of their own.',
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

function listedKeys({ members }: Keyring, now: number): ListedKey[] {
  return members.flatMap(({ member, role, keys }) =>
    keys.map(({ user, issued, expires, revoked: ended }) => ({
      member,
      role,
      user,
      issued: dateOf(issued),
      expires: expires === null ? 'never' : dateOf(expires),
      state: stateOf({ expires, revoked: ended }, now),
    })),
  )
}

function stateOf(
  { expires, revoked: ended }: Pick<KeyRecord, 'expires' | 'revoked'>,
  now: number,
): ListedKey['state'] {
  if (ended !== null) return 'revoked'
  return expires !== null && expires <= now ? 'expired' : 'valid'
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')
}
