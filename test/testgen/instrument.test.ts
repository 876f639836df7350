// Instrument: each branch is numbered as istanbul does, each arm is counted as often as it runs, and the probed code
// does what the code does.

import { describe, expect, it } from 'vitest'
import { compiled, load } from './in-memory.ts'

/** The arms of the text's branches, as `line:column kind arm`. */
function armsOf(text: string): readonly string[] {
  return compiled(text)
    .edges.filter(({ kind }) => kind !== 'step')
    .map(({ line, column, kind, arm }) => `${line}:${column} ${kind} ${arm}`)
}

describe('where branches begin and which arms they have', () => {
  it.each<[string, readonly string[]]>([
    ['if (a) b()', ['1:0 if 0', '1:0 if 1']],
    ['if (a) b(); else c()', ['1:0 if 0', '1:0 if 1']],
    ['if (a) b()\nelse if (c) d()', ['1:0 if 0', '1:0 if 1', '2:5 if 0', '2:5 if 1']],
    ['x = a ? b : c', ['1:4 cond-expr 0', '1:4 cond-expr 1']],
    ['x = a ? b : c ? d : e', ['1:4 cond-expr 0', '1:4 cond-expr 1', '1:12 cond-expr 0', '1:12 cond-expr 1']],
    ['x = a && b', ['1:4 binary-expr 0', '1:4 binary-expr 1']],
    ['x = a || b', ['1:4 binary-expr 0', '1:4 binary-expr 1']],
    ['x = a ?? b', ['1:4 binary-expr 0', '1:4 binary-expr 1']],
    ['x = a && b && c', ['1:4 binary-expr 0', '1:4 binary-expr 1', '1:4 binary-expr 2']],
    ['x = a && (b || c)', ['1:4 binary-expr 0', '1:4 binary-expr 1', '1:4 binary-expr 2']],
    ['x = (a && b) || c', ['1:4 binary-expr 0', '1:4 binary-expr 1', '1:4 binary-expr 2']],
    ['x = ((a)) || ((b && c))', ['1:4 binary-expr 0', '1:4 binary-expr 1', '1:4 binary-expr 2']],
    [
      'x = f(a || b) && c',
      ['1:4 binary-expr 0', '1:4 binary-expr 1', '1:6 binary-expr 0', '1:6 binary-expr 1'],
    ],
    ['switch (a) { case 1: case 2: b(); default: c() }', ['1:0 switch 0', '1:0 switch 1', '1:0 switch 2']],
    ['switch (a) { }', []],
    ['function f(a = 1) {}', ['1:11 default-arg 0']],
    ['const f = (a, b = 1) => a', ['1:14 default-arg 0']],
    ['const { a = 1 } = b', ['1:8 default-arg 0']],
    ['const [, a = 1] = b', ['1:9 default-arg 0']],
    ['const f = ({ a = 1 } = {}) => a', ['1:11 default-arg 0', '1:13 default-arg 0']],
    ['class A { constructor(readonly a = 1) {} }', ['1:31 default-arg 0']],
    ['const { a: b = 1 } = c', ['1:11 default-arg 0']],
    ['const [{ a: { b = 1 } }] = c', ['1:14 default-arg 0']],
    ['[a = 1] = b', ['1:1 default-arg 0']],
    ['({ a = 1 } = b)', ['1:3 default-arg 0']],
    ['({ a: b = 1 } = c)', ['1:6 default-arg 0']],
    ['[a, [b = 1], ...[c = 2]] = d', ['1:5 default-arg 0', '1:17 default-arg 0']],
    ['({ a: [b = 1] = [] } = c)', ['1:6 default-arg 0', '1:7 default-arg 0']],
    ['for ([a = 1] of b) c()', ['1:6 default-arg 0']],
    ['f([a = 1])', []],
    ['f({ a: b = 1 })', []],
    ['a = [b = 1]', []],
    ['x = a?.b', []],
    ['x ??= a', []],
    ['while (a) b()', []],
    ['try { a() } catch { b() } finally { c() }', []],
    ['class A extends (a ? B : C) {}', ['1:17 cond-expr 0', '1:17 cond-expr 1']],
    ['type A = B extends C ? D : E', []],
    ['interface A { b?: 1 | 2 }', []],
    ['declare function f(a?: number): 1 | 2', []],
    ['enum A { B = 1 }', []],
  ])('%s', (text, arms) => {
    expect(armsOf(text)).toEqual(arms)
  })
})

describe('what is a step and no branch', () => {
  it.each<[string, number]>([
    ['function f() {}', 1],
    ['const f = function () {}', 1],
    ['const f = () => 1', 1],
    ['const o = { m() {}, get g() { return 1 }, set s(value) {} }', 3],
    ['class A { constructor() {} m() {} static s() {} get g() { return 1 } set g(value) {} }', 5],
    ['class A { m(): void; m(a?: number): void {} }', 1],
    ['abstract class A { abstract m(): void }', 0],
    ['declare function f(): void', 0],
    ['for (;;) break', 1],
    ['for (const a of b) c()', 1],
    ['for (const a in b) c()', 1],
    ['while (a) b()', 1],
    ['do a(); while (b)', 1],
    ['try { a() } catch { b() }', 1],
    ['try { a() } finally { b() }', 0],
    ['a ??= b', 1],
    ['a ||= b', 1],
    ['a &&= b', 1],
    ['a += b', 0],
    ['class A { static { b() } }', 0],
  ])('%s', (text, steps) => {
    expect(compiled(text).edges.filter(({ kind }) => kind === 'step')).toHaveLength(steps)
  })

  it('is owned by the function around it, or by none', () => {
    const { edges } = compiled('if (a) b()\nfunction f() { if (c) d(); return () => (e ? 1 : 2) }')
    const owners = edges.map(({ line, kind, arm, owner }) => `${line} ${kind} ${arm} in ${owner}`)
    expect(owners).toEqual([
      '1 if 0 in -1',
      '1 if 1 in -1',
      '2 step 0 in -1',
      '2 if 0 in 2',
      '2 if 1 in 2',
      '2 step 0 in 2',
      '2 cond-expr 0 in 5',
      '2 cond-expr 1 in 5',
    ])
  })
})

/** How often each arm and step ran during one call of the export `f`. */
function countsOf(text: string, values: readonly unknown[]): readonly string[] {
  const module = compiled(text)
  const { exports, scope, probes } = load([module])
  probes.begin(10_000, false)
  scope.counts.fill(0)
  try {
    ;(exports.f as (...values: readonly unknown[]) => unknown)(...values)
  } catch {
    // An error is a way to end, too.
  }
  return module.edges.flatMap(({ kind, arm }, edge) =>
    scope.counts[edge] ? [`${kind} ${arm} x${scope.counts[edge]}`] : [],
  )
}

describe('how often each arm runs', () => {
  const steps = 'step 0 x1'
  it.each<[string, readonly unknown[], readonly string[]]>([
    ['if (a) return 1', [true], ['if 0 x1']],
    ['if (a) return 1', [false], ['if 1 x1']],
    ['if (a) return 1; else return 2', [0], ['if 1 x1']],
    ['if (a) { if (b) return 1 } else return 2', [1, 1], ['if 0 x1', 'if 0 x1']],
    ['if (a) { if (b) return 1 } else return 2', [1, 0], ['if 0 x1', 'if 1 x1']],
    ['return a ? 1 : 2', ['x'], ['cond-expr 0 x1']],
    ['return a ? 1 : 2', [''], ['cond-expr 1 x1']],
    ['return a && b', [0, 1], ['binary-expr 0 x1']],
    ['return a && b', [1, 0], ['binary-expr 0 x1', 'binary-expr 1 x1']],
    ['return a || b', [1], ['binary-expr 0 x1']],
    ['return a || b', [0], ['binary-expr 0 x1', 'binary-expr 1 x1']],
    ['return a ?? b', [0], ['binary-expr 0 x1']],
    ['return a ?? b', [null], ['binary-expr 0 x1', 'binary-expr 1 x1']],
    ['return (a && b) || c', [0, 1, 1], ['binary-expr 0 x1', 'binary-expr 2 x1']],
    ['return (a && b) || c', [1, 1, 1], ['binary-expr 0 x1', 'binary-expr 1 x1']],
    ['return a && (b || c)', [1, 0, 1], ['binary-expr 0 x1', 'binary-expr 1 x1', 'binary-expr 2 x1']],
    ['switch (a) { case 1: return 1; default: return 2 }', [1], ['switch 0 x1']],
    ['switch (a) { case 1: return 1; default: return 2 }', [5], ['switch 1 x1']],
    [
      'switch (a) { case 1: b = 1; case 2: return b; default: return 2 }',
      [1],
      ['switch 0 x1', 'switch 1 x1'],
    ],
    ['switch (a) { case 1: return 1 }', [2], []],
    ['switch (a) { default: b = 1; case 1: return b }', [9], ['switch 0 x1', 'switch 1 x1']],
    ['const { x = 1 } = a; return x', [{}], ['default-arg 0 x1']],
    ['const { x = 1 } = a; return x', [{ x: 2 }], []],
    ['const { x = 1 } = a; return x', [{ x: null }], []],
    ['const [x = 1, y = 2] = a; return x + y', [[5]], ['default-arg 0 x1']],
    ['let x; [x = 5] = a; return x', [[]], ['default-arg 0 x1']],
    ['let x; [x = 5] = a; return x', [[1]], []],
    ['let x; ({ x = 5 } = a); return x', [{}], ['default-arg 0 x1']],
    ['let x; ({ y: x = 5 } = a); return x', [{ y: 1 }], []],
    ['for (let i = 0; i < a; i++) b = i', [3], ['step 0 x3']],
    ['for (const one of a) b = one', [[1, 2]], ['step 0 x2']],
    ['for (const key in a) b = key', [{ x: 1, y: 2 }], ['step 0 x2']],
    ['while (a-- > 0) b = a', [4], ['step 0 x4']],
    ['do b = a; while (a-- > 0)', [0], ['step 0 x1']],
    ['for (const one of a) { if (one) continue; b = one }', [[0, 1, 1]], ['step 0 x3', 'if 0 x2', 'if 1 x1']],
    ['try { throw a } catch { return 1 }', [1], ['step 0 x1']],
    ['try { return a } catch { return 1 }', [1], []],
    ['try { throw a } catch { return 1 } finally { c ? 1 : 2 }', [1], ['step 0 x1', 'cond-expr 1 x1']],
    ['a ??= b; return a', [null, 1], ['step 0 x1']],
    ['a ??= b; return a', [0, 1], []],
    ['a ||= b', [0, 1], ['step 0 x1']],
    ['a &&= b', [0, 1], []],
    ['a &&= b', [1, 1], ['step 0 x1']],
    ['return [1, 2].map((x) => x + a)', [1], ['step 0 x2']],
    ['return a?.b ? 1 : 2', [undefined], ['cond-expr 1 x1']],
    ['return a?.[b]?.(c) ?? 1', [{ x: () => 0 }, 'x'], ['binary-expr 0 x1']],
  ])('%s with %j', (body, values, counts) => {
    expect(countsOf(`export function f(a, b, c) { ${body} }`, values)).toEqual([steps, ...counts])
  })

  it('counts a default argument only when the argument is missing', () => {
    const text = 'export function f(a = 1, b = a) { return a + b }'
    expect(countsOf(text, [])).toEqual([steps, 'default-arg 0 x1', 'default-arg 0 x1'])
    expect(countsOf(text, [1])).toEqual([steps, 'default-arg 0 x1'])
    expect(countsOf(text, [undefined, 2])).toEqual([steps, 'default-arg 0 x1'])
    expect(countsOf(text, [1, 2])).toEqual([steps])
  })

  it('counts a generator when it is asked for its first item, not when it is called', () => {
    expect(countsOf('export function* f() { yield 1 }', [])).toEqual([])
    expect(countsOf('function* g() { yield 1 }\nexport const f = () => [...g()]', [])).toEqual([steps, steps])
  })

  it('counts constructors, getters, setters and methods', () => {
    const text = `class A { #x = 1; constructor() {} get x() { return this.#x } set x(v) { this.#x = v } m() {} }
      export function f(what) { const a = new A(); if (what === 'get') a.x; else if (what === 'set') a.x = 2; else a.m() }`
    const entered = (what: string) => countsOf(text, [what]).filter((one) => one.startsWith('step'))
    for (const what of ['get', 'set', 'call']) expect(entered(what)).toHaveLength(3)
  })
})

/** What `code` gives when it is the body of a function: its result, or the error's class and own message. */
function runBoth(code: string, isAsync = false): readonly [unknown, unknown] {
  const text = `export ${isAsync ? 'async ' : ''}function f() { ${code} }`
  const run = (flavour: 'plain' | 'probed'): unknown => {
    const { exports, probes } = load(text, flavour)
    probes.begin(100_000, true)
    try {
      return (exports.f as () => unknown)()
    } catch (error) {
      return error instanceof Error ? `${error.constructor.name}` : error
    }
  }
  return [run('plain'), run('probed')]
}

describe('probed code gives what the code gives', () => {
  it.each<[string, unknown]>([
    // Operators and the order and number of evaluations.
    [
      'const log = []; const x = (n) => { log.push(n); return n }; x(1) < x(2); x(3) === x(4); return log',
      [1, 2, 3, 4],
    ],
    ['let n = 0; const o = { valueOf() { n++; return 1 } }; o < 2; o == 1; return n', 2],
    ['let n = 0; const k = { toString() { n++; return "a" } }; const o = { a: 5 }; return [o[k], n]', [5, 1]],
    [
      'return [1 < 2, 2 <= 1, 2 > 1, 1 >= 2, 1 === 1, 1 !== 1, "1" == 1, "1" != 1]',
      [true, false, true, false, true, false, true, false],
    ],
    [
      'return [NaN === NaN, 0 === -0, null == undefined, null === undefined, "b" > "a"]',
      [false, true, true, false, true],
    ],
    [
      'return ["x" in { x: 1 }, "y" in { x: 1 }, [] instanceof Array, [] instanceof Map]',
      [true, false, true, false],
    ],
    [
      'return [typeof a === "undefined", typeof f == "function", typeof 1 !== "number"]; var a',
      [true, true, false],
    ],
    ['return typeof undeclared === "undefined"', true],
    ['return 1n < 2 && 2n == 2', true],
    [
      'class Even { static [Symbol.hasInstance](n) { return n % 2 === 0 } } return [2 instanceof Even, 3 instanceof Even]',
      [true, false],
    ],
    ['return (() => { try { return 1 in 2 } catch (e) { return e.constructor.name } })()', 'TypeError'],
    ['return null ?? (0 || "a" && "b")', 'b'],
    ['let n = 0; const o = { get x() { n++; return null }, set x(v) {} }; o.x ??= 1; return n', 1],
    ['const o = { a: 0, b: 1, c: null }; o.a ||= 5; o.b &&= 6; o.c ??= 7; return o', { a: 5, b: 6, c: 7 }],
    // Element access that is written to.
    ['const a = [1], i = 0; a[i] = 5; a[i] += 1; a[i]++; --a[i]; return a', [6]],
    ['const a = [1, 2], i = 0, j = 1; [a[i], a[j]] = [a[j], a[i]]; return a', [2, 1]],
    ['const a = {}, k = "x"; ({ y: a[k] } = { y: 3 }); return a', { x: 3 }],
    ['const a = {}, k = "x"; ({ ...a[k] } = { y: 3 }); return a', { x: { y: 3 } }],
    ['const a = {}, k = "x"; [...a[k]] = [1, 2]; return a', { x: [1, 2] }],
    ['const a = {}, k = "x"; [a[k] = 4] = []; return a', { x: 4 }],
    ['const a = {}, k = "x"; (<any>a[k]) = 4; return a', { x: 4 }],
    ['const a: any = {}, k = "x"; (a[k] as number) = 4; return a', { x: 4 }],
    ['const a: any = {}, k = "x"; (a[k] satisfies number) = 4; return a', { x: 4 }],
    ['const a: any = {}, k = "x"; a[k]! = 4; (a[k]) = 5; return a', { x: 5 }],
    ['const a: any = { x: 1 }, k = "x"; (<any>a[k])++; return a', { x: 2 }],
    ['const a = { x: 1, y: 2 }, k = "x"; delete a[k]; delete (a["y"]); return a', {}],
    ['const a = {}, k = "x"; for (a[k] of [1, 2]); for (a[k] in { z: 1 }); return a', { x: 'z' }],
    ['const a = { x: { y: 1 } }, k = "x"; a[k].y = 2; return a', { x: { y: 2 } }],
    // `this` of calls.
    [
      'const o = { n: 5, m() { return this.n } }, k = "m"; return [o[k](), (o[k])(), o[k]?.(), o?.[k]()]',
      [5, 5, 5, 5],
    ],
    ['const o = { n: 5, m() { return this?.n } }, k = "m"; return (0, o[k])()', undefined],
    ['const o = { n: 5, t(s) { return this.n + s[0] } }, k = "t"; return o[k]`x`', '5x'],
    ['const o = { C: class { x = 1 } }, k = "C"; return new o[k]().x', 1],
    ['const o = { n: 2, get(x) { return this.n + x }, has: () => 7 }; return [o.get(1), o.has(1)]', [3, 7]],
    ['"use strict"; String.prototype.get2 = 1; return "abc".includes("b") && "abc".indexOf("c")', 2],
    ['return Math.max(...[1, 2].map((n) => n * 2)) + [3].indexOf(...[3])', 4],
    ['const o = { get: undefined }; return o.get?.(1) ?? "none"', 'none'],
    ['const o = {}; return o.get("x")', 'TypeError'],
    ['const o = null; return o.get("x")', 'TypeError'],
    [
      'class A { has() { return "A" } } class B extends A { has(x) { return super.has(x) + "B" } } return new B().has(1)',
      'AB',
    ],
    ['class A { static has() { return this === A } } return A.has(1)', true],
    [
      'class A { #s = new Set([1]); t(x) { return this.#s.has(x) } } return [new A().t(1), new A().t(2)]',
      [true, false],
    ],
    ['class A { #p = 1; static t(x) { return #p in x } } return [A.t(new A()), A.t({})]', [true, false]],
    // Functions: this, arguments, new.target, names, lengths.
    ['return (function () { return typeof this })()', 'undefined'],
    ['const o = { n: 1, f() { return (() => this.n)() } }; return o.f()', 1],
    ['return (function () { return arguments.length })(1, 2, 3)', 3],
    ['return (function (a, b = 2, ...c) {}).length', 1],
    ['function g() { return new.target === g } return [new g() instanceof g, g()]', [true, false]],
    ['const o = { get x() { return 1 }, set x(v) { this.y = v } }; o.x = 3; return [o.x, o.y]', [1, 3]],
    ['return (() => ({ a: 1 }))()', { a: 1 }],
    ['return ((a, { b = a } = {}, [c = b] = []) => [a, b, c])(1)', [1, 1, 1]],
    ['const f2 = (a = (() => { throw new RangeError("x") })()) => a; return f2(1)', 1],
    ['const f2 = (a = (() => { throw new RangeError("x") })()) => a; return f2()', 'RangeError'],
    ['return [..."ab"].map((x) => x.replace("a", (m) => m + m))', ['aa', 'b']],
    ['return ((x) => /* after */ x /* before */)(4)', 4],
    // Classes.
    [
      'class A { constructor(x) { this.x = x } } class B extends A { y = 2; constructor() { super(1) } } return { ...new B() }',
      { x: 1, y: 2 },
    ],
    ['class B extends Array {} const b = new B(); b.push(1); return [b.length, b instanceof B]', [1, true]],
    ['class A { constructor(private x = 4, readonly y = 5) {} } return { ...new A() }', { x: 4, y: 5 }],
    ['let s = 0; class A { static x = 1; static { s = A.x ? 2 : 3 } } return s', 2],
    ['class A { get [Symbol.toStringTag]() { return "Z" } } return String(new A())', '[object Z]'],
    [
      'const mix = (B) => class extends B { b = 2 }; class A extends mix(class { a = 1 }) {} return { ...new A() }',
      { a: 1, b: 2 },
    ],
    ['class A { static async *g() { yield 1 } } return typeof A.g().next', 'function'],
    // Control flow.
    ['let n = 0; a: for (;;) { for (;;) { if (n++ > 2) break a; continue a } } return n', 4],
    ['a: { if (true) break a; return 1 } return 2', 2],
    [
      'const seen = []; for (let i = 0; i < 3; i++) seen.push(() => i); return seen.map((g) => g())',
      [0, 1, 2],
    ],
    ['let n = 0; do { n++; if (n === 2) continue } while (n < 4); return n', 4],
    ['try { return 1 } finally { void 0 }', 1],
    ['try { throw 1 } catch (e) { return e } finally { }', 1],
    ['try { try { throw 1 } finally { throw 2 } } catch (e) { return e }', 2],
    ['for (const x of [1, 2]) try { continue } finally { if (x === 2) return x }', 2],
    ['switch ("b") { case "a": return 1; case "b": { let x = 2; return x } }', 2],
    ['let n = 0; switch (3) { case (n++, 3): return n; case (n++, 4): }', 1],
    ['let x = 1; switch (x) { case 1: let y = 5; x = y; break; default: y = 6 } return x', 5],
    ['switch (NaN) { case NaN: return 1; default: return 2 }', 2],
    ['if (0) ; else if (1) return "second"', 'second'],
    ['throw new RangeError("own")', 'RangeError'],
    ['throw "bare"', 'bare'],
    ['const e = new SyntaxError("kept"); throw e', 'SyntaxError'],
    // Generators and destructuring.
    [
      'function* g() { const x = yield 1; yield x === 2 ? "two" : "other" } const i = g(); i.next(); return i.next(2).value',
      'two',
    ],
    [
      'function* g() { try { yield 1 } finally { yield 2 } } const i = g(); i.next(); return [i.return(9).value, i.next().value]',
      [2, 9],
    ],
    [
      'function* g() { return (yield 1) < (yield 2) } const i = g(); i.next(); i.next(1); return i.next(2).value',
      true,
    ],
    ['const { a: { b = 3 } = {}, ...rest } = { c: 1, d: 2 }; return [b, rest]', [3, { c: 1, d: 2 }]],
    ['const [a, , b = 2, ...c] = [1, 0, undefined, 4, 5]; return [a, b, c]', [1, 2, [4, 5]]],
    ['let a, b; [a = 1, b = 2] = [7]; ({ a = 1 } = {}); return [a, b]', [1, 2]],
    ['for (const { a = 1 } of [{}, { a: 2 }]) if (a === 2) return a', 2],
    ['const tag = (s, ...v) => s.raw.join("|") + v; return tag`a\\n`', 'a\\n'],
    ['const { length } = "abc"; return length', 3],
    ['const o = { "a-b": 1, ["c" + 1]: 2, 3: 3 }; return Object.keys(o)', ['3', 'a-b', 'c1']],
    ['const o = { __proto__: { x: 1 } }; return [o.x, Object.keys(o).length]', [1, 0]],
    [
      'return [/a/g.test("cat"), /(?<x>.)/.exec("q").groups.x, "a1b2".match(/\\d/g), "a,b".split(",")]',
      [true, 'q', ['1', '2'], ['a', 'b']],
    ],
    ['const r = /a/g; r.test("aa"); return r.lastIndex', 1],
    ['return Object.hasOwn({ a: 1 }, "a") && Array.isArray([]) && ({ b: 1 }).hasOwnProperty("b")', true],
    [
      'return [new Map([[1, 2]]).get(1), new Set([1]).has(2), new URLSearchParams("a=1").get("a")]',
      [2, false, '1'],
    ],
  ])('%s', (code, expected) => {
    const [plain, probed] = runBoth(code)
    expect(plain).toEqual(expected)
    expect(probed).toEqual(expected)
  })

  it.each<[string, unknown]>([
    ['return await Promise.resolve(1) === 1', true],
    ['try { await Promise.reject(new RangeError("x")) } catch (e) { return e.message }', 'x'],
    ['const seen = []; for await (const x of [Promise.resolve(1), 2]) seen.push(x); return seen', [1, 2]],
    [
      'async function* g() { yield 1; yield await 2 } const seen = []; for await (const x of g()) seen.push(x); return seen',
      [1, 2],
    ],
    ['const g = async (a = 1) => a || 2; return [await g(0), await g()]', [2, 1]],
    ['return (await Promise.all([1, 2].map(async (x) => x * 2))).includes(await 4)', true],
    ['const o = { async m() { return this.n }, n: 3 }; return o.m()', 3],
    ['return (await null) ?? (await 5)', 5],
    ['return Promise.reject("bare").catch((e) => e)', 'bare'],
    ['switch (await 2) { case await 1: return 1; case await 2: return 2 }', 2],
  ])('async: %s', async (code, expected) => {
    const [plain, probed] = runBoth(code, true)
    expect(await plain).toEqual(expected)
    expect(await probed).toEqual(expected)
  })

  it('keeps a script sloppy that does not ask for strict mode', () => {
    const text =
      'module.exports = { f() { return typeof this }, g: function () { return (function () { return this !== undefined })() } }'
    const { exports } = load(text)
    expect((exports.g as () => unknown)()).toBe(true)
    const strict = load(`'use strict'; ${text}`)
    expect((strict.exports.g as () => unknown)()).toBe(false)
    const inside = load(
      'module.exports = { g() { "use strict"; return (function () { return this !== undefined })() } }',
    )
    expect((inside.exports.g as () => unknown)()).toBe(false)
  })

  it('compiles JSX, decorators, enums, namespaces and type-only code', () => {
    const { exports } = load([
      compiled(
        `import type { A } from './a.js'
         const h = (tag, props, ...children) => [tag, props, children]
         export const enum Color { Red = 1 }
         export enum Size { Small, Large = 5 }
         export namespace Tools { export const twice = (n: number) => n > 1 ? n * 2 : n }
         export const view = <T,>(a: T) => a as unknown as A
         export abstract class Shape<in out T = any> { declare x: number; abstract m(): void; protected constructor(readonly t?: T) {} }
         export const checked = ({ a: 1 } satisfies object)!.a`,
        '/memory/module.tsx',
      ),
    ])
    expect(exports.Size).toMatchObject({ Small: 0, Large: 5, 5: 'Large' })
    expect((exports.Tools as { twice(n: number): number }).twice(3)).toBe(6)
    expect((exports.view as (a: number) => number)(4)).toBe(4)
    expect(exports.checked).toBe(1)
  })
})
