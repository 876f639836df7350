// Redaction
//
// Removes secrets from texts: known secrets in every common encoding, and texts with the form of a key.
// Leaves: which secrets there are, and where texts are written (app/).
//
// R1. A text that merely resembles a key stays: source text is full of words like `token = read()`. Only forms that
//     nobody types by chance are removed.
// R2. A single word is no secret: half of all `.env` files hold `POSTGRES_PASSWORD=postgres`, and the code beside them
//     holds the same word. Removing it would break the text of programs.

import { BETWEEN, writtenForms } from './written-forms.ts'

export interface Redactor {
  text(text: string): string
  /** Redacts every string and every field name of a value; returns a copy. */
  value<T>(value: T): T
  /**
   * For a log, whose text nobody has to use again: as `value`, and removes what only resembles a key and every text
   * under the name of a secret. An error becomes an object; deeper than 8 levels is cut.
   */
  entry(value: unknown): unknown
}

export const REMOVED = '[removed]'
/** Shorter secrets occur in ordinary text too often. */
const MIN_SECRET_LENGTH = 8
const MAX_DEPTH = 256
const MAX_ENTRY_DEPTH = 8

const KEY_FORMS: readonly RegExp[] = [
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_|AIza)(?=[\w-]*\d)[\w-]{16,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/g,
  /(?<=\bbearer\s+)(?=[\w+/=.~-]*\d)[\w+/=.~-]{16,}/gi,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // Tests of URLs are full of `user:password@host`.
  /(?<=\b[a-z][a-z+]*:\/\/[^\s/@:]{1,80}:)(?=[^\s/@]*\d)[^\s/@]{8,200}(?=@)/gi,
]

/** In a log: better one value too many than one too few. */
const LIKELY_FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_)[\w-]{16,}/g, REMOVED],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, REMOVED],
  [/\b(bearer|basic)\s+[\w+/=.~-]{12,}/gi, `$1 ${REMOVED}`],
  [/\b([a-z][a-z+]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, `$1${REMOVED}@`],
  [/\b(\w*(?:secret|token|password|api_?key))(["']?\s*[=:]\s*["']?)[^\s"',;]{6,}/gi, `$1$2${REMOVED}`],
]

const SECRET_NAME =
  /pass(word|wd|phrase)?$|secret|token$|api[-_]?key|private[-_]?key|credential|authorization|cookie|^pass/i

/** Up to twelve letters, such as `postgres`, `changeme`, `Development` (R2). */
const SINGLE_WORD = /^[A-Za-z]?(?:[a-z]{1,11}|[A-Z]{1,11})$/

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
  const withoutLikely = (text: string): string =>
    LIKELY_FORMS.reduce((rest, [form, instead]) => rest.replace(form, instead), withoutForms(text))
  const isSecret = (name: string, value: unknown): boolean =>
    SECRET_NAME.test(name) && value !== null && typeof value !== 'number' && typeof value !== 'boolean'
  return {
    text: withoutForms,
    value: <T>(value: T) => redacted(value, { text: withoutForms, opaque: withoutKnown }, MAX_DEPTH) as T,
    entry: (value) => redacted(value, { text: withoutLikely, isSecret, plain: plainOf }, MAX_ENTRY_DEPTH),
  }
}

function isLongEnough(secret: string): boolean {
  return secret.length >= MIN_SECRET_LENGTH
}

interface RedactionRule {
  readonly text: (text: string) => string
  /** For the blocks of a vendor, which accepts its own signature only unchanged. */
  readonly opaque?: (text: string) => string
  readonly isSecret?: (name: string, value: unknown) => boolean
  /** The object whose fields are those of the copy. */
  readonly plain?: (value: object) => unknown
}

function redacted(value: unknown, rule: RedactionRule, levels: number): unknown {
  if (typeof value === 'string') return rule.text(value)
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return '[too deep]'
  const source = rule.plain ? rule.plain(value) : value
  if (typeof source !== 'object' || source === null) return redacted(source, rule, levels)
  if (Array.isArray(source)) return source.map((each) => redacted(each, rule, levels - 1))
  const { opaque } = rule
  const inside = opaque && (source as { type?: unknown }).type === 'opaque' ? { ...rule, text: opaque } : rule
  return Object.fromEntries(
    Object.entries(source).map(([name, each]) => [
      // No secret and no form of one is shorter.
      name.length < MIN_SECRET_LENGTH ? name : rule.text(name),
      rule.isSecret?.(name, each) ? REMOVED : redacted(each, inside, levels - 1),
    ]),
  )
}

function plainOf(value: object): unknown {
  if (value instanceof Error) return { ...value, message: value.message, stack: value.stack }
  return 'toJSON' in value && typeof value.toJSON === 'function' ? value.toJSON() : value
}
