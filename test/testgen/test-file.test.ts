// Test file: what is imported and how, how tests are grouped, titled and separated, and what is held still around them.

import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { noCasts } from '../../testgen/emit/casts.ts'
import type { Emitting } from '../../testgen/emit/emitting.ts'
import { emitTestFile } from '../../testgen/emit/test-file.ts'
import { constant, type Expression } from '../../testgen/expression.ts'
import type { CaseFinding } from '../../testgen/tasks.ts'
import { callOf, caseOf, equals, finding, noUses, returned } from './in-memory.ts'

type Runner = Emitting['runner']

function emit(
  findings: readonly CaseFinding[],
  runner: Runner = 'vitest',
  style: Partial<Emitting['style']> = {},
  more: Partial<Emitting> = {},
) {
  return emitTestFile(findings, {
    runner,
    style: {
      quote: "'",
      semicolons: false,
      typed: false,
      required: false,
      indent: '  ',
      strict: false,
      specifier: '../m.js',
      ...style,
    },
    labels: new Map(),
    importedClasses: new Map(),
    casts: () => noCasts,
    ...more,
  })
}

const call = (
  name: string,
  value: number,
  of: readonly Expression[] = [],
  more: Partial<CaseFinding['observed']> = {},
) => finding(caseOf(name, callOf(name, ...of)), returned(equals(0, constant(value))), more)

describe('the directive', () => {
  it.each([
    ['stands first in a script', { strict: true, required: true }, "'use strict'\n\nconst "],
    [
      'ends as other statements do',
      { strict: true, required: true, semicolons: true },
      "'use strict';\n\nconst ",
    ],
    ['is not in a module', { strict: true, required: false }, 'import '],
    ['is not where the sources have none', { strict: false, required: true }, 'const '],
  ])('%s', (_, style, start) => {
    expect(emit([call('f', 1)], 'node', style).source.startsWith(start)).toBe(true)
  })
})

describe('the indentation', () => {
  const text: Expression = { kind: 'constant', value: '  a\n  b'.repeat(30) }
  it.each(['\t', '    '])('is that of the repository: %j', (indent) => {
    const findings = [call('f', 1, [text]), call('f', 2, [constant('x'.repeat(90))], { awaits: [0] })]
    const plain = emit(findings)
    const other = emit(findings, 'vitest', { indent })
    const indented = (lines: string) => lines.replace(/^ +/gm, (spaces) => indent.repeat(spaces.length / 2))
    expect(other.source).toBe(indented(plain.source))
    const marked = ({ source, ranges }: typeof plain) =>
      ranges.map(({ place, start, end }) => [place, source.slice(start, end)])
    expect(marked(other)).toEqual(marked(plain).map(([place, lines]) => [place, indented(lines ?? '')]))
  })
})

/** The lines before the first group. */
const headOf = (source: string) => source.slice(0, source.indexOf('\ndescribe(')).trim().split('\n')

describe('the head', () => {
  it.each<[string, Runner, Partial<Emitting['style']>, readonly string[]]>([
    [
      'of vitest',
      'vitest',
      {},
      ["import { describe, expect, it } from 'vitest'", "import { f } from '../m.js'"],
    ],
    [
      'of vitest, as the repository writes',
      'vitest',
      { quote: '"', semicolons: true },
      ['import { describe, expect, it } from "vitest";', 'import { f } from "../m.js";'],
    ],
    ['of jest, whose words are global', 'jest', {}, ["import { f } from '../m.js'"]],
    ['of jest in CommonJS', 'jest', { required: true }, ["const { f } = require('../m.js')"]],
    [
      'of node:test',
      'node',
      {},
      [
        "import assert from 'node:assert/strict'",
        "import { describe, it } from 'node:test'",
        "import { f } from '../m.js'",
      ],
    ],
    [
      'of node:test in CommonJS',
      'node',
      { required: true, semicolons: true },
      [
        "const assert = require('node:assert/strict');",
        "const { describe, it } = require('node:test');",
        "const { f } = require('../m.js');",
      ],
    ],
  ])('%s', (_name, runner, style, head) => {
    expect(headOf(emit([call('f', 1)], runner, style).source)).toEqual(head)
  })

  it.each<[string, Runner, Partial<CaseFinding['observed']['uses']>, string]>([
    ['chance', 'vitest', { chance: true }, "import { afterEach, describe, expect, it, vi } from 'vitest'"],
    [
      'the clock',
      'vitest',
      { clock: true },
      "import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'",
    ],
    [
      'chance, by node:test',
      'node',
      { chance: true },
      "import { afterEach, describe, it, mock } from 'node:test'",
    ],
    [
      'timers, by node:test',
      'node',
      { timers: true },
      "import { afterEach, beforeEach, describe, it, mock } from 'node:test'",
    ],
  ])('imports what holds still %s', (_name, runner, uses, line) => {
    expect(headOf(emit([call('f', 1, [], { uses: { ...noUses, ...uses } })], runner).source)).toContain(line)
  })

  const labels = (entries: Readonly<Record<string, string>>) => ({ labels: new Map(Object.entries(entries)) })

  it.each<[string, readonly string[], Readonly<Record<string, string>>, boolean, readonly string[]]>([
    ['a default export', ['default'], { default: 'slug' }, false, ["import slug from '../m.js'"]],
    [
      'a default export and others',
      ['default', 'b', 'a'],
      { default: 'slug', a: 'a', b: 'b' },
      false,
      ["import slug, { a, b } from '../m.js'"],
    ],
    [
      'a name that cannot be declared',
      ['delete'],
      { delete: 'delete' },
      false,
      ["import { delete as ownDelete } from '../m.js'"],
    ],
    ['a name that is no word', ['b-c'], { 'b-c': 'b-c' }, false, ["import { 'b-c' as bC } from '../m.js'"]],
    [
      'a name that is no word beside a default export',
      ['default', 'b-c'],
      { default: 'slug', 'b-c': 'b-c' },
      false,
      ["import slug from '../m.js'", "import { 'b-c' as bC } from '../m.js'"],
    ],
    [
      'a whole module',
      ['module.exports'],
      { 'module.exports': 'slug' },
      false,
      ["import slug from '../m.js'"],
    ],
    [
      'a whole module in CommonJS',
      ['module.exports'],
      { 'module.exports': 'slug' },
      true,
      ["const slug = require('../m.js')"],
    ],
    [
      'a whole module and its fields in CommonJS',
      ['module.exports', 'a'],
      { 'module.exports': 'slug', a: 'a' },
      true,
      ["const slug = require('../m.js')", "const { a } = require('../m.js')"],
    ],
    [
      'a default export in CommonJS',
      ['default'],
      { default: 'slug' },
      true,
      ["const { default: slug } = require('../m.js')"],
    ],
    [
      'a name that is no word in CommonJS',
      ['b-c'],
      { 'b-c': 'b-c' },
      true,
      ["const { 'b-c': bC } = require('../m.js')"],
    ],
  ])('imports %s', (_name, names, known, required, lines) => {
    const { source } = emit(
      names.map((name) => call(name, 1)),
      'jest',
      { required },
      labels(known),
    )
    expect(headOf(source)).toEqual(lines)
  })

  it.each<[string, string]>([
    ['../[slug].js', '../[slug].js'],
    ['../(shop)/cart+1.js', '../(shop)/cart+1.js'],
    ['../$id.js', '../$id.js'],
    ['../a b.js', '../a b.js'],
    ['../c#.js', '../c%23.js'],
    ['../why?.js', '../why%3F.js'],
    ['../100%.js', '../100%25.js'],
  ])('imports %s for Node, which takes it for a URL, as %s', async (specifier, imported) => {
    const first = (runner: Runner, required: boolean) =>
      headOf(emit([call('f', 1)], runner, { specifier, required }).source).at(-1)
    expect(first('node', false)).toBe(`import { f } from '${imported}'`)
    expect(first('node', true)).toBe(`const { f } = require('${specifier}')`)
    expect(first('vitest', false)).toBe(`import { f } from '${specifier}'`)
    // As Node reads it.
    expect(fileURLToPath(new URL(imported, 'file:///root/test/a.test.js'))).toBe(
      `/root/${specifier.slice(3)}`,
    )
  })

  it('breaks a long list of names', () => {
    const names = Array.from({ length: 12 }, (_, index) => `exportNumber${String(index).padStart(2, '0')}`)
    expect(
      headOf(
        emit(
          names.map((name) => call(name, 1)),
          'jest',
        ).source,
      ),
    ).toEqual(['import {', ...names.map((name) => `  ${name},`), "} from '../m.js'"])
  })

  it('imports classes of other modules from where they are, and only those that are used', () => {
    const importedClasses = new Map([
      ['Store@/store.ts', { label: 'Store', name: 'Store', specifier: './store.js' }],
      ['Hub@/hub.ts', { label: 'Hub', name: 'default', specifier: './hub.js' }],
      ['Unused@/unused.ts', { label: 'Unused', name: 'Unused', specifier: './unused.js' }],
    ])
    const of = ['Store@/store.ts', 'Hub@/hub.ts'].map(
      (key): Expression => ({ kind: 'create', path: [key], of: [] }),
    )
    const { source } = emit([call('f', 1, of)], 'jest', {}, { importedClasses })
    expect(headOf(source)).toEqual([
      "import Hub from './hub.js'",
      "import { Store } from './store.js'",
      "import { f } from '../m.js'",
    ])
    expect(source).toContain('expect(f(new Store(), new Hub())).toBe(1)')
  })

  it('imports what only a result mentions', () => {
    const result: Expression = {
      kind: 'object',
      fields: [['kind', { kind: 'export', path: ['Kind', 'Large'] }]],
    }
    const instance = { step: 0, read: [], sees: { kind: 'instance', of: ['Stack'] } } as const
    const findings = [
      finding(caseOf('f', callOf('f')), returned(equals(0, result))),
      finding(caseOf('g', callOf('g')), returned(instance)),
    ]
    expect(headOf(emit(findings, 'jest').source)).toEqual(["import { Kind, Stack, f, g } from '../m.js'"])
  })
})

describe('the groups', () => {
  it('have the tests of one target each, in the order given', () => {
    const { source, names } = emit([call('f', 1), call('g', 2), call('f', 3, [constant('a')])], 'jest')
    expect(source).toBe(`import { f, g } from '../m.js'

describe('f', () => {
  it('f() returns 1', () => {
    expect(f()).toBe(1)
  })

  it("f('a') returns 3", () => {
    expect(f('a')).toBe(3)
  })
})

describe('g', () => {
  it('g() returns 2', () => {
    expect(g()).toBe(2)
  })
})
`)
    expect(names).toEqual(['f > f() returns 1', 'g > g() returns 2', "f > f('a') returns 3"])
  })

  it('number tests of the same title', () => {
    const { names } = emit([call('f', 1), call('f', 1), call('g', 1), call('f', 1)], 'jest')
    expect(names).toEqual([
      'f > f() returns 1',
      'f > f() returns 1 (2)',
      'g > g() returns 1',
      'f > f() returns 1 (3)',
    ])
  })

  it('have hooks only where a test of theirs needs them', () => {
    const { source } = emit([call('f', 1, [], { uses: { ...noUses, clock: true } }), call('g', 2)], 'vitest')
    const [first = '', second = ''] = source.split("describe('g'")
    expect(first).toContain('  beforeEach(() => {\n    vi.useFakeTimers(')
    expect(second).not.toContain('beforeEach')
  })

  it('hold chance and time still in the tests that use them', () => {
    const pinned = call('f', 1, [], { uses: { ...noUses, chance: true, clock: true } })
    const { source } = emit(
      [{ ...pinned, test: { ...pinned.test, chance: 0.9, moment: 0 } }, call('f', 2)],
      'vitest',
    )
    const [, first = '', second = ''] = source.split('  it(')
    expect(first).toContain(
      "    vi.spyOn(Math, 'random').mockReturnValue(0.9)\n    vi.setSystemTime(new Date('1970-01-01T00:00:00.000Z'))",
    )
    expect(second).not.toContain('vi.')
  })

  it('say the usual time only once, in the hook', () => {
    const { source } = emit([call('f', 1, [], { uses: { ...noUses, clock: true } })], 'vitest')
    expect(source).not.toContain('setSystemTime')
  })

  it('have async tests where something is awaited', () => {
    const { source } = emit([call('f', 1, [], { awaits: [0] }), call('f', 2)], 'jest')
    expect(source).toContain("it('f() returns 1', async () => {")
    expect(source).toContain("it('f() returns 2', () => {")
  })

  it.each([false, true])('guard lines that begin with a bracket, with semicolons %s', (semicolons) => {
    const spread = finding(caseOf('f', callOf('f'), callOf('f')), returned(equals(1, constant(1))))
    const { source } = emit(
      [spread],
      'jest',
      { semicolons, typed: true },
      { casts: () => ({ ...noCasts, calls: new Set([0]) }) },
    )
    const line = source
      .split('\n')
      .find((one) => one.includes('never[]'))
      ?.trim()
    expect(line).toBe(
      semicolons ? '(f as (...values: never[]) => unknown)();' : ';(f as (...values: never[]) => unknown)()',
    )
  })

  it('are the same bytes for the same findings', () => {
    const findings = [call('f', 1), call('g', 2, [constant('x')])]
    expect(emit(structuredClone(findings)).source).toBe(emit(findings).source)
  })

  it('keep their titles whatever else is written', () => {
    const all = [call('f', 1), call('delete', 2), call('g', 3)]
    const some = all.slice(1)
    const known = { labels: new Map(['f', 'delete', 'g'].map((name) => [name, name])) }
    expect(emit(some, 'jest', {}, known).names).toEqual(emit(all, 'jest', {}, known).names.slice(1))
  })

  it('say where each test and each place in it is', () => {
    const { source, ranges } = emit([call('f', 1, [constant('a')])], 'jest')
    const shown = ranges.map(({ place, start, end }) => [
      place,
      source.slice(start, end).trim().split('\n')[0],
    ])
    expect(shown).toEqual([
      ['finding:0', `it("f('a') returns 1", () => {`],
      ['call:0', "f('a')"],
      ['argument:0:0', "'a'"],
    ])
  })
})
