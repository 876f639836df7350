// Scripted
//
// Owns:   a model that is a function: it answers or fails as the script says, after a fixed time, and costs nothing.
// Leaves: what the script decides.
//
// It keeps the same promises as the others: answers are made legal as theirs are, cut off at the deadline, and illegal
// conversations are refused.

import { randomUUID } from 'node:crypto'
import {
  type ModelFailure,
  type ModelRequest,
  modelFailureSchema,
  problemsOf,
  type RateLimit,
  type Usage,
} from '../../machines/index.ts'
import { sleep, systemClock } from '../../platform/index.ts'
import { type DraftBlock, replyOf } from './answers.ts'
import { BadAnswer, cutMessage } from './failures.ts'
import type { Model, SendOptions, TryResult } from './model.ts'
import { watched } from './watch.ts'

export interface ScriptedReply {
  readonly text?: string
  readonly calls?: readonly { readonly id?: string; readonly name: string; readonly input: unknown }[]
  readonly stop?: 'end' | 'length' | 'refused' | 'paused'
  readonly usage?: Usage
}

/** What a scripted model says to a request. */
export type ModelScript = (request: ModelRequest, at: number) => ScriptedOutcome | Promise<ScriptedOutcome>
export type ScriptedOutcome = ScriptedReply | { readonly failure: ModelFailure }

export interface ScriptedSettings {
  readonly name: `${string}/${string}`
  readonly script: ModelScript
  /** How long each answer takes. */
  readonly latencyMs?: number
  readonly limits?: readonly RateLimit[]
}

export function scriptedModel(settings: ScriptedSettings): Model {
  const { name, limits = [] } = settings
  let asked = 0
  return {
    name,
    async send(request, options): Promise<TryResult> {
      const at = asked++
      try {
        const said = await answered(settings, request, at, options)
        if ('failure' in said) return { kind: 'failed', model: name, failure: said.failure, limits }
        const reply = replyOf(draftOf(said), request)
        for (const block of reply.blocks) if (block.type === 'text') options.onText?.(block.text)
        return { kind: 'replied', model: name, reply, limits }
      } catch (error) {
        // Only what a vendor could do as well: a script that throws is a bug (M1).
        if (!(error instanceof BadAnswer)) throw error
        const { kind, message, usage } = error
        const failure = { kind, message, ...(usage ? { usage } : {}) }
        return { kind: 'failed', model: name, failure, limits }
      }
    },
    async countTokens(request) {
      return Math.ceil(JSON.stringify([request.system, request.tools, request.turns]).length / 4)
    },
  }
}

async function answered(
  { script, name, latencyMs = 0 }: ScriptedSettings,
  request: ModelRequest,
  at: number,
  { signal, idleMs, deadlineMs }: SendOptions,
): Promise<ScriptedOutcome> {
  const problems = problemsOf(request.turns)
  if (problems.length > 0) {
    throw new BadAnswer('bad_request', `the conversation is not legal: ${problems.join('; ')}`)
  }
  const ended = await watched({ signal, idleMs, deadlineMs }, async (signal) => {
    await sleep(systemClock, latencyMs, signal)
    signal.throwIfAborted()
    return script(withoutForeign(request, name), at)
  })
  if ('cut' in ended) {
    throw new BadAnswer(
      ended.cut === 'aborted' ? 'aborted' : 'timed_out',
      cutMessage(ended.cut, idleMs, deadlineMs),
    )
  }
  if ('failure' in ended.result) modelFailureSchema.parse(ended.result.failure)
  return ended.result
}

function draftOf({ text, calls = [], stop = 'end', usage }: ScriptedReply) {
  const blocks: DraftBlock[] = [
    ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
    ...calls.map(({ id = `call_${randomUUID()}`, name, input }) => ({
      type: 'draft_call' as const,
      id,
      name,
      json: JSON.stringify(input ?? {}),
    })),
  ]
  return { blocks, stop, usage }
}

/** As the vendors' models see it: what others keep for themselves is not for it. */
function withoutForeign(request: ModelRequest, name: string): ModelRequest {
  const turns = request.turns.map(({ role, blocks }) => ({
    role,
    blocks: blocks.filter((block) => block.type !== 'opaque' || block.provider === name),
  }))
  return { ...request, turns }
}
