// What `canopy models` says of the models that would be asked in a repository, and whether they are there.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { configurationIn, decideConfiguration } from '../../app/configuration/configuration.ts'
import { sayWhatIsMissing } from '../../app/models/at-start.ts'
import { modelsFor } from '../../app/models/models.ts'
import { startModelServer } from '../model-servers/index.ts'
import { called, type Said } from './called.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-models-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function canopy(...args: string[]): Promise<Said> {
  return called(['models', '--config', join(folder, 'config.yaml'), ...args], folder, {
    env: { OPENAI_API_KEY: 'sk-test-0123456789' },
  })
}

async function configure(models: object): Promise<string> {
  const file = join(folder, 'config.yaml')
  await writeFile(file, JSON.stringify({ models }))
  return file
}

const price = { input: 0, output: 0, 'as-of': '2026-11-22' }
const local = (url: string, ...ids: string[]) => ({
  providers: [{ name: 'near', protocol: 'openai-chat', 'base-url': url, limits: { concurrency: 2 } }],
  models: ids.map((id) => ({ name: `near/${id}`, price, window: 32_000, 'max-output': 4_000 })),
  roles: { planning: [`near/${ids[0]}`], coding: [`near/${ids[0]}`], cheap: [`near/${ids[0]}`] },
})

it('says who is asked for what, at what price, within which limits, and what is lacking', async () => {
  await configure({
    models: [
      {
        name: 'openai/gpt-6-luna',
        limits: { 'requests-per-minute': 50, 'tokens-per-minute': 9_000, deadlines: { idle: 30 } },
      },
    ],
  })
  const { out, code } = await canopy()
  expect(code).toBe(0)
  expect(out).toContain('planning  openai/gpt-6.1-sol\n')
  expect(out).toContain('openai/gpt-6-luna  https://api.openai.com/v1\n  0.1 usd in, 0.5 usd out')
  expect(out).toContain('at most 64 at once, 50 requests a minute, 9000 tokens a minute; 6 tries')
  expect(out).toContain('gives up after 30 s of silence; limits: 600 s a try, 1800 s a question')
  expect(out).toContain('not available: ANTHROPIC_API_KEY is not set')
  const json = await canopy('--json')
  expect(JSON.parse(json.out)).toMatchObject({ roles: { cheap: ['openai/gpt-6-luna'] } })
  expect(out + json.out).not.toContain('sk-test')
})

it('with --check tells a misspelt model with those that are near, as a run does when it begins', async () => {
  await using server = await startModelServer({
    decide: () => ({ text: '' }),
    key: 'none',
    models: ['qwen3'],
  })
  const file = await configure(local(server.baseUrl('openai-chat'), 'qwen33', 'qwen3'))
  const { code, out } = await canopy('--check')
  expect(code).toBe(1)
  expect(out).toContain('! near has no model of this name; near it: near/qwen3')
  expect(out).toContain('available')
  expect(JSON.parse((await canopy('--check', '--json')).out).models).toMatchObject([
    { name: 'near/qwen33', check: { state: 'missing', near: ['near/qwen3'] } },
    { name: 'near/qwen3', check: { state: 'there' } },
  ])
  const goal = { outcome: 'words', accept: [] }
  const milestone = { id: 'm', name: 'M', goal, priority: 5, needs: [] }
  const around = { directory: folder, env: {}, home: folder, cores: 1 }
  const decided = configurationIn(await decideConfiguration(undefined, { config: file }, around))
  const models = modelsFor([milestone], decided.models, {})
  const said: string[] = []
  const { signal } = new AbortController()
  if (models) await sayWhatIsMissing(models, (sentence) => said.push(sentence), signal)
  // The other one is not wanted.
  expect(said).toEqual(['near/qwen33: near has no model of this name; near it: near/qwen3'])
  expect(server.requests).toEqual([])
})

it('leaves a server alone that offers no list', async () => {
  await using server = await startModelServer({ decide: () => ({ text: '' }), key: 'none' })
  await configure(local(server.baseUrl('openai-chat'), 'any'))
  const { code, out } = await canopy('--check')
  expect(code).toBe(0)
  expect(out).toContain('not checked: its server offers no list of models')
})

it('tells what is wrong with limits, where, and what is expected', async () => {
  const file = await configure({ providers: [{ name: 'openai', limits: { concurrency: 0, rate: 3 } }] })
  const { code, err } = await canopy()
  expect(code).toBe(2)
  expect(err).toContain(`${file}:1:`)
  expect(err).toContain('models.providers[0].limits.concurrency is 0; expected at least 1')
  expect(err).toContain(
    'models.providers[0].limits.rate is not known here; expected one of backoff, breaker, concurrency, deadlines,',
  )
  await configure({ providers: [{ name: 'openai', limits: { deadlines: { idle: 700 } } }] })
  expect((await canopy()).err).toContain(
    'models.providers: openai: limits.deadlines.idle is 700 s; expected at most deadlines.call, which is 600 s',
  )
})
