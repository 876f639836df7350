// Suite words
//
// The end of a command's output, where it gives the reason.

import type { Output } from './sandbox/sandbox.ts'

export function lastWords(output: Output): string {
  return `${output.stderr}\n${output.stdout}`.trim().slice(-1500)
}
