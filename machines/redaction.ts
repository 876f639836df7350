// Redaction
//
// Removes secrets from texts: known secrets in every common encoding, and texts with the form of a key.
// Leaves: which secrets there are, and where texts are written (app/).
//
// R1. A text that merely resembles a key stays: source text is full of words like `token = read()`. Only forms that
//     nobody types by chance are removed.
// R2. A single word is no secret: half of all `.env` files hold `POSTGRES_PASSWORD=postgres`, and the code beside them
//     holds the same word. Removing it would break the text of programs.

export interface Redactor {
  text(text: string): string
  /** Redacts every string and every field name of a value; returns a copy. */
  value<T>(value: T): T
}

export const REMOVED = '[removed]'
/** Shorter secrets occur in ordinary text too often. */
const MIN_SECRET_LENGTH = 8
/** Fewer characters of base64 occur in ordinary text too often. */
const MIN_BASE64_LENGTH = 10
const MAX_DEPTH = 256

const KEY_FORMS: readonly RegExp[] = [
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_|AIza)(?=[\w-]*\d)[\w-]{16,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/g,
  /(?<=\bbearer\s+)(?=[\w+/=.~-]*\d)[\w+/=.~-]{16,}/gi,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // Tests of URLs are full of `user:password@host`.
  /(?<=\b[a-z][a-z+]*:\/\/[^\s/@:]{1,80}:)(?=[^\s/@]*\d)[^\s/@]{8,200}(?=@)/gi,
]

const SECRET_NAME =
  /pass(word|wd|phrase)?$|secret|token$|api[-_]?key|private[-_]?key|credential|authorization|cookie|^pass/i

/** Up to twelve letters, such as `postgres`, `changeme`, `Development` (R2). */
const SINGLE_WORD = /^[A-Za-z]?(?:[a-z]{1,11}|[A-Z]{1,11})$/

/** Whether a value with this name is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** Name endings that are secret only among settings. */
const SECRET_SETTING = /_(key|pwd|pat)$/i
const PASSWORD_IN_ADDRESS = /\b[a-z][a-z\d+.-]*:\/\/[^\s/:@]*:([^\s/"]+)@/gi

/**
 * Values of settings with the name of a secret, and passwords in URLs under any name, e.g. of an environment or a
 * `.env` file.
 */
export function secretsAmong(settings: Readonly<Record<string, string | undefined>>): string[] {
  const found = Object.entries(settings).flatMap(([name, value = '']) => [
    ...(SECRET_NAME.test(name) || SECRET_SETTING.test(name) ? [value] : []),
    ...passwordsIn(value),
  ])
  return found.filter((value) => isLongEnough(value) && !SINGLE_WORD.test(value))
}

/** As written in the URLs, and decoded. */
function passwordsIn(text: string): string[] {
  const written = [...text.matchAll(PASSWORD_IN_ADDRESS)].map(([, password = '']) => password)
  return [...new Set(written.flatMap((password) => [password, decoded(password)]))]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Removes these secrets: plain, escaped for JSON, URLs or HTML, in UTF-16, base64 or hex.
 * @param options `forms`: also removes texts with the form of a key; default true.
 */
export function createRedactor(secrets: readonly string[], { forms = true } = {}): Redactor {
  const known = [...new Set(secrets)].filter(isLongEnough).flatMap(writtenForms)
  const withoutKnown = (text: string): string => {
    const loose = new Map(BETWEEN.map((between) => [between, text.replaceAll(between, '')]))
    const there = known.filter(({ form, between }) => (between ? loose.get(between) : text)?.includes(form))
    return there.reduce((rest, { everywhere }) => rest.replace(everywhere, REMOVED), text)
  }
  const withoutForms = (text: string): string =>
    (forms ? KEY_FORMS : []).reduce((rest, form) => rest.replace(form, REMOVED), withoutKnown(text))
  return {
    text: withoutForms,
    value: <T>(value: T) => redacted(value, withoutForms, withoutKnown, 0) as T,
  }
}

function isLongEnough(secret: string): boolean {
  return secret.length >= MIN_SECRET_LENGTH
}

/** One written form of a secret. */
interface WrittenForm {
  readonly form: string
  /** Characters that may separate its parts. */
  readonly between?: RegExp
  readonly everywhere: RegExp
}

/** Base64 may be wrapped into lines. */
const LINE_ENDS = /[\r\n]/g
/** Separators of bytes in `xxd`, fingerprints, URLs (`%73`) and literals (`\x73`, `0x73, `). */
const AMONG_BYTES = /[\s:%,]|\\x|0x/g
const BETWEEN = [LINE_ENDS, AMONG_BYTES]

function writtenForms(secret: string): WrittenForm[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret.toWellFormed())
  const bytes = new TextEncoder().encode(secret)
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'))
  const plain = [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    url,
    url.toLowerCase(),
    ...htmlOf(secret),
    // UTF-16 that was read as UTF-8.
    [...secret].join('\0'),
  ]
  const base64 = [0, 1, 2].map((offset) => base64Inside(bytes, offset))
  const encoded = [...base64, ...base64.map((each) => each.replaceAll('+', '-').replaceAll('/', '_'))]
  return [
    ...[...new Set(plain)].map((form) => ({ form, everywhere: pattern([form]) })),
    ...[hex, hex.map((byte) => byte.toUpperCase())].map((pieces) => loosely(pieces, AMONG_BYTES)),
    ...[...new Set(encoded)]
      .filter((form) => form.length >= MIN_BASE64_LENGTH)
      .map((form) => loosely([...form], LINE_ENDS)),
  ]
}

function loosely(pieces: readonly string[], between: RegExp): WrittenForm {
  return { form: pieces.join(''), between, everywhere: pattern(pieces, `(?:${between.source})*`) }
}

/** Some writers escape all quotes, others leave the single quote. */
function htmlOf(text: string): string[] {
  const most = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
  return ['&#39;', '&#039;', '&#x27;', '&apos;', "'"].map((quote) => most.replaceAll("'", quote))
}

/** The part of base64 that depends on these bytes alone, at this offset in a longer text. */
function base64Inside(bytes: Uint8Array, offset: number): string {
  const text = String.fromCharCode(...new Uint8Array(offset), ...bytes)
  const whole = btoa(text).replaceAll('=', '')
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + bytes.length) * 8) / 6)
  return whole.slice(first, last)
}

function pattern(pieces: readonly string[], between = ''): RegExp {
  const escaped = pieces.map((piece) => piece.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  return new RegExp(escaped.join(between), 'g')
}

function redacted(
  value: unknown,
  clean: (text: string) => string,
  opaque: (text: string) => string,
  depth: number,
): unknown {
  if (typeof value === 'string') return clean(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[too deep]'
  if (Array.isArray(value)) return value.map((each) => redacted(each, clean, opaque, depth + 1))
  // A vendor accepts its own signature only unchanged.
  const isOpaque = (value as { type?: unknown }).type === 'opaque'
  const inside = isOpaque ? opaque : clean
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [clean(name), redacted(each, inside, opaque, depth + 1)]),
  )
}
