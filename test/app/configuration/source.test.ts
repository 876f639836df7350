// Configuration files as they lie on a disk: marks, line ends, links, pipes, sizes, owners and folders of acceptance files.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { readOwnFile, readRepositoryFile, readUserFile } from '../../../app/configuration/source.ts'
import { UserError } from '../../../app/errors.ts'
import { scratch } from '../../cli/scratch.ts'

const MAX_BYTES = 128 * 1024
const isRoot = process.getuid?.() === 0

let home: string
beforeEach(() => {
  home = scratch()
})

function file(name: string, text: string | Buffer = 'workers: 2\n', mode = 0o600): string {
  const path = join(home, name)
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
  return path
}

const own = (path: string, repository?: string) => readOwnFile('--config', path, repository)
async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error = await work.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UserError)
  expect((error as UserError).wayOut).not.toBe('')
  return error as UserError
}

describe('the text of a file', () => {
  it.each([
    ['has a byte-order mark', '\ufeffworkers: 2\n', { workers: 2 }],
    [
      'has line ends of Windows',
      'workers: 2\r\nmail:\r\n  max-mb: 32\r\n',
      { workers: 2, mail: { 'max-mb': 32 } },
    ],
    ['has no last line end', 'workers: 2', { workers: 2 }],
    ['begins with comments and empty lines', '# mine\n\n\nworkers: 2\n', { workers: 2 }],
    ['is JSON', '{"workers": 2}', { workers: 2 }],
    ['is an empty mapping', '{}', {}],
  ])('%s and is read', async (_, text, value) => {
    expect((await own(file('config.yaml', text))).value).toEqual(value)
  })

  it('has its hash over the bytes of the file, with the mark', async () => {
    const text = '\ufeffworkers: 2\n'
    const { sha256 } = await own(file('config.yaml', text))
    expect(sha256).toBe(createHash('sha256').update(text).digest('hex'))
  })

  it('after a mark and with line ends of Windows has its mistakes at their lines', async () => {
    const path = file('config.yaml', '\ufeff# mine\r\nmail:\r\n  max-mb: 3\r\n')
    expect((await refusal(own(path))).message).toBe(`${path}:3:11: mail.max-mb is 3; expected at least 16`)
  })

  it.each([
    ['UTF-16 with a mark', Buffer.from('\ufeffworkers: 2\n', 'utf16le')],
    ['Latin-1', Buffer.from('# M\u00fcller\nworkers: 2\n', 'latin1')],
    ['half a character', Buffer.from([0x77, 0xe2, 0x82])],
    ['a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe])],
  ])('is refused when it is %s', async (_, bytes) => {
    expect(await refusal(own(file('config.yaml', bytes)))).toMatchObject({
      code: 'configuration_unreadable',
      message: `${join(home, 'config.yaml')} cannot be read: it is not UTF-8`,
    })
  })
})

describe('the size of a file', () => {
  const padded = (bytes: number) => `workers: 2\n#${'x'.repeat(bytes - 12)}`

  it.each([
    ["the user's own", (path: string) => own(path), 'configuration_unreadable'],
    ['a repository’s', () => readRepositoryFile(home), 'configuration_unreadable'],
  ])('%s may be 128 KiB and not a byte more', async (_, read, code) => {
    const path = file('canopy.yaml', padded(MAX_BYTES))
    expect(await read(path)).toMatchObject({ value: { workers: 2 } })
    writeFileSync(path, padded(MAX_BYTES + 1))
    const error = await refusal(read(path))
    expect(error).toMatchObject({ code })
    expect(error.message).toContain(`${MAX_BYTES + 1} bytes`)
  })
})

describe('what is no regular file', () => {
  it.each([
    ['a folder', () => mkdirSync(join(home, 'x')), 'it is not a regular file'],
    [
      'a pipe that nobody writes',
      () => execFileSync('mkfifo', [join(home, 'x')]),
      'it is not a regular file',
    ],
    ['a link to nothing', () => symlinkSync(join(home, 'gone'), join(home, 'x')), 'it does not exist'],
    ['a link to itself', () => symlinkSync(join(home, 'x'), join(home, 'x')), 'ELOOP'],
    ['nothing', () => undefined, 'it does not exist'],
    ['a path below a file', () => file('x', ''), 'a part of the path is not a directory'],
  ])('as one’s own is refused at once: %s', async (what, make, reason) => {
    make()
    const path = what === 'a path below a file' ? join(home, 'x', 'config.yaml') : join(home, 'x')
    const error = await refusal(own(path))
    expect(error).toMatchObject({ code: 'configuration_unreadable' })
    expect(error.message).toContain(`${path} cannot be read: `)
    expect(error.message).toContain(reason)
  })

  it.each([
    ['a pipe', () => execFileSync('mkfifo', [join(home, 'canopy.yaml')]), 'is not a regular file'],
    ['a folder', () => mkdirSync(join(home, 'canopy.yaml')), 'is a folder'],
    [
      'a link to a file of the user',
      () => symlinkSync(file('secret', 'workers: 9'), join(home, 'canopy.yaml')),
      'is a link',
    ],
    ['a link to nothing', () => symlinkSync('/nowhere', join(home, 'canopy.yaml')), 'is a link'],
  ])('in a repository is refused without being followed: %s', async (_, make, reason) => {
    make()
    const error = await refusal(readRepositoryFile(home))
    expect(error).toMatchObject({ code: 'configuration_unreadable' })
    expect(error.message).toContain(reason)
    expect(error.message).not.toContain('workers')
  })
})

describe('a file that others could have written', () => {
  it.each([
    [0o600, true],
    [0o644, true],
    [0o400, true],
    [0o660, false],
    [0o606, false],
    [0o622, false],
    [0o666, false],
    [0o777, false],
  ])('by its mode %o is used: %s', async (mode, isUsed) => {
    const path = file('config.yaml', 'workers: 2\n', mode)
    if (isUsed) return expect(await own(path)).toMatchObject({ value: { workers: 2 } })
    expect(await refusal(own(path))).toMatchObject({
      code: 'configuration_unsafe',
      message: `${path} is not used: other users may write it`,
      wayOut: `Make it yours alone: chmod go-w ${path}`,
    })
  })

  it.skipIf(!isRoot)('by its owner is refused, with the command that mends it', async () => {
    const path = file('config.yaml')
    chownSync(path, 54_321, 54_321)
    expect(await refusal(own(path))).toMatchObject({
      code: 'configuration_unsafe',
      message: `${path} is not used: it belongs to the user 54321, not to you (0)`,
      wayOut: `Make it yours alone: chown 0 ${path}`,
    })
  })

  it('through a link is judged as the file that the link leads to', async () => {
    symlinkSync(file('shared.yaml', 'workers: 2\n', 0o666), join(home, 'config.yaml'))
    expect(await refusal(own(join(home, 'config.yaml')))).toMatchObject({ code: 'configuration_unsafe' })
    chmodSync(join(home, 'shared.yaml'), 0o600)
    expect(await own(join(home, 'config.yaml'))).toMatchObject({ value: { workers: 2 } })
  })
})

describe("the user's own file", () => {
  const around = (env: Record<string, string> = {}) => ({ env, home, directory: home, cores: 2 })
  const place = (folder: string, text: string) => {
    mkdirSync(join(home, folder), { recursive: true })
    return file(join(folder, 'config.yaml'), text)
  }

  it('is the one in ~/.config, or none', async () => {
    expect(await readUserFile(undefined, undefined, around())).toBeUndefined()
    const path = place('.config/canopy', 'workers: 3\n')
    expect(await readUserFile(undefined, undefined, around())).toMatchObject({ path, value: { workers: 3 } })
  })

  it('is the one in XDG_CONFIG_HOME where that is an absolute path', async () => {
    place('.config/canopy', 'workers: 3\n')
    const path = place('xdg/canopy', 'workers: 4\n')
    const given = around({ XDG_CONFIG_HOME: join(home, 'xdg') })
    expect(await readUserFile(undefined, undefined, given)).toMatchObject({ path, value: { workers: 4 } })
    const relative = around({ XDG_CONFIG_HOME: 'xdg' })
    expect(await readUserFile(undefined, undefined, relative)).toMatchObject({ value: { workers: 3 } })
  })

  it('that was named is read from the folder that one is in, and must be there', async () => {
    file('mine.yaml', 'workers: 5\n')
    expect(await readUserFile('mine.yaml', undefined, around())).toMatchObject({ value: { workers: 5 } })
    expect(await refusal(readUserFile('gone.yaml', undefined, around()))).toMatchObject({
      code: 'configuration_unreadable',
      message: expect.stringContaining('it does not exist'),
    })
  })

  it('is refused inside the repository, also through a link from outside', async () => {
    const repository = join(home, 'library')
    mkdirSync(repository)
    const inside = file(join('library', 'mine.yaml'))
    symlinkSync(inside, join(home, 'link.yaml'))
    for (const path of [inside, join(home, 'link.yaml')])
      expect(await refusal(own(path, repository))).toMatchObject({
        code: 'configuration_unsafe',
        message: `${path} is inside the repository ${repository}, where workers can read it`,
        wayOut: 'Keep it outside, for example in ~/.config/canopy: --config FILE.',
      })
    expect(await own(file('library.yaml'), repository)).toMatchObject({ value: { workers: 2 } })
  })
})

describe('a folder of acceptance files', () => {
  const text = (files: string) =>
    `milestones:\n  - { id: a, name: A, goal: { outcome: x, accept: [make, { run: node --test, files: ${files} }] } }\n`
  const acceptOf = async (path: string, repository?: string) => {
    const { value } = await own(path, repository)
    return (value as { milestones: { goal: { accept: unknown[] } }[] }).milestones[0]?.goal.accept
  }

  it('is meant from where the file that names it stands, as its real path', async () => {
    mkdirSync(join(home, 'deep', 'accept'), { recursive: true })
    symlinkSync(join(home, 'deep', 'accept'), join(home, 'deep', 'link'))
    for (const name of ['accept', './accept', 'link', '../deep/accept'])
      expect(await acceptOf(file('deep/config.yaml', text(name)))).toEqual([
        'make',
        { run: 'node --test', files: realpathSync(join(home, 'deep', 'accept')) },
      ])
  })

  it.each([
    ['is not there', 'gone'],
    ['is a file', 'a-file'],
    ['is a link to nothing', 'dangling'],
  ])('that %s is told with its place and the path that was tried', async (_, name) => {
    file('a-file', '')
    symlinkSync('/nowhere', join(home, 'dangling'))
    const path = file('config.yaml', text(name))
    const column = (text(name).split('\n')[1] ?? '').lastIndexOf(name) + 1
    expect(await refusal(own(path))).toMatchObject({
      code: 'configuration_invalid',
      message: `${path}:2:${column}: files is "${name}"; there is no folder ${join(home, name)}`,
      wayOut: 'Name a folder outside the repository, by its absolute path or relative to this file.',
    })
  })

  it('inside the repository is refused: workers would read what accepts their work', async () => {
    const repository = join(home, 'library')
    mkdirSync(join(repository, 'accept'), { recursive: true })
    symlinkSync(join(repository, 'accept'), join(home, 'link'))
    for (const name of ['library/accept', 'library', 'link'])
      expect(await refusal(own(file('config.yaml', text(name)), repository))).toMatchObject({
        code: 'configuration_unsafe',
        message: expect.stringContaining(`is inside the repository ${repository}`),
      })
  })
})
