// Redaction
//
// Owns:   taking keys out of what is recorded: those that are known, and what has the form of one.
//
// R1. What a model answered is used as it was recorded, so nothing is taken out that merely resembles a key: source
//     text is full of words like `token = read()`. Only forms that nobody types by chance are taken for keys.

const REMOVED = '[removed]'

const KEY_FORMS: readonly RegExp[] = [
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_|AIza)(?=[\w-]*\d)[\w-]{16,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/g,
  /(?<=\bbearer\s+)(?=[\w+/=.~-]*\d)[\w+/=.~-]{16,}/gi,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=\b[a-z][a-z+]*:\/\/[^\s/@:]{1,80}:)[^\s/@]{1,200}(?=@)/gi,
]

/** Takes these secrets and all key forms out of every string of a value; nothing of it is changed in place. */
export function redactor(secrets: readonly string[]): (value: unknown) => unknown {
  // Short ones would take half of every text with them.
  const known = secrets.filter((secret) => secret.length >= 8)
  const withoutKnown = (text: string): string =>
    known.reduce((rest, secret) => rest.replaceAll(secret, REMOVED), text)
  const withoutForms = (text: string): string =>
    KEY_FORMS.reduce((rest, form) => rest.replace(form, REMOVED), withoutKnown(text))
  return (value) => redacted(value, withoutForms, withoutKnown)
}

function redacted(
  value: unknown,
  clean: (text: string) => string,
  opaque: (text: string) => string,
): unknown {
  if (typeof value === 'string') return clean(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => redacted(each, clean, opaque))
  // A vendor takes its own signature back only as it gave it.
  const isOpaque = (value as { type?: unknown }).type === 'opaque'
  const inside = isOpaque ? opaque : clean
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [clean(name), redacted(each, inside, opaque)]),
  )
}
