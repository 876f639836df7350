// Testgen
//
// Owns:   the door of the builtin test writer: what it is asked for and what it gives.

export type { WriteReply } from './request.ts'
export type { SandboxedRun, TestWriter } from './test-writer.ts'
export { createBuiltinWriter } from './writer.ts'
