// Agent commands
//
// Owns:   which agent commands a run uses: what the configuration says, and whether they can work on this machine.
// Leaves: what may be said, running them (agents/commands/).
//
// C1. A command runs in the sandbox only: without one, nothing would keep it from the user's files.
// C2. Its secrets come from the environment only; the file names the variables.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentCommandSettings, AgentCommandsSettings } from '../../agents/index.ts'
import {
  type AgentCommand,
  type AgentCommands,
  type AgentKind,
  isCoverageGoal,
  type Milestone,
} from '../../machines/index.ts'
import { programFor } from '../../workspace/index.ts'
import { UserError } from '../errors.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'

export interface RunCommands {
  readonly settings: AgentCommandsSettings
  readonly inUse: AgentCommands
}

/** How an agent command is configured. */
export const AGENTS_WAY_OUT = `For example, in ~/.config/canopy/config.yaml:
  agents:
    claude:
      protocol: claude
      command: [claude]
      kinds: [code, test, debug]
      env: [ANTHROPIC_API_KEY]
      network: [api.anthropic.com]
      limits: { usd: 0.5, seconds: 1800 }`

/** The agent commands for these milestones; undefined when none of them needs one. */
export function commandsFor(
  milestones: readonly Milestone[],
  settings: AgentCommandsSettings | undefined,
  { env, home, sandbox }: Pick<HostEnvironment, 'env' | 'home'> & { readonly sandbox: boolean },
): RunCommands | undefined {
  const named = Object.entries(settings ?? {})
  if (settings === undefined || named.length === 0) return undefined
  if (milestones.every(({ goal }) => isCoverageGoal(goal))) return undefined
  const problems = [
    ...(sandbox ? [] : ['agents: they need the sandbox; expected a run without --no-sandbox']),
    ...named.flatMap(([name, each]) => problemsOf(name, each, { env, home })),
    ...kindsTwice(named),
  ]
  if (problems.length > 0) throw new UserError('agents_invalid', problems.join('\n'), AGENTS_WAY_OUT)
  const kinds = Object.fromEntries(named.flatMap(([name, each]) => each.kinds.map((kind) => [kind, name])))
  return { settings, inUse: { commands: named.map(commandOf), kinds } }
}

function commandOf([name, { limits }]: [string, AgentCommandSettings]): AgentCommand {
  return {
    name,
    prompts: limits.prompts,
    tokens: limits.tokens,
    microdollars: Math.round(limits.usd * 1e6),
    ms: limits.seconds * 1000,
  }
}

function problemsOf(
  name: string,
  { command, env: variables, login, readable }: AgentCommandSettings,
  { env, home }: Pick<HostEnvironment, 'env' | 'home'>,
): string[] {
  const field = `agents.${name}`
  const [program = ''] = command
  const missing = variables.filter((variable) => !env[variable])
  const noFile = login.filter((file) => !existsSync(join(home, file.slice(2))))
  return [
    ...(programFor(program) ? [] : [`${field}.command is "${program}"; expected a program on the PATH`]),
    ...missing.map((variable) => `${field}.env has ${variable}, which is not set; expected its value`),
    ...noFile.map((file) => `${field}.login has ${file}, which does not exist; expected a file in your home`),
    ...readable
      .filter((path) => !existsSync(path))
      .map((path) => `${field}.readable has ${path}, which does not exist; expected a file or folder`),
  ]
}

/** A kind of agent is carried out by one command. */
function kindsTwice(named: readonly [string, AgentCommandSettings][]): string[] {
  const byKind = new Map<AgentKind, string>()
  return named.flatMap(([name, { kinds }]) =>
    kinds.flatMap((kind) => {
      const other = byKind.get(kind)
      byKind.set(kind, name)
      if (other === undefined) return []
      return [`agents.${name}.kinds has ${kind}, which agents.${other} has, too; expected it in one of them`]
    }),
  )
}
