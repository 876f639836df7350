// Keyrings, credentials, accounts and roles without a server: names that are none, keys that are issued, expire and are
// revoked, files that are torn or of another program, and what the table gives to each role.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withHomeAccount } from '../../transport/access/keyring.ts'
import { awayApi, locally, memberOfRole, subjectFor } from '../../transport/access/roles.ts'
import {
  accountsConfiguration,
  changesSomething,
  createKeyring,
  identityIn,
  issue,
  type Keyring,
  keyringSchema,
  type MemberRole,
  memberIn,
  revoked,
  roleKeyring,
  roles,
  table,
  withClaims,
  withMember,
} from '../../transport/index.ts'

const NOW = 1_800_000_000
const SEED = /\bS[AOU][A-Z2-7]{50,}\b/

/** The claims of a signed token, unverified. */
function claimsOf(token: string): { name: string; exp?: number; nats: Record<string, never> } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

/** The claims of each account that a server is told, by name. */
async function accountsOf(keyring: Keyring): Promise<Record<string, ReturnType<typeof claimsOf>>> {
  const text = await accountsConfiguration(keyring)
  const accounts = [...text.matchAll(/^ {2}(A\w+): (\S+)$/gm)].map(([, , token = '']) => claimsOf(token))
  return Object.fromEntries(accounts.map((each) => [each.name, each]))
}

describe('a keyring', () => {
  test('begins with home alone, which has no key yet', () => {
    const keyring = createKeyring('s')
    expect(keyring.members).toMatchObject([{ member: 'main', role: 'home', keys: [] }])
    expect(keyringSchema.parse(JSON.parse(JSON.stringify(keyring)))).toEqual(keyring)
    expect(createKeyring('s').operator).not.toBe(keyring.operator)
  })

  test.each(['', '.', 'a.b', 'a b', '*>', 'ü', '-a', 'x'.repeat(62), 'a\n'])('%j is no system', (system) => {
    expect(() => createKeyring(system)).toThrow()
  })

  test.each(['*', 's', 'S-1_x', 'x'.repeat(61)])('%j is a system', (system) => {
    expect(createKeyring(system).system).toBe(system)
  })

  test.each([' ', 'A', 'a.b', 'a b', 'a*', 'a>', 'ü', 'a_b', 'x'.repeat(60), '../a', 'a\n'])(
    '%j is no name of a member, and the error has the name in it',
    (name) => {
      for (const role of ['node', 'operator', 'viewer'] as const) {
        const added = (): Keyring => withMember(createKeyring('s'), role, name)
        expect(added).toThrow(
          expect.objectContaining({
            code: 'bad_name',
            message: expect.stringContaining(JSON.stringify(name)),
          }),
        )
      }
    },
  )

  test('has a member once, with an account for good', () => {
    const one = withMember(createKeyring('s'), 'node', 'a')
    expect(withMember(one, 'node', 'a')).toBe(one)
    expect(withMember(one, 'home')).toBe(one)
    const two = withMember(withMember(one, 'node', 'b'), 'operator')
    expect(two.members.map(({ member, role }) => [member, role])).toEqual([
      ['main', 'home'],
      ['node-a', 'node'],
      ['node-b', 'node'],
      ['operator', 'operator'],
    ])
    expect(new Set(two.members.map(({ account }) => account)).size).toBe(4)
    expect(memberIn(two, 'node-a').account).toBe(memberIn(one, 'node-a').account)
    // The given one is unchanged.
    expect(one.members).toHaveLength(2)
  })

  test('names the members that there are when one is asked for that is not there', () => {
    expect(() => memberIn(roleKeyring('s'), 'node-x')).toThrow(
      'there is no "node-x"; there is main, operator, viewer',
    )
    expect(() => revoked(roleKeyring('s'), '__proto__', 'all', NOW)).toThrow('there is no "__proto__"')
  })

  test('whose home has another account keeps its keys', async () => {
    const { keyring } = await issue(createKeyring('s'), { member: 'main', now: NOW, expires: null })
    const { account } = memberIn(createKeyring('other'), 'main')
    const moved = withHomeAccount(keyring, account)
    expect(memberIn(moved, 'main')).toEqual({ ...memberIn(keyring, 'main'), account })
  })

  const sound = createKeyring('s')
  const [home] = sound.members
  const foreign: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['an empty object', {}],
    ['a seed of another kind of text', { ...sound, operator: 'secret' }],
    [
      'a seed with a wrong checksum',
      {
        ...sound,
        operator: sound.operator.replace(
          /^(.{20})./,
          (_, start) => `${start}${sound.operator[20] === 'A' ? 'B' : 'A'}`,
        ),
      },
    ],
    ['a public key as a seed', { ...sound, operator: home?.account }],
    ['a member without a role', { ...sound, members: [{ ...home, role: undefined }] }],
    ['a member of a role that there is not', { ...sound, members: [{ ...home, role: 'root' }] }],
    ['a member with an odd name', { ...sound, members: [{ ...home, member: '../x' }] }],
    [
      'a member with an account of another kind',
      { ...sound, members: [{ ...home, account: 'X'.repeat(56) }] },
    ],
    ['keys that are none', { ...sound, members: [{ ...home, keys: [{}] }] }],
    [
      'a time beyond all dates',
      {
        ...sound,
        members: [
          { ...home, keys: [{ user: `U${'A'.repeat(55)}`, issued: 1e15, expires: null, revoked: null }] },
        ],
      },
    ],
    [
      'a time that is no whole second',
      {
        ...sound,
        members: [
          { ...home, keys: [{ user: `U${'A'.repeat(55)}`, issued: 1.5, expires: null, revoked: null }] },
        ],
      },
    ],
  ]
  test.each(foreign)('that was stored with %s is refused', (_, stored) => {
    expect(keyringSchema.safeParse(stored).success).toBe(false)
  })
})

describe('a key', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'canopy-creds-'))
  })
  afterEach(() => rm(root, { recursive: true }))

  async function issued(role: MemberRole, name?: string, expires: number | null = null) {
    const keyring = withMember(createKeyring('s'), role, name)
    return issue(keyring, { member: memberOfRole(role, name), now: NOW, expires })
  }

  test.each([
    ['home', undefined, 'main'],
    ['node', 'a', 'node-a'],
    ['operator', undefined, 'operator'],
    ['operator', 'alice', 'operator-alice'],
    ['viewer', 'bob', 'viewer-bob'],
  ] as const)('of a %s %s says who it is, as text and as a file', async (role, name, member) => {
    const { credentials } = await issued(role, name)
    const identity = { member, role, system: 's', expires: undefined }
    expect(identityIn(credentials)).toEqual(identity)
    const file = join(root, 'a.creds')
    await writeFile(file, credentials)
    expect(identityIn({ file })).toEqual(identity)
    await writeFile(file, credentials.replaceAll('\n', '\r\n'))
    expect(identityIn({ file })).toEqual(identity)
  })

  test('says until when it is valid, and the keyring has the same', async () => {
    const { keyring, credentials } = await issued('node', 'a', NOW + 60)
    expect(identityIn(credentials)).toMatchObject({ expires: NOW + 60 })
    expect(memberIn(keyring, 'node-a').keys).toEqual([
      { user: expect.stringMatching(/^U/), issued: NOW, expires: NOW + 60, revoked: null },
    ])
    expect(JSON.stringify(keyring)).not.toContain(credentials.match(/SU\w+/)?.[0])
  })

  test('is another each time, and the older ones stay until they are revoked', async () => {
    let { keyring } = await issued('node', 'a')
    for (const now of [NOW + 1, NOW + 2])
      keyring = (await issue(keyring, { member: 'node-a', now, expires: null })).keyring
    const of = (which: Keyring): (number | null)[] => memberIn(which, 'node-a').keys.map((key) => key.revoked)
    expect(new Set(memberIn(keyring, 'node-a').keys.map(({ user }) => user)).size).toBe(3)
    const old = revoked(keyring, 'node-a', 'old', NOW + 5)
    expect(of(old)).toEqual([NOW + 5, NOW + 5, null])
    // A key that was revoked keeps the time of that.
    expect(of(revoked(old, 'node-a', 'all', NOW + 9))).toEqual([NOW + 5, NOW + 5, NOW + 9])
    expect(of(keyring)).toEqual([null, null, null])
    const accounts = await accountsOf(old)
    const users = memberIn(old, 'node-a').keys.map(({ user }) => user)
    expect(accounts['node-a']?.nats).toMatchObject({
      revocations: { [users[0] ?? '']: NOW + 5, [users[1] ?? '']: NOW + 5 },
    })
    expect(accounts['node-a']?.nats.revocations).not.toHaveProperty(users[2] ?? '')
  })

  const damages: [string, (text: string) => string][] = [
    ['is empty', () => ''],
    ['is cut in its token', (text) => text.slice(0, 80)],
    ['has no token', (text) => text.replace(/-----BEGIN NATS USER JWT-----[^-]+/, '')],
    ['has a token of two parts', (text) => text.replace(/(\w+\.[\w-]+)\.[\w-]+/, '$1')],
    ['has a token that is no JSON', (text) => text.replace(/\.[\w-]+\./, '.AAAA.')],
    [
      'has a token that is null',
      (text) => text.replace(/\.[\w-]+\./, `.${Buffer.from('null').toString('base64url')}.`),
    ],
    [
      'is of another program, without our tags',
      (text) =>
        text.replace(
          /\.[\w-]+\./,
          `.${Buffer.from('{"name":"x","nats":{"tags":[]}}').toString('base64url')}.`,
        ),
    ],
    [
      'has a role that there is not',
      (text) =>
        text.replace(
          /\.[\w-]+\./,
          `.${Buffer.from('{"name":"x","nats":{"tags":["system:s","role:root"]}}').toString('base64url')}.`,
        ),
    ],
    [
      'has no name',
      (text) =>
        text.replace(
          /\.[\w-]+\./,
          `.${Buffer.from('{"name":"","nats":{"tags":["system:s","role:node"]}}').toString('base64url')}.`,
        ),
    ],
    ['is a picture', () => '\x89PNG\r\n\x1a\n\0\0'],
  ]
  test.each(damages)('that %s is refused with its file and the way out', async (_, damage) => {
    const { credentials } = await issued('node', 'a')
    const file = join(root, 'a.creds')
    await writeFile(file, damage(credentials))
    expect(() => identityIn({ file })).toThrow(
      expect.objectContaining({
        name: 'TransportError',
        code: 'bad_credentials',
        message: `${file} is not a credentials file of Canopy; \`canopy keys create\` makes one`,
      }),
    )
    // Text given as such is not repeated: it may be a secret.
    expect(() => identityIn(damage(credentials))).toThrow(/^it is not a credentials file of Canopy/)
  })

  test('whose file is missing, or a folder, says so with the way out', () => {
    for (const [file, reason] of [
      [join(root, 'none.creds'), /ENOENT.*canopy keys create/],
      [root, /EISDIR.*canopy keys create/],
    ] as const) {
      expect(() => identityIn({ file })).toThrow(expect.objectContaining({ code: 'bad_credentials' }))
      expect(() => identityIn({ file })).toThrow(reason)
      expect(() => identityIn({ file })).toThrow(file)
    }
  })
})

describe('the configuration of a server', () => {
  test('has no seed, and an account for each member', async () => {
    const keyring = withMember(withMember(roleKeyring('s'), 'node', 'a'), 'node', 'b')
    const text = await accountsConfiguration(keyring)
    expect(text).not.toMatch(SEED)
    expect(text).toMatch(/^operator: \S+\nsystem_account: A\w+\nresolver: MEMORY\nresolver_preload: \{\n/)
    expect(Object.keys(await accountsOf(keyring)).toSorted()).toEqual(
      ['main', 'node-a', 'node-b', 'operator', 'server', 'viewer'].toSorted(),
    )
  })

  test('has the same operator claims at each time once they were stored', async () => {
    const keyring = await withClaims(roleKeyring('s'))
    const operator = async (each: Keyring): Promise<string | undefined> =>
      (await accountsConfiguration(each)).match(/^operator: (\S+)$/m)?.[1]
    expect(await operator(keyring)).toBe(keyring.claims)
    expect(await operator(withMember(keyring, 'node', 'a'))).toBe(keyring.claims)
    expect((await withClaims(keyring)).claims).toBe(keyring.claims)
    expect(keyringSchema.parse(JSON.parse(JSON.stringify(keyring)))).toEqual(keyring)
  })

  test('of a keyring without home cannot be made', async () => {
    await expect(accountsConfiguration({ ...createKeyring('s'), members: [] })).rejects.toThrow(
      /without home/,
    )
  })

  test('gives JetStream to home alone', async () => {
    const accounts = await accountsOf(withMember(roleKeyring('s'), 'node', 'a'))
    for (const [name, { nats }] of Object.entries(accounts)) {
      const limits = (nats as { limits?: { disk_storage?: number } }).limits
      expect(limits?.disk_storage, name).toBe(name === 'main' ? -1 : undefined)
    }
  })

  test('lets a member import only what the table gives it, and only from home', async () => {
    const keyring = withMember(withMember(roleKeyring('s'), 'node', 'a'), 'node', 'b')
    const accounts = await accountsOf(keyring)
    const { account: ofHome } = memberIn(keyring, 'main')
    interface Port {
      readonly subject: string
      readonly account?: string
      readonly type: string
    }
    for (const { member, role } of keyring.members) {
      if (role === 'home') continue
      const { imports = [], exports = [] } = (accounts[member]?.nats ?? {}) as {
        imports?: Port[]
        exports?: Port[]
      }
      const given = (...rights: string[]): string[] =>
        table
          .filter(({ rights: of }) => rights.includes(of[role] ?? ''))
          .map((row) => subjectFor(row, 's', member))
      expect(imports.map(({ subject }) => subject).toSorted()).toEqual(given('says', 'hears').toSorted())
      expect(exports.map(({ subject }) => subject).toSorted()).toEqual(given('answers').toSorted())
      for (const each of imports) expect(each.account).toBe(ofHome)
    }
  })
})

describe('the table of roles', () => {
  test('names each row once, gives nothing to home, and each subject belongs to a system', () => {
    const names = table.map(({ what, subject }) => `${what} ${subject}`)
    expect(new Set(names).size).toBe(names.length)
    for (const { rights, subject } of table) {
      expect(Object.keys(rights)).not.toContain('home')
      expect(Object.keys(rights).every((role) => (roles as readonly string[]).includes(role))).toBe(true)
      expect(subject).toContain('{system}')
    }
  })

  test('gives a viewer nothing that an operator has not, and nothing that changes', () => {
    for (const { subject, rights } of table) {
      if (rights.viewer === undefined) continue
      expect(rights.operator).toBe(rights.viewer)
      const verb = subject.split('{member}.')[1] ?? ''
      expect(changesSomething(verb), subject).toBe(false)
    }
  })

  test.each([
    ['send', true],
    ['send.>', true],
    ['replay', true],
    ['dropLetter', true],
    ['backup', true],
    ['change', true],
    ['look', false],
    ['status', false],
    ['inspect', false],
    ['chart', false],
    ['deadLetters', false],
    ['node-join', false],
    ['', false],
    ['__proto__', false],
    ['constructor', false],
  ])('the verb %j changes something: %s', (verb, expected) => {
    expect(changesSomething(verb)).toBe(expected)
  })

  test('fills subjects with the system, the member and its name', () => {
    const row = { what: '', subject: '{system}.{member}.{name}.{member}', rights: {} }
    expect(subjectFor(row, 's', 'node-a-b')).toBe('s.node-a-b.a-b.node-a-b')
  })

  test('gives no member a subject of another, whatever their names', () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}$/)
    const role = fc.constantFrom<MemberRole>('node', 'operator', 'viewer')
    const shared = /^(\$JS\.API\.STREAM\.(INFO|MSG\.GET)\.KV_|canopy\.s\.facts\.\*)/
    fc.assert(
      fc.property(role, name, role, name, (role1, name1, role2, name2) => {
        const [one, other] = [memberOfRole(role1, name1), memberOfRole(role2, name2)]
        if (one === other || role1 === 'home' || role2 === 'home') return
        const of = (which: 'node' | 'operator' | 'viewer', member: string): string[] =>
          table.filter(({ rights }) => rights[which]).map((row) => subjectFor(row, 's', member))
        const common = of(role1 as 'node', one).filter((subject) =>
          of(role2 as 'node', other).includes(subject),
        )
        expect(common.filter((subject) => !shared.test(subject))).toEqual([])
      }),
    )
  })

  test('renames for a member what a server keeps for each account, and nothing else', () => {
    expect(locally('$JS.API.STREAM.INFO.x', 's')).toBe(`${awayApi('s')}.STREAM.INFO.x`)
    expect(locally('$KV.bucket.name', 's')).toBe(`${awayApi('s')}.$KV.bucket.name`)
    for (const same of ['$JS.ACK.x', '$O.bucket.>', 'canopy.s.mail.x', '$JS.APIX'])
      expect(locally(same, 's')).toBe(same)
  })
})
