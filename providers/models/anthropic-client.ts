// Anthropic's client
//
// Owns:   the SDK of Anthropic and those for Amazon Bedrock and Google Vertex AI, with every setting given, and the meaning of their
//         errors.
// Leaves: the protocol (anthropic.ts).
//
// S1. The SDKs for clouds are optional: each is loaded when a model of its cloud is first asked, and a missing one is named with the
//     command that installs it.
// S2. They may come with another copy of Anthropic's SDK, so errors are recognised by their fields.

import Anthropic, { APIConnectionError, APIError } from '@anthropic-ai/sdk'
import type { Attempt, Endpoint, Protocol } from './calls.ts'
import { MissingSdk } from './failures.ts'
import { NO_KEY } from './shown-message.ts'

type ClientPlace = Pick<Endpoint, 'baseUrl' | 'key' | 'cloud'>

/** What the SDKs have in common. */
export interface AnthropicClient {
  readonly messages: Pick<Anthropic['messages'], 'create'> &
    Partial<Pick<Anthropic['messages'], 'countTokens'>>
}

/** The SDK of the model's place. Throws MissingSdk. */
export async function anthropicClient(place: ClientPlace, fetch: Attempt['fetch']): Promise<AnthropicClient> {
  const { baseUrl, key, cloud } = place
  const options = {
    baseURL: baseUrl,
    fetch,
    maxRetries: 0,
    logLevel: 'off' as const,
    openTelemetry: false as const,
  }
  if (cloud === undefined) return directClient(place, fetch)
  switch (cloud.kind) {
    case 'azure':
      // Of OpenAI's protocols.
      return directClient(place, fetch)
    case 'bedrock': {
      const { AnthropicBedrock } = await loaded(BEDROCK, () => import('@anthropic-ai/bedrock-sdk'))
      return new AnthropicBedrock({
        ...options,
        apiKey: key === NO_KEY ? null : key,
        awsRegion: cloud.region,
      })
    }
    case 'vertex': {
      const { AnthropicVertex } = await loaded(VERTEX, () => import('@anthropic-ai/vertex-sdk'))
      const { region, project: projectId } = cloud
      const authClient = key === NO_KEY ? undefined : withToken(key, projectId)
      // Without it a header of ANTHROPIC_CUSTOM_HEADERS would replace the credentials.
      const defaultHeaders = { authorization: null }
      return new AnthropicVertex({
        ...options,
        region,
        projectId,
        defaultHeaders,
        ...(authClient && { authClient }),
      })
    }
    default:
      return cloud satisfies never
  }
}

/** Anthropic's own SDK, which would look for keys, profiles and headers on the machine. */
export function directClient(
  { baseUrl, key }: Pick<ClientPlace, 'baseUrl' | 'key'>,
  fetch: Attempt['fetch'],
): Anthropic {
  return new Anthropic({
    apiKey: key,
    baseURL: baseUrl,
    webhookKey: null,
    fetch,
    maxRetries: 0,
    logLevel: 'off',
    openTelemetry: false,
  })
}

const BEDROCK = '@anthropic-ai/bedrock-sdk'
const VERTEX = '@anthropic-ai/vertex-sdk'

/** S1. */
async function loaded<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    throw new MissingSdk(name, error)
  }
}

/** Fails with the sentence of MissingSdk when the SDK of a cloud is not installed. */
export async function findSdk(cloud: Endpoint['cloud']): Promise<void> {
  if (cloud?.kind === 'bedrock') await loaded(BEDROCK, () => import('@anthropic-ai/bedrock-sdk'))
  if (cloud?.kind === 'vertex') await loaded(VERTEX, () => import('@anthropic-ai/vertex-sdk'))
}

type VertexOptions = ConstructorParameters<typeof import('@anthropic-ai/vertex-sdk').AnthropicVertex>[0]
type AuthClient = NonNullable<NonNullable<VertexOptions>['authClient']>

/** In the place of Google's credentials: an access token that the user renews. */
function withToken(token: string, projectId: string): AuthClient {
  const headers = () => new Headers({ authorization: `Bearer ${token}` })
  return { projectId, getRequestHeaders: async () => headers() } as unknown as AuthClient
}

export const anthropicErrors: Pick<Protocol, 'refusalOf' | 'isUnconnected'> = {
  refusalOf(error) {
    if (!isApiError(error) || isUnconnected(error)) return undefined
    const { status, type, errorCode, apiMessage, message } = error
    return { status, type, code: errorCode, message: apiMessage ?? message }
  },
  isUnconnected,
}

/** S2. */
export function isApiError(error: unknown): error is APIError {
  return (
    error instanceof APIError ||
    (error instanceof Error && 'status' in error && 'headers' in error && 'requestID' in error)
  )
}

function isUnconnected(error: unknown): boolean {
  return (
    error instanceof APIConnectionError ||
    (isApiError(error) && error.status === undefined && !(error as { error?: unknown }).error)
  )
}
