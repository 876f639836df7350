// What is explained of a configuration is what a run gets: every value, who said it, where, and what was left out.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  configurationIn,
  type DecidedConfiguration,
  decideConfiguration,
} from '../../../app/configuration/configuration.ts'
import { explained } from '../../../app/configuration/explain.ts'
import type { ConfigurationOptions } from '../../../app/configuration/options.ts'
import { gateLimits } from '../../../gates/index.ts'
import { scratch } from '../../cli/scratch.ts'

interface Said {
  readonly user?: object | undefined
  readonly repository?: object | undefined
  readonly options?: ConfigurationOptions
  readonly isTrusted?: boolean
}

/** A machine with the two files, written as JSON, which is YAML. */
function machine() {
  const home = scratch()
  const repository = join(home, 'library')
  const files = { user: join(home, 'mine.yaml'), repository: join(repository, 'canopy.yaml') }
  mkdirSync(join(repository, '.git'), { recursive: true })
  const around = { env: {}, home, directory: home, cores: 4 }
  const textOf = (value: object) => JSON.stringify(value, null, 1)
  return {
    files,
    textOf,
    async decide({ user = {}, repository: said = {}, options = {}, isTrusted = false }: Said) {
      writeFileSync(files.user, textOf(user), { mode: 0o600 })
      writeFileSync(files.repository, textOf(said))
      const given = { config: files.user, ...options }
      return decideConfiguration(repository, given, around, { isTrusted })
    },
  }
}

/** What the run gets under a field as it is told, e.g. `budget.run.usd`. */
function inConfiguration({ configuration }: DecidedConfiguration, field: string): unknown {
  const whole = { ...configuration, gates: gateLimits(configuration.gates) }
  return field
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], whole)
}

const oneOf = (...values: unknown[]) => fc.constantFrom(...values)
const cap = fc.record(
  { usd: oneOf(0.5, 1, 3), tokens: oneOf(10, 1000), minutes: oneOf(5, 60) },
  { requiredKeys: [] },
)
const configuration = fc.record(
  {
    workers: oneOf(1, 3, 8),
    budget: fc.record({ run: cap, task: cap }, { requiredKeys: [] }),
    gates: fc.record(
      {
        policy: oneOf('no_compromise', 'balanced', 'fast_iteration'),
        size: oneOf(false, { files: 10 }, { lines: 100 }, { files: 3, lines: 30 }),
        mutation: oneOf(false, {}, { survivors: 0.1 }),
        review: oneOf(false, { repairs: 2 }),
      },
      { requiredKeys: [] },
    ),
    commands: fc.record({ types: oneOf('tsc', 'mypy'), lint: oneOf('ruff', 'eslint') }, { requiredKeys: [] }),
    sandbox: fc.record({ 'disk-mb': oneOf(10, 5_000), files: oneOf(5, 500_000) }, { requiredKeys: [] }),
    mail: fc.record({ 'max-mb': oneOf(16, 64) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
)
const said = fc.record({
  user: configuration,
  repository: configuration,
  isTrusted: fc.boolean(),
  options: fc.record({ workers: oneOf('2', '5'), budget: oneOf('2usd') }, { requiredKeys: [] }),
}) as fc.Arbitrary<Said>

describe('for any user, repository and options', () => {
  it('the explained values are those that the run gets', async () => {
    const { decide } = machine()
    await fc.assert(
      fc.asyncProperty(said, async (given) => {
        const decision = await decide(given)
        for (const { field, value } of explained(decision).values) {
          if (/^(milestones|models)\b/.test(field)) continue
          const got = inConfiguration(decision, field)
          expect({ field, value: got }).toEqual({ field, value })
        }
      }),
      { numRuns: 40 },
    )
  })

  it('no value is explained twice, and none is both counted and left out for the same layer', async () => {
    const { decide } = machine()
    await fc.assert(
      fc.asyncProperty(said, async (given) => {
        const { values, refused, overruled } = explained(await decide(given))
        const fields = values.map(({ field }) => field)
        expect(new Set(fields).size).toBe(fields.length)
        expect(fields).toEqual(fields.toSorted((a, b) => a.localeCompare(b)))
        const left = new Set([...refused, ...overruled].map(({ field }) => field))
        for (const { field, layer } of values) if (layer === 'repository') expect(left).not.toContain(field)
      }),
      { numRuns: 40 },
    )
  })

  it('the place of a value is where its text begins in the file that says it', async () => {
    const { decide, files, textOf } = machine()
    await fc.assert(
      fc.asyncProperty(said, async (given) => {
        for (const { value, layer, place } of explained(await decide(given)).values) {
          if (layer !== 'user' && layer !== 'repository') continue
          const file = files[layer]
          const [, line, column] = new RegExp(`^${file}:(\\d+):(\\d+)$`).exec(place ?? '') ?? []
          const text = textOf(given[layer] ?? {})
            .split('\n')
            .slice(Number(line) - 1)
            .join('\n')
          expect(text.slice(Number(column) - 1)).toMatch(startOf(value))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('every field that the repository says is counted, left out with a reason, or said by an option', async () => {
    const { decide, files } = machine()
    await fc.assert(
      fc.asyncProperty(said, async (given) => {
        const decision = await decide(given)
        const { values, refused, overruled } = explained(decision)
        const left = [...refused, ...overruled]
        for (const { reason, place } of left) {
          expect(reason).toMatch(/repository|your own file|option/)
          expect(place).toContain(files.repository)
        }
        const isTold = (field: string) =>
          left.some((each) => each.field === field) ||
          values.some((each) => each.field === field && each.layer !== 'program')
        for (const field of leaves(given.repository ?? {}))
          expect([field, isTold(field)]).toEqual([field, true])
      }),
      { numRuns: 40 },
    )
  })

  it('a run begins exactly when nothing is refused', async () => {
    const { decide } = machine()
    await fc.assert(
      fc.asyncProperty(said, async (given) => {
        const decision = await decide(given)
        const begin = () => configurationIn(decision)
        if (decision.refused.length === 0) expect(begin()).toBe(decision.configuration)
        else expect(begin).toThrow(expect.objectContaining({ code: 'configuration_refused' }))
      }),
      { numRuns: 40 },
    )
  })
})

describe('the explanation', () => {
  it('names both files, and the hash that trust would be given to', async () => {
    const { decide, files } = machine()
    const { userFile, repositoryFile } = explained(await decide({ repository: { workers: 1 } }))
    expect(userFile).toBe(files.user)
    expect(repositoryFile).toEqual({
      path: files.repository,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      isTrusted: false,
    })
  })

  it('has no files where there are none', async () => {
    const home = scratch()
    const around = { env: {}, home, directory: home, cores: 4 }
    expect(explained(await decideConfiguration(undefined, {}, around))).toMatchObject({
      userFile: null,
      repositoryFile: null,
      refused: [],
      overruled: [],
    })
  })

  it('says of each limit of a policy that it comes from the policy', async () => {
    const { decide } = machine()
    const { values } = explained(
      await decide({ user: { gates: { policy: 'no_compromise', size: { files: 3 } } } }),
    )
    const row = (field: string) => values.find((each) => each.field === field)
    expect(row('gates.size.files')).toMatchObject({ value: 3, layer: 'user' })
    expect(row('gates.size.lines')).toMatchObject({ layer: 'program', place: 'policy no_compromise' })
    expect(row('gates.policy')).toMatchObject({ value: 'no_compromise', layer: 'user' })
  })

  it('shows a known provider, and leaves it out when the user moves it elsewhere', async () => {
    const { decide } = machine()
    const fieldsOf = async (user: object) =>
      explained(await decide({ user })).values.map(({ field }) => field)
    expect(await fieldsOf({})).toContain('models.providers.anthropic.base-url')
    const moved = { models: { providers: [{ name: 'anthropic', 'base-url': 'https://proxy.example' }] } }
    const { values } = explained(await decide({ user: moved }))
    const anthropic = values.filter(({ field }) => field.startsWith('models.providers.anthropic.'))
    expect(anthropic.map(({ field, layer }) => [field, layer])).toEqual([
      ['models.providers.anthropic.base-url', 'user'],
    ])
  })

  it('says why a field of the repository does not count, with the value that holds', async () => {
    const { decide, files } = machine()
    const { refused, overruled } = explained(
      await decide({
        user: { commands: { lint: 'mine' }, budget: { run: { usd: 5 } } },
        repository: {
          workers: 9,
          budget: { run: { usd: 500 } },
          commands: { lint: 'theirs' },
          mail: { 'max-mb': 99 },
        },
      }),
    )
    expect(overruled.map(({ field, reason }) => [field, reason])).toEqual([
      ['workers', 'a repository may only lower it, and 4 holds'],
      ['commands.lint', 'your own file sets it'],
    ])
    expect(refused.map(({ field, reason }) => [field, reason])).toEqual([
      ['budget.run.usd', 'a repository may only be stricter, and 5 holds without it'],
      ['mail.max-mb', 'only your own file or an option may set it'],
    ])
    expect(refused.every(({ place }) => place?.startsWith(`${files.repository}:`))).toBe(true)
  })

  it('refuses with every field, its place, value and reason, and the ways out', async () => {
    const { decide, files } = machine()
    const decision = await decide({ repository: { gates: { lint: false }, mail: { 'max-mb': 99 } } })
    expect(() => configurationIn(decision)).toThrow(
      expect.objectContaining({
        code: 'configuration_refused',
        message: [
          `${files.repository}:3:11: gates.lint is false; a repository may only be stricter, and true holds without it`,
          `${files.repository}:6:13: mail.max-mb is 99; only your own file or an option may set it`,
        ].join('\n'),
        wayOut: expect.stringContaining('canopy trust DIR'),
      }),
    )
  })
})

function startOf(value: unknown): RegExp {
  const text =
    typeof value === 'object' ? '[\\[{]' : JSON.stringify(value).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${text}`)
}

/** The fields of a file; empty mappings say nothing. */
function leaves(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([name, each]) =>
    typeof each === 'object' && each !== null ? leaves(each, `${path}${name}.`) : [`${path}${name}`],
  )
}
