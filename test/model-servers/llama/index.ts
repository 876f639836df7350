export { findLlama, type LlamaFound } from './find-llama.ts'
export { type LlamaServer, startLlama } from './start-llama.ts'
