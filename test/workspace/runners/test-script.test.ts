// Tests that are run as the script says: its command line, and results from what it prints.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testScript } from '../../../workspace/runners/test-script.ts'
import { write } from '../repositories.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'canopy-test-script-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const request = () => ({ root, dependencies: join(root, 'node_modules'), out: join(root, 'out') })
const scripts = (texts: Readonly<Record<string, string>>) =>
  write(root, { 'package.json': JSON.stringify({ scripts: texts }) })

it.each<[string, Readonly<Record<string, string>>, string]>([
  ['a program', { test: 'ts-scripts test' }, 'ts-scripts test'],
  [
    'a program without the wrapper that measures it, and with its variables',
    { test: "A='b c' c8 lab -v" },
    "A='b c' lab -v",
  ],
  ['each of several programs', { test: 'lab a && node test/b.js' }, 'lab a && node test/b.js'],
  ['a runner as it is', { test: 'c8 mocha a && lab b' }, '{ c8 mocha a\n} && lab b'],
  ['a line that is not understood', { test: 'a || b' }, '{ a || b\n}'],
  ['tests without the check before them', { pretest: 'eslint .', test: 'lab' }, 'lab'],
  ['nothing that is known', { test: 'eslint .' }, 'npm test'],
])('runs %s', async (_what, texts, line) => {
  scripts(texts)
  expect((await testScript.command(request())).argv).toEqual(['/bin/sh', '-c', line])
})

describe('reads results', () => {
  const read = (code: number, stdout: string) => {
    scripts({ test: 'lab' })
    return testScript.read(request(), { kind: 'exited', code, stdout, stderr: '' })
  }
  const JUNIT = (inner: string) =>
    `<testsuite><testcase classname="sum" name="adds">${inner}</testcase></testsuite>`

  it('of TAP', async () => {
    expect(await read(1, '1..2\nok 1 - a\nnot ok 2 - b\n')).toMatchObject({
      ...{ success: false, passed: 1, failed: 1 },
      tests: [
        { name: 'a', status: 'passed' },
        { name: 'b', status: 'failed' },
      ],
    })
  })

  it('of a report in the form of JUnit', async () => {
    write(root, { 'reports/junit.xml': JUNIT('<failure message="is 2"/>'), 'reports/other.xml': JUNIT('') })
    expect(await read(1, '')).toMatchObject({ failed: 1, failures: [{ name: 'sum adds', message: 'is 2' }] })
  })

  it.each([
    ['no form', 'all is well', { passed: 1 }],
    ['a last line with their number', '12 passing (3ms)', { passed: 12 }],
    ['a result that contradicts the exit code', '1..1\nnot ok 1 - a\n', { passed: 1 }],
    ['a file of another form', '', { passed: 1 }],
  ])('of %s', async (_what, stdout, counts) => {
    write(root, { 'junit.xml': 'no xml' })
    expect(await read(0, stdout)).toMatchObject({ success: true, failed: 0, tests: [], ...counts })
  })

  it('of a failure without a form: the command and the end of its output', async () => {
    expect(await read(2, 'it broke')).toMatchObject({
      ...{ success: false, passed: 0, failed: 1, tests: [] },
      failures: [{ file: '', name: 'lab', message: 'it broke' }],
    })
  })
})

it('tells a new file that it runs by what the file says', async () => {
  scripts({ test: 'lab' })
  const said = `x\n(node) ${testScript.probe('require', 'a.test.js').split("'")[1]?.replace('\\n', '')}\n`
  expect(testScript.listed?.(root, said)).toEqual(['a.test.js'])
  expect((await testScript.list?.(request(), 'p'))?.argv).toEqual(['/bin/sh', '-c', 'exec 2>&1; lab'])
})
