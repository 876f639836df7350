// Launch
//
// Owns:   one process of the server: started, listening, dead.
// Leaves: restarting it (start-nats-server.ts).

import type { ChildProcess } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { TransportError } from '../transport-error.ts'
import { spawnBound } from './bound-child.ts'
import { KEY_VARIABLE, serverConfiguration } from './configuration.ts'

export interface LaunchOptions {
  readonly binary: string
  /** Its configuration and ports file, removed when the server is stopped. */
  readonly runFolder: string
  readonly store: string
  readonly port: number
  /** Lines of its configuration with the accounts. */
  readonly accounts: string
  /** Encrypts JetStream's files; absent: they are plain. */
  readonly encryptionKey?: string | undefined
  readonly log: (line: string) => void
}

export interface ServerProcess {
  readonly pid: number
  readonly port: number
  /** Resolves with the reason of its end. */
  readonly death: Promise<string>
  kill(signal: NodeJS.Signals): void
}

const HOST = '127.0.0.1'
const MAX_ERROR_LINES = 8
/** A store with 10,000 consumers takes 22 s to recover. */
const LISTENING_MS = 120_000

/** Resolves when the server answers. Rejects with `server_failed` and its last output otherwise. */
export async function launch(options: LaunchOptions): Promise<ServerProcess> {
  const { binary, runFolder, store, port, accounts, encryptionKey } = options
  await rm(runFolder, { recursive: true, force: true })
  await mkdir(runFolder, { recursive: true, mode: 0o700 })
  const configuration = join(runFolder, 'nats-server.conf')
  const encrypted = encryptionKey !== undefined
  const place = { host: HOST, port, store, portsFolder: runFolder }
  const text = await serverConfiguration({ ...place, accounts, encrypted })
  await writeFile(configuration, text, { mode: 0o600 })

  const child = await spawnBound(
    binary,
    ['-c', configuration],
    encrypted ? { [KEY_VARIABLE]: encryptionKey } : {},
  ).catch((error: Error) => {
    throw new TransportError('server_failed', `${binary} cannot be started: ${error.message}`, {
      cause: error,
    })
  })
  const pid = child.pid ?? 0
  const lastWords = listen(child, options.log)
  const death = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => resolve(`${signal ?? `exit code ${code}`}${lastWords()}`))
  })
  const listening = await portOf(join(runFolder, `${basename(binary)}_${pid}.ports`), death)
  if (listening.kind === 'listening') {
    return { pid, port: listening.port, death, kill: (signal) => child.kill(signal) }
  }
  child.kill('SIGKILL')
  throw new TransportError('server_failed', `${binary} did not start: ${listening.reason}`)
}

/** Passes on its output and keeps the last errors for an error message. */
function listen(child: ChildProcess, log: (line: string) => void): () => string {
  const kept: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      log(line)
      if (line.includes('[INF]')) return
      kept.push(line)
      if (kept.length > MAX_ERROR_LINES) kept.shift()
    })
  }
  return () => (kept.length > 0 ? `: ${kept.join(' | ')}` : '')
}

type Listening =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly reason: string }

async function portOf(portsFile: string, death: Promise<string>): Promise<Listening> {
  let reason: string | undefined
  death.then((why) => {
    reason = why
  })
  const deadline = Date.now() + LISTENING_MS
  while (reason === undefined && Date.now() < deadline) {
    const written = await readFile(portsFile, 'utf8').catch(() => '')
    const port = /nats:\/\/[^"]*:(\d+)"/.exec(written)?.[1]
    if (port) return { kind: 'listening', port: Number(port) }
    await pause(5)
  }
  return { kind: 'failed', reason: reason ?? `it does not listen after ${LISTENING_MS / 1000} s` }
}
