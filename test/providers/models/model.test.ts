// Every implementation of Model, over the vendors' own SDKs against servers that speak their protocols.

import { type ModelPlace, openModel, scriptedModel } from '../../../providers/index.ts'
import { type ModelSubject, modelContract, type Play } from '../../contracts/model.ts'
import { type ServedProtocol, startModelServer } from '../../model-servers/index.ts'

export function placeAt(protocol: ServedProtocol, baseUrl: string, stream = true): ModelPlace {
  return { name: 'vendor/large-1', protocol, baseUrl, stream, key: () => 'test-key' }
}

async function served(protocol: ServedProtocol, stream: boolean): Promise<ModelSubject> {
  const server = await startModelServer({ decide: () => ({ text: 'nobody plays' }) })
  return {
    model: openModel(placeAt(protocol, server.baseUrl(protocol), stream)),
    play: (decide) => server.play(decide),
    asked: () => server.requests.length,
    reasons: protocol !== 'openai-chat',
    close: () => server.close(),
  }
}

async function scripted(): Promise<ModelSubject> {
  let play: Play = () => ({ text: 'nobody plays' })
  let asked = 0
  const model = scriptedModel({
    name: 'scripted/one',
    script: async (request, at) => {
      asked++
      const said = await play({ toolChoice: 'auto', ...request }, at)
      if ('error' in said) throw new Error('a script fails with a failure')
      const { text, calls, stop, usage } = said
      return {
        ...(text === undefined ? {} : { text }),
        ...(calls === undefined ? {} : { calls: calls.map((call) => ({ input: {}, ...call })) }),
        ...(stop === undefined ? {} : { stop }),
        ...(usage ? { usage } : {}),
      }
    },
  })
  return {
    model,
    play: (decide) => {
      play = decide
    },
    asked: () => asked,
    reasons: false,
    close: async () => {},
  }
}

for (const protocol of ['anthropic', 'openai-responses', 'openai-chat'] as const) {
  modelContract(`${protocol}, streamed`, () => served(protocol, true))
  modelContract(`${protocol}, whole`, () => served(protocol, false))
}
modelContract('scripted', scripted)
