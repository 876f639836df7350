// What eslint, oxlint and biome really said, of the newest version and of an old one, recorded: `recorded/linters.json`.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { complaintsIn } from '../../gates/lint-readers.ts'

const recordedSchema = z.array(
  z.object({
    linter: z.enum(['eslint', 'oxlint', 'biome']),
    version: z.string(),
    what: z.enum(['problems', 'no program', 'all ignored', 'warnings', 'a crash', 'a wrong configuration']),
    code: z.int(),
    stdout: z.string(),
    stderr: z.string(),
  }),
)
const RECORDED = recordedSchema.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, 'recorded/linters.json'), 'utf8')),
)
type Recorded = (typeof RECORDED)[number]

const read = ({ linter, ...output }: Recorded) => complaintsIn(linter, '/repo', output)
const of = (...whats: Recorded['what'][]) =>
  RECORDED.filter(({ what }) => whats.includes(what)).map(
    (one) => [`${one.linter} ${one.version}: ${one.what}`, one] as const,
  )

describe('a linter', () => {
  it.each(of('problems'))('%s: each error with its place, no warning', (_name, one) => {
    const told = read(one)
    if (typeof told === 'string') throw new Error(told)
    expect(told.map((complaint) => complaint.split(':').slice(0, 2).join(':')).sort()).toEqual([
      'src/a b/bad.js:1',
      'src/bad.js:3',
      'src/bad.js:4',
    ])
    for (const words of ['debugger', '==']) expect(told.join('\n')).toContain(words)
  })

  it.each(of('no program'))('%s: a file that cannot be read is an error of it', (_name, one) => {
    expect(read(one)).toEqual([expect.stringMatching(/^src\/broken\.js:1:.*(Unexpected|Expected)/)])
  })

  it.each(of('all ignored', 'warnings'))('%s: no complaint', (_name, one) => {
    expect(read(one)).toEqual([])
  })

  it.each(of('a crash', 'a wrong configuration'))('%s: no answer, and why', (_name, one) => {
    expect(read(one)).toMatch(
      /^(eslint|oxlint|biome) exited with [12] and named no file: .*(boom|nosuch|nope)/s,
    )
  })

  it('is known in both versions', () => {
    expect(new Set(RECORDED.map(({ linter, version }) => `${linter} ${version.split('.')[0]}`))).toEqual(
      new Set(['eslint 10', 'eslint 8', 'oxlint 1', 'oxlint 0', 'biome 2', 'biome 1']),
    )
  })
})
