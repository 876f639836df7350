// YAML of others: what is refused before it is used, where each mistake stands, and how values are shown.

import { describe, expect, it } from 'vitest'
import { printable, readDocument, shown, shownWhole } from '../../../app/configuration/document.ts'
import type { UserError } from '../../../app/errors.ts'

function refusal(text: string): UserError {
  try {
    readDocument(text, 'f.yaml')
  } catch (error) {
    return error as UserError
  }
  throw new Error(`${text} was read`)
}

describe('a document', () => {
  it.each([
    ['', null],
    ['a: 1', { a: 1 }],
    ['a: no', { a: 'no' }],
    ['a: "1"', { a: '1' }],
    ['a: !!str 5', { a: '5' }],
    ['a: !!map {b: !!seq [1]}', { a: { b: [1] } }],
    ['%YAML 1.2\n---\na: [1, true, null]', { a: [1, true, null] }],
    ['{"a": {"b": []}}', { a: { b: [] } }],
  ])('%j is %j', (text, value) => {
    expect(readDocument(text, 'f.yaml').value).toEqual(value)
  })

  it.each([
    ['a: [1', 'f.yaml:1:'],
    ['a: 1\na: 2', 'f.yaml:2:1: Map keys must be unique'],
    ['a: &x 1\nb: *x', 'f.yaml:1:7: it has an anchor or an alias'],
    ['a: !secret x', 'f.yaml:1:12: it has a tag (!)'],
    ['a: !!set {x, y}', 'f.yaml:1:10: it has a tag (!!)'],
    ['a: !!omap [x: 1]', 'f.yaml:1:11: it has a tag (!!)'],
    ['a: !!binary aGk=', 'f.yaml:1:13: it has a tag (!!)'],
    ['a: !!timestamp 2020-01-01', 'f.yaml:1:16: it has a tag (!!)'],
    ['%YAML 1.1\n---\na: yes', 'f.yaml:1:1: it is YAML 1.1; expected YAML 1.2'],
    ['a: 1\n---\nb: 2', 'f.yaml:2:1'],
    [`${'['.repeat(200)}`, 'nested more than 64 levels deep'],
    [`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, 'nested more than 64 levels deep'],
  ])('%j is refused', (text, message) => {
    const error = refusal(text)
    expect(error).toMatchObject({
      code: 'configuration_invalid',
      wayOut: expect.stringContaining('For example'),
    })
    expect(error.message).toContain(message)
  })

  it('of many levels is refused in no time, however long it is', () => {
    const began = performance.now()
    refusal('['.repeat(100_000))
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  it('is refused without moving the cursor of whoever reads why', () => {
    expect(refusal('a: !x\u001b[2J y').message).not.toContain('\u001b')
  })
})

describe('the place of a mistake', () => {
  const { placeOf } = readDocument('a: 1\nmilestones:\n  - id: m1\n    goal: {x: 2}\n', 'f.yaml')

  it.each<[Parameters<typeof placeOf>[0], string]>([
    [{ path: ['a'] }, '1:4'],
    [{ path: ['a'], atName: true }, '1:1'],
    [{ path: ['milestones', 0, 'id'] }, '3:9'],
    [{ path: ['milestones', 0, 'id'], atName: true }, '3:5'],
    [{ path: ['milestones', 0, 'goal', 'x'] }, '4:15'],
    [{ path: ['milestones', 0, 'goal', 'y'] }, '4:11'],
    [{ path: ['milestones', 7, 'id'] }, '3:3'],
    [{ path: ['nowhere'] }, '1:1'],
    [{ path: [] }, '1:1'],
  ])('%j is at %s', (place, at) => {
    expect(placeOf(place)).toBe(`f.yaml:${at}`)
  })

  it('in an empty document is its beginning', () => {
    expect(readDocument('', 'f.yaml').placeOf({ path: ['a'] })).toBe('f.yaml:1:1')
  })
})

describe('a value', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['a"b', '"a\\"b"'],
    [{ a: [1] }, '{"a":[1]}'],
    ['\u202eevil', '"\\u{202e}evil"'],
    ['\u200b', '"\\u{200b}"'],
  ])('%j is shown as %s', (value, text) => {
    expect(shown(value)).toBe(text)
  })

  it('is shortened, but whole where somebody has to agree to it', () => {
    const long = 'x'.repeat(500)
    expect(shown(long)).toBe(`"${'x'.repeat(199)}...`)
    expect(shownWhole(long)).toBe(JSON.stringify(long))
  })

  it('has no character that cannot be seen', () => {
    expect(printable('a\u001b[1m\r\n\u{e0041}b')).toBe('a\\u{1b}[1m\\u{d}\\u{a}\\u{e0041}b')
  })
})
