// Command player: a player's script, carried out by an agent command instead of through the tools of a model.

import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Turn } from '../../machines/index.ts'
import type { Asked, ServedCall } from '../model-servers/index.ts'
import type { Job } from './job.ts'
import type { Player } from './players.ts'

const AGENT = resolve(import.meta.dirname, 'command-agent.ts')
/** Longer ones never hand anything in. */
const MAX_CALLS = 16

/** As in a configuration file: the agent command `played`, which works as the player does. */
export async function commandPlayer(player: Player, job: Job, more: object = {}): Promise<object> {
  const script = join(job.root, 'script.json')
  await writeFile(script, JSON.stringify(await callsOf(player, job)))
  const protocol = (more as { protocol?: string }).protocol ?? 'command'
  return {
    played: {
      protocol,
      command: [process.execPath, AGENT, protocol, script],
      kinds: ['code', 'test', 'refactor', 'document', 'debug'],
      readable: [AGENT, script],
      price: { 'usd-per-hour': 1 },
      ...more,
    },
  }
}

/** What the player calls, a list for each time that it hands something in. */
async function callsOf(player: Player, job: Job): Promise<ServedCall[][]> {
  const decide = player(job)
  const prompts: ServedCall[][] = [[]]
  const turns: Turn[] = [{ role: 'user', blocks: [{ type: 'text', text: 'The task.' }] }]
  for (let at = 0; at < MAX_CALLS; at += 1) {
    const served = await decide({ turns, tools: [], model: 'model' } as unknown as Asked, at)
    const calls = 'calls' in served ? (served.calls ?? []) : []
    if (calls.length === 0) continue
    prompts.at(-1)?.push(...calls)
    if (calls.some(({ name }) => name === 'submit')) prompts.push([])
    turns.push(
      {
        role: 'assistant',
        blocks: calls.map((call, n) => ({
          type: 'tool_call',
          id: `${at}-${n}`,
          name: call.name,
          input: call.input,
        })),
      },
      { role: 'user', blocks: [{ type: 'text', text: 'Go on.' }] },
    )
  }
  return prompts.filter((calls) => calls.length > 0)
}
