// Inspector
//
// Owns:   calling Stately's inspector: `actor`, `event` and `snapshot`, as its package writes them.
// Leaves: the moment (projection.ts), the readers (viewer.ts).
//
// N1. Actors are given as references, not as names: of a name the package (0.7.2) loses the parent and the chart.

import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect'
import type { InspectorCall } from './projection.ts'

export interface InspectorOptions {
  /** A kind's statechart, if it is known. */
  chartOf(kind: string): unknown
  send(event: StatelyInspectionEvent): void
}

/** A function that takes calls. */
export function inspectorOf({ chartOf, send }: InspectorOptions): (call: InspectorCall) => void {
  const inspector = createInspector({ send })
  return (call) => {
    switch (call.call) {
      case 'actor':
        return inspector.actor(
          reference(call.address, call.parent, chartOf(call.kind) ?? { id: call.kind }),
          call.snapshot,
        )
      case 'event':
        return inspector.event(
          call.to,
          call.event,
          call.from === undefined ? undefined : { source: call.from },
        )
      case 'snapshot':
        return inspector.snapshot(call.address, call.snapshot, call.event && { event: call.event })
      default:
        return call satisfies never
    }
  }
}

type InspectedReference = Exclude<Parameters<ReturnType<typeof createInspector>['actor']>[0], string>

/** What the package reads of an actor: its session, its parents up to the root, its chart. */
function reference(address: string, parent: string | null, chart: unknown): InspectedReference {
  const id = address.slice(address.lastIndexOf('.') + 1)
  const above = parent === null ? undefined : ancestor(parent)
  const name = { ...(chart as object), id }
  return { sessionId: address, id, _parent: above, logic: { config: name } } as unknown as InspectedReference
}

/** An address is a path: those above it are its beginnings. */
function ancestor(address: string): object {
  const cut = address.lastIndexOf('.')
  return { sessionId: address, ...(cut >= 0 && { _parent: ancestor(address.slice(0, cut)) }) }
}
