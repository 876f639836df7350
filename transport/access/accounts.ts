// Accounts
//
// Owns:   the part of a server's configuration for a keyring: a signed account for each member, as lines of text.
//
// A member's requests to home are answered into the member's own account, whatever reply subject they name. So no
// member can make the server, or home, write under a subject that the member may not write under.
//
// The configuration contains no seed.

import {
  type Account,
  type Export,
  encodeAccount,
  encodeOperator,
  fromPublic,
  fromSeed,
  type Import,
} from '@nats-io/jwt'
import type { Keyring, KeyringMember } from './keyring.ts'
import { locally, type PermissionRow, type Right, subjectFor, table } from './roles.ts'

const NO_LIMITS = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
}
const JETSTREAM = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }

/** Lines for the configuration of a server whose operator is this keyring. */
export async function accountsConfiguration(keyring: Keyring): Promise<string> {
  const { members, system } = keyring
  const operator = fromSeed(Buffer.from(keyring.operator))
  const server = publicKeyOf(keyring.server)
  const sign = async (name: string, id: string, account: Partial<Account>): Promise<string> => {
    const claims = { limits: NO_LIMITS, ...account }
    return `  ${id}: ${await encodeAccount(name, fromPublic(id), claims, { signer: operator })}`
  }
  const home = members.find(({ role }) => role === 'home')
  if (!home) throw new Error('a keyring without home')
  const others = members.filter(({ role }) => role !== 'home')
  const accounts = [
    sign('server', server, {}),
    sign(home.member, home.account, homeAccount(system, home, others)),
    ...others.map((each) => sign(each.member, each.account, lesserAccount(system, each, home))),
  ]
  return [
    `operator: ${keyring.claims ?? (await operatorClaims(keyring))}`,
    `system_account: ${server}`,
    'resolver: MEMORY',
    'resolver_preload: {',
    ...(await Promise.all(accounts)),
    '}',
    '',
  ].join('\n')
}

/** The keyring with the signed claims, as it is to be stored. */
export async function withClaims(keyring: Keyring): Promise<Keyring> {
  return { ...keyring, claims: keyring.claims ?? (await operatorClaims(keyring)) }
}

function operatorClaims({ operator, server }: Keyring): Promise<string> {
  const key = fromSeed(Buffer.from(operator))
  return encodeOperator('canopy', key, { system_account: publicKeyOf(server) })
}

function homeAccount(
  system: string,
  home: KeyringMember,
  others: readonly KeyringMember[],
): Partial<Account> {
  const exports = new Map<string, Export>()
  for (const other of others) {
    for (const { row, right, subject } of rowsOf(system, other)) {
      if (right === 'says') exports.set(subject, service(subject, row))
      if (right === 'hears') exports.set(`${subject} told`, { name: subject, subject, type: 'stream' })
    }
  }
  const imports = others.flatMap((other) =>
    rowsOf(system, other)
      .filter(({ right }) => right === 'answers')
      .map(({ subject }): Import => imported(subject, 'service', other)),
  )
  return {
    limits: { ...NO_LIMITS, ...JETSTREAM },
    exports: [...exports.values()],
    imports,
    ...keysOf(home),
  }
}

function lesserAccount(system: string, member: KeyringMember, home: KeyringMember): Partial<Account> {
  const rows = rowsOf(system, member)
  const imports = rows
    .filter(({ right }) => right !== 'answers')
    .map(({ subject, right }): Import => {
      const local = locally(subject, system)
      const type = right === 'says' ? 'service' : 'stream'
      return { ...imported(subject, type, home), ...(local !== subject && { local_subject: local }) }
    })
  const exports = rows
    .filter(({ right }) => right === 'answers')
    .map(({ subject, row }) => service(subject, row))
  return { imports, exports, ...keysOf(member) }
}

function rowsOf(
  system: string,
  member: KeyringMember,
): { row: PermissionRow; right: Right; subject: string }[] {
  return table.flatMap((row) => {
    const right = member.role === 'home' ? undefined : row.rights[member.role]
    return right === undefined ? [] : [{ row, right, subject: subjectFor(row, system, member.member) }]
  })
}

function service(subject: string, { manyAnswers }: PermissionRow): Export {
  return { name: subject, subject, type: 'service', ...(manyAnswers && { response_type: 'Stream' }) }
}

function imported(subject: string, type: 'service' | 'stream', from: KeyringMember): Import {
  return { name: subject, subject, type, account: from.account }
}

/** The valid and the revoked keys of an account. */
function keysOf({ signer, keys }: KeyringMember): Partial<Account> {
  const gone = keys.flatMap(({ user, revoked }) => (revoked === null ? [] : [[user, revoked] as const]))
  return { signing_keys: [publicKeyOf(signer)], revocations: Object.fromEntries(gone) }
}

function publicKeyOf(seed: string): string {
  return fromSeed(Buffer.from(seed)).getPublicKey()
}
