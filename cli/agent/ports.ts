// Agent ports
//
// Owns:   what the agents' invocations need of the other rooms, small enough to be built by hand in a test.

import type { AgentOrder, ModelFailure, ModelReply, ModelRequest, Role, Tool } from '../../machines/index.ts'
import type { Transcripts } from '../../persistence/index.ts'

export interface AskOrder {
  readonly role: Role
  readonly request: ModelRequest
  /** Asked again under the same key, the same reply comes back and nothing is paid. */
  readonly key: string
  readonly signal: AbortSignal
  /** `provider/model` that should not be asked if there is another. */
  readonly avoid?: string
}

/** `microdollars`: all that was taken on the way to it, by whatever models. */
export type Asked =
  | { readonly kind: 'replied'; readonly reply: ModelReply; readonly microdollars: number }
  | { readonly kind: 'failed'; readonly failure: ModelFailure; readonly microdollars: number }
  | {
      readonly kind: 'paused'
      readonly model: string
      readonly message: string
      readonly retryAfterMs?: number
      readonly microdollars?: number
    }

export type AskModel = (order: AskOrder) => Promise<Asked>

/** The tools of one task's worktree. */
export interface AgentToolbox {
  readonly tools: readonly Tool[]
  use(
    call: { readonly name: string; readonly input: unknown },
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly content: string; readonly failed: boolean }>
  /** The git tree that the worktree's content makes. */
  tree(): Promise<string>
}

export interface AgentPorts {
  readonly ask: AskModel
  readonly transcripts: Transcripts
  readonly toolboxOf: (order: AgentOrder) => AgentToolbox
  /** What helps to find one's way in the repository, such as a map of it; told with the task. */
  readonly introduce?: (
    order: AgentOrder,
    about: { readonly brief: string; readonly signal: AbortSignal },
  ) => Promise<string>
  /** Milliseconds since anything. */
  readonly now?: () => number
  /** `false`: what is dropped of a conversation is remembered by rule, without a model. */
  readonly condense?: boolean
}
