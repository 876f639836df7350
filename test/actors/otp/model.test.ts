import fc from 'fast-check'
import { describe, it } from 'vitest'
import { agree, randomRun } from './model-run.ts'

describe('a supervisor', () => {
  it('is where a model of OTP is, whatever happens to its children', async () => {
    // Of a failure fast-check prints the seed and the smallest run that fails.
    const property = fc.asyncProperty(randomRun, async (run) => {
      await agree(run)
    })
    await fc.assert(property, { numRuns: 300 })
  })
})
