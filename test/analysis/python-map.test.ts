// The map of a Python repository: definitions at the top of files, those that others use first.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { repositoryMap } from '../../analysis/index.ts'
import { pythonGraph } from '../../analysis/map/python-graph.ts'

const TEXTS = {
  'src/shop/__init__.py': 'from .cart import Cart\nfrom . import money as money\n',
  'src/shop/cart.py': `from __future__ import annotations
from shop.money import (
    round_up as up,
    RATE,
)

class Cart(Base):
    """Prices."""
    size: int = 0
    def total(self, prices: list[int], *, tax=True) -> int:
        def inner(): pass
        return up(sum(prices) * RATE) + up(1)
    async def send(self): ...
    def _hidden(self): ...

def _private(): ...
`,
  'src/shop/money.py':
    'RATE = 7\nlower = 1\nasync def fetch(a,\n    b=2): ...\ndef round_up(value: float) -> int: ...\n',
  'tests/test_cart.py':
    'import shop.money\nfrom shop import Cart, money\n\ndef test_total():\n    assert Cart().total([1]) == money.round_up(shop.money.RATE)\n',
  'app_pb2.py': 'def generated(): ...\n',
}
const graph = pythonGraph(new Map(Object.entries(TEXTS)))

describe('the graph of Python files', () => {
  it('has the definitions at the top, in one line, with the open members of classes', () => {
    expect(graph.definitions.map(({ path, signature, exported }) => [path, signature, exported])).toEqual([
      ['src/shop/cart.py', 'class Cart(Base): total, send', true],
      ['src/shop/cart.py', 'def _private()', false],
      ['src/shop/money.py', 'RATE', true],
      ['src/shop/money.py', 'async def fetch(a, b=2)', true],
      ['src/shop/money.py', 'def round_up(value: float) -> int', true],
      ['tests/test_cart.py', 'def test_total()', true],
    ])
  })

  it('follows imports to the file that defines the name, also through a package', () => {
    const uses = graph.references.map(({ from, to, name, count }) => `${from} ${to} ${name} ${count}`)
    expect(uses.sort()).toEqual([
      'src/shop/__init__.py src/shop/cart.py Cart 1',
      'src/shop/__init__.py src/shop/money.py  1',
      'src/shop/cart.py src/shop/money.py RATE 1',
      'src/shop/cart.py src/shop/money.py round_up 2',
      'tests/test_cart.py src/shop/cart.py Cart 1',
      'tests/test_cart.py src/shop/money.py RATE 1',
      'tests/test_cart.py src/shop/money.py round_up 1',
    ])
  })

  it('is made of broken files, too', () => {
    const broken = { 'a.py': 'def f(:\nclass\nfrom . import\nimport\nfrom .. import b\n"""', 'b.py': '' }
    expect(pythonGraph(new Map(Object.entries(broken))).references).toEqual([])
  })
})

describe('the map', () => {
  const root = mkdtempSync(join(tmpdir(), 'canopy-python-map-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(TEXTS)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }

  it('shows them below their files', async () => {
    const order = { root, files: Object.keys(TEXTS), mentioned: ['round prices up'], budgetTokens: 400 }
    const map = await repositoryMap(order)
    expect(map).toContain('src/shop/money.py\n')
    expect(map).toContain('  def round_up(value: float) -> int\n')
    expect(map).toContain('  class Cart(Base): total, send')
    expect(map).not.toContain('generated')
  })
})
