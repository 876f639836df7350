// Which of several runners a repository's tests are run with.

import { expect, it } from 'vitest'
import type { Survey } from '../../../machines/index.ts'
import { FailingTests } from '../../../workspace/survey/failing-tests.ts'
import { Refusal } from '../../../workspace/survey/refusal.ts'
import { tryRunners } from '../../../workspace/survey/survey.ts'

const failing = (runner: string) => new FailingTests(`fail with ${runner}`, '', [])

async function outcome(answers: Partial<Record<Survey['runner'], Error>>) {
  const asked: string[] = []
  const found = await tryRunners(['vitest', 'script'], async (runner) => {
    asked.push(runner)
    if (answers[runner] !== undefined) throw answers[runner]
    return runner
  }).catch((error: Error) => error.message)
  return { asked, found }
}

it.each([
  ['the first, where its tests pass', {}, ['vitest'], 'vitest'],
  ['the next, where they fail', { vitest: failing('vitest') }, ['vitest', 'script'], 'script'],
  [
    'none, with the refusal of the first, where all fail',
    { vitest: failing('vitest'), script: failing('script') },
    ['vitest', 'script'],
    'fail with vitest',
  ],
  [
    'none, where the repository is refused for another reason',
    { vitest: new Refusal('no_tests', 'no test') },
    ['vitest'],
    'no test',
  ],
  [
    'none, where a program of ours fails',
    { vitest: failing('vitest'), script: new Error('disk full') },
    ['vitest', 'script'],
    'disk full',
  ],
])('is %s', async (_which, answers, asked, found) => {
  expect(await outcome(answers)).toEqual({ asked, found })
})
