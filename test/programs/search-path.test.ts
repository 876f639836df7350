// Where programs are looked for: never below a folder of strangers, never by a relative entry.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { programOn, searchPath, withEnclosing } from '../../programs/search-path.js'

const SYSTEM = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter)

let home: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'canopy-path-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function folder(...names: string[]): string {
  const path = join(home, ...names)
  mkdirSync(path, { recursive: true })
  return path
}

describe('a search path', () => {
  it.each([
    ['a relative entry', 'bin'],
    ['an empty entry', ''],
    ['this folder', '.'],
    ["npm's folder of a project", '/srv/library/node_modules/.bin'],
  ])('has not %s', (_, entry) => {
    expect(searchPath(['/usr/bin', entry, '/bin'].join(delimiter), [], home)).toBe('/usr/bin:/bin')
  })

  it.each([undefined, '', 'bin', `.${delimiter}bin`])('of %j is that of the system', (path) => {
    expect(searchPath(path, [], home)).toBe(SYSTEM)
  })

  it('has no folder of a stranger, nor one inside it', () => {
    const [stranger, mine] = [folder('library'), folder('library-mine')]
    const path = [folder('library', 'bin'), stranger, mine].join(delimiter)
    expect(searchPath(path, [stranger], home)).toBe(mine)
  })

  it('has no folder that only leads to one of a stranger', () => {
    const stranger = folder('library')
    const link = join(home, 'link')
    symlinkSync(folder('library', 'bin'), link)
    expect(searchPath([link, '/usr/bin'].join(delimiter), [stranger], home)).toBe('/usr/bin')
  })

  it('has none that is written as one of a stranger, wherever it leads', () => {
    const stranger = folder('library')
    symlinkSync(folder('mine'), join(stranger, 'bin'))
    expect(searchPath([join(stranger, 'bin'), '/bin'].join(delimiter), [stranger], home)).toBe('/bin')
  })

  it('keeps folders of a home that is itself a repository', () => {
    const mine = folder('bin')
    expect(searchPath(mine, [home], home)).toBe(mine)
  })

  it('keeps folders of the system, whoever calls them his', () => {
    expect(searchPath('/usr/bin', ['/usr'], home)).toBe('/usr/bin')
  })
})

describe('the repository around a folder', () => {
  it('is named after the folder', () => {
    mkdirSync(join(folder('library'), '.git'))
    const inner = folder('library', 'src', 'deep')
    expect(withEnclosing(inner)).toEqual([inner, join(home, 'library')])
  })

  it('may have a file for its git folder, as a worktree has', () => {
    const tree = folder('tree')
    writeFileSync(join(tree, '.git'), 'gitdir: elsewhere')
    expect(withEnclosing(tree)).toEqual([tree, tree])
  })

  it('is not there for a folder of no repository', () => {
    const plain = folder('plain')
    expect(withEnclosing(plain)).toEqual([plain])
  })
})

describe('a program', () => {
  it('is taken from the first folder that has it', () => {
    const [first, second] = [folder('a'), folder('b')]
    writeFileSync(join(second, 'acorn'), '')
    expect(programOn('acorn', [first, second].join(delimiter))).toBe(join(second, 'acorn'))
    writeFileSync(join(first, 'acorn'), '')
    expect(programOn('acorn', [first, second].join(delimiter))).toBe(join(first, 'acorn'))
    expect(programOn('oak', [first, second].join(delimiter))).toBeUndefined()
  })
})
