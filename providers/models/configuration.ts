// Configuration
//
// Owns:   the models that the settings give on this machine, and the missing keys.
// Leaves: what may be set (settings.ts), asking the models (open-model.ts).
//
// G1. A model without a price is refused: it would seem to cost nothing.
// G2. Keys come from the environment only; the file names the variable and nothing else.
// G3. A key belongs to the address beside which it is named: at another address a provider has no key unless it is named anew.

import { type ModelSettings, modelSchema, type Price, providerOf, type Role } from '../../machines/index.ts'
import { type ConfiguredEmbeddings, configuredEmbeddings } from '../embeddings/configured-embeddings.ts'
import { type GovernorSettings, governorSettingsSchema } from '../governor/settings.ts'
import { type Cloud, cloudOf, cloudUrl } from './clouds.ts'
import { DEFAULT_ROLES, KNOWN_MODELS, OPENAI_PLAIN_PRICE } from './known-models.ts'
import { governorSettingsOf } from './limits.ts'
import type { ProtocolName } from './protocols.ts'
import { type Effort, fittedUrl, type ModelsSettings, type PriceInFile, withoutSlash } from './settings.ts'
import { NO_KEY } from './shown-message.ts'

/** A model that can be asked on this machine. */
export interface ConfiguredModel extends ModelSettings {
  readonly protocol: ProtocolName
  readonly baseUrl: string
  readonly stream: boolean
  readonly effort?: Effort
  /** Absent: a server that is reached by its address and a key. */
  readonly cloud?: Cloud
  /** How its governor sends, repeats and gives up. */
  readonly governor: GovernorSettings
  /** A function, so that no log and no snapshot shows it. */
  readonly key: () => string
}

export interface MissingKey {
  readonly provider: string
  readonly variable: string
  /** Models that are wanted and cannot be asked without it. */
  readonly models: readonly string[]
}

export type ModelConfiguration =
  | {
      readonly kind: 'configured'
      readonly models: readonly ConfiguredModel[]
      /** For each role the models that can be asked, in the order in which they stand in for one another. */
      readonly roles: Readonly<Record<Role, readonly string[]>>
      readonly missing: readonly MissingKey[]
      /** Absent: none is set, or its key is missing. */
      readonly embeddings?: ConfiguredEmbeddings
    }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

interface Provider {
  readonly protocol: ProtocolName
  readonly baseUrl: string
  readonly keyVariable: string | undefined
  readonly stream: boolean
  readonly cloud?: Cloud
}

/** The providers that need no description. */
export const KNOWN_PROVIDERS: Readonly<Record<string, Provider>> = {
  anthropic: {
    protocol: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    keyVariable: 'ANTHROPIC_API_KEY',
    stream: true,
  },
  openai: {
    protocol: 'openai-responses',
    baseUrl: 'https://api.openai.com/v1',
    keyVariable: 'OPENAI_API_KEY',
    stream: true,
  },
}

/** Which models a configuration comes to, and which environment variables it lacks for the others. */
export function configuredModels(
  settings: ModelsSettings,
  environment: Readonly<Record<string, string | undefined>>,
): ModelConfiguration {
  const problems: string[] = []
  const providers = providersOf(settings, problems)
  const known = describedModels(settings, problems)
  const governors = governorsOf(settings, problems)
  const chains = { ...DEFAULT_ROLES, ...settings.roles }
  const models: ConfiguredModel[] = []
  const missing: MissingKey[] = []
  for (const [name, wanted] of wantedModels(chains, settings)) {
    const place = providers.get(name)
    if (!place) {
      problems.push(`${wanted[0]}: there is no provider ${name}; describe it under models.providers`)
      continue
    }
    const { keyVariable, ...spoken } = place
    problems.push(...wanted.filter((model) => !known.has(model)).map(unknown))
    const key = keyOf(keyVariable, environment, problems)
    if (key !== undefined) {
      const described = wanted.flatMap((model) => known.get(model) ?? [])
      for (const model of described)
        models.push({ ...model, ...spoken, governor: governors(model.name), key: () => key })
    } else if (keyVariable !== undefined)
      missing.push({ provider: name, variable: keyVariable, models: wanted })
  }
  const found =
    settings.embeddings &&
    configuredEmbeddings(settings.embeddings, {
      providers,
      keyOf: (variable) => keyOf(variable, environment, problems),
    })
  if (found?.kind === 'refused') problems.push(found.problem)
  if (found?.kind === 'no_key' && settings.embeddings)
    missing.push({ provider: found.provider, variable: found.variable, models: [settings.embeddings.name] })
  if (problems.length > 0) return { kind: 'refused', problems: [...new Set(problems)] }
  const usable = (role: Role): string[] =>
    chains[role].filter((name) => models.some((model) => model.name === name))
  return {
    kind: 'configured',
    models,
    roles: { planning: usable('planning'), coding: usable('coding'), cheap: usable('cheap') },
    missing,
    ...(found?.kind === 'configured' && { embeddings: found.embeddings }),
  }
}

/** The models that a role or the file names, by their providers. */
function wantedModels(
  chains: Readonly<Record<Role, readonly string[]>>,
  settings: ModelsSettings,
): Map<string, string[]> {
  const names = new Set([...Object.values(chains).flat(), ...(settings.models ?? []).map(({ name }) => name)])
  return Map.groupBy(names, providerOf)
}

function providersOf(settings: ModelsSettings, problems: string[]): Map<string, Provider> {
  const providers = new Map(Object.entries(KNOWN_PROVIDERS))
  for (const provider of settings.providers ?? []) {
    const { name, protocol, 'base-url': baseUrl, 'key-env': keyVariable, stream } = provider
    const inCloud = cloudOf(provider)
    if (inCloud?.kind === 'refused') {
      problems.push(`models.providers: ${name}: ${inCloud.problem}`)
      continue
    }
    if (inCloud && protocol) {
      const { cloud } = inCloud
      const url = cloudUrl(cloud, withoutSlash(inCloud.baseUrl))
      providers.set(name, { protocol, baseUrl: url, keyVariable, stream: stream ?? true, cloud })
      continue
    }
    const before = providers.get(name)
    const spoken = protocol ?? before?.protocol
    const url = baseUrl ?? before?.baseUrl
    if (!spoken || !url) {
      problems.push(`models.providers: ${name} needs a protocol and a base-url`)
      continue
    }
    // G3.
    const variable = keyVariable ?? (baseUrl === undefined ? before?.keyVariable : undefined)
    providers.set(name, {
      protocol: spoken,
      baseUrl: fittedUrl(url, spoken),
      keyVariable: variable,
      stream: stream ?? before?.stream ?? true,
    })
  }
  return providers
}

/** G1. */
function describedModels(
  settings: ModelsSettings,
  problems: string[],
): Map<string, ModelSettings & { readonly effort?: Effort }> {
  const models = new Map<string, ModelSettings & { readonly effort?: Effort }>(
    KNOWN_MODELS.map((model) => [model.name, model]),
  )
  for (const { name, price, window, 'max-output': maxOutput, effort } of settings.models ?? []) {
    const before = models.get(name)
    const described = modelSchema.safeParse({
      name,
      price: price ? priceOf(price) : before?.price,
      window: window ?? before?.window,
      maxOutput: maxOutput ?? before?.maxOutput,
    })
    if (described.success) {
      models.set(name, { ...described.data, ...(effort ? { effort } : {}) })
      // G1: what costs more in there would be counted as if it did not.
      if (before?.name.startsWith('openai/') && !price && (window ?? 0) > OPENAI_PLAIN_PRICE)
        problems.push(
          `models.models: ${name}: window is ${window}; expected at most ${OPENAI_PLAIN_PRICE}, beyond which OpenAI asks ` +
            'more than the known price; give a price that holds for all of the window',
        )
    } else {
      models.delete(name)
      problems.push(unknown(name))
    }
  }
  return models
}

/** What the file says of a provider's models and of one of them, told once for each. */
function governorsOf(settings: ModelsSettings, problems: string[]): (model: string) => GovernorSettings {
  const providers = new Map((settings.providers ?? []).map(({ name, limits }) => [name, limits]))
  const models = new Map((settings.models ?? []).map(({ name, limits }) => [name, limits]))
  return (model) => {
    const provider = providerOf(model)
    const found = governorSettingsOf(providers.get(provider), models.get(model))
    if ('settings' in found) return found.settings
    const place = models.get(model) ? `models.models: ${model}` : `models.providers: ${provider}`
    problems.push(...found.problems.map((problem) => `${place}: limits.${problem}`))
    return governorSettingsSchema.parse({})
  }
}

function priceOf(price: PriceInFile): Price {
  return {
    input: price.input,
    output: price.output,
    // A price that is not given is that of the input: never too low.
    cacheRead: price['cache-read'] ?? price.input,
    cacheWrite: price['cache-write'] ?? price.input * 1.25,
    asOf: price['as-of'],
  }
}

function unknown(name: string): string {
  const names = KNOWN_MODELS.map((model) => model.name).join(', ')
  return (
    `${name}: its price, window and max-output are not known, and it is not used as if it were free; ` +
    `give all three under models.models, or take one of ${names}`
  )
}

/** The key, or undefined when it is missing; servers that need none get a word instead. */
function keyOf(
  variable: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): string | undefined {
  if (variable === undefined) return NO_KEY
  const key = environment[variable]?.trim()
  if (!key) return undefined
  if (/^[\x21-\x7e]+$/.test(key)) return key
  problems.push(`${variable}: its value is no key (it has spaces, line breaks or other characters in it)`)
  return undefined
}
