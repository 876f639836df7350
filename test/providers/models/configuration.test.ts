// Which models a configuration comes to, and what it is refused for.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  configuredModels,
  DEFAULT_ROLES,
  KNOWN_MODELS,
  type ModelsSettings,
  modelsSettingsSchema,
} from '../../../providers/index.ts'

const BOTH = { ANTHROPIC_API_KEY: 'sk-ant-1', OPENAI_API_KEY: 'sk-2' }
const PRICE = { input: 1, output: 2, 'as-of': '2026-11-22' }

function configured(settings: unknown, environment: Record<string, string> = BOTH) {
  const found = configuredModels(modelsSettingsSchema.parse(settings) satisfies ModelsSettings, environment)
  if (found.kind === 'refused') throw new Error(found.problems.join('\n'))
  return found
}

function problems(settings: unknown, environment: Record<string, string> = BOTH): string {
  const found = configuredModels(modelsSettingsSchema.parse(settings), environment)
  return found.kind === 'refused' ? found.problems.join('\n') : ''
}

describe('without any settings', () => {
  test('each role has its chain across both vendors', () => {
    const { roles, missing, models } = configured({})
    expect(roles).toEqual(DEFAULT_ROLES)
    expect(missing).toEqual([])
    expect(models.find(({ name }) => name === 'anthropic/claude-sonnet-5-5')).toMatchObject({
      price: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5, asOf: '2026-11-22' },
      window: 1_000_000,
      protocol: 'anthropic',
    })
  })

  test('with one key the other vendor is left out, and its variable is named', () => {
    const { roles, missing } = configured({}, { OPENAI_API_KEY: ' sk-2\n' })
    expect(roles.coding).toEqual(['openai/gpt-6.1-sol'])
    expect(missing).toMatchObject([{ provider: 'anthropic', variable: 'ANTHROPIC_API_KEY' }])
    expect(missing[0]?.models).toContain('anthropic/claude-opus-5-5')
  })

  test('with no key there is no model', () => {
    const { models, roles, missing } = configured({}, {})
    expect(models).toEqual([])
    expect(roles).toEqual({ planning: [], coding: [], cheap: [] })
    expect(missing.map(({ variable }) => variable)).toEqual(['ANTHROPIC_API_KEY', 'OPENAI_API_KEY'])
  })

  test('every known model has a price, and every default is known', () => {
    const names = KNOWN_MODELS.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(Object.values(DEFAULT_ROLES).flat()))
    for (const { price } of KNOWN_MODELS)
      expect(Math.min(price.input, price.output, price.cacheRead, price.cacheWrite)).toBeGreaterThan(0)
  })
})

describe('a model', () => {
  test('of a local server needs no key', () => {
    const { models, roles } = configured(
      {
        providers: [{ name: 'local', protocol: 'openai-chat', 'base-url': 'http://127.0.0.1:11434/v1' }],
        models: [
          {
            name: 'local/qwen3-coder',
            price: { ...PRICE, input: 0, output: 0 },
            window: 131_072,
            'max-output': 16_384,
          },
        ],
        roles: { coding: ['local/qwen3-coder', 'anthropic/claude-sonnet-5-5'] },
      },
      { ANTHROPIC_API_KEY: 'sk-ant-1' },
    )
    expect(roles.coding).toEqual(['local/qwen3-coder', 'anthropic/claude-sonnet-5-5'])
    expect(models.find(({ name }) => name === 'local/qwen3-coder')).toMatchObject({
      baseUrl: 'http://127.0.0.1:11434/v1',
      price: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    })
  })

  test('whose price is not known is refused, never free', () => {
    expect(problems({ roles: { coding: ['anthropic/claude-next'] } })).toMatch(
      /anthropic\/claude-next: its price, window and max-output are not known.*models\.models/,
    )
    expect(problems({ models: [{ name: 'openai/gpt-x', price: PRICE }] })).toContain('openai/gpt-x')
  })

  test('that is known can have another price', () => {
    const { models } = configured({ models: [{ name: 'openai/gpt-6-sol', price: PRICE, effort: 'high' }] })
    expect(models.find(({ name }) => name === 'openai/gpt-6-sol')).toMatchObject({
      price: { input: 1, output: 2, cacheRead: 1, cacheWrite: 1.25 },
      maxOutput: 128_000,
      effort: 'high',
    })
  })

  test('of a provider that is not there is refused', () => {
    expect(problems({ roles: { cheap: ['nowhere/m'] } })).toContain('there is no provider nowhere')
    expect(problems({ providers: [{ name: 'half' }] })).toContain('half needs a protocol and a base-url')
  })
})

test.each([
  ['anthropic', 'http://127.0.0.1:11434', 'http://127.0.0.1:11434'],
  ['anthropic', 'http://127.0.0.1:11434/v1/', 'http://127.0.0.1:11434'],
  ['anthropic', 'https://gateway.test/claude/v1', 'https://gateway.test/claude'],
  ['openai-chat', 'http://127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
  ['openai-chat', 'http://127.0.0.1:11434/v1/', 'http://127.0.0.1:11434/v1'],
  ['openai-responses', 'https://gateway.test/openai', 'https://gateway.test/openai'],
])('an address for %s may be written either way: %s', (protocol, written, used) => {
  const { models } = configured({
    providers: [{ name: 'local', protocol, 'base-url': written }],
    models: [{ name: 'local/m', price: PRICE, window: 1000, 'max-output': 100 }],
  })
  expect(models.find(({ name }) => name === 'local/m')?.baseUrl).toBe(used)
})

describe('a key', () => {
  test('does not go to another address than its own unless the file says so', () => {
    const moved = { name: 'anthropic', 'base-url': 'http://proxy.test' }
    const bare = configured({ providers: [moved] })
    expect(bare.models.find(({ name }) => name.startsWith('anthropic/'))?.key()).not.toBe('sk-ant-1')
    const told = configured({ providers: [{ ...moved, 'key-env': 'ANTHROPIC_API_KEY' }] })
    expect(told.models.find(({ name }) => name.startsWith('anthropic/'))?.key()).toBe('sk-ant-1')
  })

  test('is in no text that is made of the configuration', () => {
    expect(JSON.stringify(configured({}))).not.toContain('sk-ant-1')
  })

  test.each([
    { providers: [{ name: 'anthropic', key: 'sk-1' }] },
    { providers: [{ name: 'anthropic', 'key-env': 'sk-ant-1' }] },
    { providers: [{ name: 'local', protocol: 'openai-chat', 'base-url': 'http://me:sk-1@host/v1' }] },
  ])('does not stand in the file: %j', (settings) => {
    expect(modelsSettingsSchema.safeParse(settings).success).toBe(false)
  })

  test('that cannot be one is refused, and not shown', () => {
    const said = problems({}, { ...BOTH, OPENAI_API_KEY: 'sk-2 and a comment' })
    expect(said).toContain('OPENAI_API_KEY')
    expect(said).not.toContain('sk-2')
  })
})

test('the example in docs/models.md is one', () => {
  const page = readFileSync('docs/models.md', 'utf8')
  const [, example = ''] = /```yaml\n(models:\n[\s\S]*?)```/.exec(page) ?? []
  const { roles, missing } = configured(parse(example).models, { ...BOTH, PROXY_KEY: 'sk-3' })
  expect(roles.coding[0]).toBe('local/qwen3-coder')
  expect(missing).toEqual([])
})

test('what docs/models.md has of limits is what nobody needs to say, but for those by the minute', () => {
  const [, example = ''] =
    /```yaml\n(models:\n[^`]*limits:[\s\S]*?)```/.exec(readFileSync('docs/models.md', 'utf8')) ?? []
  const said = configured(parse(example).models).models.find(({ name }) => name === 'openai/gpt-6-luna')
  const plain = configured({}).models.find(({ name }) => name === 'openai/gpt-6-luna')
  const byTheMinute = { requestsPerMinute: 50, tokensPerMinute: 200_000 }
  expect(said?.governor).toEqual({ ...plain?.governor, ...byTheMinute })
})

describe('limits', () => {
  const governor = (settings: unknown, name: string) =>
    configured(settings).models.find((model) => model.name === name)?.governor

  test('of a model go before those of its provider, field by field, and the rest is as it is by default', () => {
    const limits = { concurrency: 4, deadlines: { idle: 30, call: 60 }, breaker: { open: 5 } }
    const own = { 'requests-per-minute': 50, 'tokens-per-minute': 9_000, deadlines: { idle: 10 }, tries: 1 }
    const settings = {
      providers: [{ name: 'anthropic', limits }],
      models: [{ name: 'anthropic/claude-haiku-5-5', limits: own }],
    }
    const common = {
      concurrency: { first: 4, most: 4 },
      callMs: 60_000,
      breaker: { openMs: 5_000, failures: 5 },
    }
    expect(governor(settings, 'anthropic/claude-opus-5-5')).toMatchObject({
      ...common,
      idleMs: 30_000,
      tries: 6,
    })
    expect(governor(settings, 'anthropic/claude-haiku-5-5')).toMatchObject({
      ...common,
      idleMs: 10_000,
      tries: 1,
      fallBackAfter: 1,
      requestsPerMinute: 50,
      tokensPerMinute: 9_000,
    })
    expect(governor(settings, 'openai/gpt-6-luna')).toMatchObject({ concurrency: { first: 8, most: 64 } })
  })

  test.each([
    [{ tries: 2, 'fall-back-after': 3 }, 'limits.fall-back-after is more than tries'],
    [
      { deadlines: { idle: 700 } },
      'limits.deadlines.idle is 700 s; expected at most deadlines.call, which is 600 s',
    ],
    [{ deadlines: { question: 60 } }, 'limits.deadlines.call is 600 s; expected at most deadlines.question'],
    [{ backoff: { first: 90 } }, 'limits.backoff.first is 90 s; expected at most backoff.most'],
    [{ breaker: { open: 400 } }, 'limits.breaker.open is 400 s; expected at most breaker.most-open'],
  ])('%j does not go together, and is told once with its place', (limits, sentence) => {
    const told = problems({ providers: [{ name: 'anthropic', limits }] })
    expect(told).toContain(`models.providers: anthropic: ${sentence}`)
    expect(told.split('\n')).toHaveLength(1)
    expect(problems({ models: [{ name: 'openai/gpt-6-luna', limits }] })).toContain(
      `models.models: openai/gpt-6-luna: ${sentence}`,
    )
  })
})

describe("OpenAI's price for long requests", () => {
  test('is not reached: no request to a known model is that long', () => {
    const openai = KNOWN_MODELS.filter(({ name }) => name.startsWith('openai/'))
    expect(openai.length).toBeGreaterThan(3)
    for (const { window } of openai) expect(window).toBeLessThanOrEqual(272_000)
  })

  test('a window beyond it wants a price of its own', () => {
    const longer = { name: 'openai/gpt-6-sol', window: 400_000 }
    expect(problems({ models: [longer] })).toContain(
      'models.models: openai/gpt-6-sol: window is 400000; expected at most 272000',
    )
    expect(problems({ models: [{ ...longer, price: PRICE }] })).toBe('')
    expect(problems({ models: [{ ...longer, window: 100_000 }] })).toBe('')
  })
})
