// The models of a run: who needs one, what is lacking, and servers that answer oddly when they are asked for their lists.

import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sayWhatIsMissing } from '../../../app/models/at-start.ts'
import { listModels } from '../../../app/models/list-models.ts'
import { modelsFor } from '../../../app/models/models.ts'
import { type Milestone, milestoneSchema } from '../../../machines/index.ts'
import { modelsSettingsSchema } from '../../../providers/index.ts'
import { scratch } from '../../cli/scratch.ts'

const price = { input: 0, output: 0, 'as-of': '2026-11-22' }
const configured = (url: string, ...ids: readonly string[]) => ({
  providers: [{ name: 'near', protocol: 'openai-chat', 'base-url': url }],
  models: ids.map((id) => ({ name: `near/${id}`, price, window: 32_000, 'max-output': 4_000 })),
  roles: { planning: [`near/${ids[0]}`], coding: [`near/${ids[0]}`], cheap: [`near/${ids[0]}`] },
})
const milestone = (id: string, goal: unknown): Milestone => milestoneSchema.parse({ id, name: id, goal })
const inWords = milestone('flag', { outcome: 'A flag', accept: [] })
const ofCoverage = milestone('tests', { branchCoverage: 90 })

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

describe('the models for milestones', () => {
  it.each([
    ['none', []],
    ['one of coverage', [ofCoverage]],
  ])('are none for %s, whatever is configured', (_, milestones) => {
    expect(modelsFor(milestones, undefined, {})).toBeUndefined()
  })

  it('are those of the configuration for a goal in words, beside one of coverage', () => {
    const settings = modelsSettingsSchema.parse(configured('http://127.0.0.1:1/v1', 'a', 'b'))
    const found = modelsFor([ofCoverage, inWords], settings, {})
    expect(found?.models.map(({ name }) => name)).toContain('near/a')
    expect(found?.inUse.planning.chain).toEqual(['near/a'])
  })

  it('that lack a key are told with the milestone, the role and the variable', () => {
    const error = thrownBy(() => modelsFor([inWords], undefined, {})) as Error & { wayOut: string }
    expect(error).toMatchObject({ name: 'UserError', code: 'no_model' })
    expect(error.message).toMatch(/^milestone "flag" needs a model for planning, and has none: /)
    for (const variable of ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY'])
      expect(error.message).toContain(`${variable} is not set (`)
    expect(error.wayOut).toContain('export ANTHROPIC_API_KEY=...')
    expect(error.wayOut).toContain('base-url: http://localhost:11434/v1')
  })

  it('of a role that names nobody are refused with the name', () => {
    const settings = modelsSettingsSchema.parse({
      ...configured('http://127.0.0.1:1/v1', 'a'),
      roles: { planning: ['near/none'], coding: ['near/a'], cheap: ['near/a'] },
    })
    expect(thrownBy(() => modelsFor([inWords], settings, {}))).toMatchObject({
      code: 'models_invalid',
      message: expect.stringContaining('near/none'),
    })
  })
})

describe('a list of models', () => {
  async function listed(models: object, isChecked: boolean, stop = new AbortController().signal) {
    const home = scratch()
    const config = join(home, 'config.yaml')
    writeFileSync(config, JSON.stringify({ models }))
    const around = { directory: home, env: { NEAR_KEY: 'secret-key-0123' }, home, cores: 1 }
    return listModels({ config, isChecked, stop }, around)
  }
  const withKey = (url: string) => {
    const { providers, ...rest } = configured(url, 'a')
    return { ...rest, providers: [{ ...providers[0], 'key-env': 'NEAR_KEY' }] }
  }

  it('asks nobody and holds no key unless it is checked', async () => {
    let asked = 0
    const url = await serving((_, response) => {
      asked += 1
      response.end('{}')
    })
    const found = await listed(withKey(url), false)
    expect(found.models.find(({ name }) => name === 'near/a')).not.toHaveProperty('check')
    expect(JSON.stringify(found)).not.toContain('secret-key')
    expect(asked).toBe(0)
  })

  it.each([
    [
      'refuses the key',
      (_, response) => void response.writeHead(401).end('{"error":{"message":"bad key secret-key-0123"}}'),
    ],
    ['fails', (_, response) => void response.writeHead(500).end('oops')],
    [
      'answers with a page',
      (_, response) => void response.setHeader('content-type', 'text/html').end('<html>sign in</html>'),
    ],
    [
      'answers with text that is no JSON',
      (_, response) => void response.setHeader('content-type', 'application/json').end('{"data":['),
    ],
    [
      'answers with a list of numbers',
      (_, response) =>
        void response.setHeader('content-type', 'application/json').end('{"data":[1,null,"x",{"id":5}]}'),
    ],
    ['hangs up', (request) => void request.socket.destroy()],
    [
      'leads elsewhere',
      (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
  ] as [string, RequestListener][])(
    'of a server that %s is unknown, in words, without the key',
    async (_, listener) => {
      const found = await listed(withKey(await serving(listener)), true)
      const check = found.models.find(({ name }) => name === 'near/a')?.check
      expect(check).toMatchObject({ model: 'near/a', state: 'unknown', near: [] })
      expect(check?.message).toMatch(
        /^(its provider could not be asked: .+|its server offers no list of models)$/s,
      )
      expect(JSON.stringify(found)).not.toContain('secret-key-0123')
    },
  )

  it('names the embedding model, and one that is missing', async () => {
    const url = await serving((_, response) => {
      response.setHeader('content-type', 'application/json').end('{"data":[{"id":"a"},{"id":"embedder"}]}')
    })
    const given = { ...withKey(url), embeddings: { name: 'near/embeder', price: 0 } }
    const found = await listed(given, true)
    expect(found.embeddings).toEqual({
      name: 'near/embeder',
      baseUrl: url,
      check: {
        model: 'near/embeder',
        state: 'missing',
        message: 'near has no model of this name; near it: near/embedder',
        near: ['near/embedder'],
      },
    })
    expect(JSON.stringify(found)).not.toContain('secret-key')
    expect((await listed(given, false)).embeddings).not.toHaveProperty('check')
  })

  it('of a server that is not there is unknown, and names no model as missing', async () => {
    const found = await listed(withKey('http://127.0.0.1:1/v1'), true)
    expect(found.models.find(({ name }) => name === 'near/a')?.check).toMatchObject({
      state: 'unknown',
      message: expect.stringContaining('its provider could not be asked: '),
    })
  })

  it('of a server that never answers ends with the signal', async () => {
    const stop = new AbortController()
    const url = await serving(() => stop.abort())
    const found = await listed(withKey(url), true, stop.signal)
    expect(found.models.find(({ name }) => name === 'near/a')?.check).toMatchObject({ state: 'unknown' })
  })

  it('of a configuration that names a role for nobody is refused with the name', async () => {
    const models = { ...withKey('http://127.0.0.1:1/v1'), roles: { planning: ['near/none'] } }
    await expect(listed(models, false)).rejects.toMatchObject({
      name: 'UserError',
      code: 'models_invalid',
      message: expect.stringContaining('near/none'),
    })
  })
})

describe('at the start of a run', () => {
  const found = (url: string, ...ids: readonly string[]) => {
    const models = modelsFor([inWords], modelsSettingsSchema.parse(configured(url, ...ids)), {})
    if (!models) throw new Error('a goal in words needs models')
    return models
  }
  const json =
    (body: unknown): RequestListener =>
    (_, response) =>
      void response.setHeader('content-type', 'application/json').end(JSON.stringify(body))

  it.each([
    ['is there', { data: [{ id: 'a' }] }, []],
    ['is missing', { data: [{ id: 'b' }] }, ['near/a: near has no model of this name']],
    ['is retired', { data: [{ id: 'a', lifecycle: 'retired' }] }, ['near/a: it is retired']],
    [
      'will be retired',
      { data: [{ id: 'a', lifecycle: 'deprecated', retires_at: '2027-03-01T00:00:00Z' }] },
      ['near/a: it is deprecated and will be retired, on 2027-03-01'],
    ],
    ['may be anything: the list is empty', { data: [] }, []],
  ])('a model that %s is told: %3$j', async (_, body, told) => {
    const said: string[] = []
    const url = await serving(json(body))
    await sayWhatIsMissing(found(url, 'a', 'spare'), (each) => said.push(each), new AbortController().signal)
    expect(said).toEqual(told)
  })

  it('nothing is said after the run was stopped', async () => {
    const said: string[] = []
    const stop = new AbortController()
    const url = await serving((request, response) => {
      stop.abort()
      json({ data: [{ id: 'b' }] })(request, response)
    })
    await sayWhatIsMissing(found(url, 'a'), (each) => said.push(each), stop.signal)
    expect(said).toEqual([])
  })

  it('nothing is said of a server that is not there: another model may do the work', async () => {
    const said: string[] = []
    await sayWhatIsMissing(
      found('http://127.0.0.1:1/v1', 'a'),
      (each) => said.push(each),
      new AbortController().signal,
    )
    expect(said).toEqual([])
  })
})
