import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sweepDrafts, writeJsonFile, writeJsonFileSync, writeWhole } from '../../platform/index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-whole-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

type Write = (path: string, value: unknown, options?: { mode?: number }) => unknown
const ways: readonly (readonly [string, Write])[] = [
  ['writeJsonFile', writeJsonFile],
  ['writeJsonFileSync', writeJsonFileSync],
  ['writeWhole', (path, value, options) => writeWhole(path, JSON.stringify(value), options)],
]

describe.each(ways)('%s', (_, write) => {
  const content = async () => JSON.parse(await readFile(join(folder, 'a.json'), 'utf8'))

  it('writes a new file and replaces an old one, with the given permissions', async () => {
    await writeFile(join(folder, 'a.json'), 'x'.repeat(10_000), { mode: 0o644 })
    await write(join(folder, 'a.json'), { n: 1 }, { mode: 0o600 })
    expect(await content()).toEqual({ n: 1 })
    expect((await stat(join(folder, 'a.json'))).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['a.json'])
  })

  it('leaves nothing behind when it fails', async () => {
    await mkdir(join(folder, 'a.json', 'full'), { recursive: true })
    await expect(async () => write(join(folder, 'a.json'), { n: 1 })).rejects.toThrow(/EISDIR|ENOTEMPTY/)
    await expect(async () => write(join(folder, 'gone', 'a.json'), { n: 1 })).rejects.toThrow('ENOENT')
    expect(await readdir(folder)).toEqual(['a.json'])
  })

  it('shows a reader one whole content, however many write at once', async () => {
    const path = join(folder, 'a.json')
    await write(path, { n: -1, text: 'x'.repeat(50_000) })
    const writing = Array.from({ length: 20 }, async (_, n) =>
      write(path, { n, text: `${n}`.repeat(50_000) }),
    )
    for (let at = 0; at < 20; at += 1) {
      const { n, text } = await content()
      if (n >= 0) expect(text).toBe(`${n}`.repeat(50_000))
    }
    await Promise.all(writing)
    expect((await content()).n).toBeGreaterThanOrEqual(0)
    expect(await readdir(folder)).toEqual(['a.json'])
  })
})

it('writes JSON for people, or in one line', async () => {
  const path = join(folder, 'a.json')
  await writeJsonFile(path, { a: [1] })
  expect(await readFile(path, 'utf8')).toBe('{\n  "a": [\n    1\n  ]\n}\n')
  await writeJsonFile(path, { a: [1] }, { indent: 0 })
  expect(await readFile(path, 'utf8')).toBe('{"a":[1]}\n')
})

describe('drafts that a kill left', () => {
  const DRAFT = 'a.json.0f8b3c1e-2d4a-4b6c-8e9f-0123456789ab.new'
  const aged = async (name: string, ageMs: number) => {
    await writeFile(join(folder, name), '{"half":')
    const at = new Date(Date.now() - ageMs)
    await utimes(join(folder, name), at, at)
  }

  it('are removed when they are older than a minute', async () => {
    await aged(DRAFT, 61_000)
    await aged('a.json', 61_000)
    await sweepDrafts(folder)
    expect(await readdir(folder)).toEqual(['a.json'])
  })

  it('stay while another process may write them', async () => {
    await aged(DRAFT, 30_000)
    await sweepDrafts(folder)
    expect(await readdir(folder)).toEqual([DRAFT])
    await sweepDrafts(folder, 10_000)
    expect(await readdir(folder)).toEqual([])
  })

  it.each(['a.json.new', 'new', 'notes.0f8b3c1e.new', `${DRAFT}.txt`, DRAFT.replace('0f8b', 'zzzz')])(
    'are told by their name: %s stays',
    async (name) => {
      await aged(name, 3_600_000)
      await sweepDrafts(folder)
      expect(await readdir(folder)).toEqual([name])
    },
  )

  it('are files: a folder and a link of that name stay, and so does what the link leads to', async () => {
    await mkdir(join(folder, DRAFT))
    await aged('mine', 3_600_000)
    const link = DRAFT.replace('a.json', 'b.json')
    await symlink(join(folder, 'mine'), join(folder, link))
    await sweepDrafts(folder, -1)
    expect((await readdir(folder)).toSorted()).toEqual([DRAFT, link, 'mine'].toSorted())
  })

  it('are none in a folder that is not there, or is none', async () => {
    await writeFile(join(folder, 'file'), '')
    await sweepDrafts(join(folder, 'gone'))
    await sweepDrafts(join(folder, 'file'))
    expect(await readdir(folder)).toEqual(['file'])
  })
})
