// Reports of test runners in common formats, as tables.

import { describe, expect, it } from 'vitest'
import { placeOf } from '../../workspace/runners/ava.ts'
import { isJunit, readJunit } from '../../workspace/runners/junit-report.ts'
import { isTap, readTap } from '../../workspace/runners/tap-report.ts'

const told = (text: string) =>
  readTap(text).map(({ groups, name, status }) => [...groups, name, status].join(' > '))

describe('TAP', () => {
  it.each<[string, string, string[]]>([
    ['plain points', '1..2\nok 1 - a\nnot ok 2 - b\n', ['a > passed', 'b > failed']],
    [
      'directives',
      '1..4\nok 1 - a # SKIP no network\nnot ok 2 - b # TODO\nok 3 - c # time=4ms\nok 4 - d \\# e\n',
      ['a > skipped', 'b > skipped', 'c > passed', 'd # e > passed'],
    ],
    [
      'comments of tape, each with its points',
      'TAP version 13\n# one\nok 1 equal\nok 2 equal\n# two\nok 3 a\nnot ok 4 b\n# tests 4\n1..4\n# fail 1\n',
      ['one > passed', 'two > failed'],
    ],
    [
      'subtests, without the points that close them',
      `TAP version 14
# Subtest: file
    # Subtest: one
        ok 1 - a
        1..1
    ok 1 - one # time=1ms
    not ok 2 - two
      ---
      message: no
      ...
    1..2
not ok 1 - file
ok 2 - after
1..2
`,
      ['file > one > a > passed', 'file > two > failed', 'after > passed'],
    ],
    [
      'a subtest that fails although its points do not',
      '1..1\n# Subtest: one\n    ok 1 - a\n    1..1\nnot ok 1 - one\n',
      ['one > a > passed', 'one > failed'],
    ],
    ['nothing', 'hello\n', []],
  ])('with %s', (_what, text, results) => {
    expect(told(text)).toEqual(results)
  })

  it('gives the diagnostic of a failure', () => {
    const text = '1..2\nnot ok 1 - a\n  ---\n  expected: 1\n    more\n  ...\nok 2 - b\n'
    expect(readTap(text).map(({ message }) => message)).toEqual(['expected: 1\n  more', ''])
  })

  it.each([
    ['TAP version 13\nok 1\n', true],
    ['1..1\nok 1 - a\n', true],
    ['ok, that was fine\n', false],
    ['1..1\n', false],
  ])('%j is TAP: %s', (text, is) => {
    expect(isTap(text)).toBe(is)
  })
})

describe('JUnit XML', () => {
  const text = `<?xml version="1.0"?><testsuites><testsuite name="s">
    <testcase name="adds" classname="sum" file="/r/test/a.js"/>
    <testcase name="is &lt; 1" file="./b.js"><failure message="no &amp; no"><![CDATA[at <x>]]></failure></testcase>
    <testcase name='later'><skipped/></testcase>
  </testsuite></testsuites>`
  it('names each case with its result', () => {
    expect(isJunit(text)).toBe(true)
    expect(readJunit('/r', text)).toEqual([
      { file: 'test/a.js', name: 'sum adds', status: 'passed', message: '' },
      { file: 'b.js', name: 'is < 1', status: 'failed', message: 'no & no\nat <x>' },
      { file: '', name: 'later', status: 'skipped', message: '' },
    ])
  })
})

describe('the file of an AVA test', () => {
  const files = ['test/a.js', 'test/deep/b.test.js', 'src/__tests__/c.js', 'src/a.js']
  it.each([
    ['a › works', 'test/a.js', 'works'],
    ['deep › b › works › well', 'test/deep/b.test.js', 'works › well'],
    ['c › x', 'src/__tests__/c.js', 'x'],
    ['no prefix', '', 'no prefix'],
  ])('%s is %s', (name, file, title) => {
    expect(placeOf(name, files)).toEqual({ file, name: title })
  })
  it('is the only one where AVA names none', () => {
    expect(placeOf('works', ['test/a.js', 'src/a.js'])).toEqual({ file: 'test/a.js', name: 'works' })
  })
})

it('a file in place of a class is the file of the test, as Deno writes it', () => {
  const text = `<testsuites name="deno test"><testsuite name="./test/sign_test.js">
<testcase name="knows one" classname="./test/sign_test.js" time="0.001" line="2" col="6">
</testcase>
<testcase name="is wrong" classname="./test/sign_test.js"><failure message="Uncaught Error: no">Error: no
    at file:///x/test/sign_test.js:3:37</failure></testcase>
<testcase name="later" classname="./test/sign_test.js"><skipped/></testcase></testsuite></testsuites>`
  expect(readJunit('/x', text).map(({ file, name, status }) => [file, name, status])).toEqual([
    ['test/sign_test.js', 'knows one', 'passed'],
    ['test/sign_test.js', 'is wrong', 'failed'],
    ['test/sign_test.js', 'later', 'skipped'],
  ])
})
