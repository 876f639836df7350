// A repository of a stranger with a canopy.yaml, a user with keys who calls canopy on it, and a server that hears everything.

import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKeyring, issue } from '../../../transport/index.ts'
import { called, type Said } from '../../cli/called.ts'
import { type Attack, type AttackResult, refused, succeeded } from '../attack.ts'

/** What the user has in the environment. */
export const KEYS = {
  ANTHROPIC_API_KEY: 'FAKE-ant-51c9e2',
  AWS_SECRET_ACCESS_KEY: 'FAKE-aws-77ab',
  GITHUB_TOKEN: 'FAKE-ghp-99',
  npm_token: 'FAKE-npm-12',
}

export interface Scene extends AsyncDisposable {
  readonly home: string
  readonly repository: string
  /** The user's own file, where Canopy looks for it. */
  readonly userFile: string
  /** Of the attacker's server. */
  readonly evil: string
  /** Every request that the attacker's server heard: its path, headers and body. */
  readonly heard: readonly string[]
  canopy(...args: string[]): Promise<Said>
  /** `canopy run` up to where it would begin: its NATS server is not there. */
  run(...args: string[]): Promise<Said>
  /** Its options. */
  readonly nowhere: readonly string[]
}

export async function openScene(file: string | Buffer | undefined): Promise<Scene> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'canopy-attack-')))
  const repository = join(home, 'stranger')
  const userFile = join(home, '.config', 'canopy', 'config.yaml')
  await mkdir(join(repository, '.git'), { recursive: true })
  await mkdir(join(home, '.config', 'canopy'), { recursive: true })
  const heard: string[] = []
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('')
    heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`)
    response.setHeader('content-type', 'application/json').end('{"data":[]}')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const nowhere = await serverNowhere(home)
  const canopy = (...args: string[]) => called(args, home, { env: KEYS })
  const evil = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  if (file !== undefined)
    await writeFile(
      join(repository, 'canopy.yaml'),
      typeof file === 'string' ? file.replaceAll('EVIL', evil) : file,
    )
  return {
    home,
    repository,
    userFile,
    evil,
    heard,
    canopy,
    run: (...args) => canopy('run', '--repo', repository, ...nowhere, ...args),
    nowhere,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** The options for a server that is not there: the configuration is decided before it is looked for. */
async function serverNowhere(home: string): Promise<readonly string[]> {
  const { credentials } = await issue(createKeyring('nowhere'), { member: 'main', now: 1, expires: null })
  const file = join(home, 'nowhere.creds')
  await writeFile(file, credentials, { mode: 0o600 })
  return ['--nats', 'nats://127.0.0.1:9', '--creds', file]
}

/** A key is sent to the attacker, or it hears anything at all, when the user looks at the models or begins a run. */
export function keyAttack(title: string, file: string): Attack {
  return {
    title,
    async play() {
      await using scene = await openScene(file)
      const said = await scene.canopy('models', '--check', '--repo', scene.repository)
      const run = await scene.run('--outcome', 'words')
      if (scene.heard.length > 0) return succeeded(`the server heard ${scene.heard.join('; ')}`)
      return refusal(said, run)
    },
  }
}

/** Each call refuses the repository's file, and names the place in it or why it cannot be read. */
export function refusal(...said: readonly Said[]): AttackResult {
  const other = said.find(({ code, err }) => code !== 2 || !REFUSED.test(err))
  if (other) return succeeded(`canopy took the file; it ended with ${other.code}: ${other.err}${other.out}`)
  return refused(said[0]?.err.split('\n')[0] ?? '')
}

const REFUSED = /canopy\.yaml(:\d+:\d+: | cannot be read: )/
