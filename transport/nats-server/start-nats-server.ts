// The embedded NATS server
//
// Owns:   a nats-server as a child process: on loopback, with a random key for each role, its store in the data
//         directory.
// Leaves: finding the binary (the caller), connections (connect-nats.ts).
//
// It ends with this process, also after SIGKILL.
//
// When it dies it is restarted with the same port and keys, and clients reconnect. After too many deaths in a short
// time it stays dead and `onExit` is called.
//
// `stop` leaves only the store. Home's key is in memory only; the other keys are files that only this user can read.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { writeWhole } from '../../platform/index.ts'
import { accountsConfiguration } from '../access/accounts.ts'
import {
  createKeyring,
  issue,
  type Keyring,
  memberIn,
  withHomeAccount,
  withMember,
} from '../access/keyring.ts'
import { HOME } from '../access/roles.ts'
import { type LaunchOptions, launch, type ServerProcess } from './launch.ts'
import { claimDirectory, removeServerFile, writeServerFile } from './server-file.ts'
import { versionOf } from './server-version.ts'
import { admitVersion } from './store-version.ts'

/** The server to start, the directory of its files, and the members that may connect. */
export interface NatsServerOptions {
  /** Path of a nats-server, 2.9.4 or newer. */
  readonly binary: string
  /** The data directory; the store is in its folder `nats`. */
  readonly directory: string
  /** The members that may connect; default: home, an operator and a viewer of any system. */
  readonly keyring?: Keyring
  /** The key with which JetStream encrypts its files (mail, objects); the same is needed at each start. */
  readonly encryptionKey?: string | undefined
  readonly log?: (line: string) => void
  /** Called after a death and a restart; `restarts` is the number so far. */
  readonly onRestart?: (restarts: number, reason: string) => void
}

/** A running nats-server on loopback. It is started again when it dies, at most 5 times in 15 s. */
export interface NatsServer {
  readonly url: string
  /** Credentials by member. */
  readonly credentials: Readonly<Record<string, string>>
  readonly version: string
  /** Changes with each restart. */
  readonly pid: number
  /** Called once, when the server is gone for good. */
  onExit(listener: (exit: ServerExit) => void): void
  stop(): Promise<void>
}

/** The reason of a server's final end: it was stopped, or it died too often. */
export type ServerExit =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'gave_up'; readonly restarts: number; readonly reason: string }

/** More deaths than this within `PERIOD_MS` end the restarts. */
const MAX_DEATHS = 5
const PERIOD_MS = 15_000
const STOP_MS = 10_000
const AGAIN_MS = 200

/** Starts a nats-server for this data directory; rejects with a `TransportError`. */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const directory = resolve(options.directory)
  const store = join(directory, 'nats')
  const runFolder = join(directory, 'nats-run')
  const keysFolder = join(directory, 'nats-keys')
  await mkdir(store, { recursive: true })
  await claimDirectory(directory)
  try {
    const version = await versionOf(options.binary)
    await admitVersion(store, version)
    const keyring = await keepingStreams(store, options.keyring ?? roleKeyring('*'))
    const credentials = await keysOf(keyring)
    await writeKeys(keysFolder, credentials)
    const plan = {
      binary: options.binary,
      runFolder,
      store,
      port: -1,
      accounts: await accountsConfiguration(keyring),
      encryptionKey: options.encryptionKey,
      log: options.log ?? (() => {}),
    }
    const life = await launch(plan)
    const server = new EmbeddedServer(
      { directory, keysFolder, credentials, version },
      { ...plan, port: life.port },
      life,
      options,
    )
    await server.announce()
    return server
  } catch (error) {
    for (const folder of [runFolder, keysFolder]) await rm(folder, { recursive: true, force: true })
    await removeServerFile(directory)
    throw error
  }
}

/** A keyring with home, an operator and a viewer; `*`: of any system. */
export function roleKeyring(system: string): Keyring {
  return withMember(withMember(createKeyring(system), 'operator'), 'viewer')
}

/** The server stores streams by account: home's account is the same at each start, with other keys. */
async function keepingStreams(store: string, keyring: Keyring): Promise<Keyring> {
  const file = join(store, 'account')
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined) return withHomeAccount(keyring, kept.trim())
  // With half of a name no server would start again.
  await writeWhole(file, `${memberIn(keyring, HOME).account}\n`)
  return keyring
}

/** Written for as long as the server runs. */
async function keysOf(keyring: Keyring): Promise<Record<string, string>> {
  const order = { now: Math.floor(Date.now() / 1000), expires: null }
  const issued = keyring.members.map(
    async ({ member }) => [member, (await issue(keyring, { member, ...order })).credentials] as const,
  )
  return Object.fromEntries(await Promise.all(issued))
}

async function writeKeys(folder: string, credentials: Readonly<Record<string, string>>): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o700 })
  for (const [member, text] of Object.entries(credentials)) {
    if (member !== HOME) await writeFile(join(folder, `${member}.creds`), text, { mode: 0o600, flag: 'wx' })
  }
}

interface ServerSetup {
  readonly directory: string
  readonly keysFolder: string
  readonly credentials: Readonly<Record<string, string>>
  readonly version: string
}

class EmbeddedServer implements NatsServer {
  readonly url: string
  readonly credentials: Readonly<Record<string, string>>
  readonly version: string
  readonly #place: ServerSetup
  readonly #plan: LaunchOptions
  readonly #onRestart: (restarts: number, reason: string) => void
  readonly #exited = Promise.withResolvers<ServerExit>()
  readonly #ended: Promise<void>
  #life: ServerProcess
  #stopping = false

  constructor(place: ServerSetup, plan: LaunchOptions, life: ServerProcess, options: NatsServerOptions) {
    this.url = `nats://127.0.0.1:${plan.port}`
    this.credentials = place.credentials
    this.version = place.version
    this.#place = place
    this.#plan = plan
    this.#onRestart = options.onRestart ?? (() => {})
    this.#life = life
    this.#ended = this.#keepAlive()
  }

  get pid(): number {
    return this.#life.pid
  }

  onExit(listener: (exit: ServerExit) => void): void {
    this.#exited.promise.then(listener)
  }

  async announce(): Promise<void> {
    const { directory, keysFolder } = this.#place
    const credentials = join(keysFolder, 'operator.creds')
    await writeServerFile(directory, { url: this.url, credentials, pid: this.pid })
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#life.kill('SIGTERM')
    const killer = setTimeout(() => this.#life.kill('SIGKILL'), STOP_MS)
    await this.#ended
    clearTimeout(killer)
  }

  async #keepAlive(): Promise<void> {
    const exit = await this.#liveOn()
    const { directory, keysFolder } = this.#place
    for (const folder of [this.#plan.runFolder, keysFolder])
      await rm(folder, { recursive: true, force: true })
    await removeServerFile(directory)
    this.#exited.resolve(exit)
  }

  async #liveOn(): Promise<ServerExit> {
    const deaths: number[] = []
    let reason = await this.#life.death
    for (let restarts = 0; !this.#stopping; ) {
      if (tooMany(deaths, Date.now())) return { kind: 'gave_up', restarts, reason }
      try {
        this.#life = await launch(this.#plan)
      } catch (error) {
        reason = (error as Error).message
        await pause(AGAIN_MS)
        continue
      }
      await this.announce()
      restarts += 1
      this.#onRestart(restarts, reason)
      // The server was stopped while the new process was starting.
      if (this.#stopping) this.#life.kill('SIGTERM')
      reason = await this.#life.death
    }
    return { kind: 'stopped' }
  }
}

/** Records a death and returns whether it was one too many. */
function tooMany(deaths: number[], now: number): boolean {
  deaths.unshift(now)
  deaths.splice(MAX_DEATHS + 1)
  const oldest = deaths[MAX_DEATHS]
  return oldest !== undefined && now - oldest < PERIOD_MS
}
