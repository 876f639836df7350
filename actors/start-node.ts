// Start node
//
// Owns:   the public interface of the library: starting a typed tree of actors, and communicating with it.
// Leaves: the implementation (node.ts, ask.ts, watch.ts); opening store and mail (the caller).
//
// The compiler checks events where it knows the receiver; the receiver's schema checks all of them.

import { randomUUID } from 'node:crypto'
import type {
  ActorDefinition,
  Address,
  AnswerTo,
  DefinedActor,
  Event,
  Fact,
  KillReason,
  QuestionTo,
  TypesIn,
} from '../kernel/index.ts'
import type { ActorView } from './actor-view.ts'
import { type AskResult, Asks, failed } from './ask.ts'
import { systemClock } from './clock.ts'
import type { ImplementationCall, Implementations } from './implementations.ts'
import { type Census, Node, type NodeEnding, type NodeOptions } from './node.ts'
import type { SupervisorClient } from './supervisor-client.ts'
import { type Watchable, type WatchItem, watch } from './watch.ts'

/** The address of an actor, with the type of its mail. */
export interface Ref<Mail = Event> {
  readonly address: Address
  readonly mail?: Mail
}

/** A reference to the actor of this kind at an address. */
export function ref<Actor extends DefinedActor>(
  _actor: Actor,
  address: Address,
): Ref<TypesIn<Actor>['mail']> {
  return { address }
}

/** The result of `tell`. */
export type SendResult =
  | { readonly kind: 'accepted' }
  | {
      readonly kind: 'refused'
      readonly code: 'unknown_actor' | 'bad_event' | 'forbidden' | 'mailbox_full'
      readonly message: string
    }

type PromiseName<Actor extends DefinedActor> = Actor extends unknown
  ? keyof TypesIn<Actor>['promises'] & string
  : never

type PromiseTypes<Actor extends DefinedActor, Name> = Actor extends unknown
  ? Name extends keyof TypesIn<Actor>['promises']
    ? TypesIn<Actor>['promises'][Name]
    : never
  : never

/** One implementation for each source that is not a child, with the machine's types of input and output. */
export type ImplementationsOf<Actor extends DefinedActor> = {
  readonly [Name in PromiseName<Actor>]: (
    call: ImplementationCall & { readonly input: PromiseTypes<Actor, Name>['input'] },
  ) => Promise<PromiseTypes<Actor, Name>['output']>
}

type InputOf<Root extends DefinedActor> = unknown extends TypesIn<Root>['input']
  ? { readonly input?: unknown }
  : { readonly input: TypesIn<Root>['input'] }

type GivenImplementations<Actor extends DefinedActor> = [PromiseName<Actor>] extends [never]
  ? { readonly implementations?: Implementations }
  : { readonly implementations: ImplementationsOf<Actor> }

/**
 * What `startNode` takes: the definitions of the tree, an implementation for each source that is no child, the store, the mail, and
 * what `NodeOptions` has besides.
 */
export type StartOptions<Root extends DefinedActor, Actors extends readonly DefinedActor[]> = Omit<
  NodeOptions,
  'definitions' | 'root' | 'implementations'
> & {
  /** Its kind is also its address. */
  readonly root: Root
  /** All other kinds of actors in the tree. */
  readonly actors?: Actors
} & InputOf<Root> &
  GivenImplementations<Root | Actors[number]>

/** Starts the tree, or resumes the stored one; resolves when mail is being taken. */
export async function startNode<
  Root extends DefinedActor,
  const Actors extends readonly DefinedActor[] = readonly [],
>(options: StartOptions<Root, Actors>): Promise<RunningNode<TypesIn<Root>['mail']>> {
  const given: TreeOptions = options as TreeOptions
  const definitions = [given.root, ...(given.actors ?? [])]
  mustBeWhole(definitions, given.implementations ?? {})
  const asks = new Asks(given.clock ?? systemClock)
  const readers = new Set<(fact: Fact) => void>()
  const node = await Node.start({
    ...given,
    definitions,
    implementations: given.implementations ?? {},
    root: { kind: given.root.kind, input: given.input ?? null },
    mail: asks.through(given.mail),
    tell: (fact) => {
      for (const reader of readers) reader(fact)
      given.tell?.(fact)
    },
  })
  return new RunningNode(given.root.kind, { node, asks, readers, mail: given.mail, store: given.store })
}

interface TreeOptions extends Omit<NodeOptions, 'definitions' | 'root' | 'implementations'> {
  readonly root: ActorDefinition
  readonly actors?: readonly ActorDefinition[]
  readonly input?: unknown
  readonly implementations?: Implementations
}

interface NodeParts extends Pick<NodeOptions, 'mail' | 'store'> {
  readonly node: Node
  readonly asks: Asks
  readonly readers: Set<(fact: Fact) => void>
}

/** The part of a node that the verbs of operators read: actors, their records, their steps and charts. */
export type NodeView = Pick<Node, 'actors' | 'records' | 'record' | 'watch' | 'chart' | 'check'>

/** A tree that runs in this process. */
export class RunningNode<RootMail = Event> {
  readonly root: Ref<RootMail>
  readonly #parts: NodeParts

  constructor(root: Address, parts: NodeParts) {
    this.root = { address: root }
    this.#parts = parts
  }

  /** Resolves when the root has ended or the node has stopped. */
  get ending(): Promise<NodeEnding> {
    return this.#parts.node.ending
  }

  get actors(): readonly ActorView[] {
    return this.#parts.node.actors
  }

  /** For `controlHandlers`, `inspectionVerbs` and `deadLetterHandlers`. */
  get view(): NodeView {
    return this.#parts.node
  }

  /** Sends an event; `accepted` when it is durable in the actor's mailbox. */
  tell<Mail>(to: Ref<Mail>, event: NoInfer<Mail>): Promise<SendResult>
  tell(to: Address, event: Event): Promise<SendResult>
  async tell(to: Ref<unknown> | Address, event: unknown): Promise<SendResult> {
    const { node, mail } = this.#parts
    const address = typeof to === 'string' ? to : to.address
    const checked = node.check(address, event as Event, { id: 'tell/check', from: null })
    if (!checked.ok) return { kind: 'refused', code: codeOf(checked.code), message: checked.message }
    const envelope = { id: `tell/${randomUUID()}`, to: address, from: null, event: checked.event }
    if ((await mail.publish(envelope)) === 'accepted') return { kind: 'accepted' }
    return {
      kind: 'refused',
      code: 'mailbox_full',
      message: `the mailbox of '${address}' is full; try again later`,
    }
  }

  /** Sends an event that carries `replyTo` and waits for the answer, at most until the deadline. */
  ask<Mail, const Asking extends QuestionTo<Mail>>(
    to: Ref<Mail>,
    event: Asking,
    { deadlineMs }: { readonly deadlineMs: number },
  ): Promise<AskResult<AnswerTo<Mail, Asking>>> {
    const { node, asks } = this.#parts
    const send = async (replyTo: Address): Promise<AskResult<never> | undefined> => {
      const told = await this.tell(to.address, { ...(event as unknown as Event), replyTo })
      return told.kind === 'refused' ? failed(told.code, told.message) : undefined
    }
    return asks.ask(deadlineMs, send, node.ending)
  }

  /** The actor's state and then each of its steps, until it ends: `for await (const each of node.watch(...))`. */
  watch(of: Ref<unknown> | Address): AsyncGenerator<WatchItem, void> {
    const { node, readers, store } = this.#parts
    const source: Watchable = {
      steps: (watcher) => node.watch(watcher),
      facts: (reader) => {
        readers.add(reader)
        return () => readers.delete(reader)
      },
      read: async (address) => (await store.read(address))?.record,
      isLive: (address) => node.actors.some((each) => each.address === address),
      over: node.ending,
    }
    return watch(source, typeof of === 'string' ? of : of.address)
  }

  /** OTP's functions for the supervisor at an address: reading and changing its children. */
  supervisor(of: Ref<unknown> | Address): SupervisorClient {
    return this.#parts.node.supervisor(typeof of === 'string' ? of : of.address)
  }

  /** Ends an actor at once, without asking it; its parent is told the reason and decides. */
  kill(of: Ref<unknown> | Address, reason: KillReason = 'killed'): boolean {
    return this.#parts.node.kill(typeof of === 'string' ? of : of.address, reason)
  }

  /** The number of actors, messages, timers and calls in this process. */
  get census(): Census {
    return this.#parts.node.census
  }

  /** Takes no more messages, gives running work `graceMs` to end, and leaves the rest for the next start. */
  stop(graceMs = 5_000): Promise<void> {
    return this.#parts.node.stop(graceMs)
  }
}

function codeOf(code: string): 'unknown_actor' | 'bad_event' | 'forbidden' {
  return code === 'unknown_actor' || code === 'forbidden' ? code : 'bad_event'
}

/** Throws for faults that the compiler cannot see: kinds without a definition, promises without an implementation. */
function mustBeWhole(definitions: readonly ActorDefinition[], implementations: Implementations): void {
  const kinds = new Set(definitions.map(({ kind }) => kind))
  for (const { kind, children, sources } of definitions) {
    const undefinedKind = Object.keys(children).find((child) => !kinds.has(child))
    if (undefinedKind !== undefined) {
      throw new Error(`actor ${kind}: its child '${undefinedKind}' has no definition; add it to actors`)
    }
    const missing = sources.find((src) => !(src in children) && !(src in implementations))
    if (missing !== undefined) {
      throw new Error(
        `actor ${kind}: the source '${missing}' has no implementation; add it to implementations`,
      )
    }
  }
}
