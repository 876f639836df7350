// Reading Python as statements: what does not change their text, where they are, which syntax errors are told.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPython } from '../../analysis/python-lines.ts'

const texts = (source: string) => readPython(source).statements.map(({ text }) => text)

describe('the text of a statement', () => {
  it.each([
    ['spaces', 'f( a ,b )', 'f(a, b)'],
    ['lines in brackets', 'f(\n    a, # first\n    b,\n)', 'f(a, b)'],
    ['a trailing comma', 'x = [1, 2,]; y = {"a": 1,}', "x = [1, 2]; y = {'a': 1}"],
    ['a continued line', 'assert a \\\n    == b', 'assert a == b'],
    ['quotes', 'x = "it\\"s" + """a\nb"""', "x = 'it\"s' + 'a\\nb'"],
    ['the prefix u and capitals', 'x = U"a" + B"b"', "x = 'a' + b'b'"],
    ['spaces around operators', 'x=a+b*-c**~d//2', 'x = a + b * -c ** ~d // 2'],
    [
      'spaces around defaults',
      'def f( a : int = 1,* ,b = 2)->int : pass',
      'def f(a: int=1, *, b=2) -> int: pass',
    ],
    ['spaces in subscripts', 'x[ 1 : -1,::2 ]', 'x[1:-1, ::2]'],
    ['spaces before brackets and points', 'a . b (c) [d]', 'a.b(c)[d]'],
    ['a mark of byte order, and Windows line ends', '\uFEFFa = (1,\r\n 2)\r\nb = 1\r', 'a = (1, 2)\nb = 1'],
    ['empty lines and form feeds', 'a = 1\n\n   \n\f\nb = 2', 'a = 1\nb = 2'],
  ])('does not depend on %s', (_what, one, other) => {
    expect(texts(one)).toEqual(texts(other))
  })

  it.each([
    ['a tuple of one', '(a,)', '(a)'],
    ['a key that is a tuple', 'x[1,]', 'x[1]'],
    ['bytes', "b'a'", "'a'"],
    ['a raw string', "r'\\n'", "'\\n'"],
    ['a field', "f'{a}'", "'{a}'"],
    ['spaces in a string', "'a  b'", "'a b'"],
    ['a backslash', "'\\\\'", "'/'"],
    ['not one name but two', 'not a', 'nota'],
    ['a minus', 'f(a - b)', 'f(a, -b)'],
    ['a walrus', '(a := b)', '(a == b)'],
  ])('depends on %s', (_what, one, other) => {
    expect(texts(one)).not.toEqual(texts(other))
  })

  it.each([
    [
      'joins what belongs together',
      "x = foo(\n  '''a\n)''', # )\n  [1,\n  2])\ny = 1",
      ["x = foo('a\\n)', [1, 2])", 'y = 1'],
    ],
    ['splits a line', 'a = 1; b = 2;\nc = 3', ['a = 1', 'b = 2', 'c = 3']],
    ['splits a block from its head', 'if a: b = 1; c = 2\nd = 3', ['if a', 'b = 1', 'c = 2', 'd = 3']],
    [
      'keeps annotations and dictionaries whole',
      'x: int = 1\nprint({a: 1}, b[1:2])',
      ['x: int = 1', 'print({a: 1}, b[1:2])'],
    ],
    [
      'keeps functions without a name whole',
      'x = lambda a: b\nif lambda: a: c',
      ['x = lambda a: b', 'if lambda: a', 'c'],
    ],
    [
      'takes match and case for names, too',
      'match = 1\nmatch.x()\ncase(2)\nmatch[0] = 3',
      ['match = 1', 'match.x()', 'case(2)', 'match[0] = 3'],
    ],
    [
      'reads match',
      'match a, b:\n  case [1, *_]: pass\n  case -1 | {}: x',
      ['match a, b', 'case[1, *_]', 'pass', 'case -1 | {}', 'x'],
    ],
    ['reads fields in fields', 'x = f"{a["#"]:{b!r}>{c}} {{" # d\ny', [`x = f"{a["#"]:{b!r}>{c}} {{"`, 'y']],
    ['ends a field that nobody closed with its line', "x = f'{a'\ny = 1", ["x = f'{a'", 'y = 1']],
    ['reads names that are not ASCII', 'größe = 数 + 1', ['größe = 数 + 1']],
  ])('%s', (_what, source, statements) => {
    expect(texts(source).map((text) => text.replace('case - 1', 'case -1'))).toEqual(statements)
  })

  it('holds the line on which it begins, its depth and its comments', () => {
    const source = 'class A:\n    # one\n    def f(self,\n          a):  # two\n\treturn (\n 1)\nb = 1\n'
    const { statements, comments } = readPython(source)
    expect(statements.map(({ line, indent, opensBlock }) => [line, indent, opensBlock])).toEqual([
      [1, 0, true],
      [3, 4, true],
      [5, 8, false],
      [7, 0, false],
    ])
    expect(comments).toEqual([
      { line: 2, text: '# one' },
      { line: 4, text: '# two' },
    ])
  })
})

describe('a syntax error', () => {
  it.each([
    ['a = 1\nb = (1,\nc = 2\n', 2, '"(" is not closed'],
    ['a = [1)\n', 1, '")" closes nothing'],
    ['a = 1]\n', 1, '"]" closes nothing'],
    ["a = 'b\nc = 1\n", 1, 'a string is not closed'],
    ['a = 1\nb = """c\n\n', 2, 'a string is not closed'],
    ['if a:\nb = 1\n', 2, 'a block is expected here'],
    ['a = 1\n  b = 2\n', 2, 'a line is indented without a block'],
    ['if a:\n    b = 1\n  c = 2\n', 3, 'a line is indented like no line before it'],
    ['def f():\n', 2, 'a block is expected here'],
  ])('is told with its line: %j', (source, line, message) => {
    expect(readPython(source).problem).toEqual({ line, message })
  })

  it('in a bracket ends with the next definition', () => {
    const { statements, problem } = readPython(
      'x = f(1, [\n\nclass A:\n    def a(self): (\n    def b(self): pass\n',
    )
    expect(problem).toEqual({ line: 1, message: '"(" is not closed' })
    expect(statements.map(({ text, indent }) => [indent, text])).toEqual([
      [0, 'x = f(1, ['],
      [0, 'class A'],
      [4, 'def a(self)'],
      [5, '('],
      [4, 'def b(self)'],
      [5, 'pass'],
    ])
  })

  it.each([
    ['', []],
    ['\n\n# only a comment', []],
    ["f'{x!r:>{w}}' f'''{\ny}'''", ["f'{x!r:>{w}}' f'''{\ny}'''"]],
    ['with (a() as b, c() as d): yield', ['with (a() as b, c() as d)', 'yield']],
    ['x = 1.; y = 1e-5j + 0x_ff', ['x = 1.', 'y = 1e-5j + 0x_ff']],
    ['try: a\nexcept* (B, C) as d: e\nelse: f\nfinally: g', undefined],
    ['async def f[T: int](a, /, *b, **c) -> None:\n\tasync for d in e: ...', undefined],
  ])('is none: %j', (source, statements) => {
    expect(readPython(source).problem).toBeUndefined()
    if (statements) expect(texts(source)).toEqual(statements)
  })
})

const WORDS = [
  'def test_a():',
  'class A:',
  'assert',
  'if x:',
  'f"{',
  '}',
  '"',
  "'''",
  '(',
  ')',
  '[',
  ']',
  '{',
  ':',
  ';',
  ',',
  '\n',
]
const soup = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...WORDS,
      '\n    ',
      '\t',
      '\\',
      '\\\n',
      '#',
      '=',
      '==',
      'lambda:',
      '@',
      'r',
      'match x:',
      ' ',
    ),
    fc.string({ maxLength: 3 }),
  ),
  { maxLength: 40 },
)

describe('any text', () => {
  it('is read without an error of the reader, and each statement is on a line of it', () => {
    fc.assert(
      fc.property(soup, (parts) => {
        const source = parts.join('')
        const lines = source.split(/\r\n?|\n/).length
        for (const { line, text } of readPython(source).statements) {
          expect(text).not.toBe('')
          expect(line).toBeLessThanOrEqual(lines)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('says the same when its statements are read again', () => {
    const expression = fc.letrec<{ any: string }>((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('a', 'b.c', '1', '-2', "'s'", "b'\\n'", 'None', 'f(x)', 'lambda: a'),
        fc
          .tuple(tie('any'), fc.constantFrom('+', '==', 'and', 'not in', '**'), tie('any'))
          .map((parts) => parts.join(' ')),
        fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map((parts) => `f(${parts.join(' , ')})`),
        fc.array(tie('any'), { maxLength: 3 }).map((parts) => `[ ${parts.join(',')} ]`),
        tie('any').map((part) => `{ ${part} :x[ ${part} ] }`),
      ),
    })).any
    fc.assert(
      fc.property(fc.array(expression, { minLength: 1, maxLength: 5 }), (lines) => {
        const once = texts(lines.join('\n'))
        expect(once).toHaveLength(lines.length)
        expect(texts(once.join('\n'))).toEqual(once)
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    ['brackets', '('.repeat(50_000)],
    ['quotes', '"'.repeat(50_001)],
    ['fields', 'f"{'.repeat(20_000)],
    ['heads', 'if x:'.repeat(20_000)],
    ['empty bytes', '\0'.repeat(50_000)],
    ['tabs', `${'\t'.repeat(50_000)}x`],
  ])('of endless %s is read in time', (_what, source) => {
    const begun = process.cpuUsage()
    readPython(source)
    expect(process.cpuUsage(begun).user / 1000).toBeLessThan(2000)
  })
})
