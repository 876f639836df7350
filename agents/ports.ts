// Agent ports
//
// Owns:   what the agents' invocations need of the other rooms, small enough to be built by hand in a test.

import {
  type AgentOrder,
  type ModelFailure,
  type ModelReply,
  type ModelRequest,
  noUsage,
  type Role,
  type Turn,
  type Usage,
} from '../machines/index.ts'
import type { Transcripts } from '../persistence/index.ts'
import type { OfferedTool } from './tools/tool.ts'

export interface AskOrder {
  readonly role: Role
  readonly request: ModelRequest
  /** What the budget granted for this call; only calls of agents on other nodes are held to it. */
  readonly reservation?: string
  /** Asked again under the same key, the same reply comes back and nothing is paid. */
  readonly key: string
  readonly signal: AbortSignal
  /** `provider/model` to be asked first; one that should not be asked if there is another. */
  readonly prefer?: string
  readonly avoid?: string
}

/**
 * `microdollars` and `usage`: all that was taken on the way to it, by whatever models, tries that failed and were paid
 * all the same among it. Without `usage` it is what the reply or the failure says.
 */
export type Asked =
  | {
      readonly kind: 'replied'
      readonly reply: ModelReply
      readonly microdollars: number
      readonly usage?: Usage
    }
  | {
      readonly kind: 'failed'
      /** Who was asked last. */
      readonly by?: string
      readonly failure: ModelFailure
      readonly microdollars: number
      readonly usage?: Usage
    }
  | {
      readonly kind: 'paused'
      readonly model: string
      readonly message: string
      readonly retryAfterMs?: number
      readonly microdollars?: number
      readonly usage?: Usage
    }

/** All that was taken on the way to an answer. */
export function takenFor(asked: Asked): { readonly usage: Usage; readonly microdollars: number } {
  const { usage, microdollars = 0 } = asked
  switch (asked.kind) {
    case 'replied':
      return { usage: usage ?? asked.reply.usage, microdollars }
    case 'failed':
      return { usage: usage ?? asked.failure.usage ?? noUsage, microdollars }
    case 'paused':
      return { usage: usage ?? noUsage, microdollars }
    default:
      return asked satisfies never
  }
}

export type AskModel = (order: AskOrder) => Promise<Asked>

/** The tools of one task's worktree. */
export interface AgentToolbox {
  readonly tools: readonly OfferedTool[]
  use(
    call: { readonly name: string; readonly input: unknown },
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly content: string; readonly failed: boolean }>
  /** The git tree that the worktree's content makes. */
  tree(): Promise<string>
}

export interface AgentPorts {
  readonly ask: AskModel
  readonly transcripts: Transcripts<Turn>
  readonly toolboxOf: (order: AgentOrder) => AgentToolbox
  /** What helps to find one's way in the repository, such as a map of it; told with the task. */
  readonly introduce?: (
    order: AgentOrder,
    about: { readonly brief: string; readonly tree: string; readonly signal: AbortSignal },
  ) => Promise<string>
  /** Milliseconds since anything. */
  readonly now?: () => number
  /** `false`: what is dropped of a conversation is remembered by rule, without a model. */
  readonly condense?: boolean
}
