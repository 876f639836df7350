// Platform
//
// The public door of what several rooms need of the process: waiting by a clock, files written whole.

export { sleep, systemClock, within } from './clock.ts'
export {
  type JsonFileOptions,
  sweepDrafts,
  writeJsonFile,
  writeJsonFileSync,
  writeWhole,
} from './whole-file.ts'
