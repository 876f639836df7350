// Agent
//
// Owns:   the door of this folder: what agents' machines ask for, carried out over ports.

export { createAgentImplementations } from './implementations.ts'
export {
  type AgentPorts,
  type AgentToolbox,
  type Asked,
  type AskModel,
  type AskOrder,
  takenFor,
} from './ports.ts'
