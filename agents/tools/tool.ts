// Tool
//
// Owns:   what a tool is: a name, what it is told a model to be for, the shape of its input, and what it does.
// Leaves: which there are and calling them (toolbox.ts).
//
// T1. What a model asks for wrongly is answered, with the way out; only what is nobody's fault is thrown.

import { z } from 'zod'
import type { Tool } from '../../machines/index.ts'
import type { Parts, SurveyOf } from '../../workspace/index.ts'
import type { Versions } from './versions.ts'

/** What a tool can use. */
export interface ToolContext {
  readonly parts: Parts
  readonly survey: SurveyOf
  /** Whose worktree it is. */
  readonly order: { readonly milestone: string; readonly task: string }
  /** Of the worktree. */
  readonly name: string
  readonly root: string
  readonly versions: Versions
}

export interface ToolOutcome {
  readonly content: string
  readonly failed: boolean
}

/**
 * What a call does to the worktree. `reads`: nothing. `repeatable`: the same call made again sees what is in place and
 * changes nothing more. `once`: the same call made again may do more.
 */
export type ToolEffect = 'reads' | 'repeatable' | 'once'

/** A tool as a model may call it. */
export interface OfferedTool {
  readonly tool: Tool
  readonly effect: ToolEffect
}

export interface WorkTool extends OfferedTool {
  /** Reads the input and does what it says. */
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
      return failure(
        `The input of ${name} is not what it takes. Nothing was done.\n${z.prettifyError(read.error)}`,
      )
    },
  }
}

export const success = (content: string): ToolOutcome => ({ content, failed: false })
export const failure = (content: string): ToolOutcome => ({ content, failed: true })
