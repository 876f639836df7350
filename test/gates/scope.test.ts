// The scope of a submission of tests: new files, or more tests in the file that Canopy made for the module.

import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import type { GateInput, GateParts } from '../../gates/gate.ts'
import { scope } from '../../gates/scope.ts'

const PATTERN = 'test/{name}.canopy.test.ts'
const OWN = 'test/sign.canopy.test.ts'
const test = (title: string, line: string) => `  it('${title}', () => {\n    ${line}\n  })\n`
const file = (...tests: string[]) =>
  `import { describe, expect, it } from 'vitest'\nimport { sign } from '../src/sign.ts'\n\ndescribe('sign', () => {\n${tests.join('\n')}})\n`
const PLUS = test('plus', "expect(sign(1)).toBe('plus')")
const MINUS = test('minus', "expect(sign(-1)).toBe('minus')")

async function findings(
  after: string,
  { before, path = OWN, mode = '100644' }: { before?: string; path?: string; mode?: string } = {},
) {
  const status = before === undefined ? 'A' : 'M'
  const clone = { git: async () => `${'a'.repeat(40)} ${after.length}\n` }
  const subject = {
    survey: { testPattern: PATTERN },
    task: { id: 't', module: 'src/sign.ts', gap: 1, before: { covered: 0, total: 1 }, round: 2, needs: [] },
    changes: [{ path, mode, status, blob: 'a'.repeat(40) }],
    files: async () => [{ path, after, ...(before !== undefined && { before }) }],
  }
  const judged = await scope.judge(
    { clone, analysis } as unknown as GateParts,
    subject as unknown as GateInput,
  )
  return judged.findings
}

describe('a submission of tests', () => {
  it('may add a file', async () => {
    expect(await findings(file(PLUS))).toEqual([])
  })

  it('may add tests to the file for its module', async () => {
    expect(await findings(file(PLUS, MINUS), { before: file(PLUS) })).toEqual([])
  })

  it.each([
    ['loses a test', file(MINUS), /deleted_test/],
    ['skips a test', file(PLUS.replace('it(', 'it.skip('), MINUS), /skipped/],
    ['expects something else', file(PLUS.replace("toBe('plus')", 'toBeTruthy()'), MINUS), /loosened/],
    ['leaves a group out', file(PLUS, MINUS).replace('describe(', 'describe.skip('), /skipped/],
    ['returns before the old test', file(`  return\n${PLUS}`, MINUS), /./],
    ['comments the old test out', file(`/*${PLUS}*/`, MINUS), /commented_out/],
  ])('is refused when it %s', async (_, after, reason) => {
    expect((await findings(after, { before: file(PLUS) })).join()).toMatch(reason)
  })

  it.each([
    ['another test of Canopy', 'test/other.canopy.test.ts'],
    ['a test of the repository', 'test/sign.test.ts'],
    ['a source', 'src/sign.ts'],
  ])('may not change %s', async (_, path) => {
    const said = await findings(file(PLUS, MINUS), { before: file(PLUS), path })
    expect(said).toEqual([`${path} exists and would be changed (M); only new files may be added`])
  })

  it('may not make its file a program', async () => {
    expect((await findings(file(PLUS, MINUS), { before: file(PLUS), mode: '100755' })).join()).toMatch(
      /mode 100755/,
    )
  })
})
