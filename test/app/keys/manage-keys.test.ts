// Keys in a folder: which members get one, when they end, and folders that hold something else.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKeys, keyTime, listKeys, revokeKeys, rotateKeys } from '../../../app/keys/manage-keys.ts'
import { scratch } from '../../cli/scratch.ts'

const DAY_S = 86_400
const now = Date.UTC(2027, 0, 2, 3, 4, 5) / 1000
const term = { now, days: undefined }
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)

let folder: string
beforeEach(() => {
  folder = join(scratch(), 'keys')
})

const keyring = () => join(folder, 'keyring.json')
const modeOf = (file: string) => statSync(file).mode & 0o777

describe('creating keys', () => {
  it('gives one to home, an operator, a viewer and whoever is named', async () => {
    const wanted = { node: ['a'], viewer: ['hall'] }
    const created = await createKeys(folder, wanted, term)
    expect(created).toMatchObject({ system: 'canopy', isNew: true, expires: now + 30 * DAY_S })
    const members = ['main', 'operator', 'viewer', 'node-a', 'viewer-hall']
    expect(created.files.toSorted()).toEqual(members.map((each) => join(folder, `${each}.creds`)).toSorted())
    expect((await listKeys(folder, now)).every(({ state }) => state === 'valid')).toBe(true)
  })

  it('keeps every file with a secret for its owner, and its secrets out of the server', async () => {
    const { files } = await createKeys(folder, {}, term)
    expect([folder, keyring(), ...files].map(modeOf)).toEqual([0o700, 0o600, ...files.map(() => 0o600)])
    for (const name of ['accounts.conf', 'nats-server.conf'])
      expect(readFileSync(join(folder, name), 'utf8')).not.toMatch(/\bS[A-Z2-7]{50,}/)
  })

  it('again gives keys to new members only, and leaves the configuration as the user changed it', async () => {
    await createKeys(folder, { system: 'nightly' }, term)
    writeFileSync(join(folder, 'nats-server.conf'), '# mine')
    const again = await createKeys(folder, { node: ['a'] }, term)
    expect(again).toMatchObject({ system: 'nightly', isNew: false, files: [join(folder, 'node-a.creds')] })
    expect(readFileSync(join(folder, 'nats-server.conf'), 'utf8')).toBe('# mine')
    expect((await createKeys(folder, { node: ['a'] }, term)).files).toEqual([])
  })

  it.each([
    [{ system: 'a b' }, {}, 'bad_option', '--system is "a b"'],
    [{ system: 'x'.repeat(62) }, {}, 'bad_option', 'at most 61'],
    [{ system: '' }, {}, 'bad_option', '--system is ""'],
    [{ node: ['../x'] }, {}, 'bad_name', '../x'],
    [{}, { days: '0' }, 'bad_option', '--days is "0"'],
    [{}, { days: '-1' }, 'bad_option', '--days is "-1"'],
    [{}, { days: '10000' }, 'bad_option', '1 to 9999'],
    [{}, { days: '1.5' }, 'bad_option', '--days is "1.5"'],
  ])('refuses %o %o, and gives no key', async (wanted, given, code, message) => {
    const error = await failure(createKeys(folder, wanted, { ...term, ...given }))
    expect(error).toMatchObject({ name: 'UserError', code, message: expect.stringContaining(message) })
    const files = await listKeys(folder, now).catch(() => [])
    expect(files).toEqual([])
  })

  it('refuses a folder whose keys are for another run', async () => {
    await createKeys(folder, { system: 'nightly' }, term)
    const error = await failure(createKeys(folder, { system: 'daily', node: ['a'] }, term))
    expect(error).toMatchObject({ message: 'these keys are for a run named nightly, not daily' })
    expect(readdirSync(folder)).not.toContain('node-a.creds')
  })
})

describe('a folder of keys', () => {
  it.each([
    ['is empty', undefined, 'no_keys', 'canopy keys create'],
    ['holds a keyring that is cut off', '{"system":"night', 'unreadable', 'the whole file'],
    ['holds a keyring of another form', '{"system":"n","operator":"SECRETSECRET"}', 'unreadable', 'operator'],
    ['holds a list', '[]', 'unreadable', 'Restore it from a backup'],
  ])('that %s is refused without its content', async (_, text, code, told) => {
    mkdirSync(folder)
    if (text !== undefined) writeFileSync(keyring(), text)
    for (const work of [
      () => listKeys(folder, now),
      () => rotateKeys(folder, [], term),
      () => revokeKeys(folder, ['main'], { old: false, now }),
    ]) {
      const { message, wayOut, code: said } = (await failure(work())) as Record<string, string>
      expect(said).toBe(code)
      expect(`${message} ${wayOut}`).toContain(told)
      expect(`${message} ${wayOut}`).not.toContain('SECRETSECRET')
    }
    if (text !== undefined) expect(readFileSync(keyring(), 'utf8')).toBe(text)
  })

  it('whose keyring cannot be read is not taken for a new one', async () => {
    mkdirSync(keyring(), { recursive: true })
    expect(await failure(createKeys(folder, {}, term))).toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('EISDIR'),
    })
  })
})

describe('rotating', () => {
  it('gives all members a key, and lets the old ones go on until they expire', async () => {
    await createKeys(folder, { node: ['a'] }, { now, days: '1' })
    const before = readFileSync(join(folder, 'node-a.creds'), 'utf8')
    const { files } = await rotateKeys(folder, [], { now: now + 60, days: '2' })
    expect(files).toHaveLength(4)
    expect(readFileSync(join(folder, 'node-a.creds'), 'utf8')).not.toBe(before)
    const stateAfter = async (days: number) =>
      (await listKeys(folder, now + days * DAY_S + 120))
        .filter(({ member }) => member === 'node-a')
        .map(({ state }) => state)
    expect(await stateAfter(0)).toEqual(['valid', 'valid'])
    expect(await stateAfter(1)).toEqual(['expired', 'valid'])
    expect(await stateAfter(2)).toEqual(['expired', 'expired'])
  })

  it('changes nothing when one of the members is not there', async () => {
    await createKeys(folder, { node: ['a'] }, term)
    const before = readFileSync(keyring(), 'utf8')
    const error = await failure(rotateKeys(folder, ['node-a', 'node-b'], term))
    expect(error).toMatchObject({ name: 'UserError', message: expect.stringContaining('node-b') })
    expect(readFileSync(keyring(), 'utf8')).toBe(before)
  })
})

describe('revoking', () => {
  it('ends all keys of a member, and tells them once', async () => {
    await createKeys(folder, { node: ['a'] }, term)
    const revoked = await revokeKeys(folder, ['node-a'], { old: false, now })
    expect(revoked).toMatchObject([{ member: 'node-a', role: 'node', state: 'revoked' }])
    expect(await revokeKeys(folder, ['node-a'], { old: false, now })).toEqual([])
    const valid = (await listKeys(folder, now)).filter(({ state }) => state === 'valid')
    expect(valid.map(({ member }) => member)).not.toContain('node-a')
  })

  it('ends only replaced keys of everybody with old', async () => {
    await createKeys(folder, {}, term)
    await rotateKeys(folder, ['viewer'], term)
    expect(await revokeKeys(folder, [], { old: true, now })).toMatchObject([{ member: 'viewer' }])
    const states = (await listKeys(folder, now)).filter(({ member }) => member === 'viewer')
    expect(states.map(({ state }) => state)).toEqual(['revoked', 'valid'])
  })

  it('ends nothing when nobody is named', async () => {
    await createKeys(folder, {}, term)
    expect(await failure(revokeKeys(folder, [], { old: false, now }))).toMatchObject({
      code: 'missing_option',
    })
    expect((await listKeys(folder, now)).some(({ state }) => state === 'revoked')).toBe(false)
  })
})

it('a time of a key is a minute in UTC', () => {
  expect(keyTime(now)).toBe('2027-01-02 03:04')
})
