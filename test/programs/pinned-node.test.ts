// Fetching the pinned Node through an npm made here: what npm is asked and given, and what is refused.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { npmEnvironment, PACKAGES, pinnedNode, VERSION } from '../../programs/pinned-node.js'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'canopy-node-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** An npm that runs this script in the room of the fetch. */
function npm(body: string): string {
  const folder = join(home, 'tools')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\necho "$*" > ${join(home, 'asked')}\n${body}\n`)
  chmodSync(join(folder, 'npm'), 0o755)
  return `${folder}:/usr/bin:/bin`
}
const fetchWith = (path: string, notices: string[] = []) =>
  pinnedNode({ environment: { XDG_CACHE_HOME: home }, path, notice: (text: string) => notices.push(text) })
const left = () => readdirSync(join(home, 'canopy', 'node'))

describe('the pinned Node', () => {
  it('is asked for by its exact version, without scripts, and told of', () => {
    const notices: string[] = []
    expect(() => fetchWith(npm('echo damaged > node.tgz'), notices)).toThrow('SHA-512 mismatch')
    const asked = readFileSync(join(home, 'asked'), 'utf8')
    expect(asked).toMatch(new RegExp(`^pack node-[\\w-]+@${VERSION} --ignore-scripts --silent `))
    expect(notices).toEqual([expect.stringContaining(VERSION)])
  })

  it.each([
    ['brings another archive', 'echo other > node.tgz', 'SHA-512 mismatch'],
    ['brings an empty archive', ': > node.tgz', 'SHA-512 mismatch'],
    ['brings nothing', 'exit 0', 'brought no package'],
    ['fails', 'exit 1', 'Command failed'],
  ])('is refused when npm %s, and nothing of it stays', (_what, body, reason) => {
    expect(() => fetchWith(npm(body))).toThrow(reason)
    expect(left()).toEqual([])
  })

  it('is not fetched without npm, and what to install is told', () => {
    expect(() => fetchWith(join(home, 'empty'))).toThrow('npm is not on the PATH. Install Node')
    expect(left()).toEqual([])
  })

  it('reads no file of the folder that Canopy is started in', () => {
    expect(() =>
      fetchWith(npm(`pwd > ${join(home, 'where')}; cat package.json > ${join(home, 'manifest')}; exit 1`)),
    ).toThrow()
    expect(readFileSync(join(home, 'where'), 'utf8')).toContain(join(home, 'canopy', 'node', '.fetching-'))
    expect(readFileSync(join(home, 'manifest'), 'utf8')).toBe('{"private":true}')
    expect(existsSync(join(home, 'canopy', 'node'))).toBe(true)
  })

  it('has a package and a checksum for each platform', () => {
    for (const [platform, [name = '', sha512 = '']] of Object.entries(PACKAGES)) {
      expect(name).toContain(platform)
      expect(Buffer.from(sha512, 'base64')).toHaveLength(64)
    }
  })
})

describe('the environment of npm', () => {
  it.each([
    ['HOME', true],
    ['LC_ALL', true],
    ['XDG_CONFIG_HOME', true],
    ['https_proxy', true],
    ['NO_PROXY', true],
    ['NODE_EXTRA_CA_CERTS', true],
    ['npm_config_registry', true],
    ['NPM_CONFIG_USERCONFIG', true],
    ['SOME_API_KEY', false],
    ['NODE_OPTIONS', false],
    ['NODE_PATH', false],
    ['LD_PRELOAD', false],
    ['npm_lifecycle_event', false],
    ['MY_HOME', false],
  ])('of %s: %s', (name, isKept) => {
    expect(npmEnvironment({ [name]: 'x' }, '/bin')).toEqual({ ...(isKept && { [name]: 'x' }), PATH: '/bin' })
  })

  it('has no settings that npm took from the project that it was started in', () => {
    const environment = { npm_config_registry: 'https://evil.example', npm_config_local_prefix: home }
    expect(npmEnvironment(environment, '/bin')).toEqual({ PATH: '/bin' })
    const own = execFileSync('git', ['rev-parse', '--show-toplevel'], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    }).trim()
    const ofCanopy = { npm_config_registry: 'https://mine.example', npm_config_local_prefix: own }
    expect(npmEnvironment(ofCanopy, '/bin')).toEqual({
      npm_config_registry: 'https://mine.example',
      npm_config_local_prefix: own,
      PATH: '/bin',
    })
  })
})
