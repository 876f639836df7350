// A model server answers with a redirect: prompt and source code would go to a host that nobody configured.

import type { ModelRequest } from '../../../machines/index.ts'
import { checkModels, openModel } from '../../../providers/index.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { listenOnLoopback } from './loopback-server.ts'

const STATUSES = [301, 302, 303, 307, 308]
const PROTOCOLS = ['anthropic', 'openai-responses', 'openai-chat'] as const
type Protocol = (typeof PROTOCOLS)[number]

const request: ModelRequest = {
  system: 'You write code.',
  tools: [],
  turns: [{ role: 'user', blocks: [{ type: 'text', text: 'const secret = 1' }] }],
  maxOutputTokens: 100,
}

type ModelPlace = Parameters<typeof openModel>[0]
type Ask = (place: ModelPlace) => Promise<string>

const signal = (): AbortSignal => AbortSignal.timeout(20_000)

const send: Ask = async (place) => {
  const outcome = await openModel(place).send(request, {
    signal: signal(),
    idleMs: 10_000,
    deadlineMs: 10_000,
  })
  return outcome.kind === 'failed' ? outcome.failure.message : 'it replied'
}

const count: Ask = async (place) => {
  const tokens = await openModel(place).countTokens?.(request, { signal: signal() })
  return tokens === undefined ? 'redirects are not followed' : 'it counted'
}

const list: Ask = async (place) => {
  const [checked] = await checkModels([{ ...place, needs: [] } as never], { signal: signal() })
  return checked?.message ?? 'it listed'
}

async function redirected(protocol: Protocol, status: number, ask: Ask): Promise<AttackResult> {
  await using third = await listenOnLoopback((_, response) => response.end('{}'))
  await using server = await listenOnLoopback(({ url }, response) =>
    response.writeHead(status, { location: `${third.origin}${url}` }).end(),
  )
  const path = protocol === 'anthropic' ? '' : '/v1'
  const place: ModelPlace = {
    name: 'vendor/large',
    protocol,
    baseUrl: `${server.origin}${path}`,
    stream: true,
    key: () => 'FAKE-key',
  }
  const said = await ask(place)
  if (server.requests.length === 0) return couldNotRun(`the server was not asked: ${said}`)
  if (third.requests.length > 0) return succeeded(`the third host got ${third.requests.join(', ')}`)
  if (said.includes('redirects are not followed')) return refused(said)
  return couldNotRun(`status ${status}: ${said}`)
}

function everyStatus(protocol: Protocol, what: string, ask: Ask): Attack {
  return {
    title: `A model server redirects ${what} (${protocol}) to a third host, to hand it the prompt.`,
    async play() {
      let result: AttackResult = couldNotRun('no status was tried')
      for (const status of STATUSES) {
        result = await redirected(protocol, status, ask)
        if (result.kind !== 'refused') return result
      }
      return result
    },
  }
}

export const attacks: Readonly<Record<string, Attack>> = Object.fromEntries([
  ...PROTOCOLS.map((protocol) => [`ask-${protocol}`, everyStatus(protocol, 'a question', send)]),
  ...PROTOCOLS.map((protocol) => [`list-${protocol}`, everyStatus(protocol, 'the list of models', list)]),
  ['count-anthropic', everyStatus('anthropic', 'the counting of tokens', count)],
  ['count-openai-responses', everyStatus('openai-responses', 'the counting of tokens', count)],
])
