import type { Failure } from '../messages.ts'

/** Any thrown value as plain JSON. */
export function failure(error: unknown): Failure {
  if (!(error instanceof Error)) {
    return isFailure(error)
      ? error
      : { message: typeof error === 'string' ? error : (JSON.stringify(error) ?? String(error)) }
  }
  const { code, detail } = error as Error & { code?: unknown; detail?: unknown }
  return {
    message: error.message,
    ...(code !== undefined && { code: String(code) }),
    ...(detail !== undefined && { detail }),
  }
}

function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && typeof (value as Failure).message === 'string'
}
