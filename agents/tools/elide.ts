// Elide
//
// Shortens long output to its beginning, its end, and the amount left out between them.

import { stripVTControlCharacters } from 'node:util'

const HALF = 5000

export function elide(output: string, half = HALF): string {
  const text = stripVTControlCharacters(output).replace(/[^\S\n]*\r(?!\n)/g, '\n')
  if (text.length <= 2 * half) return text
  const left = text.length - 2 * half
  return `${text.slice(0, half)}\n[... ${left} characters left out ...]\n${text.slice(-half)}`
}
