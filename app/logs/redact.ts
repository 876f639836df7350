// Redact
//
// Owns:   taking out of a log entry what looks like a secret, by the name of its field or by its own form.
//
// X1. Better one value too many than one too few; the entry itself is always written.

import { createRedactor, isSecretName, REMOVED, type Redactor } from '../../machines/index.ts'

const MAX_DEPTH = 8

/** What a log leaves out besides known secrets and forms of keys: nobody has to use its text again. */
const SECRET_FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_)[\w-]{16,}/g, REMOVED],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, REMOVED],
  [/\b(bearer|basic)\s+[\w+/=.~-]{12,}/gi, `$1 ${REMOVED}`],
  [/\b([a-z][a-z+]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, `$1${REMOVED}@`],
  [/\b(\w*(?:secret|token|password|api_?key))(["']?\s*[=:]\s*["']?)[^\s"',;]{6,}/gi, `$1$2${REMOVED}`],
]

const formsOnly = createRedactor([])

/** A copy of the entry without secrets. */
export function redact(value: unknown, redactor: Redactor = formsOnly, depth = 0): unknown {
  if (typeof value === 'string') return redactText(redactor.text(value))
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[too deep]'
  if (value instanceof Error)
    return redact({ ...value, message: value.message, stack: value.stack }, redactor, depth)
  if (Array.isArray(value)) return value.map((item) => redact(item, redactor, depth + 1))
  const source = 'toJSON' in value && typeof value.toJSON === 'function' ? (value.toJSON() as object) : value
  if (typeof source !== 'object' || source === null) return redact(source, redactor, depth)
  return Object.fromEntries(
    Object.entries(source).map(([name, inner]) => [
      name,
      isSecretName(name) && inner !== null && typeof inner !== 'number' && typeof inner !== 'boolean'
        ? REMOVED
        : redact(inner, redactor, depth + 1),
    ]),
  )
}

function redactText(text: string): string {
  return SECRET_FORMS.reduce((clean, [form, instead]) => clean.replace(form, instead), text)
}
