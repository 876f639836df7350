// Chart nodes
//
// Owns:   the states and transitions of a chart, each transition with a unique name.

import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

/** A node and all nodes below it. */
export function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)]
}

export function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [...node.transitions.values()].flat().concat(node.always ?? [])
}

export function transitionNames({ root }: AnyStateMachine): ReadonlyMap<AnyTransitionDefinition, string> {
  const names = new Map<AnyTransitionDefinition, string>()
  const counts = new Map<string, number>()
  for (const transition of nodesOf(root).flatMap(transitionsOf)) {
    const name = nameOf(transition)
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    names.set(transition, count === 1 ? name : `${name} (${count})`)
  }
  return names
}

function nameOf({ source, eventType, guard, target }: AnyTransitionDefinition): string {
  const named = guard as { type?: string } | string | undefined
  const condition = typeof named === 'string' ? named : (named?.type ?? (named ? 'guard' : undefined))
  const targets = target?.map(({ id }) => id).join(', ') ?? '(stays)'
  return `transition ${source.id}: ${eventType || 'always'}${condition ? ` [${condition}]` : ''} -> ${targets}`
}
