// Approvals: added, withdrawn, compared, and files of approvals that are damaged.

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { addApprovals, approvalsIn, readApprovals, removeApprovals } from '../../../app/approve/approvals.ts'
import { scratch } from '../../cli/scratch.ts'

let data: string
beforeEach(() => {
  data = scratch()
})
const file = () => join(data, 'approvals.json')
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)

const CI = '.github/workflows/ci.yml@3f2a9c04d1be'
const HOOK = '.husky/pre-commit@deleted'

describe('approvals', () => {
  it('are none in a fresh directory', async () => {
    expect(await readApprovals(data)).toEqual([])
    expect(await approvalsIn(data).has('a', '3f2a9c04d1be')).toBe(false)
  })

  it('are added once each, kept over processes, and for their owner alone', async () => {
    await addApprovals(data, [CI])
    const all = await addApprovals(data, [HOOK, CI])
    expect(all.map(({ path, blob }) => `${path}@${blob}`)).toEqual([CI, HOOK])
    expect(await readApprovals(data)).toEqual(all)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  it('make the data directory when it is the first thing there', async () => {
    const deeper = join(data, 'a', 'b')
    await addApprovals(deeper, [CI])
    expect(await readApprovals(deeper)).toHaveLength(1)
  })

  it.each([
    ['3f2a9c04d1be', true],
    ['3f2a9c04d1be5f00aa', true],
    ['3f2a9c0', false],
    ['4f2a9c04d1be', false],
    ['deleted', false],
  ])('of one content hold for %s: %s', async (blob, holds) => {
    await addApprovals(data, [CI])
    const approvals = approvalsIn(data)
    expect(await approvals.has('.github/workflows/ci.yml', blob)).toBe(holds)
    expect(await approvals.has('.github/workflows/other.yml', blob)).toBe(false)
  })

  it('count at once for whoever asks again', async () => {
    const approvals = approvalsIn(data)
    await addApprovals(data, [HOOK])
    expect(await approvals.has('.husky/pre-commit', 'deleted')).toBe(true)
    await removeApprovals(data, [HOOK])
    expect(await approvals.has('.husky/pre-commit', 'deleted')).toBe(false)
  })

  it('are withdrawn all or none', async () => {
    await addApprovals(data, [CI])
    expect(await failure(removeApprovals(data, [CI, HOOK]))).toMatchObject({
      code: 'bad_argument',
      message: `${HOOK} was not approved`,
    })
    expect(await readApprovals(data)).toHaveLength(1)
    expect(await removeApprovals(data, [CI])).toEqual([])
  })

  it.each([
    'ci.yml',
    '@3f2a9c04d1be',
    'ci.yml@',
    'ci.yml@3f2a9',
    'ci.yml@3F2A9C04D1BE',
    'ci.yml@removed',
    '../ci.yml@3f2a9c04d1be',
    '/etc/passwd@3f2a9c04d1be',
  ])('refuse %s, and keep what was there', async (written) => {
    await addApprovals(data, [CI])
    const error = await failure(addApprovals(data, [HOOK, written]))
    expect(error).toMatchObject({ code: 'bad_argument', message: expect.stringContaining('PATH@BLOB') })
    expect(await readApprovals(data)).toHaveLength(1)
  })
})

describe('a file of approvals', () => {
  it.each([
    ['is cut off', '{"approved":[{"path":"a"'],
    ['is empty', ''],
    ['has another form', '{"approved":[{"path":"a","blob":"zzz"}]}'],
    ['has more than that', '{"approved":[],"all":true}'],
    ['leaves the repository', '{"approved":[{"path":"../a","blob":"deleted"}]}'],
  ])('that %s approves nothing, and is not written over', async (_, text) => {
    writeFileSync(file(), text)
    const works: readonly (() => Promise<unknown>)[] = [
      () => readApprovals(data),
      () => addApprovals(data, [CI]),
      () => approvalsIn(data).has('a', 'deleted'),
    ]
    for (const work of works)
      expect(await failure(work())).toMatchObject({
        code: 'approvals_unreadable',
        wayOut: expect.stringContaining('approve the files again'),
      })
    expect(readFileSync(file(), 'utf8')).toBe(text)
  })

  it('that cannot be read is no empty one, and says so with the way out', async () => {
    mkdirSync(file())
    for (const work of [() => readApprovals(data), () => addApprovals(data, [CI])])
      expect(await failure(work())).toMatchObject({
        name: 'UserError',
        code: 'approvals_unreadable',
        message: expect.stringContaining(`${file()} cannot be read: `),
        wayOut: expect.stringContaining('Make it readable'),
      })
  })
})

describe('an approval of what changed since', () => {
  const path = '.github/workflows/ci.yml'
  const [before, after] = ['3f2a9c04d1be5f00aa', '77aa9c04d1be5f00aa']

  it('does not count for the new content, and counts again for the old one', async () => {
    await addApprovals(data, [`${path}@${before}`])
    const approvals = approvalsIn(data)
    expect(await approvals.has(path, after)).toBe(false)
    expect(await approvals.has(path, 'deleted')).toBe(false)
    expect(await approvals.has(path, before)).toBe(true)
  })

  it('may be given beside the old one, and each is withdrawn for itself', async () => {
    await addApprovals(data, [`${path}@${before}`, `${path}@${after}`, `${path}@deleted`])
    await removeApprovals(data, [`${path}@${before}`])
    const approvals = approvalsIn(data)
    const held = await Promise.all([before, after, 'deleted'].map((blob) => approvals.has(path, blob)))
    expect(held).toEqual([false, true, true])
  })

  it('that names a file of the same beginning counts for that file alone', async () => {
    await addApprovals(data, [`${path}@${before}`])
    for (const other of [`${path}.bak`, `x/${path}`, path.toUpperCase(), path.slice(1)])
      expect(await approvalsIn(data).has(other, before)).toBe(false)
  })
})

describe('approving the same twice', () => {
  it.each([
    ['at once', [CI, HOOK, CI]],
    ['one after the other', [CI]],
  ])('%s keeps one approval', async (_, written) => {
    await addApprovals(data, [CI])
    const all = await addApprovals(data, written)
    expect(all.filter(({ path }) => CI.startsWith(path))).toHaveLength(1)
    expect(JSON.parse(readFileSync(file(), 'utf8')).approved).toHaveLength(all.length)
  })

  it('at once in an empty directory keeps one', async () => {
    expect(await addApprovals(data, [CI, CI])).toHaveLength(1)
  })

  it('and withdrawing it twice at once withdraws it', async () => {
    await addApprovals(data, [CI, HOOK])
    expect(await removeApprovals(data, [CI, CI])).toHaveLength(1)
  })
})

describe('paths', () => {
  it.each([
    ['with an @', 'packages/@scope/a.yml'],
    ['with a space', 'a b/c d.yml'],
    ['with letters of other scripts', 'ворк/ä☃.yml'],
    ['as long as a path may be', `${'d/'.repeat(400)}a.yml`],
  ])('%s are approved as they are', async (_, path) => {
    await addApprovals(data, [`${path}@deleted`])
    expect(await approvalsIn(data).has(path, 'deleted')).toBe(true)
    expect(await removeApprovals(data, [`${path}@deleted`])).toEqual([])
  })

  it.each(['a/../../b@deleted', 'a//b@deleted', './a@deleted', 'a\0b@deleted', '.git/config@deleted'])(
    'such as %j are refused when they leave the repository or are its own',
    async (written) => {
      const error = (await failure(addApprovals(data, [written]))) as Error
      expect(error).toMatchObject({ code: 'bad_argument' })
      expect(error.message).toContain(JSON.stringify(written))
    },
  )
})
