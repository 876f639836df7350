// Run case: whatever the code under test does ends in an outcome, and the outcome is all that a test can say about it.

import { describe, expect, it } from 'vitest'
import { type Case, constant, type Expression } from '../../testgen/expression.ts'
import { type CaseRun, runCase } from '../../testgen/inside/run-case.ts'
import type { Reading } from '../../testgen/outcome.ts'
import { benchOf, callOf, caseOf, given, on } from './in-memory.ts'

async function run(text: string, test: Case): Promise<CaseRun> {
  return runCase(benchOf(text), test, false)
}

const make = (body: string) => `export function f(...values) { ${body} }`
const f = (...of: readonly unknown[]) => caseOf('f', callOf('f', ...of.map(given)))

/** A reading in short: where it looks, and what it sees there. */
function short({ read, sees, step }: Reading): string {
  const way = read.map((access) =>
    'name' in access ? access.name : 'argument' in access ? `${access.kind} ${access.argument}` : access.kind,
  )
  const seen = sees.kind === 'equal' ? JSON.stringify(plainOf(sees.value)) : `${sees.kind} ${sees.of}`
  return [`#${step}`, ...way, seen].join(' ')
}

function plainOf(value: Expression): unknown {
  if (value.kind === 'constant') return value.value === undefined ? 'undefined' : value.value
  if (value.kind === 'array') return value.items.map(plainOf)
  if (value.kind === 'object')
    return Object.fromEntries(value.fields.map(([key, item]) => [key, plainOf(item)]))
  return value.kind
}

async function readings(text: string, test: Case): Promise<readonly string[]> {
  const { outcome } = await run(text, test)
  return outcome.kind === 'returned' ? outcome.readings.map(short) : [JSON.stringify(outcome)]
}

describe('a result', () => {
  it.each<[string, string, readonly string[]]>([
    ['a number', 'return 1', ['#0 1']],
    ['nothing', '', ['#0 "undefined"']],
    ['an object', 'return { a: [1, null] }', ['#0 {"a":[1,null]}']],
    ['a date', 'return new Date(0)', ['#0 "date"']],
    ['an object with a symbol for a key', 'return { a: 1, [Symbol.for("x")]: 2 }', ['#0 a 1']],
    ['a function', 'return () => 1', ['#0 type function']],
    ['a symbol of its own', 'return Symbol("x")', ['#0 type symbol']],
    ['a registered symbol', 'return Symbol.for("x")', ['#0 "symbol"']],
    ['a proxy', 'return new Proxy({}, {})', ['#0 type object']],
    [
      'an object of a hidden class',
      'class A { x = 1; get y() { return 2 } _z = 3 } return new A()',
      ['#0 x 1', '#0 y 2'],
    ],
    ['an object whose getter throws', 'class A { x = 1; get y() { throw 1 } } return new A()', ['#0 x 1']],
    ['an object that cannot be read', 'class A { #x = 1 } return new A()', ['#0 type object']],
    [
      'an object with a text',
      'class A { #x = 1; toString() { return "A!" } } return new A()',
      ['#0 text "A!"'],
    ],
    [
      'an iterable',
      'class A { *[Symbol.iterator]() { yield 1; yield 2 } } return new A()',
      ['#0 spread [1,2]'],
    ],
    [
      'an iterable without end',
      'class A { *[Symbol.iterator]() { for (;;) yield 1 } } return new A()',
      ['#0 type object'],
    ],
    ['a list with holes', 'return [1, , 3]', ['#0 length 3', '#0 0 1', '#0 2 3']],
    [
      'a list with a field',
      'return Object.assign([1], { extra: 2 })',
      ['#0 length 1', '#0 0 1', '#0 extra 2'],
    ],
    [
      'a list that is too long',
      'return Array.from({ length: 500 }, (_, i) => i)',
      ['#0 length 500', ...Array.from({ length: 7 }, (_, index) => `#0 ${index} ${index}`)],
    ],
    ['a text that is too long', 'return "x".repeat(5000)', ['{"kind":"unusable","reason":"unreadable"}']],
    ['what holds itself', 'const a = { b: 1 }; a.self = a; return a', ['#0 b 1']],
    ['an error', 'return new RangeError("x")', ['#0 type object']],
    ['a weak map', 'return new WeakMap()', ['#0 type object']],
    [
      'a map with a field',
      'return Object.assign(new Map([[1, 2]]), { x: 1 })',
      ['#0 spread [[1,2]]', '#0 x 1', '#0 size 1'],
    ],
  ])('%s is read as far as it can be', async (_name, body, expected) => {
    expect(await readings(make(body), f())).toEqual(expected)
  })

  it('names the class of an instance that is exported', async () => {
    const text = 'export class A { constructor() { this.x = 1 } }\nexport const f = () => new A()'
    expect(await readings(text, f())).toEqual(['#0 instance A', '#0 x 1'])
  })

  it('has eight readings at most', async () => {
    const fields = Array.from({ length: 20 }, (_, index) => `f${index} = ${index}`).join(';')
    expect(await readings(make(`class A { ${fields} } return new A()`), f())).toHaveLength(8)
  })

  it('counts edges only for what is read', async () => {
    const bench = benchOf(make('return { get a() { return values[0] ? 1 : 2 }, get b() { throw 1 } }'))
    bench.counts.fill(0)
    await runCase(bench, f(true), false)
    expect([...bench.counts].filter((count) => count > 0).length).toBeLessThan(5)
  })
})

describe('an error', () => {
  const thrown = async (body: string, test = f()) => {
    const { outcome } = await run(make(body), test)
    return outcome.kind === 'threw' ? outcome.thrown : outcome
  }

  it.each<[string, string, object]>([
    [
      'of its own words',
      'throw new Error("no such key")',
      { name: 'Error', native: true, message: 'no such key', fields: [] },
    ],
    [
      'of a class of the runtime with its own words',
      'throw new RangeError("too large")',
      { name: 'RangeError', native: true, message: 'too large' },
    ],
    ['that the runtime made', 'return null.x', { name: 'TypeError', native: true, fields: [] }],
    [
      'that the runtime made of a call',
      'return values.nothing()',
      { name: 'TypeError', native: true, fields: [] },
    ],
    [
      'with words as the runtime has them',
      'throw new TypeError("x is not a function")',
      { name: 'TypeError', native: true, fields: [] },
    ],
    ['without words', 'throw new Error()', { name: 'Error', native: true, fields: [] }],
    [
      'with a code',
      'throw Object.assign(new Error("no"), { code: "E1" })',
      { name: 'Error', native: false, message: 'no', fields: [['code', { kind: 'constant', value: 'E1' }]] },
    ],
    ['with a cause', 'throw new Error("no", { cause: 1 })', { name: 'Error', native: false, message: 'no' }],
    [
      'with five fields',
      'throw Object.assign(new Error("no"), { a: 1, b: 2, c: 3, d: 4, e: 5 })',
      {
        fields: [
          ['a', constant(1)],
          ['b', constant(2)],
          ['c', constant(3)],
          ['d', constant(4)],
        ],
      },
    ],
    [
      'with a field nobody can write down',
      'throw Object.assign(new Error("no"), { a: () => 1, b: 2 })',
      { fields: [['b', constant(2)]] },
    ],
    [
      'of a class of its own',
      'class E extends Error { name = "E" } throw new E("no")',
      { name: 'E', native: false, message: 'no' },
    ],
    ['that is a text', 'throw "no"', { name: '', native: false, value: constant('no') }],
    ['that is an object', 'throw { code: 1 }', { name: '', native: false, value: given({ code: 1 }) }],
    ['that is nothing', 'throw undefined', { name: '', native: false, value: constant(undefined) }],
  ])('%s', async (_name, body, expected) => {
    expect(await thrown(body)).toMatchObject(expected)
  })

  it('of the runtime has no words to assert', async () => {
    expect(await thrown('return null.x')).not.toHaveProperty('message')
    expect(await thrown('throw new TypeError("a is not iterable")')).not.toHaveProperty('message')
  })

  it('of a promise is a rejection', async () => {
    const { outcome, awaits } = await run('export async function f() { throw new RangeError("late") }', f())
    expect(outcome).toMatchObject({
      kind: 'threw',
      async: true,
      thrown: { name: 'RangeError', message: 'late' },
    })
    expect(awaits).toEqual([0])
  })

  it('before the last step spoils the case, and says where', async () => {
    const test = caseOf('f', callOf('f'), on(0, 'call', 'next'), on(0, 'call', 'last'))
    const result = await run(make('return { next() { throw new Error("x") }, last: () => 1 }'), test)
    expect(result).toMatchObject({ outcome: { kind: 'unusable', reason: 'setup' }, brokeAt: 1 })
  })
})

describe('what no test can assert', () => {
  it.each<[string, string, string]>([
    ['a loop without end', 'for (;;);', 'endless'],
    ['a loop without end that catches all', 'for (;;) try { values.x() } catch {}', 'endless'],
    ['recursion without end', 'return f()', 'exhausted'],
    ['a promise that nothing settles', 'return new Promise(() => {})', 'pending'],
    ['an error of the system', 'throw Object.assign(new Error("no"), { syscall: "open" })', 'environment'],
    [
      'a refused permission',
      'throw Object.assign(new Error("no"), { code: "ERR_ACCESS_DENIED" })',
      'environment',
    ],
    ['a missing module', 'return require("./nothing-there")', 'environment'],
    ['a list that is too long', 'return new Array(-1)', 'exhausted'],
    ['a thrown function', 'throw () => 1', 'unreadable'],
    ['something that only looks like a promise', 'return { then() { throw 1 } }', 'pending'],
  ])('%s is %s', async (_name, body, reason) => {
    const { outcome } = await run(make(body), f())
    expect(outcome).toEqual({ kind: 'unusable', reason })
  })

  it('is an input that cannot be built', async () => {
    const text =
      'export class A { constructor() { throw new Error("not this way") } }\nexport const f = (a) => a'
    const created = caseOf('f', callOf('f', { kind: 'create', path: ['A'], of: [] }))
    expect((await run(text, created)).outcome).toEqual({ kind: 'unusable', reason: 'setup' })
    expect((await run(text, caseOf('f', callOf('missing')))).outcome).toEqual({
      kind: 'unusable',
      reason: 'setup',
    })
    expect((await run(text, caseOf('f', callOf('f'), on(0, 'get', 'x')))).outcome).toEqual({
      kind: 'unusable',
      reason: 'setup',
    })
    expect(
      (await run(text, caseOf('f', callOf('f', constant('a')), on(0, 'call', 'nothing')))).outcome,
    ).toEqual({ kind: 'unusable', reason: 'setup' })
  })

  it('ends callbacks that call each other for ever', async () => {
    const forever: Expression = {
      kind: 'function',
      does: { kind: 'invokes', index: 0, of: [], async: false },
    }
    const { outcome } = await run(
      make('const [g] = values; const h = () => g(h); return h()'),
      caseOf('f', callOf('f', forever)),
    )
    expect(outcome).toMatchObject({ kind: 'unusable' })
  })
})

describe('steps', () => {
  it.each<[string, string, Case, readonly string[]]>([
    [
      'a method',
      'return { n: 1, m(x) { return this.n + x } }',
      caseOf('f', callOf('f'), on(0, 'call', 'm', constant(2))),
      ['#1 3'],
    ],
    ['a getter', 'return { get n() { return 4 } }', caseOf('f', callOf('f'), on(0, 'get', 'n')), ['#1 4']],
    [
      'a setter',
      'return { set n(v) { this.m = v } }',
      caseOf('f', callOf('f'), on(0, 'set', 'n', constant(5))),
      ['#1 "undefined"', '#0 {"n":"undefined","m":5}'],
    ],
    [
      'a result that is called',
      'return (x) => x * 2',
      caseOf('f', callOf('f'), on(0, 'call', undefined, constant(4))),
      ['#1 8'],
    ],
    [
      'a result that is passed on',
      'return values[0] ?? "first"',
      caseOf('f', callOf('f'), callOf('f', { kind: 'step', index: 0 })),
      ['#1 "first"'],
    ],
    [
      'a promise and a method of its value',
      'return Promise.resolve({ m: () => 6 })',
      caseOf('f', callOf('f'), on(0, 'call', 'm')),
      ['#1 6'],
    ],
  ])('%s', async (_name, body, test, expected) => {
    expect(await readings(make(body), test)).toEqual(expected)
  })

  it('calls a function of an object on the object', async () => {
    const text =
      'export const tools = { n: 3, m() { return this?.n } }; export const f = function () { return this }'
    expect(await readings(text, caseOf('tools.m', callOf('tools.m')))).toEqual(['#0 3'])
    expect(await readings(text, f())).toEqual(['#0 "undefined"'])
  })

  it('reads the object after a method that returns nothing or the object', async () => {
    const text =
      'export class A { n = 0; add(x) { this.n += x } plus(x) { this.n += x; return this } give() { return 1 } }'
    const a = (name: string) =>
      caseOf('A', { op: 'new', on: { path: ['A'] }, of: [] }, on(0, 'call', name, constant(2)))
    expect(await readings(text, a('add'))).toEqual(['#1 "undefined"', '#0 n 2'])
    expect(await readings(text, a('plus'))).toEqual(['#1 instance A', '#1 n 2'])
    expect(await readings(text, a('give'))).toEqual(['#1 1'])
  })

  it('tells what callbacks were called with, when there is little else to tell', async () => {
    const negates: Expression = { kind: 'function', does: { kind: 'negates' } }
    expect(
      await readings(
        make('for (const x of values[0]) values[1](x, "y")'),
        caseOf('f', callOf('f', given([1, 2]), negates)),
      ),
    ).toEqual(['#0 "undefined"', '#0 calls 1 [[1,"y"],[2,"y"]]'])
    expect(
      await readings(make('for (let i = 0; i < 9; i++) values[0](i)'), caseOf('f', callOf('f', negates))),
    ).toEqual(['#0 "undefined"', '#0 callCount 0 9'])
    expect(await readings(make('values[0](() => 1)'), caseOf('f', callOf('f', negates)))).toEqual([
      '#0 "undefined"',
      '#0 callCount 0 1',
    ])
    expect(await readings(make('values[0](1); return 5'), caseOf('f', callOf('f', negates)))).toEqual([
      '#0 5',
    ])
  })

  it('passes the number of steps on, and the same outcome each time', async () => {
    const bench = benchOf(make('let n = 0; for (let i = 0; i < 10; i++) n += i; return n'))
    const first = await runCase(bench, f(), false)
    expect(bench.probes.stepsTaken).toBe(11)
    expect(await runCase(bench, f(), false)).toEqual(first)
  })

  it('starts from nothing after the module was loaded again', async () => {
    const bench = benchOf('let n = 0; export const f = () => ++n')
    const seen = async () =>
      ((await runCase(bench, f(), false)).outcome as { readings: readonly Reading[] }).readings.map(short)
    expect([await seen(), await seen()]).toEqual([['#0 1'], ['#0 2']])
    bench.reload()
    expect(await seen()).toEqual(['#0 1'])
  })

  it('watches operands only where it is asked to', async () => {
    const bench = benchOf(make('return values[0] === "secret"'))
    await runCase(bench, f('guess'), false)
    expect(bench.probes.operands).toEqual([])
    await runCase(bench, f('guess'), true)
    expect(bench.probes.operands).toEqual([{ operator: '===', left: 'guess', right: 'secret' }])
  })
})
