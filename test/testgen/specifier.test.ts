// Specifier: how a test file names the module under test, for each name of a file and each custom of a repository.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { specifierFor } from '../../testgen/specifier.ts'

const roots: string[] = []

function repository(files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'canopy-specifier-'))
  roots.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

const custom = {
  none: { 'src/a.ts': "import { b } from './b'\nimport c from '../c'" },
  same: { 'src/a.ts': "import { b } from './b.ts'\nimport c from '../c.ts'" },
  js: { 'src/a.ts': "import { b } from './b.js'\nimport c from '../c.js'" },
}

describe('the path', () => {
  it.each([
    ['src/a.js', 'test/a.test.js', '../src/a.js'],
    ['a.js', 'a.test.js', './a.js'],
    ['src/a.js', 'src/a.test.js', './a.js'],
    ['src/deep/er/a.js', 'src/a.test.js', './deep/er/a.js'],
    ['a.js', 'test/deep/a.test.js', '../../a.js'],
    ['src/a.cjs', 'test/a.test.cjs', '../src/a.cjs'],
    ['src/a.mjs', 'test/a.test.mjs', '../src/a.mjs'],
    ['src/[slug].js', 'test/slug.test.js', '../src/[slug].js'],
    ['(shop)/cart+1.js', 'cart.test.js', './(shop)/cart+1.js'],
    ['routes/$id.js', 'routes/id.test.js', './$id.js'],
    ['src/a b.js', 'src/a.test.js', './a b.js'],
    ['src/größe.js', 'src/a.test.js', './größe.js'],
    ['src/a.b.c.js', 'src/a.test.js', './a.b.c.js'],
    ["src/it's.js", 'src/a.test.js', "./it's.js"],
    ['@scope/a.js', 'a.test.js', './@scope/a.js'],
    ['.config/a.js', 'a.test.js', './.config/a.js'],
    ['.a.js', 'a.test.js', './.a.js'],
    ['..a/b.js', 'a.test.js', './..a/b.js'],
    ['src/.hidden/a.js', 'src/a.test.js', './.hidden/a.js'],
    ['.config/a.js', '.config/a.test.js', './a.js'],
    ['.config/a.js', 'test/a.test.js', '../.config/a.js'],
  ])('of %s in %s', (module, testFile, specifier) => {
    for (const runner of ['vitest', 'jest', 'node'])
      expect(specifierFor('/nowhere', module, testFile, runner)).toBe(specifier)
  })
})

describe('the ending', () => {
  const endings = (files: Readonly<Record<string, string>>, module: string, runner = 'vitest') =>
    specifierFor(repository(files), module, 'test/a.test.ts', runner)

  it.each([
    ['none', 'src/a.ts', '../src/a'],
    ['none', 'src/a.tsx', '../src/a'],
    ['none', 'src/[slug].ts', '../src/[slug]'],
    ['none', 'src/a.b.ts', '../src/a.b'],
    ['none', 'src/a.jsx', '../src/a'],
    ['none', 'src/a.js', '../src/a.js'],
    ['none', 'src/a.cjs', '../src/a.cjs'],
    // No resolution adds these endings.
    ['none', 'src/a.mts', '../src/a.mjs'],
    ['none', 'src/a.cts', '../src/a.cjs'],
    ['same', 'src/a.ts', '../src/a.ts'],
    ['same', 'src/a.tsx', '../src/a.tsx'],
    ['same', 'src/a.mts', '../src/a.mts'],
    ['same', 'src/a.jsx', '../src/a.jsx'],
    ['js', 'src/a.ts', '../src/a.js'],
    ['js', 'src/a.tsx', '../src/a.js'],
    ['js', 'src/a.mts', '../src/a.mjs'],
    ['js', 'src/a.cts', '../src/a.cjs'],
    ['js', 'src/ts.ts', '../src/ts.js'],
    ['js', 'src/a.ts.ts', '../src/a.ts.js'],
    // There is no a.js: only TypeScript's endings are looked for behind it.
    ['js', 'src/a.jsx', '../src/a.jsx'],
  ] as const)('where others write %s, of %s', (way, module, specifier) => {
    expect(endings({ ...custom[way], 'src/other.ts': custom[way]['src/a.ts'] }, module)).toBe(specifier)
  })

  it('is that of the file for node:test, whatever others write', () => {
    expect(endings(custom.none, 'src/a.ts', 'node')).toBe('../src/a.ts')
    expect(endings(custom.js, 'src/a.mts', 'node')).toBe('../src/a.mts')
  })

  it.each<[string, string]>([
    ["import a from './a.js'\nimport b from './b'\nimport c from './c.js'", '../src/x.js'],
    ["import a from './a.js'\nimport b from './b'\nimport c from './c'", '../src/x'],
    ["import a from './a.ts'\nimport b from './b.ts'\nimport c from './c'", '../src/x.ts'],
    ["export { a } from './a.js'", '../src/x.js'],
    ['import type { A } from "../a.ts"', '../src/x.ts'],
    ["import a from './data.json'\nimport b from './b'", '../src/x'],
    ["import a from './data.json'", '../src/x'],
    ["import a from 'package/a.js'\nimport b from '#own/b.js'", '../src/x'],
    ["import a from './a.config'", '../src/x'],
    ["import a from './a'\nimport b from './b.js'", '../src/x.js'],
    ["import a from './a.ts'\nimport b from './b'", '../src/x'],
    ['// nothing is imported', '../src/x'],
  ])('is that of most imports: %j', (text, specifier) => {
    expect(endings({ 'src/x.ts': text }, 'src/x.ts')).toBe(specifier)
  })

  it('is learnt from tests beside it and from modules beside the module', () => {
    expect(endings({ 'test/b.test.ts': custom.js['src/a.ts'] }, 'src/x.ts')).toBe('../src/x.js')
    expect(endings({ 'src/b.ts': custom.same['src/a.ts'] }, 'src/x.ts')).toBe('../src/x.ts')
    expect(endings({ 'other/b.ts': custom.js['src/a.ts'] }, 'src/x.ts')).toBe('../src/x')
  })

  it.each<[string, string]>([
    ['{ "compilerOptions": { "module": "NodeNext" } }', '../src/x.js'],
    ['{ "compilerOptions": { "module": "node16" } }', '../src/x.js'],
    ['{ "compilerOptions": { "moduleResolution": "Node16" } }', '../src/x.js'],
    ['{ "compilerOptions": { "module": "ESNext", "moduleResolution": "Bundler" } }', '../src/x'],
    ['{ "compilerOptions": { "module": "CommonJS" } }', '../src/x'],
    ['not JSON', '../src/x'],
  ])('follows the compiler where nothing is imported: %s', (tsconfig, specifier) => {
    expect(endings({ 'tsconfig.json': tsconfig }, 'src/x.ts')).toBe(specifier)
  })

  it('follows imports rather than the compiler', () => {
    const tsconfig = '{ "compilerOptions": { "module": "NodeNext" } }'
    expect(endings({ 'tsconfig.json': tsconfig, ...custom.same }, 'src/x.ts')).toBe('../src/x.ts')
  })
})
