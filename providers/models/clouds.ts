// Clouds
//
// Owns:   models that a cloud offers by its own addresses and credentials: which settings say so, and where they are.
// Leaves: the clouds' SDKs (openai-client.ts, anthropic-client.ts), the headers that go out (exchange.ts).
//
// C1. A cloud's address follows from its region; base-url replaces it, e.g. for a private endpoint.

import { z } from 'zod'

const placeName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/i, 'letters, digits and hyphens, e.g. eu-west-1')

/** Fields of a provider. */
export const cloudFields = {
  /** Whose addresses and credentials are used; the protocol stays as it is. */
  cloud: z.enum(['azure', 'bedrock', 'vertex']).optional(),
  /** Of Azure. */
  'api-version': z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(-preview)?$/, 'a version of the API, e.g. 2025-04-01-preview')
    .optional(),
  /** Of Bedrock and Vertex. */
  region: placeName.optional(),
  /** Of Vertex. */
  project: placeName.optional(),
}

export type Cloud =
  | { readonly kind: 'azure'; readonly apiVersion: string }
  | { readonly kind: 'bedrock'; readonly region: string }
  | { readonly kind: 'vertex'; readonly region: string; readonly project: string }

type CloudInFile = z.infer<z.ZodObject<typeof cloudFields>> & {
  readonly protocol?: string | undefined
  readonly 'base-url'?: string | undefined
  readonly 'key-env'?: string | undefined
}

type CloudFound =
  | { readonly kind: 'found'; readonly cloud: Cloud; readonly baseUrl: string }
  | { readonly kind: 'refused'; readonly problem: string }

const PROTOCOLS = {
  azure: ['openai-chat', 'openai-responses'],
  bedrock: ['anthropic'],
  vertex: ['anthropic'],
} as const

/** Undefined: the provider is of no cloud. */
export function cloudOf(provider: CloudInFile): CloudFound | undefined {
  const { cloud: kind, region, project, 'api-version': apiVersion, 'base-url': baseUrl } = provider
  const refused = (problem: string): CloudFound => ({ kind: 'refused', problem })
  if (kind === undefined) {
    const [unused] = Object.keys(cloudFields).filter((field) => field in provider)
    return unused === undefined ? undefined : refused(`${unused} needs cloud: azure, bedrock or vertex`)
  }
  const protocols: readonly string[] = PROTOCOLS[kind]
  if (!protocols.includes(provider.protocol ?? ''))
    return refused(`cloud ${kind} needs protocol: ${protocols.join(' or ')}`)
  switch (kind) {
    case 'azure':
      if (!apiVersion || !baseUrl || !provider['key-env'])
        return refused('cloud azure needs base-url, api-version and key-env')
      return { kind: 'found', cloud: { kind, apiVersion }, baseUrl }
    case 'bedrock':
      if (!region) return refused('cloud bedrock needs a region, e.g. eu-west-1')
      return {
        kind: 'found',
        cloud: { kind, region },
        baseUrl: baseUrl ?? `https://bedrock-runtime.${region}.amazonaws.com`,
      }
    case 'vertex':
      if (!region || !project) return refused('cloud vertex needs a region and a project')
      return { kind: 'found', cloud: { kind, region, project }, baseUrl: baseUrl ?? vertexAddress(region) }
    default:
      return kind satisfies never
  }
}

function vertexAddress(region: string): string {
  if (region === 'global') return 'https://aiplatform.googleapis.com/v1'
  if (region === 'us' || region === 'eu') return `https://aiplatform.${region}.rep.googleapis.com/v1`
  return `https://${region}-aiplatform.googleapis.com/v1`
}

/** The address as the cloud's SDK expects it, from any form without a slash at its end. */
export function cloudUrl({ kind }: Cloud, url: string): string {
  return kind === 'azure' && new URL(url).pathname === '/' ? `${url}/openai` : url
}
