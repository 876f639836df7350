// Without a sandbox the way to the registries is a port of loopback: another user asks there for what only the user's token gets.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PackageSource, runPackageManager, unsandboxed } from '../../../workspace/index.ts'
import { Registry } from '../../registry.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { asOtherUser } from './other-user.ts'

const PACKAGE = 'private-package'

/** In place of a package manager: asks as one does, tells the port, and waits. */
const MANAGER = `
  const { existsSync, writeFileSync } = require('node:fs')
  const registry = process.env.npm_config_registry
  fetch(registry + '${PACKAGE}').then(async (answer) => {
    console.log(answer.status)
    writeFileSync('port', new URL(registry).port)
    for (let tries = 0; tries < 200 && !existsSync('over'); tries += 1) await new Promise((go) => setTimeout(go, 100))
  })
`

/** Prints the first line of the answer to each request, as JSON. */
const ASK = `
  import { connect } from 'node:net'
  const [port, requests] = process.argv.slice(1)
  const ask = (request) => new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(request + '\\r\\nHost: 127.0.0.1\\r\\n\\r\\n'))
    setTimeout(() => socket.destroy(), 1500)
    socket.on('error', () => {})
    socket.on('data', (chunk) => { answer += chunk.toString('latin1') })
    socket.on('close', () => resolve(answer.split('\\r\\n')[0]))
  })
  console.log(JSON.stringify(await Promise.all(JSON.parse(requests).map(ask))))
`

interface Asked {
  readonly answers: readonly string[]
  /** What the registry heard of the other user. */
  readonly heard: readonly string[]
}

function asking(title: string, requests: readonly string[], judge: (asked: Asked) => AttackResult): Attack {
  return { title, needs: ['root', 'linux'], play: () => played(requests, judge) }
}

async function played(requests: readonly string[], judge: (asked: Asked) => AttackResult) {
  const root = await mkdtemp(join(tmpdir(), 'canopy-registry-port-'))
  const [folder, cache] = [join(root, 'folder'), join(root, 'cache')]
  await using registry = await new Registry().listen()
  registry.publish(PACKAGE, '1.0.0')
  const source: PackageSource = {
    registries: [{ url: registry.url, authorization: 'Bearer planted' }],
    allowed: new Set(['git']),
  }
  try {
    await mkdir(folder)
    const words = ['node', '-e', MANAGER]
    const hosts = new Set(['127.0.0.1'])
    const run = runPackageManager({
      sandbox: unsandboxed(),
      source,
      words,
      folder,
      cache,
      hosts,
      timeoutMs: 60_000,
    })
    const port = await portIn(folder, run)
    if (port === undefined)
      return couldNotRun(`the package manager did not start: ${JSON.stringify(await run)}`)
    const own = registry.requests.length
    const answers: string[] = JSON.parse(await asOtherUser(ASK, [port, JSON.stringify(requests)]))
    const heard = registry.requests.slice(own)
    await writeFile(join(folder, 'over'), '')
    const ended = await run
    if (ended.kind === 'failed' || ended.stdout.trim() !== '200' || answers.includes(''))
      return couldNotRun(`${JSON.stringify(ended)}; ${answers}`)
    return judge({ answers, heard })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function portIn(folder: string, run: Promise<unknown>): Promise<string | undefined> {
  let isOver = false
  void run.then(() => (isOver = true))
  for (let tries = 0; tries < 300 && !isOver; tries += 1) {
    const port = await readFile(join(folder, 'port'), 'utf8').catch(() => '')
    if (port !== '') return port
    await new Promise((go) => setTimeout(go, 50))
  }
  return undefined
}

export const attacks: Readonly<Record<string, Attack>> = {
  packages: asking(
    "Another user asks for a private package while packages are installed without a sandbox, by the user's token.",
    [
      `GET /r0/${PACKAGE} HTTP/1.1`,
      `GET //r0/${PACKAGE} HTTP/1.1`,
      `GET /undefined/r0/${PACKAGE} HTTP/1.1`,
      `GET /${'a'.repeat(64)}/r0/${PACKAGE} HTTP/1.1`,
      `POST /r0/-/npm/v1/security/audits HTTP/1.1\r\nContent-Length: 0`,
    ],
    ({ answers, heard }) =>
      heard.length > 0
        ? succeeded(`the registry was asked ${heard.join(', ')}`)
        : refused(answers.join(', ')),
  ),
  tunnel: asking(
    'Another user asks for the way to the servers of allowed dependencies.',
    [
      'CONNECT 127.0.0.1:443 HTTP/1.1',
      `CONNECT 127.0.0.1:443 HTTP/1.1\r\nProxy-Authorization: Basic ${btoa('canopy:')}`,
    ],
    ({ answers }) =>
      answers.every((answer) => answer.includes(' 407 '))
        ? refused(answers.join(', '))
        : succeeded(`it was taken for the package manager: ${answers.join(', ')}`),
  ),
}
