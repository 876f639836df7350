// Tests that ask for colours see no variable of Canopy's against them, and what they print is shown without colours.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { runSuite } from '../../workspace/index.ts'
import { NODE_TEST, PACKAGES, Playground } from './repositories.ts'

let playground: Playground
beforeEach(() => {
  playground = new Playground()
})
afterEach(() => playground.dispose())

const repositoryWith = (body: string): string => {
  const test = `import assert from 'node:assert/strict'
import { it } from 'node:test'
import '../src/sign.ts'
it('has colours', () => {
  ${body}
})
`
  return playground.repository({ ...NODE_TEST, 'test/colour.test.ts': test })
}

it('leaves the choice of colours to the tests', async () => {
  const body = 'assert.deepEqual([process.env.NO_COLOR, process.env.FORCE_COLOR], [undefined, undefined])'
  const workspace = await playground.open(repositoryWith(body))
  expect(await workspace.survey()).toMatchObject({ kind: 'ready' })
})

it('shows the message of a failed test without colours', async () => {
  const root = repositoryWith(`throw new Error('\\u001b[31mred\\u001b[39m')`)
  const { sandbox, places } = (await playground.open(root)).parts
  const order = { root, runner: 'node', modules: [], dependencies: PACKAGES, timeoutMs: 60_000 } as const
  const outcome = await runSuite(sandbox, places, order)
  if (outcome.kind !== 'ran') throw new Error(outcome.reason)
  const [failed] = outcome.report.failures
  expect(failed?.message).toMatch(/^red\b/)
})
