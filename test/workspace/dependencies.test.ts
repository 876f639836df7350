// What is installed and how, with an npm that writes down what it is asked and puts a package where npm would.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type DependencyOrder, provideDependencies, readableWith } from '../../workspace/dependencies.ts'
import { linkDependencies } from '../../workspace/link-dependencies.ts'
import { placesIn } from '../../workspace/places.ts'
import { Playground, write } from './repositories.ts'

let playground: Playground
let path: string | undefined
beforeEach(() => {
  playground = new Playground()
  path = process.env.PATH
})
afterEach(() => {
  if (path !== undefined) process.env.PATH = path
  playground.dispose()
})

/** Programs of these names, all the same script; `$calls` is where they write down what they were asked. */
function programs(script: string, names = ['npm', 'pnpm', 'yarn']): () => string[] {
  const folder = join(playground.root, 'programs')
  const calls = join(playground.root, 'calls')
  for (const name of names) {
    write(folder, {
      [name]: `#!/bin/sh\nset -e\necho "${name} $*" >> ${calls}\ncp .npmrc ${calls}.npmrc 2>/dev/null || :\n${script}\n`,
    })
    chmodSync(join(folder, name), 0o755)
  }
  process.env.PATH = `${folder}:/usr/bin:/bin`
  return () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [])
}

const INSTALLS = `mkdir -p node_modules/vitest node_modules/vite node_modules/@vitest/coverage-v8
echo '{"version":"5.1.1"}' > node_modules/vitest/package.json
echo '{"version":"5.1.1"}' > node_modules/@vitest/coverage-v8/package.json`

function order(more: Partial<DependencyOrder> = {}): DependencyOrder {
  const repository = join(playground.root, 'repository')
  mkdirSync(repository, { recursive: true })
  const cache = join(playground.root, 'cache')
  const files = { 'package.json': '{}', 'package-lock.json': '{}' }
  const found = { repository, tracked: [], runner: 'vitest', packageManager: 'npm', cache, files } as const
  return { ...found, log: () => {}, ...more }
}

/** An installed package in the user's own folder. */
function installed(packages: Readonly<Record<string, string>>): void {
  const folder = join(playground.root, 'repository/node_modules')
  for (const [name, version] of Object.entries(packages)) {
    write(folder, { [`${name}/package.json`]: JSON.stringify({ name, version }) })
  }
}

it('takes what the user has installed when all is there', async () => {
  const calls = programs('exit 1')
  installed({ vitest: '5.1.1', '@vitest/coverage-v8': '5.1.1', vite: '8.0.0' })
  expect(await provideDependencies(order())).toBe(join(playground.root, 'repository/node_modules'))
  expect(calls()).toEqual([])
})

it('installs strictly by the lock file, without any script, once', async () => {
  const calls = programs(INSTALLS)
  const folder = await provideDependencies(order())
  expect(folder.startsWith(join(playground.root, 'cache'))).toBe(true)
  expect(existsSync(join(folder, 'vitest/package.json'))).toBe(true)
  expect(calls()).toEqual(['npm ci --ignore-scripts --no-audit --no-fund --loglevel=error'])
  expect(await provideDependencies(order())).toBe(folder)
  expect(calls()).toHaveLength(1)
  const other = { files: { ...order().files, 'package-lock.json': '{"other":1}' } }
  expect(await provideDependencies(order(other))).not.toBe(folder)
})

it('tries more leniently when lock file or peers do not fit', async () => {
  const calls = programs(
    `case "$*" in *legacy-peer-deps*install*|install*legacy-peer-deps*) ${INSTALLS.replaceAll('\n', ';')};; *) echo ERESOLVE >&2; exit 1;; esac`,
  )
  await provideDependencies(order())
  expect(calls().map((call) => call.replace(/ --(ignore|no|log)\S+/g, ''))).toEqual([
    'npm ci',
    'npm install',
    'npm ci --legacy-peer-deps',
    'npm install --legacy-peer-deps',
  ])
})

it('does not ask again in other words when the registry cannot be reached, and leaves nothing half done', async () => {
  const calls = programs('mkdir -p node_modules/half; echo "npm error code ENOTFOUND" >&2; exit 1')
  const refused = provideDependencies(order())
  await expect(refused).rejects.toMatchObject({ code: 'dependencies_not_installed' })
  await expect(refused).rejects.toThrow(/Install them yourself \(npm install\)[\s\S]*ENOTFOUND/)
  expect(calls()).toHaveLength(1)
  expect(readdirSync(join(playground.root, 'cache'))).toEqual([])
})

it('uses the package manager of the lock file, and npm when that is not there', async () => {
  const calls = programs(INSTALLS)
  await provideDependencies(
    order({ packageManager: 'pnpm', files: { 'package.json': '{}', 'pnpm-lock.yaml': '' } }),
  )
  expect(calls()).toEqual(['pnpm install --frozen-lockfile --ignore-scripts --ignore-workspace'])
  rmSync(join(playground.root, 'programs/yarn'))
  await provideDependencies(
    order({ packageManager: 'yarn', files: { 'package.json': '{}', 'yarn.lock': '' } }),
  )
  expect(calls().at(-1)).toMatch(/^npm install --ignore-scripts/)
})

it('takes from a repository’s .npmrc where packages come from, and no program to run', async () => {
  programs(INSTALLS)
  const npmrc =
    'registry=https://registry.example/\nscript-shell=./evil\n@me:registry = https://mine.example/\ngit=./evil\n//mine.example/:_authToken=$' +
    '{TOKEN}\n'
  await provideDependencies(order({ files: { ...order().files, '.npmrc': npmrc } }))
  expect(readFileSync(join(playground.root, 'calls.npmrc'), 'utf8')).toBe(
    'registry=https://registry.example/\n@me:registry = https://mine.example/\n',
  )
})

it('adds what measuring needs to what is installed, without touching that', async () => {
  const calls = programs(
    'mkdir -p node_modules/@vitest/coverage-v8 node_modules/debug node_modules/vitest; echo {} > node_modules/@vitest/coverage-v8/package.json',
  )
  installed({ vitest: '4.1.0', debug: '1.0.0', '@vitest/runner': '4.1.0' })
  const folder = await provideDependencies(order())
  expect(calls()).toEqual([
    'npm install --ignore-scripts --no-audit --no-fund --loglevel=error --legacy-peer-deps @vitest/coverage-v8@4.1.0',
  ])
  expect(readdirSync(join(folder, '@vitest')).sort()).toEqual(['coverage-v8', 'runner'])
  // The user's `debug` wins over the one that came along, and the provider finds the user's vitest.
  const own = join(playground.root, 'repository/node_modules')
  expect(realpathSync(join(folder, 'debug'))).toBe(join(own, 'debug'))
  const provider = realpathSync(join(folder, '@vitest/coverage-v8'))
  expect(realpathSync(join(provider, '../../vitest'))).toBe(join(own, 'vitest'))
  const places = placesIn(join(playground.root, 'data'), join(playground.root, 'cache'))
  expect(await readableWith(places, folder)).toEqual([join(folder, '..'), own])
  expect(readdirSync(own).sort()).toEqual(['@vitest', 'debug', 'vitest'])
  expect(await provideDependencies(order())).toBe(folder)
  expect(calls()).toHaveLength(1)
})

it.each([
  ['1.6.0', '@vitest/coverage-istanbul@1.6.0'],
  ['3.1.4', '@vitest/coverage-istanbul@3.1.4'],
  ['3.2.0', '@vitest/coverage-v8@3.2.0'],
  ['5.0.0', '@vitest/coverage-v8@5.0.0 vite'],
])('measures vitest %s with %s', async (version, asked) => {
  const calls = programs('mkdir -p node_modules/vitest')
  installed({ vitest: version })
  await provideDependencies(order())
  expect(calls()[0]).toMatch(new RegExp(`--legacy-peer-deps ${asked}$`))
})

it('lets a package that depends on nothing be tested with Node alone', async () => {
  programs('')
  const folder = await provideDependencies(order({ runner: 'node' }))
  expect(readdirSync(folder)).toEqual([])
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
  const worktree = join(playground.root, 'worktree')
  write(worktree, { 'packages/own/package.json': '{}' })
  linkDependencies({ worktree, repository, dependencies: join(repository, 'node_modules') })
  const leads = (name: string) => realpathSync(join(worktree, 'node_modules', name))
  expect(readdirSync(join(worktree, 'node_modules')).sort()).toEqual(['.bin', '@scope', 'own', 'plain'])
  expect(leads('plain')).toBe(join(repository, 'node_modules/plain'))
  expect(leads('@scope/inner')).toBe(join(repository, 'node_modules/@scope/inner'))
  expect(leads('own')).toBe(join(worktree, 'packages/own'))
})
