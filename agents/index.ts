// Agents
//
// The public door of agents: asking models, their tools and prompts, shortening conversations.

export { type AgentImplementations, createAgentImplementations } from './implementations.ts'
export type { AskModel, AskOrder } from './ports.ts'
export { openToolbox, type Toolbox, type ToolboxOrder } from './tools/toolbox.ts'
