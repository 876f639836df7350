import { describe, expect, it } from 'vitest'
import { substanceOf } from '../../analysis/substance.ts'

const programOf = (text: string, path = 'src/a.ts') => substanceOf(path, text)?.program

describe('the substance of a source', () => {
  it.each([
    ['comments', 'const a = 1\n', '// one\nconst a = 1 /* here */\n/** Told. */\n'],
    ['spaces and ends of lines', 'const a = 1\n', 'const   a = 1\r\n\r\n\r\n'],
    ['an export of nothing', '', '// TODO: toRoman\nexport {}\n'],
  ])('is not %s', (_, one, other) => {
    expect(programOf(other)).toBe(programOf(one))
  })

  it.each([
    ['a value', 'const a = 1', 'const a = 2'],
    ['a type', 'let a: number', 'let a: string'],
    ['a comment in a text', "const a = '// x'", "const a = '// y'"],
    ['what is exported', 'const a = 1; export { a }', 'const a = 1'],
  ])('is %s', (_, one, other) => {
    expect(programOf(other)).not.toBe(programOf(one))
  })

  it.each([
    ['// TODO: the rest\nconst a = 1', [[1, '// TODO: the rest']]],
    ['const a = 1\n/* what is left:\n   FIXME */', [[3, 'FIXME */']]],
    [
      "function f() {\n  throw new Error('Not yet implemented')\n}",
      [[2, "throw new Error('Not yet implemented')"]],
    ],
    ["const todo = 'TODO'\nconst list: Todo[] = []\nthrow new Error('no such todo')", []],
    ['// to do it quickly, a table', []],
    [`const a = \`\${b} // TODO c\`; const d = /[/]/ // fine`, []],
  ])('says what is missing: %j', (text, stubs) => {
    const found = substanceOf('src/a.ts', text)?.stubs.map(({ line, text: words }) => [line, words])
    expect(found).toEqual(stubs)
  })

  it('of another language is for others to judge; broken code has one, too', () => {
    expect(substanceOf('a.py', '# TODO')).toBeUndefined()
    expect(substanceOf('a.ts', 'const = ')).toBeDefined()
    expect(substanceOf('a.tsx', 'const a = <b>{/* TODO */}</b>')?.stubs).toHaveLength(1)
  })
})
