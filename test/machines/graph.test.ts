import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkGraph, criticalPath, findCycle, type GraphNode, inOrder } from '../../machines/index.ts'

/** Any graph on a few nodes; needs may be anywhere, also on itself. */
const anyGraph = fc
  .integer({ min: 1, max: 8 })
  .chain((size) =>
    fc.tuple(
      ...Array.from({ length: size }, (_, index) =>
        fc
          .uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 })
          .map((needs): GraphNode => ({ id: `n${index}`, needs: needs.map((need) => `n${need}`) })),
      ),
    ),
  )

/** A graph whose needs point to nodes before, in any order. */
const acyclic = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 10 })
  .map((all) =>
    all.map(
      (needs, index): GraphNode => ({
        id: `n${index}`,
        needs: index === 0 ? [] : [...new Set(needs.map((need) => `n${need % index}`))],
      }),
    ),
  )
  .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }))

describe('graph', () => {
  it('finds a cycle exactly when there is one, and shows a true one', () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        const cycle = findCycle(nodes)
        expect(cycle === null).toBe(inOrder(nodes).length === nodes.length)
        if (!cycle) return
        expect(cycle.at(0)).toBe(cycle.at(-1))
        for (const [index, id] of cycle.slice(0, -1).entries())
          expect(nodes.find((node) => node.id === id)?.needs).toContain(cycle[index + 1])
      }),
    )
  })

  it('refuses every graph that it closes into a circle', () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), (nodes, which) => {
        expect(checkGraph(nodes, 'task')).toEqual([])
        const order = inOrder(nodes)
        const last = order[which % order.length] ?? ''
        const first = order[0] ?? ''
        const closed = nodes.map((node) =>
          node.id === first ? { ...node, needs: [...node.needs, last] } : { ...node },
        )
        const linked = closed.map((node) =>
          node.id === last && last !== first
            ? { ...node, needs: [...new Set([...node.needs, first])] }
            : node,
        )
        expect(checkGraph(linked, 'task').join()).toContain('in a circle')
      }),
    )
  })

  it('puts each after all it needs', () => {
    fc.assert(
      fc.property(acyclic, (nodes) => {
        const order = inOrder(nodes)
        expect([...order].sort()).toEqual(nodes.map(({ id }) => id).sort())
        for (const { id, needs } of nodes)
          for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(id))
      }),
    )
  })

  it('weighs the chain that waits for a node', () => {
    const nodes = [
      { id: 'c', needs: ['b'], weight: 5 },
      { id: 'b', needs: ['a'], weight: 1 },
      { id: 'd', needs: ['a'], weight: 2 },
      { id: 'a', needs: [], weight: 1 },
    ]
    expect(Object.fromEntries(criticalPath(nodes, ({ weight }) => weight))).toEqual({
      a: 7,
      b: 6,
      c: 5,
      d: 2,
    })
  })

  it.each([
    [
      'a node twice',
      [
        { id: 'a', needs: [] },
        { id: 'a', needs: [] },
      ],
      'task "a" is there twice',
    ],
    ['an unknown need', [{ id: 'a', needs: ['b'] }], 'task "a" needs "b", which is not there'],
    ['a need of itself', [{ id: 'a', needs: ['a'] }], 'a -> a'],
    [
      'a longer circle',
      [
        { id: 'a', needs: ['b'] },
        { id: 'b', needs: ['a'] },
      ],
      'a -> b -> a',
    ],
  ])('refuses %s, and says what to mend', (_, nodes, words) => {
    expect(checkGraph(nodes, 'task').join('\n')).toContain(words)
  })

  it('takes a chain of ten thousand', () => {
    const nodes = Array.from({ length: 10_000 }, (_, index) => ({
      id: `n${index}`,
      needs: index === 0 ? [] : [`n${index - 1}`],
    }))
    expect(checkGraph(nodes, 'task')).toEqual([])
    expect(criticalPath(nodes, () => 1).get('n0')).toBe(10_000)
    const [first, ...rest] = nodes
    const closed = [{ id: first?.id ?? '', needs: ['n9999'] }, ...rest]
    expect(findCycle(closed)).toHaveLength(10_001)
  })
})
