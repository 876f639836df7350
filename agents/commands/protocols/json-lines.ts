// JSON lines
//
// Splits the output of an agent command into lines and parses each as JSON.
//
// L1. A line longer than 4 MB, or one that is no JSON, is logged and left out; only the first 5 are logged.

import { StringDecoder } from 'node:string_decoder'
import { jsonOf } from '../../../kernel/index.ts'

const MAX_LINE = 4 * 1024 * 1024
const MAX_LOGGED = 5
const SHOWN = 200

/** Takes chunks; calls `onValue` with the value of each line. */
export function jsonLines(
  onValue: (value: unknown) => void,
  log: (sentence: string) => void,
): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let isSkipping = false
  let logged = 0
  const odd = (sentence: string): void => {
    logged += 1
    if (logged <= MAX_LOGGED) log(sentence)
  }
  const take = (line: string): void => {
    if (line.trim() === '') return
    const value = jsonOf(line)
    if (value === undefined) odd(`it printed a line that is no JSON: ${line.slice(0, SHOWN)}`)
    else onValue(value)
  }
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!isSkipping) take(line)
      isSkipping = false
    }
    if (rest.length <= MAX_LINE) return
    if (!isSkipping) odd(`it printed a line of more than ${MAX_LINE} characters`)
    isSkipping = true
    rest = ''
  }
}
