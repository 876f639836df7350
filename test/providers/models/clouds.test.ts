// Models of clouds, over the vendors' own SDKs against servers that check addresses, credentials and signatures.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkModels, configuredModels, modelsSettingsSchema, openModel } from '../../../providers/index.ts'
import { asking, failed, modelContract, patient, replied } from '../../contracts/model.ts'
import { AWS_CREDENTIALS, type CloudKind, startCloudServer } from '../../model-servers/index.ts'

const PRICE = { input: 1, output: 1, 'as-of': '2026-12-01' }
const CLOUDS = {
  azure: { protocol: 'openai-chat', 'api-version': '2025-04-01-preview', 'key-env': 'CLOUD_KEY' },
  bedrock: { protocol: 'anthropic', region: 'eu-west-1', 'key-env': 'CLOUD_KEY' },
  vertex: { protocol: 'anthropic', region: 'europe-west1', project: 'shop-1', 'key-env': 'CLOUD_KEY' },
} as const

const settingsOf = (provider: object) =>
  modelsSettingsSchema.parse({
    providers: [{ name: 'cloud', ...provider }],
    models: [{ name: 'cloud/large-1', price: PRICE, window: 100_000, 'max-output': 8_000 }],
    roles: { planning: ['cloud/large-1'], coding: ['cloud/large-1'], cheap: ['cloud/large-1'] },
  })

/** The model as the settings give it. */
function configuredModel(provider: object) {
  const found = configuredModels(settingsOf(provider), { CLOUD_KEY: 'test-key' })
  if (found.kind === 'refused') throw new Error(found.problems.join('\n'))
  const model = found.models.find(({ name }) => name === 'cloud/large-1')
  if (!model) throw new Error('it is not there')
  return model
}

const inCloud = (cloud: CloudKind, url: string, more: object = {}) => {
  const path = cloud === 'vertex' ? '/v1' : ''
  return configuredModel({ cloud, ...CLOUDS[cloud], 'base-url': `${url}${path}`, ...more })
}

for (const cloud of ['azure', 'bedrock', 'vertex'] as const)
  modelContract(`${cloud}, streamed`, async () => {
    const front = await startCloudServer(cloud, () => ({ text: 'nobody plays' }))
    return {
      model: openModel(inCloud(cloud, front.url)),
      play: (decide) => front.server.play(decide),
      asked: () => front.server.requests.length,
      close: () => front.close(),
    }
  })

describe('a model of a cloud', () => {
  beforeEach(() => {
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'x-intruder: 1\nauthorization: Bearer stolen')
  })
  afterEach(() => vi.unstubAllEnvs())

  it.each<[string, CloudKind, object, string, Record<string, unknown>]>([
    [
      'Azure, whole',
      'azure',
      { stream: false },
      'POST /openai/deployments/large-1/chat/completions?api-version=2025-04-01-preview',
      { 'api-key': 'test-key' },
    ],
    [
      'Azure, Responses',
      'azure',
      { protocol: 'openai-responses' },
      'POST /openai/responses?api-version=2025-04-01-preview',
      { 'api-key': 'test-key' },
    ],
    [
      'Bedrock, whole',
      'bedrock',
      { stream: false },
      'POST /model/large-1/invoke',
      { authorization: 'Bearer test-key' },
    ],
    [
      'Vertex, whole',
      'vertex',
      { stream: false },
      'POST /v1/projects/shop-1/locations/europe-west1/publishers/anthropic/models/large-1:rawPredict',
      { authorization: 'Bearer test-key' },
    ],
  ])(
    '%s, is asked at its address with its key and nothing else',
    async (_, cloud, more, line, credentials) => {
      await using front = await startCloudServer(cloud, () => ({ text: 'Good day.' }))
      const model = openModel(inCloud(cloud, front.url, more))
      const reply = replied(await model.send(asking(), patient()))
      expect(reply.blocks).toEqual([{ type: 'text', text: 'Good day.' }])
      expect(front.asked).toEqual([{ line, credentials }])
    },
  )

  it('of Bedrock without a key is asked with a signature by the AWS credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', AWS_CREDENTIALS.id)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', AWS_CREDENTIALS.secret)
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', '')
    await using front = await startCloudServer('bedrock', () => ({ text: 'Good day.' }))
    const model = openModel(inCloud('bedrock', front.url, { 'key-env': undefined }))
    const reply = replied(await model.send(asking(), patient()))
    expect(reply.blocks).toEqual([{ type: 'text', text: 'Good day.' }])
    expect(front.asked[0]?.credentials.authorization).toContain(`Credential=${AWS_CREDENTIALS.id}/`)
  })

  it('of Bedrock with wrong AWS credentials is refused in words', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', AWS_CREDENTIALS.id)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another')
    await using front = await startCloudServer('bedrock', () => ({ text: 'never' }))
    const model = openModel(inCloud('bedrock', front.url, { 'key-env': undefined }))
    expect(failed(await model.send(asking(), patient()))).toMatchObject({
      kind: 'unauthorized',
      status: 403,
      message: expect.stringContaining('The security token included in the request is invalid.'),
    })
  })

  it('whose SDK is not installed is left to the next model, with the command that installs it', async () => {
    vi.resetModules()
    vi.doMock('@anthropic-ai/bedrock-sdk', () => {
      throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    })
    try {
      const fresh = await import('../../../providers/index.ts')
      const model = inCloud('bedrock', 'http://127.0.0.1:1')
      const outcome = failed(await fresh.openModel(model).send(asking(), patient()))
      expect(outcome).toMatchObject({
        kind: 'unknown_model',
        message: expect.stringMatching(
          /bedrock-sdk, which .*npm install --global @anthropic-ai\/bedrock-sdk$/,
        ),
      })
      const [checked] = await fresh.checkModels([model], { signal: new AbortController().signal })
      expect(checked).toMatchObject({ state: 'missing', message: outcome.message })
    } finally {
      vi.doUnmock('@anthropic-ai/bedrock-sdk')
      vi.resetModules()
    }
  })

  it('is not looked up in a list: its cloud lists other things', async () => {
    const models = (['azure', 'bedrock', 'vertex'] as const).map((cloud) =>
      inCloud(cloud, 'http://127.0.0.1:1'),
    )
    const checked = await checkModels(models, { signal: new AbortController().signal })
    expect(checked.map(({ state, message }) => [state, message])).toEqual(
      models.map(() => ['unknown', 'its server offers no list of models']),
    )
  })
})

describe('the settings of a cloud', () => {
  it.each<[CloudKind, object, string]>([
    ['azure', { 'base-url': 'https://shop.openai.azure.com/' }, 'https://shop.openai.azure.com/openai'],
    ['azure', { 'base-url': 'https://proxy.example/openai' }, 'https://proxy.example/openai'],
    ['bedrock', {}, 'https://bedrock-runtime.eu-west-1.amazonaws.com'],
    ['vertex', {}, 'https://europe-west1-aiplatform.googleapis.com/v1'],
    ['vertex', { region: 'global' }, 'https://aiplatform.googleapis.com/v1'],
    ['vertex', { region: 'eu' }, 'https://aiplatform.eu.rep.googleapis.com/v1'],
    ['vertex', { 'base-url': 'https://private.example/v1/' }, 'https://private.example/v1'],
  ])('give the address: %s %j', (cloud, more, address) => {
    expect(configuredModel({ cloud, ...CLOUDS[cloud], ...more }).baseUrl).toBe(address)
  })

  it.each<[object, RegExp]>([
    [
      { cloud: 'azure', protocol: 'anthropic' },
      /cloud azure needs protocol: openai-chat or openai-responses$/,
    ],
    [{ cloud: 'bedrock', protocol: 'openai-chat' }, /cloud bedrock needs protocol: anthropic$/],
    [{ cloud: 'bedrock' }, /cloud bedrock needs protocol: anthropic$/],
    [{ cloud: 'azure', protocol: 'openai-chat' }, /cloud azure needs base-url, api-version and key-env$/],
    [{ cloud: 'bedrock', protocol: 'anthropic' }, /cloud bedrock needs a region, e.g. eu-west-1$/],
    [{ cloud: 'vertex', protocol: 'anthropic', region: 'eu' }, /cloud vertex needs a region and a project$/],
    [
      { protocol: 'anthropic', 'base-url': 'https://a.example', region: 'eu' },
      /region needs cloud: azure, bedrock or vertex$/,
    ],
  ])('are refused: %j', (provider, problem) => {
    expect(configuredModels(settingsOf(provider), {})).toMatchObject({
      kind: 'refused',
      problems: expect.arrayContaining([expect.stringMatching(problem)]),
    })
  })

  it('are refused with a region that is no name', () => {
    expect(() => settingsOf({ ...CLOUDS.bedrock, region: 'eu.evil.example/' })).toThrow(
      /letters, digits and hyphens/,
    )
  })
})
