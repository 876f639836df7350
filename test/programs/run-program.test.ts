// Running a program to its end, also one that fails, is missing, waits for input or never ends.

import { describe, expect, it } from 'vitest'
import { runProgram } from '../../programs/run-program.ts'

const sh = (script: string, more: object = {}) =>
  runProgram('/bin/sh', ['-c', script], { timeoutMs: 20_000, ...more })

describe('a program', () => {
  it('gives what it says on both streams', async () => {
    expect(await sh('echo out; echo err >&2')).toEqual({ failed: false, output: 'out\nerr\n', reason: '' })
  })

  it.each([
    ['exits with a code', 'echo why; exit 3', 'why\n'],
    ['is killed', 'echo why; kill -9 $$', 'why\n'],
  ])('that %s failed, and what it said is kept', async (_, script, output) => {
    const end = await sh(script)
    expect(end).toMatchObject({ failed: true, output })
    expect(end.reason).toMatch(/^Command failed: \/bin\/sh/)
    expect(end.reason).not.toContain('\n')
  })

  it('that is not there failed', async () => {
    const end = await runProgram('/nowhere/acorn', [], { timeoutMs: 1_000 })
    expect(end).toEqual({ failed: true, output: '', reason: 'spawn /nowhere/acorn ENOENT' })
  })

  it('that takes too long is killed', async () => {
    expect(await sh('exec sleep 60', { timeoutMs: 200 })).toMatchObject({
      failed: true,
      reason: '/bin/sh was not done in 0.2 s',
    })
  })

  it('that reads its input gets its end at once', async () => {
    expect(await sh('cat; echo done')).toMatchObject({ failed: false, output: 'done\n' })
  })

  it('runs where it is told to, with more variables than this process has', async () => {
    const end = await sh('pwd; echo $ACORN; echo $PATH', { cwd: '/', env: { ACORN: 'green' } })
    expect(end.output).toBe(`/\ngreen\n${process.env.PATH}\n`)
  })
})
