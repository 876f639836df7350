// What a run is told of a repository whose test command names its files: a goal of coverage cannot be reached there.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createImplementations } from '../../../app/run/implementations.ts'
import { type Milestone, milestoneSchema } from '../../../machines/index.ts'
import { NODE_TEST, Playground } from '../../workspace/repositories.ts'

let playground: Playground
beforeEach(() => {
  playground = new Playground()
})
afterEach(() => playground.dispose())

const scripts = { test: 'node --test test/sign.test.ts' }
const files = { ...NODE_TEST, 'package.json': JSON.stringify({ type: 'module', scripts }) }

async function surveyFor(milestones: readonly Milestone[]): Promise<unknown> {
  const repository = playground.repository(files)
  const workspace = await playground.open(repository)
  const { survey } = createImplementations({ workspace, milestones, seed: 1, allowDirty: false })
  const { signal } = new AbortController()
  return survey({ input: { repository }, key: 'k', attempt: 1, address: 'system.supervisor', signal })
}

const milestone = (goal: unknown) => milestoneSchema.parse({ id: 'm', name: 'M', goal })

describe('a repository whose test command names its files', () => {
  it('is refused for a goal of coverage, with the ways out', async () => {
    const found = await surveyFor([milestone({ branchCoverage: 90 })])
    expect(found).toMatchObject({ kind: 'refused', reason: expect.stringContaining('test/*.test.js') })
    expect(found).toMatchObject({ reason: expect.stringContaining('--outcome') })
  })

  it('is surveyed for a goal in words', async () => {
    const found = await surveyFor([milestone({ outcome: 'A flag', accept: [] })])
    expect(found).toMatchObject({ kind: 'surveyed', survey: { runsNewTestFiles: false } })
  })
})
