// The files that count as uncommitted are those that the user's own git calls changed: a setting of line endings or a
// filter of Git LFS makes none.

import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchHead } from '../../workspace/clone.ts'
import { openGit } from '../../workspace/git.ts'
import type { WorkspaceParts } from '../../workspace/parts.ts'
import { placesIn } from '../../workspace/places.ts'
import { changedFiles } from '../../workspace/repository.ts'
import { checkRepository } from '../../workspace/survey/check-repository.ts'
import { checkoutDifferences } from '../../workspace/survey/checkout-differences.ts'
import { git, Playground } from './repositories.ts'

let playground: Playground
const environment = { ...process.env }
beforeEach(() => {
  playground = new Playground()
  const home = join(playground.root, 'home')
  mkdirSync(home)
  process.env.HOME = home
  delete process.env.XDG_CONFIG_HOME
})
afterEach(() => {
  Object.assign(process.env, environment)
  playground.dispose()
})

async function changedIn(repository: string): Promise<string[]> {
  const places = placesIn(join(playground.root, 'data'))
  return changedFiles({ git: await openGit(places.gitConfig), places, repository })
}

/** A checkout with CRLF, as an earlier value of a setting made it. */
function checkOutWithCrlf(repository: string): void {
  rmSync(join(repository, 'a.txt'))
  git(repository, '-c', 'core.autocrlf=true', 'checkout', '--', 'a.txt')
}

/** Another time than the index has, so that git compares the content. */
function writeAgain(repository: string, path: string, bytes: string | Uint8Array): void {
  writeFileSync(join(repository, path), bytes)
  utimesSync(join(repository, path), 1, 1)
}

describe('line endings', () => {
  const repository = () => playground.repository({ 'a.txt': 'one\ntwo\n', 'b.txt': 'b\n' })

  it.each<[string, string, string, string | undefined, string[]]>([
    ['autocrlf', 'true', 'one\r\ntwo\r\n', undefined, []],
    ['autocrlf', 'input', 'one\r\ntwo\r\n', undefined, []],
    ['autocrlf', 'false', 'one\r\ntwo\r\n', undefined, ['a.txt']],
    ['autocrlf', 'true', 'one\r\nTWO\r\n', undefined, ['a.txt']],
    ['eol', 'crlf', 'one\r\ntwo\r\n', '* text\n', []],
    ['eol', 'crlf', 'one\r\ntwo\r\n', undefined, ['a.txt']],
  ])(
    'with core.%s = %s, a checkout of %j with the attributes %j has the changes %j',
    async (name, value, text, attributes, expected) => {
      const path = repository()
      git(path, 'config', `core.${name}`, value)
      if (attributes !== undefined) {
        writeFileSync(join(path, '.gitattributes'), attributes)
        git(path, 'add', '.gitattributes')
        git(path, 'commit', '--quiet', '--message', 'attributes')
      }
      checkOutWithCrlf(path)
      writeAgain(path, 'a.txt', text)
      expect(await changedIn(path)).toEqual(expected)
      expect(
        git(path, 'status', '--porcelain', '--untracked-files=no').trim().split('\n').filter(Boolean),
      ).toHaveLength(expected.length)
    },
  )

  it('go by the settings in the home, and those of the repository come first', async () => {
    const path = repository()
    checkOutWithCrlf(path)
    writeAgain(path, 'a.txt', 'one\r\ntwo\r\n')
    expect(await changedIn(path)).toEqual(['a.txt'])
    writeFileSync(join(playground.root, 'home/more'), '[core]\n\tautocrlf = true\n')
    writeFileSync(join(playground.root, 'home/.gitconfig'), '[include]\n\tpath = more\n')
    expect(await changedIn(path)).toEqual([])
    git(path, 'config', 'core.autocrlf', 'false')
    expect(await changedIn(path)).toEqual(['a.txt'])
  })

  it('are compared as they are when the setting has a value that git does not know', async () => {
    const path = repository()
    checkOutWithCrlf(path)
    writeAgain(path, 'a.txt', 'one\r\ntwo\r\n')
    writeFileSync(join(path, '.git/config'), '[core]\n\trepositoryformatversion = 0\n\tautocrlf = "!evil"\n')
    expect(await changedIn(path)).toEqual(['a.txt'])
  })
})

describe('a pointer of Git LFS', () => {
  const content = Buffer.from([0, 255, 13, 10, 7])
  const pointerTo = (bytes: Uint8Array, size = bytes.length) =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${createHash('sha256').update(bytes).digest('hex')}\nsize ${size}\n`
  const repository = (pointer = pointerTo(content)) =>
    playground.repository({ '.gitattributes': '*.bin filter=lfs -text\n', 'a.bin': pointer, 'b.txt': 'b\n' })

  it.each<[string, Uint8Array, string[]]>([
    ['its content', content, []],
    ['another content of the same size', Buffer.from([0, 255, 13, 10, 8]), ['a.bin']],
    ['a longer content', Buffer.concat([content, content]), ['a.bin']],
    ['no content', Buffer.of(), ['a.bin']],
  ])('beside %s in the checkout', async (_, bytes, expected) => {
    const path = repository()
    writeAgain(path, 'a.bin', bytes)
    expect(await changedIn(path)).toEqual(expected)
  })

  it('with a wrong size, or staged anew, is a change', async () => {
    const path = repository(pointerTo(content, 6))
    writeAgain(path, 'a.bin', content)
    expect(await changedIn(path)).toEqual(['a.bin'])
    git(path, 'add', 'a.bin')
    expect(await changedIn(path)).toEqual(['a.bin'])
  })

  it('does not hide a change of another file', async () => {
    const path = repository()
    writeAgain(path, 'a.bin', content)
    writeAgain(path, 'b.txt', 'other\n')
    expect(await changedIn(path)).toEqual(['b.txt'])
  })

  it('is named where tests fail in a fresh checkout', async () => {
    process.env.HOME = environment.HOME
    const path = repository()
    const { parts } = await playground.openAlone(path)
    const head = await fetchHead(parts)
    const told = await checkoutDifferences(parts, { head, said: '', files: [] })
    expect(told.join('\n')).toContain('Files of Git LFS are pointers in it, not their content: a.bin.')
  })
})

describe('a repository without the content of a file of HEAD', () => {
  const blobOf = (path: string, file: string) => git(path, 'rev-parse', `HEAD:${file}`).trim()
  const withoutContent = (file: string, text: string) => {
    const path = playground.repository({ 'a.js': 'a\n', 'b.js': 'b\n' })
    const name = blobOf(path, file)
    rmSync(join(path, '.git/objects', name.slice(0, 2), name.slice(2)))
    if (text === '') rmSync(join(path, file))
    else writeAgain(path, file, text)
    return path
  }
  const refusalOf = async (repository: string, allowDirty = false) => {
    const places = placesIn(join(playground.root, 'data'))
    const parts = { git: await openGit(places.gitConfig), places, repository }
    return checkRepository(parts as unknown as WorkspaceParts, allowDirty).then(
      () => 'none',
      ({ code, message }) => `${code}: ${message}`,
    )
  }

  it.each([
    ['is missing', ''],
    ['has another content', 'c\n'],
  ])('is incomplete where the file %s in the checkout', async (_what, text) => {
    expect(await refusalOf(withoutContent('b.js', text))).toMatch(
      /^unsupported: .* lacks objects of HEAD, as partial clones do\. Complete it: git -C .* fetch --refetch/,
    )
  })

  it('is changed where only another file differs, also a new one', async () => {
    const path = withoutContent('b.js', 'b\n')
    git(path, 'update-index', '--assume-unchanged', 'b.js')
    writeAgain(path, 'a.js', 'c\n')
    writeFileSync(join(path, ':(top)c.js'), 'c\n')
    git(path, '--literal-pathspecs', 'add', ':(top)c.js')
    expect(await refusalOf(path)).toMatch(/^uncommitted_changes: 2 tracked files /)
    expect(await refusalOf(path, true)).toBe('none')
  })
})
