// Which of several runners a repository's tests are run with.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Survey } from '../../../machines/index.ts'
import { FailingTests } from '../../../workspace/survey/failing-tests.ts'
import { Refusal } from '../../../workspace/survey/refusal.ts'
import { requirePrograms, tryRunners } from '../../../workspace/survey/survey.ts'
import { write } from '../repositories.ts'

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

describe('a script that starts a program of its own', () => {
  const named = (test: string, folder: string) => () =>
    requirePrograms({ repository: '/r' }, { scripts: { test } }, folder)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'canopy-programs-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is refused where no command sees the program, with the way to get it', () => {
    expect(named('deno test --allow-read', folder)).toThrow(
      /^npm test of \/r runs deno, .*\. Add it: npm install --save-dev deno$/,
    )
  })

  it.each(['deno test', 'mocha && deno test'])('is run where a package brings it: %s', (test) => {
    write(folder, { '.bin/deno': '' })
    expect(named(test, folder)).not.toThrow()
  })

  it('is run where it is one of the machine', () => {
    expect(named('node test/x.js', folder)).not.toThrow()
  })
})
