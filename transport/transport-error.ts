// Transport error
//
// Owns:   the error of a failed access to NATS: a code for programs and a sentence for people.

/** The code of a failed access to NATS. */
export type TransportErrorCode =
  | 'unreachable'
  | 'unauthorized'
  | 'bad_credentials'
  | 'password_in_url'
  | 'no_tls'
  | 'not_own_server'
  | 'too_old'
  | 'no_jetstream'
  | 'stream_refused'
  | 'server_failed'
  | 'directory_in_use'
  | 'store_too_new'
  | 'closed'
  | 'bad_name'
  | 'too_large'
  | 'damaged'

/** An access to NATS failed. The code is for programs; the message says the fault, the place and the way out. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: TransportErrorCode

  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
