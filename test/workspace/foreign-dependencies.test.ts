// What is refused before anything is installed: what a repository's files name that is no package of a registry.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foreignDependencies, type InstallFiles } from '../../workspace/install/foreign-dependencies.ts'
import type { AllowedKind, PackageSource } from '../../workspace/install/package-source.ts'

const source: PackageSource = {
  registries: [{ url: 'https://npm.example/' }, { url: 'https://npm.example/me/', scope: '@me' }],
  allowed: new Set(),
}

function found(files: InstallFiles, allowed: readonly AllowedKind[] = []): string[] {
  const all = foreignDependencies(files, { ...source, allowed: new Set(allowed) })
  return all.map(({ kind, line }) => `${kind} ${line}`)
}

const asked = (spec: string, field = 'dependencies') =>
  found({ 'package.json': JSON.stringify({ [field]: { a: spec } }, null, 1) })

describe('a manifest', () => {
  it.each([
    ...['1.2.3', '^1.0.0', '>=1 <2 || 3.x', '*', '', 'latest', '~1.0.0-rc.1+build', '1.0.0 - 2.0.0'],
    ...['npm:b@^1.0.0', 'npm:@s/b@1', 'workspace:*', 'workspace:^', 'catalog:', '$b'],
  ])('may ask for %j', (spec) => expect(asked(spec)).toEqual([]))

  it.each([
    ...['git+https://x/y.git', 'git://x/y', 'ssh://git@x/y', 'git@github.com:x/y.git', 'github:x/y'].map(
      (spec) => [spec, 'git'],
    ),
    ...['x/y', 'x/y#main', 'gist:abc', 'gitlab:x/y', 'bitbucket:x/y', 'git+file:///x'].map((spec) => [
      spec,
      'git',
    ]),
    ...['https://x/y.tgz', 'HTTP://x/y.tgz'].map((spec) => [spec, 'url']),
    ...['file:../x', 'link:x', 'portal:x', './x', '../x', '/x', '~/x', 'C:\\x'].map((spec) => [spec, 'file']),
    ...['patch:a@npm:1#./x', 'workspace:../x', 'exec:./x.js', 'jsr:@s/x', '.', '..'].map((spec) => [
      spec,
      'file',
    ]),
    ...['npm:../x@1', 'npm:b@git+https://x/y'].map((spec) => [spec, 'name']),
  ])('may not ask for %j: %s', (spec = '', kind) => expect(asked(spec)).toEqual([`${kind} 3`]))

  it.each([
    'devDependencies',
    'optionalDependencies',
    'peerDependencies',
    'overrides',
    'resolutions',
    'pnpm',
  ])('is looked through in %s, however deep', (field) => {
    expect(asked('https://x/y.tgz', field)).toEqual(['url 3'])
    const deep = { [field]: { overrides: { b: { c: { '.': 'file:/etc' } } } } }
    expect(found({ 'package.json': JSON.stringify(deep) })).toEqual(['file 1'])
  })

  it('may list names of packages in settings of pnpm', () => {
    const listed = (name: string) =>
      found({ 'package.json': JSON.stringify({ pnpm: { onlyBuiltDependencies: [name] } }) })
    expect(listed('@biomejs/biome')).toEqual([])
    expect(listed('esbuild')).toEqual([])
    expect(listed('git+ssh://x/y')).toHaveLength(1)
    expect(listed('@biomejs/biome/../x')).toHaveLength(1)
  })

  it('cannot name anything with a scheme or a path but what is listed', () => {
    const scheme = fc
      .stringMatching(/^[a-z+]{2,12}$/)
      .filter((name) => !['npm', 'workspace', 'catalog'].includes(name))
    fc.assert(
      fc.property(scheme, fc.string(), (name, rest) => {
        expect(asked(`${name}:${rest}`)).toHaveLength(1)
      }),
    )
    fc.assert(
      fc.property(
        fc.string().filter((text) => !/^(\$|npm:|catalog:)/.test(text)),
        fc.string(),
        (a, b) => {
          expect(asked(`${a}/${b}`)).toHaveLength(1)
        },
      ),
    )
  })
})

describe('a lock file', () => {
  const npm = (path: string, locked: object) =>
    found({ 'package-lock.json': JSON.stringify({ packages: { '': {}, [path]: locked } }, null, 1) })

  it.each([
    'https://registry.npmjs.org/a/-/a-1.0.0.tgz',
    'https://registry.yarnpkg.com/a/-/a-1.0.0.tgz',
    'https://npm.example/me/@me/a/-/a-1.0.0.tgz',
  ])('may name %s', (resolved) => {
    expect(npm('node_modules/a', { resolved, integrity: 'sha512-x', license: 'MIT' })).toEqual([])
    expect(found({ 'yarn.lock': `a@^1:\n  version "1.0.0"\n  resolved "${resolved}#abc"\n` })).toEqual([])
  })

  it.each([
    ...['https://evil.example/a.tgz', 'https://registry.npmjs.org.evil.example/a', 'http://127.0.0.1:1/a'],
    ...[
      'https://registry.npmjs.org/../x',
      'https://registry.npmjs.org/%2e%2e/x',
      'git+ssh://git@x/y#1',
      'file:x',
    ],
    'https://registry.npmjs.org@evil.example/a',
  ])('may not name %s', (resolved) => {
    expect(npm('node_modules/a', { resolved })).toHaveLength(1)
    expect(found({ 'yarn.lock': `a@^1:\n  resolved "${resolved}"\n` })).toHaveLength(1)
    expect(
      found({ 'pnpm-lock.yaml': `packages:\n  a@1.0.0:\n    resolution: {tarball: ${resolved}}\n` }),
    ).toHaveLength(1)
  })

  it.each([
    'node_modules/../x',
    'node_modules/a/../../x',
    '../x',
    '/x',
    'x',
    'node_modules/.bin/x',
    'node_modules/@a/../b',
  ])('may not put a package at %s', (path) => expect(npm(path, {})).toHaveLength(1))

  it.each([
    'fsevents@npm%3A~2.3.2#optional!builtin<compat/fsevents>',
    'fsevents@npm%3A2.3.3#optional!builtin<compat/fsevents>::version=2.3.3&hash=df0bf1',
    'typescript@npm:^5.0.0 || ^6#~builtin<compat/typescript>'.replaceAll(' ', ''),
    '@scope/a@npm%3A1.0.0#optional!builtin<compat/resolve>',
  ])('of Yarn may name a patch that Yarn brings: %s', (patch) =>
    expect(found({ 'yarn.lock': `"a@patch:${patch}":\n  version: 1.0.0\n` })).toEqual([]),
  )

  it.each([
    'a@npm%3A1.0.0#./evil.patch',
    'a@npm%3A1.0.0#optional!./evil.patch',
    'a@https://evil.example/a#builtin<compat/a>',
    'a@npm%3A1.0.0#builtin<compat/a>../evil',
  ])('of Yarn may not name the patch %s', (patch) =>
    expect(found({ 'yarn.lock': `"a@patch:${patch}":\n  version: 1.0.0\n` })).not.toEqual([]),
  )

  it('may name a package whose name ends like a protocol', () => {
    expect(found({ 'pnpm-lock.yaml': 'catalogs:\n  a:\n    write-json-file:\n      version: 1\n' })).toEqual(
      [],
    )
    expect(found({ 'yarn.lock': 'simple-git:\n  version: 1.0.0\n' })).toEqual([])
    expect(found({ 'pnpm-lock.yaml': 'importers:\n  packages/git:\n    dependencies:\n' })).toEqual([])
  })

  it('may link to workspaces that the manifest has, and to nothing outside', () => {
    const lock = (resolved: string) => ({
      'package.json': JSON.stringify({ workspaces: ['packages/*'] }),
      'package-lock.json': JSON.stringify({ packages: { 'node_modules/a': { resolved, link: true } } }),
    })
    expect(found(lock('packages/a'))).toEqual([])
    expect(found(lock('packages/../../a'))).toHaveLength(1)
    expect(found({ 'package-lock.json': lock('packages/a')['package-lock.json'] })).toHaveLength(1)
  })

  it('may name where its packages take money, also as a list', () => {
    const funding = ['https://money.example/a', 'https://money.example/b']
    expect(npm('node_modules/a', { funding, license: 'MIT' })).toEqual([])
    expect(npm('node_modules/a', { funding: { url: 'https://money.example/a' } })).toEqual([])
  })

  it.each([
    [
      'on the line after its key',
      '{"packages":{"node_modules/a":{"resolved":\n"https://evil.example/a"\n}}}',
    ],
    [
      'after such a list',
      '{"packages":{"node_modules/a":{\n"funding": [\n"https://a.example"\n],\n"resolved":\n"https://evil.example/a"\n}}}',
    ],
    [
      'on a line with a key, in such a list',
      '{\n"funding": [\n{ "resolved": "https://evil.example/a" }\n]\n}',
    ],
    ['in what is no JSON', '"funding": [\n"https://evil.example/a"\n'],
    [
      'behind a harmless field on the same line',
      '{"packages":{"node_modules/a":{\n"license":"MIT","resolved":"https://evil.example/a"}}}',
    ],
    [
      'as the version of a package that is called url',
      '{"packages":{"node_modules/a":{"dependencies":{\n"url": "git+ssh://git@evil.example/a"\n}}}}',
    ],
    [
      'as such a package of an older lock file',
      '{"dependencies":{"url":{"version":\n"https://evil.example/a"}}}',
    ],
    [
      'as such a package inside another',
      '{"dependencies":{"b":{"dependencies":{"license":{\n"resolved":"https://evil.example/a"}}}}}',
    ],
    ['spelt with an escape', '{"packages":{"node_modules/a":{"resolved":"\\u0068ttps://evil.example/a"}}}'],
  ])('cannot hide an address %s', (_place, text) =>
    expect(found({ 'package-lock.json': text })).toHaveLength(1),
  )

  it.each([
    ['behind an escape', '  a: {tarball: "\\x68ttps://evil.example/a"}'],
    ['behind a harmless field', '  a: {\nlicense: MIT, tarball: https://evil.example/a}'],
    ['behind a sentence', '  a: {\ndeprecated: see b, tarball: https://evil.example/a}'],
    ['as a package that is called license', '  a:\n    dependencies:\n      license: https://evil.example/a'],
    [
      'as one that is called deprecated',
      '  a:\n    dependencies:\n      deprecated: git+ssh://evil.example/a',
    ],
  ])('of pnpm cannot hide an address %s', (_place, lines) =>
    expect(found({ 'pnpm-lock.yaml': `packages:\n${lines}\n` })).toHaveLength(1),
  )

  it.each([
    "'see https://help.example'",
    'Use b. See https://help.example',
    '"moved, see https://help.example"',
  ])('of pnpm may say why a package is deprecated: %s', (sentence) =>
    expect(found({ 'pnpm-lock.yaml': `packages:\n  a:\n    deprecated: ${sentence}\n` })).toEqual([]),
  )
})

describe("the repository's own packages", () => {
  const folders = { 'packages/a/package.json': '{}', 'packages/b/package.json': '{}' }
  const asksFor = (value: string) => JSON.stringify({ dependencies: { a: value } }, null, 1)

  it.each(['link:packages/a', 'file:./packages/a', 'portal:packages/a/', 'workspace:packages/a'])(
    'may be named by a path: %s',
    (value) => {
      expect(found({ 'package.json': asksFor(value), ...folders })).toEqual([])
      expect(found({ 'package.json': asksFor(value) })).toHaveLength(1)
    },
  )

  it('may be named from the folder of another, and nothing else may', () => {
    const from = (value: string) => found({ ...folders, 'packages/b/package.json': asksFor(value) })
    expect(from('link:../a')).toEqual([])
    expect(from('file:../../packages/a')).toEqual([])
    for (const value of [
      'link:packages/a',
      'link:../c',
      'link:../../../a',
      'file:/packages/a',
      'git+ssh://x/y',
    ])
      expect(from(value)).toHaveLength(1)
  })

  it.each([
    ['pnpm-lock.yaml', '  version: link:../a'],
    ['pnpm-lock.yaml', '  version: link:packages/b'],
    ['pnpm-lock.yaml', "  'b@file:packages/b(c@1.0.0)':"],
    ['yarn.lock', '"a@portal:./packages/a::locator=b%40workspace%3A.":'],
  ])('may be in %s: %s', (file, line) => {
    expect(found({ ...folders, 'package.json': '{}', [file]: line })).toEqual([])
    expect(found({ [file]: line })).toHaveLength(1)
  })

  it('may not be told by a lock file that leads elsewhere', () => {
    for (const line of ['link:../../a', 'link:../c', 'file:packages/a.tgz', 'link:/packages/a'])
      expect(found({ ...folders, 'pnpm-lock.yaml': `  version: ${line}` })).toHaveLength(1)
  })

  it('have manifests that are looked through, as the settings of pnpm are', () => {
    expect(found({ ...folders, 'packages/a/package.json': asksFor('https://x/y.tgz') })).toEqual(['url 3'])
    const odd = [
      'a: https://x/y.tgz',
      '"a": "git+ssh://x/y"',
      "'a>b': file:../x",
      'a: x/y',
      'a: "\\u0068ttps:x"',
    ]
    for (const line of [...odd, 'a: {b: https://x/y}', '- https://x/y'])
      expect(found({ 'pnpm-workspace.yaml': `overrides:\n  ${line}\n` })).toHaveLength(1)
    expect(found({ 'pnpm-workspace.yaml': "overrides:\n  'a>b': '-'\n  c: npm:d@1 # why\n" })).toEqual([])
    expect(found({ 'pnpm-workspace.yaml': 'packages:\n  - packages/*\ncatalog:\n  a: ^1.0.0\n' })).toEqual([])
  })
})

describe('a .npmrc', () => {
  it.each([
    ['registry=https://npm.example/', 0],
    ['registry = "https://npm.example"', 0],
    ['registry=https://registry.npmjs.org/', 0],
    ['@me:registry=https://npm.example/me/', 0],
    ['@me:registry=https://npm.example/', 1],
    ['@you:registry=https://registry.npmjs.org/', 1],
    ['registry=https://evil.example/$' + '{KEY}/', 1],
    ['git=./evil.sh', 0],
  ])('with %s: %i refused', (line, refused) => expect(found({ '.npmrc': `${line}\n` })).toHaveLength(refused))
})

it('lets pass what the user allowed, and nothing else', () => {
  const files = {
    'package.json': JSON.stringify({ dependencies: { a: 'x/y', b: 'https://x/y', c: 'file:x' } }),
  }
  expect(found(files, ['git'])).toEqual(['url 1', 'file 1'])
  expect(found(files, ['git', 'url', 'scripts'])).toEqual(['file 1'])
})
