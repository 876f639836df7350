// Protocols
//
// The protocols of agent commands. A new one is a file here and a line in this list.

import { acp } from './acp.ts'
import { claude } from './claude.ts'
import { codex } from './codex.ts'
import { command } from './command.ts'
import type { CommandProtocol } from './command-protocol.ts'

const all = { command, acp, claude, codex }

export type CommandProtocolName = keyof typeof all

export const commandProtocols: Readonly<Record<CommandProtocolName, CommandProtocol>> = all
