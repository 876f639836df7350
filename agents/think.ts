// Think
//
// One request to a model, or to an agent command in its place: loads the conversation, adds the machine's words, stores the reply.
// Leaves: choosing a model, retries, money (the asker), what follows (machines/agent/agent.ts).
//
// Run again under its key it writes the same turns: the asker gives the same reply, and a turn is named by its content.
// Each request is legal, wherever the conversation was cut.

import type { ImplementationCall } from '../actors/index.ts'
import {
  type AgentInvocationInput,
  type AgentInvocationOutput,
  callsOf,
  leastTokens,
  type ModelReply,
  mended,
  type Turn,
  tokensIn,
  tokensOf,
} from '../machines/index.ts'
import { askCommand } from './commands/ask-command.ts'
import { frameSize, givenTool, toolsOf } from './own-tools.ts'
import type { AgentPorts, WithoutDuration } from './ports.ts'
import { printOfInput } from './prints.ts'
import { promptOf } from './prompts/prompts.ts'

type ThinkOutput = AgentInvocationOutput<'think'>

const EXCERPT = 200

export async function think(
  input: AgentInvocationInput<'think'>,
  call: Pick<ImplementationCall, 'key' | 'signal'>,
  ports: AgentPorts,
): Promise<WithoutDuration<ThinkOutput>> {
  const { command } = input.order
  return command === undefined ? askModel(input, call, ports) : askCommand(command, input, call, ports)
}

async function askModel(
  { order, head, say, avoid, outputTokens, reservation }: AgentInvocationInput<'think'>,
  { key, signal }: Pick<ImplementationCall, 'key' | 'signal'>,
  { ask, transcripts, toolboxOf }: AgentPorts,
): Promise<WithoutDuration<ThinkOutput>> {
  const toolbox = toolboxOf(order)
  const open = say === null ? head : await told(head, say, transcripts)
  const turns = mended(await transcripts.turns(open))
  const { milestone, task, attempt } = order.account
  const asked = await ask({
    role: order.role,
    request: {
      system: promptOf(order.kind),
      tools: toolsOf(order, toolbox),
      turns,
      maxOutputTokens: outputTokens,
      cacheKey: `${milestone}/${task}/${attempt}/${order.kind}`,
    },
    key,
    signal,
    reservation,
    ...(order.prefer !== undefined && { prefer: order.prefer }),
    ...(avoid !== null && { avoid }),
  })
  if (asked.kind !== 'replied') return asked
  const { stop, usage } = asked.reply
  const turn = turnOf(asked.reply)
  const reply = {
    head: await transcripts.appendTurn(open, turn),
    stop,
    calls: callsOf(turn).map(({ id, name, input, problem }) => {
      const isBroken = problem !== undefined
      const { microdollars, computes } = (isBroken ? undefined : givenTool(order.kind, toolbox, name)) ?? {}
      return {
        id,
        name,
        print: printOfInput(input),
        broken: isBroken,
        ...(microdollars !== undefined && { microdollars }),
        ...(computes !== undefined && { computes }),
      }
    }),
    text: turn.blocks
      .flatMap((block) => (block.type === 'text' ? [block.text] : []))
      .join(' ')
      .slice(0, EXCERPT),
    // Some servers do not count tokens, others count too few.
    size: sizeOf(tokensOf(usage), frameSize(order, toolbox) + tokensIn([...turns, turn])),
    usage,
  }
  return { ...asked, reply }
}

/** The next request is compared with its reservation (app/nodes/). */
function sizeOf(measured: number, guessed: number): number {
  return measured > 0 ? Math.max(measured, leastTokens(guessed)) : guessed
}

/** The conversation with these words at the end of the user's turn. */
async function told(head: string, say: string, transcripts: AgentPorts['transcripts']): Promise<string> {
  const { previous, turn } = await transcripts.turn(head)
  const words = { type: 'text', text: say } as const
  if (turn.role === 'assistant') return transcripts.appendTurn(head, { role: 'user', blocks: [words] })
  return transcripts.appendTurn(previous, { ...turn, blocks: [...turn.blocks, words] })
}

/** With one call for each id. */
function turnOf({ blocks }: ModelReply): Turn {
  const ids = new Set<string>()
  const once = blocks.filter((block) => {
    if (block.type === 'tool_result') return false
    if (block.type !== 'tool_call') return true
    const isNew = !ids.has(block.id)
    ids.add(block.id)
    return isNew
  })
  return { role: 'assistant', blocks: once.length > 0 ? once : [{ type: 'text', text: '(no answer)' }] }
}
