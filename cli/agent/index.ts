// Agent
//
// Owns:   the door of this folder: what agents' machines ask for, carried out over ports.

export { createAgentImplementations } from './implementations.ts'
export type { AgentPorts, AgentToolbox, Asked, AskModel, AskOrder } from './ports.ts'
