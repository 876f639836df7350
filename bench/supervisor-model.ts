// A real supervisor (a node with its store, mail and clock in memory) and an independent model of OTP's rules take the
// same random steps, and are compared after each one. Not a figure of speed but of trust: how many runs agreed.
// `npm run bench -- supervisor-model [SEED]` repeats a run; a run that fails is printed as small as it can be made.

import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { agree, randomRun } from '../test/actors/otp/model-run.ts'
import { round2 } from './parts/figures.ts'

export const title = 'runs in which a supervisor and a model of OTP agreed after every step'

interface Options {
  readonly quick: boolean
  readonly only: readonly string[]
}

export async function run({ quick, only: [given] }: Options) {
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given)
  process.stderr.write(`seed ${seed}\n`)
  const since = performance.now()
  let steps = 0
  const strategies: Record<string, number> = {}
  const property = fc.asyncProperty(randomRun, async (each) => {
    steps += await agree(each)
    strategies[each.flags.strategy] = (strategies[each.flags.strategy] ?? 0) + 1
  })
  const numRuns = quick ? 500 : 10_000
  await fc.assert(property, { seed, numRuns })
  return { seed, runs: numRuns, steps, strategies, seconds: round2((performance.now() - since) / 1_000) }
}
