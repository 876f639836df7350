// Bound child
//
// Owns:   starting a program that ends with this process, also after SIGKILL.
//
// The child has its own session: a Ctrl-C at the terminal reaches only this process, which decides when the child ends.
//
// On Linux the kernel ends it (setpriv --pdeathsig). Elsewhere a small shell waits on a pipe that only this process
// holds open, and that closes with it.

import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const WATCH = 'read word; [ "$word" = released ] || kill -9 "$1"'

/** @param more environment variables besides those of this process. */
export async function spawnBound(
  program: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  const env = { ...process.env, ...more }
  if (await kernelBinds()) {
    return started(
      spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], { stdio, env, detached: true }),
    )
  }
  const child = await started(spawn(program, args, { stdio, env, detached: true }))
  const watch = spawn('/bin/sh', ['-c', WATCH, 'watch', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watch.on('error', () => child.kill('SIGKILL'))
  watch.stdin?.on('error', () => {})
  child.once('exit', () => watch.stdin?.end('released\n'))
  watch.unref()
  return child
}

async function kernelBinds(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  return promisify(execFile)('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).then(
    () => true,
    () => false,
  )
}

async function started(child: ChildProcess): Promise<ChildProcess> {
  await once(child, 'spawn')
  return child
}
