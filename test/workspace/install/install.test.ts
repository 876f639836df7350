// How packages are installed: which package manager is called with which words, files and settings, what is kept of its result, and
// with which sentence it is refused. The package managers are stand-ins: nothing is started.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  addPackages,
  type InstallOrder,
  installAll,
  ownFoldersIn,
} from '../../../workspace/install/install.ts'
import { portFor, runPackageManager } from '../../../workspace/install/package-manager.ts'
import {
  ledInside,
  ledOutside,
  type PackageSource,
  PUBLIC_SOURCE,
} from '../../../workspace/install/package-source.ts'
import type { Command, CommandEnding, Sandbox } from '../../../workspace/sandbox/sandbox.ts'
import { exited, writeEntries } from '../git-bench.ts'

let root: string
let commands: Command[]
let answer: (command: Command, words: readonly string[]) => Partial<CommandEnding> | undefined
const PATH = process.env.PATH
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'canopy-install-')))
  commands = []
  answer = () => undefined
  const program = { bytes: '#!/bin/sh\n', mode: 0o755 }
  writeEntries(root, { 'bin/npm': program, 'bin/pnpm': program, 'bin/yarn': program })
  process.env.PATH = join(root, 'bin')
})
afterEach(() => {
  process.env.PATH = PATH
  rmSync(root, { recursive: true, force: true })
})

/** The words that the package manager got, without the programs in front of it. */
const wordsOf = ({ argv }: Command) => {
  const words = argv.slice(4)
  return [(words[0] ?? '').split('/').at(-1) ?? '', ...words.slice(1)]
}

const sandbox = (kind: Sandbox['kind'] = 'bubblewrap'): Sandbox => ({
  kind,
  run: async (command) => {
    commands.push(command)
    return { ...exited(0), ...answer(command, wordsOf(command)) } as CommandEnding
  },
})

const at = (...names: string[]) => join(root, ...names)
const MANIFEST = { 'package.json': '{"name":"shop"}' }

function order(more: Partial<InstallOrder> = {}): InstallOrder {
  mkdirSync(more.folder ?? at('folder'), { recursive: true })
  return {
    ...{ sandbox: sandbox(), source: PUBLIC_SOURCE, cache: at('cache'), folder: at('folder') },
    ...{ packageManager: 'npm', files: MANIFEST },
    ...more,
  }
}

const install = (more: Partial<InstallOrder> = {}) => installAll(order(more))
const refusal = (more: Partial<InstallOrder> = {}) =>
  install(more).then(
    () => 'installed',
    (error: Error) => error.message,
  )
const tried = () =>
  commands
    .map(wordsOf)
    .map((words) => words.filter((word) => !/^--(no-|loglevel|ignore-scripts)/.test(word)).join(' '))

describe('the commands that are tried', () => {
  const failing = async (more: Partial<InstallOrder>) => {
    answer = () => ({ code: 1, stderr: 'broken' })
    await refusal(more)
    return tried()
  }

  it('are those of npm, stricter ones first', async () => {
    expect(await failing({})).toEqual(['npm install', 'npm install --legacy-peer-deps'])
  })

  it.each(['package-lock.json', 'npm-shrinkwrap.json'])(
    'begin with the lock file where there is one: %s',
    async (name) => {
      expect(await failing({ files: { ...MANIFEST, [name]: '{}' } })).toEqual([
        'npm ci',
        'npm install',
        'npm ci --legacy-peer-deps',
        'npm install --legacy-peer-deps',
      ])
    },
  )

  it('are those of pnpm before those of npm', async () => {
    expect(await failing({ packageManager: 'pnpm' })).toEqual([
      'pnpm install --frozen-lockfile --ignore-workspace --ignore-pnpmfile',
      'pnpm install --ignore-workspace --ignore-pnpmfile',
      'npm install',
      'npm install --legacy-peer-deps',
    ])
  })

  it('look at the workspace of pnpm where there is one', async () => {
    const files = { ...MANIFEST, 'pnpm-workspace.yaml': 'packages: [a]\n' }
    expect((await failing({ packageManager: 'pnpm', files }))[0]).toBe(
      'pnpm install --frozen-lockfile --ignore-pnpmfile',
    )
  })

  it('are those of both kinds of Yarn before those of npm', async () => {
    expect(await failing({ packageManager: 'yarn' })).toEqual([
      'yarn install --frozen-lockfile --non-interactive',
      'yarn install --immutable',
      'npm install',
      'npm install --legacy-peer-deps',
    ])
  })

  it('end with the first that succeeds', async () => {
    answer = (_command, words) => ({ code: words.includes('--no-frozen-lockfile') ? 0 : 1 })
    await install({ packageManager: 'pnpm' })
    expect(tried()).toHaveLength(2)
    expect(existsSync(at('folder/node_modules'))).toBe(true)
  })

  it.each(['E404', 'E403', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ETIMEDOUT', 'ENOSPC', 'EACCES'])(
    'end with one that failed for %s, which other words do not change',
    async (code) => {
      answer = () => ({ code: 1, stderr: `npm error code ${code}\n` })
      expect(await refusal()).toContain(code)
      expect(commands).toHaveLength(1)
    },
  )

  it('run no scripts of packages unless the user allowed it', async () => {
    await failing({ packageManager: 'pnpm' })
    expect(commands.every(({ argv }) => argv.includes('--ignore-scripts'))).toBe(true)
    expect(
      commands.every(
        ({ env }) => env?.npm_config_ignore_scripts === 'true' && env.YARN_ENABLE_SCRIPTS === 'false',
      ),
    ).toBe(true)
    commands.length = 0
    await failing({ packageManager: 'pnpm', source: { ...PUBLIC_SOURCE, allowed: new Set(['scripts']) } })
    expect(commands.some(({ argv }) => argv.includes('--ignore-scripts'))).toBe(false)
    expect(
      commands.every(
        ({ env }) => env?.npm_config_ignore_scripts === 'false' && env.YARN_ENABLE_SCRIPTS === 'true',
      ),
    ).toBe(true)
  })
})

describe('the sentence about a failure', () => {
  it('has the last reason for npm and the first for others', async () => {
    let number = 0
    answer = () => {
      number += 1
      return { code: 1, stderr: `reason ${number}` }
    }
    expect(await refusal()).toBe(
      'Dependencies could not be installed. Install them yourself (npm install) and start again.\nnpm install: reason 2',
    )
    number = 0
    expect(await refusal({ packageManager: 'pnpm' })).toBe(
      'Dependencies could not be installed. Install them yourself (pnpm install) and start again.\npnpm install: reason 1',
    )
  })

  it.each<[string, Partial<CommandEnding>, string]>([
    ['what it printed on stdout', { code: 1, stdout: 'out' } as Partial<CommandEnding>, 'npm install: out'],
    [
      'its exit code where it printed nothing',
      { code: 7 } as Partial<CommandEnding>,
      'npm install: ended with 7',
    ],
    ['the time limit', { kind: 'timed_out', stderr: 'slow' }, 'npm install: timed_out: slow'],
    [
      'a limit',
      { kind: 'exceeded', limit: 'memory', stderr: '' },
      'npm install: exceeded its limit of memory: ',
    ],
    [
      'a sandbox that does not start',
      { kind: 'could_not_start', reason: 'no bwrap' },
      'npm install: no bwrap',
    ],
  ])('has %s', async (_what, ending, expected) => {
    answer = () => ending
    expect((await refusal()).split('\n').at(-1)).toBe(expected)
  })

  it('names a program that is missing, and goes on with npm', async () => {
    rmSync(at('bin/pnpm'))
    answer = () => ({ code: 1, stderr: 'npm failed' })
    expect(await refusal({ packageManager: 'pnpm' })).toContain('pnpm install: pnpm is not on the PATH')
    expect(tried()).toEqual(['npm install', 'npm install --legacy-peer-deps'])
  })

  it('has the real addresses of the registries, not those inside', async () => {
    answer = () => ({ code: 1, stderr: 'GET http://127.0.0.1:4873/r0/left-pad - E404' })
    expect(await refusal()).toContain('GET https://registry.npmjs.org/left-pad - E404')
  })

  it('is none after an abort: that is thrown', async () => {
    const controller = new AbortController()
    answer = () => {
      controller.abort(new Error('stop'))
      return { kind: 'aborted' }
    }
    await expect(install({ signal: controller.signal })).rejects.toThrow('stop')
  })
})

describe('the files that a package manager sees', () => {
  const seen = async (more: Partial<InstallOrder>) => {
    const found: Record<string, string> = {}
    answer = ({ cwd }) => {
      for (const name of readdirSync(cwd, { recursive: true, encoding: 'utf8' }))
        if (lstatSync(join(cwd, name)).isFile()) found[name] = readFileSync(join(cwd, name), 'utf8')
      return undefined
    }
    await install(more)
    return found
  }

  it('are the manifests and the lock file, with the registries at their addresses inside', async () => {
    const files = {
      ...MANIFEST,
      'packages/a/package.json': '{"name":"a"}',
      'yarn.lock': '"a@1":\n  resolved "https://registry.yarnpkg.com/a/-/a-1.tgz#x"\n',
      '.npmrc': 'registry=https://registry.npmjs.org/\n//registry.npmjs.org/:_authToken=secret\n',
      'pnpm-workspace.yaml': 'packages: [packages/*]\nregistry: https://registry.npmjs.org/\n',
    }
    expect(await seen({ files })).toEqual({
      'package.json': MANIFEST['package.json'],
      'packages/a/package.json': '{"name":"a"}',
      'yarn.lock': '"a@1":\n  resolved "http://127.0.0.1:4873/r0/a/-/a-1.tgz#x"\n',
      'pnpm-workspace.yaml': 'packages: [packages/*]\n\n',
    })
  })

  it('are new for each attempt', async () => {
    const files = { ...MANIFEST, 'package-lock.json': '{}' }
    answer = ({ cwd }) => {
      const isNew = !existsSync(join(cwd, 'left-behind'))
      writeEntries(cwd, { 'left-behind': '', 'node_modules/half/package.json': '{}' })
      return { code: isNew && commands.length > 1 ? 0 : 1, stderr: isNew ? 'new' : 'old' }
    }
    await install({ files })
    expect(commands).toHaveLength(2)
  })
})

describe('what is kept of an installation', () => {
  const making = (make: (work: string) => void) => {
    answer = ({ cwd }) => {
      make(cwd)
      return undefined
    }
  }

  it('is node_modules alone', async () => {
    making((work) =>
      writeEntries(work, { 'node_modules/a/index.js': 'a', 'odd/file': 'x', 'package-lock.json': '{}' }),
    )
    await install()
    expect(readdirSync(at('folder'))).toEqual(['node_modules'])
    expect(readFileSync(at('folder/node_modules/a/index.js'), 'utf8')).toBe('a')
  })

  it('is an empty folder for a package without dependencies', async () => {
    await install()
    expect(readdirSync(at('folder/node_modules'))).toEqual([])
  })

  it('has no link that leads out of it, also in a scope', async () => {
    making((work) => {
      writeEntries(work, {
        'node_modules/a/index.js': 'a',
        'node_modules/@own/c/index.js': 'c',
        'packages/p/package.json': '{}',
      })
      symlinkSync('/etc', join(work, 'node_modules/etc'))
      symlinkSync('../../../../../..', join(work, 'node_modules/@own/up'))
      symlinkSync('nowhere', join(work, 'node_modules/broken'))
      symlinkSync('../packages/p', join(work, 'node_modules/p'))
      symlinkSync('../a', join(work, 'node_modules/@own/a'))
    })
    await install()
    expect(readdirSync(at('folder/node_modules')).sort()).toEqual(['@own', 'a', 'p'])
    expect(readdirSync(at('folder/node_modules/@own')).sort()).toEqual(['a', 'c'])
  })

  it('is nothing where node_modules was made as a link', async () => {
    making((work) => {
      if (!existsSync(join(work, 'node_modules'))) symlinkSync('/etc', join(work, 'node_modules'))
    })
    expect(await refusal()).toBe('node_modules was made as a link, not as a folder')
    expect(existsSync(at('folder/node_modules'))).toBe(false)
  })

  it("has the folders of the repository's own packages, with their manifests as they were", async () => {
    const files = {
      ...MANIFEST,
      'packages/a/package.json': '{"name":"a"}',
      'packages/b/package.json': '{"name":"b"}',
    }
    making((work) =>
      writeEntries(work, {
        'packages/a/node_modules/x/index.js': 'x',
        'packages/a/package.json': '{"name":"changed"}',
      }),
    )
    await install({ files })
    expect(ownFoldersIn(files)).toEqual(['packages/a', 'packages/b'])
    expect(readFileSync(at('folder/packages/a/node_modules/x/index.js'), 'utf8')).toBe('x')
    expect(readFileSync(at('folder/packages/a/package.json'), 'utf8')).toBe('{"name":"a"}')
    expect(readdirSync(at('folder/packages/b'))).toEqual(['package.json'])
  })
})

describe('a dependency from elsewhere', () => {
  const manifest = (dependencies: Record<string, string>) => ({
    'package.json': JSON.stringify({ dependencies }, null, 2),
  })

  it('is refused before any program runs, with its place and the ways out', async () => {
    const files = manifest({
      a: 'git+ssh://git@example.org/a.git',
      b: 'https://example.org/b.tgz',
      c: '^1.0.0',
    })
    expect(await refusal({ files, packageManager: 'pnpm' })).toBe(
      [
        'These dependencies are not packages of your registry, so nothing was installed:',
        '- package.json:3: a: git+ssh://git@example.org/a.git (a git repository)',
        '- package.json:4: b: https://example.org/b.tgz (an address outside the registry)',
        'Install them yourself in your checkout (pnpm install), and Canopy uses that; allow them: --allow-dependencies git,url.',
      ].join('\n'),
    )
    expect(commands).toEqual([])
  })

  it('is named up to ten times', async () => {
    const many = Object.fromEntries(Array.from({ length: 13 }, (_, n) => [`p${n}`, `file:../p${n}`]))
    const lines = (await refusal({ files: manifest(many) })).split('\n')
    expect(lines).toHaveLength(13)
    expect(lines.at(-2)).toBe('- and 3 more')
    expect(lines.at(-1)).toBe('Install them yourself in your checkout (npm install), and Canopy uses that.')
  })

  it('may be a registry, which has another way out', async () => {
    const files = { ...MANIFEST, '.npmrc': 'registry=https://npm.example.org/\n' }
    const said = await refusal({ files })
    expect(said).toContain('- .npmrc:1: registry=https://npm.example.org/ (a registry that you did not name)')
    expect(said).toMatch(/or put the registry into your own ~\/\.npmrc\.$/)
    const source: PackageSource = { registries: [{ url: 'https://npm.example.org/' }], allowed: new Set() }
    expect(await refusal({ files, source })).toBe('installed')
  })

  it('is reached through a proxy when it was allowed, and no other host is', async () => {
    const files = manifest({ b: 'https://Files.Example.org/b.tgz' })
    await install({ files, source: { ...PUBLIC_SOURCE, allowed: new Set(['url']) } })
    expect(commands[0]?.env).toMatchObject({
      https_proxy: 'http://127.0.0.1:4873',
      no_proxy: '127.0.0.1',
      npm_config_replace_registry_host: 'never',
      npm_config_git: '/bin/false',
    })
    commands.length = 0
    await install({
      folder: at('again'),
      files,
      source: { ...PUBLIC_SOURCE, allowed: new Set(['url', 'git']) },
    })
    expect(commands[0]?.env).not.toHaveProperty('npm_config_git')
  })
})

describe('the settings of a package manager', () => {
  it("are none of the user's, and name the registries by their addresses inside", async () => {
    process.env.NPM_TOKEN = 'secret'
    const source: PackageSource = {
      registries: [
        { url: 'https://npm.example.org/', authorization: 'Bearer secret' },
        { url: 'https://own.example.org/npm/', scope: '@own', authorization: 'Basic c2VjcmV0' },
      ],
      allowed: new Set(),
    }
    await install({ source })
    delete process.env.NPM_TOKEN
    const env = commands[0]?.env ?? {}
    expect(env).toMatchObject({
      npm_config_registry: 'http://127.0.0.1:4873/r0/',
      pnpm_config_registry: 'http://127.0.0.1:4873/r0/',
      YARN_REGISTRY: 'http://127.0.0.1:4873/r0/',
      YARN_NPM_REGISTRY_SERVER: 'http://127.0.0.1:4873/r0/',
      COREPACK_NPM_REGISTRY: 'http://127.0.0.1:4873/r0',
      'npm_config_@own:registry': 'http://127.0.0.1:4873/r1/',
      'pnpm_config_@own:registry': 'http://127.0.0.1:4873/r1/',
      npm_config_replace_registry_host: 'always',
    })
    expect(JSON.stringify([env, commands[0]?.argv])).not.toMatch(/secret|c2VjcmV0|example\.org/)
    expect(env).not.toHaveProperty('https_proxy')
  })

  it('let it write to its folder and to a cache of these registries only', async () => {
    await install()
    const [first] = commands
    expect(first?.writable).toEqual([
      at('folder/work'),
      expect.stringMatching(new RegExp(`^${at('cache/fetched-')}[0-9a-f]{64}$`)),
    ])
    expect(first?.sockets).toHaveLength(1)
    expect(existsSync(first?.sockets?.[0] ?? '')).toBe(false)
    await install({
      folder: at('other'),
      source: { registries: [{ url: 'https://npm.example.org/' }], allowed: new Set() },
    })
    expect(commands[1]?.writable[1]).not.toBe(first?.writable[1])
  })

  it('use no cache again to which scripts could have written', async () => {
    await install({ source: { ...PUBLIC_SOURCE, allowed: new Set(['scripts']) } })
    expect(commands[0]?.writable[1]).toBe(at('folder/work/.cache'))
    expect(existsSync(at('folder/node_modules/.cache'))).toBe(false)
  })

  it('have a token in each address where other users can connect', async () => {
    await install({ sandbox: sandbox('unsandboxed') })
    const { port, token } = portFor(sandbox('unsandboxed'))
    expect(token).toMatch(/^[0-9a-f]{64}$/)
    expect(commands[0]?.env?.npm_config_registry).toBe(`http://127.0.0.1:${port}/${token}/r0/`)
    expect(portFor(sandbox())).toEqual({ port: 4873 })
  })
})

describe('the program of a package manager', () => {
  const run = (words: readonly string[]) =>
    runPackageManager({
      sandbox: sandbox(),
      source: PUBLIC_SOURCE,
      words,
      folder: at('folder'),
      cache: at('cache'),
      timeoutMs: 5,
    })

  it('is the first on the PATH; a script is started by the Node beside it, and its package is shown', async () => {
    writeEntries(root, {
      'lib/pnpm/package.json': '{}',
      'lib/pnpm/bin/pnpm.cjs': { bytes: '#!/usr/bin/env node\n', mode: 0o755 },
      'tools/node': { bytes: '#!/bin/sh\n', mode: 0o755 },
    })
    symlinkSync('../lib/pnpm/bin/pnpm.cjs', at('tools/pnpm'))
    process.env.PATH = `relative:${at('nowhere')}:${at('tools')}:${at('bin')}`
    await run(['pnpm', 'install', '--x'])
    expect(commands[0]?.argv.slice(-4)).toEqual([
      at('tools/node'),
      at('lib/pnpm/bin/pnpm.cjs'),
      'install',
      '--x',
    ])
    expect(commands[0]?.readable).toEqual(expect.arrayContaining([at('lib/pnpm'), at('tools/node')]))
    expect(commands[0]?.readable).not.toContain(at('bin'))
  })

  it('is shown alone when it is no script of Node', async () => {
    await run(['npm', 'ci'])
    expect(commands[0]?.argv.slice(-2)).toEqual([at('bin/npm'), 'ci'])
    expect(commands[0]?.readable?.slice(1)).toEqual([at('bin/npm')])
  })

  it('is missing where the PATH has none, and nothing is started', async () => {
    process.env.PATH = ''
    expect(await run(['npm', 'ci'])).toEqual({ kind: 'failed', reason: 'npm is not on the PATH' })
    expect(commands).toEqual([])
  })
})

describe('the version that a repository asks for', () => {
  const pinned = { 'package.json': '{"packageManager":"pnpm@9.15.0"}' }
  const npmInstalls = () => {
    answer = ({ cwd }, words) => {
      if (words.includes('pnpm@9.15.0'))
        writeEntries(cwd, {
          'node_modules/pnpm/package.json': '{"bin":{"pnpm":"bin/pnpm.cjs"}}',
          'node_modules/pnpm/bin/pnpm.cjs': '',
        })
      return undefined
    }
  }

  it('is installed by npm once, and used from there', async () => {
    npmInstalls()
    await install({ packageManager: 'pnpm', files: pinned })
    expect(tried()).toEqual([
      'npm install --legacy-peer-deps pnpm@9.15.0',
      expect.stringContaining('pnpm.cjs install'),
    ])
    const program = at('cache/manager-pnpm-9.15.0/node_modules/pnpm/bin/pnpm.cjs')
    expect(commands[1]?.argv).toContain(program)
    expect(commands[1]?.readable).toContain(at('cache/manager-pnpm-9.15.0'))
    await install({ packageManager: 'pnpm', files: pinned, folder: at('second') })
    expect(commands).toHaveLength(3)
  })

  it('is that on the PATH when the registry does not have it', async () => {
    answer = (_command, words) => (words[0] === 'npm' ? { code: 1, stderr: 'E404' } : undefined)
    await install({ packageManager: 'pnpm', files: pinned })
    expect(commands.map(wordsOf).map(([name]) => name)).toEqual(['npm', 'pnpm'])
    expect(readdirSync(at('cache')).filter((name) => name.includes('manager'))).toEqual([])
  })
})

describe('packages that are added', () => {
  const add = (...packages: string[]) => addPackages({ ...order(), packages })

  it.each(['vitest', 'vitest@5', 'vitest@5.1.1', '@vitest/coverage-v8@5.1.1', 'a@1.2.3-rc.1'])(
    'may be %s',
    async (name) => {
      await add(name)
      expect(commands[0]?.argv.at(-1)).toBe(name)
      expect(commands[0]?.argv).toContain('--ignore-scripts')
    },
  )

  it.each([
    '--global',
    'a@latest',
    'a@^1.0.0',
    'a b',
    '../a',
    'https://x.example/a',
    'a@1; rm',
    '@a/b@1.2',
    'A',
    '',
  ])('are never %j, which is no package with a version', async (name) => {
    await expect(add('vitest', name)).rejects.toMatchObject({
      code: 'dependencies_not_installed',
      message: `${name} is no package with a version`,
    })
    expect(commands).toEqual([])
  })

  it('are named with the reason when they cannot be installed, which may be tried again', async () => {
    answer = () => ({ code: 1, stderr: 'ETIMEDOUT' })
    await expect(add('vitest@5', 'vite')).rejects.toMatchObject({
      message: 'vitest@5 vite could not be installed: ETIMEDOUT',
      retryable: true,
    })
  })
})

describe('addresses of registries', () => {
  const source: PackageSource = {
    registries: [{ url: 'https://npm.example.org/' }, { url: 'https://npm.example.org/own/', scope: '@own' }],
    allowed: new Set(),
  }

  it.each([
    'https://registry.npmjs.org/a',
    'http://registry.npmjs.org/a',
    'https://registry.yarnpkg.com/a',
    'http://registry.yarnpkg.com/a',
  ])('of the public registry lead to that of the user: %s', (address) => {
    expect(ledInside(address, source, { port: 1 })).toBe('http://127.0.0.1:1/r0/a')
  })

  it('come back from the sandbox as they were', () => {
    const text = 'GET https://npm.example.org/a 404, GET https://npm.example.org/b'
    const port = { port: 4873, token: 'secret' }
    const inside = ledInside(text, source, port)
    expect(inside).not.toContain('npm.example.org')
    expect(ledOutside(inside, source, port)).toBe(text)
  })
})
