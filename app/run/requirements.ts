// Requirements
//
// Owns:   what a run needs of the machine besides Node and git: a nats-server and a sandbox. Each is found, or
//         fetched, or asked for in one sentence with the one command that gets it.

import { bubblewrapTool, findTool, natsServerTool, type ProgramTool } from '../../programs/index.ts'
import {
  bubblewrap,
  diskLimits,
  probeBubblewrap,
  type Sandbox,
  type SandboxSettings,
  unsandboxed,
} from '../../workspace/index.ts'
import { UserError } from '../errors.ts'

type Notice = (sentence: string) => void

/** The path of a nats-server that runs here. */
export async function requireNatsServer(notice: Notice): Promise<string> {
  return requireTool(natsServerTool, notice, 'or give the URL of a running one: --nats nats://127.0.0.1:4222')
}

interface SandboxChoice {
  readonly sandbox: boolean
  readonly sandboxLimits?: SandboxSettings
}

/** Where everything of the repository runs. Without a fence only when the user said so. */
export async function requireSandbox(
  { sandbox, sandboxLimits }: SandboxChoice,
  notice: Notice,
): Promise<Sandbox> {
  const disk = diskLimits(sandboxLimits)
  if (!sandbox) {
    notice('--no-sandbox: the tests of the repository run with all your rights, network and files')
    return unsandboxed({ disk })
  }
  const path = await requireTool(bubblewrapTool, notice, 'or, if you trust the code: --no-sandbox')
  const probe = await probeBubblewrap(path)
  if (probe.works) return bubblewrap({ path, disk })
  throw new UserError('no_sandbox', probe.reason, 'If you trust the code, run without one: --no-sandbox')
}

async function requireTool(tool: ProgramTool, notice: Notice, otherwise: string): Promise<string> {
  const found = await findTool(tool, { onProgress: notice })
  if (found.kind === 'found') return found.path
  throw new UserError('tool_missing', found.reason, `Install it: ${found.command}\n${otherwise}`)
}
