// Size
//
// Owns:   how large a request is in tokens before anybody has counted them: a guess that learns from the counts of answers.
// Leaves: counts for the budget (machines/orchestrator/estimate.ts).
//
// Z1. Rather too many than too few: it is held against a vendor's limits.

import type { ModelRequest, Usage } from '../../machines/index.ts'

export interface Size {
  readonly input: number
  /** The most that the answer may have. */
  readonly mostOutput: number
  /** What answers had of late. */
  readonly output: number
}

const FIRST_TOKENS_A_BYTE = 1 / 3
const FIRST_OUTPUT = 2_000
const FORGETTING = 0.1

export class SizeGuess {
  #tokensAByte = FIRST_TOKENS_A_BYTE
  #output = FIRST_OUTPUT

  of(request: ModelRequest): Size {
    const { maxOutputTokens: mostOutput } = request
    const input = Math.ceil(bytesOf(request) * this.#tokensAByte)
    return { input, mostOutput, output: Math.min(mostOutput, Math.ceil(this.#output)) }
  }

  learn(request: ModelRequest, { input, cacheRead, cacheWrite, output }: Usage): void {
    this.#tokensAByte = towards(this.#tokensAByte, (input + cacheRead + cacheWrite) / bytesOf(request))
    this.#output = towards(this.#output, output)
  }
}

function bytesOf({ system, tools, turns, answer }: ModelRequest): number {
  return Buffer.byteLength(JSON.stringify([system, tools, turns, answer]))
}

/** Up at once, down slowly (Z1). */
function towards(old: number, seen: number): number {
  return Math.max(seen, old + (seen - old) * FORGETTING)
}
