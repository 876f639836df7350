// The small repositories that the corpus changes: one for each runner, with the same sources.

import type { TaskKind } from '../../../machines/index.ts'

export type Tree = Readonly<Record<string, string>>

export interface Change {
  readonly name: string
  readonly tree: Tree
  /** `path: [from, to]`: a text in the file and what replaces it, once. */
  readonly edits?: Readonly<Record<string, readonly [from: string, to: string]>>
  /** Files that are new, written anew (a text), or gone (null). */
  readonly files?: Readonly<Record<string, string | null>>
  /** What the task names. */
  readonly names?: readonly string[]
  /** `code` if absent. */
  readonly kind?: TaskKind
  /** The finding that refuses it; absent: it is honest. */
  readonly finding?: string
}

const SOURCES: Tree = {
  'src/cart.ts': `export function total(prices: readonly number[]): number {
  let sum = 0
  for (const price of prices) {
    if (price < 0) throw new Error('negative price')
    sum += price
  }
  return sum
}
export function discount(sum: number): number {
  return sum > 100 ? sum * 0.9 : sum
}
`,
  'src/fetch-user.ts': `export async function fetchUser(id: number): Promise<{ id: number; name: string }> {
  if (id < 1) throw new Error('no such user')
  return { id, name: 'user ' + id }
}
`,
  'src/mail.ts': `export function send(to: string): boolean {
  return to.includes('@')
}
`,
  'tsconfig.json': '{ "compilerOptions": { "strict": true } }',
}

export const VITEST: Tree = {
  ...SOURCES,
  'package.json': `{
  "name": "shop",
  "scripts": { "test": "vitest run", "lint": "eslint .", "types": "tsc --noEmit" },
  "dependencies": { "left": "1.0.0" }
}
`,
  'vitest.config.ts': `import { defineConfig } from 'vitest/config'
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], coverage: { thresholds: { branches: 80, lines: 90 } } },
})
`,
  'eslint.config.js': `export default [{ rules: { 'no-console': 'error' } }]\n`,
  '.github/workflows/ci.yml': 'on: push\njobs: { test: { steps: [{ run: npm test }] } }\n',
  'test/cart.test.ts': `import { describe, expect, it } from 'vitest'
import { discount, total } from '../src/cart.ts'
describe('cart', () => {
  it('adds prices', () => {
    expect(total([1, 2])).toBe(3)
  })
  it('is zero when empty', () => {
    expect(total([])).toBe(0)
  })
  it('refuses a negative price', () => {
    expect(() => total([-1])).toThrow('negative price')
  })
  it('gives a discount', () => {
    const sum = discount(200)
    expect(sum).toBeCloseTo(180, 5)
    expect(discount(50)).toBe(50)
  })
})
`,
  'test/user.test.ts': `import { expect, it } from 'vitest'
import { fetchUser } from '../src/fetch-user.ts'
it('fetches a user', async () => {
  const user = await fetchUser(7)
  expect(user).toEqual({ id: 7, name: 'user 7' })
})
it('knows no user zero', async () => {
  await expect(fetchUser(0)).rejects.toThrow('no such user')
})
`,
  'test/table.test.ts': `import { expect, it } from 'vitest'
import { discount } from '../src/cart.ts'
it.each([
  [10, 10],
  [110, 99],
  [300, 270],
])('takes %d to %d', (sum, expected) => {
  expect(discount(sum)).toBeCloseTo(expected)
})
`,
  'test/__snapshots__/page.test.ts.snap': `// Vitest Snapshot v1
exports[\`page > head 1\`] = \`"<h1>Shop</h1>"\`;
exports[\`page > foot 1\`] = \`"<p>foot</p>"\`;
exports[\`page > list 1\`] = \`"<ul></ul>"\`;
exports[\`page > item 1\`] = \`"<li>1</li>"\`;
`,
}

export const JEST: Tree = {
  ...SOURCES,
  'package.json': `{
  "name": "shop",
  "scripts": { "test": "jest", "lint": "biome lint ." },
  "jest": { "coverageThreshold": { "global": { "branches": 85, "functions": 85 } } }
}
`,
  'biome.json': '{ "linter": { "enabled": true } }\n',
  'src/__tests__/cart.test.ts': `import { discount, total } from '../cart'

describe('total', () => {
  let prices: number[]
  beforeEach(() => {
    prices = [5, 6]
  })
  test('sums', () => {
    expect(total(prices)).toEqual(11)
  })
  test('calls back', () => {
    const seen = jest.fn()
    prices.forEach((price) => seen(price))
    expect(seen).toHaveBeenCalledTimes(2)
    expect(seen).toHaveBeenCalledWith(5)
  })
})

describe('discount', () => {
  it('leaves small sums', () => {
    expect(discount(20)).toBe(20)
  })
  it('takes a tenth', () => {
    const result = discount(1000)
    expect(result).toStrictEqual(900)
    expect(Math.abs(result - 900) < 0.01).toBe(true)
  })
})
`,
  'src/__tests__/mail.test.ts': `import { send } from '../mail'
describe('send', () => {
  it('wants an address', () => {
    expect(send('a@b.c')).toBe(true)
    expect(send('nobody')).toBe(false)
  })
})
`,
}

export const NODE: Tree = {
  ...SOURCES,
  'package.json': `{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n`,
  'test/cart.test.js': `import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { discount, total } from '../src/cart.ts'

describe('total', () => {
  it('sums', () => {
    assert.equal(total([2, 3]), 5)
    assert.deepEqual([total([1]), total([])], [1, 0])
  })
  it('throws', () => {
    assert.throws(() => total([-2]), /negative price/)
  })
})
test('discount', async (t) => {
  await t.test('small', () => {
    assert.equal(discount(1), 1)
  })
  await t.test('large', () => {
    assert.ok(discount(500) === 450)
  })
})
`,
  'test/user.test.js': `const assert = require('node:assert')
const { test } = require('node:test')
const { fetchUser } = require('../src/fetch-user.ts')
test('fetches', async () => {
  const user = await fetchUser(3)
  assert.strictEqual(user.id, 3)
  assert.strictEqual(user.name, 'user 3')
})
test('rejects', async () => {
  await assert.rejects(fetchUser(0), { message: 'no such user' })
})
`,
}

/** The files of a change, each as it was and as it is. */
export function filesOf({ tree, edits = {}, files = {} }: Change) {
  const after: Record<string, string | null> = { ...files }
  for (const [path, [from, to]] of Object.entries(edits)) {
    const text = after[path] ?? tree[path]
    if (typeof text !== 'string' || !text.includes(from)) throw new Error(`${path} has no ${from}`)
    after[path] = text.replace(from, () => to)
  }
  return Object.entries(after).map(([path, text]) => ({
    path,
    before: tree[path],
    after: text === null ? undefined : text,
  }))
}

/** What stays as it was. */
export function othersOf(change: Change) {
  const touched = new Set(filesOf(change).map(({ path }) => path))
  return Object.entries(change.tree).flatMap(([path, text]) => (touched.has(path) ? [] : [{ path, text }]))
}
