// Redact
//
// Owns:   taking out of a log entry what looks like a secret, by the name of its field or by its own form.
//
// X1. Better one value too many than one too few; the entry itself is always written.

const REMOVED = '[removed]'
const MAX_DEPTH = 8

const SECRET_NAME =
  /pass(word|wd|phrase)?$|secret|token$|api[-_]?key|private[-_]?key|credential|authorization|cookie|^pass/i

/** Forms that well-known secrets have, wherever they stand in a text. */
const SECRET_FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_)[\w-]{16,}/g, REMOVED],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, REMOVED],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, REMOVED],
  [/\b(bearer|basic)\s+[\w+/=.~-]{12,}/gi, `$1 ${REMOVED}`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, REMOVED],
  [/\b([a-z][a-z+]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, `$1${REMOVED}@`],
  [/\b(\w*(?:secret|token|password|api_?key))(["']?\s*[=:]\s*["']?)[^\s"',;]{6,}/gi, `$1$2${REMOVED}`],
]

/** The same entry without secrets; what it was made from stays as it was. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[too deep]'
  if (value instanceof Error) return redact({ ...value, message: value.message, stack: value.stack }, depth)
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  const source = 'toJSON' in value && typeof value.toJSON === 'function' ? (value.toJSON() as object) : value
  if (typeof source !== 'object' || source === null) return redact(source, depth)
  return Object.fromEntries(
    Object.entries(source).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && inner !== null && typeof inner !== 'number' && typeof inner !== 'boolean'
        ? REMOVED
        : redact(inner, depth + 1),
    ]),
  )
}

export function redactText(text: string): string {
  return SECRET_FORMS.reduce((clean, [form, instead]) => clean.replace(form, instead), text)
}
