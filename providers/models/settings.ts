// Settings
//
// Owns:   what a configuration file may say under `models`.
// Leaves: reading the file (app/), the models it gives (configuration.ts).

import { z } from 'zod'
import {
  modelNameSchema,
  modelSchema,
  priceSchema,
  providerNameSchema,
  roleSchema,
} from '../../machines/index.ts'
import { embeddingsSchema } from '../embeddings/configured-embeddings.ts'
import { cloudFields } from './clouds.ts'
import { limitsSchema } from './limits.ts'
import { type ProtocolName, protocols } from './protocols.ts'

const { input, output, cacheRead, cacheWrite, asOf } = priceSchema.shape

const priceInFile = z.strictObject({
  input,
  output,
  'cache-read': cacheRead.optional(),
  'cache-write': cacheWrite.optional(),
  'as-of': asOf,
})

export type PriceInFile = z.infer<typeof priceInFile>

const effortSchema = z.enum(['low', 'medium', 'high'])
export type Effort = z.infer<typeof effortSchema>

export const protocolSchema = z.enum(Object.keys(protocols) as [ProtocolName, ...ProtocolName[]])

/** The address as the protocol's SDK wants it, however it is written. */
export function fittedUrl(url: string, protocol: ProtocolName): string {
  return protocols[protocol].baseUrl(withoutSlash(url))
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

const baseUrlSchema = z
  .url({ protocol: /^https?$/ })
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', {
    error: 'an address without a name or key in it; keys come from the environment (key-env)',
  })
  // Other letters and signs look like ASCII: a reader would take the address for another one.
  .refine((text) => isPlainAddress(text), {
    error: ({ input }) => `an address as it is asked: ${URL.parse(String(input))?.href}`,
  })

function isPlainAddress(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && [url.href, url.href.replace(/\/$/, ''), url.origin].includes(text)
}

/** What a configuration file may say under `models`. */
export const modelsSettingsSchema = z.strictObject({
  providers: z
    .array(
      z.strictObject({
        name: providerNameSchema,
        protocol: protocolSchema.optional(),
        'base-url': baseUrlSchema.optional(),
        /** The environment variable that holds the key. */
        'key-env': z
          .string()
          .regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable, e.g. ANTHROPIC_API_KEY')
          .optional(),
        ...cloudFields,
        /** For servers that cannot stream. */
        stream: z.boolean().optional(),
        /** Of each of its models. */
        limits: limitsSchema.optional(),
      }),
    )
    .optional(),
  models: z
    .array(
      z.strictObject({
        name: modelNameSchema,
        price: priceInFile.optional(),
        window: modelSchema.shape.window.optional(),
        'max-output': modelSchema.shape.maxOutput.optional(),
        effort: effortSchema.optional(),
        limits: limitsSchema.optional(),
      }),
    )
    .optional(),
  /** Finds files for a task and similar earlier changes; without it, words are compared. */
  embeddings: embeddingsSchema.optional(),
  roles: z.partialRecord(roleSchema, z.array(modelNameSchema).min(1)).optional(),
})
export type ModelsSettings = z.infer<typeof modelsSettingsSchema>
