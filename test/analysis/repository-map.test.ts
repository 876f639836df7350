// What is on a map of a repository, in which order, and what it takes.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repositoryMap } from '../../analysis/index.ts'
import { drawMap } from '../../analysis/map/map.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'canopy-map-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function place(name: string, files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name, path)), { recursive: true })
    writeFileSync(join(root, name, path), text)
  }
  return { root: join(root, name), files: Object.keys(files), mentioned: [], budgetTokens: 10_000 }
}

const SHOP = {
  'tsconfig.json': '{ "compilerOptions": { "baseUrl": ".", "paths": { "~/*": ["src/*"] } } }',
  'package.json': '{ "name": "shop" }',
  'README.md': '# Shop',
  'src/money.ts': `export interface Money { amount: number; currency: string }
export function addMoney(a: Money, b: Money): Money { return { ...a, amount: a.amount + b.amount } }
export function unusedMoney(): void {}
`,
  'src/index.ts': "export { addMoney } from './money.ts'\nexport * from './money.ts'\n",
  'src/order.ts': `import { addMoney } from './index.ts'
export class Order { #secret = 1; private hidden = 2; total() { return addMoney(addMoney(this.a, this.b), this.c) } }
`,
  'src/bill.ts':
    "import { addMoney as plus } from '~/money'\nexport const bill = (a: number): number => plus(a, plus(a, a))\n",
  'src/odd.cjs': "const { addMoney } = require('./money.ts')\nmodule.exports = addMoney\n",
  'src/all.ts':
    "import * as money from './money.js'\nexport const all = money.addMoney(1, money.addMoney(2, 3))\n",
  'packages/tax/package.json': '{ "name": "@shop/tax" }',
  'packages/tax/src/index.ts': 'export enum Rate { Low, High }\n',
  'src/taxed.ts': "import { Rate } from '@shop/tax'\nexport type Taxed = { rate: Rate }\n",
  'src/broken.ts': 'export function ( {',
  'src/lonely.ts': 'export const lonely = 1\n',
}

const MANY = Object.fromEntries(
  Array.from({ length: 300 }, (_, at) => [
    `src/m${at}.ts`,
    `import { make${(at * 7) % 300} } from './m${(at * 7) % 300}.ts'\nexport function make${at}(one: number, two: string): number { return make${(at * 7) % 300}(1, '') }\n`,
  ]),
)

describe('a map', () => {
  it('shows what files define, in a line each, without what it does', () => {
    const map = drawMap(place('shop', SHOP))
    expect(map).toContain('src/money.ts\n  function addMoney(a: Money, b: Money): Money\n')
    expect(map).toContain('  interface Money { amount, currency }')
    expect(map).toContain('src/order.ts\n  class Order { total }')
    expect(map).toContain('  const bill = (a: number): number')
    expect(map).toContain('  enum Rate { Low, High }')
    expect(map).not.toMatch(/secret|hidden|return/)
    expect(map).toContain('./ README.md package.json tsconfig.json')
  })

  it('begins with what others use, wherever they have it from', () => {
    const order = place('shop', SHOP)
    const used = drawMap({ ...order, budgetTokens: 30 })
    expect(used.split('\n').slice(0, 2)).toEqual([
      'src/money.ts',
      '  function addMoney(a: Money, b: Money): Money',
    ])
    expect(used).toMatch(/\[\d+ of 14 files are not named here\]$/)
    const users = {
      'a.ts': SHOP['src/money.ts'],
      'b.ts': "import * as m from './a'\nm.unusedMoney(); m.unusedMoney()",
    }
    expect(drawMap({ ...place('space', users), budgetTokens: 25 })).toContain(
      '  function unusedMoney(): void',
    )
  })

  it('turns to what is mentioned: a file by its path or name, an identifier', () => {
    const order = place('shop', SHOP)
    const first = (mentioned: string) =>
      drawMap({ ...order, mentioned: [mentioned], budgetTokens: 30 }).split('\n')[0]
    expect(first('fix the rate in taxed.ts, please')).toBe('packages/tax/src/index.ts')
    expect(first('what is lonely for')).toBe('src/lonely.ts')
  })

  it('never takes more than its budget, takes most of it, and is the same each time', () => {
    const order = place('many', MANY)
    for (const budgetTokens of [1000, 5000]) {
      const map = drawMap({ ...order, budgetTokens })
      expect(Math.ceil(map.length / 3.5)).toBeLessThanOrEqual(budgetTokens)
      expect(Math.ceil(map.length / 3.5)).toBeGreaterThan(budgetTokens * 0.85)
      expect(drawMap({ ...order, files: [...order.files].reverse(), budgetTokens })).toBe(map)
    }
  })

  it('says what was not read, and names it', () => {
    const order = place('shop', SHOP)
    const map = drawMap(order, { files: 2, bytes: 1e6, bytesOfOne: 1e6 })
    expect(map).toMatch(/\[8 source files were not read/)
    expect(map).toContain('lonely.ts')
  })

  it('follows no link, leaves out what is no file, and stays inside', () => {
    const order = place('links', {
      'src/a.ts': 'export const a = 1\n',
      'outside/secret.ts': 'export const canary = 1\n',
    })
    const inside = join(order.root, 'src')
    symlinkSync(join(order.root, 'outside'), join(inside, 'folder'))
    symlinkSync(join(order.root, 'outside/secret.ts'), join(inside, 'link.ts'))
    const files = ['a.ts', 'link.ts', 'folder/secret.ts', '../outside/secret.ts', 'none.ts', '/etc/passwd.ts']
    const map = drawMap({ ...order, root: inside, files })
    expect(map).toContain('const a')
    expect(map).not.toContain('canary')
    expect(map).toContain('[5 source files were not read')
  })

  it('of nothing, or of no source, is names', () => {
    expect(drawMap({ root, files: [], mentioned: [], budgetTokens: 100 })).toBe('')
    expect(drawMap({ ...place('py', { 'a/b.py': 'x = 1', 'c.txt': 'c' }), mentioned: ['b.py'] })).toBe(
      './ c.txt\na/ b.py',
    )
  })
})

describe('beside other work', () => {
  it('is made in a thread', async () => {
    const order = place('shop', SHOP)
    expect(await repositoryMap(order)).toBe(drawMap(order))
  })

  it('is kept for the same tree, words and budget; what is read of a tree serves other words', async () => {
    const order = { ...place('kept', SHOP), tree: 'the tree' }
    const map = await repositoryMap(order)
    const other = { ...order, mentioned: ['what is lonely for'] }
    const expected = drawMap({ ...other, budgetTokens: 60 })
    // Nothing of it is read again: its files are gone.
    rmSync(order.root, { recursive: true })
    mkdirSync(order.root)
    expect(await repositoryMap(order)).toBe(map)
    expect(await repositoryMap({ ...other, budgetTokens: 60 })).toBe(expected)
    expect(await repositoryMap({ ...order, tree: 'another' })).not.toBe(map)
    expect(await repositoryMap({ ...order, tree: undefined })).not.toBe(map)
  })

  it('one after the other, each its own, also when one takes too long', async () => {
    const [one, two] = [place('shop', SHOP), place('two', { 'a.ts': 'export const two = 2\n' })]
    const maps = await Promise.all([
      repositoryMap(one),
      repositoryMap(place('many', MANY), { timeoutMs: 1 }),
      repositoryMap(two),
    ])
    expect(maps[0]).toBe(drawMap(one))
    expect(maps[1]).toMatch(/^\[The repository could not be mapped in time/)
    expect(maps[2]).toBe(drawMap(two))
  })

  it('is names only when time is up, and stops when it is told to', async () => {
    const order = place('many', MANY)
    const map = await repositoryMap(order, { timeoutMs: 1 })
    expect(map).toMatch(/^\[The repository could not be mapped in time/)
    expect(map).toContain('src/ m0.ts m1.ts')
    await expect(repositoryMap(order, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})
