// MCP messages
//
// The part of the Model Context Protocol that Canopy speaks: starting, the list of tools, calling one.
// Leaves: sending and waiting (client.ts). Prompts, resources, sampling and roots are not used.
//
// Everything from a server is read with these schemas; fields that they do not name are ignored.

import { z } from 'zod'
import { jsonOf } from '../../kernel/index.ts'

/** The newest first; a server that speaks another one is refused. */
export const PROTOCOL_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const

const incomingSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.int(), z.string().max(200)]).nullish(),
  method: z.string().max(200).optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
})
export type IncomingMessage = z.infer<typeof incomingSchema>

/** Undefined: the line is no message. */
export function incomingOf(line: string): IncomingMessage | undefined {
  return incomingSchema.safeParse(jsonOf(line)).data
}

export const initializedSchema = z.object({
  protocolVersion: z.enum(PROTOCOL_VERSIONS),
  capabilities: z.object({ tools: z.unknown().optional() }),
  serverInfo: z.object({ name: z.string(), version: z.string() }),
})
export type ServerInfo = z.infer<typeof initializedSchema>['serverInfo']

const listedToolSchema = z.object({
  name: z.string().max(200),
  description: z.string().optional(),
  inputSchema: z.record(z.string(), z.unknown()),
})
export type ListedTool = z.infer<typeof listedToolSchema>

export const toolPageSchema = z.object({
  tools: z.array(listedToolSchema).max(1_000),
  nextCursor: z.string().min(1).optional(),
})

const contentSchema = z.object({
  type: z.string().max(100),
  text: z.string().optional(),
  data: z.string().optional(),
  mimeType: z.string().max(200).optional(),
  uri: z.string().max(2_000).optional(),
  resource: z
    .object({
      uri: z.string().max(2_000),
      text: z.string().optional(),
      mimeType: z.string().max(200).optional(),
    })
    .optional(),
})
export type McpContent = z.infer<typeof contentSchema>

export const calledToolSchema = z.object({
  content: z.array(contentSchema).max(1_000).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().default(false),
})
export type ToolAnswer = z.infer<typeof calledToolSchema>
