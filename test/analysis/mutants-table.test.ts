// Each kind of change that a mutant makes, and code that has none.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'

async function changes(text: string, path = 'a.ts'): Promise<string[]> {
  return (await analysis.mutants({ path, text, most: 100 })).map(({ what }) => what)
}

describe('a mutant', () => {
  it.each([
    ['a === b', ['=== became !==']],
    ['a !== b', ['!== became ===']],
    ['a == b', ['== became !=']],
    ['a != b', ['!= became ==']],
    ['a < b', ['< became <=']],
    ['a <= b', ['<= became <']],
    ['a > b', ['> became >=']],
    ['a >= b', ['>= became >']],
    ['a + b', ['+ became -']],
    ['a - b', ['- became +']],
    ['a * b', ['* became /']],
    ['a / b', ['/ became *']],
    ['a % b', ['% became *']],
    ['a && b', ['&& became ||']],
    ['a || b', ['|| became &&']],
    ['a ?? b', ['?? became &&']],
    ['a += b', ['+= became -=']],
    ['a -= b', ['-= became +=']],
    ['a *= b', ['*= became /=']],
    ['a /= b', ['/= became *=']],
    ['a++', ['a++ became a--']],
    ['a--', ['a-- became a++']],
    ['!a', ['!a became a']],
    ['f()', ['f() became ;']],
    ['a = true', ['true became false']],
    ['a = false', ['false became true']],
    ['a = 0', ['0 became 1']],
    ['a = 1_000', ['1_000 became 1001']],
    ["a = ''", ["'' became 'mutant'"]],
    ["a = 'b'", ["'b' became ''"]],
    ['a = [b]', ['[b] became []']],
    ['if (a) b()', ['a became !(a)', 'b() became ;']],
    ['a ? b : c', ['a became !(a)']],
    ['function f() { return a }', ['return a became return undefined']],
    ["a = b + 'c'", ["'c' became ''"]],
    ['a += `b`', []],
  ])('of %s', async (text, expected) => {
    expect((await changes(text)).sort()).toEqual([...expected].sort())
  })

  it.each([
    ['types', "type A = 'a' | 1\ninterface B { c: true }\nlet a: 'b' | 2\nfunction f(a: 'x'): 3 {}"],
    ['imports and exports', "import a from 'b'\nexport * from 'c'\nexport { d } from 'e'"],
    ['words for people', "console.log('a' + 1)\nlogger.warn('b')\nthrow new TypeError('c' + 2)"],
    ['keys', 'a = { 1: b }\nc[d]'],
    ['empty lists', 'a = []'],
    ['results that are literals', 'function f() { return null }'],
    ['directives', "'use strict'"],
  ])('leaves %s alone', async (_what, text) => {
    expect(await changes(text)).toEqual([])
  })

  it.each([
    ['a.js', 'const a = <b c={1}>{d && <e />}</b>', ['1 became 2', '&& became ||']],
    ['a.tsx', 'const a = <b c="d">{1 + e}</b>', ['"d" became \'\'', '+ became -', '1 became 2']],
    [
      'a.mts',
      'class A { #b = 1; static { this.c++ } get d() { return this.#b } }',
      ['1 became 2', 'return this.#b became return undefined', 'this.c++ became this.c--'],
    ],
    ['a.ts', 'const a = (b: number) => b * 2', ['* became /', '2 became 3']],
    ['a.ts', 'switch (a) { case 1: b = 2 }', ['1 became 2', '2 became 3']],
    [
      'a.ts',
      'for (let a = 0; a < 3; a++) b(a)',
      ['0 became 1', '3 became 4', '< became <=', 'a++ became a--', 'b(a) became ;'],
    ],
  ])('of %s %s', async (path, text, expected) => {
    expect((await changes(text, path)).sort()).toEqual([...expected].sort())
  })

  it('of broken code is none that throws, and what is shown is one short line', async () => {
    await expect(changes('const = (1 +')).resolves.toBeInstanceOf(Array)
    const [long = ''] = await changes(`function f() {\n  return g(\n    ${'argument,\n'.repeat(30)})\n}`)
    expect(long).toMatch(/^return g\( argument, .{0,50}\.\.\. became return undefined$/)
  })
})

describe('mutants of a program', () => {
  const line = fc.constantFrom(
    'let a = 1 + 2',
    'if (a > 3) a -= 4',
    "b('x')",
    'const c = [a, a]',
    '// 5 + 6',
    'type D = 7',
    '',
  )
  const program = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'))

  it('are never more than asked for, on the lines asked for, each another program, the same each time', async () => {
    await fc.assert(
      fc.asyncProperty(
        program,
        fc.nat(8),
        fc.uniqueArray(fc.integer({ min: 1, max: 12 })),
        async (text, most, numbers) => {
          const question = { path: 'a.ts', text, most, lines: new Set(numbers) }
          const mutants = await analysis.mutants(question)
          expect(mutants.length).toBeLessThanOrEqual(most)
          expect(mutants.every((one) => question.lines.has(one.line))).toBe(true)
          expect(mutants.every((one) => one.text !== text)).toBe(true)
          expect(new Set(mutants.map((one) => one.text)).size).toBe(mutants.length)
          expect(await analysis.mutants(question)).toEqual(mutants)
          for (const one of mutants) {
            const changed = one.text.split('\n').filter((each, at) => each !== text.split('\n')[at])
            expect(changed).toHaveLength(1)
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  it('have one on each line before a second on any', async () => {
    const text = 'a = 1 + 2\nb = 3 + 4\nc = 5 + 6\n'
    const mutants = await analysis.mutants({ path: 'a.ts', text, most: 4 })
    expect(mutants.map((one) => one.line).sort()).toEqual([1, 1, 2, 3])
  })
})
