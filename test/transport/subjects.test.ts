// Subjects: reversible for every address, and never something that NATS reads differently.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeAddress, encodeAddress, factSubject, mailNames, memberOf } from '../../transport/index.ts'

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
