// Secrets are taken out however they are written, and nothing else is.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor, REMOVED, secretsAmong } from '../../machines/index.ts'

const secret = fc
  .string({ unit: 'grapheme', minLength: 12, maxLength: 60 })
  .filter((text) => !text.includes('\n'))
const around = fc.string({ unit: 'grapheme-ascii', maxLength: 20 })

const bytesOf = (text: string) => Buffer.from(text).toString('hex')
const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const encodings: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'in JSON': (text) => JSON.stringify(text).slice(1, -1),
  'in JSON in JSON': (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
  'in a URL': (text) => encodeURIComponent(text.toWellFormed()),
  'in hex': (text) => Buffer.from(text).toString('hex'),
  'in hex, in lines of words': (text) =>
    bytesOf(text)
      .replace(/(.{4})/g, '$1 ')
      .replace(/(.{40})/g, '$1\n'),
  'in hex, as a fingerprint': (text) =>
    bytesOf(text)
      .toUpperCase()
      .replace(/(..)(?=.)/g, '$1:'),
  'as bytes of a literal': (text) => bytesOf(text).replace(/(..)/g, '\\x$1'),
  'as bytes of a list': (text) => bytesOf(text).replace(/(..)/g, '0x$1, '),
  'as bytes of a URL': (text) => bytesOf(text).replace(/(..)/g, '%$1'),
  'in HTML': (text) => text.replace(/[&<>"']/g, (sign) => HTML[sign] ?? sign),
  'in UTF-16, read byte by byte': (text) => [...text].join('\0'),
}

describe('a known secret', () => {
  it.each(Object.entries(encodings))('%s is taken out of any text, and the rest stays', (_, encode) => {
    fc.assert(
      fc.property(secret, around, around, (text, before, after) => {
        const clean = createRedactor([text], { forms: false }).text(`${before} ${encode(text)} ${after}`)
        expect(clean).not.toContain(encode(text))
        expect(clean).toContain(REMOVED)
      }),
      { numRuns: 100 },
    )
  })

  it('in base64 is taken out wherever it stands in what is encoded, also wrapped, also of URLs', () => {
    fc.assert(
      fc.property(
        secret,
        around,
        around,
        fc.constantFrom('base64', 'base64url'),
        (text, before, after, kind) => {
          const encoded = Buffer.from(`${before}${text}${after}`).toString(kind as BufferEncoding)
          const wrapped = encoded.replace(/(.{16})/g, '$1\n')
          for (const written of [encoded, wrapped]) {
            const clean = createRedactor([text], { forms: false }).text(written)
            expect(clean).toContain(REMOVED)
            // What is left of it decodes to too little of the secret to be of use.
            expect(
              Buffer.from(
                clean.replaceAll(REMOVED, '').replaceAll('\n', ''),
                kind as BufferEncoding,
              ).toString(),
            ).not.toContain(text)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is taken out of names and values at any depth; too short a one is not', () => {
    const { value } = createRedactor(['planted-secret-1', 'short'])
    expect(value({ 'planted-secret-1': [{ deep: 'a planted-secret-1 b short' }], n: 1, no: null })).toEqual({
      [REMOVED]: [{ deep: `a ${REMOVED} b short` }],
      n: 1,
      no: null,
    })
  })
})

it('a single word is no secret under any name: the same word stands in the code', () => {
  const words = {
    POSTGRES_PASSWORD: 'postgres',
    API_KEY: 'changeme',
    SESSION_SECRET: 'Development',
    X_TOKEN: 'PASSWORD',
  }
  expect(secretsAmong(words)).toEqual([])
  const secrets = {
    A_TOKEN: 'postgres1',
    B_SECRET: 'correcthorsebattery',
    C_KEY: 'hunTERhunt',
    D_PASSWORD: 'my-secret',
  }
  expect(secretsAmong(secrets)).toEqual(Object.values(secrets))
})

it('settings named like secrets are secrets', () => {
  const env = {
    ANTHROPIC_API_KEY: 'aaaaaaaa1',
    DB_PASSWORD: 'bbbbbbbb2',
    HOME: '/home/somebody',
    GITHUB_TOKEN: 'short',
    AWS_SECRET_ACCESS_KEY: 'cccccccc3',
  }
  expect(secretsAmong(env)).toEqual(['aaaaaaaa1', 'bbbbbbbb2', 'cccccccc3'])
})

it('passwords in addresses are secrets, whatever their setting is named, as they stand there and decoded', () => {
  const env = {
    DATABASE_URL: 'postgres://app:CorrectHorseBattery@db:5432/x?ssl=1',
    REDIS_URL: 'redis://:p%40ss-word-long@host',
    MONGO: 'mongodb://app:several-hosts-one@h1:1,h2:2/db',
    IN_JSON: '{"uri":"amqp://u:bound-by-json@h","mail":"a@b"}',
    PLAIN: 'https://example.org/a:b@c',
    LOCAL: 'postgres://postgres:postgres@localhost',
  }
  expect(secretsAmong(env)).toEqual([
    'CorrectHorseBattery',
    'p%40ss-word-long',
    'p@ss-word-long',
    'several-hosts-one',
    'bound-by-json',
  ])
})

it('the shell and its folder are no secrets, passwords with short names are', () => {
  const env = {
    PWD: '/home/somebody1',
    OLDPWD: '/home/somebody2',
    MYSQL_PWD: 'dddddddd4',
    DEVOPS_EXT_PAT: 'eeeeeeee5',
  }
  expect(secretsAmong(env)).toEqual(['dddddddd4', 'eeeeeeee5'])
})

describe('what looks like a secret in a log', () => {
  const { entry } = createRedactor([])
  const key = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----'
  it.each<[string, unknown, unknown]>([
    ['by its name', { password: 'x', apiKey: 'y', api_key: 'z', GITHUB_TOKEN: 't' }, 'all'],
    ['deep inside', { a: [{ b: { clientSecret: 'x' } }] }, { a: [{ b: { clientSecret: '[removed]' } }] }],
    ['an AWS key', 'AKIAIOSFODNN7EXAMPLE', '[removed]'],
    ['a private key', `x ${key} y`, 'x [removed] y'],
    ['credentials in a URL', 'nats://me:word@host:4222', 'nats://[removed]@host:4222'],
    ['a bearer token', 'Authorization: Bearer abcdefghijklmnop', 'Authorization: Bearer [removed]'],
    [
      'a name in an error',
      Object.assign(new Error('broken'), { token: 'x' }),
      expect.objectContaining({ message: 'broken', token: '[removed]' }),
    ],
    ['a name of a field', { 'DB_PASSWORD=hunter22': 1 }, { 'DB_PASSWORD=[removed]': 1 }],
    [
      'what an object says of itself as JSON',
      { at: { toJSON: () => ['Bearer abcdefghijklmnop'] } },
      { at: ['Bearer [removed]'] },
    ],
    ['an assignment', 'DB_PASSWORD=hunter22 and more', 'DB_PASSWORD=[removed] and more'],
  ])('%s is removed', (_what, value, expected) => {
    const clean = entry(value)
    if (expected === 'all') expect(new Set(Object.values(clean as object))).toEqual(new Set(['[removed]']))
    else expect(clean).toEqual(expected)
  })

  it.each([
    { tokens: 1200, passed: 3, maxTokens: 5, ok: true },
    'the tests passed: 12',
    'src/token.ts was merged',
    'https://example.com/path@1.2.3',
  ])('%o is not', (value) => {
    expect(entry(value)).toEqual(value)
  })

  it('errors and deep structures keep what they say', () => {
    expect(entry(new Error('broken'))).toMatchObject({ message: 'broken' })
    const deep: Record<string, unknown> = {}
    deep.self = deep
    expect(JSON.stringify(entry(deep))).toContain('too deep')
  })
})
