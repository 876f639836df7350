// OpenAI's client
//
// Owns:   the SDK, told everything, and what its errors mean; the same for both of OpenAI's protocols.
// Leaves: the protocols (openai-responses.ts, openai-chat.ts).

import OpenAI, { APIConnectionError, APIError, AzureOpenAI } from 'openai'
import type { Usage } from '../../machines/index.ts'
import type { Attempt, Endpoint, Protocol } from './calls.ts'
import { BadAnswer, kindOf, type VendorError, vendorError } from './failures.ts'

export function openaiClient(
  { baseUrl, key, cloud }: Pick<Endpoint, 'baseUrl' | 'key' | 'cloud'>,
  fetch: Attempt['fetch'],
): OpenAI {
  const options = {
    apiKey: key,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: baseUrl,
    fetch,
    maxRetries: 0,
    logLevel: 'off' as const,
  }
  return cloud?.kind === 'azure'
    ? new AzureOpenAI({ ...options, apiVersion: cloud.apiVersion })
    : new OpenAI(options)
}

export const openaiErrors: Pick<Protocol, 'refusalOf' | 'isUnconnected'> = {
  refusalOf(error) {
    return error instanceof APIError && !(error instanceof APIConnectionError) ? errorOf(error) : undefined
  },
  isUnconnected: (error) => error instanceof APIConnectionError,
}

/** Some gateways give a number as the code. */
function errorOf({ status, type, code, message }: APIError): VendorError {
  const told = vendorError({ type, code, message }) ?? { message }
  return status === undefined ? told : { ...told, status }
}

/** Reads a streamed answer to its end; an error that breaks it off carries the usage so far. */
export async function readAll<Event>(
  events: AsyncIterable<Event>,
  alive: () => void,
  take: (event: Event) => void,
  usage: () => Usage | undefined,
): Promise<void> {
  alive()
  try {
    for await (const event of events) {
      alive()
      take(event)
    }
  } catch (error) {
    if (error instanceof BadAnswer) throw error
    if (error instanceof APIError) throw new BadAnswer(kindOf(errorOf(error)), error.message, usage())
    const message = `the answer broke off: ${error instanceof Error ? error.message : String(error)}`
    throw new BadAnswer('garbled', message, usage())
  }
}
