// Flakiness gate
//
// The gate `flakiness` for tests: new tests pass five times without a failure: once in the whole run, and four times
// more here, each in a new process, shuffled, under other clocks.
//
// The copies are new files in new worktrees, one for each round, written before any test runs there. A runner starts
// each file separately, so two runs of two copies cost half of four runs.

import { fillPattern, testNameIn, type Verdict } from '../machines/index.ts'
import { INTEGRATION_AGAIN, readInside, replaceInside, runSuite, withWorktree } from '../workspace/index.ts'
import type { Gate, GateInput, GateParts } from './gate.ts'
import { findingOf, verdict } from './verdict.ts'

export const ROUNDS = [
  { seed: 1, TZ: 'Asia/Tokyo' },
  { seed: 2, TZ: 'America/New_York' },
]
const COPIES = 2
const MAX_TEST_BYTES = 4 * 1024 * 1024

export const flakiness: Gate = {
  name: 'flakiness',
  judges: 'submission',
  async judge(parts, subject): Promise<Verdict> {
    const { survey, commit, signal } = subject
    const rounds = ROUNDS.map((round) => {
      const order = { ...survey, name: `${INTEGRATION_AGAIN}-${round.seed}`, commit, signal }
      return withWorktree(parts, order, async ({ path: root }) => {
        const files = await copyTests(parts, root, subject)
        return problemsIn(parts, subject, { ...round, root, files })
      })
    })
    await Promise.allSettled(rounds)
    return verdict('flakiness', (await Promise.all(rounds)).flat())
  },
}

async function copyTests(
  { places }: GateParts,
  root: string,
  { survey, changes }: GateInput,
): Promise<string[]> {
  const copies = changes.flatMap(({ path }) =>
    Array.from({ length: COPIES }, (_, number) => {
      const name = `${testNameIn(survey.testPattern, path)}.again-${number + 1}`
      return { path, copy: fillPattern(survey.testPattern, name) }
    }),
  )
  for (const { path, copy } of copies) {
    const test = await readInside(root, path, MAX_TEST_BYTES)
    if (test !== undefined) await replaceInside(root, copy, { ...test, spare: places.scratch })
  }
  return copies.map(({ copy }) => copy)
}

export async function problemsIn(
  parts: GateParts,
  { survey, limitMs, signal }: GateInput,
  round: { seed: number; TZ: string; root: string; files: readonly string[] },
): Promise<string[]> {
  const { root, files, seed, TZ } = round
  const { runner, dependencies, node, setup, commands } = survey
  const order = {
    runner,
    commands,
    dependencies,
    node,
    setup,
    root,
    files,
    seed,
    timeoutMs: limitMs,
    env: { TZ },
    signal,
  }
  const outcome = await runSuite(parts.sandbox, parts.places, order)
  if (outcome.kind === 'broken') return [`with TZ=${TZ} the new tests ${outcome.reason}`]
  const { report } = outcome
  if (report.success && report.passed > 0) return []
  const failures = report.failures.map((test) => `with TZ=${TZ}, shuffled: ${findingOf(test)}`)
  return failures.length > 0 ? failures : [`with TZ=${TZ} the new tests failed outside of any test`]
}
