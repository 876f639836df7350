// Actor types
//
// Owns:   the compile-time types of an actor: its mail, its input, its invocations, its children. They do not exist at
//         run time.

import type { AnyStateMachine, EventFrom, InputFrom, OutputFrom, StateMachine } from 'xstate'
import type { z } from 'zod'
import type { Event } from '../messages.ts'
import type { ActorDefinition, ActorOptions } from './actor-definition.ts'

/** The compile-time types of a kind of actor: its events, input and output, its promises, its children. */
export interface ActorTypes {
  readonly kind: string
  readonly mail: Event
  readonly input: unknown
  readonly output: unknown
  /** Promises by the names of their sources. */
  readonly promises: Readonly<Record<string, { readonly input: unknown; readonly output: unknown }>>
  /** Names of the sources that are actors themselves. */
  readonly children: string
}

/** A definition together with its compile-time types. */
export interface DefinedActor<Types extends ActorTypes = ActorTypes> extends ActorDefinition {
  readonly types?: Types
}

/** A machine's sources as `setup({ actors })` declared them. */
type SourceTypes<Machine extends AnyStateMachine> =
  Machine extends StateMachine<
    infer _Context,
    infer _Event,
    infer _Children,
    infer Actor,
    infer _Action,
    infer _Guard,
    infer _Delay,
    infer _Value,
    infer _Tag,
    infer _Input,
    infer _Output,
    infer _Emitted,
    infer _Meta,
    infer _Schema,
    infer _TransitionMeta
  >
    ? Actor
    : never

/** Names of the sources; `never` for a machine made without `setup`, which declares none. */
type SourceName<Machine extends AnyStateMachine> = string extends SourceTypes<Machine>['src']
  ? never
  : SourceTypes<Machine>['src']

type SourceLogic<Machine extends AnyStateMachine, Name extends string> = Extract<
  SourceTypes<Machine>,
  { src: Name }
>['logic']

type ChildName<Options> = Options extends { readonly children: infer Children }
  ? keyof Children & string
  : never

/** Rejects children that the machine does not declare, if it declares any source. */
export type KnownChildren<Options extends ActorOptions> = [SourceName<Options['machine']>] extends [never]
  ? unknown
  : {
      readonly children?: {
        readonly [Name in Exclude<ChildName<Options>, SourceName<Options['machine']>>]: never
      }
    }

type Promises<Options extends ActorOptions> = {
  readonly [Name in Exclude<SourceName<Options['machine']>, ChildName<Options>>]: {
    readonly input: InputFrom<SourceLogic<Options['machine'], Name>>
    readonly output: OutputFrom<SourceLogic<Options['machine'], Name>>
  }
}

/** The type of the events schema; without a schema, the machine's events. */
type AcceptedMail<Options extends ActorOptions> = Options extends {
  readonly events: infer Events extends z.core.$ZodType
}
  ? Extract<z.input<Events>, Event>
  : Extract<EventFrom<Options['machine']>, Event>

export interface TypesOf<Options extends ActorOptions> extends ActorTypes {
  readonly kind: Options['kind']
  readonly mail: AcceptedMail<Options>
  readonly input: InputFrom<Options['machine']>
  readonly output: OutputFrom<Options['machine']>
  readonly promises: Promises<Options>
  readonly children: ChildName<Options>
}

/** The types of a definition. */
export type TypesIn<Actor extends DefinedActor> = NonNullable<Actor['types']>
