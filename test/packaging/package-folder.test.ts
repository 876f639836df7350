// The folder that npm packs: which packages its manifest names, what is refused, and the archive.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PackageFolder, project, root } from '../../packaging/package-folder.ts'

const NAME = 'test-package-folder'
const path = join(project, 'dist', NAME)
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(path, { recursive: true, force: true })
})

function folderWith(files: Readonly<Record<string, string>>) {
  const folder = new PackageFolder(NAME)
  for (const [name, text] of Object.entries(files)) {
    folder.copy('LICENSE', name)
    writeFileSync(join(path, name), text)
  }
  return folder
}
const manifestOf = (files: Readonly<Record<string, string>>, optional: string[] = []) => {
  const folder = folderWith(files)
  folder.describe({ name: '@a/b', engines: { node: '>=22' } }, optional)
  return JSON.parse(folder.read('package.json'))
}

describe('the manifest', () => {
  it.each([
    ["import 'ws'", ['ws']],
    ["import { a } from 'ws'\nimport b from 'zod'", ['ws', 'zod']],
    ["export * from 'zod'", ['zod']],
    ["const a = await import('zod')", ['zod']],
    ["const a = require('zod')", ['zod']],
    ["const a = load('zod')", ['zod']],
    ["import '@statelyai/inspect/deep/file.js'", ['@statelyai/inspect']],
    ["import 'zod/v4'", ['zod']],
    ["import 'zod'\nimport 'zod/v4'\nimport 'zod'", ['zod']],
    ["import 'node:fs'\nimport './a.js'\nimport '../b.js'", []],
    ["// import 'left-pad'\nconst a = 'import \"left-pad\"'", []],
    ['', []],
  ])('of %j names %j', (text, names) => {
    const { dependencies } = manifestOf({ 'a.js': text })
    expect(Object.keys(dependencies)).toEqual(names)
    for (const name of names) expect(dependencies[name]).toBe(root.dependencies[name])
  })

  it('reads declarations and CommonJS, and neither examples nor other files', () => {
    const text = "import 'zod'"
    for (const name of ['a.mjs', 'a.cjs', 'a.d.ts', 'deep/a.js'])
      expect(Object.keys(manifestOf({ [name]: text }).dependencies)).toEqual(['zod'])
    for (const name of ['a.md', 'a.ts', 'a.json', 'examples/a.js'])
      expect(manifestOf({ [name]: text }).dependencies).toEqual({})
  })

  it('makes optional packages peers, and has no peers without them', () => {
    const files = { 'a.js': "import 'ws'\nimport 'zod'" }
    expect(manifestOf(files, ['ws', 'left-pad'])).toMatchObject({
      dependencies: { zod: root.dependencies.zod },
      peerDependencies: { ws: root.dependencies.ws },
      peerDependenciesMeta: { ws: { optional: true } },
    })
    expect(manifestOf(files)).not.toHaveProperty('peerDependencies')
  })

  it('makes the peers of the project optional peers', () => {
    const name = '@anthropic-ai/bedrock-sdk'
    expect(manifestOf({ 'a.js': `import 'zod'; await import('${name}')` })).toMatchObject({
      dependencies: { zod: root.dependencies.zod },
      peerDependencies: { [name]: root.peerDependencies[name] },
      peerDependenciesMeta: { [name]: { optional: true } },
    })
  })

  it('refuses a package that the project does not depend on', () => {
    expect(() => manifestOf({ 'a.js': "import 'left-pad'" })).toThrow(`${NAME} imports left-pad`)
  })

  it('has the version and licence of the project, and the place of its release', () => {
    expect(manifestOf({})).toMatchObject({ version: root.version, license: 'MIT', type: 'module' })
    vi.stubEnv('GITHUB_SERVER_URL', 'https://git.example')
    vi.stubEnv('GITHUB_REPOSITORY', 'a/b')
    expect(manifestOf({}).repository).toEqual({ type: 'git', url: 'git+https://git.example/a/b.git' })
    vi.stubEnv('GITHUB_REPOSITORY', '')
    expect(manifestOf({})).not.toHaveProperty('repository')
  })
})

describe('the folder', () => {
  it('is empty at its beginning, lists its files in order, and is packed whole', () => {
    folderWith({ 'old.js': '' })
    const folder = folderWith({ 'b.js': 'b', 'a/c.js': 'c', '.hidden': '' })
    expect(folder.files()).toEqual(['.hidden', 'a/c.js', 'b.js'])
    folder.describe({ name: '@a/b' })
    const out = mkdtempSync(join(tmpdir(), 'canopy-pack-'))
    try {
      const archive = folder.pack(join(out, 'deep'))
      const listed = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n').sort()
      expect(listed).toEqual(['package/.hidden', 'package/a/c.js', 'package/b.js', 'package/package.json'])
    } finally {
      rmSync(out, { recursive: true })
    }
  })
})
