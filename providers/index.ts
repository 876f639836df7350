// Providers
//
// Owns:   the door of the model services: which models there are and how they are asked.

export { recorded, UnrecordedRequest } from './cassettes/recorded.ts'
export { AlteredRecording, type ReplyStore } from './cassettes/recording.ts'
export type { ConfiguredEmbeddings } from './embeddings/configured-embeddings.ts'
export { type Embedder, openEmbedder } from './embeddings/embedder.ts'
export { createAsker, type ModelClient } from './governor/asker.ts'
export { governorSettingsSchema } from './governor/settings.ts'
export { checkModels, type ModelCheck } from './models/check.ts'
export {
  type ConfiguredModel,
  configuredModels,
  KNOWN_PROVIDERS,
  type MissingKey,
  type ModelConfiguration,
} from './models/configuration.ts'
export { DEFAULT_ROLES, KNOWN_MODELS } from './models/known-models.ts'
export type { Model, SendOptions, TryResult } from './models/model.ts'
export { openModel } from './models/open-model.ts'
export {
  type ModelsSettings,
  modelsSettingsSchema,
  protocolSchema,
} from './models/settings.ts'
