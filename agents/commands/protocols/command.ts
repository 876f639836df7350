// Protocol `command`
//
// Any program: it gets the prompt as an argument that has `{prompt}`, or else on its standard input, and prints its last
// message. Its exit status says whether it worked.

import type { CommandProtocol } from './command-protocol.ts'

const PROMPT = '{prompt}'
const MAX_TEXT_BYTES = 200_000

export const command: CommandProtocol = {
  resumes: false,
  silenceSeconds: undefined,
  words: (words, { text }) => words.map((word) => word.replaceAll(PROMPT, () => text)),
  converse({ text }, control, words) {
    if (!words.some((word) => word.includes(PROMPT))) control.write(text)
    control.end()
    let last = Buffer.alloc(0)
    return {
      take(chunk) {
        last = Buffer.concat([last, chunk]).subarray(-MAX_TEXT_BYTES)
      },
      report: () => ({ text: last.toString('utf8'), steps: 1 }),
    }
  },
}
