// A model behind the proxy of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), as the launcher starts Canopy.

import { createServer, request as forward, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { limit } from '../machine-speed.ts'
import { type ModelServer, startModelServer } from '../model-servers/index.ts'

let models: ModelServer
let proxy: Server
/** The hosts that the proxy was asked for. */
const asked: string[] = []
beforeAll(async () => {
  models = await startModelServer({ decide: () => ({ text: 'yes' }) })
  const { port } = new URL(models.url)
  proxy = createServer((request, response) => {
    const { host, pathname } = new URL(request.url ?? '')
    asked.push(host)
    const { method, headers } = request
    const options = { host: '127.0.0.1', port, path: pathname, method, headers }
    request.pipe(
      forward(options, (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers))),
    )
  })
  proxy.on('connect', (request, socket) => {
    asked.push(String(request.url))
    const server = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      server.pipe(socket)
      socket.pipe(server)
    })
    socket.on('error', () => server.destroy())
    server.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await models.close()
  proxy.closeAllConnections()
  proxy.close()
})

async function resultOf(baseUrl: string, env: Record<string, string>) {
  const launcher = join(import.meta.dirname, '../../cli/launch.js')
  const program = join(import.meta.dirname, 'ask-once.ts')
  const { HTTPS_PROXY, HTTP_PROXY, NO_PROXY, https_proxy, http_proxy, no_proxy, ...rest } = process.env
  const called = execa(process.execPath, [launcher, '--exec', program, baseUrl], {
    env: { ...rest, ...env },
    extendEnv: false,
  })
  return JSON.parse((await called).stdout)
}
const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`

it(
  'is asked through it, but for hosts that NO_PROXY names and this machine',
  async () => {
    const all = { HTTP_PROXY: proxyUrl(), HTTPS_PROXY: proxyUrl() }
    const [plain, small, secure, exempt, local] = await Promise.all([
      resultOf('http://plain.invalid/v1', all),
      resultOf('http://small.invalid/v1', { http_proxy: proxyUrl() }),
      resultOf('https://secure.invalid/v1', all),
      resultOf('http://exempt.invalid/v1', { ...all, NO_PROXY: 'other.invalid,exempt.invalid' }),
      resultOf(models.baseUrl('openai-chat'), all),
    ])
    for (const result of [plain, small, local])
      expect(result).toMatchObject({ kind: 'replied', reply: { blocks: [{ text: 'yes' }] } })
    // What answers in the tunnel speaks no TLS.
    for (const result of [secure, exempt])
      expect(result).toMatchObject({ kind: 'failed', failure: { kind: 'unreachable' } })
    expect(asked.toSorted()).toEqual(['plain.invalid', 'secure.invalid:443', 'small.invalid'])
  },
  limit(30_000),
)
