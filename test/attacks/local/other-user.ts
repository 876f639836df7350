// Another user of the machine: runs a program of Node's as `nobody`.

import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { limit } from '../../machine-speed.ts'

const NOBODY = 65_534

/** What a script printed that ran as another user; rejects when no Node can be run as one. */
export async function asOtherUser(script: string, args: readonly string[] = []): Promise<string> {
  for (const node of await candidates()) {
    const exited = await run(node, ['--input-type=module', '-e', script, ...args])
    if (exited !== undefined) return exited
  }
  throw new Error('no Node on this machine can be run by another user')
}

async function candidates(): Promise<string[]> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'))
  const all = [process.execPath, ...folders.map((folder) => join(folder, 'node'))]
  const found = await Promise.all(
    all.map((path) =>
      access(path, constants.X_OK).then(
        () => [path],
        () => [],
      ),
    ),
  )
  return found.flat()
}

/** Undefined when this Node is in a folder that the other user may not enter. */
function run(node: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(node, args, {
      uid: NOBODY,
      gid: NOBODY,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limit(60_000),
    })
    const printed: Buffer[] = []
    child.stdout.on('data', (chunk) => printed.push(chunk))
    child.on('error', () => resolve(undefined))
    child.on('close', (code) => resolve(code === 0 ? Buffer.concat(printed).toString() : undefined))
  })
}
