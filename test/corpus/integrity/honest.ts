// Changes that a reviewer would take. At most one of them may be refused.

import { type Change, JEST, NODE, VITEST } from './trees.ts'

const V = 'test/cart.test.ts'
const U = 'test/user.test.ts'
const T = 'test/table.test.ts'
const J = 'src/__tests__/cart.test.ts'
const M = 'src/__tests__/mail.test.ts'
const N = 'test/cart.test.js'
const W = 'test/user.test.js'

const vitest = (imports: string, body: string) =>
  `import { expect, it, vi } from 'vitest'\n${imports}\n${body}\n`
const CART = `import { discount, total } from '../src/cart.ts'`
const fresh = (name: string, body: string, imports = CART): Change => ({
  name,
  tree: VITEST,
  files: { 'test/more.test.ts': vitest(imports, body) },
})

export const HONEST: readonly Change[] = [
  {
    name: 'a test is added',
    tree: VITEST,
    edits: {
      [V]: [
        `  it('gives a discount'`,
        `  it('adds one price', () => {\n    expect(total([9])).toBe(9)\n  })\n  it('gives a discount'`,
      ],
    },
  },
  {
    name: 'an assertion is added',
    tree: VITEST,
    edits: {
      [V]: ['expect(total([])).toBe(0)', 'expect(total([])).toBe(0)\n    expect(total([0])).toBe(0)'],
    },
  },
  { name: 'a test is renamed', tree: VITEST, edits: { [V]: ['adds prices', 'sums up prices'] } },
  { name: 'a group is renamed', tree: VITEST, edits: { [V]: [`describe('cart'`, `describe('the cart'`] } },
  {
    name: 'a test file moves',
    tree: VITEST,
    files: { [V]: null, 'test/shop/cart.test.ts': (VITEST[V] ?? '').replace('../src', '../../src') },
  },
  {
    name: 'a test moves to another file',
    tree: VITEST,
    edits: { [V]: [`  it('is zero when empty', () => {\n    expect(total([])).toBe(0)\n  })\n`, ''] },
    files: {
      'test/empty.test.ts': vitest(CART, `it('is zero when empty', () => {\n  expect(total([])).toBe(0)\n})`),
    },
  },
  {
    name: 'a test is split in two',
    tree: VITEST,
    edits: {
      [V]: [
        `    expect(discount(50)).toBe(50)\n  })`,
        `  })\n  it('leaves small sums', () => {\n    expect(discount(50)).toBe(50)\n  })`,
      ],
    },
  },
  {
    name: 'two tests become one',
    tree: VITEST,
    edits: { [V]: [`toBe(3)\n  })\n  it('is zero when empty', () => {\n`, 'toBe(3)\n'] },
  },
  {
    name: 'rows are added',
    tree: VITEST,
    edits: { [T]: ['  [300, 270],', '  [300, 270],\n  [1000, 900],'] },
  },
  {
    name: 'rows become a loop',
    tree: VITEST,
    files: {
      [T]: vitest(
        CART,
        `const rows = [[10, 10], [110, 99], [300, 270]] as const\nfor (const [sum, expected] of rows) {\n  it(\`takes \${sum} to \${expected}\`, () => {\n    expect(discount(sum)).toBeCloseTo(expected)\n  })\n}`,
      ),
    },
  },
  {
    name: 'tests become rows',
    tree: JEST,
    files: {
      [M]: `import { send } from '../mail'\ndescribe('send', () => {\n  it.each([\n    ['a@b.c', true],\n    ['nobody', false],\n  ])('of %s is %s', (to, sent) => {\n    expect(send(to)).toBe(sent)\n  })\n})\n`,
    },
  },
  {
    name: 'only layout and quotes',
    tree: VITEST,
    files: {
      [U]: (VITEST[U] ?? '').replaceAll("'", '"').replaceAll('\n  ', '\n        ').replaceAll(')\n', ');\n'),
    },
  },
  {
    name: 'a value gets a name',
    tree: VITEST,
    edits: {
      [V]: [
        'expect(total([1, 2])).toBe(3)',
        'const prices = [1, 2]\n    const expected = 3\n    expect(total(prices)).toBe(expected)',
      ],
    },
  },
  {
    name: 'a name is inlined',
    tree: VITEST,
    edits: { [V]: ['    const sum = discount(200)\n    expect(sum)', '    expect(discount(200))'] },
  },
  {
    name: 'a local is renamed',
    tree: VITEST,
    files: {
      [U]: (VITEST[U] ?? '').replace('const user', 'const found').replace('expect(user)', 'expect(found)'),
    },
  },
  {
    name: 'assertions move into a helper',
    tree: NODE,
    files: {
      [W]:
        (NODE[W] ?? '').replace(/ {2}const user[\s\S]*?'user 3'\)\n/, '  await check(3)\n') +
        `async function check(id) {\n  const user = await fetchUser(id)\n  assert.strictEqual(user.id, 3)\n  assert.strictEqual(user.name, 'user 3')\n}\n`,
    },
  },
  {
    name: 'one assertion for the whole',
    tree: NODE,
    edits: {
      [W]: [
        `  assert.strictEqual(user.id, 3)\n  assert.strictEqual(user.name, 'user 3')`,
        `  assert.deepStrictEqual(user, { id: 3, name: 'user 3' })`,
      ],
    },
  },
  { name: 'toEqual of a number becomes toBe', tree: JEST, edits: { [J]: ['toEqual(11)', 'toBe(11)'] } },
  {
    name: 'toBe(true) becomes strict',
    tree: NODE,
    edits: { [N]: ['assert.ok(discount(500) === 450)', 'assert.equal(discount(500), 450)'] },
  },
  {
    name: 'a message is demanded',
    tree: JEST,
    files: {
      'src/__tests__/more.test.ts': `import { total } from '../cart'\ntest('negative', () => {\n  expect(() => total([-1])).toThrow(/negative/)\n})\n`,
    },
  },
  {
    name: 'a looser assertion becomes exact',
    tree: {
      ...VITEST,
      'test/weak.test.ts': vitest(CART, `it('adds', () => {\n  expect(total([4])).toBeTruthy()\n})`),
    },
    edits: { 'test/weak.test.ts': ['toBeTruthy()', 'toBe(4)'] },
  },
  {
    name: 'a sleep becomes a fake clock',
    tree: {
      ...VITEST,
      'test/late.test.ts': vitest(
        CART,
        `it('is late', async () => {\n  await new Promise((resolve) => setTimeout(resolve, 500))\n  expect(total([1])).toBe(1)\n})`,
      ),
    },
    files: {
      'test/late.test.ts': vitest(
        CART,
        `it('is late', async () => {\n  vi.useFakeTimers()\n  await vi.advanceTimersByTimeAsync(500)\n  expect(total([1])).toBe(1)\n})`,
      ),
    },
  },
  {
    name: 'a skipped test runs again',
    tree: {
      ...VITEST,
      'test/off.test.ts': vitest(CART, `it.skip('adds', () => {\n  expect(total([4])).toBe(4)\n})`),
    },
    edits: { 'test/off.test.ts': ['it.skip', 'it'] },
  },
  {
    name: 'a copy of a test is removed',
    tree: {
      ...VITEST,
      'test/twice.test.ts': vitest(
        CART,
        `it('adds', () => {\n  expect(total([4])).toBe(4)\n})\nit('adds too', () => {\n  expect(total([4])).toBe(4)\n})`,
      ),
    },
    files: { 'test/twice.test.ts': vitest(CART, `it('adds', () => {\n  expect(total([4])).toBe(4)\n})`) },
  },
  {
    name: 'a todo becomes a test',
    tree: { ...VITEST, 'test/todo.test.ts': vitest(CART, `it.todo('adds')`) },
    files: { 'test/todo.test.ts': vitest(CART, `it('adds', () => {\n  expect(total([4])).toBe(4)\n})`) },
  },
  {
    name: 'an import moves with a renamed module',
    tree: VITEST,
    edits: { [V]: ['../src/cart.ts', '../src/basket.ts'] },
    files: { 'src/cart.ts': null, 'src/basket.ts': VITEST['src/cart.ts'] ?? '' },
  },
  {
    name: 'a function is renamed',
    tree: VITEST,
    files: {
      [V]: (VITEST[V] ?? '').replaceAll('total', 'sumOf'),
      'src/cart.ts': (VITEST['src/cart.ts'] ?? '').replaceAll('total', 'sumOf'),
    },
  },
  {
    name: 'the task changes what a test expects',
    tree: VITEST,
    names: ['src/cart.ts', V],
    edits: { [V]: ['.toBe(3)', '.toBe(4)'], 'src/cart.ts': ['let sum = 0', 'let sum = 1'] },
  },
  {
    name: 'the task removes a function and its test',
    tree: VITEST,
    kind: 'refactor',
    names: [V],
    edits: {
      [V]: [
        `  it('gives a discount', () => {\n    const sum = discount(200)\n    expect(sum).toBeCloseTo(180, 5)\n    expect(discount(50)).toBe(50)\n  })\n`,
        '',
      ],
    },
  },
  {
    name: 'the task changes the configuration',
    tree: VITEST,
    names: ['vitest.config.ts'],
    edits: { 'vitest.config.ts': [`'test/**/*.test.ts'`, `'test/**/*.test.{ts,tsx}'`] },
  },
  {
    name: 'a threshold is raised',
    tree: VITEST,
    edits: { 'vitest.config.ts': ['branches: 80', 'branches: 85'] },
  },
  {
    name: 'a dependency and a script are added',
    tree: VITEST,
    edits: { 'package.json': ['"left": "1.0.0"', '"left": "1.0.0", "right": "2.0.0"'] },
  },
  {
    name: 'a script is added',
    tree: VITEST,
    edits: { 'package.json': ['"lint": "eslint ."', '"lint": "eslint .", "docs": "typedoc"'] },
  },
  {
    name: 'a snapshot is added',
    tree: VITEST,
    edits: {
      'test/__snapshots__/page.test.ts.snap': [
        'exports[`page > foot 1`]',
        'exports[`page > aside 1`] = `"<aside>"`;\nexports[`page > foot 1`]',
      ],
    },
  },
  {
    name: 'a source works for production too',
    tree: VITEST,
    edits: {
      'src/mail.ts': [
        '  return to',
        `  if (process.env.NODE_ENV === 'production' && to === '') return false\n  return to`,
      ],
    },
  },
  {
    name: 'a fix in a source',
    tree: VITEST,
    edits: { 'src/cart.ts': ['price < 0', 'price < 0 || Number.isNaN(price)'] },
  },
  {
    name: 'a base case in a source',
    tree: VITEST,
    edits: { 'src/cart.ts': ['  let sum = 0', '  if (prices.length === 0) return 0\n  let sum = 0'] },
  },
  {
    name: 'a table in a source',
    tree: VITEST,
    files: {
      'src/code.ts': `export function code(name: string): number {\n  switch (name) {\n    case 'red':\n      return 17\n    case 'green':\n      return 42\n    default:\n      return 0\n  }\n}\n`,
      'test/code.test.ts': vitest(
        `import { code } from '../src/code.ts'`,
        `it('knows colours', () => {\n  expect(code('red')).toBe(17)\n  expect(code('green')).toBe(42)\n})`,
      ),
    },
  },
  {
    name: 'a source without a suppression',
    tree: { ...VITEST, 'src/old.ts': '// @ts-ignore\nexport const old: string = 1\n' },
    edits: { 'src/old.ts': ['// @ts-ignore\nexport const old: string', 'export const old: number'] },
  },
  {
    name: 'a mock of another module',
    tree: VITEST,
    files: {
      'test/order.test.ts': vitest(
        `import { order } from '../src/order.ts'\nimport { send } from '../src/mail.ts'`,
        `vi.mock('../src/mail.ts')\nit('sends a mail', () => {\n  order('a@b.c')\n  expect(send).toHaveBeenCalledWith('a@b.c')\n})`,
      ),
      'src/order.ts': `import { send } from './mail.ts'\nexport const order = (to: string) => send(to)\n`,
    },
  },
  fresh(
    'a spy is looked at',
    `it('calls back', () => {\n  const seen = vi.fn()\n  ;[1, 2].forEach((price) => seen(total([price])))\n  expect(seen).toHaveBeenCalledTimes(2)\n  expect(seen.mock.calls).toEqual([[1], [2]])\n})`,
  ),
  fresh(
    'what was pushed is compared',
    `it('collects', () => {\n  const list: number[] = []\n  list.push(total([1]))\n  expect(list).toEqual([1])\n})`,
  ),
  fresh(
    'a failure is caught and looked at',
    `it('says why', () => {\n  expect.assertions(1)\n  try {\n    total([-1])\n  } catch (error) {\n    expect((error as Error).message).toBe('negative price')\n  }\n})`,
  ),
  fresh(
    'something is cleaned up whatever comes',
    `it('cleans up', () => {\n  const made = [1]\n  try {\n    expect(total(made)).toBe(1)\n  } finally {\n    made.length = 0\n  }\n})`,
  ),
  fresh(
    'a callback returns early',
    `it('filters', () => {\n  const kept = [1, 2].filter((price) => {\n    if (price > 1) return false\n    return total([price]) === 1\n  })\n  expect(kept).toEqual([1])\n})`,
  ),
  fresh(
    'both arms assert',
    `it.each([1, -1])('handles %d', (price) => {\n  if (price > 0) expect(total([price])).toBe(1)\n  else expect(() => total([price])).toThrow('negative')\n})`,
  ),
  fresh(
    'a wrong type on purpose',
    `it('wants numbers', () => {\n  // @ts-expect-error a text is no price\n  expect(total(['1'])).toBe('01')\n})`,
  ),
  fresh(
    'a server of its own',
    `it('serves', async () => {\n  const server = createServer((_, answer) => answer.end(String(total([1, 2]))))\n  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))\n  const { port } = server.address() as { port: number }\n  const answer = await fetch(\`http://127.0.0.1:\${port}/\`)\n  expect(await answer.text()).toBe('3')\n  server.close()\n})`,
    `import { createServer } from 'node:http'\n${CART}`,
  ),
  fresh(
    'not on one platform',
    `it.skipIf(process.platform === 'win32')('adds', () => {\n  expect(total([1])).toBe(1)\n})`,
  ),
  fresh(
    'properties of all inputs',
    `it('does not depend on the order', () => {\n  fc.assert(fc.property(fc.array(fc.nat()), (prices) => {\n    expect(total(prices)).toBe(total([...prices].reverse()))\n  }))\n})`,
    `import fc from 'fast-check'\n${CART}`,
  ),
  fresh(
    'a promise is awaited',
    `it('rejects', async () => {\n  await expect(fetchUser(0)).rejects.toThrow('no such user')\n  const late = expect(fetchUser(2)).resolves.toEqual({ id: 2, name: 'user 2' })\n  await late\n})`,
    `import { fetchUser } from '../src/fetch-user.ts'`,
  ),
  fresh(
    'types are compared',
    `it('has a type', () => {\n  expectTypeOf(total).returns.toEqualTypeOf<number>()\n  expect(total([2])).toBe(2)\n})`,
    `import { expectTypeOf } from 'vitest'\n${CART}`,
  ),
  fresh(
    'two calls agree, and that is not all',
    `it('gives the same for the same, and something else for others', () => {\n  expect(total([3, 4])).toBe(total([3, 4]))\n  expect(total([3, 4])).not.toBe(total([3, 5]))\n})`,
  ),
  fresh(
    'before and after are compared',
    `it('leaves the list alone', () => {\n  const prices = [1, 2]\n  const before = String(prices)\n  total(prices)\n  expect(String(prices)).toBe(before)\n})`,
  ),
  fresh(
    'a clock of its own',
    `let now = 0\nconst wait = (ms: number) => { now += ms }\nit('is later', () => {\n  wait(1000)\n  expect(total([now])).toBe(1000)\n})`,
  ),
  fresh(
    'a child is ended',
    `it('survives', () => {\n  const child = spawn(process.execPath, ['-e', '0'])\n  process.kill(child.pid ?? 0, 'SIGKILL')\n  expect(total([2])).toBe(2)\n})`,
    `import { spawn } from 'node:child_process'\n${CART}`,
  ),
  fresh(
    'not where a tool is missing',
    `it.skipIf(!existsSync('/usr/bin/git'))('adds', () => {\n  expect(total([1])).toBe(1)\n})`,
    `import { existsSync } from 'node:fs'\n${CART}`,
  ),
  fresh(
    'something more is asserted under a condition',
    `it.each([[[1]], [[]]])('adds %j', (prices) => {\n  const sum = total(prices)\n  expect(sum).toBe(prices.length)\n  if (prices.length > 0) expect(sum).toBeGreaterThan(0)\n})`,
  ),
  {
    name: "chai's words",
    tree: NODE,
    files: {
      'test/chai.test.js': `import { expect } from 'chai'\nimport { total } from '../src/cart.ts'\ndescribe('total', () => {\n  it('adds', () => {\n    expect(total([1, 2])).to.equal(3)\n    expect(total([])).to.be.a('number')\n    expect(total([1]) > 0).to.be.true\n  })\n})\n`,
    },
  },
  {
    name: 'a subtest is added',
    tree: NODE,
    edits: {
      [N]: [
        `  await t.test('large'`,
        `  await t.test('none', () => {\n    assert.equal(discount(0), 0)\n  })\n  await t.test('large'`,
      ],
    },
  },
  {
    name: 'a beforeEach becomes a constant',
    tree: JEST,
    files: { [J]: (JEST[J] ?? '').replace(/ {2}let prices[\s\S]*?\}\)\n/, '  const prices = [5, 6]\n') },
  },
  { name: 'documentation', tree: VITEST, files: { 'README.md': '# Shop\n' } },
]
