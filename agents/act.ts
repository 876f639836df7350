// Act
//
// Carries out one call of a reply: with a tool of the worktree, or with the agent's own `note` or `submit`.
// Leaves: the tools (agents/tools/), what follows (machines/agent/agent.ts).
//
// A call that could not be parsed, or whose tool the kind may not use, is answered and not carried out.
// A1. The start of a call is stored before its tool runs. After a crash, a call that started and did not finish runs
//     again if it is repeatable. Any other runs again only if the tree is unchanged; otherwise the answer says that it
//     was interrupted.

import { type ImplementationCall, RetryableError } from '../actors/index.ts'
import {
  type AgentInvocationInput,
  type AgentInvocationOutput,
  agentKinds,
  type ContentBlock,
  callsOf,
  INTERRUPTED,
  shorten,
  type ToolCall,
  type Turn,
  tokensIn,
} from '../machines/index.ts'
import { givenTool, toolsOf } from './own-tools.ts'
import type { AgentPorts, AgentToolbox, WithoutDuration } from './ports.ts'
import { printOfResult } from './prints.ts'
import type { ToolEffect } from './tools/tool.ts'

type Input = AgentInvocationInput<'act'>
type ActOutput = AgentInvocationOutput<'act'>
type ActCall = Pick<ImplementationCall, 'key' | 'signal'>

interface Result {
  readonly content: string
  readonly failed: boolean
  /** Set when the call ended the work. */
  readonly end?:
    | { readonly kind: 'submitted'; readonly answer: unknown }
    | { readonly kind: 'gave_up'; readonly reason: string }
}

const LONGEST_RESULT = 40_000

export async function act(
  input: Input,
  around: ActCall,
  ports: AgentPorts,
): Promise<WithoutDuration<ActOutput>> {
  const { head, answers, call: id } = input
  const { turn } = await ports.transcripts.turn(head)
  const call = callsOf(turn).find((each) => each.id === id)
  if (!call) throw new Error(`call ${id}: it is not in the reply ${head}`)
  const toolbox = ports.toolboxOf(input.order)
  const { content, failed, end } = await carryOut(call, input, around, ports, toolbox)
  const result: ContentBlock = {
    type: 'tool_result',
    call: id,
    content: shorten(content, LONGEST_RESULT),
    failed,
  }
  const before = answers === null ? [] : (await ports.transcripts.turn(answers)).turn.blocks
  const answered: Turn = { role: 'user', blocks: [...before, result] }
  const written = await ports.transcripts.appendTurn(head, answered)
  if (end) return { ...end, answers: written }
  return {
    kind: 'acted',
    answers: written,
    failed,
    print: printOfResult(content, failed),
    tree: isChanging(givenTool(input.order.kind, toolbox, call.name)?.effect)
      ? await toolbox.tree()
      : input.tree,
    size: tokensIn([{ role: 'user', blocks: [result] }]),
  }
}

async function carryOut(
  call: ToolCall,
  input: Input,
  around: ActCall,
  ports: AgentPorts,
  toolbox: AgentToolbox,
): Promise<Result> {
  const { name, problem } = call
  if (problem !== undefined)
    return refused(
      `It was not carried out: ${problem}. Give the arguments as one complete JSON object, smaller if need be.`,
    )
  if (name === 'note') return note(call.input)
  if (name === 'submit') return submit(call.input, input, toolbox)
  const { order } = input
  const effect = givenTool(order.kind, toolbox, name)?.effect
  if (effect === undefined) {
    const names = toolsOf(order, toolbox).map((tool) => tool.name)
    return refused(`There is no tool ${name} here. There are ${names.join(', ')}.`)
  }
  // A1.
  const isAgain = isChanging(effect) && (await ports.transcripts.begin(around.key, input.tree)) !== undefined
  if (isAgain && effect === 'once') {
    const tree = await toolbox.tree()
    if (tree !== input.tree) return refused(`${INTERRUPTED}. Its tree went from ${input.tree} to ${tree}.`)
  }
  try {
    return await toolbox.use({ name, input: call.input }, around)
  } catch (error) {
    if (around.signal.aborted) throw error
    throw new RetryableError(`${name}: ${(error as Error).message}`, { cause: error })
  }
}

function isChanging(effect: ToolEffect | undefined): boolean {
  return effect === 'repeatable' || effect === 'once'
}

function note(input: unknown): Result {
  const text = (input as { text?: unknown } | null)?.text
  if (typeof text !== 'string' || text.trim() === '') return refused('text: say what is to be written down.')
  return { content: 'The note is stored.', failed: false }
}

async function submit(answer: unknown, { order, firstTree }: Input, toolbox: AgentToolbox): Promise<Result> {
  const judged = agentKinds[order.kind].judge(answer, (await toolbox.tree()) !== firstTree)
  switch (judged.kind) {
    case 'accepted':
      return {
        content: 'The work is submitted.',
        failed: false,
        end: { kind: 'submitted', answer: judged.answer },
      }
    case 'cannot':
      return {
        content: 'The task is given up.',
        failed: false,
        end: { kind: 'gave_up', reason: judged.reason },
      }
    case 'refused':
      return refused(`It was refused:\n${judged.reasons.map((reason) => `- ${reason}`).join('\n')}`)
    default:
      return judged satisfies never
  }
}

function refused(content: string): Result {
  return { content, failed: true }
}
