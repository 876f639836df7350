// Agent ports
//
// The ports that the agents' invocations need of the other rooms, small enough to be built by hand in a test.

import type {
  AgentOrder,
  CommandAllowance,
  EarlierWork,
  ModelRequest,
  PricedResult,
  RepositoryRules,
  Role,
  Turn,
} from '../machines/index.ts'
import type { Transcripts } from '../persistence/index.ts'
import type { CommandResult } from './commands/command-result.ts'
import type { OfferedTool } from './tools/tool.ts'

export interface AskOrder {
  readonly role: Role
  readonly request: ModelRequest
  /** The budget's reservation for this call; checked only for agents on other nodes. */
  readonly reservation?: string
  /** The same key gives the same reply, without a second payment. */
  readonly key: string
  readonly signal: AbortSignal
  /** `provider/model`: `prefer` is asked first, `avoid` only if there is no other. */
  readonly prefer?: string
  readonly avoid?: string
}

export type AskModel = (order: AskOrder) => Promise<PricedResult>

/** The tools of one task's worktree. */
export interface AgentToolbox {
  readonly tools: readonly OfferedTool[]
  use(
    call: { readonly name: string; readonly input: unknown },
    /** `key`: the same when the call is made again after a crash. */
    options: { readonly key: string; readonly signal: AbortSignal },
  ): Promise<{ readonly content: string; readonly failed: boolean }>
  /** The git tree of the worktree's content. */
  tree(): Promise<string>
}

export interface CommandOrder {
  /** Of the agent command. */
  readonly name: string
  readonly order: AgentOrder
  readonly turns: readonly Turn[]
  readonly allowance: CommandAllowance
  readonly signal: AbortSignal
}

/** The user's agent commands. */
export interface AgentCommandPort {
  /** One process for the last turn; rejects only when `signal` is aborted, or for a failure of Canopy's own. */
  run(order: CommandOrder): Promise<CommandResult>
}

interface Introduction {
  /** Of the repository; may be empty. */
  readonly map: string
  readonly rules?: RepositoryRules
  /** Changes in the repository's history that are like the task. */
  readonly earlier?: readonly EarlierWork[]
}

export interface AgentPorts {
  readonly ask: AskModel
  readonly transcripts: Transcripts<Turn>
  /** Absent: there are none here. */
  readonly commands?: AgentCommandPort | undefined
  readonly toolboxOf: (order: AgentOrder) => AgentToolbox
  /** Orientation in the repository, sent with the task. */
  readonly introduce?: (
    order: AgentOrder,
    about: { readonly brief: string; readonly tree: string; readonly signal: AbortSignal },
  ) => Promise<Introduction>
  /** A clock in milliseconds, from any start. */
  readonly now?: () => number
  /** `false`: dropped turns are remembered by rule, without a model. */
  readonly condense?: boolean
}

/** The output of an invocation without its duration, which implementations.ts adds. */
export type WithoutDuration<Output> = Output extends unknown ? Omit<Output, 'ms'> : never
