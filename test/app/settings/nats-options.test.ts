// The options about a NATS server, of a run and of a node: each mistake is told with its name, and nothing is made.

import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { UserError } from '../../../app/errors.ts'
import { type NodeCommandOptions, resolveNodeSettings } from '../../../app/nodes/node-settings.ts'
import { natsTarget, natsTargetAs } from '../../../app/settings/nats-target.ts'
import { packageSourceOf } from '../../../app/settings/npm-settings.ts'
import { checkedOption, wholeOption } from '../../../app/settings/option.ts'
import { packagesAt } from '../../../app/settings/settings.ts'
import { createKeyring, issue, withMember } from '../../../transport/index.ts'
import { scratch } from '../../cli/scratch.ts'

const URL = 'nats://127.0.0.1:4222'
const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n'

/** Credentials of a home and of a node; signing takes long, so they are made once. */
const made: Record<string, string> = {}
beforeAll(async () => {
  const keyring = withMember(createKeyring('own'), 'node', 'box')
  for (const member of ['main', 'node-box'])
    made[member] = (await issue(keyring, { member, now: 1, expires: null })).credentials
})

let home: string
beforeEach(() => {
  home = scratch()
  for (const [member, text] of Object.entries(made)) writeFileSync(join(home, `${member}.creds`), text)
  writeFileSync(join(home, 'ca.pem'), PEM)
  writeFileSync(join(home, 'a-file'), 'no certificate')
  mkdirSync(join(home, 'folder'))
})
const around = (env: Record<string, string> = {}) => ({ directory: home, env, home, cores: 4 })

function refusal(work: () => unknown): UserError {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return error as UserError
  }
  throw new Error('it was accepted')
}
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error as UserError)

describe('a NATS server', () => {
  it('is none where no option names one', () => {
    expect(natsTarget({}, around())).toBeUndefined()
    // A variable alone starts nothing elsewhere.
    expect(natsTarget({}, around({ CANOPY_NATS_CREDS: 'main.creds' }))).toBeUndefined()
  })

  it.each([
    ['the option', { creds: 'main.creds' }, {}],
    ['the variable', {}, { CANOPY_NATS_CREDS: 'main.creds' }],
    ['the option, before the variable', { creds: 'main.creds' }, { CANOPY_NATS_CREDS: 'node-box.creds' }],
  ])('has its key by %s, from the folder that one is in', (_, options, env) => {
    expect(natsTarget({ nats: URL, ...options }, around(env))).toMatchObject({
      url: URL,
      credentials: { file: join(home, 'main.creds') },
      identity: { member: 'main', role: 'home', system: 'own' },
    })
  })

  it('has its certificates by their whole paths', () => {
    const files = { tlsCa: 'ca.pem', tlsCert: 'ca.pem', tlsKey: 'ca.pem' }
    expect(natsTarget({ nats: 'tls://h:1', creds: 'main.creds', ...files }, around())?.tls).toEqual({
      ca: join(home, 'ca.pem'),
      cert: join(home, 'ca.pem'),
      key: join(home, 'ca.pem'),
    })
  })

  it.each<[Parameters<typeof natsTarget>[0], string, string]>([
    [{ nats: '' }, 'bad_option', '--nats is ""'],
    [{ nats: 'localhost:4222' }, 'bad_option', '--nats is "localhost:4222"'],
    [{ nats: 'ws://h' }, 'bad_option', 'expected the URL of a NATS server'],
    [{ nats: URL }, 'missing_option', '--creds is missing'],
    [{ nats: URL, creds: '' }, 'missing_option', '--creds is missing'],
    [{ nats: 'nats://me@h', creds: 'main.creds' }, 'password_in_url', 'list of processes'],
    [{ nats: 'nats://me:word@h', creds: 'main.creds' }, 'password_in_url', 'list of processes'],
    [{ nats: URL, creds: 'main.creds', tlsKey: 'ca.pem' }, 'missing_option', '--tls-cert needs --tls-key'],
    [{ nats: URL, creds: 'main.creds', tlsCa: 'gone.pem' }, 'bad_option', '--tls-ca cannot be read: ENOENT'],
    [{ nats: URL, creds: 'main.creds', tlsCa: 'folder' }, 'bad_option', '--tls-ca cannot be read: EISDIR'],
    [{ nats: URL, creds: 'main.creds', tlsCa: 'a-file' }, 'bad_option', 'a-file; expected a PEM file'],
    [{ creds: 'main.creds' }, 'missing_option', '--creds is "main.creds"; it needs --nats'],
    [{ tlsCert: 'ca.pem' }, 'missing_option', '--tls-cert is "ca.pem"; it needs --nats'],
    [{ tlsKey: '' }, 'missing_option', '--tls-key is ""; it needs --nats'],
  ])('by %j is refused', (options, code, sentence) => {
    const error = refusal(() => natsTarget(options, around()))
    expect(error).toMatchObject({ code, message: expect.stringContaining(sentence) })
    expect(error.wayOut).not.toBe('')
  })

  it.each(['gone.creds', 'a-file', 'folder', 'ca.pem'])('with the key %s is refused', (creds) => {
    expect(refusal(() => natsTarget({ nats: URL, creds }, around())).message).toContain(join(home, creds))
  })

  it('never shows a password of a URL, however the URL is wrong', () => {
    // With every letter that ends a part of a URL.
    const words = fc.constantFrom(
      's3cret-word',
      's3cret%20word',
      'p@s3cret',
      'a/s3cret',
      's3cret?x',
      's3cret#x',
      'a:s3cret',
    )
    const protocols = fc.constantFrom('http://', 'nats://', 'tls://', 'ws://', 'x://', '', '//')
    fc.assert(
      fc.property(protocols, words, fc.constantFrom('h:4222', '[', 'h', ''), (protocol, word, host) => {
        const error = refusal(() =>
          natsTarget({ nats: `${protocol}me:${word}@${host}`, creds: 'main.creds' }, around()),
        )
        expect(`${error.message} ${error.wayOut}`).not.toContain('s3cret')
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['home', 'main.creds', undefined],
    ['node', 'node-box.creds', undefined],
    ['node', 'main.creds', '--creds is the key of main (home); expected the key of a node'],
    ['home', 'node-box.creds', '--creds is the key of node-box (node); expected the key of a home'],
  ] as const)('as %s with %s', (role, creds, sentence) => {
    const work = () => natsTargetAs(role, { nats: URL, creds }, around())
    if (sentence === undefined) expect(work()).toMatchObject({ identity: { role } })
    else expect(refusal(work)).toMatchObject({ code: 'wrong_role', message: sentence })
  })
})

describe('the settings of a node', () => {
  const resolve = (options: NodeCommandOptions, env = {}, cores = 4) =>
    resolveNodeSettings({ nats: URL, creds: 'node-box.creds', ...options }, { ...around(env), cores })

  it('have defaults for everything, and its name from its key', async () => {
    expect(await resolve({})).toMatchObject({
      name: 'box',
      workers: 4,
      directory: join(home, '.local', 'state', 'canopy', 'node-box'),
      sandbox: true,
      json: false,
    })
    expect(existsSync(join(home, '.local', 'state', 'canopy', 'node-box'))).toBe(true)
  })

  it('take every option', async () => {
    mkdirSync(join(home, 'packages'))
    symlinkSync(join(home, 'packages'), join(home, 'link'))
    expect(
      await resolve({ workers: '2', data: 'place', dependencies: 'link', sandbox: false, json: true }),
    ).toMatchObject({
      workers: 2,
      directory: join(home, 'place'),
      packages: join(home, 'packages'),
      sandbox: false,
      json: true,
    })
  })

  it.each([
    [0, 1],
    [1, 1],
    [16, 16],
    [128, 16],
  ])('of a machine with %i cores have %i workers', async (cores, workers) => {
    expect((await resolve({}, {}, cores)).workers).toBe(workers)
  })

  it.each(['0', '17', '-1', '1.5', '2x', '', ' 2', '9999', 'many'])('refuse %j workers', async (workers) => {
    expect(await failure(resolve({ workers }))).toMatchObject({
      code: 'bad_option',
      message: `--workers is ${JSON.stringify(workers)}; expected a whole number from 1 to 16`,
    })
  })

  it('need a server and the key of a node', async () => {
    expect(await failure(resolveNodeSettings({}, around()))).toMatchObject({
      code: 'missing_option',
      wayOut: expect.stringContaining('canopy node --nats'),
    })
    expect(await failure(resolve({ creds: 'main.creds' }))).toMatchObject({ code: 'wrong_role' })
  })

  it.each([
    ['a file', 'a-file', 'data_unwritable'],
    ['below a file', 'a-file/place', 'data_unwritable'],
  ])('refuse %s as their place', async (_, data, code) => {
    expect(await failure(resolve({ data }))).toMatchObject({ code })
  })

  it.each(['gone', 'a-file'])('refuse %s as installed packages', async (dependencies) => {
    expect(await failure(resolve({ dependencies }))).toMatchObject({
      code: 'bad_option',
      message: expect.stringContaining('expected a folder of installed packages'),
    })
    expect(() => packagesAt(join(home, dependencies))).toThrow(UserError)
  })
})

describe('a whole number as it is typed', () => {
  it('is any from 0 to 999999999, and nothing else', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), (number) => {
        expect(wholeOption.parse(String(number))).toBe(number)
      }),
    )
    for (const text of ['', ' 1', '1 ', '+1', '-1', '1e3', '0x1', '1.0', '1_000', '1000000000', '１'])
      expect([text, wholeOption.safeParse(text).success]).toEqual([text, false])
  })

  it('of an option that was left out is none; a wrong one is told with its name, value and an example', () => {
    const told = { expected: 'a number', example: '--x 1' }
    expect(checkedOption('--x', wholeOption, undefined, told)).toBeUndefined()
    expect(checkedOption('--x', wholeOption, '07', told)).toBe(7)
    expect(refusal(() => checkedOption('--x', wholeOption, 'a\n"b', told))).toMatchObject({
      code: 'bad_option',
      message: '--x is "a\\n\\"b"; expected a number',
      wayOut: 'For example: --x 1.',
    })
    expect(
      checkedOption(
        '--y',
        z.string().transform((text) => text.length),
        'four',
        told,
      ),
    ).toBe(4)
  })
})

describe('the registries of the user', () => {
  const registries = (npmrc: string, env: Record<string, string> = {}) => {
    writeFileSync(join(home, '.npmrc'), npmrc)
    return packageSourceOf({ env, home, allowed: [] }).registries
  }
  const main = (npmrc: string, env = {}) => registries(npmrc, env)[0]

  it.each<[string, string, object]>([
    ['quotes around a value', 'registry="https://r.example/"', { url: 'https://r.example/' }],
    ['single quotes', "registry='https://r.example'", { url: 'https://r.example/' }],
    [
      'spaces and a comment',
      '  registry = https://r.example/a \n# registry=https://no.example\n',
      { url: 'https://r.example/a/' },
    ],
    ['line ends of Windows', 'registry=https://r.example/\r\n', { url: 'https://r.example/' }],
    [
      'the last of two',
      'registry=https://a.example\nregistry=https://b.example',
      { url: 'https://b.example/' },
    ],
    ['many slashes at the end', 'registry=https://r.example/a///', { url: 'https://r.example/a/' }],
    ['a port', 'registry=http://localhost:4873', { url: 'http://localhost:4873/' }],
    ['no address', 'registry=nonsense', { url: 'https://registry.npmjs.org/' }],
    ['an address of a file', 'registry=file:///etc', { url: 'https://registry.npmjs.org/' }],
    [
      'a section, which npm has none of',
      '[registry]\nregistry=https://r.example',
      { url: 'https://r.example/' },
    ],
  ])('with %s', (_, npmrc, expected) => {
    expect(main(npmrc)).toEqual(expected)
  })

  it.each<[string, string, string | undefined]>([
    ['for the registry', '//r.example/a/:_authToken=t', 'Bearer t'],
    ['for a folder above it', '//r.example/:_authToken=t', 'Bearer t'],
    ['without the last slash', '//r.example/a:_authToken=t', 'Bearer t'],
    ['the nearest one', '//r.example/:_authToken=far\n//r.example/a/:_authToken=near', 'Bearer near'],
    ['a token before a password', '//r.example/a/:_auth=b\n//r.example/a/:_authToken=t', 'Bearer t'],
    ['basic', '//r.example/a/:_auth=dXNlcjpwYXNz', 'Basic dXNlcjpwYXNz'],
    ['of another host', '//other.example/a/:_authToken=t', undefined],
    ['of a host that ends alike', '//evil-r.example/a/:_authToken=t', undefined],
    ['of a folder that begins alike', '//r.example/ab/:_authToken=t', undefined],
    ['of a folder below', '//r.example/a/b/:_authToken=t', undefined],
    ['of another port', '//r.example:8080/a/:_authToken=t', undefined],
    ['of nobody', '_authToken=t', undefined],
    ['a user without a password', '//r.example/a/:username=me', undefined],
  ])('have a credential %s', (_, npmrc, authorization) => {
    expect(main(`registry=https://r.example/a\n${npmrc}\n`)).toEqual({
      url: 'https://r.example/a/',
      ...(authorization !== undefined && { authorization }),
    })
  })

  it('take a variable of the user, and leave one that is not set as it is written', () => {
    const npmrc = `registry=https://r.example\n//r.example/:_authToken=\${TOKEN}`
    expect(main(npmrc, { TOKEN: 'abc' })).toMatchObject({ authorization: 'Bearer abc' })
    expect(main(npmrc)).toMatchObject({ authorization: `Bearer \${TOKEN}` })
  })

  it('have a scope of their own each, beside the main one', () => {
    expect(registries('@a:registry=https://a.example\n@b:registry=nonsense\n')).toEqual([
      { url: 'https://registry.npmjs.org/' },
      { url: 'https://a.example/', scope: '@a' },
    ])
  })

  it('have the certificates of a file that is there', () => {
    writeFileSync(join(home, '.npmrc'), `cafile=${join(home, 'ca.pem')}\n`)
    expect(packageSourceOf({ env: {}, home, allowed: ['git'] })).toMatchObject({
      certificates: PEM,
      allowed: new Set(['git']),
    })
    writeFileSync(join(home, '.npmrc'), 'cafile=/nowhere.pem\n')
    expect(packageSourceOf({ env: {}, home, allowed: [] })).not.toHaveProperty('certificates')
  })
})
