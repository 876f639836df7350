// Suite words
//
// The end of a command's output, where it gives the reason.

import type { CommandOutput } from './sandbox/sandbox.ts'

export function lastWords(output: CommandOutput): string {
  return `${output.stderr}\n${output.stdout}`.trim().slice(-1500)
}
