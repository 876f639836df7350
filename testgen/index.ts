// Testgen
//
// Owns:   the door of the builtin test writer: request and result.

export { TEST_RUNNERS } from './emit/emitting.ts'
export type { WriteReply } from './request.ts'
export type { SandboxedRun, TestWriter } from './test-writer.ts'
export { createBuiltinWriter } from './writer.ts'
