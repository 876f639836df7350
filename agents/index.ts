// Agents
//
// The public door of agents: asking models, their tools and prompts, shortening conversations.

export { type AgentCommandOptions, openAgentCommands } from './commands/open-commands.ts'
export {
  type AgentCommandSettings,
  type AgentCommandsSettings,
  agentCommandsSettingsSchema,
} from './commands/settings.ts'
export { type AgentImplementations, createAgentImplementations } from './implementations.ts'
export { type DiscoveredServer, discover } from './mcp/discover.ts'
export { type McpSettings, mcpSettingsSchema } from './mcp/mcp-settings.ts'
export { mcpTools, type PinnedServer } from './mcp/mcp-tools.ts'
export { pinnedToolSchema } from './mcp/pinned-tool.ts'
export type { GrantedServer } from './mcp/server.ts'
export { serverPlaces } from './mcp/server-place.ts'
export type { AgentCommandPort, AskModel, AskOrder } from './ports.ts'
export { userSkills } from './skills/user-skills.ts'
export { openToolbox, type Toolbox, type ToolboxOrder } from './tools/toolbox.ts'
export {
  agentOf,
  combined,
  noUserTools,
  recordedTools,
  replayedTools,
  type ToolRecords,
  UnrecordedToolCall,
  type UserTools,
  withUserTools,
} from './user-tools.ts'
