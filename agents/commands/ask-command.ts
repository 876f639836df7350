// Ask command
//
// One request to an agent command instead of a model: the prompt from the conversation, one process, the reply as a
// turn that hands in its answer.
// Leaves: the process (run-command.ts), what follows (machines/agent/agent.ts).
//
// A1. The start is stored before the process begins, and its end before the reply is used. A repetition of the request
//     returns the stored end; without one it starts no second process, but fails as interrupted with all that was
//     reserved as its cost. The machine then reserves again.

import type { ImplementationCall } from '../../actors/index.ts'
import { parseJson } from '../../kernel/index.ts'
import {
  type AgentInvocationInput,
  type AgentInvocationOutput,
  modelNameOf,
  noUsage,
  shorten,
  type Turn,
  tokensIn,
} from '../../machines/index.ts'
import type { AgentPorts, WithoutDuration } from '../ports.ts'
import { printOfInput } from '../prints.ts'
import { answerIn } from './command-prompts.ts'
import { type CommandResult, commandResultSchema } from './command-result.ts'

type ThinkInput = AgentInvocationInput<'think'>
type ThinkOutput = AgentInvocationOutput<'think'>

const LONGEST_TEXT = 20_000
const LONGEST_REASON = 2_000
const EXCERPT = 200

export async function askCommand(
  name: string,
  input: ThinkInput,
  { key, signal }: Pick<ImplementationCall, 'key' | 'signal'>,
  { transcripts, commands }: AgentPorts,
): Promise<WithoutDuration<ThinkOutput>> {
  const { order, head, allowance } = input
  if (!commands || !allowance) throw new Error(`there is no agent command ${name} here`)
  const turns = await transcripts.turns(head)
  // A1.
  const isRepeated = (await transcripts.begin(key, head)) !== undefined
  const stored = isRepeated ? await transcripts.begin(`${key}/end`, '') : undefined
  const result = isRepeated
    ? (storedResult(stored) ?? interrupted(allowance.microdollars))
    : await commands.run({ name, order, turns, allowance, signal })
  if (!isRepeated) await transcripts.begin(`${key}/end`, JSON.stringify(result))
  const { microdollars, cost, usage } = result
  const asked = { model: modelNameOf({ name }), microdollars, cost }
  if (result.failure) {
    const { reason, again } = result.failure
    const kind = again ? 'timed_out' : 'bad_request'
    return { kind: 'failed', ...asked, failure: { kind, message: reason.slice(0, LONGEST_REASON), usage } }
  }
  const answer = answerIn(result.text, order.kind)
  const call = { type: 'tool_call', id: `answer-${turns.length}`, name: 'submit', input: answer } as const
  const text = shorten(result.text.trim() || '(no words)', LONGEST_TEXT)
  const turn: Turn = { role: 'assistant', blocks: [{ type: 'text', text }, call] }
  const reply = {
    head: await transcripts.appendTurn(head, turn),
    stop: 'tool_calls' as const,
    calls: [{ id: call.id, name: call.name, print: printOfInput(answer), broken: false }],
    text: text.slice(0, EXCERPT),
    size: tokensIn([...turns, turn]),
    usage,
  }
  return { kind: 'replied', ...asked, reply }
}

/** A1. */
function storedResult(text: string | undefined): CommandResult | undefined {
  return text === undefined || text === '' ? undefined : commandResultSchema.parse(parseJson(text))
}

/** A1. */
function interrupted(microdollars: number): CommandResult {
  const reason = 'was interrupted when Canopy ended; what it had cost is unknown'
  return {
    text: '',
    failure: { reason, again: true },
    usage: noUsage,
    microdollars,
    cost: 'unknown',
  }
}
