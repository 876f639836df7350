// Shown message
//
// Owns:   what of a vendor's words may be shown: without the key, without markup, at most 600 characters.
// Leaves: removing secrets (machines/redaction.ts).

import { createRedactor } from '../../machines/index.ts'

const MAX_CHARACTERS = 600
/** A placeholder for servers that need no key; not a secret, and too common a word to hide. */
export const NO_KEY = 'none'

/** A text that can be shown: vendors do repeat keys in their errors. */
export function shownMessage(text: string, key: string): string {
  const plain = createRedactor(key === NO_KEY ? [] : [key])
    .text(text)
    .replaceAll(/<(style|script)[^>]*>[\s\S]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return plain.length > MAX_CHARACTERS
    ? `${plain.slice(0, MAX_CHARACTERS)} … (${plain.length} characters)`
    : plain
}
