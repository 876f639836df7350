// Projection
//
// Owns:   the calls of an inspector for each frame: actors first, then their events, then their new states; and lost frames.
// Leaves: calling (inspector.ts), charts (bridge.ts).
//
// R1. Pure: the same frames give the same calls.
// R2. An actor is introduced once a life, with its parent; whatever is said of it comes after that.
// R3. An actor that a source no longer lists was stopped; so were all actors of a source that is gone.
// R4. A gap in the numbers of a source is counted, and the reader is to ask for everything anew.

import type { ReceivedActor, ReceivedEvent, ReceivedFrame } from './frame.ts'

/** What an inspector shows of a state. */
export interface ShownSnapshot {
  readonly status: ReceivedActor['status']
  readonly value: unknown
  readonly context: unknown
  readonly output?: unknown
}

/** A call of Stately's inspector: an actor appeared, took an event, or changed. */
export type InspectorCall =
  | {
      readonly call: 'actor'
      readonly address: string
      readonly kind: string
      readonly parent: string | null
      readonly snapshot: ShownSnapshot
    }
  | {
      readonly call: 'event'
      readonly to: string
      readonly from: string | undefined
      readonly event: { readonly type: string }
    }
  | {
      readonly call: 'snapshot'
      readonly address: string
      readonly snapshot: ShownSnapshot
      readonly event: { readonly type: string } | undefined
    }

interface Source {
  readonly number: number
  readonly dropped: ReceivedFrame['dropped']
  /** It was taken for gone. */
  readonly silent: boolean
}

interface Life {
  readonly snapshot: ShownSnapshot
  readonly source: string
}

/** The known actors of a system, folded from its frames. */
export interface Projection {
  readonly actors: ReadonlyMap<string, Life>
  readonly sources: ReadonlyMap<string, Source>
  /** Frames that never came. */
  readonly lost: number
  /** Something was lost since everything was told last. */
  readonly gap: boolean
}

/** The projection before the first frame. */
export const emptyProjection: Projection = { actors: new Map(), sources: new Map(), lost: 0, gap: false }

/** What follows from a frame. */
export function project(
  before: Projection,
  frame: ReceivedFrame,
): { readonly after: Projection; readonly calls: readonly InspectorCall[] } {
  const actors = new Map(before.actors)
  const last = new Map(frame.events.map(({ to, event }) => [to, event]))
  const introduced: InspectorCall[] = []
  const moved: InspectorCall[] = []
  for (const actor of frame.actors) {
    const { address } = actor
    const snapshot = shown(actor)
    const ended = actors.get(address)?.snapshot.status !== 'active'
    if (ended && (snapshot.status === 'active' || !actors.has(address)))
      introduced.push(introduction(actor, snapshot))
    else moved.push({ call: 'snapshot', address, snapshot, event: last.get(address) })
    actors.set(address, { snapshot, source: frame.source })
  }
  for (const address of frame.gone) {
    moved.push(...stopped(address, actors.get(address)))
    actors.delete(address)
  }
  const passed = frame.events.filter(({ to }) => actors.has(to)).map(eventCall)
  return { after: { ...arrived(before, frame), actors }, calls: [...introduced, ...passed, ...moved] }
}

/** A source that gives no sign of life is gone with all its actors; if it comes back it is asked for everything. */
export function silenced(
  before: Projection,
  source: string,
): { readonly after: Projection; readonly calls: readonly InspectorCall[] } {
  const known = before.sources.get(source)
  if (!known || known.silent) return { after: before, calls: [] }
  const lives = [...before.actors].filter(([, life]) => life.source === source)
  const actors = new Map([...before.actors].filter(([, life]) => life.source !== source))
  const sources = new Map(before.sources).set(source, { ...known, silent: true })
  return {
    after: { ...before, actors, sources },
    calls: lives.flatMap(([address, life]) => stopped(address, life)),
  }
}

function stopped(address: string, life: Life | undefined): InspectorCall[] {
  if (life?.snapshot.status !== 'active') return []
  const snapshot = { ...life.snapshot, status: 'stopped' } as const
  return [{ call: 'snapshot', address, snapshot, event: undefined }]
}

/** Everything was asked for anew. */
export function mended(projection: Projection): Projection {
  return { ...projection, gap: false }
}

/** Snapshots that a newer one replaced, events beyond the measure: what the sources left out. */
export function droppedBySources({ sources }: Projection): ReceivedFrame['dropped'] {
  const all = [...sources.values()].map(({ dropped }) => dropped)
  const sum = (name: 'snapshots' | 'events'): number => all.reduce((total, each) => total + each[name], 0)
  return { snapshots: sum('snapshots'), events: sum('events') }
}

function arrived(before: Projection, { source, number, dropped }: ReceivedFrame): Projection {
  const known = before.sources.get(source)
  const missing = known === undefined ? 0 : Math.max(0, number - known.number - 1)
  return {
    ...before,
    sources: new Map(before.sources).set(source, { number, dropped, silent: false }),
    lost: before.lost + missing,
    gap: before.gap || missing > 0 || (known?.silent ?? false),
  }
}

function introduction({ address, kind, parent }: ReceivedActor, snapshot: ShownSnapshot): InspectorCall {
  return { call: 'actor', address, kind, parent, snapshot }
}

function eventCall({ to, from, event }: ReceivedEvent): InspectorCall {
  return { call: 'event', to, from, event }
}

function shown({ status, value, context, output }: ReceivedActor): ShownSnapshot {
  return { status, value, context, ...(output !== undefined && { output }) }
}
