// Tests over every library: a weakening of a test is found whatever asserts in it, and an honest new test is not refused.

import { describe, expect, it } from 'vitest'
import { kindsOf } from './judged.ts'

/** Two assertions in one test, as each library writes it: `total([1, 2])` is 3, and `list()` is a list of one. */
const LIBRARIES: Readonly<Record<string, string>> = {
  tape: `const test = require('tape')
test('adds', (t) => {
  t.equal(total([1, 2]), 3)
  t.deepEqual(list(), [1])
  t.end()
})`,
  'tape by another name': `const tape = require('tape')
tape('adds', { timeout: 500 }, function (check) {
  check.equal(total([1, 2]), 3)
  check.deepEqual(list(), [1])
  check.end()
})`,
  'a subtest of tape': `var test = require('tape');
test('sums', function (t) {
  t.test('adds', function (st) {
    st.equal(total([1, 2]), 3)
    st.deepEqual(list(), [1])
    st.end()
  })
  t.end()
})`,
  'tape behind a file of helpers': `const { test } = require('./helpers')
test('adds', (t) => {
  t.equal(total([1, 2]), 3)
  t.deepEqual(list(), [1])
  t.end()
})`,
  ava: `import test from 'ava'
test('adds', (t) => {
  t.is(total([1, 2]), 3)
  t.deepEqual(list(), [1])
})`,
  'serial tests of ava': `import test from 'ava'
test.serial('adds', async (t) => {
  await t.context.ready
  t.is(total([1, 2]), 3)
  t.deepEqual(list(), [1])
})`,
  'a macro of ava': `import test from 'ava'
const adds = test.macro((t, given, sum) => {
  t.is(total(given), sum)
  t.deepEqual(list(), [1])
})
test('adds', adds, [1, 2], 3)`,
  tap: `import t from 'tap'
t.test('adds', (t) => {
  t.equal(total([1, 2]), 3)
  t.strictSame(list(), [1])
  t.end()
})`,
  'tests of tap by name': `const { test } = require('tap')
test('adds', async ({ equal, same }) => {
  equal(total([1, 2]), 3)
  same(list(), [1])
})`,
  'a program that asserts by tap': `const tap = require('tap')
tap.equal(total([1, 2]), 3)
tap.same(list(), [1])`,
  'a program that asserts': `const check = require('node:assert').strict
check.equal(total([1, 2]), 3)
check.deepEqual(list(), [1])`,
  uvu: `import { test } from 'uvu'
import * as is from 'uvu/assert'
test('adds', () => {
  is.is(total([1, 2]), 3)
  is.equal(list(), [1])
})
test.run()`,
  'suites of uvu': `import { suite } from 'uvu'
import { equal } from 'uvu/assert'
const sums = suite('sums')
sums('adds', () => {
  equal(total([1, 2]), 3)
  equal(list(), [1])
})
sums.run()`,
  qunit: `QUnit.module('sums', () => {
  QUnit.test('adds', (assert) => {
    assert.equal(total([1, 2]), 3)
    assert.propEqual(list(), [1])
  })
})`,
  jasmine: `it('adds', () => {
  expect(total([1, 2])).withContext('sum').toBe(3)
  expect(list()).toHaveSize(1)
})`,
  'should as a property': `it('adds', () => {
  total([1, 2]).should.equal(3)
  list().should.have.length(1)
})`,
  'should as a function': `const should = require('should')
it('adds', () => {
  should(total([1, 2])).be.exactly(3)
  should(list()).eql([1])
})`,
  'expect.js': `it('adds', () => {
  expect(total([1, 2])).to.be(3)
  expect(list()).to.eql([1])
})`,
  'the context of node:test': `import { test } from 'node:test'
test('adds', (it) => {
  it.assert.equal(total([1, 2]), 3)
  it.assert.deepEqual(list(), [1])
})`,
  'another name of node:assert': `import { strict as check } from 'node:assert'
it('adds', () => {
  check.equal(total([1, 2]), 3)
  check.deepEqual(list(), [1])
})`,
  'functions of node:assert': `import { strictEqual, deepEqual as same } from 'node:assert'
it('adds', () => {
  strictEqual(total([1, 2]), 3)
  same(list(), [1])
})`,
  deno: `Deno.test('adds', () => {
  assertEquals(total([1, 2]), 3)
  assertEquals(list(), [1])
})`,
}

const lines = (text: string) => text.split('\n')
const without = (text: string, pattern: RegExp) =>
  lines(text)
    .filter((line) => !pattern.test(line))
    .join('\n')
const FIRST = /total\(/
const BOTH = /total\(|list\(\)/
const isMacro = (text: string) => text.includes('macro')

describe.each(Object.entries(LIBRARIES))('in a test of %s', (_name, text) => {
  it('nothing is found where nothing changes', async () => {
    expect(await kindsOf(text, text)).toEqual([])
    expect(await kindsOf(text, text.replaceAll('  ', '    '))).toEqual([])
  })

  it('a new test is no finding', async () => {
    expect(await kindsOf(undefined, text)).toEqual([])
  })

  it('one more assertion is no finding', async () => {
    const assertion = lines(text).find((line) => /list\(\)/.test(line)) ?? ''
    const more = text.replace(assertion, `${assertion}\n${assertion.replace('list()', 'list(2)')}`)
    expect(await kindsOf(text, more)).toEqual([])
  })

  it('an assertion that is gone is found', async () => {
    const kinds = await kindsOf(text, without(text, FIRST))
    expect(kinds).toHaveLength(1)
    expect(kinds[0]).toMatch(/fewer_assertions|commented_out/)
  })

  it('a test without its assertions is found', async () => {
    const kinds = await kindsOf(text, without(text, BOTH))
    expect(kinds.join()).toMatch(/emptied_test|deleted_test/)
  })

  it('another expected value is found', async () => {
    const changed = isMacro(text)
      ? text.replace('[1, 2], 3)', '[1, 2], 4)')
      : text.replace(/(\(total\(\[1, 2\]\)), 3\)|\(3\)/, (all, start) =>
          start ? `${start}, 4)` : all.replace('3', '4'),
        )
    expect(changed).not.toBe(text)
    expect((await kindsOf(text, changed)).join()).toMatch(/changed_expectation/)
  })

  it('a test that is skipped is found', async () => {
    if (/^(tap|check)\./m.test(text)) return
    const skipped = text
      .replace(/^(\s*)(QUnit|t)\.test\('adds'/m, "$1$2.skip('adds'")
      .replace(/^Deno\.test\(/m, 'Deno.test.ignore(')
      .replace(/^(\s*)(test|tape|sums|it)(\.serial)?\('(adds)'/m, "$1$2$3.skip('$4'")
    expect(skipped).not.toBe(text)
    expect((await kindsOf(text, skipped)).join()).toMatch(/skipped_test/)
  })
})

describe('the spelling of an assertion', () => {
  const ava = (line: string) => `import test from 'ava'\ntest('adds', async (t) => {\n  ${line}\n})\n`

  it.each([
    ['t.is(total([1]), 1)', 't.true(total([1]) === 1)'],
    ['t.true(isEmpty())', 't.is(isEmpty(), true)'],
    ['t.is(last(), undefined)', 't.deepEqual(last(), undefined)'],
    ['await t.throwsAsync(load, { message: "no" })', 'await t.throwsAsync(() => load(), { message: "no" })'],
  ])('%s may become %s', async (before, after) => {
    const found = await kindsOf(ava(before), ava(after))
    expect(found.filter((kind) => !kind.endsWith('changed_expectation'))).toEqual([])
  })

  it.each([
    ['t.is(total([1]), 1)', 't.truthy(total([1]))', 'loosened'],
    ['t.is(total([1]), 1)', 't.not(total([1]), 2)', 'loosened'],
    ['t.deepEqual(list(), [1])', 't.like(list(), [1])', 'loosened'],
    ['t.throws(load, { message: "no" })', 't.throws(load)', 'loosened'],
    ['t.throws(load, { message: "no" })', 't.notThrows(load)', 'loosened'],
    ['t.is(total([1]), 1)', 'if (on) t.is(total([1]), 1)', 'conditional_assertion'],
    ['await t.throwsAsync(load)', 't.throwsAsync(load)', 'unawaited_assertion'],
    ['t.is(total([1]), 1)', 't.is(1, 1)', 'tautology'],
    ['t.is(total([1]), 1)', 't.pass()', 'emptied_test'],
  ])('%s may not become %s', async (before, after, kind) => {
    expect((await kindsOf(ava(before), ava(after))).join()).toContain(kind)
  })

  it('is none where the value is used', async () => {
    const text = (key: string) =>
      `it.each([[new Map()]])('finds', (map) => {\n  const found = map.has('${key}')\n  expect(found).toBe(false)\n})\n`
    expect(await kindsOf(text('a'), text('a').replace('const found', 'const  found'))).toEqual([])
    expect(await kindsOf(undefined, text('b'))).toEqual([])
  })
})
