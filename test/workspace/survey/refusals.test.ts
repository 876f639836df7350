// Repositories that are refused before any work begins: the code and the whole sentence, with the way out. Git is real; nothing of
// the repository is started.

import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openUserRepository, openWorkspace, type WorkspaceOptions } from '../../../workspace/index.ts'
import { checkoutDifferences } from '../../../workspace/survey/checkout-differences.ts'
import { surveyAt } from '../../../workspace/survey/survey-at.ts'
import { trackedFiles } from '../../../workspace/survey/tracked-files.ts'
import { type Entry, exited, GitBench, surveyOf, writeEntries } from '../git-bench.ts'
import { commitAll, git } from '../repositories.ts'

const PACKAGE = {
  'package.json': JSON.stringify({ name: 'x', scripts: { test: 'node --test' } }),
  'src/a.js': 'export const a = 1\n',
  'test/a.test.js': "import 'node:test'\n",
}

let bench: GitBench
beforeEach(() => {
  bench = new GitBench(PACKAGE)
})
afterEach(() => bench.dispose())

async function surveyed(
  options: Partial<WorkspaceOptions> = {},
  order: { allowDirty?: boolean } = {},
): Promise<{ kind: string; code?: string; message?: string }> {
  const run = () => Promise.resolve(exited(1, { stderr: 'nothing runs here' }))
  const workspace = await openWorkspace({
    repository: bench.repository,
    directory: join(bench.playground.root, 'survey-data'),
    sandbox: { kind: 'bubblewrap', run },
    ...options,
  })
  return workspace.survey(order)
}

/** Replaces the files of HEAD. */
function commitOnly(files: Readonly<Record<string, Entry>>): void {
  git(bench.repository, 'rm', '-r', '--quiet', '--force', '.')
  bench.write(files)
  bench.commit()
}

describe('a folder without a commit to start from', () => {
  it('is refused when it is no repository', async () => {
    const path = join(bench.playground.root, 'plain')
    mkdirSync(path)
    expect(await surveyed({ repository: path })).toEqual({
      kind: 'refused',
      code: 'not_a_repository',
      message: `${path} is not a git repository with a checkout. Make one with: git init && git add . && git commit`,
    })
  })

  it('is refused when it is missing', async () => {
    const path = join(bench.playground.root, 'missing')
    expect(await surveyed({ repository: path })).toMatchObject({ code: 'not_a_repository' })
  })

  it('is refused below the top folder, with that folder as one word of the shell', async () => {
    const odd = new GitBench(PACKAGE, "it's here")
    expect(await surveyed({ repository: join(odd.repository, 'src') })).toEqual({
      kind: 'refused',
      code: 'not_the_top_folder',
      message: `${realpathSync(odd.repository)}/src lies inside the repository ${odd.repository}. Give that one: --repo '${odd.repository.replace("'", `'\\''`)}'`,
    })
    odd.dispose()
  })

  it('is refused before the first commit', async () => {
    const path = join(bench.playground.root, 'new')
    git(bench.playground.root, 'init', '--quiet', path)
    expect(await surveyed({ repository: path })).toEqual({
      kind: 'refused',
      code: 'no_commit',
      message: `${path} has no commit yet. The work starts from HEAD: commit first.`,
    })
  })

  it('is refused when it is a bare repository', async () => {
    const path = join(bench.playground.root, 'bare.git')
    git(bench.playground.root, 'clone', '--quiet', '--bare', bench.repository, path)
    expect(await surveyed({ repository: path })).toMatchObject({ code: 'not_a_repository' })
  })
})

describe('changes that are not committed', () => {
  it('are refused with their names', async () => {
    bench.write({ 'src/a.js': 'export const a = 2\n' })
    expect(await surveyed()).toEqual({
      kind: 'refused',
      code: 'uncommitted_changes',
      message:
        '1 tracked file has changes that are not committed, and the work starts from HEAD without them: src/a.js. Commit or stash them, or give --allow-dirty.',
    })
  })

  it('are refused with five names at most', async () => {
    const files = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`src/${at}.js`, 'x\n']))
    bench.write(files)
    bench.commit()
    bench.write(Object.fromEntries(Object.keys(files).map((path) => [path, 'y\n'])))
    const { message } = await surveyed()
    expect(message).toMatch(
      /^7 tracked files have changes .*: src\/0\.js, src\/1\.js, src\/2\.js, src\/3\.js, src\/4\.js\. /,
    )
  })

  it('are staged ones, removed files, modes and links, too', async () => {
    const names = ['linked.js', 'mode.js', 'removed.js', 'staged.js']
    bench.write(Object.fromEntries(names.map((name) => [name, 'x\n'])))
    bench.commit()
    bench.write({ 'staged.js': 'y\n', 'mode.js': { bytes: 'x\n', mode: 0o755 } })
    git(bench.repository, 'add', 'staged.js')
    for (const name of ['removed.js', 'linked.js']) rmSync(join(bench.repository, name))
    symlinkSync('package.json', join(bench.repository, 'linked.js'))
    expect((await surveyed()).message).toContain(`: ${names.join(', ')}. Commit or stash them`)
  })

  it('do not matter in prose and pictures, in unknown files, and where the user allowed them', async () => {
    const prose = ['README.md', 'docs/logo.SVG', 'LICENSE', 'doc/guide.adoc', 'CODEOWNERS', 'notes.txt']
    bench.write(Object.fromEntries(prose.map((path) => [path, 'one\n'])))
    bench.commit()
    bench.write(Object.fromEntries(prose.map((path) => [path, 'two\n'])))
    bench.write({ 'untracked.js': 'x\n' })
    expect((await surveyed()).code).not.toBe('uncommitted_changes')
    bench.write({ 'src/a.js': 'export const a = 2\n' })
    expect((await surveyed()).code).toBe('uncommitted_changes')
    expect((await surveyed({}, { allowDirty: true })).code).not.toBe('uncommitted_changes')
  })
})

describe('a commit without anything to test', () => {
  it('is refused without a package.json', async () => {
    commitOnly({ 'main.go': 'package main\n' })
    expect(await surveyed()).toEqual({
      kind: 'refused',
      code: 'no_package',
      message: `${bench.repository} has no package.json in its top folder at HEAD. For another language, say how the tests are run: 'commands: { tests: ... }' in canopy.yaml.`,
    })
  })

  it('is refused with a package.json that cannot be read', async () => {
    commitOnly({ ...PACKAGE, 'package.json': '{ "name": ' })
    const { code, message } = await surveyed()
    expect(code).toBe('no_package')
    expect(message).toMatch(/^package\.json at HEAD cannot be read: .+ For another language, /)
  })

  it('is refused without a test file', async () => {
    commitOnly({ 'package.json': PACKAGE['package.json'], 'src/a.js': '' })
    expect(await surveyed()).toMatchObject({
      code: 'no_tests',
      message: `${bench.repository} has no test file. Canopy adds to tests that pass: write a first one (such as test/first.test.ts) and commit it.`,
    })
  })

  it('is refused without a source', async () => {
    commitOnly({ 'package.json': PACKAGE['package.json'], 'test/a.test.js': "import 'node:test'\n" })
    expect(await surveyed()).toMatchObject({
      code: 'nothing_to_test',
      message:
        'There is nothing to write tests for: no .ts, .mts, .js, .mjs or .cjs file is a source of its own.',
    })
  })

  it('is refused without a command that runs tests', async () => {
    commitOnly({ ...PACKAGE, 'package.json': '{"name":"x"}', 'test/a.test.js': 'x\n' })
    expect(await surveyed()).toMatchObject({
      code: 'no_runner',
      message:
        "No command that runs tests was found: package.json has no test script. 'commands: { tests: ... }' in canopy.yaml says how the tests are run.",
    })
  })

  it('is refused when no package brings the runner', async () => {
    commitOnly({ ...PACKAGE, 'package.json': JSON.stringify({ scripts: { test: 'jest' } }) })
    mkdirSync(join(bench.repository, 'node_modules'))
    const packages = join(bench.playground.root, 'packages')
    mkdirSync(packages)
    const source = { registries: [{ url: 'http://127.0.0.1:1/' }], allowed: new Set<never>() }
    const { code, message } = await surveyed({ packages, packageSource: source })
    expect(['no_runner', 'dependencies_not_installed']).toContain(code)
    expect(message).toMatch(/jest|Dependencies could not be installed/)
  })
})

describe('packages that are tracked as a link', () => {
  it.each([
    ['node_modules', 'node_modules'],
    ['node_modules/@own', "'node_modules/@own'"],
  ])('are refused: %s', async (path, word) => {
    const folder = join(bench.repository, path, '..')
    mkdirSync(folder, { recursive: true })
    symlinkSync('/opt/packages', join(bench.repository, path))
    git(bench.repository, 'add', '--force', path)
    git(bench.repository, 'commit', '--quiet', '--message', 'link')
    const { code, message } = await surveyed()
    expect(code).toBe('linked_packages')
    expect(message?.replaceAll("'", '')).toBe(
      `${path} in ${bench.repository} is tracked as a link or a submodule. Remove it from git (git rm --cached ${word.replaceAll("'", '')}); to use a folder of packages elsewhere: --dependencies DIR.`,
    )
  })

  it('are refused as a submodule', async () => {
    const head = git(bench.repository, 'rev-parse', 'HEAD').trim()
    git(bench.repository, 'update-index', '--add', '--cacheinfo', `160000,${head},node_modules`)
    git(bench.repository, 'commit', '--quiet', '--message', 'submodule')
    expect(await surveyed()).toMatchObject({ code: 'linked_packages' })
  })
})

describe('a checkout that is too large', () => {
  const limited = async (disk: { bytes: number; files: number }) => {
    await bench.open({ sandbox: { kind: 'bubblewrap', disk, run: async () => exited(0) } })
    return trackedFiles(bench.workspace.parts, bench.head).catch((error: Error) => error.message)
  }
  const wayOut = 'In your own file you may say more: sandbox: { disk-mb, files }.'

  it('is refused by its files, one more than the limit', async () => {
    expect(await limited({ bytes: 1e9, files: 3 })).toEqual(['package.json', 'src/a.js', 'test/a.test.js'])
    expect(await limited({ bytes: 1e9, files: 2 })).toBe(
      `A checkout of ${bench.repository} has more than 2 files. ${wayOut}`,
    )
  })

  it('is refused by its bytes, although git stores the same content once', async () => {
    const text = 'x'.repeat(1024 * 1024)
    bench.write({ 'a.txt': text, 'b.txt': text, 'c.txt': text })
    bench.commit()
    expect(await limited({ bytes: 4 * 1024 * 1024, files: 100 })).toHaveLength(6)
    expect(await limited({ bytes: 3 * 1024 * 1024, files: 100 })).toBe(
      `A checkout of ${bench.repository} has more than 3 MB. ${wayOut}`,
    )
  })

  it('has names as they are: spaces, quotes, line ends, other letters', async () => {
    const names = ['a b', '"q"', "it's", 'new\nline', 'tab\there', 'ünï', '文', '-n']
    bench.write(Object.fromEntries(names.map((name) => [name, 'x'])))
    bench.commit()
    expect(await limited({ bytes: 1e9, files: 100 })).toEqual(expect.arrayContaining(names))
  })
})

describe('how a fresh checkout differs from that of the user', () => {
  const differences = async (said = '', files: readonly string[] = [], more = {}) => {
    await bench.open()
    return checkoutDifferences(bench.workspace.parts, { head: bench.head, said, files, ...more })
  }
  const node = `The tests ran under Node ${process.version.slice(1)} (Canopy's own).`

  it('is Node alone where nothing else differs', async () => {
    expect(await differences()).toEqual([node])
    const other = { version: 'v20.1.0', path: '/opt/node', reason: '.nvmrc: 20' }
    expect(await differences('', [], { node: other })).toEqual([
      'The tests ran under Node 20.1.0 (.nvmrc: 20).',
    ])
  })

  it('is files that git ignores, those first that the failure names', async () => {
    bench.write({ '.gitignore': 'gen.js\n.env\nother/\nnode_modules/\ncoverage/\n*.log\n' })
    bench.commit()
    writeEntries(bench.repository, {
      'src/gen.js': '',
      '.env': '',
      'other/x': '',
      'coverage/x': '',
      'a.log': '',
      'node_modules/x': '',
    })
    expect((await differences("Cannot find module './gen'"))[0]).toBe(
      'Files that git ignores are not in it: src/gen.js (named in the failure), .env, other/.',
    )
  })

  it('is at most eight of them by name', async () => {
    bench.write({ '.gitignore': '*.gen\n' })
    bench.commit()
    writeEntries(
      bench.repository,
      Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`${at}.gen`, ''])),
    )
    expect((await differences())[0]).toMatch(
      /^Files that git ignores are not in it: (\d+\.gen, ){7}\d+\.gen and 3 more\.$/,
    )
  })

  it('is submodules, which are empty in it', async () => {
    git(bench.repository, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib x`)
    git(bench.repository, 'commit', '--quiet', '--message', 'submodule')
    expect(await differences()).toContain('Submodules are empty in it: vendor/lib x.')
  })

  it('is pointers of Git LFS', async () => {
    bench.write({
      'data/big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
      'docs/lfs.md': 'the pointer is version https://git-lfs.github.com/spec/v1\n',
    })
    bench.commit()
    expect(await differences()).toContain(
      'Files of Git LFS are pointers in it, not their content: data/big.bin.',
    )
  })

  it('is variables of the shell that the failing tests name', async () => {
    process.env.CANOPY_SURVEY_URL = 'x'
    bench.write({
      'test/env.test.js':
        "process.env.CANOPY_SURVEY_URL; process.env['CANOPY_SURVEY_URL']; process.env.HOME; process.env.NOT_SET_ANYWHERE\n",
    })
    bench.commit()
    expect(await differences('', ['test/env.test.js', 'test/missing.test.js'])).toContain(
      'Variables of your shell are not set for them: CANOPY_SURVEY_URL.',
    )
    delete process.env.CANOPY_SURVEY_URL
  })

  it('is the network where a test asks for it, and not where a test asks this machine', async () => {
    await bench.open()
    const told = (said: string) =>
      checkoutDifferences(bench.workspace.parts, { head: bench.head, said, files: [] })
    for (const said of [
      'getaddrinfo ENOTFOUND example.org',
      'connect ECONNREFUSED 10.0.0.1:5432',
      'fetch failed',
    ])
      expect(await told(`Error: ${said}`)).toContain(`They have no network: ${said}.`)
    for (const said of [
      'connect ECONNREFUSED 127.0.0.1:80',
      'connect ECONNREFUSED ::1:80',
      'expected 1 to be 2',
    ])
      expect((await told(said)).join()).not.toContain('network')
  })

  it('is the scripts that ran before', async () => {
    expect(await differences('', [], { setup: ['npm run build', 'npm run gen'] })).toContain(
      'Before them ran: npm run build && npm run gen',
    )
  })
})

describe('the modules of a later commit', () => {
  it('are those that still exist and those that were added', async () => {
    await bench.open()
    const survey = surveyOf(bench.repository, bench.head, { modules: ['src/a.js'] })
    bench.write({
      'src/b.js': 'export const b = 1\n',
      'test/b.test.js': '',
      'src/types.d.ts': '',
      'README.md': '',
    })
    bench.commit()
    await bench.fetch()
    const { clone } = bench.workspace.parts
    expect((await surveyAt(clone, survey, bench.head)).modules).toEqual(['src/a.js', 'src/b.js'])
    git(bench.repository, 'mv', 'src/a.js', 'src/renamed.js')
    bench.commit()
    await bench.fetch()
    expect((await surveyAt(clone, survey, bench.head)).modules).toEqual(['src/b.js', 'src/renamed.js'])
  })

  it('are the same object where none was added or removed', async () => {
    await bench.open()
    const survey = surveyOf(bench.repository, bench.head, { modules: ['src/a.js'] })
    bench.write({ 'src/a.js': 'export const a = 3\n', 'test/b.test.js': '' })
    bench.commit()
    await bench.fetch()
    expect(await surveyAt(bench.workspace.parts.clone, survey, bench.head)).toBe(survey)
  })
})

describe("the user's repository without a workspace", () => {
  const opened = () =>
    openUserRepository({
      repository: bench.repository,
      directory: join(bench.playground.root, 'own/directory'),
    })

  it('tells HEAD, the tree of a branch, and whether anything is uncommitted', async () => {
    const repository = await opened()
    expect(await repository.head()).toBe(git(bench.repository, 'rev-parse', 'HEAD').trim())
    expect(await repository.tree('main')).toBe(git(bench.repository, 'rev-parse', 'HEAD^{tree}').trim())
    expect(await repository.tree('other')).toBeUndefined()
    expect(await repository.isDirty()).toBe(false)
    writeFileSync(join(bench.repository, 'new.txt'), '')
    expect(await repository.isDirty()).toBe(true)
  })

  it('is checked out elsewhere on a branch of the same name, with nothing shared', async () => {
    const start = git(bench.repository, 'rev-parse', 'HEAD').trim()
    git(bench.repository, 'checkout', '--quiet', '-b', 'feature/x')
    bench.write({ 'src/a.js': 'export const a = 9\n' })
    commitAll(bench.repository, 'later')
    const place = join(bench.playground.root, 'elsewhere')
    await (await opened()).cloneAt(start, place)
    expect(git(place, 'rev-parse', 'HEAD').trim()).toBe(start)
    expect(git(place, 'branch', '--show-current').trim()).toBe('feature/x')
    expect(git(place, 'status', '--porcelain')).toBe('')
    expect(() => git(place, 'config', 'remote.origin.fetch.none')).toThrow()
    git(place, 'fsck', '--full')
  })

  it('is checked out on main where HEAD is detached', async () => {
    git(bench.repository, 'checkout', '--quiet', '--detach')
    const place = join(bench.playground.root, 'detached')
    const repository = await opened()
    await repository.cloneAt((await repository.head()) ?? '', place)
    expect(git(place, 'branch', '--show-current').trim()).toBe('main')
  })

  it('has no HEAD before the first commit', async () => {
    const path = join(bench.playground.root, 'new')
    git(bench.playground.root, 'init', '--quiet', path)
    const repository = await openUserRepository({
      repository: path,
      directory: join(bench.playground.root, 'own'),
    })
    expect(await repository.head()).toBeUndefined()
  })
})
