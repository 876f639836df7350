import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeJsonFile, writeJsonFileSync, writeWhole } from '../../platform/index.ts'

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
