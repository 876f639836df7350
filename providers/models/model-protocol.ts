// Model protocol
//
// The interface of a protocol of model servers: how a model is opened, and the base address that its SDK expects.
// Leaves: the list of protocols (protocols.ts).

import type { Endpoint } from './calls.ts'
import type { Model } from './model.ts'

export interface ModelProtocol {
  /** Sends nothing. */
  open(endpoint: Endpoint): Model
  /** The address as the SDK expects it, from any form without a slash at its end. */
  baseUrl(url: string): string
}

/** For an SDK that adds `/v1` itself. */
export function withoutVersion(url: string): string {
  return url.replace(/\/v1$/, '')
}

/** For an SDK that expects `/v1` in an address without a path. */
export function withVersion(url: string): string {
  return new URL(url).pathname === '/' ? `${url}/v1` : url
}
