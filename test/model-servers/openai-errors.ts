// OpenAI's errors, as a test server says them

import { Refusal } from './conversation.ts'

const CODES: Readonly<Record<number, string>> = {
  401: 'invalid_api_key',
  404: 'model_not_found',
  429: 'rate_limit_exceeded',
}

export function openaiError({
  status,
  type,
  code,
  message,
}: {
  status: number
  type?: string
  code?: string
  message: string
}): unknown {
  return {
    error: {
      message,
      type: type ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
      param: null,
      code: code ?? CODES[status] ?? null,
    },
  }
}

export function unknownParameter(name: string): Refusal {
  return new Refusal(`Unknown parameter: '${name}'.`, { code: 'unknown_parameter' })
}
