// Platform
//
// The public door of what the other rooms need of the process: files written whole.

export { type JsonFileOptions, writeJsonFile, writeJsonFileSync, writeWhole } from './whole-file.ts'
