// Every implementation of Model, over the vendors' own SDKs against servers that speak their protocols.

import { openModel } from '../../../providers/index.ts'
import { type ModelSubject, modelContract } from '../../contracts/model.ts'
import { type ServedProtocol, startModelServer } from '../../model-servers/index.ts'

export function placeAt(protocol: ServedProtocol, baseUrl: string, stream = true) {
  return { name: 'vendor/large-1', protocol, baseUrl, stream, key: () => 'test-key' }
}

async function served(protocol: ServedProtocol, stream: boolean): Promise<ModelSubject> {
  const server = await startModelServer({ decide: () => ({ text: 'nobody plays' }) })
  return {
    model: openModel(placeAt(protocol, server.baseUrl(protocol), stream)),
    play: (decide) => server.play(decide),
    asked: () => server.requests.length,
    close: () => server.close(),
  }
}

for (const protocol of ['anthropic', 'openai-responses', 'openai-chat'] as const) {
  modelContract(`${protocol}, streamed`, () => served(protocol, true))
  modelContract(`${protocol}, whole`, () => served(protocol, false))
}
