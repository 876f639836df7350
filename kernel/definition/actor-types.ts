// Actor types
//
// Owns:   what the compiler knows of an actor: its mail, its input, what it invokes, its children. Nothing of it is
//         there at run time.

import type { AnyStateMachine, EventFrom, InputFrom, OutputFrom, StateMachine } from 'xstate'
import type { z } from 'zod'
import type { Event } from '../messages.ts'
import type { ActorDefinition, ActorOptions } from './definition.ts'

export interface ActorTypes {
  readonly kind: string
  readonly mail: Event
  readonly input: unknown
  readonly output: unknown
  /** Promises by the names of their sources. */
  readonly promises: Readonly<Record<string, { readonly input: unknown; readonly output: unknown }>>
  /** Names of the sources that are actors of their own. */
  readonly children: string
}

/** A definition whose types the compiler remembers. */
export interface DefinedActor<Types extends ActorTypes = ActorTypes> extends ActorDefinition {
  readonly types?: Types
}

/** A machine's sources as `setup({ actors })` declared them. */
type Provided<Machine extends AnyStateMachine> =
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

/** Names of the sources; none where a machine was made without `setup`, since nothing says them. */
export type SourceName<Machine extends AnyStateMachine> = string extends Provided<Machine>['src']
  ? never
  : Provided<Machine>['src']

type Logic<Machine extends AnyStateMachine, Name extends string> = Extract<
  Provided<Machine>,
  { src: Name }
>['logic']

type ChildName<Options> = Options extends { readonly children: infer Children }
  ? keyof Children & string
  : never

/** Children that the machine does not declare are a mistake, where it declares anything. */
export type KnownChildren<Options extends ActorOptions> = [SourceName<Options['machine']>] extends [never]
  ? unknown
  : {
      readonly children?: {
        readonly [Name in Exclude<ChildName<Options>, SourceName<Options['machine']>>]: never
      }
    }

type Promises<Options extends ActorOptions> = {
  readonly [Name in Exclude<SourceName<Options['machine']>, ChildName<Options>>]: {
    readonly input: InputFrom<Logic<Options['machine'], Name>>
    readonly output: OutputFrom<Logic<Options['machine'], Name>>
  }
}

/** Mail is what the schema takes; without one, what the machine takes. */
type Mail<Options extends ActorOptions> = Options extends { readonly events: infer Events extends z.ZodType }
  ? Extract<z.input<Events>, Event>
  : Extract<EventFrom<Options['machine']>, Event>

export interface TypesOf<Options extends ActorOptions> extends ActorTypes {
  readonly kind: Options['kind']
  readonly mail: Mail<Options>
  readonly input: InputFrom<Options['machine']>
  readonly output: OutputFrom<Options['machine']>
  readonly promises: Promises<Options>
  readonly children: ChildName<Options>
}

/** The types of a definition. */
export type TypesIn<Actor extends DefinedActor> = NonNullable<Actor['types']>
