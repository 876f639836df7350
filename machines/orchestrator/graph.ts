// Graph
//
// Dependency graphs of tasks and of milestones: whether all needs can be met, in which order, and how long the chain is
// that waits for each node.
//
// Without recursion: a chain of ten thousand needs must not overflow the stack.

export interface GraphNode {
  readonly id: string
  readonly needs: readonly string[]
}

/** Problems of a graph, one sentence each; empty when every need can be met. `noun`: the name for a node. */
export function checkGraph(nodes: readonly GraphNode[], noun: string): string[] {
  const ids = new Set<string>()
  const problems: string[] = []
  for (const { id } of nodes) {
    if (ids.has(id)) problems.push(`${noun} "${id}" is there twice: give one of them another id`)
    ids.add(id)
  }
  for (const { id, needs } of nodes)
    for (const need of needs)
      if (!ids.has(need)) problems.push(`${noun} "${id}" needs "${need}", which is not there`)
  const cycle = findCycle(nodes)
  if (cycle)
    problems.push(`${noun}s need each other in a circle: ${cycle.join(' -> ')}; drop one of these needs`)
  return problems
}

/** The ids in an order in which each follows all its needs; nodes in a cycle, or behind one, are left out. */
export function inOrder(nodes: readonly GraphNode[]): string[] {
  const dependents = dependentsOf(nodes)
  const missing = new Map<string, number>()
  for (const { id, needs } of nodes) missing.set(id, needs.filter((need) => dependents.has(need)).length)
  const order = nodes.filter(({ id }) => missing.get(id) === 0).map(({ id }) => id)
  for (const id of order) {
    for (const dependent of dependents.get(id) ?? []) {
      const left = (missing.get(dependent) ?? 0) - 1
      missing.set(dependent, left)
      if (left === 0) order.push(dependent)
    }
  }
  return order
}

/** A cycle, from a node back to itself; null when there is none. */
export function findCycle(nodes: readonly GraphNode[]): string[] | null {
  const ordered = new Set(inOrder(nodes))
  const left = new Map(nodes.filter(({ id }) => !ordered.has(id)).map((node) => [node.id, node]))
  // Every node left needs another node left, so following the needs must reach a cycle.
  const path: string[] = []
  const seen = new Map<string, number>()
  let id = left.keys().next().value
  while (id !== undefined && !seen.has(id)) {
    seen.set(id, path.length)
    path.push(id)
    id = left.get(id)?.needs.find((need) => left.has(need))
  }
  return id === undefined ? null : [...path.slice(seen.get(id)), id]
}

/** For each node, the weight of the heaviest chain that begins with it; heavier chains should start sooner. */
export function criticalPath<Node extends GraphNode>(
  nodes: readonly Node[],
  weightOf: (node: Node) => number,
): ReadonlyMap<string, number> {
  const dependents = dependentsOf(nodes)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const weights = new Map<string, number>()
  for (const id of inOrder(nodes).reverse()) {
    const node = byId.get(id)
    const behind = (dependents.get(id) ?? []).reduce(
      (most, each) => Math.max(most, weights.get(each) ?? 0),
      0,
    )
    weights.set(id, (node ? weightOf(node) : 0) + behind)
  }
  return weights
}

/** The nodes that need each node; every node has an entry. */
function dependentsOf(nodes: readonly GraphNode[]): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  for (const { id, needs } of nodes) for (const need of needs) dependents.get(need)?.push(id)
  return dependents
}
