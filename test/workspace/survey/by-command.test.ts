// The survey of a repository with a test command of its own, and the measurements of its commits: which outcomes of the command are
// accepted, and with which sentence the others are refused. The command is a stand-in.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CommandSettings } from '../../../machines/index.ts'
import { exited, GitBench, writeEntries } from '../git-bench.ts'

const FILES = {
  'src/calc.py': 'def half(n):\n    if n > 1:\n        return n / 2\n    return 0\n',
  'lib/more.go': 'package more\n',
  'tests/test_calc.py': 'x\n',
  'README.md': 'prose\n',
}
const lcov = (path: string, ...hits: number[]) =>
  `SF:${path}\n${hits.map((count, at) => `DA:${at + 1},${count}\n`).join('')}BRDA:2,0,0,1\nBRDA:2,0,1,0\nend_of_record\n`
const TESTS = { run: 'make test', coverage: 'out/lcov.info' }

let bench: GitBench

const passing: GitBench['answer'] = ({ cwd }) => {
  writeEntries(cwd, { 'out/lcov.info': lcov('src/calc.py', 1, 1, 0, 1) })
  return exited(0, { stdout: 'Ran 3 tests in 0.1s\n' })
}

async function survey(tests: CommandSettings['tests'] = TESTS) {
  await bench.open({ commands: { tests } })
  bench.commands.length = 0
  return bench.workspace.survey()
}

describe('a repository with its own command', () => {
  beforeEach(() => {
    bench = new GitBench(FILES)
    bench.answer = passing
  })
  afterEach(() => bench.dispose())

  it('is surveyed in a worktree, not in the checkout', async () => {
    const outcome = await survey({ ...TESTS, pattern: 'tests/test_{name}.py' })
    expect(outcome).toMatchObject({
      kind: 'ready',
      survey: {
        runner: 'command',
        modules: ['src/calc.py'],
        testPattern: 'tests/test_{name}.py',
        measurement: {
          branches: { covered: 1, total: 2 },
          statements: { covered: 3, total: 4 },
          tests: { passed: 3, failed: 0, skipped: 0 },
        },
      },
    })
    expect(bench.commands).toHaveLength(1)
    const [command] = bench.commands
    expect(command?.argv.slice(-3)).toEqual(['/bin/sh', '-c', 'make test'])
    expect(command?.cwd).not.toBe(bench.repository)
    expect(command?.cwd.startsWith(join(bench.playground.root, 'data/worktrees/'))).toBe(true)
    expect(command?.writable[0]).toBe(command?.cwd)
    expect(existsSync(join(bench.repository, 'out'))).toBe(false)
    expect(existsSync(command?.cwd ?? '')).toBe(false)
  })

  it('is measured once for the same tree', async () => {
    await survey()
    const again = await bench.workspace.survey()
    expect(again.kind).toBe('ready')
    expect(bench.commands).toHaveLength(1)
    bench.write({ 'README.md': 'other\n' })
    bench.commit()
    expect((await bench.workspace.survey()).kind).toBe('ready')
    expect(bench.commands).toHaveLength(2)
  })

  it('needs no coverage where it names none', async () => {
    bench.answer = () => exited(0)
    expect(await survey({ run: 'make test' })).toMatchObject({
      kind: 'ready',
      survey: { modules: [], testPattern: 'tests/{name}.canopy', measurement: { tests: { passed: 1 } } },
    })
  })

  it('is refused when the coverage that it names tells of no source', async () => {
    bench.answer = () => exited(0)
    expect(await survey()).toEqual({
      kind: 'refused',
      code: 'nothing_to_test',
      message:
        "commands.tests.coverage is out/lcov.info, and the tests leave no file there that tells of a source of the repository. It is to be lcov or istanbul's JSON.",
    })
    bench.answer = ({ cwd }) => {
      writeEntries(cwd, { 'out/lcov.info': lcov('/somewhere/else.py', 1) })
      return exited(0)
    }
    expect(await survey()).toMatchObject({ code: 'nothing_to_test' })
  })

  it('is refused when its tests fail, with the end of their output, after a second run', async () => {
    bench.answer = () => exited(1, { stdout: 'FAIL: half of 3\n', stderr: 'AssertionError: 1 != 1.5\n' })
    const outcome = await survey()
    expect(outcome).toMatchObject({ kind: 'refused', code: 'failing_tests' })
    const { message } = outcome as { message: string }
    expect(message).toContain('Tests fail at HEAD in a fresh checkout (1 failed, 0 passed):\n  make test')
    expect(message).toContain('AssertionError: 1 != 1.5')
    expect(message).toContain('The checkout differs from yours:\n- The tests ran under Node')
  })

  it('is accepted when the second run passes: a test that depends on time failed', async () => {
    const results = 'out/results.xml'
    const report = (failed: boolean) =>
      `<testsuite><testcase classname="a" name="one" file="tests/test_calc.py"/><testcase classname="a" name="two" file="tests/test_calc.py">${failed ? '<failure message="late">late</failure>' : ''}</testcase><testcase classname="a" name="three" file="tests/test_calc.py"/></testsuite>`
    let runs = 0
    bench.answer = (command) => {
      runs += 1
      passing(command)
      writeEntries(command.cwd, { [results]: report(runs === 1) })
      return exited(runs === 1 ? 1 : 0)
    }
    const outcome = await survey({ ...TESTS, results })
    expect(outcome).toMatchObject({
      kind: 'ready',
      survey: { measurement: { tests: { passed: 3, failed: 0 } } },
    })
    expect(runs).toBe(2)
  })

  it.each([
    [{ kind: 'timed_out', stdout: '', stderr: 'at test 7' }, 'did not end in time. at test 7'],
    [{ kind: 'exceeded', limit: 'processes', stdout: '', stderr: '' }, 'took more processes than it may. '],
    [
      { kind: 'signalled', signal: 'SIGABRT', outside: false, stdout: '', stderr: 'core' },
      'crashed with SIGABRT. core',
    ],
  ] as const)('is refused when the command does not end by itself', async (ending, reason) => {
    bench.answer = () => ending
    const outcome = (await survey()) as { code: string; message: string }
    expect(outcome.code).toBe('failing_tests')
    expect(outcome.message.startsWith(`The tests do not run at HEAD in a fresh checkout: ${reason}`)).toBe(
      true,
    )
  })

  it('is not blamed for a sandbox that does not start', async () => {
    bench.answer = () => ({ kind: 'could_not_start', reason: 'no namespaces' })
    await expect(survey()).rejects.toMatchObject({ code: 'sandbox_unusable', retryable: true })
  })

  it('is refused before its command runs when tracked files have changes', async () => {
    bench.write({ 'src/calc.py': 'changed\n' })
    expect(await survey()).toMatchObject({ code: 'uncommitted_changes' })
    expect(bench.commands).toEqual([])
  })

  it('has the true reason when a file is missing that git ignores', async () => {
    bench.write({ '.gitignore': 'settings.local.py\n' })
    bench.commit()
    bench.write({ 'settings.local.py': '' })
    bench.answer = () => exited(1, { stderr: "No module named 'settings.local.py'" })
    const { message } = (await survey()) as { message: string }
    expect(message).toContain(
      '- Files that git ignores are not in it: settings.local.py (named in the failure).',
    )
  })

  it('is never given a report of an earlier run', async () => {
    const seen: boolean[] = []
    bench.write({ 'out/lcov.info': lcov('lib/more.go', 1) })
    bench.commit('with a report')
    bench.answer = ({ cwd }) => {
      seen.push(existsSync(join(cwd, 'out/lcov.info')))
      return exited(0)
    }
    expect(await survey()).toMatchObject({ code: 'nothing_to_test' })
    expect(seen).toEqual([false])
  })
})

describe('the measurement of a commit', () => {
  let order: { survey: { head: string }; commit: string }
  beforeAll(async () => {
    bench = new GitBench(FILES)
    bench.answer = passing
    await survey()
    order = { survey: { head: bench.head }, commit: bench.head }
    await bench.workspace.measure(order)
  })
  afterAll(() => bench.dispose())
  beforeEach(() => {
    bench.answer = passing
    bench.commands.length = 0
  })

  it('is that of the survey for the surveyed commit', async () => {
    expect(await bench.workspace.measure(order)).toMatchObject({ branches: { covered: 1, total: 2 } })
    expect(await bench.workspace.taken({ ...order, module: 'src/calc.py' })).toEqual([
      { line: 2, column: 0, arm: 0 },
    ])
    expect(await bench.workspace.taken({ ...order, module: 'lib/more.go' })).toEqual([])
    expect(bench.commands).toEqual([])
  })

  it('is made once for two who ask at the same time', async () => {
    const task = await bench.task()
    writeEntries(task.path, { 'tests/test_new.py': 'x\n' })
    const { commit } = await bench.workspace.collect({ ...task.of, message: 'work\n' })
    const both = await Promise.all([1, 2].map(() => bench.workspace.measure({ ...order, commit })))
    expect(both[0]).toEqual(both[1])
    expect(bench.commands).toHaveLength(1)
  })

  it('is refused with the reason when tests fail or cannot run', async () => {
    const task = await bench.task()
    writeEntries(task.path, { 'tests/test_bad.py': 'x\n' })
    const { commit } = await bench.workspace.collect({ ...task.of, message: 'work\n' })
    bench.answer = () => exited(1)
    await expect(bench.workspace.measure({ ...order, commit })).rejects.toMatchObject({
      code: 'not_measured',
      message: `${commit} could not be measured: 1 tests fail`,
    })
    bench.answer = () => ({ kind: 'timed_out', stdout: '', stderr: '' })
    await expect(bench.workspace.measure({ ...order, commit })).rejects.toMatchObject({
      message: `${commit} could not be measured: did not end in time. `,
    })
    bench.answer = passing
    expect(await bench.workspace.measure({ ...order, commit })).toMatchObject({ tests: { passed: 3 } })
  })

  it('is not read from a file that is cut or of another form: it is made again', async () => {
    const folder = bench.workspace.parts.places.measurements
    const names = readdirSync(folder)
    for (const broken of ['{"measurement":', '{"measurement":{}}', '']) {
      writeEntries(folder, Object.fromEntries(names.map((name) => [name, broken])))
      expect(await bench.workspace.measure(order)).toMatchObject({ tests: { passed: 3 } })
    }
    expect(bench.commands).toHaveLength(3)
  })

  it('has the modules that the commit added and not those that it removed', async () => {
    const task = await bench.task()
    writeEntries(task.path, { 'src/new.py': 'x = 1\n' })
    const { commit } = await bench.workspace.collect({ ...task.of, message: 'work\n' })
    bench.answer = ({ cwd }) => {
      writeEntries(cwd, { 'out/lcov.info': lcov('src/new.py', 1) })
      return exited(0)
    }
    const { modules } = await bench.workspace.measure({ ...order, commit })
    expect(modules.map(({ path }) => path)).toEqual(['src/calc.py', 'src/new.py'])
    expect(modules.find(({ path }) => path === 'src/new.py')?.statements).toEqual({ covered: 1, total: 1 })
  })

  it('ends with an abort, and leaves no worktree', async () => {
    const task = await bench.task()
    writeEntries(task.path, { 'tests/x.py': '' })
    const { commit } = await bench.workspace.collect({ ...task.of, message: 'work\n' })
    bench.answer = () => ({ kind: 'aborted', stdout: '', stderr: '' })
    await expect(bench.workspace.measure({ ...order, commit })).rejects.toMatchObject({ name: 'AbortError' })
    expect(existsSync(bench.commands[0]?.cwd ?? '')).toBe(false)
  })
})
