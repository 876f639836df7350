// Workspace error
//
// The error of an operation of this room that could not be carried out. A failed test is a verdict and no error.

/** `retryable`: the request is valid; the same call may succeed later. */
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
