// Providers
//
// Owns:   the door of the room: who can write tests.

export { analysis } from './analysis/analysis.ts'
export {
  type Arm,
  armSchema,
  type WriteReply,
  type WriteRequest,
  writeReplySchema,
  writeRequestSchema,
} from './builtin/request.ts'
export { builtinCommand, createBuiltinWriter } from './builtin/writer.ts'
export type { SandboxExit, SandboxedRun, TestWriter, WriteOrder, Written } from './test-writer.ts'
