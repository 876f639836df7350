// Tool
//
// The interface of a tool: its name, its description for models, its input and its function.
// Leaves: the list of tools and calling them (toolbox.ts).
//
// A model's mistake is answered with the way out; only failures of the environment are thrown.

import { z } from 'zod'
import type { AgentKind, ModelTool } from '../../machines/index.ts'
import type { SurveyOf, WorkspaceParts } from '../../workspace/index.ts'
import type { Versions } from './versions.ts'

/** The parts that a tool can use. */
export interface ToolContext {
  readonly parts: WorkspaceParts
  readonly survey: SurveyOf
  /** The task of the worktree. */
  readonly order: { readonly milestone: string; readonly task: string }
  /** Of the worktree. */
  readonly name: string
  readonly root: string
  readonly versions: Versions
  /** Folders of the user that commands see besides the worktree. */
  readonly readable: readonly string[]
}

export interface ToolOutcome {
  readonly content: string
  readonly failed: boolean
}

/**
 * The effect of a call on the worktree. `reads`: none. `repeatable`: the same call again finds its result in place and
 * changes nothing. `once`: the same call again may change more. `outside`: none; it changes something else, and the tool
 * itself repeats no call.
 */
export type ToolEffect = 'reads' | 'repeatable' | 'once' | 'outside'

/** A tool as models see it. */
export interface OfferedTool {
  readonly tool: ModelTool
  readonly effect: ToolEffect
  /** The kinds of agents that may use it; absent: as their kind says of all tools. */
  readonly kinds?: readonly AgentKind[]
  /** What a call costs; absent: nothing. */
  readonly microdollars?: number
  /** Its calls take computing time of the budget; absent: no. */
  readonly computes?: boolean
}

interface WorkTool extends OfferedTool {
  /** Parses the input and carries it out. */
  use(context: ToolContext, input: unknown, signal: AbortSignal | undefined): Promise<ToolOutcome>
}

interface ToolDefinition<Input extends z.ZodType> {
  readonly name: string
  readonly description: string
  readonly effect: ToolEffect
  readonly input: Input
  use(context: ToolContext, input: z.output<Input>, signal: AbortSignal | undefined): Promise<ToolOutcome>
}

export function defineTool<Input extends z.ZodType>(definition: ToolDefinition<Input>): WorkTool {
  const { name, description, effect, input: schema } = definition
  const { $schema: _, ...input } = z.toJSONSchema(schema, { io: 'input' })
  return {
    tool: { name, description, input },
    effect,
    async use(context, given, signal) {
      const read = schema.safeParse(given)
      if (read.success) return definition.use(context, read.data, signal)
      return failure(`The input of ${name} is invalid. Nothing was done.\n${z.prettifyError(read.error)}`)
    },
  }
}

export const success = (content: string): ToolOutcome => ({ content, failed: false })
export const failure = (content: string): ToolOutcome => ({ content, failed: true })
