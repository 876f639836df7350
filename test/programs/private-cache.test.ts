// The folder of fetched programs: for its user alone, and with nothing in it that was exchanged.

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cacheRoot, isAsFetched, privateFolder, writeRecord } from '../../programs/private-cache.js'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'canopy-cache-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

describe('the root of the cache', () => {
  it.each([
    [{ XDG_CACHE_HOME: '/var/cache/me' }, '/var/cache/me/canopy'],
    [{ XDG_CACHE_HOME: 'cache' }, join(homedir(), '.cache', 'canopy')],
    [{ XDG_CACHE_HOME: '' }, join(homedir(), '.cache', 'canopy')],
    [{}, join(homedir(), '.cache', 'canopy')],
  ])('of %o is %s', (environment, root) => {
    expect(cacheRoot(environment)).toBe(root)
  })
})

describe('a private folder', () => {
  it('is made for its user alone, also where there was one that others could read', () => {
    const folder = join(home, 'a', 'bin')
    expect(privateFolder(folder)).toBe(folder)
    chmodSync(folder, 0o755)
    privateFolder(folder)
    expect(lstatSync(folder).mode & 0o777).toBe(0o700)
  })

  it.each([0o770, 0o707, 0o777, 0o722])('of mode %o is refused, with a way out', (mode) => {
    const folder = join(home, 'bin')
    mkdirSync(folder)
    chmodSync(folder, mode)
    expect(() => privateFolder(folder)).toThrow(`its mode is ${mode.toString(8)}. Make it yours alone`)
  })

  it('below a folder that others can write to is refused', () => {
    const above = join(home, 'open')
    mkdirSync(above)
    chmodSync(above, 0o777)
    expect(() => privateFolder(join(above, 'bin'))).toThrow('others can write to it')
    // With the sticky bit, as /tmp has it, nobody else can exchange the folder.
    chmodSync(above, 0o1777)
    expect(privateFolder(join(above, 'other'))).toBe(join(above, 'other'))
  })

  it('that is a link is refused, wherever it leads', () => {
    mkdirSync(join(home, 'real'), { mode: 0o700 })
    symlinkSync(join(home, 'real'), join(home, 'bin'))
    expect(() => privateFolder(join(home, 'bin'))).toThrow('it is no folder of yours')
  })
})

describe('a fetched program', () => {
  function fetched(text = 'program'): string {
    const path = join(home, 'acorn')
    writeFileSync(path, text, { mode: 0o755 })
    writeRecord(path, path, 'sha256:abc')
    return path
  }

  it('is known again by its checksum, and by size and time', () => {
    const path = fetched()
    for (const how of [{}, { quick: true }, { origin: 'sha256:abc' }])
      expect(isAsFetched(path, how)).toBe(true)
  })

  it('of another archive is another one', () => {
    expect(isAsFetched(fetched(), { origin: 'sha256:def' })).toBe(false)
  })

  it.each([
    ['was changed', (path: string) => writeFileSync(path, 'other program')],
    ['others can write to', (path: string) => chmodSync(path, 0o757)],
    ['is gone', (path: string) => rmSync(path)],
    ['has no record', (path: string) => rmSync(`${path}.fetched.json`)],
    ['has a record that is cut off', (path: string) => writeFileSync(`${path}.fetched.json`, '{"origin"')],
    ['has an empty record', (path: string) => writeFileSync(`${path}.fetched.json`, '')],
    [
      'became a link',
      (path: string) => {
        writeFileSync(join(home, 'elsewhere'), 'program', { mode: 0o755 })
        rmSync(path)
        symlinkSync(join(home, 'elsewhere'), path)
      },
    ],
  ])('that %s is not used', (_, harm) => {
    const path = fetched()
    harm(path)
    expect(isAsFetched(path)).toBe(false)
    expect(isAsFetched(path, { quick: true })).toBe(false)
  })

  it('with the same size and time but other content is found by its checksum', () => {
    const path = fetched('program')
    const { atime, mtime } = lstatSync(path)
    writeFileSync(path, 'prog_am')
    utimesSync(path, atime, mtime)
    expect(isAsFetched(path)).toBe(false)
  })
})
