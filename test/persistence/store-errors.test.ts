// The errors of a store as a person sees them: each fault of a disk or of LevelDB has a code, a sentence with the place
// and the cause, and a way out.

import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FencedError, openStore, StoreError, type StoreErrorCode } from '../../persistence/index.ts'
import { storeError } from '../../persistence/store-error.ts'
import { UnreadableRow } from '../../persistence/unreadable-row.ts'

const coded = (code: string, message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { code })
const failedToOpen = (cause: Error): Error =>
  coded('LEVEL_DATABASE_NOT_OPEN', 'Database failed to open', cause)

const faults: [string, unknown, StoreErrorCode, RegExp][] = [
  [
    'a full disk, as LevelDB says it',
    coded('LEVEL_IO_ERROR', 'IO error: /s/000003.log: No space left on device'),
    'disk_full',
    /the disk is full \(IO error: .*\)\. Free some space and start again/,
  ],
  [
    'a full disk, as Node says it',
    coded('ENOSPC', 'ENOSPC: no space left on device, write'),
    'disk_full',
    /Free some space/,
  ],
  ['a full quota', coded('EDQUOT', 'EDQUOT: disk quota exceeded'), 'disk_full', /Free some space/],
  [
    'a lock',
    failedToOpen(coded('LEVEL_LOCKED', 'IO error: lock /s/LOCK: Resource temporarily unavailable')),
    'locked',
    /it is already open .*Stop the other process/,
  ],
  [
    'a missing manifest',
    failedToOpen(coded('LEVEL_IO_ERROR', 'IO error: /s/MANIFEST-000004: No such file or directory')),
    'unreadable',
    /its rows cannot be read .*Restore the directory from a backup/,
  ],
  [
    'a checksum that differs',
    coded('LEVEL_CORRUPTION', 'Corruption: block checksum mismatch'),
    'unreadable',
    /block checksum mismatch.*Restore/,
  ],
  [
    'a checksum that differs, without a code of its own',
    failedToOpen(new Error('Corruption: no meta-nextfile entry in descriptor')),
    'unreadable',
    /no meta-nextfile/,
  ],
  [
    'a disk that may only be read',
    failedToOpen(coded('LEVEL_IO_ERROR', 'IO error: /s/LOCK: Read-only file system')),
    'unwritable',
    /it cannot be written .*Choose a directory/,
  ],
  ['no permission', coded('EACCES', 'EACCES: permission denied, mkdir'), 'unwritable', /permission denied/],
  [
    'no permission in a folder whose name speaks of corruption',
    failedToOpen(coded('LEVEL_IO_ERROR', 'IO error: /home/corrupt-files/store/LOCK: Permission denied')),
    'unwritable',
    /Permission denied.*Choose a directory/,
  ],
  ['a closed database', coded('LEVEL_DATABASE_NOT_OPEN', 'Database is not open'), 'closed', /Open it again/],
  ['a closed iterator', coded('LEVEL_ITERATOR_NOT_OPEN', 'Iterator is not open'), 'closed', /it is closed/],
  [
    'an unreadable row below other errors',
    new Error('reading failed', { cause: new UnreadableRow('kept!k', 'no JSON', new SyntaxError('x')) }),
    'unreadable',
    /\(unreadable value under 'kept!k': no JSON\)/,
  ],
]

describe('an error', () => {
  test.each(faults)('of %s', (_, error, code, message) => {
    for (const otherwise of ['unreadable', 'unwritable', 'format'] as const) {
      const told = storeError('/s', error, otherwise)
      expect(told).toBeInstanceOf(StoreError)
      expect(told).toMatchObject({ name: 'StoreError', code, directory: '/s', cause: error })
      expect(told.message).toMatch(message)
      expect(told.message).toMatch(/^The store in \/s: /)
    }
  })

  test.each([
    ['an error', new Error('strange')],
    ['a text', 'strange'],
    ['nothing', undefined],
    ['null', null],
    ['an object', { strange: 1 }],
  ])('that is unknown, %s, gets the code of what was done', (_, error) => {
    for (const otherwise of ['unreadable', 'unwritable'] as const)
      expect(storeError('/s', error, otherwise)).toMatchObject({ code: otherwise, directory: '/s' })
  })

  test('of a store is not wrapped again', () => {
    const error = new StoreError('locked', '/s', 'it is already open')
    expect(storeError('/other', error, 'unwritable')).toBe(error)
  })

  test('whose cause is itself far below is told by its last cause', () => {
    let error = new Error('the root')
    for (let depth = 0; depth < 50; depth += 1) error = new Error(`level ${depth}`, { cause: error })
    expect(storeError('/s', error, 'unwritable').message).toContain('(the root)')
  })

  const codes: StoreErrorCode[] = [
    ...(['disk_full', 'locked', 'unreadable', 'unwritable', 'format'] as const),
    ...(['encrypted', 'not_encrypted', 'closed', 'no_backup'] as const),
  ]
  test.each(codes)('of code %s says the place, the reason and a way out, as sentences', (code) => {
    const { message } = new StoreError(code, '/s', 'the reason')
    expect(message).toMatch(/^The store in \/s: the reason\. [A-Z].+\.$/)
  })

  test('of a fence says which epoch is refused and why', () => {
    expect(new FencedError('a.b', 3, 5).message).toBe(
      'commit of a.b in epoch 3 refused: epoch 5 has committed since',
    )
    expect(new FencedError('a.b', 3, undefined).message).toBe(
      'commit of a.b in epoch 3 refused: it was removed since',
    )
  })
})

describe('a store in a folder named for corruption', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'canopy-corrupt-'))
  })
  afterEach(async () => {
    await chmod(root, 0o700)
    await rm(root, { recursive: true })
  })

  test('that is a file cannot be written, and is not called damaged', async () => {
    await writeFile(join(root, 'store'), 'text')
    await expect(openStore({ directory: join(root, 'store') })).rejects.toMatchObject({ code: 'unwritable' })
  })

  test('that lies behind a link is opened there', async () => {
    await mkdir(join(root, 'there'))
    await symlink(join(root, 'there'), join(root, 'store'))
    const store = await openStore({ directory: join(root, 'store') })
    await store.writeMeta('x', 1)
    await store.close()
    const there = await openStore({ directory: join(root, 'there') })
    expect(await there.readMeta('x')).toBe(1)
    await there.close()
  })

  test('that lies behind a link to nowhere cannot be written', async () => {
    await symlink(join(root, 'nowhere', 'else'), join(root, 'store'))
    await expect(openStore({ directory: join(root, 'store') })).rejects.toMatchObject({ name: 'StoreError' })
  })

  test('with the files of another program is not touched', async () => {
    await writeFile(join(root, '000005.ldb'), 'rows of somebody')
    await expect(openStore({ directory: root })).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('its file CURRENT is missing'),
    })
  })
})
