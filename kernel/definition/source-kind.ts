// Source kind
//
// Owns:   telling what a chart names as a source of children: XState gives all kinds of logic the same shape.

export type SourceKind = 'machine' | 'promise' | 'callback' | 'observable' | 'transition' | 'unknown'

interface Logic {
  getInitialSnapshot(scope: unknown, input: unknown): object
  transition(snapshot: object, event: object, scope: unknown): { status?: unknown; output?: unknown }
}

/** By what it does: only a promise is done when it is told that it resolved. Runs nothing of the user's. */
export function sourceKind(logic: unknown): SourceKind {
  if (typeof logic !== 'object' || logic === null || !('transition' in logic)) return 'unknown'
  if ('__xstatenode' in logic) return 'machine'
  if (!('start' in logic)) return 'transition'
  try {
    const { getInitialSnapshot, transition } = logic as unknown as Logic
    const initial = getInitialSnapshot({}, undefined)
    if ('context' in initial) return 'observable'
    const resolved = transition(initial, { type: 'xstate.promise.resolve', data: logic }, { self: {} })
    return resolved.status === 'done' && resolved.output === logic ? 'promise' : 'unknown'
  } catch {
    return 'callback'
  }
}
