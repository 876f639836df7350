// Connection lost
//
// Owns:   telling errors of a lost server, which another attempt may avoid, from permanent ones.

import { errors } from '@nats-io/transport-node'
import { TransportError, type TransportErrorCode } from './transport-error.ts'

const PASSING: ReadonlySet<TransportErrorCode> = new Set([
  'unreachable',
  'server_failed',
  'no_jetstream',
  'closed',
])

const OF_THE_CLIENT = [
  errors.ClosedConnectionError,
  errors.ConnectionError,
  errors.DrainingConnectionError,
  errors.NoRespondersError,
  errors.RequestError,
  errors.TimeoutError,
]

/** Whether the error means that a server was away or did not answer in time. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof TransportError) return PASSING.has(error.code)
  return OF_THE_CLIENT.some((each) => error instanceof each)
}
