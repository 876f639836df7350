// Search: with the same seed it finds the same, within its budget, and what it keeps was seen twice.

import { describe, expect, it } from 'vitest'
import type { Descriptor, ModuleDescription, Signature } from '../../testgen/descriptors.ts'
import type { Case } from '../../testgen/expression.ts'
import type { Bench } from '../../testgen/inside/bench.ts'
import { startSearch } from '../../testgen/search/start.ts'
import type { CaseFinding, SearchNews, SearchTask } from '../../testgen/tasks.ts'
import { benchOf, callOf, caseOf, compiled, given } from './in-memory.ts'

const any: Descriptor = { kind: 'any' }
const text: Descriptor = { kind: 'primitive', of: 'string' }
const number: Descriptor = { kind: 'primitive', of: 'number' }
const signature = (...types: readonly Descriptor[]): Signature => ({
  parameters: types.map((type, index) => ({ name: `p${index}`, type, optional: false, rest: false })),
  returns: any,
})

/** A module with functions of these parameters. */
function describeModule(functions: Readonly<Record<string, readonly Descriptor[]>>): ModuleDescription {
  return {
    exports: Object.entries(functions).map(([name, types]) => ({
      name,
      label: name,
      kind: 'function',
      signatures: [signature(...types)],
      members: [],
      type: any,
    })),
    named: {},
    literals: { examples: [], distant: [], strings: [], numbers: [], regexes: [], keys: [] },
    importedClasses: [],
  }
}

interface Searched {
  readonly news: readonly SearchNews[]
  readonly findings: readonly CaseFinding[]
  readonly finished: Extract<SearchNews, { kind: 'finished' }>
  readonly bench: Bench
  readonly edges: number
}

async function search(
  source: string,
  functions: Readonly<Record<string, readonly Descriptor[]>>,
  more: Partial<SearchTask> = {},
): Promise<Searched> {
  const module = compiled(source)
  const bench = benchOf(source)
  const news: SearchNews[] = []
  const task: SearchTask = {
    kind: 'search',
    modules: [module],
    analysis: describeModule(functions),
    seed: 'one',
    budget: 3000,
    covered: [],
    start: [],
    avoid: [],
    ...more,
  }
  await startSearch({ task, bench, tell: (one) => news.push(one) })
  const findings = news.flatMap((one) => (one.kind === 'found' ? [one.finding] : []))
  const finished = news.at(-1)
  if (finished?.kind !== 'finished') throw new Error('the search did not finish')
  return { news, findings, finished, bench, edges: module.edges.length }
}

const edgesOf = (findings: readonly CaseFinding[]) => new Set(findings.flatMap(({ edges }) => edges))
const argumentsOf = (findings: readonly CaseFinding[]) => findings.map(({ test }) => test.steps[0]?.of)

describe('what a search finds', () => {
  it.each<[string, string, readonly Descriptor[]]>([
    ['a text that is compared', "if (a === 'open sesame') return 1; return 2", [text]],
    ['the start of a text', "return a.startsWith('--verbose') ? 1 : 2", [text]],
    ['a length', 'return a.length === 17 ? 1 : 2', [text]],
    ['the border of a number', 'return a > 41 && a < 43 ? 1 : 2', [number]],
    ['a number far away', 'if (a === 987654) return 1; return 2', [number]],
    ['a pattern', 'return /^v\\d+\\.\\d+$/.test(a) ? 1 : 2', [text]],
    [
      'the cases of a switch',
      "switch (a) { case 'red': return 1; case 'green': return 2; default: return 3 }",
      [text],
    ],
    ['a key of a table', 'const table = { first: 1, second: 2 }; return table[a] ? 1 : 2', [text]],
    ['a list in the place of anything', 'return Array.isArray(a) ? 1 : 2', [any]],
    ['a map in the place of anything', 'return a instanceof Map ? 1 : 2', [any]],
    ['a function in the place of anything', "return typeof a === 'function' ? 1 : 2", [any]],
    ['two arguments that are alike', 'return a === b && a.length > 3 ? 1 : 2', [text, text]],
    ['an item of a list', "return a.includes('needle') ? 1 : 2", [{ kind: 'array', of: text }]],
    [
      'nested conditions',
      "if (a.length > 2) { if (a[0] === '#') { return a[1] === '!' ? 1 : 2 } } return 3",
      [text],
    ],
    ['an error that is caught', 'try { JSON.parse(a); return 1 } catch { return 2 }', [text]],
    [
      'a default argument',
      'return ((x = 1) => x)(a)',
      [{ kind: 'union', of: [number, { kind: 'primitive', of: 'undefined' }] }],
    ],
  ])('takes both sides of %s', async (_name, body, types) => {
    const { findings, finished, edges } = await search(`export function f(a, b) { ${body} }`, { f: types })
    expect(edgesOf(findings).size).toBe(edges)
    expect(finished.taken).toHaveLength(edges)
  })

  it('shows with small inputs', async () => {
    const { findings } = await search('export const f = (a) => a.length > 3 ? "long" : "short"', {
      f: [text],
    })
    const sizes = argumentsOf(findings).map((of) =>
      of?.[0]?.kind === 'constant' ? String(of[0].value).length : 99,
    )
    expect(Math.max(...sizes)).toBeLessThan(12)
    expect(Math.min(...sizes)).toBe(0)
  })

  it('is of the types that are asked for', async () => {
    const { findings } = await search('export const f = (a) => (a ? 1 : 2)', {
      f: [{ kind: 'primitive', of: 'boolean' }],
    })
    for (const of of argumentsOf(findings)) expect([given(true), given(false)]).toContainEqual(of?.[0])
  })

  it('is from each target', async () => {
    const { findings, news } = await search(
      'export const f = (a) => (a > 1 ? 1 : 2); export const g = (a) => (a < 1 ? 1 : 2)',
      { f: [number], g: [number] },
    )
    expect(new Set(findings.map(({ test }) => test.target))).toEqual(new Set(['f', 'g']))
    expect(news[0]).toEqual({ kind: 'loaded', targets: ['f', 'g'] })
  })

  it('tells the edges of a finding as its case takes them', async () => {
    const source =
      "export function f(a) { if (a === 'x') return 1; for (const one of a) if (one === 'y') return 2; return 3 }"
    const { findings } = await search(source, { f: [text] })
    const bench = benchOf(source)
    const { runCase } = await import('../../testgen/inside/run-case.ts')
    for (const { test, edges, observed } of findings) {
      bench.counts.fill(0)
      const { outcome } = await runCase(bench, test, false)
      expect(outcome).toEqual(observed.outcome)
      expect([...bench.counts.keys()].filter((edge) => (bench.counts[edge] ?? 0) > 0)).toEqual(edges)
    }
  })
})

describe('the same seed', () => {
  const source =
    "export function f(a, b) { if (a > b) return a === 7 ? 'seven' : 'more'; return String(b).length > 2 ? 1 : 2 }"
  const found = async (more: Partial<SearchTask>) =>
    (await search(source, { f: [number, any] }, more)).findings

  it('finds the same', async () => {
    expect(await found({})).toEqual(await found({}))
  })

  it('finds other cases than another seed', async () => {
    expect(await found({ seed: 'two' })).not.toEqual(await found({ seed: 'three' }))
  })
})

describe('the budget', () => {
  const endless = 'export function f(a) { if (a === Symbol.iterator) return 1; return 2 }'

  it.each([1, 50, 400])('of %d executions is kept, up to one finding', async (budget) => {
    const { finished } = await search(endless, { f: [number] }, { budget })
    expect(finished.executions).toBeGreaterThanOrEqual(Math.min(budget, 24))
    expect(finished.executions).toBeLessThan(budget + 200)
  })

  it('is not used up when there is nothing left to find', async () => {
    const { finished } = await search('export const f = (a) => (a ? 1 : 2)', { f: [any] }, { budget: 50_000 })
    expect(finished.executions).toBeLessThan(2000)
  })

  it('counts a case of many steps as several', async () => {
    const short = await search('export const f = (a) => a', { f: [number] }, { budget: 500 })
    const long = await search(
      'export function f(a) { let n = 0; for (let i = 0; i < 30000; i++) n += i; return n + a }',
      { f: [number] },
      { budget: 500 },
    )
    const runs = ({ news }: Searched) => news.filter(({ kind }) => kind === 'progress').length
    expect(runs(long)).toBeLessThanOrEqual(runs(short))
    expect(long.finished.executions).toBeGreaterThan(450)
  })
})

describe('what is left out', () => {
  it('is what is not the same every time', async () => {
    const { findings, finished } = await search(
      'let n = 0; export function f(a) { if (a > 1e9) return 1; return ++n }',
      { f: [number] },
    )
    for (const { observed } of findings)
      expect(observed.outcome).toMatchObject({ readings: [{ sees: { value: { value: 1 } } }] })
    expect(finished.unstable).toBeGreaterThan(0)
  })

  it('is what ends only by force', async () => {
    const { findings } = await search("export function f(a) { while (a === '') {} return 1 }", { f: [text] })
    for (const { test } of findings) expect(test.steps[0]?.of).not.toContainEqual(given(''))
  })

  it('is a target that brought the program down', async () => {
    const { findings, news } = await search(
      'export const f = () => 1; export const g = () => 2',
      { f: [], g: [] },
      { avoid: ['f'] },
    )
    expect(news[0]).toEqual({ kind: 'loaded', targets: ['g'] })
    expect(new Set(findings.map(({ test }) => test.target))).toEqual(new Set(['g']))
  })
})

describe('a cache in the module', () => {
  const cached = `const known = new Map()
    export function f(a) { const key = String(a).length; if (known.has(key)) return known.get(key); const made = key > 2 ? 'long' : 'short'; known.set(key, made); return made }`

  it('does not hide the edges that only the first call takes', async () => {
    const { findings, edges } = await search(cached, { f: [text] })
    const { runCase } = await import('../../testgen/inside/run-case.ts')
    const taken = new Set<number>()
    for (const { test } of findings) {
      // Each test alone, as a runner may have it.
      const bench = benchOf(cached)
      bench.counts.fill(0)
      await runCase(bench, test, false)
      for (const edge of bench.counts.keys()) if (bench.counts[edge]) taken.add(edge)
    }
    expect(taken.size).toBeGreaterThanOrEqual(edges - 1)
  })
})

describe('a search that goes on', () => {
  it('begins with the cases that were found before', async () => {
    const source = "export function f(a) { return a === 'a rare word that nobody guesses' ? 1 : 2 }"
    const start: readonly Case[] = [caseOf('f', callOf('f', given('a rare word that nobody guesses')))]
    const { news } = await search(source, { f: [{ kind: 'literal', value: 'other' }] }, { start, budget: 60 })
    const first = news.find((one) => one.kind === 'found')
    expect(first).toMatchObject({ finding: { test: { target: 'f' } } })
    expect(first?.kind === 'found' ? first.finding.test.steps[0]?.of : undefined).toEqual(
      start[0]?.steps[0]?.of,
    )
  })

  it('drops cases of targets that are gone', async () => {
    const start = [caseOf('gone', callOf('gone'))]
    const { findings } = await search('export const f = () => 1', { f: [] }, { start, budget: 60 })
    expect(findings.map(({ test }) => test.target)).toEqual(['f'])
  })

  it('retires a function whose edges are all taken', async () => {
    const { news } = await search(
      'export const f = () => 1; export function g(a) { return a === Symbol.iterator ? 1 : 2 }',
      { f: [], g: [text] },
      { budget: 4000 },
    )
    const worked = news.flatMap((one) => (one.kind === 'progress' ? [one.target] : []))
    expect(worked.filter((name) => name === 'f').length).toBeLessThan(
      worked.filter((name) => name === 'g').length,
    )
  })
})
