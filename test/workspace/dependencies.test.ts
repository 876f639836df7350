// What is installed and how: the real npm in the sandbox, with a registry on loopback.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DependencyRequest, provideDependencies, readableWith } from '../../workspace/dependencies.ts'
import { linkDependencies } from '../../workspace/link-dependencies.ts'
import { placesIn } from '../../workspace/places.ts'
import { bubblewrap } from '../../workspace/sandbox/bubblewrap.ts'
import { unsandboxed } from '../../workspace/sandbox/unsandboxed.ts'
import { Registry } from '../registry.ts'
import { findBwrap } from './find-bwrap.ts'
import { Playground, write } from './repositories.ts'

let playground: Playground
const registry = new Registry()

beforeAll(async () => {
  await registry.listen()
  const vitest = (version: string, more = {}) => registry.publish('vitest', version, { 'index.js': '' }, more)
  vitest('5.1.1')
  registry.publish('vite', '8.0.0', { 'index.js': '' })
  for (const version of ['5.1.1', '4.1.0', '5.0.0', '3.2.0'])
    registry.publish('@vitest/coverage-v8', version, { 'index.js': '' })
  for (const version of ['1.6.0', '3.1.4'])
    registry.publish('@vitest/coverage-istanbul', version, { 'index.js': '' })
  registry.publish('debug', '2.0.0', { 'index.js': '' })
  registry.publish('picky', '1.0.0', { 'index.js': '' }, { peerDependencies: { vite: '7.0.0' } })
})
afterAll(() => registry.close())
beforeEach(() => {
  playground = new Playground()
  registry.requests.length = 0
})
afterEach(() => playground.dispose())

const NEEDED = { vitest: '5.1.1', vite: '^8.0.0', '@vitest/coverage-v8': '5.1.1' }
const manifest = (dependencies: Readonly<Record<string, string>>) => ({
  'package.json': JSON.stringify({ name: 'shop', version: '1.0.0', dependencies }),
})

function order(more: Partial<DependencyRequest> = {}): DependencyRequest {
  const repository = join(playground.root, 'repository')
  mkdirSync(repository, { recursive: true })
  return {
    tracked: [],
    ...{ repository, runner: 'vitest', packageManager: 'npm', cache: join(playground.root, 'cache') },
    ...{ files: manifest(NEEDED), log: () => {}, sandbox: bubblewrap({ path: findBwrap() }) },
    packageSource: { registries: [{ url: registry.url }], allowed: new Set() },
    ...more,
  }
}

/** An installed package in the user's own folder. */
function installed(packages: Readonly<Record<string, string>>): void {
  const folder = join(playground.root, 'repository/node_modules')
  for (const [name, version] of Object.entries(packages)) {
    write(folder, { [`${name}/package.json`]: JSON.stringify({ name, version }) })
  }
}

it('takes what the user has installed when all is there', async () => {
  installed({ vitest: '5.1.1', '@vitest/coverage-v8': '5.1.1', vite: '8.0.0' })
  expect(await provideDependencies(order())).toBe(join(playground.root, 'repository/node_modules'))
  expect(registry.requests).toEqual([])
})

it('installs from the registry, once for the same files', async () => {
  const folder = await provideDependencies(order())
  expect(folder.startsWith(join(playground.root, 'cache'))).toBe(true)
  expect(readdirSync(join(folder, '..'))).toEqual(['node_modules'])
  expect(existsSync(join(folder, 'vitest/index.js'))).toBe(true)
  expect(registry.requests).toContain('GET /vitest/-/vitest-5.1.1.tgz')
  const asked = registry.requests.length
  expect(await provideDependencies(order())).toBe(folder)
  expect(registry.requests).toHaveLength(asked)
})

it('installs by the lock file, whatever public address it names', async () => {
  const integrity = registry.publish('old', '1.0.0', { 'index.js': 'old' })
  registry.publish('old', '1.1.0', { 'index.js': 'new' })
  const resolved = 'https://registry.npmjs.org/old/-/old-1.0.0.tgz'
  const lock = {
    ...{ name: 'shop', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': { name: 'shop', version: '1.0.0', dependencies: { old: '^1.0.0' } },
      'node_modules/old': { version: '1.0.0', resolved, integrity },
    },
  }
  const files = { ...manifest({ old: '^1.0.0' }), 'package-lock.json': JSON.stringify(lock, null, 2) }
  const folder = await provideDependencies(order({ runner: 'command', files }))
  expect(readFileSync(join(folder, 'old/index.js'), 'utf8')).toBe('old')
})

it.each([
  { name: 'bubblewrap', sandbox: () => bubblewrap({ path: findBwrap() }) },
  { name: 'no', sandbox: unsandboxed },
])('asks for an allowed dependency where it is, not at the registry ($name sandbox)', async ({ sandbox }) => {
  const resolved = 'https://packages.invalid/e-1.0.0.tgz'
  const dependencies = { ...NEEDED, e: resolved }
  const packages = { '': { dependencies }, 'node_modules/e': { version: '1.0.0', resolved } }
  const files = {
    ...manifest(dependencies),
    'package-lock.json': JSON.stringify({ name: 'shop', lockfileVersion: 3, requires: true, packages }),
  }
  const packageSource = { registries: [{ url: registry.url }], allowed: new Set(['url'] as const) }
  const asked = provideDependencies(order({ files, packageSource, sandbox: sandbox() }))
  const refused = await asked.catch((error: Error) => error)
  // Said by Canopy's own end of the tunnel, which looks the name up.
  expect((refused as Error).message).toMatch(/getaddrinfo \w+ packages\.invalid/)
  expect(registry.requests.filter((request) => request.includes('e-1.0.0.tgz'))).toEqual([])
})

it.each([{ allowed: [] }, { allowed: ['git', 'url'] }] as const)(
  'installs without a sandbox, through a port that asks for a token (allowed: $allowed)',
  async ({ allowed }) => {
    const packageSource = { registries: [{ url: registry.url }], allowed: new Set(allowed) }
    const folder = await provideDependencies(order({ sandbox: unsandboxed(), packageSource }))
    expect(existsSync(join(folder, 'vitest/package.json'))).toBe(true)
    expect(registry.requests).toContain('GET /vitest')
  },
)

it('tries more leniently when lock file or peers do not fit', async () => {
  const files = { ...manifest({ ...NEEDED, picky: '1.0.0' }), 'package-lock.json': '{"lockfileVersion":3}' }
  const folder = await provideDependencies(order({ files }))
  expect(existsSync(join(folder, 'picky/index.js'))).toBe(true)
})

it('does not ask again in other words when the registry cannot be reached, and leaves nothing half done', async () => {
  const packageSource = { registries: [{ url: 'http://127.0.0.1:9/' }], allowed: new Set<never>() }
  const refused = provideDependencies(order({ packageSource }))
  await expect(refused).rejects.toMatchObject({ code: 'dependencies_not_installed' })
  await expect(refused).rejects.toThrow(
    /Install them yourself \(npm install\)[\s\S]*127.0.0.1:9 could not be reached \(ECONNREFUSED/,
  )
  expect(readdirSync(join(playground.root, 'cache')).filter((name) => !name.startsWith('fetched-'))).toEqual(
    [],
  )
})

it('uses npm when the package manager of the lock file is not there', async () => {
  const files = { ...manifest(NEEDED), 'yarn.lock': '' }
  const folder = await provideDependencies(order({ packageManager: 'yarn', files }))
  expect(existsSync(join(folder, 'vitest/index.js'))).toBe(true)
})

it('adds what measuring needs to what is installed, without touching that', async () => {
  installed({ vitest: '4.1.0', debug: '1.0.0', '@vitest/runner': '4.1.0' })
  const folder = await provideDependencies(order())
  expect(registry.requests).toContain('GET /@vitest/coverage-v8/-/coverage-v8-4.1.0.tgz')
  expect(readdirSync(join(folder, '@vitest')).sort()).toEqual(['coverage-v8', 'runner'])
  const own = join(playground.root, 'repository/node_modules')
  expect(realpathSync(join(folder, 'debug'))).toBe(join(own, 'debug'))
  const provider = realpathSync(join(folder, '@vitest/coverage-v8'))
  expect(realpathSync(join(provider, '../../vitest'))).toBe(realpathSync(join(folder, 'vitest')))
  const places = placesIn(join(playground.root, 'data'), join(playground.root, 'cache'))
  expect(await readableWith(places, folder)).toEqual([join(folder, '..'), own])
  expect(readdirSync(own).sort()).toEqual(['@vitest', 'debug', 'vitest'])
  const asked = registry.requests.length
  expect(await provideDependencies(order())).toBe(folder)
  expect(registry.requests).toHaveLength(asked)
})

it('adds it so that vitest finds it from its own folder, also in a store of pnpm', async () => {
  const own = join(playground.root, 'repository/node_modules')
  const store = join(own, '.pnpm/vitest@4.1.0/node_modules')
  const manifestOf = (name: string) => ({
    [`${name}/package.json`]: JSON.stringify({ name, version: '4.1.0' }),
  })
  write(store, { ...manifestOf('vitest'), ...manifestOf('@vitest/runner') })
  symlinkSync(join(store, 'vitest'), join(own, 'vitest'))
  const folder = await provideDependencies(order())
  const from = createRequire(realpathSync(join(folder, 'vitest/package.json')))
  const found = (name: string) => realpathSync(from.resolve(`${name}/package.json`))
  expect(found('@vitest/coverage-v8')).toContain('.canopy-additions')
  expect(found('@vitest/runner')).toBe(join(store, '@vitest/runner/package.json'))
  expect(existsSync(join(store, 'vitest/node_modules'))).toBe(false)
})

it.each([
  ['3.1.4', 'coverage-istanbul'],
  ['3.2.0', 'coverage-v8'],
])('measures vitest %s with %s', async (version, provider) => {
  installed({ vitest: version })
  await provideDependencies(order())
  expect(registry.requests).toContain(`GET /@vitest/${provider}/-/${provider}-${version}.tgz`)
})

it('lets a package that depends on nothing be tested with Node alone', async () => {
  expect(readdirSync(await provideDependencies(order({ runner: 'node', files: manifest({}) })))).toEqual([])
})

it('links packages one by one, those of the repository itself to the worktree', () => {
  installed({ plain: '1.0.0', '@scope/inner': '1.0.0' })
  const repository = join(playground.root, 'repository')
  write(repository, {
    'packages/own/package.json': '{}',
    'node_modules/.cache/x': '',
    'node_modules/.bin/tool': '',
  })
  playground.link(join(repository, 'packages/own'), join(repository, 'node_modules/own'))
  const links = join(playground.root, 'links')
  for (const worktree of ['first', 'second'].map((name) => join(playground.root, name))) {
    write(worktree, { 'packages/own/package.json': '{}' })
    linkDependencies({ worktree, repository, links, dependencies: join(repository, 'node_modules') })
    const leads = (name: string) => realpathSync(join(worktree, 'node_modules', name))
    expect(readdirSync(join(worktree, 'node_modules')).sort()).toEqual(['.bin', '@scope', 'own', 'plain'])
    expect(leads('plain')).toBe(join(repository, 'node_modules/plain'))
    expect(leads('@scope/inner')).toBe(join(repository, 'node_modules/@scope/inner'))
    expect(leads('own')).toBe(join(worktree, 'packages/own'))
  }
})

describe("the programs of the repository's own packages", () => {
  const linked = (bin: unknown, files: Readonly<Record<string, string>> = {}, name = 'own') => {
    const repository = join(playground.root, 'repository')
    const worktree = join(playground.root, 'worktree')
    const packages = { 'packages/own/package.json': JSON.stringify({ name, bin }), ...files }
    for (const folder of [repository, worktree]) write(folder, packages)
    write(repository, { 'node_modules/.bin/tool': '' })
    mkdirSync(dirname(join(repository, 'node_modules', name)), { recursive: true })
    playground.link(join(repository, 'packages/own'), join(repository, 'node_modules', name))
    const links = join(playground.root, 'links')
    linkDependencies({ worktree, repository, links, dependencies: join(repository, 'node_modules') })
    return join(worktree, 'node_modules/.bin')
  }
  const program = { 'packages/own/cli.mjs': 'console.log(process.argv.slice(2).join())\n' }

  it.each([
    ['one', 'cli.mjs', 'own', 'own'],
    ['one of a scope', './cli.mjs', '@scope/own', 'own'],
    ['one of another name', { other: 'cli.mjs' }, 'own', 'other'],
  ])('are those of the worktree, beside the installed ones: %s', (_which, bin, name, called) => {
    const folder = linked(bin, program, name)
    expect(readdirSync(folder).sort()).toEqual([called, 'tool'].sort())
    expect(realpathSync(join(folder, 'tool'))).toBe(
      join(playground.root, 'repository/node_modules/.bin/tool'),
    )
    expect(execFileSync(join(folder, called), ['a b', 'c'], { encoding: 'utf8' })).toBe('a b,c\n')
  })

  it('are links where they are executable', () => {
    const repository = join(playground.root, 'repository')
    const worktree = join(playground.root, 'worktree')
    for (const folder of [repository, worktree]) {
      write(folder, program)
      chmodSync(join(folder, 'packages/own/cli.mjs'), 0o755)
    }
    const folder = linked('cli.mjs')
    expect(realpathSync(join(folder, 'own'))).toBe(join(worktree, 'packages/own/cli.mjs'))
  })

  it.each([
    ['missing', 'dist/cli.js'],
    ['outside of the package', '../other/cli.js'],
    ['of a name with a folder', { '../x': 'cli.mjs' }],
    ['of another form', 7],
  ])('are left out where they are %s', (_which, bin) => {
    expect(readdirSync(linked(bin, { ...program, 'packages/other/cli.js': '' }))).toEqual(['tool'])
  })
})

describe('a repository of several packages', () => {
  const packages = {
    'package.json': JSON.stringify({ name: 'all', private: true, workspaces: ['packages/*'] }),
    'packages/a/package.json': JSON.stringify({
      ...{ name: 'a', version: '1.0.0' },
      dependencies: { debug: '2.0.0', vite: '8.0.0' },
    }),
    'packages/b/package.json': JSON.stringify({
      ...{ name: 'b', version: '1.0.0' },
      dependencies: { a: '*', debug: '1.0.0' },
    }),
  }

  it('is installed as a whole, and each worktree has its own copies of them', async () => {
    registry.publish('debug', '1.0.0', { 'index.js': '' })
    const folder = await provideDependencies(order({ runner: 'node', files: packages }))
    const worktree = join(playground.root, 'worktree')
    write(worktree, packages)
    const links = join(playground.root, 'links')
    const repository = join(playground.root, 'repository')
    linkDependencies({ worktree, repository, links, dependencies: folder, isOfCanopy: true })
    const leads = (path: string) => realpathSync(join(worktree, path))
    expect(leads('node_modules/a')).toBe(join(worktree, 'packages/a'))
    expect(leads('node_modules/b')).toBe(join(worktree, 'packages/b'))
    expect(leads('node_modules/vite')).toBe(join(folder, 'vite'))
    const versions = ['node_modules/debug', 'packages/b/node_modules/debug', 'packages/a/node_modules/debug']
      .filter((path) => existsSync(join(worktree, path)))
      .map((path) => JSON.parse(readFileSync(join(worktree, path, 'package.json'), 'utf8')).version)
    expect(versions.sort()).toEqual(['1.0.0', '2.0.0'])
    const places = placesIn(join(playground.root, 'data'), join(playground.root, 'cache'))
    expect(await readableWith(places, folder)).toEqual([join(folder, '..')])
  })

  it('is installed by Canopy where packages of the checkout have folders of their own', async () => {
    installed({ vite: '8.0.0' })
    const own = join(playground.root, 'repository/packages/b/node_modules/debug/package.json')
    write(dirname(own), { 'package.json': '{"name":"debug","version":"0.0.1"}' })
    const folder = await provideDependencies(order({ runner: 'node', files: packages }))
    expect(folder.startsWith(join(playground.root, 'cache'))).toBe(true)
  })
})
