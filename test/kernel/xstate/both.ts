// Both
//
// Owns:   running one chart and one sequence of events twice: in a live XState actor, and in a node that is stopped
//         and started again from its store between every two events; and what the two have in common to compare.

import {
  type Actor,
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type InspectionEvent,
  isMachineSnapshot,
  SimulatedClock as XStateClock,
} from 'xstate'
import { type Implementations, Node, SimulatedClock } from '../../../actors/index.ts'
import {
  type ActorDefinition,
  type ActorOptions,
  defineActor,
  type Event,
  type Fact,
} from '../../../kernel/index.ts'
import { openMemoryStore, type Store } from '../../../persistence/index.ts'
import { openMemoryMail } from '../../../transport/index.ts'
import { eventually } from '../../eventually.ts'

export interface Case {
  readonly chart: AnyStateMachine
  readonly input?: unknown
  /** Events to the root, or milliseconds that pass. */
  readonly steps: readonly (Event | number)[]
  /** Of all children: temporary by default, since XState restarts nobody. */
  readonly restart?: 'permanent' | 'transient' | 'temporary'
}

/** What can be seen of an actor in both worlds. */
export interface View {
  readonly value: unknown
  readonly context: unknown
  readonly status: string
  readonly tags: readonly string[]
  readonly output?: unknown
  /** Children that are machines and run. */
  readonly children: Readonly<Record<string, View>>
}

export type Emitted = Readonly<Record<string, readonly Event[]>>

export interface Seen {
  readonly view: View
  readonly emitted: Emitted
}

const ROOT = 'root'

/** What was seen after the start and after each step, in XState alone. */
export async function live({ chart, input, steps }: Case): Promise<Seen[]> {
  const clock = new XStateClock()
  const emitted: Record<string, Event[]> = {}
  const names = new Names()
  const inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.actor') return
    const actor = event.actorRef as AnyActorRef
    const path = names.pathOf(actor)
    actor.on('*', (each) => {
      emitted[path] = [...(emitted[path] ?? []), plain(each) as Event]
    })
  }
  const actor = createActor(chart, {
    id: ROOT,
    clock,
    inspect,
    logger: () => {},
    ...(input !== undefined && { input }),
  })
  const errors: unknown[] = []
  actor.subscribe({ error: (error) => errors.push(error) })
  actor.start()
  const seen: Seen[] = []
  for (const step of [undefined, ...steps]) {
    if (typeof step === 'number') clock.increment(step)
    else if (step && actor.getSnapshot().status === 'active') actor.send(step)
    await turns(10)
    seen.push(plain({ view: liveView(actor, names), emitted }) as Seen)
  }
  actor.stop()
  return seen
}

/** The same through a node; `expected` is what to wait for. Throws when it does not come. */
export async function durable(each: Case, expected: readonly Seen[]): Promise<Seen[]> {
  const { input, steps } = each
  const store = await openMemoryStore()
  const mail = openMemoryMail({ mailboxLimit: 100 })
  const clock = new SimulatedClock()
  const facts: Fact[] = []
  const { definitions, implementations } = actorsOf(each)
  const boot = () =>
    Node.start({
      definitions,
      root: { kind: ROOT, input: input ?? null },
      implementations,
      store,
      mail,
      clock,
      tell: (fact) => facts.push(fact),
    })
  const seen: Seen[] = []
  for (const [index, step] of [undefined, ...steps].entries()) {
    const node = await boot()
    await quiet(facts, mail)
    if (typeof step === 'number') clock.advance(step)
    else if (step && expected[index - 1]?.view.status === 'active')
      await mail.publish({ id: `step-${index}`, to: ROOT, from: null, event: step })
    const look = async () =>
      plain({ view: await storedView(store, ROOT, definitions), emitted: told(facts) }) as Seen
    const wanted = JSON.stringify(expected[index])
    await eventually(async () => JSON.stringify(await look()) === wanted, { within: 15_000 }).catch(() => {})
    await quiet(facts, mail)
    seen.push(await look())
    await node.stop(0)
  }
  await store.close()
  return seen
}

/** All machines below a chart by the names of their sources, and all promises. */
function actorsOf({ chart, restart = 'temporary' }: Case) {
  const definitions: ActorDefinition[] = []
  const implementations: Record<string, Implementations[string]> = {}
  const add = (kind: string, machine: AnyStateMachine): void => {
    if (definitions.some((known) => known.kind === kind)) return
    const sources = Object.entries(machine.implementations.actors)
    const machines = sources.filter(([, logic]) => '__xstatenode' in (logic as object))
    const children = Object.fromEntries(machines.map(([src]) => [src, { restart }]))
    const strategy = { intensity: 100 }
    definitions.push(defineActor({ kind, machine, children, strategy } satisfies ActorOptions))
    for (const [src, logic] of sources) {
      if ('__xstatenode' in (logic as object)) add(src, logic as AnyStateMachine)
      else implementations[src] = promiseOf(logic)
    }
  }
  add(ROOT, chart)
  return { definitions, implementations }
}

function promiseOf(logic: unknown): Implementations[string] {
  const { config } = logic as { config: (args: unknown) => Promise<unknown> }
  return ({ input, signal }) => config({ input, signal })
}

function liveView(actor: AnyActorRef, names: Names): View {
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot
  const children = (Object.values(snapshot.children) as AnyActorRef[]).filter((child) => {
    const its: unknown = child?.getSnapshot()
    return isMachineSnapshot(its) && its.status === 'active'
  })
  const over = snapshot.status !== 'active'
  return view(
    snapshot,
    snapshot.tags,
    over ? {} : views(children.map((child) => [names.idOf(child), liveView(child, names)])),
  )
}

async function storedView(
  store: Store,
  address: string,
  definitions: ReturnType<typeof actorsOf>['definitions'],
): Promise<View> {
  const record = (await store.read(address))?.record
  if (!record) throw new Error(`${address} is not stored`)
  const { snapshot, supervision, kind, exit } = record
  const machine = definitions.find((each) => each.kind === kind)?.machine
  const { tags } = machine?.resolveState({ value: snapshot.value as never, context: {} }) ?? { tags: [] }
  const running = exit
    ? []
    : [...supervision.children].map(([, child]) => child).filter((child) => child.state === 'running')
  const children = await Promise.all(
    running.map(async ({ id }) => [id, await storedView(store, `${address}.${id}`, definitions)] as const),
  )
  return view(snapshot, tags, views(children))
}

function view(
  snapshot: { value: unknown; context: unknown; status: string; output?: unknown },
  tags: Iterable<string>,
  children: Readonly<Record<string, View>>,
): View {
  const { value, context, status, output } = snapshot
  return plain({ value, context, status, output, tags: [...tags].sort(), children }) as View
}

function views(entries: readonly (readonly [string, View])[]): Record<string, View> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function told(facts: readonly Fact[]): Emitted {
  const emitted: Record<string, Event[]> = {}
  for (const fact of facts) {
    if (fact.type !== 'emitted') continue
    emitted[fact.address] = [...(emitted[fact.address] ?? []), plain(fact.event) as Event]
  }
  return emitted
}

/** As it comes back from JSON, with its keys in order. */
function plain(value: unknown): unknown {
  const sorted = (_: string, each: unknown): unknown =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each
  return JSON.parse(JSON.stringify(value, sorted))
}

/** XState names a child without an id by its session; a node numbers it. */
class Names {
  readonly #ids = new Map<AnyActorRef, string>()
  readonly #counts = new Map<string, number>()

  idOf(actor: AnyActorRef): string {
    const known = this.#ids.get(actor)
    if (known !== undefined) return known
    const { id, sessionId, src, _parent: parent } = actor as Actor<AnyStateMachine>
    const key = `${parent?.sessionId} ${String(src)}`
    const count = (this.#counts.get(key) ?? 0) + 1
    if (id === sessionId) this.#counts.set(key, count)
    const name = id === sessionId ? `${String(src)}:${count}` : id.replaceAll('.', '~')
    this.#ids.set(actor, name)
    return name
  }

  pathOf(actor: AnyActorRef): string {
    const parent = (actor as Actor<AnyStateMachine>)._parent
    return parent ? `${this.pathOf(parent)}.${this.idOf(actor)}` : ROOT
  }
}

/** Nothing was told and no mail is left for some turns of the loop. */
async function quiet(facts: readonly Fact[], mail: { readonly size: number }): Promise<void> {
  for (let calm = 0, known = -1; calm < 8; calm = facts.length === known && mail.size === 0 ? calm + 1 : 0) {
    known = facts.length
    await turns(1)
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
