// Suite words
//
// Owns:   the end of what a command said, which is where it says why.

import type { Output } from './sandbox/sandbox.ts'

export function lastWords(output: Output): string {
  return `${output.stderr}\n${output.stdout}`.trim().slice(-1500)
}
