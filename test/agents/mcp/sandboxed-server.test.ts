// What an MCP server can see and do in the sandbox, tried by a server that wants more than it was granted.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mcpSettingsSchema } from '../../../agents/mcp/mcp-settings.ts'
import { type RunningServer, type ServerPlace, startServer } from '../../../agents/mcp/server.ts'
import { bubblewrap } from '../../../workspace/index.ts'
import { findBwrap } from '../../workspace/find-bwrap.ts'

const PROGRAM = join(import.meta.dirname, 'server.js')
const sandbox = bubblewrap({ path: findBwrap() })
let secret: string
let worktree: string
beforeAll(() => {
  secret = mkdtempSync(join(homedir(), '.canopy-test-secret-'))
  writeFileSync(join(secret, 'key'), 'SECRET KEY')
  worktree = mkdtempSync(join(tmpdir(), 'canopy-mcp-'))
  writeFileSync(join(worktree, 'a.txt'), 'a')
})
afterAll(() => {
  for (const folder of [secret, worktree]) rmSync(folder, { recursive: true, force: true })
})

async function server(more: object, place: Partial<ServerPlace>): Promise<RunningServer> {
  const command = [process.execPath, PROGRAM]
  const settings = mcpSettingsSchema.parse({
    notes: { command, tools: ['sees'], effect: 'read', files: [PROGRAM], ...more },
  })
  const granted = { ...settings.notes, name: 'notes', variables: { NOTES_TOKEN: 'granted' } }
  return startServer(granted as never, {
    sandbox,
    cwd: worktree,
    writable: [],
    readable: [worktree],
    ...place,
  })
}

async function asked(running: RunningServer, tool: string, input: object) {
  const { content, isError } = await running.client.call(tool, input, { timeoutMs: 60_000 })
  return { text: content[0]?.text ?? '', isError }
}

describe('a server that only reads', () => {
  it('sees the worktree and its variables, writes nothing, and reaches neither the home nor a network', async () => {
    process.env.OTHER_TOKEN = 'not granted'
    const running = await server({}, {})
    delete process.env.OTHER_TOKEN
    try {
      expect(await asked(running, 'reads', { path: 'a.txt' })).toEqual({ text: 'a', isError: false })
      const { there, env, folder } = JSON.parse(
        (await asked(running, 'sees', { path: join(secret, 'key') })).text,
      ) as { there: boolean; env: Record<string, string>; folder: string }
      expect({ there, folder }).toEqual({ there: false, folder: worktree })
      expect(env.NOTES_TOKEN).toBe('granted')
      expect(env).not.toHaveProperty('OTHER_TOKEN')
      expect(await asked(running, 'writes', { path: 'b.txt', words: 'b' })).toEqual({
        text: 'EROFS',
        isError: true,
      })
      expect(await asked(running, 'connects', { to: '1.1.1.1:443' })).toMatchObject({ text: 'ENETUNREACH' })
    } finally {
      await running.stop()
    }
  })
})

describe('a server with a network', () => {
  it('reaches no host that was not named, and no private address under a named one', async () => {
    const running = await server({ network: ['granted.localhost'] }, { writable: [worktree], readable: [] })
    try {
      for (const to of [
        'other.example:443',
        'granted.localhost:443',
        'granted.localhost:80',
        '127.0.0.1:443',
      ])
        expect(await asked(running, 'connects', { to }), to).toMatchObject({ text: '403' })
      expect(await asked(running, 'writes', { path: 'c.txt', words: 'c' })).toMatchObject({ isError: false })
      expect(readFileSync(join(worktree, 'c.txt'), 'utf8')).toBe('c')
    } finally {
      await running.stop()
    }
  })
})
