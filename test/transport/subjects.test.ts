// Subjects: reversible for every address, and never something that NATS reads differently.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeAddress, encodeAddress, factSubject, mailNames, memberOf } from '../../transport/index.ts'
import {
  bucketName,
  controlSubject,
  controlSubjects,
  factSender,
  mailSubject,
  readControlSubject,
  readMailSubject,
  readVerb,
} from '../../transport/subjects.ts'

const nasty = fc.constantFrom(
  ' ',
  '*',
  '>',
  '.',
  '%',
  '\t',
  '\r',
  '\n',
  '\0',
  '/',
  '\\',
  '"',
  'ü',
  '\u{1F333}',
  'a',
  'Z',
  '7',
  ':',
  '-',
)
const address = fc.oneof(
  fc.string({ unit: nasty, maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

describe('subjects', () => {
  test('every address comes back from its subject', () => {
    fc.assert(
      fc.property(address, (text) => {
        expect(decodeAddress(encodeAddress(text))).toBe(text)
      }),
    )
  })

  test('two addresses never share a subject', () => {
    fc.assert(
      fc.property(address, address, (one, other) => {
        expect(encodeAddress(one) === encodeAddress(other)).toBe(one === other)
      }),
    )
  })

  test('a subject is what NATS allows: ASCII tokens, none empty, none a wildcard; dots stay dots', () => {
    fc.assert(
      fc.property(address, (text) => {
        const tokens = encodeAddress(text).split('.')
        expect(tokens).toHaveLength(text.split('.').length)
        for (const token of tokens) expect(token).toMatch(/^[\x21-\x29\x2B-\x2D\x2F-\x3D\x3F-\x7E]+$/)
      }),
    )
  })

  test('ordinary addresses are written as they are', () => {
    for (const plain of ['system.supervisor.orchestrator:m1', 'worker.task-7.attempt_2', 'pool:node@host']) {
      expect(encodeAddress(plain)).toBe(plain)
    }
    expect(encodeAddress('a b.*.>..ü')).toBe('a%20b.%2A.%3E.%.%C3%BC')
  })

  test('what nobody wrote is no address', () => {
    for (const subject of ['a.%ZZ', '%C3', 'a.%E2%82']) expect(decodeAddress(subject)).toBeUndefined()
  })

  test('a unit is as many tokens as it has, and names of streams and consumers have none of what they may not have', () => {
    fc.assert(
      fc.property(address, (unit) => {
        const names = mailNames('main', unit)
        expect(names.unit.split('.')).toHaveLength(4 + unit.split('.').length)
        expect(names.consumer).toMatch(/^[^.*>\s\\/]+$/)
      }),
    )
    expect(mailNames('main', 'system').unit).toBe('canopy.main.mail.system.>')
    expect(factSubject('main', 'node-a', 'actor.stepped')).toBe('canopy.main.facts.node-a.actor.stepped')
    expect([memberOf('main'), memberOf('node-a.7')]).toEqual(['main', 'node-a'])
  })

  test('a bad name of a system is refused with the name in it', () => {
    for (const name of ['', 'a.b', 'a b', '>', 'x'.repeat(80)]) {
      expect(() => mailNames(name, 'main')).toThrow(`system "${name}"`)
    }
  })
})

describe('subjects of requests and events', () => {
  const port = { system: 's' }

  test('every verb and sender come back from the subject of a request', () => {
    const name = fc.oneof(
      fc.string({ unit: nasty, maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    const verb = name.filter((text) => !text.includes('.'))
    fc.assert(
      fc.property(name, verb, (sender, asked) => {
        for (const unit of [undefined, 'node-a.7']) {
          const subjects = controlSubjects({ ...port, unit })
          const subject = controlSubject({ ...port, unit }, sender, asked)
          expect(subject.startsWith(subjects.slice(0, -1))).toBe(true)
          const tokens = subject.split('.')
          for (const token of tokens) expect(token).toMatch(/^[\x21-\x29\x2B-\x2D\x2F-\x3D\x3F-\x7E]+$/)
          expect(readControlSubject(subjects, subject)).toEqual({
            sender: sender.toWellFormed(),
            verb: asked.toWellFormed(),
          })
        }
      }),
    )
  })

  test.each([
    ['send.system.task:a%20b', { verb: 'send', address: 'system.task:a b' }],
    ['send.%', { verb: 'send', address: '' }],
    ['send.', { verb: 'send', address: '' }],
    ['send.%ZZ', { verb: 'send', address: '%ZZ' }],
    ['%ZZ', { verb: '%ZZ' }],
    ['%', { verb: '' }],
    ['', { verb: '' }],
    ['.', { verb: '', address: '' }],
    ['a..b', { verb: 'a', address: '.b' }],
  ])('the part %j after the sender is read as it is written', (written, expected) => {
    expect(readVerb(written)).toEqual(expected)
  })

  test('a subject that ends with its sender has no verb', () => {
    expect(readControlSubject('canopy.s.control.>', 'canopy.s.control.operator')).toEqual({
      sender: 'operator',
      verb: '',
    })
  })

  test('every sender comes back from the subject of an event', () => {
    fc.assert(
      fc.property(address, address, (sender, subject) => {
        const written = factSubject('s', sender, subject)
        expect(factSender(written)).toBe(sender.toWellFormed())
      }),
    )
    expect(factSubject('s', undefined, 'news')).toBe('canopy.s.facts.*.news')
    for (const odd of ['', 'a', 'canopy.s.facts']) expect(factSender(odd)).toBe(odd.split('.', 4).at(-1))
  })
})

describe('subjects of mail', () => {
  const names = mailNames('s', 'node-a.7')

  test('give back the sender and the receiver', () => {
    fc.assert(
      fc.property(address, address, (sender, to) => {
        const subject = mailSubject(names, sender, to)
        expect(readMailSubject(names, subject)).toEqual({
          sender: sender.toWellFormed(),
          to: to.toWellFormed(),
        })
      }),
    )
    expect(mailSubject(names, undefined, 'a.b')).toBe('canopy.s.mail.node-a.7.*.a.b')
  })

  test.each([
    ['without a receiver', 'canopy.s.mail.node-a.7.main'],
    ['with a receiver that nobody wrote', 'canopy.s.mail.node-a.7.main.a.%ZZ'],
    ['with a sender that nobody wrote', 'canopy.s.mail.node-a.7.%ZZ.a'],
    ['with a plain character that is escaped', 'canopy.s.mail.node-a.7.main.%61'],
    ['with an escape in small letters', 'canopy.s.mail.node-a.7.main.%c3%bc'],
    ['with a dot that is escaped', 'canopy.s.mail.node-a.7.main.a%2Eb'],
    ['with an escape that is too long', 'canopy.s.mail.node-a.7.main.%F8%88%80%80%80'],
  ])('%s are of nobody: each address has one subject', (_, subject) => {
    expect(readMailSubject(names, subject)).toBeUndefined()
  })

  test('of an address that is too long are not made, and the error shows its beginning', () => {
    expect(encodeAddress('x'.repeat(1_500))).toHaveLength(1_500)
    expect(() => encodeAddress('x'.repeat(1_501))).toThrow(
      expect.objectContaining({
        code: 'bad_name',
        message: `address "${'x'.repeat(80)}…" is too long: 1501 characters`,
      }),
    )
    // Counted as written: each of these takes three characters.
    expect(() => encodeAddress('*'.repeat(501))).toThrow(/is too long: 1503/)
    expect(() => mailSubject(names, 'main', '🌲'.repeat(200))).toThrow(/is too long/)
  })

  test('of a unit have the consumer of its member, whatever its incarnation', () => {
    expect(mailNames('s', 'node-a.7').consumer).toBe('unit-node-a')
    expect(mailNames('s', 'node-a.8').consumer).toBe('unit-node-a')
    expect(mailNames('s', 'a b').consumer).toBe('unit-a%20b')
    expect(mailNames('s', 'node-a.7').unit).not.toBe(mailNames('s', 'node-a.8').unit)
  })
})

test('buckets are named for the system and the member', () => {
  expect(bucketName('s', 'nodes')).toBe('canopy-s-nodes')
  expect(bucketName('s', 'objects', 'node-a')).toBe('canopy-s-objects-node-a')
  expect(() => bucketName('a.b', 'nodes')).toThrow('system "a.b"')
})
