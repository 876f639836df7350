// Agent command settings
//
// What the user's own configuration file may say under `agents`.
// Leaves: which file may say it (app/configuration/), the protocols (protocols/), running the command (run-command.ts).
//
// A repository's file never says it: an agent command gets secrets and a way to the network.

import { z } from 'zod'
import { agentKindSchema } from '../../machines/index.ts'
import { type CommandProtocolName, commandProtocols } from './protocols/protocols.ts'

const hostSchema = z
  .string()
  .regex(
    /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    'the name of a host in lower case, e.g. api.example.org; it is reached by https, port 443',
  )

const loginSchema = z
  .string()
  .regex(/^~\/(?!.*(^|\/)\.{1,2}(\/|$))[^/].*[^/]$/, 'a file in your home, e.g. ~/.claude/.credentials.json')

export const agentCommandSettingsSchema = z.strictObject({
  protocol: z.enum(Object.keys(commandProtocols) as [CommandProtocolName, ...CommandProtocolName[]]),
  /** The program and its arguments; `{prompt}` in an argument is replaced by the prompt (protocol `command`). */
  command: z.tuple([z.string().min(1)], z.string().max(4_000)),
  /** The kinds of agents that it carries out instead of a model. */
  kinds: z.array(agentKindSchema).min(1),
  /** Environment variables that it gets besides those of every command, such as its key. */
  env: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable'))
    .default([]),
  /** Hosts that it may reach; none: no network. */
  network: z.array(hostSchema).default([]),
  /** Files that are copied into its home before each prompt, and removed from there afterwards. */
  login: z.array(loginSchema).default([]),
  /** Files and folders that it may read besides the worktree, the system and its own program. */
  readable: z.array(z.string().regex(/^\/[^/]/, 'an absolute path')).default([]),
  limits: z
    .strictObject({
      /** US dollars for one prompt: they are reserved before, and settled after. */
      usd: z.number().min(0.01).max(10_000).default(0.25),
      /** Seconds at work for one prompt. */
      seconds: z.int().min(1).max(86_400).default(3_600),
      /** Seconds without output after which it counts as stalled; for `command`, off by default. */
      silence: z.int().min(1).max(86_400).optional(),
      /** Prompts of an attempt: the task, refused answers, and processes that stalled or were interrupted. */
      prompts: z.int().min(1).max(50).default(4),
      /** Turns of its own for one prompt, where the protocol tells them. */
      steps: z.int().min(1).max(10_000).default(100),
      /** Tokens in and out for one prompt, where the protocol tells them. */
      tokens: z.int().min(1_000).max(1_000_000_000).default(4_000_000),
    })
    .prefault({}),
  /** What its time costs, where it does not report its cost: 0 for a program that costs nothing more. */
  price: z.strictObject({ 'usd-per-hour': z.number().min(0).max(10_000) }).optional(),
})
export type AgentCommandSettings = z.output<typeof agentCommandSettingsSchema>

/** By name. */
export const agentCommandsSettingsSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'a name: lower-case letters, digits and dashes'),
  agentCommandSettingsSchema,
)
export type AgentCommandsSettings = z.output<typeof agentCommandsSettingsSchema>
