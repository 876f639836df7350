// Emit: what is printed means what was built.

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { noCasts } from '../../testgen/emit/casts.ts'
import { call, layOut, mark, plain, unmark } from '../../testgen/emit/layout.ts'
import { createPrinter } from '../../testgen/emit/print.ts'
import { readMarks } from '../../testgen/emit/style.ts'
import { emitTestFile } from '../../testgen/emit/test-file.ts'
import { constant, type Expression } from '../../testgen/expression.ts'
import { build } from '../../testgen/inside/build.ts'
import { express } from '../../testgen/inside/express.ts'
import type { CaseFinding } from '../../testgen/tasks.ts'

const naming = {
  path: (path: readonly string[]) => path.join('.'),
  step: (index: number) => `result${index}`,
}
const printer = createPrinter("'", naming)
const around = { exports: {}, importedClasses: {}, results: [], tick: () => undefined }

const values: readonly unknown[] = [
  'plain', "it's", 'both \' and "', 'line\nbreak\ttab\\', '\u0000\u200b\ufeff', 'é日本😀', '$' + '{a}`', '\u2028', '',
  0, -0, 1.5, -3, 1e21, 1e-7, Number.NaN, Infinity, -Infinity, 12n, true, null, undefined,
  [], [1, [2, undefined]], {}, { a: 1, 'b-c': { d: [] } }, { ['__proto__']: 1 }, { 1: 'one' }, Object.assign(Object.create(null), { a: 1 }),
  new Map([['a', new Set([1])]]), new Map(), new Set(), new Date(0), new Date(Number.NaN), /a\/b/gi, new Uint8Array([1, 2]),
] // biome-ignore format: a plain list

describe('printing', () => {
  it.each(values.map((value) => [inspect(value), value] as const))(
    'writes down %s so that it reads as the same',
    (_name, value) => {
      const expression = express(value, () => undefined) as Expression
      const source = printer.flat(expression)
      const read: unknown = new Function(`return (${source})`)()
      expect(read).toStrictEqual(value)
      expect(Object.is(read, value) || typeof value !== 'number').toBe(true)
      expect(build(expression, around)).toStrictEqual(value)
    },
  )

  it.each<[Expression, string]>([
    [
      { kind: 'function', does: { kind: 'returns', value: { kind: 'object', fields: [] }, async: false } },
      '() => ({})',
    ],
    [
      { kind: 'function', does: { kind: 'throws', message: 'no', async: true, bare: false } },
      "async () => { throw new Error('no') }",
    ],
    [{ kind: 'create', path: ['Stack'], of: [constant(1)] }, 'new Stack(1)'],
    [{ kind: 'promise', of: constant(1), rejected: true }, 'Promise.reject(1)'],
    [{ kind: 'step', index: 2 }, 'result2'],
  ])('writes %j', (expression, source) => {
    expect(printer.flat(expression)).toBe(source)
  })

  it.each([
    () => 1,
    Symbol('own'),
    new Proxy({}, {}),
    new WeakMap(),
    Object.assign([], { extra: 1 }),
    new Array(2),
    new (class Own {})(),
  ])('does not write down what cannot be compared, %#', (value) => {
    expect(express(value, () => undefined)).toBeUndefined()
  })

  it("does not write down the runtime's own words", () => {
    expect(express('Cannot read properties of undefined', () => undefined)).toBeUndefined()
  })

  it('does not write down what holds itself', () => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    expect(express(loop, () => undefined)).toBeUndefined()
  })
})

describe('layout', () => {
  const long = {
    kind: 'object',
    fields: Array.from({ length: 8 }, (_, index) => [`field${index}`, constant(`value ${index}`)] as const),
  } as const

  it('keeps on one line what fits', () => {
    expect(layOut(call('f', [plain('1'), plain('2')]), 4)).toBe('f(1, 2)')
  })

  it('lets a last object hug the brackets', () => {
    const text = layOut(call('f', [plain('1'), printer.piece(long)]), 2)
    expect(text.split('\n').slice(0, 2)).toEqual(['f(1, {', "    field0: 'value 0',"])
    expect(text.endsWith('\n  })')).toBe(true)
  })

  it('gives arguments lines of their own otherwise', () => {
    const text = layOut(call('f', [printer.piece(long), printer.piece(long)]), 0)
    expect(text.split('\n').slice(0, 3)).toEqual(['f(', '  {', "    field0: 'value 0',"])
  })

  it('finds marked places again', () => {
    const { text, ranges } = unmark(`a ${mark('one', `b ${mark('two', 'c')}`)} d`)
    expect(text).toBe('a b c d')
    expect(ranges).toEqual([
      { place: 'one', start: 2, end: 5 },
      { place: 'two', start: 4, end: 5 },
    ])
  })
})

describe('a test file', () => {
  const finding: CaseFinding = {
    test: {
      target: 'dice',
      chance: 0.9,
      moment: 0,
      steps: [{ op: 'call', on: { path: ['dice'] }, of: [constant(6)] }],
    },
    observed: {
      outcome: {
        kind: 'returned',
        async: false,
        readings: [{ step: 0, read: [], sees: { kind: 'equal', value: constant(6) } }],
      },
      uses: { chance: true, clock: true, timers: false, folder: false },
      awaits: [],
      waits: [],
    },
    edges: [],
    cost: 1,
  }
  const emit = (runner: 'vitest' | 'jest' | 'node' | 'mocha', required: boolean) =>
    emitTestFile([finding], {
      runner,
      style: {
        quote: "'",
        semicolons: true,
        typed: false,
        required,
        indent: '  ',
        strict: false,
        specifier: '../dice.js',
      },
      labels: new Map(),
      importedClasses: new Map(),
      casts: () => noCasts,
    }).source

  it.each([
    [
      'vitest',
      false,
      [
        "import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';",
        "import { dice } from '../dice.js';",
        'expect(dice(6)).toBe(6);',
        "vi.spyOn(Math, 'random').mockReturnValue(0.9);",
        'vi.setSystemTime(',
      ],
    ],
    [
      'jest',
      true,
      [
        "const { dice } = require('../dice.js');",
        'expect(dice(6)).toBe(6);',
        'jest.useFakeTimers({ now: ',
        'jest.useRealTimers();',
      ],
    ],
    [
      'node',
      false,
      [
        "import assert from 'node:assert/strict';",
        'assert.strictEqual(dice(6), 6);',
        "mock.method(Math, 'random', () => 0.9);",
        "mock.timers.enable({ apis: ['Date']",
        'mock.reset();',
      ],
    ],
    [
      'mocha',
      true,
      [
        "const assert = require('node:assert/strict');",
        "const { mock } = require('node:test');",
        "const { dice } = require('../dice.js');",
        'assert.strictEqual(dice(6), 6);',
        "mock.method(Math, 'random', () => 0.9);",
      ],
    ],
  ] as const)('speaks %s', (runner, required, lines) => {
    const source = emit(runner, required)
    for (const line of lines) expect(source).toContain(line)
    expect(source.includes('import ')).toBe(!required)
  })
})

describe('style', () => {
  it('is taken from the source', () => {
    expect(readMarks('const a = "b";\nf();\n')).toMatchObject({ quote: '"', semicolons: true })
    expect(readMarks("const a = 'b'\nf()\n")).toMatchObject({ quote: "'", semicolons: false })
  })
})
