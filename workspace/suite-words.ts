// Suite words
//
// The end of a command's output, where it gives the reason, without colours.
//
// Canopy sets no variable against colours: tests may ask for them.

import { stripVTControlCharacters } from 'node:util'
import type { CommandOutput } from './sandbox/sandbox.ts'

export function lastWords(output: CommandOutput): string {
  return stripVTControlCharacters(`${output.stderr}\n${output.stdout}`).trim().slice(-1500)
}
