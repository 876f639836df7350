// Written forms
//
// The forms in which a secret can be written: plain, escaped for JSON, URLs or HTML, in UTF-16, base64 or hex.

/** One written form of a secret. */
export interface WrittenForm {
  readonly form: string
  /** Characters that may separate its parts. */
  readonly between?: RegExp
  readonly everywhere: RegExp
}

/** Fewer characters of base64 occur in ordinary text too often. */
const MIN_BASE64_LENGTH = 10
/** Base64 may be wrapped into lines. */
const LINE_ENDS = /[\r\n]/g
/** Separators of bytes in `xxd`, fingerprints, URLs (`%73`) and literals (`\x73`, `0x73, `). */
const AMONG_BYTES = /[\s:%,]|\\x|0x/g
/** Each that a form can have. */
export const BETWEEN = [LINE_ENDS, AMONG_BYTES]

export function writtenForms(secret: string): WrittenForm[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret.toWellFormed())
  // As `URLSearchParams` and the form of a page write it.
  const field = url
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
  const bytes = new TextEncoder().encode(secret)
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'))
  const plain = [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    ...[url, field].flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (each) => each.toLowerCase())]),
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
