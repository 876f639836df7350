// Clean screen
//
// Owns:   that nothing which a repository, a model, its server or a registry said moves the user's cursor, writes to the clipboard
//         or turns text around, whichever command shows it.
// Leaves: the text itself. Writers of single lines remove line breaks, too (words.ts).
//
// S1. Of control characters only line ends, tabs and colours pass; while a run is drawn in place, also what log-update moves the
//     cursor with. Others are shown as escapes, which in JSON stand for the same characters.

import type { Screen } from './progress/screen.ts'

const COLOUR = '\\[[\\d;]*m'
const MOVE = '\\[\\d*[A-GJK]|\\[\\?(?:25|2026)[hl]'
/** Control characters, and those that turn the direction of text. */
const OTHER = '[\\p{Cc}\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]'

function cleaner(kept: string): (text: string) => string {
  const pattern = new RegExp(`(\\u001b(?:${kept})|[\\n\\t])|${OTHER}`, 'gu')
  return (text) => text.replace(pattern, (found, own?: string) => own ?? escaped(found))
}

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Text with line ends, tabs and colours. */
export const cleanText = cleaner(COLOUR)
const cleanFrame = cleaner(`${COLOUR}|${MOVE}`)

/** The same screen; `isDrawn`: it is drawn in place. */
export function cleanScreen<S extends Screen>(screen: S, { isDrawn }: { readonly isDrawn: boolean }): S {
  const clean = isDrawn ? cleanFrame : cleanText
  return Object.create(screen, { write: { value: (text: string) => screen.write(clean(text)) } }) as S
}
