// Workspace error
//
// Owns:   how the room says that it could not do what was asked. A failed test is not an error: it is a verdict.

/** `retryable`: nothing is wrong with the order itself; the same call may work later. */
export class WorkspaceError extends Error {
  readonly code: string
  readonly retryable: boolean

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'WorkspaceError'
    this.code = code
    this.retryable = options.retryable ?? false
  }
}
