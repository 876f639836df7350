// Tests that are run as the script says: its command line, and results from what it prints.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
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

describe('leaves reports', () => {
  const lineOf = async (test: string, more: object = {}) => {
    scripts({ test })
    return (await testScript.command({ ...request(), ...more })).argv.at(-1) ?? ''
  }
  const modules = ['src/sign.js']

  it.each([
    ['bun test', 'bun test --reporter=junit --reporter-outfile="$CANOPY_OUT"/junit.xml'],
    ['deno test -A', 'deno test --junit-path="$CANOPY_OUT"/junit.xml -A'],
    ['deno task test', 'deno task test'],
  ])('of %s', async (test, line) => {
    expect(await lineOf(test)).toBe(line)
  })

  it.each([
    ['bun test', '--coverage --coverage-reporter=lcov --coverage-dir="$CANOPY_OUT"'],
    ['deno test', '--coverage="$CANOPY_OUT"/deno'],
  ])('of the coverage of %s', async (test, options) => {
    expect(await lineOf(test, { modules })).toContain(options)
  })

  it.each([
    ['newer than the run', '', 3],
    ['older than the run', 'old', 0],
  ])('of the coverage that a script writes itself, where it is %s', async (_which, age, code) => {
    const writes = `mkdir -p coverage; printf 'SF:src/sign.js\\nDA:1,7\\nend_of_record\\n' > coverage/lcov.info`
    const old = `mkdir -p coverage && touch -d '2001-01-01' coverage/lcov.info`
    mkdirSync(join(root, 'out'))
    write(root, { 'src/sign.js': 'export const x = 1\n', 'coverage/lcov.info': '' })
    const text = age === 'old' ? `(${old})` : `(${writes}; exit 3)`
    const line = await lineOf(text, { modules })
    const env = { ...process.env, CANOPY_OUT: join(root, 'out') }
    const { status, stderr } = spawnSync('/bin/sh', ['-c', line], { cwd: root, env, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: code, stderr: '' })
    const ending = { kind: 'exited', code: status ?? 1, stdout: '', stderr: '' } as const
    const { coverage = {} } = (await testScript.read({ ...request(), modules }, ending)) ?? {}
    expect(coverage[join(root, 'src/sign.js')]?.s).toEqual(age === 'old' ? { 0: 0 } : { 1: 7 })
  })

  it('of results that are read before those of the repository', async () => {
    write(root, { 'out/junit.xml': '<testsuite><testcase name="ours"/></testsuite>' })
    write(root, { 'junit.xml': '<testsuite><testcase name="theirs"/></testsuite>' })
    scripts({ test: 'bun test' })
    const ending = { kind: 'exited', code: 0, stdout: '', stderr: '' } as const
    expect(await testScript.read(request(), ending)).toMatchObject({ tests: [{ name: 'ours' }] })
  })

  it('of coverage in the form of istanbul', async () => {
    const path = join(root, 'src/sign.js')
    const file = { path, statementMap: {}, fnMap: {}, branchMap: {}, s: {}, f: {}, b: {} }
    write(root, { 'out/coverage-final.json': JSON.stringify({ [path]: file }) })
    scripts({ test: 'tools test' })
    const ending = { kind: 'exited', code: 0, stdout: '', stderr: '' } as const
    const report = await testScript.read({ ...request(), modules: [] }, ending)
    expect(Object.keys(report?.coverage ?? {})).toEqual([path])
  })
})
