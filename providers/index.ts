// Providers
//
// Owns:   the door of the room: who can write tests, which models there are and how they are asked.

export { analysis } from './analysis/analysis.ts'
export type { MapOrder } from './analysis/map/map.ts'
export type { MapLimits } from './analysis/map-thread.ts'
export { repositoryMap } from './analysis/repository-map.ts'
export {
  type Arm,
  armSchema,
  type WriteReply,
  type WriteRequest,
  writeReplySchema,
  writeRequestSchema,
} from './builtin/request.ts'
export { builtinCommand, createBuiltinWriter } from './builtin/writer.ts'
export {
  type Recorder,
  type RecorderOptions,
  recorded,
  UnrecordedRequest,
} from './cassettes/recorded.ts'
export { AlteredRecording, type ReplyStore } from './cassettes/recording.ts'
export {
  type Answer,
  type Asker,
  createAsker,
  type GovernedModels,
  type Lost,
  type Question,
} from './governor/asker.ts'
export type { Chance, Clock } from './governor/clock.ts'
export type { GovernorFact } from './governor/facts.ts'
export { type GovernorSettings, governorSettingsSchema } from './governor/settings.ts'
export { condensePrompt, promptOf } from './kinds/prompts.ts'
export { type Checked, checkModels } from './models/check.ts'
export {
  type ConfiguredModel,
  configuredModels,
  KNOWN_PROVIDERS,
  type MissingKey,
  type ModelConfiguration,
} from './models/configuration.ts'
export { DEFAULT_ROLES, KNOWN_MODELS } from './models/known-models.ts'
export type { Model, SendOptions } from './models/model.ts'
export { type ModelMeans, type ModelPlace, openModel } from './models/open-model.ts'
export {
  type Said,
  type Script,
  type ScriptedReply,
  type ScriptedSettings,
  scriptedModel,
} from './models/scripted.ts'
export { type ModelsSettings, modelsSettingsSchema } from './models/settings.ts'
export type { SandboxExit, SandboxedRun, TestWriter, WriteOrder, Written } from './test-writer.ts'
