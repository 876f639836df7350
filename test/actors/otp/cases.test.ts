import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type CaseName, cases } from './cases.ts'

const here = dirname(fileURLToPath(import.meta.url))
const tested = readdirSync(here)
  .filter((file) => file.endsWith('.test.ts'))
  .flatMap((file) => [...readFileSync(join(here, file), 'utf8').matchAll(/^\s*otp\('(\w+)'/gm)])
  .map(([, name]) => String(name))

describe('supervisor_SUITE: the table', () => {
  it('has all 93 cases', () => {
    expect(Object.keys(cases)).toHaveLength(93)
  })

  it('each case has exactly one test, or a reason why there is none', () => {
    const wanted = (Object.keys(cases) as CaseName[]).filter((name) => {
      const standing: object | string = cases[name]
      return typeof standing === 'string' || !('left' in standing)
    })
    expect(tested.toSorted()).toEqual(wanted.toSorted())
  })
})
