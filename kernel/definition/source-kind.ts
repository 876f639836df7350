// Source kind
//
// Owns:   the kind of a source of children: in XState all kinds of logic have the same shape.

export type ActorSourceKind = 'machine' | 'promise' | 'callback' | 'observable' | 'transition' | 'unknown'

interface ActorLogicShape {
  getInitialSnapshot(scope: unknown, input: unknown): object
  transition(snapshot: object, event: object, scope: unknown): { status?: unknown; output?: unknown }
}

/** Finds the kind by behaviour: only a promise is done after a resolve event. Runs no user code. */
export function sourceKind(logic: unknown): ActorSourceKind {
  if (typeof logic !== 'object' || logic === null || !('transition' in logic)) return 'unknown'
  if ('__xstatenode' in logic) return 'machine'
  if (!('start' in logic)) return 'transition'
  try {
    const { getInitialSnapshot, transition } = logic as unknown as ActorLogicShape
    const initial = getInitialSnapshot({}, undefined)
    if ('context' in initial) return 'observable'
    const resolved = transition(initial, { type: 'xstate.promise.resolve', data: logic }, { self: {} })
    return resolved.status === 'done' && resolved.output === logic ? 'promise' : 'unknown'
  } catch {
    return 'callback'
  }
}
