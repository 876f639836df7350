import type { Failure } from '../messages.ts'

/** Any thrown value as plain JSON. */
export function failure(error: unknown): Failure {
  if (typeof error !== 'object' || error === null) return { message: String(error) }
  const { message, code, detail } = error as { message?: unknown; code?: unknown; detail?: unknown }
  if (typeof message !== 'string') return { message: textOf(error) }
  return {
    message,
    ...(code !== undefined && { code: textOf(code) }),
    ...(detail !== undefined && { detail: jsonFor(detail) }),
  }
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const plain = jsonFor(value)
  return typeof plain === 'string' ? plain : JSON.stringify(plain)
}

/** The value as JSON gives it back; a text for a value that JSON cannot hold, such as one that contains itself. */
function jsonFor(value: unknown): unknown {
  try {
    const text = JSON.stringify(value)
    return text === undefined ? String(value) : JSON.parse(text)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
