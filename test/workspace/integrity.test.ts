// Test integrity, on a corpus of changes: cheating ones are refused by what is wrong with them, honest ones pass.

import { describe, expect, it } from 'vitest'
import { analysis } from '../../providers/index.ts'
import { findingText, integrityFindings, isTestCode } from '../../workspace/gates/integrity.ts'
import { CHEATING } from '../corpus/integrity/cheating.ts'
import { HONEST } from '../corpus/integrity/honest.ts'
import { type Change, filesOf, othersOf } from '../corpus/integrity/trees.ts'

async function findings(change: Change) {
  const permission = { kind: change.kind ?? 'code', files: change.names ?? [] }
  const others = othersOf(change).filter(({ path }) => isTestCode(path))
  return (await integrityFindings(analysis, { changes: filesOf(change), permission, others })) ?? []
}

describe('the corpus', () => {
  it('is large enough', () => {
    expect(CHEATING.length).toBeGreaterThanOrEqual(40)
    expect(HONEST.length).toBeGreaterThanOrEqual(40)
  })

  it.each(CHEATING.map((change) => [change.finding, change.name, change] as const))(
    '%s refuses: %s',
    async (finding, _name, change) => {
      expect((await findings(change)).map(({ kind }) => kind)).toContain(finding)
    },
  )

  it.each(HONEST.map((change) => [change.name, change] as const))('lets pass: %s', async (_name, change) => {
    expect((await findings(change)).map(findingText)).toEqual([])
  })
})
