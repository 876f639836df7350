// Tests in languages without a parser here are compared by the words on their lines.

import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'

const judge = async (path: string, before: string | undefined, after: string | undefined) => {
  const findings = await analysis.judgeTests({
    tests: [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }],
    sources: [],
  })
  return (findings ?? []).map(({ kind, line }) => (line === undefined ? kind : `${kind}:${line}`))
}

const GO =
  'func TestTotal(t *testing.T) {\n\trequire.Equal(t, 3, Total(1, 2))\n\tassert.Equal(t, 0, Total())\n}\n'
const RUST = '#[test]\nfn total() {\n    assert_eq!(total(&[1, 2]), 3);\n}\n'
const JAVA = 'class CartTest {\n  @Test\n  void total() {\n    assertEquals(3, cart.total());\n  }\n}\n'
const RUBY = "describe Cart do\n  it 'adds' do\n    expect(Cart.total([1, 2])).to eq 3\n  end\nend\n"
const C = 'TEST(Cart, Total) {\n  ASSERT_EQ(3, total());\n}\n'

describe('words of tests', () => {
  it.each([
    ['cart_test.go', GO, '', 'deleted_test:1'],
    ['cart_test.go', GO, GO.replace('\tassert.Equal(t, 0, Total())\n', ''), 'fewer_assertions:1'],
    ['cart_test.go', GO, GO.replace('\trequire', '\tt.Skip("x")\n\trequire'), 'skipped_test:2'],
    ['cart_test.go', GO, GO.replace('\trequire', '\ttime.Sleep(1)\n\trequire'), 'sleeps:2'],
    ['cart_test.go', GO, GO.replace('\tassert', '\t// assert'), 'fewer_assertions:1'],
    ['tests/cart.rs', RUST, RUST.replace('#[test]', '#[test]\n#[ignore]'), 'skipped_test:2'],
    ['tests/cart.rs', RUST, RUST.replace('#[test]\n', ''), 'deleted_test:1'],
    ['CartTest.java', JAVA, JAVA.replace('@Test', '@Disabled\n  @Test'), 'skipped_test:2'],
    [
      'CartTest.java',
      JAVA,
      JAVA.replace('assertEquals(3, cart.total())', 'assertEquals(x, x)'),
      'tautology:4',
    ],
    ['CartTest.java', JAVA, JAVA.replace('    assert', '    Thread.sleep(9);\n    assert'), 'sleeps:4'],
    [
      'cart_spec.rb',
      RUBY,
      RUBY.replace('    expect(Cart.total([1, 2])).to eq 3\n', "    pending 'x'\n"),
      'skipped_test:3',
    ],
    ['test/cart_test.cc', C, C.replace('TEST(Cart, Total)', 'void total()'), 'deleted_test:1'],
    ['cart_test.go', GO, undefined, 'deleted_file'],
  ])('of %s find %#', async (path, before, after, finding) => {
    expect(await judge(path, before, after)).toContain(finding)
  })

  it.each([
    ['the same', GO, GO],
    ['another order and more tests', GO, `${GO.replace('TestTotal', 'TestMore')}${GO}`],
    ['a comment', GO, `// t.Skip is not for us\n${GO}`],
    ['other assertions', GO, GO.replace('assert.Equal(t, 0', 'assert.Equal(t, 1')],
    [
      'a mark that was there',
      GO.replace('\trequire', '\tt.Skip("x")\n\trequire'),
      GO.replace('\trequire', '\tt.Skip("x")\n\trequire').replace('3', '4'),
    ],
  ])('find nothing in %s', async (_what, before, after) => {
    expect(await judge('cart_test.go', before, after)).toEqual([])
  })

  it('of a new file find what is wrong in it', async () => {
    expect(await judge('cart_test.go', undefined, GO)).toEqual([])
    expect(await judge('cart_test.go', undefined, GO.replace('\trequire', '\tt.Skip()\n\trequire'))).toEqual([
      'skipped_test:2',
    ])
  })
})
