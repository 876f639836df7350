// Granted tools
//
// Owns:   the tools that the user grants the agents of a run: opened, recorded, replayed.
// Leaves: the tools (agents/), the pins (app/mcp/).

import {
  combined,
  mcpTools,
  noUserTools,
  recordedTools,
  replayedTools,
  serverPlaces,
  type ToolRecords,
  UnrecordedToolCall,
  type UserTools,
  userSkills,
} from '../../agents/index.ts'
import { createRedactor } from '../../machines/index.ts'
import type { Workspace } from '../../workspace/index.ts'
import { UserError } from '../errors.ts'
import { pinServers } from '../mcp/pin-servers.ts'
import type { Replaying } from '../replay/replaying.ts'
import type { Opening } from './opening.ts'
import type { RunStore } from './run-store.ts'
import { toolRecords } from './tool-records.ts'

export async function openGrantedTools(
  { settings, output, secrets, replay, opened, stop }: Opening,
  { parts }: Pick<Workspace, 'parts'>,
  { store }: RunStore,
): Promise<UserTools> {
  const redactor = createRedactor(secrets)
  if (replay) return replayed(replay, toolRecords(replay.replies, redactor))
  const { mcp = [], skills = [] } = settings
  if (mcp.length + skills.length === 0) return noUserTools
  const records = toolRecords(store.replies(), redactor)
  const notice = (sentence: string): void => output.notice(sentence)
  const servers = await pinServers(mcp, { records, sandbox: parts.sandbox, notice, signal: stop })
  const all = combined([
    mcpTools({ servers, placeFor: serverPlaces(parts), notice }),
    await userSkills(skills, notice),
  ])
  const granted = await recordedTools(all, { records, now: Date.now })
  opened.defer(() => granted.close())
  return granted
}

/** A call that was not recorded ends the replay. */
async function replayed(replay: Replaying, records: ToolRecords): Promise<UserTools> {
  const recorded = await replayedTools(records)
  return {
    ...recorded,
    async use(call) {
      try {
        return await recorded.use(call)
      } catch (error) {
        if (!(error instanceof UnrecordedToolCall)) throw error
        replay.stop(
          new UserError(
            'not_replayable',
            error.message,
            'Replay a run with its store and the same version.',
            {
              cause: error,
            },
          ),
        )
        return new Promise((_, reject) =>
          call.signal.addEventListener('abort', () => reject(call.signal.reason), { once: true }),
        )
      }
    },
  }
}
