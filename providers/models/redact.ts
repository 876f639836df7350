// Redact
//
// Owns:   what of a vendor's words may be shown: without the key, without markup, not endless.

import { createRedactor } from '../../machines/index.ts'

const LONGEST = 600
/** A placeholder for servers that need no key; not a secret, and too common a word to hide. */
export const NO_KEY = 'none'

/** A text that can be shown: vendors do repeat keys in their errors. */
export function redacted(text: string, key: string): string {
  const plain = createRedactor(key === NO_KEY ? [] : [key])
    .text(text)
    .replaceAll(/<(style|script)[^>]*>[\s\S]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)} … (${plain.length} characters)` : plain
}
