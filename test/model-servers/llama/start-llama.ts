// Start llama.cpp's server
//
// Starts the server on loopback with a model of random weights, and stops it.
// Leaves: finding it (find-llama.ts), the model (tiny-model.ts).

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { limit } from '../../machine-speed.ts'
import type { LlamaProgram } from './find-llama.ts'
import { CONTEXT_TOKENS, tinyModel } from './tiny-model.ts'

export interface LlamaServer extends AsyncDisposable {
  /** Without a path. */
  readonly url: string
  /** Tokens that a request of one client may have with its answer. */
  readonly window: number
  /** Whether the program still runs. */
  isRunning(): boolean
}

/** Requests that are answered at once; others wait. */
const SLOTS = 4
const START_MS = 30_000
const LOG_CHARACTERS = 4_000

export async function startLlama({ file, args, env }: LlamaProgram, seed = 1): Promise<LlamaServer> {
  const folder = await mkdtemp(join(tmpdir(), 'canopy-llama-'))
  const model = join(folder, 'tiny.gguf')
  await writeFile(model, tinyModel(seed))
  const port = await freePort()
  const options = {
    '-m': model,
    '--host': '127.0.0.1',
    '--port': port,
    '-np': SLOTS,
    '-t': 1,
    '--alias': 'model',
    '--chat-template-file': fileURLToPath(new URL('chat-template.jinja', import.meta.url)),
  }
  const given = Object.entries(options).flatMap(([name, value]) => [name, String(value)])
  const child = spawn(file, [...args, ...given, '--jinja'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      log = `${log}${chunk}`.slice(-LOG_CHARACTERS)
    })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  const until = Date.now() + limit(START_MS)
  while (!(await isHealthy(url))) {
    if (isRunning() && Date.now() < until) continue
    await stop()
    throw new Error(`llama-server does not answer on ${url}:\n${log}`)
  }
  return { url, window: CONTEXT_TOKENS, isRunning, [Symbol.asyncDispose]: stop }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}
