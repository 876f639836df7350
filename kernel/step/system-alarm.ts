// System alarm
//
// Owns:   the names of the alarms that the runtime sets for an actor, beside those of its chart.
//
//   pause      the backoff before a failed child is started again
//   deadline   the time limit of an invocation

export type SystemAlarm =
  | { readonly kind: 'pause'; readonly child: string }
  | { readonly kind: 'deadline'; readonly invocation: string }

const PAUSE = 'canopy.pause.'
const DEADLINE = 'canopy.deadline.'

export function pauseId(child: string): string {
  return PAUSE + child
}

export function deadlineId(invocation: string): string {
  return DEADLINE + invocation
}

/** Undefined for an alarm of the chart. */
export function systemAlarm(id: string): SystemAlarm | undefined {
  if (id.startsWith(PAUSE)) return { kind: 'pause', child: id.slice(PAUSE.length) }
  if (id.startsWith(DEADLINE)) return { kind: 'deadline', invocation: id.slice(DEADLINE.length) }
  return undefined
}
