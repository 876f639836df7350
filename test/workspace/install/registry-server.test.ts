// The only server that a package manager in the sandbox reaches: which requests go to which registry, with which credentials, and
// which are refused. The registries are servers on loopback.

import { existsSync } from 'node:fs'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PackageSource, RegistryPort } from '../../../workspace/install/package-source.ts'
import { proxyUrl, type RegistryServer, serveRegistries } from '../../../workspace/install/registry-server.ts'
import { isPublic, openTunnel } from '../../../workspace/install/tunnel.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A registry that remembers its requests. */
class Upstream {
  answer: Answer = (_request, response) => void response.end('plain')
  readonly seen: { method: string; url: string; headers: IncomingHttpHeaders; body: string }[] = []
  readonly #server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    const { method = '', url = '', headers } = request
    this.seen.push({ method, url, headers, body })
    this.answer(request, response, body)
  })

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/npm/`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

const [main, scoped] = [new Upstream(), new Upstream()]
let open: RegistryServer | undefined
beforeAll(() => Promise.all([main.listen(), scoped.listen()]))
afterAll(() => {
  main.close()
  scoped.close()
})
beforeEach(() => {
  for (const upstream of [main, scoped]) {
    upstream.seen.length = 0
    upstream.answer = (_request, response) => void response.end('plain')
  }
})
afterEach(async () => {
  await open?.close()
  open = undefined
})

const source = (): PackageSource => ({
  registries: [
    { url: main.url, authorization: 'Bearer main-secret' },
    { url: scoped.url, scope: '@own' },
  ],
  allowed: new Set(),
})

async function serve(
  port: RegistryPort = { port: 4873 },
  hosts: ReadonlySet<string> = new Set(),
): Promise<RegistryServer> {
  open = await serveRegistries({ source: source(), port, hosts })
  return open
}

interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

function ask(path: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: open?.socket ?? '', path, method, headers }, async (response) => {
      const chunks: Buffer[] = []
      try {
        for await (const chunk of response) chunks.push(chunk)
      } catch {
        // The connection ended early.
      }
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks).toString(),
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

describe('a request for a package', () => {
  it('goes to the registry of its index, below its path', async () => {
    await serve()
    expect(await ask('/r0/left-pad')).toMatchObject({ status: 200, body: 'plain' })
    expect(await ask('/r1/@own%2fpkg?x=1')).toMatchObject({ status: 200 })
    expect(main.seen.map(({ url }) => url)).toEqual(['/npm/left-pad'])
    expect(scoped.seen.map(({ url }) => url)).toEqual(['/npm/@own%2fpkg?x=1'])
  })

  it('has the credential of its registry, and none of the sandbox', async () => {
    await serve()
    await ask('/r0/a', { headers: { authorization: 'Bearer of-the-sandbox', cookie: 'x=1', 'x-own': '1' } })
    await ask('/r1/a', { headers: { authorization: 'Bearer of-the-sandbox' } })
    expect(main.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer main-secret',
      'user-agent': 'canopy',
    })
    expect(main.seen[0]?.headers).not.toHaveProperty('cookie')
    expect(main.seen[0]?.headers).not.toHaveProperty('x-own')
    expect(scoped.seen[0]?.headers).not.toHaveProperty('authorization')
  })

  it('takes the headers along with which a package manager asks for what it has', async () => {
    await serve()
    const headers = { accept: 'application/json', 'if-none-match': '"1"', 'if-modified-since': 'yesterday' }
    await ask('/r0/a', { headers })
    expect(main.seen[0]?.headers).toMatchObject(headers)
  })

  it('is answered with the status and the headers that a cache needs, and with no cookie', async () => {
    main.answer = (_request, response) =>
      void response
        .writeHead(404, { etag: '"2"', 'set-cookie': 'x=1', 'content-type': 'text/plain' })
        .end('none')
    await serve()
    const { status, headers, body } = await ask('/r0/a')
    expect([status, body, headers.etag, headers['set-cookie']]).toEqual([404, 'none', '"2"', undefined])
  })

  it('is answered with the addresses of the sandbox in place of those of the registries', async () => {
    main.answer = (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          tarball: `${main.url}a/-/a-1.tgz`,
          own: `${scoped.url}b`,
          yarn: 'https://registry.yarnpkg.com/c',
        }),
      )
    await serve()
    expect(JSON.parse((await ask('/r0/a')).body)).toEqual({
      tarball: 'http://127.0.0.1:4873/r0/a/-/a-1.tgz',
      own: 'http://127.0.0.1:4873/r1/b',
      yarn: 'http://127.0.0.1:4873/r0/c',
    })
  })

  it('is answered unpacked, and a package byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7) % 256))
    main.answer = (_request, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip' })
        .end(gzipSync(bytes))
    await serve()
    const { body, headers } = await ask('/r0/a.tgz')
    expect(headers['content-encoding']).toBeUndefined()
    expect(body).toBe(bytes.toString())
  })

  it('ends when the unpacking fails', async () => {
    main.answer = (_request, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end('no gzip at all')
    }
    const { trouble } = await serve()
    expect((await ask('/r0/a')).status).toBe(502)
    expect(trouble()).toMatch(/header/)
  })
})

describe('a request that is refused', () => {
  it.each([
    ['POST', '/r0/a'],
    ['PUT', '/r0/a'],
    ['DELETE', '/r0/a/-rev/1'],
    ['PATCH', '/r0/a'],
    ['GET', '/r2/a'],
    ['GET', '/r-1/a'],
    ['GET', '/a'],
    ['GET', '/'],
    ['GET', '/r0'],
    ['GET', '/r0/../a'],
    ['GET', '/r0/a/..'],
    ['GET', '/r0/%2e%2e/a'],
    ['GET', '/r0/a/%2E./b'],
    ['GET', '/r0/a%2f..%2fb'],
    ['GET', '/r0/a%5c..%5cb'],
    ['GET', '/r0/./a'],
    ['GET', '/r0//elsewhere.example/a'],
    ['POST', '/r0/-/npm/v1/security/audits/../../user'],
    ['POST', '/r0/-/user/org.couchdb.user:x'],
  ])('%s %s reaches no registry', async (method, path) => {
    const { trouble } = await serve()
    const { status, body } = await ask(path, { method })
    expect([status, body]).toEqual([502, `${method} ${path} is not of a registry`])
    expect(trouble()).toBe(`${method} ${path} is not of a registry`)
    expect(main.seen).toEqual([])
    expect(scoped.seen).toEqual([])
  })

  it.each(['bulk', 'audit', 'quick'])('but for the audit of npm: %s', async (name) => {
    const paths: Record<string, string> = { bulk: 'advisories/bulk', audit: 'audits', quick: 'audits/quick' }
    await serve()
    const path = `/-/npm/v1/security/${paths[name]}`
    const headers = { 'content-type': 'application/json' }
    expect((await ask(`/r0${path}`, { method: 'POST', headers, body: '{"a":["1"]}' })).status).toBe(200)
    expect(main.seen[0]).toMatchObject({ method: 'POST', url: `/npm${path}`, body: '{"a":["1"]}' })
    expect(main.seen[0]?.headers['content-type']).toBe('application/json')
  })

  it('is one that the registry leads elsewhere', async () => {
    main.answer = (_request, response) =>
      void response.writeHead(302, { location: 'https://elsewhere.example/x' }).end()
    const { trouble } = await serve()
    const host = new URL(main.url).host
    expect((await ask('/r0/a')).body).toBe(
      `${host} answers with a redirect to elsewhere.example, which is no registry of yours`,
    )
    expect(trouble()).toContain('elsewhere.example')
  })

  it('is one that the registry leads to another path of its server', async () => {
    main.answer = (_request, response) => void response.writeHead(302, { location: '/private/x' }).end()
    await serve()
    expect((await ask('/r0/a')).status).toBe(502)
    expect(main.seen).toHaveLength(1)
  })

  it('is one that the registry leads round in circles', async () => {
    main.answer = (_request, response) => void response.writeHead(302, { location: `${main.url}a` }).end()
    await serve()
    expect((await ask('/r0/a')).body).toMatch(/redirects more than 3 times$/)
    expect(main.seen).toHaveLength(4)
  })
})

it('follows a redirect inside the registry', async () => {
  main.answer = (asked, response) =>
    asked.url === '/npm/a'
      ? void response.writeHead(301, { location: 'b' }).end()
      : void response.end('moved')
  await serve()
  expect(await ask('/r0/a')).toMatchObject({ status: 200, body: 'moved' })
  expect(main.seen.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer main-secret',
    'Bearer main-secret',
  ])
})

it('asks again when the connection breaks, and says the host when it does so three times', async () => {
  let broken = 1
  main.answer = (asked, response) => {
    if (broken > 0) asked.socket.destroy()
    else response.end('at last')
    broken -= 1
  }
  const { trouble } = await serve()
  expect(await ask('/r0/a')).toMatchObject({ status: 200, body: 'at last' })
  expect(trouble()).toBeUndefined()
  broken = 3
  const { status, body } = await ask('/r0/a')
  expect(status).toBe(502)
  expect(body).toMatch(new RegExp(`^${new URL(main.url).host} could not be reached \\(ECONNRESET `))
})

describe('where other users can connect', () => {
  const port = { port: 20_000, token: 'a'.repeat(64) }

  it('every request begins with the token, or is refused without a word', async () => {
    const { trouble } = await serve(port)
    expect((await ask(`/${port.token}/r0/a`)).status).toBe(200)
    for (const path of [
      '/r0/a',
      `/${'b'.repeat(64)}/r0/a`,
      `/${port.token.slice(1)}/r0/a`,
      `/${port.token}x/r0/a`,
    ]) {
      const { status } = await ask(path)
      expect([403, 502], path).toContain(status)
    }
    expect(main.seen).toHaveLength(1)
    expect(trouble() ?? '').not.toContain(port.token)
  })

  it('the proxy asks for it, too', async () => {
    expect(proxyUrl(port)).toBe(`http://canopy:${port.token}@127.0.0.1:20000`)
    expect(proxyUrl({ port: 4873 })).toBe('http://127.0.0.1:4873')
    await serve(port, new Set(['elsewhere.example']))
    expect(await tunnelled('elsewhere.example:443')).toMatch(/^HTTP\/1\.1 407 /)
    const wrong = `proxy-authorization: Basic ${btoa('canopy:wrong')}`
    expect(await tunnelled('elsewhere.example:443', wrong)).toMatch(/^HTTP\/1\.1 407 /)
    const right = `proxy-authorization: Basic ${btoa(`canopy:${port.token}`)}`
    expect(await tunnelled('not-allowed.example:443', right)).toMatch(/^HTTP\/1\.1 403 /)
  })
})

/** What the proxy says to a request for a tunnel. */
function tunnelled(to: string, header = 'x: y'): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(open?.socket ?? '')
    let said = ''
    socket.on('data', (chunk) => {
      said += chunk
    })
    socket.once('close', () => resolve(said))
    socket.write(`CONNECT ${to} HTTP/1.1\r\nhost: ${to}\r\n${header}\r\n\r\n`)
  })
}

describe('a tunnel', () => {
  it.each([
    ['a host that was not allowed', 'other.example:443'],
    ['another port', 'allowed.example:80'],
    ['an allowed name inside another', 'allowed.example.evil.example:443'],
    ['no port', 'allowed.example'],
    ['a path', 'allowed.example:443/x'],
    ['an address of this machine', '127.0.0.1:443'],
    ['nothing', ''],
  ])('is refused to %s', async (_what, to) => {
    const { trouble } = await serve({ port: 4873 }, new Set(['allowed.example']))
    expect(await tunnelled(to === '' ? ' ' : to)).toMatch(/^HTTP\/1\.1 (403|400) /)
    if (to !== '') expect(trouble()).toBe(`${to} is not allowed`)
  })

  it('is refused to an allowed name that leads to this machine', async () => {
    const { trouble } = await serve({ port: 4873 }, new Set(['localhost']))
    expect(await tunnelled('localhost:443')).toMatch(/^HTTP\/1\.1 403 /)
    expect(trouble()).toMatch(/^localhost is at (127\.0\.0\.1|::1), which is no public address$/)
    await expect(
      openTunnel('LOCALHOST:443', connect(open?.socket ?? ''), new Set(['localhost'])),
    ).rejects.toThrow(/no public address/)
  })
})

describe('an address', () => {
  it.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.8.8.8', '169.254.169.254'],
    ...[
      '172.16.0.1',
      '172.31.255.255',
      '192.0.0.8',
      '192.168.1.1',
      '198.18.0.1',
      '198.19.255.255',
      '224.0.0.1',
    ],
    ...['240.0.0.1', '255.255.255.255', '::', '::1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'],
    ...['fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', '2001:db8::1', '2002:a00:1::', '4000::1', '8000::1'],
  ])('of a private network is none to reach: %s', (address) => {
    expect(isPublic(address)).toBe(false)
  })

  it.each([
    ...[
      '1.1.1.1',
      '9.255.255.255',
      '11.0.0.1',
      '100.63.255.255',
      '100.128.0.1',
      '126.255.255.255',
      '128.0.0.1',
    ],
    ...[
      '169.253.0.1',
      '172.15.255.255',
      '172.32.0.1',
      '192.167.0.1',
      '198.17.0.1',
      '198.20.0.1',
      '223.255.255.255',
    ],
    ...['2606:4700::1111', '2a00:1450::1', '3fff::1'],
  ])('of the public network is one: %s', (address) => {
    expect(isPublic(address)).toBe(true)
  })
})

it('leaves neither a socket nor a connection behind', async () => {
  main.answer = () => {}
  const server = await serve()
  const hanging = ask('/r0/a').then(
    () => 'answered',
    () => 'ended',
  )
  while (main.seen.length === 0) await new Promise((resolve) => setImmediate(resolve))
  await server.close()
  expect(await hanging).toBe('ended')
  expect(existsSync(server.socket)).toBe(false)
  open = undefined
})
