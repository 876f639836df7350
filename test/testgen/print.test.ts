// Print: each kind of value as a test says it, on one line or on several, in either quotes.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  around,
  call,
  fits,
  plain as fixed,
  layOut,
  MAX_WIDTH,
  mark,
  markPiece,
  unmark,
} from '../../testgen/emit/layout.ts'
import { createPrinter } from '../../testgen/emit/print.ts'
import { isIdentifier, memberOf } from '../../testgen/emit/print-text.ts'
import { type Behaviour, constant, type Expression } from '../../testgen/expression.ts'
import { build } from '../../testgen/inside/build.ts'
import { anyExpression, plain } from './arbitrary.ts'
import { given } from './in-memory.ts'

const naming = {
  path: (path: readonly string[]) => path.join('.'),
  step: (index: number) => `result${index}`,
}
const printer = createPrinter("'", naming)
const doubled = createPrinter('"', naming)
const annotated = createPrinter("'", naming, true)
const scope = { exports: {}, importedClasses: {}, results: [], tick: () => undefined }

describe('a value on one line', () => {
  it.each<[string, Expression, string]>([
    ['a text', constant('a'), "'a'"],
    ['a text with a single quote', constant("it's"), '"it\'s"'],
    ['a text with double quotes', constant('say "a"'), '\'say "a"\''],
    ['a text with both', constant('\'"'), "'\\'\"'"],
    ['a text with a backslash', constant('a\\b'), "'a\\\\b'"],
    ['a text with line ends', constant('a\nb\r\t'), "'a\\nb\\r\\t'"],
    ['a text with control characters', constant('\0\b\f\v\x1b\x7f'), "'\\u0000\\b\\f\\v\\u001b\\u007f'"],
    ['letters of other languages', constant('é日Ж'), "'é日Ж'"],
    ['a face', constant('😀'), "'😀'"],
    ['what nobody sees', constant('\u200b\ufeff\u00a0\u2028'), "'\\u200b\\ufeff\\u00a0\\u2028'"],
    ['half a character', constant('\ud800'), "'\\ud800'"],
    ['a character for private use', constant('\u{100000}'), "'\\u{100000}'"],
    ['a template', constant('$' + '{a}`'), "'$" + "{a}`'"],
    ['a number', constant(1.5), '1.5'],
    ['a negative number', constant(-1), '-1'],
    ['-0', constant(-0), '-0'],
    ['NaN', constant(Number.NaN), 'NaN'],
    ['an infinite number', constant(Number.NEGATIVE_INFINITY), '-Infinity'],
    ['a large number', constant(1e21), '1e+21'],
    ['a big integer', constant(-12n), '-12n'],
    ['a boolean', constant(true), 'true'],
    ['null', constant(null), 'null'],
    ['undefined', constant(undefined), 'undefined'],
    ['an empty list', given([]), '[]'],
    ['a list', given([1, 'a', [2]]), "[1, 'a', [2]]"],
    ['an empty object', given({}), '{}'],
    ['an object', given({ a: 1, b: { c: 2 } }), '{ a: 1, b: { c: 2 } }'],
    [
      'keys that are no names',
      given({ 'a-b': 1, '1a': 2, '': 3, $: 4, _: 5 }),
      "{ 'a-b': 1, '1a': 2, '': 3, $: 4, _: 5 }",
    ],
    ['keys that are words of the language', given({ class: 1, default: 2 }), '{ class: 1, default: 2 }'],
    [
      'the key of the prototype',
      { kind: 'object', fields: [['__proto__', constant(1)]] },
      "{ ['__proto__']: 1 }",
    ],
    [
      'an object without a prototype',
      { kind: 'object', fields: [['a', constant(1)]], bare: true },
      '{ __proto__: null, a: 1 }',
    ],
    ['an empty one without a prototype', { kind: 'object', fields: [], bare: true }, '{ __proto__: null }'],
    ['an empty map', { kind: 'map', entries: [] }, 'new Map()'],
    ['a map', { kind: 'map', entries: [[constant('a'), given([1])]] }, "new Map([['a', [1]]])"],
    ['an empty set', { kind: 'set', items: [] }, 'new Set()'],
    ['a set', { kind: 'set', items: [constant(1), constant('a')] }, "new Set([1, 'a'])"],
    ['a date', { kind: 'date', time: 0 }, "new Date('1970-01-01T00:00:00.000Z')"],
    ['a date far away', { kind: 'date', time: 8.64e15 }, "new Date('+275760-09-13T00:00:00.000Z')"],
    ['no date', { kind: 'date', time: Number.NaN }, 'new Date(NaN)'],
    ['a date beyond all dates', { kind: 'date', time: 8.65e15 }, 'new Date(NaN)'],
    ['a pattern', { kind: 'regexp', source: 'a\\/[b]', flags: 'gi' }, '/a\\/[b]/gi'],
    ['an empty pattern', { kind: 'regexp', source: '', flags: '' }, '/(?:)/'],
    ['a pattern with a line end', { kind: 'regexp', source: 'a\n', flags: 'g' }, "new RegExp('a\\n', 'g')"],
    [
      'a pattern with what nobody sees',
      { kind: 'regexp', source: '\u200b', flags: '' },
      "new RegExp('\\u200b')",
    ],
    ['a symbol', { kind: 'symbol', description: "it's" }, 'Symbol.for("it\'s")'],
    ['a promise', { kind: 'promise', of: given([1]), rejected: false }, 'Promise.resolve([1])'],
    ['a rejected promise', { kind: 'promise', of: constant('no'), rejected: true }, "Promise.reject('no')"],
    ['an object of the runtime', { kind: 'builtin', name: 'URL', of: [constant('a:b')] }, "new URL('a:b')"],
    ['bytes', { kind: 'builtin', name: 'Uint8Array', of: [given([1, 2])] }, 'new Uint8Array([1, 2])'],
    ['an export', { kind: 'export', path: ['Level', 'High'] }, 'Level.High'],
    [
      'an object of the module',
      { kind: 'create', path: ['Stack'], of: [constant(1), constant(2)] },
      'new Stack(1, 2)',
    ],
    ['a call of the module', { kind: 'call', path: ['Money', 'of'], of: [] }, 'Money.of()'],
    ['an earlier result', { kind: 'step', index: 1 }, 'result1'],
  ])('%s', (_name, expression, source) => {
    expect(printer.flat(expression)).toBe(source)
  })

  it.each<[string, Expression, string]>([
    ['a text', constant('a'), '"a"'],
    ['a text with a double quote', constant('say "a"'), '\'say "a"\''],
    ['a text with both', constant('\'"'), '"\'\\""'],
    ['a key', given({ 'a-b': 1 }), '{ "a-b": 1 }'],
  ])('in double quotes: %s', (_name, expression, source) => {
    expect(doubled.flat(expression)).toBe(source)
  })
})

describe('a callback', () => {
  it.each<[Behaviour, string, string]>([
    [{ kind: 'returns', value: constant(1), async: false }, '() => 1', '() => 1'],
    [{ kind: 'returns', value: given({}), async: false }, '() => ({})', '() => ({})'],
    [
      { kind: 'returns', value: given({ a: 1 }), async: true },
      'async () => ({ a: 1 })',
      'async () => ({ a: 1 })',
    ],
    [
      { kind: 'returns', value: { kind: 'function', does: { kind: 'adds' } }, async: false },
      '() => (a, b) => a + b',
      '() => (a: number, b: number) => a + b',
    ],
    [{ kind: 'argument', index: 0 }, '(value) => value', '(value: unknown) => value'],
    [
      { kind: 'argument', index: 1 },
      '(_first, second) => second',
      '(_first: unknown, second: unknown) => second',
    ],
    [
      { kind: 'throws', message: "it's", async: false, bare: false },
      '() => { throw new Error("it\'s") }',
      '() => { throw new Error("it\'s") }',
    ],
    [
      { kind: 'throws', message: 'no', async: true, bare: true },
      "async () => { throw 'no' }",
      "async () => { throw 'no' }",
    ],
    [{ kind: 'compares' }, '(a, b) => a - b', '(a: number, b: number) => a - b'],
    [{ kind: 'adds' }, '(a, b) => a + b', '(a: number, b: number) => a + b'],
    [{ kind: 'negates' }, '(value) => !value', '(value: unknown) => !value'],
    [{ kind: 'exceeds', limit: 1 }, '(value) => value > 1', '(value: number) => value > 1'],
    [
      { kind: 'equals', value: constant('a') },
      "(value) => value === 'a'",
      "(value: unknown) => value === 'a'",
    ],
    [
      { kind: 'equals', value: { kind: 'function', does: { kind: 'negates' } } },
      '(value) => value === ((value) => !value)',
      '(value: unknown) => value === ((value: unknown) => !value)',
    ],
    [
      { kind: 'invokes', index: 0, of: [constant(1)], async: false },
      '(callback) => callback(1)',
      '(callback: (...values: never[]) => unknown) => callback(1 as never)',
    ],
    [
      { kind: 'invokes', index: 1, of: [], async: true },
      'async (_first, callback) => callback()',
      'async (_first: unknown, callback: (...values: never[]) => unknown) => callback()',
    ],
    [{ kind: 'texts' }, '(value) => String(value)', '(value: unknown) => String(value)'],
    [{ kind: 'field', name: 'id' }, '(value) => value.id', '(value: { id: unknown }) => value.id'],
    [
      { kind: 'field', name: 'a-b' },
      "(value) => value['a-b']",
      "(value: { 'a-b': unknown }) => value['a-b']",
    ],
  ])('%j', (does, bare, typed) => {
    expect(printer.flat({ kind: 'function', does })).toBe(bare)
    expect(annotated.flat({ kind: 'function', does })).toBe(typed)
  })

  it.each<[Behaviour, readonly unknown[]]>([
    [{ kind: 'returns', value: given({ a: [1] }), async: false }, []],
    [{ kind: 'argument', index: 0 }, ['x', 'y']],
    [{ kind: 'argument', index: 1 }, ['x', 'y']],
    [{ kind: 'compares' }, [5, 3]],
    [{ kind: 'adds' }, [5, 3]],
    [{ kind: 'adds' }, ['5', 3]],
    [{ kind: 'negates' }, [0]],
    [{ kind: 'exceeds', limit: 1 }, [1]],
    [{ kind: 'exceeds', limit: 1 }, ['2']],
    [{ kind: 'equals', value: constant('a') }, ['a']],
    [{ kind: 'equals', value: constant('a') }, ['b']],
    [{ kind: 'equals', value: constant(0) }, [-0]],
    [{ kind: 'equals', value: constant(Number.NaN) }, [Number.NaN]],
    [{ kind: 'compares' }, [{}, 1]],
    [{ kind: 'compares' }, [5n, 3n]],
    [{ kind: 'exceeds', limit: 1 }, [2n]],
    [{ kind: 'exceeds', limit: 1 }, [{}]],
    [{ kind: 'texts' }, [[1, 2]]],
    [{ kind: 'field', name: 'a-b' }, [{ 'a-b': 3 }]],
    [{ kind: 'invokes', index: 0, of: [constant(4)], async: false }, [(value: number) => value * 2]],
  ])('does in a test what it does in the search, %#', (does, values) => {
    const expression: Expression = { kind: 'function', does }
    const written = new Function(`return (${printer.flat(expression)})`)() as (
      ...values: readonly unknown[]
    ) => unknown
    const built = build(expression, scope) as (...values: readonly unknown[]) => unknown
    expect(written(...values)).toStrictEqual(built(...values))
  })

  it.each<[Behaviour, string]>([
    [{ kind: 'throws', message: 'boom', async: false, bare: false }, 'Error: boom'],
    [{ kind: 'throws', message: 'boom', async: false, bare: true }, 'boom'],
  ])('%j throws the same in both', (does, thrown) => {
    const expression: Expression = { kind: 'function', does }
    const written = new Function(`return (${printer.flat(expression)})`)() as () => unknown
    for (const run of [written, build(expression, scope) as () => unknown]) {
      let caught: unknown
      try {
        run()
      } catch (error) {
        caught = error
      }
      expect(String(caught)).toBe(thrown)
    }
  })
})

/** Source as a value. */
const read = (source: string): unknown => new Function(`return (${source})`)()

describe('any value', () => {
  it('reads as what was built, on one line and on several, in both quotes', () => {
    fc.assert(
      fc.property(plain, fc.nat({ max: 90 }), (expression, indent) => {
        const built = build(expression, scope)
        for (const one of [printer, doubled]) {
          expect(read(one.flat(expression))).toStrictEqual(built)
          expect(read(one.piece(expression).broken(indent))).toStrictEqual(built)
          expect(read(layOut(one.piece(expression), indent))).toStrictEqual(built)
        }
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('is written in printable characters only, on one line', () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        expect(printer.flat(expression)).not.toMatch(/\p{Cc}|\p{Zl}|\p{Zp}/u)
      }),
      { seed: 2 },
    )
  })

  it('is the same text for the same expression', () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        expect(printer.flat(structuredClone(expression))).toBe(printer.flat(expression))
      }),
      { seed: 3 },
    )
  })
})

describe('names', () => {
  it.each([
    ['a', true], ['$', true], ['_a1', true], ['A', true], ['class', true], ['', false], ['1a', false], ['a-b', false], ['a b', false], ['größe', false], ['a.b', false],
  ])('%j is a name: %s', (name, is) => {
    expect(isIdentifier(name)).toBe(is)
    expect(memberOf('subject', name, JSON.stringify)).toBe(is ? `subject.${name}` : `subject[${JSON.stringify(name)}]`)
  }) // biome-ignore format: a plain list
})

describe('breaking lines', () => {
  const long = (count: number): Expression =>
    given(Array.from({ length: count }, (_, index) => `item number ${index}`))

  it('keeps what fits and breaks what does not', () => {
    const text = (length: number) => fixed('x'.repeat(length))
    expect(layOut(call('f', [text(MAX_WIDTH - 3)]), 0)).not.toContain('\n')
    expect(layOut(call('f', [text(MAX_WIDTH - 2)]), 0)).toContain('\n')
    expect(fits('x'.repeat(MAX_WIDTH), 0)).toBe(true)
    expect(fits('x'.repeat(MAX_WIDTH), 1)).toBe(false)
    expect(fits('x'.repeat(MAX_WIDTH), 0, 1)).toBe(false)
    expect(fits('a\nb', 0)).toBe(false)
  })

  it.each<[string, Expression, readonly string[]]>([
    ['a list', long(9), ['[', "  'item number 0',"]],
    [
      'an object',
      given(Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`field${index}`, 'some value']))),
      ['{', "  field0: 'some value',"],
    ],
    [
      'an object without a prototype',
      {
        kind: 'object',
        bare: true,
        fields: Array.from({ length: 9 }, (_, index) => [`f${index}`, constant('some long value')] as const),
      },
      ['{', '  __proto__: null,', "  f0: 'some long value',"],
    ],
    [
      'a set',
      { kind: 'set', items: Array.from({ length: 9 }, (_, index) => constant(`item number ${index}`)) },
      ['new Set([', "  'item number 0',"],
    ],
    [
      'a map',
      {
        kind: 'map',
        entries: Array.from(
          { length: 9 },
          (_, index) => [constant(`key ${index}`), constant(index)] as const,
        ),
      },
      ['new Map([', "  ['key 0', 0],"],
    ],
  ])('gives each part of %s a line of its own', (_name, expression, lines) => {
    const text = layOut(printer.piece(expression), 0)
    expect(text.split('\n').slice(0, lines.length)).toEqual(lines)
    expect(read(text)).toStrictEqual(build(expression, scope))
  })

  it('breaks inner parts only where they do not fit', () => {
    const text = layOut(
      printer.piece(given([['short'], Array.from({ length: 12 }, () => 'not so short')])),
      4,
    )
    expect(text.split('\n').slice(0, 4)).toEqual([
      '[',
      "      ['short'],",
      '      [',
      "        'not so short',",
    ])
  })

  it.each<[string, string, readonly string[]]>([
    ['a last object hugs the brackets', 'f(1, {', ['plain', 'object']],
    ['two objects do not', 'f(', ['object', 'object']],
    ['an object before a plain one does not', 'f(', ['object', 'plain']],
  ])('%s', (_name, first, kinds) => {
    const object = printer.piece(
      given(Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`field${index}`, 'some value']))),
    )
    const text = layOut(
      call(
        'f',
        kinds.map((kind) => (kind === 'plain' ? fixed('1') : object)),
      ),
      0,
    )
    expect(text.split('\n')[0]).toBe(first)
    expect(text.endsWith(')')).toBe(true)
  })

  it('indents arguments that break, and what breaks within them', () => {
    const object = printer.piece(given({ first: 'x'.repeat(60), second: 'y'.repeat(60) }))
    expect(layOut(call('f', [object, fixed('1')]), 4).split('\n')).toEqual([
      'f(',
      '      {',
      `        first: '${'x'.repeat(60)}',`,
      `        second: '${'y'.repeat(60)}',`,
      '      },',
      '      1,',
      '    )',
    ])
  })

  it('puts what is fixed before and after a piece', () => {
    expect(layOut(around('await ', call('f', [fixed('1')]), ';'), 0)).toBe('await f(1);')
    expect(
      around('const a = ', printer.piece(long(9)))
        .broken(0)
        .split('\n')[0],
    ).toBe('const a = [')
  })

  it('never leaves a line too long that could be broken', () => {
    const numbers = fc.array(fc.array(fc.integer({ min: 0, max: 99_999 }), { maxLength: 30 }), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(numbers, fc.nat({ max: 40 }), (lists, indent) => {
        const text = layOut(call('expect', [printer.piece(given(lists))]), indent)
        const [first = '', ...rest] = text.split('\n')
        expect(indent + first.length).toBeLessThanOrEqual(MAX_WIDTH)
        for (const line of rest) expect(line.length).toBeLessThanOrEqual(MAX_WIDTH)
      }),
      { seed: 4, numRuns: 200 },
    )
  })
})

describe('marks', () => {
  const part = fc
    .oneof(fc.string(), fc.constantFrom('(', ')', ' '))
    .map((text) => text.replace(/[\uE000-\uE002]/g, ''))
  const { tree } = fc.letrec<{ tree: { text: string; marked: string; count: number } }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      part.map((text) => ({ text, marked: text, count: 0 })),
      fc.array(tie('tree'), { maxLength: 3 }).map((parts) => ({
        text: parts.map(({ text }) => text).join(''),
        marked: parts.map(({ marked }) => marked).join(''),
        count: parts.reduce((total, { count }) => total + count, 0),
      })),
      tie('tree').map(({ text, marked, count }) => ({
        text,
        marked: mark(`place:${count}`, marked),
        count: count + 1,
      })),
    ) as fc.Arbitrary<{ text: string; marked: string; count: number }>,
  }))

  it('vanish and leave their places, inner ones after the outer', () => {
    fc.assert(
      fc.property(tree, ({ text, marked, count }) => {
        const found = unmark(marked)
        expect(found.text).toBe(text)
        expect(found.ranges).toHaveLength(count)
        for (const { start, end } of found.ranges) expect(start <= end && end <= text.length).toBe(true)
        for (const [index, one] of found.ranges.entries())
          for (const later of found.ranges.slice(index + 1))
            expect(later.start >= one.end || (later.start >= one.start && later.end <= one.end)).toBe(true)
      }),
      { seed: 5, numRuns: 200 },
    )
  })

  it('take no room on a line', () => {
    const text = 'x'.repeat(MAX_WIDTH)
    expect(fits(mark('a long place that would not fit', text), 0)).toBe(true)
    const piece = markPiece('place', printer.piece(given([1])))
    expect(piece.hugs).toBe(true)
    expect(unmark(piece.flat)).toEqual({ text: '[1]', ranges: [{ place: 'place', start: 0, end: 3 }] })
    expect(unmark(piece.broken(0)).text).toBe('[\n  1,\n]')
  })
})
