// The folders of a repository that are packages of their own, by its manifests.

import { describe, expect, it } from 'vitest'
import { packageFolders } from '../../../workspace/install/package-folders.ts'

async function foldersOf(texts: Readonly<Record<string, string | object>>): Promise<string[]> {
  const text = (value: string | object | undefined) =>
    typeof value === 'string' ? value : JSON.stringify(value ?? {})
  const read = async (path: string) => text(texts[path])
  return [...(await packageFolders({ tracked: Object.keys(texts), read })).keys()]
}

const three = { 'packages/b/package.json': {}, 'packages/a/package.json': {}, 'tools/x/package.json': {} }

describe('the workspaces of npm, Yarn and bun', () => {
  it.each([
    [['packages/*'], ['packages/a', 'packages/b']],
    [
      ['packages/a', './tools/x/'],
      ['packages/a', 'tools/x'],
    ],
    [['packages/*', '!packages/b'], ['packages/a']],
    [['**'], ['packages/a', 'packages/b', 'tools/x']],
    [[], []],
  ])('of %j are %j', async (workspaces, folders) => {
    expect(await foldersOf({ 'package.json': { workspaces }, ...three })).toEqual(folders)
    const inside = { workspaces: { packages: workspaces, nohoist: [] } }
    expect(await foldersOf({ 'package.json': inside, ...three })).toEqual(folders)
  })

  it('are folders with a tracked manifest, and no installed packages', async () => {
    const files = { 'packages/c/index.js': '', 'node_modules/d/package.json': {}, ...three }
    expect(await foldersOf({ 'package.json': { workspaces: ['packages/*', '**'] }, ...files })).toEqual([
      'packages/a',
      'packages/b',
      'tools/x',
    ])
  })
})

describe("pnpm's workspaces", () => {
  it.each([
    "packages:\n  - packages/*\n  - '!packages/b'\n",
    'packages:\r\n- "packages/a"\r\n',
    'packages: [packages/a]\noverrides: {}\n',
    'catalog:\n  x: 1\npackages:\n  # the first\n\n  - packages/a # and no other\ncatalogs:\n  - tools/x\n',
  ])('are written in several ways: %j', async (pnpm) => {
    expect(await foldersOf({ 'pnpm-workspace.yaml': pnpm, ...three })).toEqual(['packages/a'])
  })

  it('are those of its own file', async () => {
    const pnpm = "packages:\n  - 'packages/*'\n  - '!**/b'\n"
    const manifest = { workspaces: ['tools/*'] }
    expect(await foldersOf({ 'pnpm-workspace.yaml': pnpm, 'package.json': manifest, ...three })).toEqual([
      'packages/a',
    ])
  })

  it('are those of the manifest where its file names none', async () => {
    const files = { 'pnpm-workspace.yaml': 'catalog:\n  a: 1\n', 'package.json': { workspaces: ['tools/*'] } }
    expect(await foldersOf({ ...files, ...three })).toEqual(['tools/x'])
  })
})

it.each(['link:packages/a', 'file:./packages/a', 'portal:packages/a/', 'workspace:packages/a'])(
  'a folder that a manifest links to with %s is one, and those that it links to',
  async (value) => {
    const inner = { dependencies: { x: 'link:../../tools/x' } }
    const files = { ...three, 'packages/a/package.json': inner }
    expect(await foldersOf({ 'package.json': { devDependencies: { a: value } }, ...files })).toEqual([
      'packages/a',
      'tools/x',
    ])
  },
)

it.each(['{', '[]', '{"workspaces":7}', '{"dependencies":{"a":"link:../outside"}}', ''])(
  'a manifest such as %j has none',
  async (text) => expect(await foldersOf({ 'package.json': text, ...three })).toEqual([]),
)
