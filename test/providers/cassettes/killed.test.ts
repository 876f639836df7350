// A reply that arrived, and whose caller is killed before it could commit anything, is not paid again.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'

let directory: string
let server: Server
let calls = 0

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'canopy-reply-'))
  calls = 0
  server = createServer((_request, response) => {
    calls += 1
    response.end(`answer ${calls}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.close()
  server.closeAllConnections()
  await rm(directory, { recursive: true, force: true })
})

/** What a process that asks is answered; it is killed as soon as it has it. */
async function askAndDie(): Promise<unknown> {
  const { port } = server.address() as AddressInfo
  const script = join(import.meta.dirname, 'asking-child.ts')
  const child = spawn(process.execPath, [script, join(directory, 'store'), `http://127.0.0.1:${port}/`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  let answer: unknown
  for await (const line of createInterface(child.stdout)) {
    answer = JSON.parse(line)
    child.kill('SIGKILL')
  }
  const [, signal] = await exit
  expect(signal).toBe('SIGKILL')
  return answer
}

it('a paid reply outlives whoever asked for it', async () => {
  const first = await askAndDie()
  expect(first).toMatchObject({ kind: 'replied', reply: { blocks: [{ text: 'answer 1' }] } })
  expect(await askAndDie()).toEqual(first)
  expect(calls).toBe(1)
})
