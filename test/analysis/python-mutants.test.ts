// Small changes of Python programs: each kind, code that has none, and that each mutant of a valid program is valid.

import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'

const mutants = (text: string, lines?: readonly number[]) =>
  analysis.mutants({ path: 'a.py', text, most: 200, ...(lines && { lines: new Set(lines) }) })
const changes = async (text: string) => (await mutants(text)).map(({ what }) => what)

describe('a mutant of Python', () => {
  it.each([
    ['a = b == c', ['== became !=']],
    ['a = b != c', ['!= became ==']],
    ['a = b < c', ['< became <=']],
    ['a = b >= c', ['>= became >']],
    ['a = b + c', ['+ became -']],
    ['a = b * c', ['* became /']],
    ['a = b // c', ['// became *']],
    ['a = b % c', ['% became *']],
    ['a += b', ['+= became -=']],
    ['a = b and c', ['and became or']],
    ['a = b or c', ['or became and']],
    ['a = not b', ['not became nothing']],
    ['a = b in c', ['in became not in']],
    ['a = b not in c', ['not became nothing']],
    ['a = b is c', ['is became is not']],
    ['a = b is not c', ['is not became is']],
    ['a = True', ['True became False']],
    ['a = 1', ['1 became 2']],
    ['a = 1.50', ['1.50 became 2.50']],
    ["a = 'b'", ["'b' became ''"]],
    ['a = ""', ['"" became \'mutant\'']],
    ["a = rb'b'", ["rb'b' became b''"]],
    ["a = f'{b}'", ["f'{b}' became ''"]],
    ['if a: b()', ['a became not (a)', 'b() became pass']],
    ['if a: pass\nelif b: pass', ['a became not (a)', 'b became not (b)']],
    ['def f():\n    return a', ['return a became return None']],
    ['a.b(c)', ['a.b(c) became pass']],
    ['await a(b)', ['await a(b) became pass']],
    ['def f(a: int = 1): pass', ['1 became 2']],
    ['f(\n  a + 1\n)', ['+ became -', '1 became 2', 'f( a + 1 ) became pass']],
    ['a = [b for b in c if b in d]', ['in became not in']],
  ])('of %j', async (text, expected) => {
    expect((await changes(text)).sort()).toEqual([...expected].sort())
  })

  it.each([
    ['imports', 'import a\nfrom b import c\nfrom . import d'],
    ['types', "def f(a: 'b', *, c: List[2]) -> Dict['e', 3]: pass\nx: 'y'\nz: Final[4] = w"],
    ['words for people', "print('a' + 1)\nlogger.warning('b %d', 2)\nraise ValueError('c' * 3)"],
    ['docstrings', '"""A."""\ndef f():\n    """B."""\nclass C:\n    \'d\''],
    ['decorators and heads of classes', '@f(1)\nclass A(B, x=2):\n    pass'],
    ['keys', "a = {'b': c}\nd['e']"],
    ['texts put together', "a = 'b' 'c'\nd = e + 'f' 'g'\nh = 'i' 'j' % k"],
    ['signs of one value', 'a = -b\nf = lambda *c, **d: e\nfor g in h: pass'],
    ['results that are literals', 'def f():\n    return None'],
    [
      'conditions that only types or programs fulfil',
      "if TYPE_CHECKING: pass\nif __name__ == '__main__': pass",
    ],
    ['names of the module', "__all__ = ['a']\n__version__ = '1'"],
    ['comments', '# a == 1\n'],
  ])('leaves %s alone', async (_, text) => {
    expect(await changes(text)).toEqual([])
  })

  it('is on the asked lines, and says where it is', async () => {
    const text = 'a = 1\nb = 2\nc = 3\n'
    expect(await mutants(text, [2])).toEqual([
      {
        path: 'a.py',
        line: 2,
        what: '2 became 3',
        text: 'a = 1\nb = 3\nc = 3\n',
        ended: "a = 1\n__import__('os').abort(); b = 2\nc = 3\n",
      },
    ])
  })

  it('ends the process before an if on its line, and nowhere in other heads', async () => {
    const text = 'def f(a=1):\n    if a:\n        return b\n    elif c: pass\n'
    const ended = Object.fromEntries((await mutants(text)).map((each) => [each.line, each.ended]))
    expect(ended[1]).toBeUndefined()
    expect(ended[2]).toContain("\n    __import__('os').abort()\n    if a:\n")
    expect(ended[3]).toContain("\n        __import__('os').abort(); return b\n")
    expect(ended[4]).toBeUndefined()
  })

  it('is made of any text in time in proportion', async () => {
    const piece = fc.constantFrom(
      'a',
      '(',
      ')',
      '[',
      ']',
      '"',
      "'",
      '\n',
      '    ',
      ':',
      'if ',
      'not ',
      '1',
      '+',
      '\\',
      '#',
      'f"{',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
        const text = pieces.join('')
        for (const mutant of await mutants(text)) expect(mutant.text).not.toBe(text)
      }),
      { numRuns: 50 },
    )
  })
})

/** Modules of Python's own library with many kinds of syntax. */
const MODULES = ['reprlib', 'heapq', 'bisect', 'copy']

function moduleTexts(): Record<string, string> | undefined {
  const program = `import importlib.util, json, sys
texts = {name: open(importlib.util.find_spec(name).origin, encoding="utf-8").read() for name in sys.argv[1:]}
print(json.dumps(texts))`
  try {
    return JSON.parse(
      execFileSync('python3', ['-I', '-c', program, ...MODULES], { encoding: 'utf8' }),
    ) as Record<string, string>
  } catch {
    return undefined
  }
}

const texts = moduleTexts()

it.skipIf(texts === undefined)(
  'each mutant of modules of Python is valid (skipped without python3)',
  async () => {
    const made = await Promise.all(
      Object.entries(texts ?? {}).map(async ([path, text]) =>
        (await analysis.mutants({ path: `${path}.py`, text, most: 20 })).flatMap((each) => [
          each.text,
          each.ended ?? each.text,
        ]),
      ),
    )
    const program = `import json, sys, warnings
warnings.simplefilter("ignore")
wrong = []
for text in json.load(sys.stdin):
    try: compile(text, "m", "exec", flags=0x400, dont_inherit=True)
    except SyntaxError as error: wrong.append(f"{error.lineno}: {error.text}")
print(json.dumps(wrong))`
    const input = JSON.stringify(made.flat())
    const said = execFileSync('python3', ['-I', '-c', program], { input, encoding: 'utf8', maxBuffer: 1e8 })
    expect(JSON.parse(said)).toEqual([])
    expect(made.flat().length).toBeGreaterThan(60)
  },
)
