// What `canopy doctor --repo` tells of a repository, and that it leaves nothing behind.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Files, NODE_TEST, PACKAGES, Playground } from '../workspace/repositories.ts'
import { called } from './called.ts'
import { scratch } from './scratch.ts'

const NAMED: Files = {
  ...NODE_TEST,
  'package.json': JSON.stringify({ type: 'module', scripts: { test: 'node --test test/sign.test.ts' } }),
}

const repositoryOf = (files: Files): string => {
  const playground = new Playground()
  onTestFinished(() => playground.dispose())
  return playground.repository(files)
}

const doctor = async (files: Files, ...options: string[]) => {
  const data = scratch()
  const repository = repositoryOf(files)
  const args = ['doctor', '--repo', repository, '--data', data, '--dependencies', PACKAGES, ...options]
  const said = await called(args, scratch(), { env: process.env })
  return { ...said, repository, left: readdirSync(data).filter((name) => name.startsWith('doctor-')) }
}

describe('canopy doctor --repo', () => {
  it('tells what a run will use, and the command that starts one', async () => {
    const { code, out, err, repository, left } = await doctor(NODE_TEST)
    expect(err).toContain(`surveying ${repository}`)
    const lines = out.split('\n')
    expect(lines).toContain('tests       node: 1 passed, 1 skipped')
    expect(lines).toContain('new tests   test/{name}.canopy.test.ts')
    expect(lines).toContain('better      a type check that passes would catch more: set commands.types')
    expect(out).toContain(`canopy run --repo ${repository} --goal branch-coverage=90`)
    expect({ code, left }).toEqual({ code: 0, left: [] })
  })

  it('tells that new tests would not run where the test command names its files', async () => {
    const { code, out } = await doctor(NAMED)
    expect(out.split('\n')).toContain('new tests   the test command names its files: none would run')
    expect(out).toContain("--outcome 'WORDS'")
    expect(code).toBe(0)
  })

  it('tells checks of the test script', async () => {
    const scripts = { test: 'npm run lint && node --test', lint: 'node check.mjs' }
    const manifest = JSON.stringify({ type: 'module', scripts })
    const { code, out } = await doctor({ ...NODE_TEST, 'package.json': manifest, 'check.mjs': '' })
    expect(out).toMatch(/^lint +node check.mjs$/m)
    expect(code).toBe(0)
  })

  it('tells for which runner only a model writes tests', async () => {
    const { code, out } = await doctor({
      'package.json': JSON.stringify({ type: 'module', scripts: { test: 'node test.js' } }),
      'index.js': 'export const one = 1\n',
      'test.js': "import { one } from './index.js'\nif (one !== 1) throw new Error('not one')\n",
    })
    expect(out).toContain('tests for script are written by a model only: give an outcome in words')
    expect(out).toContain("--outcome 'WORDS'")
    expect(code).toBe(0)
  })

  it('tells failing tests with their messages below them', async () => {
    const text = "import { it } from 'node:test'\nit('adds', () => { throw new Error('four is not five') })\n"
    const { code, out } = await doctor({ ...NODE_TEST, 'test/sum.test.ts': text })
    expect(out).toMatch(/^Tests fail .*\n {2}test\/sum.test.ts: adds\n {6}four is not five$/m)
    expect(code).toBe(1)
  })

  it('prints the survey as JSON', async () => {
    const { code, out } = await doctor(NODE_TEST, '--json')
    expect(JSON.parse(out)).toMatchObject({
      ready: true,
      survey: { runner: 'node', measurement: { tests: { passed: 1, failed: 0, skipped: 1 } } },
      linters: [],
      formatters: [],
      hasTestWriter: true,
      seconds: expect.any(Number),
    })
    expect(code).toBe(0)
  })

  it('tells why a run cannot work on it, and ends with 1', async () => {
    const files = { 'package.json': '{"name": "bare"}', 'index.js': 'export const one = 1\n' }
    const { code, out, left } = await doctor(files)
    expect(out).toContain('has no test file')
    expect(out).toContain('(no_tests; looked for')
    expect({ code, left }).toEqual({ code: 1, left: [] })
    expect(JSON.parse((await doctor(files, '--json')).out)).toMatchObject({ ready: false, code: 'no_tests' })
  })

  it('refuses a folder that is no repository', async () => {
    const folder = scratch()
    const { code, err } = await called(['doctor', '--repo', join(folder, 'none')], folder, {
      env: process.env,
    })
    expect(code).toBe(2)
    expect(err).toContain(join(folder, 'none'))
  })
})
