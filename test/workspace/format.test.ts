// Work is formatted as its repository formats: with the real formatter, in the sandbox.

import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixersIn } from '../../workspace/commands/fixers.ts'
import { formattersIn } from '../../workspace/commands/formatters.ts'
import { type Files, git, NODE_TEST, Playground, surveyed, write } from './repositories.ts'

const FORMATTED: Files = {
  ...NODE_TEST,
  'package.json': JSON.stringify({
    ...{ name: 'sample', type: 'module' },
    scripts: { test: 'node --test', 'format:check': 'biome format .' },
  }),
  'biome.json': JSON.stringify({
    formatter: { indentStyle: 'space', indentWidth: 2 },
    javascript: { formatter: { quoteStyle: 'single', semicolons: 'asNeeded' } },
  }),
  'src/odd.ts': 'export const odd = [1,   2];\n',
}

describe('work in a repository with a formatter', () => {
  let playground: Playground
  beforeEach(() => {
    playground = new Playground()
  })
  afterEach(() => playground.dispose())

  const worktreeOf = async (files: Files) => {
    const repository = playground.repository(files)
    const workspace = await playground.open(repository)
    const survey = await surveyed(workspace)
    await workspace.openMilestone({ milestone: 'm', survey })
    const of = { milestone: 'm', task: 't', survey }
    const { path } = await workspace.prepareWorktree({ ...of, commit: survey.head })
    const at = ({ commit }: { commit: string }, file: string) =>
      git(workspace.clone, 'show', `${commit}:${file}`)
    return { workspace, of, path, at }
  }

  it('is formatted when it is new, and when the file was formatted before; else left alone', async () => {
    const { workspace, of, path, at } = await worktreeOf(FORMATTED)
    const odd = 'export const odd = [1,   2,3];\n'
    write(path, {
      'src/new.ts': 'export const a = {b:"c"};\n',
      'src/sign.ts': 'export const sign = (n:number) => "plus";\n',
      'src/odd.ts': odd,
      'src/broken.ts': 'export const = {\n',
      'notes.txt': 'a    b\n',
    })
    const submission = await workspace.collect({ ...of, message: 'work\n' })
    expect(at(submission, 'src/new.ts')).toBe("export const a = { b: 'c' }\n")
    expect(at(submission, 'src/sign.ts')).toBe("export const sign = (n: number) => 'plus'\n")
    expect(at(submission, 'src/odd.ts')).toBe(odd)
    expect(at(submission, 'src/broken.ts')).toBe('export const = {\n')
    expect(at(submission, 'notes.txt')).toBe('a    b\n')
  })

  it('is nothing when only the format differs', async () => {
    const { workspace, of, path } = await worktreeOf(FORMATTED)
    const { 'src/sign.ts': sign = '' } = FORMATTED
    write(path, { 'src/sign.ts': sign.replace("return 'plus'", 'return "plus";') })
    await expect(workspace.collect({ ...of, message: 'work\n' })).rejects.toMatchObject({
      code: 'nothing_changed',
    })
  })

  it('keeps a new mode when formatting restores the text', async () => {
    const { workspace, of, path } = await worktreeOf(FORMATTED)
    const { 'src/sign.ts': sign = '' } = FORMATTED
    write(path, { 'src/sign.ts': sign.replace("return 'plus'", 'return "plus";') })
    chmodSync(join(path, 'src/sign.ts'), 0o755)
    const { commit } = await workspace.collect({ ...of, message: 'work\n' })
    expect(git(workspace.clone, 'diff', '--raw', '--abbrev=4', `${commit}~`, commit)).toMatch(
      /^:100644 100755 (\w+) \1 M\tsrc\/sign\.ts\n$/,
    )
  })

  it('is formatted when tests are handed in by their text', async () => {
    const { workspace, of, at } = await worktreeOf(FORMATTED)
    const files = [{ path: 'test/a.canopy.test.ts', source: 'const a = {b:"c"};void a\n' }]
    const submission = await workspace.submit({ ...of, files, cases: 1, message: 'tests' })
    expect(at(submission, 'test/a.canopy.test.ts')).toBe("const a = { b: 'c' }\nvoid a\n")
  })
})

describe('formatters', () => {
  const playground = new Playground()
  afterAll(() => playground.dispose())
  const prettier = { 'node_modules/prettier/bin/prettier.cjs': '' }
  const biome = { 'biome.json': '{}', 'node_modules/@biomejs/biome/bin/biome': '' }
  const scripts = (format: string) => ({ 'package.json': JSON.stringify({ scripts: { format } }) })
  const ruff = { 'node_modules/.bin/ruff': '' }
  const black = { 'node_modules/.bin/black': '' }
  it.each<[string, Files, string[]]>([
    ['none that is not installed', { '.prettierrc': '{}' }, []],
    ['none that nothing names', prettier, []],
    ['prettier by its configuration', { ...prettier, '.prettierrc.json': '{}' }, ['prettier']],
    ['prettier by package.json', { ...prettier, 'package.json': '{"prettier":{}}' }, ['prettier']],
    ['prettier by a script', { ...prettier, ...scripts('prettier --check .') }, ['prettier']],
    [
      'prettier of version 2',
      { 'node_modules/prettier/bin-prettier.js': '', '.prettierrc': '' },
      ['prettier'],
    ],
    ['no biome that only lints', { ...biome, ...scripts('biome lint .') }, []],
    ['biome by a script', { ...biome, ...scripts('biome ci') }, ['biome']],
    ['both', { ...prettier, ...biome, ...scripts('prettier . && biome check') }, ['prettier', 'biome']],
    ['no ruff that only lints', { ...ruff, 'pyproject.toml': '[tool.ruff]\n[tool.ruff.lint]\n' }, []],
    ['ruff by pyproject', { ...ruff, ...black, 'pyproject.toml': '[tool.ruff.format]\n' }, ['ruff']],
    ['ruff by its own file', { ...ruff, 'ruff.toml': 'line-length = 90\n[format]\n' }, ['ruff']],
    [
      'ruff by a hook',
      { ...ruff, ...black, '.pre-commit-config.yaml': '- id: ruff\n- id: ruff-format\n' },
      ['ruff'],
    ],
    ['ruff by nox', { ...ruff, 'noxfile.py': 'session.run("ruff", "format", "--check")\n' }, ['ruff']],
    ['black by pyproject', { ...ruff, ...black, 'pyproject.toml': '[tool.black]\n[tool.ruff]\n' }, ['black']],
    ['black by a hook', { ...black, '.pre-commit-config.yaml': '    - id: black\n' }, ['black']],
    ['black by tox', { ...black, 'tox.ini': 'commands = black --check .\n' }, ['black']],
    ['no black that is not installed', { ...ruff, 'pyproject.toml': '[tool.black]\n' }, []],
    ['no black that nothing names', { ...black, 'tox.ini': 'description = black box tests\n' }, []],
  ])('are %s', async (name, files, found) => {
    const root = join(playground.root, name.replaceAll(' ', '-'))
    write(root, { 'README.md': '', ...files })
    expect((await formattersIn({ root, dependencies: root })).map((one) => one.name)).toEqual(found)
  })
})

describe('linters that mend a text', () => {
  const playground = new Playground()
  afterAll(() => playground.dispose())
  const eslint = { 'node_modules/eslint/bin/eslint.js': '', 'eslint.config.js': '' }
  const xo = { 'node_modules/xo/dist/cli.js': '', 'node_modules/eslint/bin/eslint.js': '' }
  const standard = { 'node_modules/standard/bin/cmd.cjs': '' }
  const scripts = (test: string) => ({ 'package.json': JSON.stringify({ scripts: { test } }) })
  const fixers = (name: string, files: Files) => {
    const root = join(playground.root, name.replaceAll(' ', '-'))
    write(root, { 'README.md': '', ...files })
    return fixersIn({ root, dependencies: root })
  }

  it.each<[string, Files, string[]]>([
    ['none that is not installed', { 'eslint.config.js': '', ...scripts('xo && standard') }, []],
    ['eslint by its configuration', eslint, ['eslint']],
    ['eslint where the script names none', { ...eslint, ...scripts('mocha') }, ['eslint']],
    ['xo by a script', { ...xo, ...scripts('xo && ava') }, ['xo']],
    ['no xo that no script names', { ...xo, ...scripts('ava') }, []],
    ['standard by a script', { ...standard, ...scripts('standard | snazzy && tape') }, ['standard']],
    ['xo of an old version', { 'node_modules/xo/cli.js': '', ...scripts('xo') }, ['xo']],
  ])('are %s', async (name, files, found) => {
    expect((await fixers(name, files)).map((one) => one.name)).toEqual(found)
  })

  const report = (output?: string) => JSON.stringify([{ filePath: 'a.js', messages: [], output }])
  it.each([
    ['eslint', eslint, 'mended', { code: 0, stdout: report('const a = 1;') }, 'const a = 1;'],
    ['eslint', eslint, 'mended in part', { code: 1, stdout: report('b') }, 'b'],
    ['eslint', eslint, 'nothing to mend', { code: 1, stdout: report() }, 'before'],
    ['eslint', eslint, 'words before the report', { code: 0, stdout: `Warning\n${report('c')}` }, 'c'],
    ['eslint', eslint, 'a crash', { code: 2, stdout: report('d') }, undefined],
    ['eslint', eslint, 'no report', { code: 1, stdout: 'Oops!' }, undefined],
    ['xo', { ...xo, ...scripts('xo') }, 'mended', { code: 0, stdout: 'e' }, 'e'],
    ['xo', { ...xo, ...scripts('xo') }, 'complaints left', { code: 1, stdout: 'f' }, 'f'],
    ['xo', { ...xo, ...scripts('xo') }, 'a crash', { code: 2, stdout: 'g' }, undefined],
    [
      'standard',
      { ...standard, ...scripts('standard') },
      'nothing printed',
      { code: 1, stdout: '' },
      undefined,
    ],
  ])('%s: the text after it was run, case %#', async (name, files, what, output, text) => {
    const [fixer] = await fixers(`${name} ${what}`, files)
    expect(fixer?.name).toBe(name)
    expect(fixer?.read(output, 'before')).toBe(text)
  })
})
