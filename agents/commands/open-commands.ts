// Open commands
//
// The user's agent commands as the agents' invocations use them: finds the worktree, the home and the settings of each
// request.
// Leaves: the process (run-command.ts), the request (ask-command.ts).

import { type AgentOrder, agentKinds } from '../../machines/index.ts'
import {
  adminFolder,
  FileRefused,
  named,
  plainPath,
  readInside,
  replaceInside,
  startOf,
  taskWorktree,
  type Workspace,
  worktreePath,
} from '../../workspace/index.ts'
import type { AgentCommandPort, CommandOrder } from '../ports.ts'
import { openCommandHome } from './command-home.ts'
import { nextPrompt, wholePrompt } from './command-prompts.ts'
import type { CommandFiles } from './protocols/command-protocol.ts'
import { commandProtocols } from './protocols/protocols.ts'
import { runAgentCommand } from './run-command.ts'
import type { AgentCommandsSettings } from './settings.ts'

export interface AgentCommandOptions {
  readonly workspace: Pick<Workspace, 'parts'>
  readonly settings: AgentCommandsSettings
  /** The user's environment and home. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly log: (sentence: string) => void
}

export function openAgentCommands({
  workspace: { parts },
  settings,
  env,
  home: usersHome,
  log,
}: AgentCommandOptions): AgentCommandPort {
  return {
    async run({ name, order, turns, allowance, signal }) {
      const known = settings[name]
      if (known === undefined) throw new Error(`there is no agent command ${name} in the configuration`)
      const place = named(worktreeOf(order))
      const worktree = taskWorktree(place)
      // Throws its own error when there is no worktree.
      await startOf(parts, place)
      const root = worktreePath(parts.places, worktree)
      const home = await openCommandHome(adminFolder(parts.places, worktree), conversationOf(name, turns))
      const isAgain = home.before.begun === turns.length
      const session = commandProtocols[known.protocol].resumes ? home.before.session : undefined
      await home.keep({ begun: turns.length })
      const mayWrite = agentKinds[order.kind].writes !== 'nothing'
      const words = { kind: order.kind, turns, isAgain }
      return runAgentCommand({
        ...{ parts, root, home, usersHome, env, session, mayWrite, allowance, signal },
        survey: order.site,
        settings: known,
        prompt: session === undefined ? wholePrompt(words) : nextPrompt(words),
        files: filesIn(root, adminFolder(parts.places, worktree), mayWrite),
        log: (sentence) => log(`${name}, task ${order.account.task}: ${sentence}`),
      })
    },
  }
}

function worktreeOf({ account: { milestone, task }, site }: AgentOrder) {
  return { milestone, task, survey: site }
}

/** Reviewers work in one worktree at the same time, each with its own first turn. */
function conversationOf(name: string, [first]: CommandOrder['turns']): string {
  return JSON.stringify([name, first])
}

const MAX_FILE_BYTES = 4 * 1024 * 1024
const NEW_FILE_MODE = 0o644

/** For protocols in which the client reads and writes files. */
function filesIn(root: string, spare: string, mayWrite: boolean): CommandFiles {
  return {
    async read(path) {
      const file = await readInside(root, plainPath(root, path), MAX_FILE_BYTES)
      if (file === undefined) throw new FileRefused(`there is no file ${path}`)
      return file.bytes.toString('utf8')
    },
    async write(path, text) {
      if (!mayWrite) throw new FileRefused('this task changes no files')
      const plain = plainPath(root, path)
      const mode = (await readInside(root, plain, MAX_FILE_BYTES))?.mode ?? NEW_FILE_MODE
      await replaceInside(root, plain, { bytes: Buffer.from(text), mode, spare })
    },
  }
}
