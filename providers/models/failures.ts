// Failures
//
// Owns:   what kind of failure a vendor's error is: by status, type and code; by its words only where vendors have
//         nothing else.
// Leaves: what to do about it (machines/models), the answers that are no errors (the protocols).

import { z } from 'zod'
import type { FailureKind, Usage } from '../../machines/index.ts'
import type { Cut } from './watch.ts'

/** An answer that came and cannot be used. */
export class BadAnswer extends Error {
  readonly kind: FailureKind
  readonly usage: Usage | undefined

  constructor(kind: FailureKind, message: string, usage?: Usage) {
    super(message)
    this.kind = kind
    this.usage = usage
  }
}

/** The SDK of a cloud is not installed, or cannot be loaded. */
export class MissingSdk extends Error {
  constructor(name: string, cause: unknown) {
    const isAbsent = (cause as { code?: unknown } | undefined)?.code === 'ERR_MODULE_NOT_FOUND'
    const found = isAbsent
      ? 'is not installed'
      : `cannot be loaded (${cause instanceof Error ? cause.message : String(cause)})`
    super(
      `the models of this cloud are asked by ${name}, which ${found}: install it beside Canopy, with npm install ${name} or, if ` +
        `Canopy is installed globally, with npm install --global ${name}`,
      { cause },
    )
  }
}

const errorShape = z.object({
  type: z.string().nullish(),
  code: z.union([z.string(), z.number()]).nullish(),
  message: z.string(),
})

/** An error by its fields; a code such as 502 is a status. */
export function vendorError(given: unknown): VendorError | undefined {
  const found = errorShape.safeParse(given)
  if (!found.success) return undefined
  const { type, code, message } = found.data
  const isStatus = /^[45]\d\d$/.test(String(code))
  return isStatus ? { type, message, status: Number(code) } : { type, code: code?.toString(), message }
}

/** The error that a body tells in the place of an answer: `{error}`, an object or a text, or vLLM's `object: 'error'`. */
export function errorIn(given: unknown): VendorError | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const { error, object } = given as { error?: unknown; object?: unknown }
  if (typeof error === 'string' && error !== '') return { message: error }
  return vendorError(object === 'error' ? given : error)
}

/** What a vendor said when it refused. */
export interface VendorError {
  readonly status?: number | undefined
  readonly type?: string | null | undefined
  readonly code?: string | null | undefined
  readonly message: string
}

const BY_NAME: Readonly<Record<string, FailureKind>> = {
  overloaded_error: 'overloaded',
  server_is_overloaded: 'overloaded',
  slow_down: 'overloaded',
  rate_limit_error: 'rate_limited',
  rate_limit_exceeded: 'rate_limited',
  requests: 'rate_limited',
  tokens: 'rate_limited',
  api_error: 'server_fault',
  server_error: 'server_fault',
  internal_error: 'server_fault',
  conflict_error: 'server_fault',
  timeout_error: 'timed_out',
  billing_error: 'out_of_quota',
  insufficient_quota: 'out_of_quota',
  billing_hard_limit_reached: 'out_of_quota',
  billing_not_active: 'out_of_quota',
  contract_spend_limit_reached: 'out_of_quota',
  enforced_spend_limit_reached: 'out_of_quota',
  linked_organization_spend_limit_reached: 'out_of_quota',
  linked_organization_billing_unavailable: 'out_of_quota',
  authentication_error: 'unauthorized',
  permission_error: 'unauthorized',
  invalid_api_key: 'unauthorized',
  not_found_error: 'unknown_model',
  model_not_found: 'unknown_model',
  context_length_exceeded: 'too_long',
  exceed_context_size_error: 'too_long',
  request_too_large: 'too_long',
  string_above_max_length: 'too_long',
}

const BY_STATUS: Readonly<Record<number, FailureKind>> = {
  401: 'unauthorized',
  402: 'out_of_quota',
  403: 'unauthorized',
  404: 'unknown_model',
  408: 'timed_out',
  409: 'server_fault',
  413: 'too_long',
  425: 'server_fault',
  429: 'rate_limited',
  499: 'server_fault',
  503: 'overloaded',
  504: 'timed_out',
  529: 'overloaded',
}

/** Said with an ordinary 400 and no code by Anthropic, llama.cpp, vLLM and others. */
const TOO_LONG =
  /prompt is too long|exceeds? (the )?(available )?(context|model'?s? (maximum )?context)|maximum context length|context (length|window|size)|input is too long|too many (input )?tokens/i
const OUT_OF_QUOTA =
  /credit balance is too low|exceeded your current quota|insufficient (credits?|balance|funds)/i

export function kindOf({ status, type, code, message }: VendorError): FailureKind {
  const named = BY_NAME[code ?? ''] ?? BY_NAME[type ?? '']
  // A quota that is used up comes as 400, 402, 403 or 429: the name says more than the number.
  if (named === 'out_of_quota' || named === 'too_long' || status === undefined)
    return named ?? byWords(message)
  if (status === 400 || status === 429) {
    if (OUT_OF_QUOTA.test(message)) return 'out_of_quota'
    if (status === 400 && TOO_LONG.test(message)) return 'too_long'
    return named === 'unknown_model' || status === 429 ? (named ?? 'rate_limited') : 'bad_request'
  }
  return BY_STATUS[status] ?? (status >= 500 ? 'server_fault' : 'bad_request')
}

/** An error in the middle of an answer has no status; unnamed it is the server's. */
function byWords(message: string): FailureKind {
  if (TOO_LONG.test(message)) return 'too_long'
  return OUT_OF_QUOTA.test(message) ? 'out_of_quota' : 'server_fault'
}

export function cutMessage(cut: Cut, idleMs: number, deadlineMs: number): string {
  switch (cut) {
    case 'silent':
      return `the answer was silent for ${idleMs} ms`
    case 'deadline':
      return `the answer was not complete after ${deadlineMs} ms`
    case 'aborted':
      return 'the call was ended by its caller'
    default:
      return cut satisfies never
  }
}

/** The error of this class in a chain of causes: the SDKs wrap what `fetch` throws. */
export function causeOf<Cause extends Error>(
  error: unknown,
  kind: abstract new (...args: never[]) => Cause,
): Cause | undefined {
  let cause = error
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    if (cause instanceof kind) return cause
    cause = cause.cause
  }
  return undefined
}

/** Codes of a certificate whose authority this machine does not know. */
const UNKNOWN_AUTHORITY =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?) /

/** What a person can do about the reason of a failed connection; may be empty. */
export function connectionAdvice(reason: string): string {
  return UNKNOWN_AUTHORITY.test(reason)
    ? '; name the file with the certificate of its authority: NODE_EXTRA_CA_CERTS=FILE'
    : ''
}

/** The innermost reason of a failed connection: `fetch failed` alone says nothing. */
export function deepest(error: unknown): string {
  let reason = error instanceof Error ? error.message : String(error)
  let cause = error instanceof Error ? error.cause : undefined
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    const code = 'code' in cause && typeof cause.code === 'string' ? `${cause.code} ` : ''
    reason = `${code}${cause.message}`.trim() || reason
    cause = cause.cause
  }
  return reason
}
