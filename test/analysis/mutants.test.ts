// Mutants: small changes, on the lines that are asked for, never more than asked for.

import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'

const TEXT = `import { log } from './log.ts'
type Kind = 'a' | 'b'
export function first(values: number[], kind: Kind): number {
  if (values.length === 0 || kind === 'b') throw new Error('none of ' + kind)
  let sum = 0
  for (const value of values) sum += value * 2
  log.write('sum')
  return sum
}
`

describe('mutants', () => {
  it('are what a test should notice, and leave types and words for people alone', async () => {
    const mutants = await analysis.mutants({ path: 'src/a.ts', text: TEXT, most: 50 })
    const said = mutants.map(({ line, what }) => `${line}: ${what}`)
    expect(said).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^4: === became !==/),
        expect.stringMatching(/^4: \|\| became &&/),
        expect.stringMatching(/^4: 0 became 1/),
        expect.stringMatching(/^6: \+= became -=/),
        expect.stringMatching(/^6: \* became \//),
        expect.stringMatching(/^8: return sum became return undefined/),
      ]),
    )
    expect(said.filter((one) => /^(1|2|7):|none of/.test(one))).toEqual([])
    for (const { text } of mutants) expect(analysis.parseProblem('src/a.ts', text)).toBeUndefined()
  })

  it('say how the process would end in the same place, where a statement begins on the line', async () => {
    const mutants = await analysis.mutants({ path: 'src/a.ts', text: TEXT, most: 50 })
    const { ended = '' } = mutants.find(({ line }) => line === 8) ?? {}
    expect(ended).toBe(TEXT.replace('return sum', "process.kill(process.pid, 'SIGABRT');return sum"))
    for (const one of mutants)
      if (one.ended !== undefined) expect(analysis.parseProblem('src/a.ts', one.ended)).toBeUndefined()
    const [arrow] = await analysis.mutants({
      path: 'a.ts',
      text: 'const f = (a: number) =>\n  a + 1\n',
      most: 1,
    })
    expect(arrow?.ended).toBeUndefined()
  })

  it('are spread over the lines that are asked for, the same each time', async () => {
    const question = { path: 'src/a.ts', text: TEXT, lines: new Set([4, 6, 8]), most: 3 }
    const mutants = await analysis.mutants(question)
    expect(mutants.map(({ line }) => line)).toEqual([4, 6, 8])
    expect(await analysis.mutants(question)).toEqual(mutants)
  })
})
