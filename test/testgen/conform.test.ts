// Conform: each objection of the compiler is met by the smallest cast that may help, and a test that no cast helps is
// left out.

import { describe, expect, it } from 'vitest'
import type { Objection } from '../../testgen/analyse/check.ts'
import { type ConformingTest, conform } from '../../testgen/conform.ts'
import { constant, type Expression } from '../../testgen/expression.ts'
import type { CaseFinding } from '../../testgen/tasks.ts'
import { callOf, caseOf, equals, finding, given, on, returned } from './in-memory.ts'

const style = {
  quote: "'",
  semicolons: true,
  typed: true,
  required: false,
  indent: '  ',
  strict: false,
  specifier: '../m.js',
} as const
const emitting = { runner: 'vitest', style, labels: new Map(), importedClasses: new Map() } as const

/** A compiler that objects to pieces of the text: it finds each and says where it is. */
type Rule = readonly [piece: RegExp, code: number]

function conformTo(
  findings: readonly CaseFinding[],
  rules: readonly Rule[],
  typed = true,
): ConformingTest & { readonly rounds: number } {
  let rounds = 0
  const check = (_file: string, source: string): readonly Objection[] => {
    rounds += 1
    // Titles say the same as the statements.
    const statements = source.replace(/^ {2}it\(.*$/gm, (line) => ' '.repeat(line.length))
    return rules.flatMap(([piece, code]) =>
      [...statements.matchAll(new RegExp(piece, 'g'))].map(({ index }) => ({
        position: index,
        code,
        message: `TS${code}`,
      })),
    )
  }
  return {
    ...conform(findings, { ...emitting, style: { ...style, typed } }, 'test/m.test.ts', check),
    rounds,
  }
}

const WRONG_TYPE = 2345
const NO_PROPERTY = 2339
const IMPLICIT_ANY = 7006
const negates: Expression = { kind: 'function', does: { kind: 'negates' } }
const f = (...of: readonly Expression[]) =>
  finding(caseOf('f', callOf('f', ...of)), returned(equals(0, constant(2))))
const g = finding(caseOf('g', callOf('g', constant('x'))), returned(equals(0, constant(3))))

describe('a test file', () => {
  it('stays as it is when the compiler has no objection', () => {
    const { emitted, refused, rounds } = conformTo([f(constant(1))], [])
    expect(emitted.source).toContain('expect(f(1)).toBe(2);')
    expect(refused.size).toBe(0)
    expect(rounds).toBe(1)
  })

  it.each<[string, CaseFinding, readonly Rule[], string]>([
    [
      'an argument of another type',
      f(constant(1)),
      [[/(?<=f\()1(?! as)/, WRONG_TYPE]],
      'expect(f(1 as never)).toBe(2);',
    ],
    [
      'the second of two arguments',
      f(constant(1), constant('b')),
      [[/'b'(?! as)/, WRONG_TYPE]],
      "expect(f(1, 'b' as never)).toBe(2);",
    ],
    [
      'a parameter without a type',
      f(negates),
      [[/\(value\) =>/, IMPLICIT_ANY]],
      'expect(f((value: unknown) => !value)).toBe(2);',
    ],
    [
      'a callback of another type',
      f(negates),
      [[/\(value\) =>/, WRONG_TYPE]],
      'expect(f(((value: unknown) => !value) as never)).toBe(2);',
    ],
    [
      'a parameter without a type, and then a callback of another type',
      f(negates),
      [
        [/\(value\) =>/, IMPLICIT_ANY],
        [/(?<=f\()\(value: unknown\) =>/, WRONG_TYPE],
      ],
      'expect(f(((value: unknown) => !value) as never)).toBe(2);',
    ],
    [
      'too few arguments',
      f(),
      [[/f\(\)/, 2554]],
      'expect((f as (...values: never[]) => unknown)()).toBe(2);',
    ],
    [
      'a field that is not in the type',
      finding(caseOf('f', callOf('f')), returned(equals(0, constant(2), { kind: 'field', name: 'size' }))),
      [[/f\(\)\.size/, NO_PROPERTY]],
      'expect((f as (...values: never[]) => unknown)().size).toBe(2);',
    ],
    [
      'the name of a field',
      finding(caseOf('f', callOf('f')), returned(equals(0, constant(2), { kind: 'field', name: 'size' }))),
      [[/(?<=f\(\))\.size/, NO_PROPERTY]],
      'expect((f() as unknown as { size: unknown }).size).toBe(2);',
    ],
    [
      'a getter that is not in the type',
      finding(
        caseOf('S', { op: 'new', on: { path: ['S'] }, of: [] }, on(0, 'get', 'size')),
        returned(equals(1, constant(0))),
      ),
      [[/s\.size/, NO_PROPERTY]],
      'expect((s as unknown as { size: unknown }).size).toBe(0);',
    ],
  ])('gives way to %s', (_name, one, rules, statement) => {
    const { emitted, refused } = conformTo([one], rules)
    expect(refused.size).toBe(0)
    expect(emitted.source).toContain(statement)
  })

  it('gives way in the test that is objected to only', () => {
    const { emitted } = conformTo([f(constant(1)), g], [[/(?<=g\()'x'(?! as)/, WRONG_TYPE]])
    expect(emitted.source).toContain('expect(f(1)).toBe(2);')
    expect(emitted.source).toContain("expect(g('x' as never)).toBe(3);")
  })

  it('leaves out a test that nothing helps, says why, and keeps the rest', () => {
    const { findings, refused, emitted } = conformTo([f(constant(1)), g], [[/'x'/, WRONG_TYPE]])
    expect([...refused.values()]).toEqual([`TS${WRONG_TYPE}`])
    expect([...refused.keys()]).toEqual([g])
    expect(findings).toHaveLength(1)
    expect(emitted.source).not.toContain('g(')
    expect(emitted.names).toHaveLength(1)
  })

  it('ends when the compiler objects to whatever it is given', () => {
    const { findings, rounds } = conformTo([f(constant(1)), f(negates), g], [[/expect\(/, WRONG_TYPE]])
    expect(findings).toEqual([])
    expect(rounds).toBeLessThanOrEqual(9)
  })

  it('ends when the compiler objects to what is no test', () => {
    const { findings, rounds } = conformTo([f(constant(1))], [[/import/, 2307]])
    expect(findings).toHaveLength(1)
    expect(rounds).toBe(1)
  })

  it('is not checked for types when it has none', () => {
    const { emitted, rounds } = conformTo([f(constant(1))], [[/f/, WRONG_TYPE]], false)
    expect(emitted.source).toContain('expect(f(1)).toBe(2);')
    expect(rounds).toBe(0)
  })

  it('without types leaves out each test that does not parse', () => {
    const broken = (name: string) =>
      finding(caseOf('f', callOf('f', { kind: 'builtin', name, of: [] })), returned(equals(0, given([1]))))
    const findings = [broken('no name'), f(constant(1)), broken('a b'), broken('a}')]
    const { refused, emitted } = conformTo(findings, [], false)
    expect([...refused.keys()]).toEqual([findings[0], findings[2], findings[3]])
    expect(emitted.source).toContain('expect(f(1)).toBe(2);')
  })
})
