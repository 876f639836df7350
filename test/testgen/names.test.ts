// Names, titles, style and pinning: the words of a test file around its statements.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLocalNames, isWhole } from '../../testgen/emit/local-names.ts'
import { type Pinnable, pinning } from '../../testgen/emit/pinning.ts'
import { createPrinter } from '../../testgen/emit/print.ts'
import { readMarks } from '../../testgen/emit/style.ts'
import { titleOf } from '../../testgen/emit/title.ts'
import { type Case, constant } from '../../testgen/expression.ts'
import type { CaseOutcome, Thrown } from '../../testgen/outcome.ts'
import { callOf, caseOf, equals, finding, given, noUses, on, returned } from './in-memory.ts'

const names = (labels: Readonly<Record<string, string>>, classes: Readonly<Record<string, string>> = {}) =>
  createLocalNames({
    labels: new Map(Object.entries(labels)),
    importedClasses: new Map(
      Object.entries(classes).map(([key, label]) => [
        key,
        { label, name: label, specifier: `../${label}.js` },
      ]),
    ),
  })

describe('what an export is called in a test', () => {
  it.each<[string, string, Readonly<Record<string, string>>, string]>([
    ['as it is exported', 'parse', { parse: 'parse' }, 'parse'],
    ['otherwise where the language has the word', 'delete', { delete: 'delete' }, 'ownDelete'],
    ['otherwise where only a module has the word', 'await', { await: 'await' }, 'ownAwait'],
    ['otherwise where strict mode has the word', 'static', { static: 'static' }, 'ownStatic'],
    ['otherwise where the runner has the word', 'expect', { expect: 'expect' }, 'ownExpect'],
    ['otherwise where the test has the word', 'result', { result: 'result' }, 'ownResult'],
    ['otherwise where a later result may have the word', 'result3', { result3: 'result3' }, 'ownResult3'],
    ['otherwise where the runtime has the class', 'Map', { Map: 'Map' }, 'ownMap'],
    ['as it is exported where the runtime has a function', 'fetch', { fetch: 'fetch' }, 'fetch'],
    ['in one word', 'b-c', { 'b-c': 'b-c' }, 'bC'],
    ['in one word of several', 'to upper-case', { 'to upper-case': 'x' }, 'toUpperCase'],
    ['somehow where it holds no word', '1', { 1: '1' }, 'subject'],
    ['in letters of other languages', 'größe', { größe: 'größe' }, 'größe'],
    ['by its label for a default export', 'default', { default: 'slugify' }, 'slugify'],
    ['by its label for a whole module', 'module.exports', { 'module.exports': 'slugify' }, 'slugify'],
    ['somehow for a default export without a name', 'default', { default: 'default' }, 'subject'],
    ['by another name where two want the same', 'default', { default: 'parse', parse: 'parse' }, 'ownParse'],
    ['with a number where three want the same', 'b c', { bC: 'bC', 'b-c': 'b-c', 'b c': 'b c' }, 'ownBC2'],
  ])('%s', (_name, key, labels, expected) => {
    expect(names(labels).of(key)).toBe(expected)
  })

  it('is the name it has in its own module for an imported class', () => {
    const local = names(
      { load: 'load' },
      { 'Store@/a.ts': 'Store', 'default@/b.ts': 'default', 'Set@/c.ts': 'Set' },
    )
    expect(local.of('Store@/a.ts')).toBe('Store')
    expect(local.of('default@/b.ts')).toBe('imported')
    expect(local.of('Set@/c.ts')).toBe('ownSet')
  })

  it('is a name that can be declared, and no two are the same', () => {
    const reserved =
      /^(?:delete|class|await|let|static|yield|eval|arguments|enum|null|it|expect|result\d*|vi|jest)$/
    const some = fc.uniqueArray(
      fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom(
          'delete',
          'class',
          'await',
          'it',
          'expect',
          'result',
          'result2',
          'bC',
          'b-c',
          'b c',
          'Map',
          'ownIt',
          'ownBC',
          'default',
          'module.exports',
          'vi',
          'eval',
          'größe',
        ),
      ),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(some, some, (keys, classes) => {
        const labels = Object.fromEntries(
          keys.map((key, index) => [key, isWhole(key) ? (keys[index + 1] ?? 'default') : key]),
        )
        const local = names(labels, Object.fromEntries(classes.map((label) => [`${label}@/file.ts`, label])))
        const all = [...keys, ...classes.map((label) => `${label}@/file.ts`)].map((key) => local.of(key))
        expect(new Set(all).size).toBe(all.length)
        for (const name of all) {
          expect(name).not.toMatch(reserved)
          expect(() => new Function(`'use strict'; const ${name} = 1; return ${name}`)).not.toThrow()
        }
        const variable = local.variableFor(keys[0] ?? '')
        expect(all).not.toContain(variable)
        expect(() => new Function(`'use strict'; const ${variable} = 1`)).not.toThrow()
      }),
      { seed: 1, numRuns: 400 },
    )
  })
})

describe('what an object of a class is called', () => {
  it.each([
    ['Stack', 'stack'], ['HTTPServer', 'httpServer'], ['URLPattern2', 'urlPattern2'], ['ID', 'id'], ['A', 'a'], ['Switch', 'aSwitch'], ['Result', 'aResult'],
    ['Stack.of', 'stack'], ['parser', 'aParser'], ['$', 'a$'], ['Delete', 'aDelete'], ['b-c', 'aBC'], ['', 'aSubject'],
  ])('%s: %s', (target, variable) => {
    expect(names({}).variableFor(target)).toBe(variable)
  }) // biome-ignore format: a plain list

  it('hides no export', () => {
    expect(names({ Stack: 'Stack', stack: 'stack' }).variableFor('Stack')).toBe('aStack')
    expect(names({ Stack: 'Stack', stack: 'stack', aStack: 'aStack' }).variableFor('Stack')).toBe('ownStack')
  })
})

const printer = createPrinter("'", { path: (path) => path.join('.'), step: (index) => `result${index}` })

describe('a title', () => {
  const title = (test: Case, outcome: CaseOutcome) => titleOf(test, finding(test, outcome).observed, printer)
  const stack = (...steps: Parameters<typeof caseOf>[1][]) =>
    caseOf('Stack', { op: 'new', on: { path: ['Stack'] }, of: [constant(2)] }, ...steps)
  const threw = (thrown: Partial<Thrown>, async = false): CaseOutcome => ({
    kind: 'threw',
    async,
    thrown: { name: 'Error', native: true, fields: [], ...thrown },
  })
  const f = caseOf('f', callOf('f', constant('a')))

  it.each<[string, Case, CaseOutcome]>([
    ["f('a') returns 1", f, returned(equals(0, constant(1)))],
    ["f('a') returns undefined", f, returned(equals(0, constant(undefined)))],
    ["f('a') resolves to 1", f, { kind: 'returned', async: true, readings: [equals(0, constant(1))] }],
    ["f('a') returns { a: [1] }", f, returned(equals(0, given({ a: [1] })))],
    ["f('a') returns Stack", f, returned({ step: 0, read: [], sees: { kind: 'instance', of: ['Stack'] } })],
    ["f('a') returns a function", f, returned({ step: 0, read: [], sees: { kind: 'type', of: 'function' } })],
    ["f('a') returns an object", f, returned({ step: 0, read: [], sees: { kind: 'type', of: 'object' } })],
    ["f('a') yields [1, 2]", f, returned(equals(0, given([1, 2]), { kind: 'spread' }))],
    [
      "f('a') has size 1",
      f,
      returned(equals(0, constant(undefined)), equals(0, constant(1), { kind: 'field', name: 'size' })),
    ],
    [
      "f('a') calls back with [['x']]",
      f,
      returned(equals(0, constant(undefined)), equals(0, given([['x']]), { kind: 'calls', argument: 0 })),
    ],
    [
      "f('a') does not call back",
      f,
      returned(equals(0, constant(undefined)), equals(0, given([]), { kind: 'calls', argument: 0 })),
    ],
    [
      "f('a') calls back 9 times",
      f,
      returned(equals(0, constant(undefined)), equals(0, constant(9), { kind: 'callCount', argument: 0 })),
    ],
    ["f('a') works", f, returned()],
    ["f('a') throws TypeError", f, threw({ name: 'TypeError' })],
    ["f('a') throws Error: no such thing", f, threw({ message: 'no such thing' })],
    ["f('a') rejects with RangeError: too much", f, threw({ name: 'RangeError', message: 'too much' }, true)],
    ["f('a') throws { code: 1 }", f, threw({ name: '', value: given({ code: 1 }) })],
    [
      "f('a'), then its result(1) returns 2",
      caseOf('f', callOf('f', constant('a')), on(0, 'call', undefined, constant(1))),
      returned(equals(1, constant(2))),
    ],
    ['new Stack(2) has size 0', stack(), returned(equals(0, constant(0), { kind: 'field', name: 'size' }))],
    [
      "new Stack(2), then push('a') returns 1",
      stack(on(0, 'call', 'push', constant('a'))),
      returned(equals(1, constant(1))),
    ],
    ['new Stack(2), then size is 0', stack(on(0, 'get', 'size')), returned(equals(1, constant(0)))],
    [
      "new Stack(2), then label = 'a' has label 'a'",
      stack(on(0, 'set', 'label', constant('a'))),
      returned(equals(0, constant('a'), { kind: 'field', name: 'label' })),
    ],
    [
      "f('a'), then 100 ms later calls back with [[]]",
      caseOf('f', callOf('f', constant('a')), on(0, 'wait', undefined, constant(100))),
      returned(equals(0, given([[]]), { kind: 'calls', argument: 0 })),
    ],
  ])('%s', (expected, test, outcome) => {
    expect(title(test, outcome)).toBe(expected)
  })

  it('cuts long arguments, long results and itself', () => {
    const long = constant('x'.repeat(100))
    const text = title(caseOf('f', callOf('f', long, long, long, long)), returned(equals(0, long)))
    expect(text).toMatch(/^f\('x{42}…, 'x{42}…, /)
    expect([...text]).toHaveLength(140)
    expect(title(f, returned(equals(0, long)))).toMatch(/^f\('a'\) returns 'x{58}…$/)
  })

  it('cuts between characters, not inside one', () => {
    const text = title(caseOf('f', callOf('f', constant('😀'.repeat(60)))), returned())
    expect(text.isWellFormed()).toBe(true)
  })

  it('is on one line', () => {
    const outcome = threw({ message: 'first\n   second\tthird' })
    expect(title(f, outcome)).toBe("f('a') throws Error: first second third")
  })
})

describe('the marks of a repository', () => {
  it.each<[string, "'" | '"', boolean]>([
    ["const a = 'b'\nf()\n", "'", false],
    ['const a = "b";\nf();\n', '"', true],
    ["import a from 'a';\n// it's a comment\nf(a);\n", "'", true],
    ['/* "quoted" */\nf(1)\n', '"', false],
    ['', "'", false],
    ["f('a'); // done\n", "'", true],
    ['if (a) {\n  b()\n}\n', "'", false],
    ['if (a) {\n  b();\n}\n', "'", true],
    ["const a = 'b',\n  c = 'd'\n", "'", false],
  ])('of %j', (source, quote, semicolons) => {
    expect(readMarks(source)).toMatchObject({ quote, semicolons })
  })
})

describe('the indentation of a repository', () => {
  it.each([
    ['', '  '],
    ['if (a) {\n\tb()\n}\n', '\t'],
    ['if (a) {\n    b()\n}\n', '    '],
    ['if (a) {\n  b(\n    c)\n}\n', '  '],
    ['/**\n * a\n */\nif (a) {\n\tb()\n}\n', '\t'],
    ['if (a) {\n\tb(\n\t  c)\n}\n', '\t'],
    ['f()\n', '  '],
  ])('of %j', (source, indent) => {
    expect(readMarks(source).indent).toBe(indent)
  })
})

describe('a repository whose scripts are strict', () => {
  it.each([
    ["'use strict'\nf()\n", true],
    ['"use strict";\nf();\n', true],
    ["#!/usr/bin/env node\n/* a\n * b\n */\n// c\n\n'use strict';\n", true],
    ["f()\n'use strict'\n", false],
    ["function f() {\n  'use strict'\n}\n", false],
    ['', false],
  ])('begins %j: %s', (source, strict) => {
    expect(readMarks(source).strict).toBe(strict)
  })
})

describe('pinning', () => {
  const use = (more: Partial<Pinnable>): Pinnable => ({ ...noUses, spies: false, ...more })
  const start = '2024-01-15T12:00:00.000Z'

  it.each<['vitest' | 'jest' | 'node', Partial<Pinnable>, readonly string[], readonly string[]]>([
    ['vitest', {}, [], []],
    ['vitest', { chance: true }, ['afterEach', 'vi'], ['afterEach(() => {', '  vi.restoreAllMocks()', '})']],
    [
      'vitest',
      { clock: true },
      ['beforeEach', 'afterEach', 'vi'],
      [
        'beforeEach(() => {',
        `  vi.useFakeTimers({ now: new Date('${start}'), toFake: ['Date', 'performance'] })`,
        '})',
        'afterEach(() => {',
        '  vi.useRealTimers()',
        '})',
      ],
    ],
    [
      'vitest',
      { timers: true },
      ['beforeEach', 'afterEach', 'vi'],
      [
        'beforeEach(() => {',
        `  vi.useFakeTimers({ now: new Date('${start}') })`,
        '})',
        'afterEach(() => {',
        '  vi.useRealTimers()',
        '})',
      ],
    ],
    [
      'vitest',
      { folder: true },
      ['beforeEach', 'afterEach', 'vi'],
      [
        'beforeEach(() => {',
        "  vi.spyOn(process, 'cwd').mockReturnValue('/home/canopy/project')",
        '})',
        'afterEach(() => {',
        '  vi.restoreAllMocks()',
        '})',
      ],
    ],
    ['vitest', { spies: true }, ['vi'], []],
    ['jest', { spies: true }, [], []],
    [
      'jest',
      { clock: true },
      ['beforeEach', 'afterEach'],
      [
        'beforeEach(() => {',
        `  jest.useFakeTimers({ now: new Date('${start}') })`,
        '})',
        'afterEach(() => {',
        '  jest.useRealTimers()',
        '})',
      ],
    ],
    [
      'jest',
      { chance: true, clock: true },
      ['beforeEach', 'afterEach'],
      [
        'beforeEach(() => {',
        `  jest.useFakeTimers({ now: new Date('${start}') })`,
        '})',
        'afterEach(() => {',
        '  jest.useRealTimers()',
        '  jest.restoreAllMocks()',
        '})',
      ],
    ],
    ['node', {}, [], []],
    ['node', { chance: true }, ['afterEach', 'mock'], ['afterEach(() => {', '  mock.reset()', '})']],
    [
      'node',
      { clock: true },
      ['beforeEach', 'afterEach', 'mock'],
      [
        'beforeEach(() => {',
        `  mock.timers.enable({ apis: ['Date'], now: new Date('${start}') })`,
        '})',
        'afterEach(() => {',
        '  mock.reset()',
        '})',
      ],
    ],
    [
      'node',
      { timers: true },
      ['beforeEach', 'afterEach', 'mock'],
      [
        'beforeEach(() => {',
        `  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: new Date('${start}') })`,
        '})',
        'afterEach(() => {',
        '  mock.reset()',
        '})',
      ],
    ],
    [
      'node',
      { folder: true },
      ['beforeEach', 'afterEach', 'mock'],
      [
        'beforeEach(() => {',
        "  mock.method(process, 'cwd', () => '/home/canopy/project')",
        '})',
        'afterEach(() => {',
        '  mock.reset()',
        '})',
      ],
    ],
    ['node', { spies: true }, ['mock'], []],
  ])('%s with %j', (runner, more, needs, hooks) => {
    const made = pinning(runner, [use({}), use(more)], [])
    expect(made).toEqual({ needs, hooks, statements: [] })
  })

  it.each<['vitest' | 'jest' | 'node' | 'mocha', readonly string[]]>([
    [
      'vitest',
      [
        "vi.spyOn(Math, 'random').mockReturnValue(0.9)",
        "vi.setSystemTime(new Date('1970-01-01T00:00:00.000Z'))",
      ],
    ],
    [
      'jest',
      [
        "jest.spyOn(Math, 'random').mockReturnValue(0.9)",
        "jest.setSystemTime(new Date('1970-01-01T00:00:00.000Z'))",
      ],
    ],
    [
      'node',
      [
        "mock.method(Math, 'random', () => 0.9)",
        "mock.timers.setTime(Date.parse('1970-01-01T00:00:00.000Z'))",
      ],
    ],
    [
      'mocha',
      [
        "mock.method(Math, 'random', () => 0.9)",
        "mock.timers.setTime(Date.parse('1970-01-01T00:00:00.000Z'))",
      ],
    ],
  ])('one test, by %s', (runner, statements) => {
    expect(pinning(runner, [], [{ chance: 0.9, moment: 0 }]).statements).toEqual(statements)
    expect(pinning(runner, [], [{}]).statements).toEqual([])
  })
})
