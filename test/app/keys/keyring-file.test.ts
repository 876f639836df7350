// A folder of keys over time: damaged keyrings, permissions that somebody loosened, keys that end while others go on.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readKeyring, writeKeyring } from '../../../app/keys/keyring-file.ts'
import { createKeys, keyTime, listKeys, revokeKeys, rotateKeys } from '../../../app/keys/manage-keys.ts'
import type { Keyring } from '../../../transport/index.ts'
import { scratch } from '../../cli/scratch.ts'

const DAY_S = 86_400
const now = Date.UTC(2027, 0, 2, 3, 4, 5) / 1000
const term = { now, days: undefined }

let folder: string
beforeEach(() => {
  folder = join(scratch(), 'keys')
})

/** Keys of main, an operator and a viewer: signing them takes long, so they are made once. */
const made = mkdtempSync(join(tmpdir(), 'canopy-keys-'))
beforeAll(() => createKeys(made, {}, term))
afterAll(() => rmSync(made, { recursive: true }))
const given = () => cpSync(made, folder, { recursive: true })

const keyring = () => join(folder, 'keyring.json')
const credentials = (member: string) => join(folder, `${member}.creds`)
const stored = () => JSON.parse(readFileSync(keyring(), 'utf8')) as Keyring
const modeOf = (file: string) => statSync(file).mode & 0o777
const failure = async (work: Promise<unknown>) =>
  (await work.catch((error: unknown) => error)) as {
    code: string
    message: string
    wayOut: string
    name: string
  }

const statesOf = async (member: string, at = now) =>
  (await listKeys(folder, at)).filter((each) => each.member === member).map(({ state }) => state)

/** The claims of the key in a credentials file. */
function claimsIn(member: string) {
  const [, token = ''] = /JWT-----\s+(\S+)/.exec(readFileSync(credentials(member), 'utf8')) ?? []
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    sub: string
    exp?: number
    name: string
    nats: { tags: string[] }
  }
}

describe('a damaged keyring', () => {
  const damages: readonly [string, (keyring: Keyring) => unknown, string][] = [
    ['has no members', ({ members: _, ...rest }) => rest, 'members'],
    ['has a seed of another form', (keyring) => ({ ...keyring, operator: 'SO-short' }), 'operator'],
    ['has a public key as a seed', (keyring) => ({ ...keyring, server: `A${'B'.repeat(55)}` }), 'server'],
    ['has a system with a space', (keyring) => ({ ...keyring, system: 'a b' }), 'system'],
    [
      'has a member whose name leaves the folder',
      (keyring) => ({ ...keyring, members: keyring.members.map((each) => ({ ...each, member: '../x' })) }),
      'members.0.member',
    ],
    [
      'has a member of an unknown role',
      (keyring) => ({ ...keyring, members: keyring.members.map((each) => ({ ...each, role: 'king' })) }),
      'members.0.role',
    ],
    [
      'has a key with a negative time',
      (keyring) => ({
        ...keyring,
        members: keyring.members.map((each) => ({
          ...each,
          keys: each.keys.map((key) => ({ ...key, issued: -1 })),
        })),
      }),
      'members.0.keys.0.issued',
    ],
  ]

  it.each(damages)('that %s is told with the field, and keeps its text', async (_, damage, field) => {
    given()
    const text = JSON.stringify(damage(stored()))
    const { operator } = stored()
    writeFileSync(keyring(), text)
    const error = await failure(createKeys(folder, { node: ['a'] }, term))
    expect(error).toMatchObject({ name: 'UserError', code: 'unreadable' })
    expect(error.message).toContain(`${keyring()} is not a keyring (wrong: `)
    expect(error.message).toContain(field)
    expect(error.wayOut).toContain('Restore it from a backup')
    expect(JSON.stringify(error)).not.toContain(operator)
    expect(readFileSync(keyring(), 'utf8')).toBe(text)
    expect(existsSync(credentials('node-a'))).toBe(false)
  })

  it('whose seed has one letter changed is told as unreadable, without the seed', async () => {
    given()
    const before = stored()
    const [home] = before.members
    const signer = `${home?.signer.slice(0, 20)}${home?.signer[20] === 'A' ? 'B' : 'A'}${home?.signer.slice(21)}`
    const members = before.members.map((each) => (each === home ? { ...each, signer } : each))
    writeFileSync(keyring(), JSON.stringify({ ...before, members }))
    const error = await failure(rotateKeys(folder, ['main'], term))
    expect(error).toMatchObject({
      name: 'UserError',
      code: 'unreadable',
      message: expect.stringContaining(keyring()),
      wayOut: expect.stringContaining('backup'),
    })
    expect(`${error.message} ${error.wayOut}`).not.toContain(signer)
  })

  it('with a time that no calendar has is told as unreadable', async () => {
    given()
    const before = stored()
    const members = before.members.map((each) => ({
      ...each,
      keys: each.keys.map((key) => ({ ...key, expires: 9_000_000_000_000_000 })),
    }))
    writeFileSync(keyring(), JSON.stringify({ ...before, members }))
    expect(await failure(listKeys(folder, now))).toMatchObject({
      name: 'UserError',
      code: 'unreadable',
      message: expect.stringContaining('members.0.keys.0.expires'),
    })
  })

  it('keeps every field when it is read and written again', async () => {
    await createKeys(folder, { node: ['a'] }, term)
    const before = stored()
    const read = await readKeyring(folder)
    if (read) await writeKeyring(folder, read)
    expect(stored()).toEqual(before)
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
  })
})

it('the next change sweeps drafts with seeds that a kill left', async () => {
  given()
  const draft = join(folder, 'viewer.creds.0f8b3c1e-2d4a-4b6c-8e9f-0123456789ab.new')
  writeFileSync(draft, 'SUSEED')
  const long = new Date(Date.now() - 3_600_000)
  utimesSync(draft, long, long)
  await writeKeyring(folder, stored())
  expect(existsSync(draft)).toBe(false)
  expect(modeOf(folder)).toBe(0o700)
})

describe('the permissions of a folder of keys', () => {
  it('are tightened again by the next change, also of the keyring that others could read', async () => {
    given()
    for (const file of [keyring(), credentials('viewer')]) chmodSync(file, 0o644)
    chmodSync(folder, 0o755)
    await rotateKeys(folder, ['viewer'], term)
    expect([folder, keyring(), credentials('viewer')].map(modeOf)).toEqual([0o700, 0o600, 0o600])
  })

  const ring = () => JSON.parse(readFileSync(join(made, 'keyring.json'), 'utf8')) as Keyring

  it.each([0o755, 0o750, 0o500 | 0o200])('of a folder with other files in it stay %o', async (mode) => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    chmodSync(folder, mode)
    await writeKeyring(folder, ring())
    expect([folder, keyring()].map(modeOf)).toEqual([mode, 0o600])
  })

  it('of an empty folder that was there become those of a folder of keys', async () => {
    mkdirSync(folder)
    chmodSync(folder, 0o755)
    await writeKeyring(folder, ring())
    expect(modeOf(folder)).toBe(0o700)
  })

  it.each([0o777, 0o775, 0o757, 0o1777])(
    'that let others write a folder with other files in it are refused: %o',
    async (mode) => {
      mkdirSync(folder)
      writeFileSync(join(folder, 'notes.txt'), 'mine')
      chmodSync(folder, mode)
      const error = await failure(writeKeyring(folder, ring()))
      expect(error).toMatchObject({ name: 'UserError', code: 'unsafe_folder' })
      expect(error.message).toContain('other users could replace the keys')
      expect(error.wayOut).toContain(`chmod go-w ${folder}`)
      expect(readdirSync(folder)).toEqual(['notes.txt'])
    },
  )

  it('of the server configuration let the user of the server read it', async () => {
    await createKeys(folder, {}, term)
    expect(modeOf(join(folder, 'nats-server.conf')) & 0o444).not.toBe(0)
    expect(readFileSync(join(folder, 'nats-server.conf'), 'utf8')).toContain(join(folder, 'nats-store'))
  })

  it('do not follow from a link: the file that it names stays as it is', async () => {
    given()
    const elsewhere = join(folder, '..', 'elsewhere')
    writeFileSync(elsewhere, 'mine')
    rmSync(credentials('viewer'))
    symlinkSync(elsewhere, credentials('viewer'))
    await rotateKeys(folder, ['viewer'], term)
    expect(readFileSync(elsewhere, 'utf8')).toBe('mine')
    expect(claimsIn('viewer').name).toBe('viewer')
  })
})

describe('a credentials file', () => {
  it('holds a key of its member and its run, that ends when it was said', async () => {
    const { expires } = await createKeys(folder, { system: 'nightly', node: ['a'] }, { now, days: '7' })
    expect(expires).toBe(now + 7 * DAY_S)
    const claims = claimsIn('node-a')
    expect(claims).toMatchObject({ name: 'node-a', exp: expires })
    expect(claims.nats.tags).toEqual(['system:nightly', 'role:node'])
    const [key] = (await listKeys(folder, now)).filter(({ member }) => member === 'node-a')
    expect(key).toEqual({
      member: 'node-a',
      role: 'node',
      user: claims.sub,
      issued: keyTime(now),
      expires: keyTime(expires),
      state: 'valid',
    })
  })

  it('that was lost is made again by rotating, and not by creating', async () => {
    given()
    rmSync(credentials('viewer'))
    expect((await createKeys(folder, {}, term)).files).toEqual([])
    expect((await rotateKeys(folder, ['viewer'], term)).files).toEqual([credentials('viewer')])
    expect(claimsIn('viewer').name).toBe('viewer')
  })

  it('after rotating holds the newest key of the list', async () => {
    given()
    await rotateKeys(folder, ['viewer'], { now: now + 1, days: '1' })
    const users = (await listKeys(folder, now))
      .filter(({ member }) => member === 'viewer')
      .map(({ user }) => user)
    expect(users).toHaveLength(2)
    expect(claimsIn('viewer').sub).toBe(users[1])
  })
})

describe('the same member named twice', () => {
  it('gets one key when it is created, and one when it is rotated', async () => {
    await createKeys(folder, { node: ['a', 'a'], viewer: ['hall', 'hall'] }, term)
    expect(await statesOf('node-a')).toEqual(['valid'])
    const { files } = await rotateKeys(folder, ['node-a', 'node-a'], term)
    expect(files).toEqual([credentials('node-a')])
    expect(await statesOf('node-a')).toEqual(['valid', 'valid'])
  })

  it('is revoked once', async () => {
    await createKeys(folder, { node: ['a'] }, term)
    expect(await revokeKeys(folder, ['node-a', 'node-a'], { old: false, now })).toHaveLength(1)
  })
})

describe('the end of a key', () => {
  it.each([
    [-1, 'valid'],
    [0, 'expired'],
    [1, 'expired'],
  ])('%i s after its last second it is %s', async (after, state) => {
    const { expires } = await createKeys(folder, {}, { now, days: '1' })
    expect(await statesOf('viewer', expires + after)).toEqual([state])
  })

  it('by revoking counts more than by expiring, and is told once', async () => {
    const { expires } = await createKeys(folder, {}, { now, days: '1' })
    expect(await revokeKeys(folder, ['viewer'], { old: false, now: expires + 5 })).toMatchObject([
      { member: 'viewer', state: 'revoked' },
    ])
    expect(await statesOf('viewer', expires + 9)).toEqual(['revoked'])
    expect(await revokeKeys(folder, ['viewer'], { old: false, now: expires + 9 })).toEqual([])
  })

  it('of old keys spares the newest, also when that has expired', async () => {
    await createKeys(folder, {}, { now, days: '1' })
    await rotateKeys(folder, ['viewer'], { now, days: '1' })
    await revokeKeys(folder, ['viewer'], { old: true, now: now + 9 * DAY_S })
    expect(await statesOf('viewer', now + 9 * DAY_S)).toEqual(['revoked', 'expired'])
  })

  it('leaves a member that can have a new key', async () => {
    given()
    await revokeKeys(folder, ['viewer'], { old: false, now })
    await rotateKeys(folder, ['viewer'], term)
    expect(await statesOf('viewer')).toEqual(['revoked', 'valid'])
  })

  it('of a member that is not there ends no other: all or none', async () => {
    given()
    const before = readFileSync(keyring(), 'utf8')
    const error = await failure(revokeKeys(folder, ['viewer', 'node-z'], { old: false, now }))
    expect(error).toMatchObject({ name: 'UserError', code: 'bad_name' })
    expect(error.message).toBe('there is no "node-z"; there is main, operator, viewer')
    expect(readFileSync(keyring(), 'utf8')).toBe(before)
  })
})

describe('over any order of rotating and revoking', () => {
  const change = fc.record({
    how: fc.constantFrom('rotate' as const, 'revoke' as const, 'revoke old' as const),
    member: fc.constantFrom('main', 'operator', 'viewer'),
  })

  it('no key is lost, none lives again, and the newest valid one is in the file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 2, maxLength: 4 }), async (changes) => {
        rmSync(folder, { recursive: true, force: true })
        given()
        let before = await listKeys(folder, now)
        for (const { how, member } of changes) {
          if (how === 'rotate') await rotateKeys(folder, [member], term)
          else await revokeKeys(folder, [member], { old: how === 'revoke old', now })
          const after = await listKeys(folder, now)
          const stateAfter = new Map(after.map(({ user, state }) => [user, state]))
          for (const { user, state } of before) {
            expect(stateAfter.has(user)).toBe(true)
            if (state === 'revoked') expect(stateAfter.get(user)).toBe('revoked')
          }
          const own = after.filter((each) => each.member === member)
          expect(claimsIn(member).sub).toBe(own.at(-1)?.user)
          expect(after.filter((each) => each.member !== member)).toEqual(
            before.filter((each) => each.member !== member),
          )
          before = after
        }
      }),
      { numRuns: 3 },
    )
  })
})
