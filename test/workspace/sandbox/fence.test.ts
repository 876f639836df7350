// The options that bubblewrap gets for a command: what is shown, where, and what may be written. Nothing is started.

import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fence, homeOf, memoryFolders } from '../../../workspace/sandbox/fence.ts'
import { InheritedDescriptors, type KnownOptions } from '../../../workspace/sandbox/inherited-descriptors.ts'
import { isInside, MountRefused, openMountSource } from '../../../workspace/sandbox/mount-sources.ts'
import type { Command } from '../../../workspace/sandbox/sandbox.ts'

let root: string
let inherited: InheritedDescriptors
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'canopy-fence-')))
  inherited = new InheritedDescriptors()
  for (const name of ['work', 'work/inner', 'packages']) mkdirSync(join(root, name))
  writeFileSync(join(root, 'work/.git'), 'gitdir: x\n')
})
afterEach(() => {
  inherited.close()
  rmSync(root, { recursive: true, force: true })
})

const all: KnownOptions = (option, ...values) => [option, ...values]
/** Bubblewrap before 0.8. */
const old: KnownOptions = () => []
const at = (...names: string[]) => join(root, ...names)

const optionsOf = (more: Partial<Command> = {}, known = all) =>
  fence({ argv: ['true'], cwd: at('work'), writable: [at('work')], timeoutMs: 1, ...more }, known, inherited)

/** The mounts of an option as pairs of source and place; a descriptor is told by its inode. */
function mounts(options: readonly string[], option: string): [string, string][] {
  return options.flatMap((word, index): [string, string][] =>
    word === option ? [[options[index + 1] ?? '', options[index + 2] ?? '']] : [],
  )
}

const inodeOf = (descriptor: string) => {
  const one = inherited.all[Number(descriptor) - 4]
  return typeof one === 'number' ? fstatSync(one).ino : undefined
}
const inodeAt = (path: string) => {
  const descriptor = openMountSource(path, 'file or folder')
  try {
    return fstatSync(descriptor).ino
  } finally {
    closeSync(descriptor)
  }
}
const placesOf = (options: readonly string[], option: string) =>
  mounts(options, option).map(([, place]) => place)

describe('the options of a command', () => {
  it('take every namespace and every capability away', async () => {
    const options = await optionsOf()
    for (const flag of [
      '--unshare-all',
      '--unshare-user',
      '--disable-userns',
      '--die-with-parent',
      '--new-session',
    ])
      expect(options).toContain(flag)
    expect(options.join(' ')).toContain('--cap-drop ALL')
    expect(options.join(' ')).toContain('--uid 1000 --gid 1000')
    expect(options).not.toContain('--share-net')
    expect(options).not.toContain('--dev-bind-try')
  })

  it('show the command its folders by descriptors of the folders that were checked', async () => {
    const options = await optionsOf({ readable: [at('packages')] })
    const [writable] = mounts(options, '--bind-fd')
    expect(writable?.[1]).toBe(at('work'))
    expect(inodeOf(writable?.[0] ?? '')).toBe(inodeAt(at('work')))
    const readable = mounts(options, '--ro-bind-fd').find(([, place]) => place === at('packages'))
    expect(inodeOf(readable?.[0] ?? '')).toBe(inodeAt(at('packages')))
  })

  it('name the paths where an older bubblewrap takes no descriptors', async () => {
    const options = await optionsOf({ readable: [at('packages')] }, old)
    expect(mounts(options, '--bind')).toContainEqual([at('work'), at('work')])
    expect(mounts(options, '--ro-bind')).toContainEqual([at('packages'), at('packages')])
    for (const absent of ['--size', '--disable-userns', '--bind-fd', '--ro-bind-fd'])
      expect(options).not.toContain(absent)
  })

  it('mount what is frozen behind what may be written', async () => {
    const options = await optionsOf({ frozen: [at('work/.git')] })
    const writable = options.findIndex(
      (word, index) => word === '--bind-fd' && options[index + 2] === at('work'),
    )
    const frozen = options.findIndex(
      (word, index) => word === '--ro-bind-fd' && options[index + 2] === at('work/.git'),
    )
    expect(writable).toBeGreaterThan(-1)
    expect(frozen).toBeGreaterThan(writable)
  })

  it('mount what is moved at its other place, for reading', async () => {
    const options = await optionsOf({ moved: [{ from: at('packages'), to: '/elsewhere/git' }] })
    const [descriptor = ''] =
      mounts(options, '--ro-bind-fd').find(([, place]) => place === '/elsewhere/git') ?? []
    expect(inodeOf(descriptor)).toBe(inodeAt(at('packages')))
    expect(placesOf(options, '--bind-fd')).toEqual([at('work')])
  })

  it('make no folder of the user writable but those of the command', async () => {
    const options = await optionsOf({ readable: [at('packages')] }, old)
    expect(placesOf(options, '--bind')).toEqual([at('work')])
    expect(mounts(options, '--dev-bind').map(([, place]) => place)).toEqual(['/dev/zero'])
  })

  it('never show a folder of the system with secrets', async () => {
    const options = await optionsOf({}, old)
    const shown = [
      ...placesOf(options, '--ro-bind'),
      ...placesOf(options, '--ro-bind-try'),
      ...placesOf(options, '--bind'),
    ]
    for (const secret of ['/', '/etc', '/root', '/home', '/run', '/var', '/sys', '/proc', '/dev', homedir()])
      expect(shown).not.toContain(secret)
    expect(shown.filter((place) => place.startsWith('/etc/')).sort()).toEqual(
      [
        'alternatives',
        'group',
        'hosts',
        'ld.so.cache',
        'ld.so.conf',
        'ld.so.conf.d',
        'mime.types',
        'nsswitch.conf',
        'passwd',
      ].map((name) => `/etc/${name}`),
    )
  })

  it('make everything else read-only before the command begins', async () => {
    const options = await optionsOf()
    const readOnly = options.flatMap((word, index) => (word === '--remount-ro' ? [options[index + 1]] : []))
    expect(readOnly).toEqual(['/proc', '/dev', '/'])
    expect(options.slice(-2)).toEqual(['--chdir', at('work')])
    expect(options.lastIndexOf('--remount-ro')).toBeGreaterThan(options.lastIndexOf('--bind-fd'))
  })

  it('limit the file systems in memory', async () => {
    const options = await optionsOf()
    const sizes = options.flatMap((word, index) =>
      word === '--tmpfs'
        ? [[options[index + 1], options[index - 2] === '--size' && Number(options[index - 1])]]
        : [],
    )
    expect(sizes).toEqual([
      ['/dev/shm', 64 * 1024 ** 2],
      ['/tmp', 512 * 1024 ** 2],
      ['/home/canopy', 128 * 1024 ** 2],
    ])
  })

  it('give another machine its name and its home', async () => {
    const machine = { hostname: 'build-7', home: '/home/runner' }
    const options = await optionsOf({ machine })
    expect(options.join(' ')).toContain('--hostname build-7')
    expect(options.join(' ')).toContain('--tmpfs /home/runner')
    expect(options.join(' ')).not.toContain('/home/canopy')
    const command = { argv: [], cwd: '/', writable: [], timeoutMs: 1 }
    expect(homeOf({ ...command, machine })).toBe('/home/runner')
    expect(homeOf(command)).toBe('/home/canopy')
    expect(memoryFolders({ ...command, machine }).map(({ path }) => path)).toEqual([
      '/dev/shm',
      '/tmp',
      '/home/runner',
    ])
  })

  it('hide a socket of the host in a folder that is shown, and not one that the command was given', async () => {
    const servers = await Promise.all(
      ['work/private.sock', 'work/inner/own.sock'].map((name) => listening(at(name))),
    )
    try {
      const options = await optionsOf({ sockets: [at('work/inner/own.sock')] })
      const hidden = mounts(options, '--ro-bind').filter(([source]) => source === '/dev/null')
      expect(hidden.map(([, place]) => place)).toContain(at('work/private.sock'))
      const given = options.findIndex(
        (word, index) => word === '--ro-bind-fd' && options[index + 2] === at('work/inner/own.sock'),
      )
      const mask = options.findIndex(
        (word, index) => word === '/dev/null' && options[index + 1] === at('work/inner/own.sock'),
      )
      expect(given).toBeGreaterThan(mask)
    } finally {
      for (const server of servers) server.close()
    }
  })

  it('hide a socket of a folder that is moved at its other place', async () => {
    const server = await listening(at('packages/private.sock'))
    try {
      const options = await optionsOf({ moved: [{ from: at('packages'), to: '/elsewhere' }] })
      expect(mounts(options, '--ro-bind')).toContainEqual(['/dev/null', '/elsewhere/private.sock'])
    } finally {
      server.close()
    }
  })
})

function listening(path: string): Promise<ReturnType<typeof createServer>> {
  const server = createServer()
  return new Promise((resolve) => server.listen(path, () => resolve(server)))
}

describe('a folder that is never shown', () => {
  it.each(['/', '/etc', '/run', '/root', '/home', '/proc', '/sys', '/dev', '/dev/shm', homedir()])(
    '%s',
    async (path) => {
      await expect(optionsOf({ readable: [path] })).rejects.toThrow(MountRefused)
      await expect(optionsOf({ writable: [path] })).rejects.toThrow(MountRefused)
      await expect(optionsOf({ moved: [{ from: path, to: '/x' }] })).rejects.toThrow(MountRefused)
    },
  )

  it.each(['/proc/self', '/sys/kernel', '/dev/null', '/proc/1/root'])('a file of the kernel: %s', (path) => {
    expect(() => openMountSource(path, 'file or folder')).toThrow(
      /is in \/(proc|sys|dev), which is never mounted|is not a|link/,
    )
  })

  it('a link, and a path that leads over one', () => {
    symlinkSync(at('packages'), at('link'))
    symlinkSync('/etc/passwd', at('work/passwd'))
    expect(() => openMountSource(at('link'), 'file or folder')).toThrow(
      `${at('link')} is a link at link; a link is never mounted into the sandbox`,
    )
    expect(() => openMountSource(at('work/passwd'), 'file or folder')).toThrow(/is a link at passwd/)
  })

  it('one above the home, also by another way to write it', () => {
    const above = join(homedir(), '..')
    expect(() => openMountSource(above, 'file or folder')).toThrow(/which is never mounted|cannot be mounted/)
    expect(() => openMountSource(`${homedir()}/../..`, 'file or folder')).toThrow(MountRefused)
  })

  it('one that is missing, with the reason of the system', () => {
    expect(() => openMountSource(at('nothing'), 'file or folder')).toThrow(
      new RegExp(`^${at('nothing')} cannot be mounted into the sandbox: ENOENT`),
    )
    expect(() => openMountSource(at('nothing/deeper'), 'file or folder')).toThrow(
      /cannot be mounted .* ENOENT/,
    )
  })

  it('a socket where a folder is expected, and a folder where a socket is', async () => {
    const server = await listening(at('work/a.sock'))
    try {
      expect(() => openMountSource(at('work/a.sock'), 'file or folder')).toThrow(/is not a file or folder/)
      expect(() => openMountSource(at('work'), 'socket')).toThrow(/is not a socket/)
      closeSync(openMountSource(at('work/a.sock'), 'socket'))
    } finally {
      server.close()
    }
  })
})

it('a folder whose parent is a link is shown by its real place', () => {
  symlinkSync(at('work'), at('shortcut'))
  const descriptor = openMountSource(at('shortcut/inner'), 'file or folder')
  expect(fstatSync(descriptor).ino).toBe(inodeAt(at('work/inner')))
  closeSync(descriptor)
})

describe('inherited descriptors', () => {
  it('are numbered from 4 in the order in which they were added', () => {
    expect(inherited.add(Buffer.from('a'))).toBe('4')
    expect(inherited.mount(all, '--ro-bind', at('work'))).toEqual(['--ro-bind-fd', '5', at('work')])
    expect(inherited.mount(all, '--bind', at('packages'), { to: '/to' })).toEqual(['--bind-fd', '6', '/to'])
    expect(inherited.add(Buffer.from('b'))).toBe('7')
  })

  it('are closed once, and a second time does nothing', () => {
    inherited.mount(all, '--bind', at('work'))
    const [descriptor] = inherited.all
    inherited.close()
    expect(inherited.all).toEqual([])
    expect(() => fstatSync(descriptor as number)).toThrow(/EBADF/)
    inherited.close()
  })

  it('are all closed when a later source is refused', async () => {
    await expect(optionsOf({ readable: [at('packages'), '/etc'] })).rejects.toThrow(MountRefused)
    const open = inherited.all.filter((one) => typeof one === 'number')
    inherited.close()
    for (const one of open) expect(() => fstatSync(one)).toThrow(/EBADF/)
  })
})

describe('a path inside a folder', () => {
  it.each([
    ['/a', '/a', true],
    ['/a/b', '/a', true],
    ['/ab', '/a', false],
    ['/a', '/a/b', false],
    ['/a', '/', true],
    ['/', '/', true],
    ['/a b/c', '/a b', true],
  ])('%s in %s: %s', (path, folder, expected) => {
    expect(isInside(path, folder)).toBe(expected)
  })
})
