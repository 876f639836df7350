// MCP settings
//
// The form of `mcp` in the user's configuration: the servers that the user grants agents, and the limits of each.
// Leaves: who may set it (app/configuration/fields.ts), starting a server (server.ts).
//
// S1. Nothing is granted by default: tools are listed by name, and so are variables, files and hosts.
// S2. A server whose tools change the worktree is for kinds of agents that change files.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type AgentKind, agentKindSchema, agentKinds } from '../../machines/index.ts'

/** The effect of a server's tools. `read`: none. `write`: on the worktree. `external`: on something outside. */
export const mcpEffectSchema = z.enum(['read', 'write', 'external'], 'read, write or external')
export type McpEffect = z.infer<typeof mcpEffectSchema>

const kind = z.enum(agentKindSchema.options, `one of ${agentKindSchema.options.join(', ')}`)

/** A program that Canopy starts and that speaks MCP over its standard input and output. */
const mcpServerSchema = z.strictObject({
  /** The program, by absolute path or as found on the PATH, and its arguments. */
  command: z.array(z.string().min(1).max(4_000)).min(1).max(64),
  /** The tools that agents may call, as the server names them. */
  tools: z
    .array(z.string().regex(/^[A-Za-z0-9_./-]{1,128}$/, 'the name of a tool: letters, digits and _ . / -'))
    .min(1)
    .max(64),
  effect: mcpEffectSchema,
  /** Absent: the kinds that change files. */
  agents: z.array(kind).min(1).optional(),
  /** Names of the user's environment variables that the server gets. */
  env: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable'))
    .max(32)
    .default([]),
  /** Files and folders that it may read, besides the worktree and the system. */
  files: z
    .array(z.string().regex(/^(\/|~\/)/, 'an absolute path, or one that begins with ~/'))
    .max(32)
    .default([]),
  /** Hosts that it may reach, by https. */
  network: z
    .array(z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a host such as api.example.com, in lower case'))
    .max(32)
    .default([]),
  /** Seconds for one call. */
  timeout: z.int().min(1).max(3_600).default(60),
  /** Calls of one attempt. */
  'max-calls': z.int().min(1).max(10_000).default(100),
  /** What a call costs. */
  'usd-per-call': z.number().min(0).max(1_000).default(0),
  'memory-mb': z.int().min(64).max(65_536).default(1_024),
})
export type McpServerSettings = z.output<typeof mcpServerSchema>

const serverName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,19}$/, 'a name of at most 20 lower-case letters, digits and dashes')

export const mcpSettingsSchema = z.record(serverName, mcpServerSchema).superRefine((servers, context) => {
  for (const [name, { tools, effect, agents = [] }] of Object.entries(servers)) {
    const complain = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [name, ...path], message })
    for (const [at, tool] of tools.entries())
      if (tools.indexOf(tool) < at) complain(['tools', at], 'each tool once')
    // S2.
    for (const [at, kind] of agents.entries())
      if (effect === 'write' && !isWriting(kind))
        complain(['agents', at], `one of ${WRITING.join(', ')}, because of effect write`)
  }
})
export type McpSettings = z.output<typeof mcpSettingsSchema>

const isWriting = (kind: AgentKind): boolean => agentKinds[kind].tools === 'all'
const WRITING = agentKindSchema.options.filter(isWriting)

/** The kinds of agents that may use a server. */
export function kindsFor({ agents }: Pick<McpServerSettings, 'agents'>): readonly AgentKind[] {
  return agents ?? WRITING
}

const PREFIX = 'mcp__'
/** Of a tool's name, for all vendors. */
const MAX_NAME = 64

/** The name of a server's tool as models see it: unique, because a server's name has no `_`. */
export function offeredName(server: string, tool: string): string {
  const plain = tool.replaceAll(/[^A-Za-z0-9_-]/g, '_')
  const room = MAX_NAME - PREFIX.length - server.length - 2
  if (plain === tool && plain.length <= room) return `${PREFIX}${server}__${plain}`
  const print = createHash('sha256').update(tool).digest('hex').slice(0, 6)
  return `${PREFIX}${server}__${plain.slice(0, room - print.length - 1)}_${print}`
}
