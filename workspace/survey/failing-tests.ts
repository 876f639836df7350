// Failing tests
//
// The refusal of a repository whose tests do not pass in a fresh checkout: which tests, with their own messages, and
// how the checkout differs from the user's.
// Leaves: finding the differences (checkout-differences.ts).

import type { SuiteReport } from '../runners/runner.ts'
import { Refusal } from './refusal.ts'

const MAX_NAMED = 10
const MAX_MESSAGE_LINES = 6
const MAX_LINE_CHARACTERS = 200

/** Words of a failure that a build or a generated file would mend. */
const MISSING =
  /Cannot find (?:module|package)|ERR_MODULE_NOT_FOUND|ENOENT|no such file|Failed to (?:load|resolve)|Could not resolve|Cannot read .*dist|is not built/i

export class FailingTests extends Refusal {
  /** Whether a file is missing that a setup may make. */
  readonly isMissing: boolean
  /** Whether the tests ran; else no report tells of them. */
  readonly hasRun: boolean

  constructor(what: string, said: string, differences: readonly string[], hasRun = true) {
    const list = differences.map((line) => `\n- ${line}`).join('')
    const how = list === '' ? '' : `\nThe checkout differs from yours:${list}`
    super('failing_tests', `${what}${how}`)
    this.isMissing = MISSING.test(said)
    this.hasRun = hasRun
  }
}

/** The failed tests, each with the lines of its message that tell most. */
export function namedFailures({ failures, said = '' }: Pick<SuiteReport, 'failures' | 'said'>): string {
  if (failures.length === 0) return ` an error outside of any test${indented(said)}`
  const named = failures.slice(0, MAX_NAMED).map(({ file, name, message }) => {
    const place = file === '' ? name : `${file}: ${name}`
    return `\n  ${place}${indented(message)}`
  })
  const more = failures.length > MAX_NAMED ? `\n  and ${failures.length - MAX_NAMED} more` : ''
  return named.join('') + more
}

function indented(message: string): string {
  const lines = message
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/^\s+at .*(?:node:|node_modules)/.test(line))
  return telling(lines)
    .map((line) => `\n      ${line.slice(0, MAX_LINE_CHARACTERS)}`)
    .join('')
}

/** A line that names an error, as Python, JavaScript and assertions do. */
const NAMES_ERROR =
  /^(?:E\s|\s*(?:[A-Za-z_.]*(?:Error|Exception)\b|error\b|fatal\b|expected\b|actual\b|received\b))/i

/** Where a message is too long: its first two lines and those that name an error, in their order; else the next ones. */
function telling(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_MESSAGE_LINES) return lines
  const numbers = lines.map((_, at) => at)
  const isFirst = (at: number) => at < 2 || NAMES_ERROR.test(lines[at] ?? '')
  const ranked = [...numbers.filter(isFirst), ...numbers.filter((at) => !isFirst(at))]
  const chosen = new Set(ranked.slice(0, MAX_MESSAGE_LINES))
  return lines.filter((_, at) => chosen.has(at))
}
