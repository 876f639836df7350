// Emit parses: whatever the module calls its exports and whatever its values hold, the file that is written is a program.

import { parse } from '@babel/parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conform } from '../../testgen/conform.ts'
import { noCasts } from '../../testgen/emit/casts.ts'
import type { Emitting } from '../../testgen/emit/emitting.ts'
import { emitTestFile } from '../../testgen/emit/test-file.ts'
import { type Case, type CaseStep, constant, type Expression } from '../../testgen/expression.ts'
import type { AccessReading, CaseOutcome, Reading } from '../../testgen/outcome.ts'
import type { CaseFinding } from '../../testgen/tasks.ts'

const uses = { chance: false, clock: false, timers: false, folder: false }
const style = {
  quote: "'",
  semicolons: false,
  typed: false,
  required: false,
  indent: '  ',
  strict: false,
  specifier: '../subject.js',
} as const
const emitting: Emitting = {
  runner: 'vitest',
  style,
  labels: new Map(),
  importedClasses: new Map(),
  casts: () => noCasts,
}

/** The file, parsed as the runner would. */
function emit(findings: readonly CaseFinding[], more: Partial<Emitting> = {}): string {
  const asked = { ...emitting, ...more }
  const { source } = emitTestFile(findings, asked)
  const plugins = asked.style.typed ? (['typescript'] as const) : []
  parse(source, { sourceType: asked.style.required ? 'commonjs' : 'module', plugins: [...plugins] })
  return source
}

function finding(
  test: Pick<Case, 'target' | 'steps'>,
  outcome: Partial<CaseFinding['observed']> = {},
): CaseFinding {
  const returned: CaseOutcome = {
    kind: 'returned',
    async: false,
    readings: [seen(test.steps.length - 1, constant(1))],
  }
  return {
    test: { chance: 0.5, ...test },
    observed: { outcome: returned, uses, awaits: [], waits: [], ...outcome },
    edges: [],
    cost: 1,
  }
}

function seen(step: number, value: Expression, read: readonly AccessReading[] = []): Reading {
  return { step, read, sees: { kind: 'equal', value } }
}

/** A call of an export, and one of a method of an instance. */
function callOf(name: string, of: readonly Expression[] = []): CaseFinding {
  return finding({ target: name, steps: [{ op: 'call', on: { path: [name] }, of }] })
}

function methodOf(name: string, of: readonly Expression[] = []): CaseFinding {
  return finding({
    target: name,
    steps: [
      { op: 'new', on: { path: [name] }, of: [] },
      { op: 'call', on: { step: 0 }, name: 'run', of },
    ],
  })
}

const runners = ['vitest', 'jest', 'node', 'mocha', 'jasmine', 'ava', 'tap', 'tape', 'uvu', 'qunit'] as const
const words = ['delete', 'class', 'await', 'let', 'static', 'yield', 'eval', 'arguments', 'enum', 'null', 'undefined', 'b-c', 'b c', '', '1a', "it's", 'größe', '\u2028', '*/'] // biome-ignore format: a plain list
const ownWords = ['it', 'expect', 'describe', 'vi', 'jest', 'mock', 'assert', 'beforeEach', 'afterEach', 'require', 'module', 'exports', 'runTimers', 'result', 'result2', 'last', 'callback', 'callback2', 'pending', 'rejection', 'process', 'Map', 'Error'] // biome-ignore format: a plain list
const classes = ['Delete', 'Switch', 'Yield', 'Let', 'Static', 'Await', 'Eval', 'Arguments', 'Callback', 'Pending', 'Rejection', 'Result', 'Vi', 'Mock', 'Process', '$', '_', 'Öl', 'B-c'] // biome-ignore format: a plain list

describe('a written file is a program', () => {
  for (const runner of runners) {
    for (const required of runner === 'vitest' ? [false] : [false, true]) {
      const how = { runner, style: { ...style, required, strict: required } }

      it.each([...words, ...ownWords])(
        `${runner}, ${required ? 'required' : 'imported'}: an export is called %j`,
        (name) => {
          emit([callOf(name, [constant(2)]), callOf('other')], how)
        },
      )

      it.each(classes)(`${runner}, ${required ? 'required' : 'imported'}: a class is called %j`, (name) => {
        const callback = { kind: 'function', does: { kind: 'negates' } } as const
        const called = [seen(1, constant(1), [{ kind: 'callCount', argument: 0 }])]
        const spied = methodOf(name, [callback])
        emit(
          [
            {
              ...spied,
              observed: { ...spied.observed, outcome: { kind: 'returned', async: false, readings: called } },
            },
            { ...methodOf(name), observed: { ...spied.observed, awaits: [1], waits: [1] } },
          ],
          how,
        )
      })
    }
  }

  it('a default export is called as another export is, or as a keyword', () => {
    for (const label of ['parse', 'delete', 'default', 'it'])
      emit([callOf('default'), callOf('parse'), callOf('subject')], {
        labels: new Map([
          ['default', label],
          ['parse', 'parse'],
          ['subject', 'subject'],
        ]),
      })
  })

  it('two exports would be called the same', () => {
    emit([callOf('b-c'), callOf('b c'), callOf('bC'), callOf('it'), callOf('ownIt')])
  })

  it('a class of another module is called as something of this file', () => {
    const importedClasses = new Map(
      ['it', 'default', 'class', 'other'].map((label, index) => [
        `${label}@${index}`,
        { label, name: index === 1 ? 'default' : label, specifier: `../${label}.js` },
      ]),
    )
    const of = [...importedClasses.keys()].map((key): Expression => ({ kind: 'create', path: [key], of: [] }))
    emit([callOf('other', of)], { importedClasses })
  })

  it.each(["../it's.js", '../"both" and \'.js', '../back\\slash.js', '../`$' + '{x}`.js'])(
    'the module is found at %s',
    (specifier) => {
      const source = emit([callOf('a')], { style: { ...style, specifier } })
      expect(source).toContain('from ')
    },
  )

  it.each(['\uE000', 'a\uE001b', '[\uE002]', '\ud800', '\u2028', '\n'])('a pattern holds %j', (text) => {
    const { source, flags } = new RegExp(text)
    emit([callOf('a', [{ kind: 'regexp', source, flags }])])
  })

  it.each(['\uE000', '\uE001', '\uE002', '\u2028', '\ud800', '`${', '*/', '\'"', '\\'])(
    'keys, texts and names hold %j',
    (text) => {
      const value: Expression = { kind: 'object', fields: [[text, constant(text)]] }
      const steps: CaseStep[] = [
        { op: 'call', on: { path: ['tools', text] }, of: [value] },
        { op: 'call', on: { step: 0 }, name: text, of: [] },
      ]
      emit([
        finding(
          { target: text, steps },
          {
            outcome: {
              kind: 'returned',
              async: false,
              readings: [seen(1, value, [{ kind: 'field', name: text }])],
            },
          },
        ),
      ])
    },
  )

  it('a method whose name has to be quoted is forced on the compiler', () => {
    const steps: CaseStep[] = [
      { op: 'call', on: { path: ['make'] }, of: [] },
      {
        op: 'call',
        on: { step: 0 },
        name: 'do it',
        of: [{ kind: 'function', does: { kind: 'field', name: 'b-c' } }],
      },
    ]
    emit([finding({ target: 'make', steps })], {
      style: { ...style, typed: true },
      casts: () => ({ ...noCasts, calls: new Set([1]) }),
    })
  })
})

it('what cannot be written as a program is left out, and the rest is kept', () => {
  const [good, bad, other] = [
    callOf('a'),
    callOf('b', [{ kind: 'builtin', name: 'no name', of: [] }]),
    callOf('c'),
  ]
  const { casts: _, ...rest } = emitting
  const { emitted, findings, refused } = conform([good, bad, other], rest, 'test/a.test.js', () => [])
  parse(emitted.source, { sourceType: 'module' })
  expect(findings).toEqual([good, other])
  expect([...refused.keys()]).toEqual([bad])
})

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...words, ...ownWords, '__proto__', 'constructor', '\uE000', '</script>', '<!--'),
)
const primitive = fc.oneof(
  text,
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(-0, Number.NaN, Number.NEGATIVE_INFINITY, null, undefined, 'x'.repeat(1500)),
)
const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const inner = tie('expression')
  const some = fc.array(inner, { maxLength: 3 })
  return {
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      primitive.map(constant),
      fc.record({ kind: fc.constant('array' as const), items: some }),
      fc.record({ kind: fc.constant('set' as const), items: some }),
      fc.record({
        kind: fc.constant('object' as const),
        fields: fc.array(fc.tuple(text, inner), { maxLength: 3 }),
        bare: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant('map' as const),
        entries: fc.array(fc.tuple(inner, inner), { maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constant('date' as const),
        time: fc.oneof(fc.constant(Number.NaN), fc.integer()),
      }),
      text.map(
        (of): Expression => ({
          kind: 'regexp',
          source: new RegExp(of.replace(/[[\](){}*+?^$|\\]/g, '\\$&')).source,
          flags: 'g',
        }),
      ),
      text.map((description): Expression => ({ kind: 'symbol', description })),
      fc.record({ kind: fc.constant('promise' as const), of: inner, rejected: fc.boolean() }),
      fc.record({
        kind: fc.constantFrom('create' as const, 'call' as const),
        path: fc.array(text, { minLength: 1, maxLength: 2 }),
        of: some,
      }),
      fc
        .oneof(
          fc.record({ kind: fc.constant('returns' as const), value: inner, async: fc.boolean() }),
          fc.record({
            kind: fc.constant('throws' as const),
            message: text,
            async: fc.boolean(),
            bare: fc.boolean(),
          }),
          fc.record({ kind: fc.constant('equals' as const), value: inner }),
          fc.record({ kind: fc.constant('exceeds' as const), limit: fc.double() }),
          fc.record({
            kind: fc.constant('invokes' as const),
            index: fc.integer({ min: 0, max: 1 }),
            of: some,
            async: fc.boolean(),
          }),
          fc.record({ kind: fc.constant('field' as const), name: text }),
          fc.constantFrom(
            { kind: 'compares' as const },
            { kind: 'texts' as const },
            { kind: 'argument' as const, index: 1 },
          ),
        )
        .map((does): Expression => ({ kind: 'function', does })),
    ) as fc.Arbitrary<Expression>,
  }
})

describe('any finding', () => {
  it('is written so that it can be parsed', () => {
    const access = fc.oneof(
      text.map((name): AccessReading => ({ kind: 'field', name })),
      fc.constantFrom<AccessReading>({ kind: 'spread' }, { kind: 'text' }, { kind: 'calls', argument: 0 }),
    )
    const step = fc.oneof(
      fc.record({
        op: fc.constantFrom('call' as const, 'get' as const, 'set' as const),
        on: fc.constant({ step: 0 }),
        name: text,
        of: fc.array(expression, { minLength: 1, maxLength: 2 }),
      }),
      fc.constant<CaseStep>({ op: 'wait', on: { step: 0 }, of: [constant(5)] }),
    )
    const casts = fc.record({
      annotated: fc.subarray(['0:0', '1:0']).map((places) => new Set(places)),
      cast: fc.subarray(['0:0', '0:1', '1:0']).map((places) => new Set(places)),
      calls: fc.subarray([0, 1, 2]).map((places) => new Set(places)),
      readings: fc.subarray([0, 1]).map((places) => new Set(places)),
    })
    const made = fc
      .record({
        name: fc.oneof(fc.constantFrom(...words, ...ownWords, ...classes), text),
        given: fc.array(expression, { maxLength: 3 }),
        more: fc.array(step, { maxLength: 3 }),
        isClass: fc.boolean(),
        readings: fc.array(fc.tuple(expression, fc.option(access)), { minLength: 1, maxLength: 3 }),
        fails: fc.option(
          fc.record({ name: fc.constant('Error'), native: fc.boolean(), message: text, value: expression }),
        ),
        slow: fc.subarray([0, 1, 2, 3]),
        slower: fc.subarray([0, 1, 2, 3]),
        uses: fc.record({
          chance: fc.boolean(),
          clock: fc.boolean(),
          timers: fc.boolean(),
          folder: fc.boolean(),
        }),
      })
      .map(({ name, given, more, isClass, readings, fails, slow, slower, uses }) => {
        const first: CaseStep = { op: isClass ? 'new' : 'call', on: { path: [name] }, of: given }
        const steps = [first, ...more]
        const last = steps.length - 1
        // An assignment gives no promise.
        const awaits = slow.filter((index) => ['call', 'new', 'get'].includes(steps[index]?.op ?? ''))
        const async = awaits.includes(last)
        const outcome: CaseOutcome =
          fails === null
            ? {
                kind: 'returned',
                async,
                readings: readings.map(([value, read]) => seen(last, value, read === null ? [] : [read])),
              }
            : { kind: 'threw', async, thrown: { ...fails, fields: [['a', fails.value]] } }
        const waits = slower.filter((index) => awaits.includes(index))
        return finding({ target: name, steps }, { outcome, uses, awaits, waits })
      })
    fc.assert(
      fc.property(
        fc.array(made, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...runners),
        fc.record({
          semicolons: fc.boolean(),
          typed: fc.boolean(),
          quote: fc.constantFrom("'" as const, '"' as const),
        }),
        casts,
        (findings, runner, look, forced) => {
          const asked = { runner, style: { ...style, ...look } }
          emit(findings, look.typed ? { ...asked, casts: () => forced } : asked)
        },
      ),
      { numRuns: 150, seed: 7 },
    )
  })
})
