// Test integrity, on a corpus of changes: cheating ones are refused by what is wrong with them, honest ones pass.

import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import { findingText, integrityFindings, isTestCode } from '../../gates/integrity.ts'
import { CHEATING } from '../corpus/integrity/cheating.ts'
import { HONEST } from '../corpus/integrity/honest.ts'
import { PYTHON_CHEATING, PYTHON_HONEST } from '../corpus/integrity/python.ts'
import { PYTHON_SYNTAX_CHEATING, PYTHON_SYNTAX_HONEST } from '../corpus/integrity/python-syntax.ts'
import { SYNTAX_CHEATING, SYNTAX_HONEST } from '../corpus/integrity/syntax.ts'
import { type Change, filesOf, othersOf } from '../corpus/integrity/trees.ts'

async function findings(change: Change) {
  const permission = { kind: change.kind ?? 'code', files: change.names ?? [] }
  const others = othersOf(change).filter(({ path }) => isTestCode(path))
  return (await integrityFindings(analysis, { changes: filesOf(change), permission, others })) ?? []
}

const cheating = [...CHEATING, ...PYTHON_CHEATING, ...PYTHON_SYNTAX_CHEATING, ...SYNTAX_CHEATING]
const honest = [...HONEST, ...PYTHON_HONEST, ...PYTHON_SYNTAX_HONEST, ...SYNTAX_HONEST]

describe('the corpus', () => {
  it('is large enough', () => {
    expect(CHEATING.length).toBeGreaterThanOrEqual(40)
    expect(HONEST.length).toBeGreaterThanOrEqual(40)
    expect([PYTHON_CHEATING.length >= 10, PYTHON_HONEST.length >= 10]).toEqual([true, true])
  })

  it.each(cheating.map((change) => [change.finding, change.name, change] as const))(
    '%s refuses: %s',
    async (finding, _name, change) => {
      expect((await findings(change)).map(({ kind }) => kind)).toContain(finding)
    },
  )

  it.each(honest.map((change) => [change.name, change] as const))('lets pass: %s', async (_name, change) => {
    expect((await findings(change)).map(findingText)).toEqual([])
  })

  it.each([
    [
      'constants of constants',
      Array.from({ length: 7 }, (_, at) => `const a${at} = [${`a${at + 1}, `.repeat(60)}]`).join('\n'),
    ],
    ['tables in tables', `const a7 = [${'1, '.repeat(199)}]\n`],
    ['brackets', `const deep = ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ])('is not held up by endless %s', async (_what, made) => {
    const loops = 'for (const x of a7) '.repeat(5)
    const text = `import { expect, it } from 'vitest'\n${made}\nit('a', () => {\n  expect(f(a0)).toBe(1)\n  ${loops}g(x)\n})\n`
    const changes = [{ path: 'test/a.test.ts', after: text }]
    const outcome = await integrityFindings(analysis, { changes, permission: {} }).catch(
      (error: Error) => error,
    )
    expect(String(outcome)).toMatch(/too involved|call stack/)
  })
})
