// Beyond this machine: TLS 1.3 with a certificate that is checked, or nothing is said. With a real nats-server on an address
// of this machine that is not loopback, and with servers that try to get by without.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { type SecureVersion, TLSSocket } from 'node:tls'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  accountsConfiguration,
  connectNats,
  createKeyring,
  issue,
  type TlsFiles,
} from '../../transport/index.ts'
import { eventually } from '../contracts/mail.ts'
import { natsBinary, stopServers, temporaryFolder } from './nats.ts'

const address = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
if (address === undefined)
  process.stderr.write(
    'test/transport/tls.test.ts DID NOT RUN: this machine has no address beside loopback\n',
  )

let folder = ''
let credentials = ''
const children: ChildProcess[] = []
const listeners: Server[] = []

const at = (name: string): string => join(folder, name)
const openssl = (...args: string[]) => execa('openssl', args, { cwd: folder })

/** A certificate of the CA for a name, as `<file>.pem` and `<file>-key.pem`. */
async function certificate(file: string, name: string): Promise<void> {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${file}-key.pem`,
  ]
  await openssl('req', ...key, '-subj', '/CN=canopy', '-out', `${file}.csr`)
  await writeFile(at(`${file}.ext`), `subjectAltName=${name}\n`)
  const signer = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '1']
  await openssl(
    'x509',
    '-req',
    '-in',
    `${file}.csr`,
    ...signer,
    '-extfile',
    `${file}.ext`,
    '-out',
    `${file}.pem`,
  )
}

async function authority(file: string): Promise<void> {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${file}-key.pem`,
  ]
  await openssl('req', '-x509', ...key, '-subj', `/CN=${file}`, '-days', '1', '-out', `${file}.pem`)
}

/** A nats-server on all addresses; the URL of the one that is not loopback. */
async function startTls(file: string, more = ''): Promise<string> {
  const keyring = createKeyring('far')
  const main = await issue(keyring, { member: 'main', now: Math.floor(Date.now() / 1000), expires: null })
  credentials = main.credentials
  const place = await temporaryFolder()
  const lines = [
    'host: 0.0.0.0',
    'port: -1',
    `ports_file_dir: "${place}"`,
    `jetstream { store_dir: "${place}" }`,
    `tls { cert_file: "${at(`${file}.pem`)}", key_file: "${at(`${file}-key.pem`)}"${more} }`,
    await accountsConfiguration(main.keyring),
  ]
  await writeFile(join(place, 'nats.conf'), lines.join('\n'))
  const child = spawn(await natsBinary(), ['-c', join(place, 'nats.conf')], { stdio: 'ignore' })
  children.push(child)
  let port = ''
  await eventually(async () => {
    const written = await readFile(join(place, `nats-server_${child.pid}.ports`), 'utf8')
    port = /:(\d+)"/.exec(written)?.[1] ?? ''
    expect(port).not.toBe('')
  })
  return `tls://${address}:${port}`
}

/** Something that says hello as a NATS server; what it hears in the clear is kept. */
async function startFake(
  greet: (socket: Socket, heard: string[]) => void,
): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    greet(socket, heard)
  })
  listeners.push(server)
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  return { port: (server.address() as AddressInfo).port, heard }
}

const hello = (more: object): string =>
  `INFO ${JSON.stringify({ server_id: 'x', version: '2.11.0', proto: 1, headers: true, max_payload: 1048576, nonce: 'n', ...more })}\r\n`

function refusal(url: string, tls: TlsFiles = { ca: at('ca.pem') }): Promise<string> {
  return connectNats({ url, credentials, tls, name: 'test' }).then(
    () => expect.unreachable('it connected'),
    (error: Error & { code: string }) => `${error.code}: ${error.message}`,
  )
}

describe.skipIf(address === undefined)('beyond this machine', () => {
  let url = ''

  beforeAll(async () => {
    folder = await temporaryFolder()
    await authority('ca')
    await authority('stranger')
    await certificate('server', `IP:${address}`)
    await certificate('other', 'DNS:another.example,IP:10.1.2.3')
    await certificate('client', 'DNS:client')
    url = await startTls('server')
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    for (const listener of listeners) listener.close()
    await stopServers()
  })

  test('TLS 1.3 is spoken with a server whose certificate is good', async () => {
    const connection = await connectNats({ url, credentials, tls: { ca: at('ca.pem') }, name: 'test' })
    expect(connection.identity).toMatchObject({ member: 'main' })
    await connection.nats.flush()
    await connection.close()
  })

  test('without TLS nothing is sent, not even a connection is made', async () => {
    let connections = 0
    const { port } = await startFake(() => (connections += 1))
    expect(await refusal(`nats://${address}:${port}`)).toContain('no_tls')
    expect(await refusal(`${address}:${port}`)).toContain('no_tls')
    expect(connections).toBe(0)
  })

  test('a certificate that nobody here trusts, or that is of another machine, is refused', async () => {
    expect(await refusal(url, {})).toContain('unreachable')
    expect(await refusal(url, { ca: at('stranger.pem') })).toContain('unreachable')
    expect(await refusal(await startTls('other'))).toMatch(/unreachable.*(altnames|not in the cert)/i)
  })

  test.each(['TLSv1.2', 'TLSv1.1'] as const)('a server that speaks %s at most is refused', async (most) => {
    const { port, heard } = await startFake((socket, said) => {
      socket.write(hello({ tls_required: true }))
      void upgraded(socket, most).then((secure) => secure.on('data', (bytes) => said.push(String(bytes))))
    })
    expect(await refusal(`tls://${address}:${port}`)).toMatch(/unreachable.*(version|protocol)/i)
    expect(heard).toEqual([])
  })

  test('a server that does not offer TLS, as one between would say, hears nothing', async () => {
    const { port, heard } = await startFake((socket, said) => {
      socket.write(hello({}))
      socket.on('data', (bytes) => said.push(String(bytes)))
    })
    expect(await refusal(`tls://${address}:${port}`)).toContain('unreachable')
    expect(heard.join('')).not.toContain('CONNECT')
  })

  test('a server of this machine does not lead away from it without TLS', async () => {
    let [away, asked] = [0, 0]
    const far = await startFake(() => (away += 1))
    const near = await startFake((socket) => {
      asked += 1
      socket.write(hello({ connect_urls: [`${address}:${far.port}`], jetstream: true }))
      socket.on('data', (bytes) => {
        if (String(bytes).includes('PING'))
          socket.write('PONG\r\n', () => setTimeout(() => socket.destroy(), 50))
      })
    })
    connectNats({ url: `nats://127.0.0.1:${near.port}`, name: 'test' }).catch(() => {})
    await eventually(() => expect(asked).toBeGreaterThan(2))
    expect(away).toBe(0)
  })

  test('a server that asks for a certificate gets that of --tls-cert and --tls-key', async () => {
    const verifying = await startTls('server', `, ca_file: "${at('ca.pem')}", verify: true`)
    const tls = { ca: at('ca.pem'), cert: at('client.pem'), key: at('client-key.pem') }
    const connection = await connectNats({ url: verifying, credentials, tls, name: 'test' })
    await connection.close()
  })
})

async function upgraded(socket: Socket, maxVersion: SecureVersion): Promise<TLSSocket> {
  const [key, cert] = await Promise.all([readFile(at('server-key.pem')), readFile(at('server.pem'))])
  const minVersion = 'TLSv1' as const
  const ciphers = 'DEFAULT@SECLEVEL=0'
  const secure = new TLSSocket(socket, { isServer: true, key, cert, minVersion, maxVersion, ciphers })
  return secure.on('error', () => {})
}
